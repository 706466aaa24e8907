//! Reads bytes the way the service does, block by block, and writes what comes
//! out as lines that can be compared.

use std::fmt::Write as _;

use bumpalo::Bump;
use kumki_ingest::parse::detect::{detect, make_parser};
use kumki_ingest::parse::envelope;
use kumki_ingest::parse::options::{FormatName, ParserOptions};
use kumki_ingest::parse::{Block, Failure, Output, RecordParser};
use kumki_model::{Body, Record, SourceId, Sql, Timestamp};

/// What came out of an input.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) records: Vec<String>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) ignored: u64,
    pub(crate) lines: u64,
}

/// Options with the reference that syslog needs.
pub(crate) fn options() -> ParserOptions {
    ParserOptions {
        reference: Some(Timestamp::parse_rfc3339("2026-12-01T00:00:00Z").unwrap()),
        ..ParserOptions::default()
    }
}

/// A parser as the program makes it, with the prefix told from the data.
pub(crate) fn parser(format: FormatName, bytes: &[u8]) -> Box<dyn RecordParser> {
    let options = ParserOptions {
        format: Some(format),
        ..options()
    };
    match detect(bytes, &options) {
        Ok(detection) => make_parser(&detection, &options),
        Err(_) => envelope::make_parser(format, &options).expect("a wrapping format"),
    }
}

/// Reads `bytes`, given in blocks that end at `cuts`.
pub(crate) fn read(format: FormatName, bytes: &[u8], cuts: &[usize]) -> Read {
    read_with(parser(format, bytes).as_mut(), bytes, cuts, true)
}

pub(crate) fn read_with(
    parser: &mut dyn RecordParser,
    bytes: &[u8],
    cuts: &[usize],
    with_location: bool,
) -> Read {
    let mut read = Read::default();
    let mut from = 0;
    let mut line = 1;
    for until in cuts.iter().copied().chain([bytes.len()]) {
        let until = until.clamp(from, bytes.len());
        let arena = Bump::new();
        let block = Block {
            bytes: &bytes[from..until],
            arena: &arena,
            source: SourceId(7),
            first_line: line,
            offset: from as u64,
            end: until == bytes.len(),
        };
        let mut out = Output::default();
        let used = parser.parse(&block, &mut out);
        assert!(used <= until - from, "no more is used than there is");
        assert!(
            !block.end || used == until - from,
            "at the end everything is used"
        );
        read.records.extend(
            out.records
                .iter()
                .map(|record| describe(record, with_location)),
        );
        read.failures.extend(out.failures);
        read.ignored += out.ignored;
        read.lines += out.lines;
        line += out.lines;
        from += used;
        if block.end {
            break;
        }
    }
    read
}

/// One line for one record, without what is absent.
pub(crate) fn describe(record: &Record<'_>, with_location: bool) -> String {
    let mut text = format!("{} {}", record.time, record.level.as_str());
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, " {name}={value:?}");
        }
    };
    let own = |value: Option<&str>| value.map(str::to_owned);
    let sqlstate = record.sqlstate.as_str();
    add(
        "sqlstate",
        (sqlstate != "00000").then(|| sqlstate.to_owned()),
    );
    add("pid", record.pid.map(|pid| pid.to_string()));
    add("session", own(record.session_id));
    add("line", record.line_num.map(|line| line.to_string()));
    add("start", record.session_start.map(|start| start.to_string()));
    add("user", own(record.user));
    add("database", own(record.database));
    add("application", own(record.application));
    add("client", own(record.client));
    add("port", record.client_port.map(|port| port.to_string()));
    add("backend", own(record.backend_type));
    add("tag", own(record.command_tag));
    add("vxid", own(record.vxid));
    add("xid", record.xid.map(|xid| xid.to_string()));
    add("query_id", record.query_id.map(|id| id.to_string()));
    add("server", own(record.server));
    add("message", own(Some(record.message)));
    add("detail", own(record.detail));
    add("hint", own(record.hint));
    add("context", own(record.context));
    add("statement", own(record.statement.map(Sql::expose)));
    add(
        "ambiguous",
        record
            .ambiguous
            .any()
            .then(|| format!("{:?}", record.ambiguous)),
    );
    add("body", Some(describe_body(&record.body)));
    if with_location {
        let location = record.location;
        add(
            "at",
            Some(format!(
                "{}:{}:{}",
                location.source.0, location.line, location.offset
            )),
        );
    }
    text
}

fn describe_body(body: &Body<'_>) -> String {
    match body {
        Body::Audit(row) => {
            let text = row.text.map(Sql::expose);
            let shown = kumki_model::Audit {
                text: None,
                ..row.clone()
            };
            format!("{shown:?} {text:?}")
        }
        Body::Statement {
            text,
            phase,
            name,
            duration_us,
        } => {
            format!(
                "Statement {:?} {phase:?} {name:?} {duration_us:?}",
                text.expose()
            )
        }
        other => format!("{other:?}"),
    }
}
