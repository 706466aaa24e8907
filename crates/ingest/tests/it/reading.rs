//! Reads an input in blocks, and shows what came of it.

use std::fmt::Write as _;

use bumpalo::Bump;
use kumki_ingest::parse::{Block, Output, RecordParser};
use kumki_model::{Ambiguity, Record, SourceId};

/// Everything a reading gave, in source order, as text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// One line per record or failure, with where it stands.
    pub items: Vec<(u64, String)>,
    /// Records set aside.
    pub ignored: u64,
    /// Lines read.
    pub lines: u64,
}

impl Reading {
    /// The items alone.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (_, item) in &self.items {
            text.push_str(item);
            text.push('\n');
        }
        text
    }

    /// The first thing in which two readings differ, if there is one.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        let longest = self.items.len().max(other.items.len());
        let pair = (0..longest)
            .map(|index| (self.items.get(index), other.items.get(index)))
            .find(|(left, right)| left != right);
        let counts = [(self.ignored, self.lines), (other.ignored, other.lines)];
        Some(format!("{pair:#?}\nignored and lines: {counts:?}"))
    }

    /// Adds what a block gave.
    pub(crate) fn add(&mut self, out: &Output<'_>) {
        let from = self.items.len();
        let records = out
            .records
            .iter()
            .map(|record| (record.location.offset, show(record)));
        let failures = out.failures.iter().map(|failure| {
            let location = failure.location;
            (
                location.offset,
                format!(
                    "!{} {} {:?}",
                    location.line,
                    failure.kind.as_str(),
                    failure.sample
                ),
            )
        });
        self.items.extend(records.chain(failures));
        self.items[from..].sort_by_key(|(offset, _)| *offset);
        self.ignored += out.ignored;
        self.lines += out.lines;
    }
}

/// Reads `input`, handing over bytes up to each of `cuts` in turn.
pub(crate) fn read(mut parser: Box<dyn RecordParser>, input: &[u8], cuts: &[usize]) -> Reading {
    let mut reading = Reading::default();
    let mut from = 0;
    for end in cuts.iter().copied().chain([input.len()]) {
        let end = end.max(from);
        let arena = Bump::new();
        let block = block(
            &input[from..end],
            &arena,
            from,
            reading.lines + 1,
            end == input.len(),
        );
        let mut out = Output::default();
        from += parser.parse(&block, &mut out);
        reading.add(&out);
    }
    assert_eq!(from, input.len());
    reading
}

pub(crate) fn block<'a>(
    bytes: &'a [u8],
    arena: &'a Bump,
    offset: usize,
    line: u64,
    end: bool,
) -> Block<'a> {
    Block {
        bytes,
        arena,
        source: SourceId(0),
        first_line: line,
        offset: offset as u64,
        end,
    }
}

/// A record on one line; absent fields are left out.
pub(crate) fn show(record: &Record<'_>) -> String {
    let mut text = format!(
        "{} {} {} {}",
        record.location.line,
        record.time,
        record.level.as_str(),
        record.sqlstate
    );
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, " {name}={value}");
        }
    };
    let quoted = |text: Option<&str>| text.map(|text| format!("{text:?}"));
    add("pid", record.pid.map(|pid| pid.to_string()));
    add("session", quoted(record.session_id));
    add("number", record.line_num.map(|number| number.to_string()));
    add("started", record.session_start.map(|time| time.to_string()));
    add("user", quoted(record.user));
    add("database", quoted(record.database));
    add("application", quoted(record.application));
    add("client", quoted(record.client));
    add("port", record.client_port.map(|port| port.to_string()));
    add("backend", quoted(record.backend_type));
    add("tag", quoted(record.command_tag));
    add("vxid", quoted(record.vxid));
    add("xid", record.xid.map(|xid| xid.to_string()));
    add("query_id", record.query_id.map(|id| id.to_string()));
    add("body", Some(body(record)));
    add("message", quoted(Some(record.message)));
    add("detail", quoted(record.detail));
    add("hint", quoted(record.hint));
    add("context", quoted(record.context));
    add(
        "statement",
        quoted(record.statement.map(|sql| sql.expose())),
    );
    let doubts = [
        (Ambiguity::IDENTITY, "identity"),
        (Ambiguity::CLIENT, "client"),
        (Ambiguity::MESSAGE, "message"),
    ];
    let doubts: Vec<&str> = doubts
        .iter()
        .filter(|(doubt, _)| record.ambiguous.contains(*doubt))
        .map(|(_, name)| *name)
        .collect();
    add("ambiguous", (!doubts.is_empty()).then(|| doubts.join(",")));
    text
}

/// The body with its SQL in the open.
pub(crate) fn body(record: &Record<'_>) -> String {
    let text = format!("{:?}", record.body);
    let sql = match &record.body {
        kumki_model::Body::Audit(audit) => audit.text,
        kumki_model::Body::Statement { text, .. } => Some(*text),
        _ => None,
    };
    match sql {
        Some(sql) => text.replace(&format!("{sql:?}"), &format!("{:?}", sql.expose())),
        None => text,
    }
}
