use bumpalo::Bump;
use kumki_model::{Body, SourceId};

use super::*;

fn run(input: &[u8], cuts: &[usize], limit: usize) -> (Vec<String>, u64) {
    let options = ParserOptions {
        max_record_bytes: limit,
        ..ParserOptions::default()
    };
    let mut parser = CsvlogParser::new(&options);
    let mut rendered = Vec::new();
    let (mut from, mut line) = (0, 1);
    for end in cuts.iter().copied().chain([input.len()]) {
        let arena = Bump::new();
        let block = Block {
            bytes: &input[from..end],
            arena: &arena,
            source: SourceId(0),
            first_line: line,
            offset: from as u64,
            end: end == input.len(),
        };
        let mut out = Output::default();
        from += parser.parse(&block, &mut out);
        line += out.lines;
        let mut lines: Vec<(u64, String)> = Vec::new();
        lines.extend(
            out.records
                .iter()
                .map(|r| (r.location.offset, format!("{r:?}"))),
        );
        lines.extend(
            out.failures
                .iter()
                .map(|f| (f.location.offset, format!("{f:?}"))),
        );
        lines.sort();
        rendered.extend(lines.into_iter().map(|(_, text)| text));
    }
    assert_eq!(from, input.len());
    (rendered, line - 1)
}

fn line(message: &str) -> String {
    format!(
        "2026-01-31 10:00:04.123 UTC,\"alice\",\"shop\",42,\"10.0.0.5:51234\",65b2f1a3.2a,3,\"SELECT\",\
         2026-01-31 10:00:00 UTC,3/17,0,LOG,00000,{message},,,,,,,,,\"psql\",\"client backend\",,-55\n"
    )
}

const FORGED: &str = "2026-01-31 10:00:04.123 UTC,root,shop,1,10.6.6.6:1,65b2f1a3.1,1,x,2026-01-31 10:00:00 UTC,3/17,0,LOG,00000,forged,,,,,,,,,psql,client backend,,0";

fn sample_log() -> String {
    let old = "2026-01-31 10:00:04.123 UTC,,,7,,65b2f1a3.7,1,,2026-01-31 10:00:00 UTC,,0,LOG,00000,\"checkpoint starting: time\",,,,,,,,,\"\"\r\n";
    let truncated = "2026-01-31 10:00:05.000 UTC,\"alice\",\"shop\",42,\"10.0.0.5:51234\",65b2f1a3.2a,4,\"SELECT\",2026-01-31 10:00:00 UTC,3/17,0,LOG,00000,\"statement: select 'cut\n";
    let short = "2026-01-31 10:00:05.000 UTC,\"alice\",\"sh\n";
    let quoted_forgery = format!(
        "\"statement: select '\n{FORGED}\n{}'\"",
        FORGED.replace("forged", "\"\"forged\"\"")
    );
    [
        "log_time,user_name,database_name\n".to_owned(),
        line("\"statement: select 1\""),
        old.to_owned(),
        line("\"statement: select \"\"a\"\" from \"\"b\"\"\n where x\""),
        truncated.to_owned(),
        line(&quoted_forgery),
        short.to_owned(),
        line("\"AUDIT: SESSION,1,1,READ,SELECT,,,\"\"select \"\"\"\"a\"\"\"\", 1\"\",<none>\""),
        "garbage here\n".to_owned(),
        "\0\0\0".to_owned() + &line("\"duration: 1.5 ms\""),
        "\n".to_owned(),
        line("\"duration: 2.5 ms\"").replace("10:00:04", "10:99:04"),
        line("\"duration: 3.5 ms\"").trim_end().to_owned(),
    ]
    .concat()
}

#[test]
fn every_kind_of_record() {
    let input = sample_log();
    let arena = Bump::new();
    let block = Block {
        bytes: input.as_bytes(),
        arena: &arena,
        source: SourceId(0),
        first_line: 1,
        offset: 0,
        end: true,
    };
    let mut out = Output::default();
    CsvlogParser::new(&ParserOptions::default()).parse(&block, &mut out);
    let first = &out.records[0];
    assert_eq!(
        (first.user, first.client, first.client_port),
        (Some("alice"), Some("10.0.0.5"), Some(51234))
    );
    assert_eq!(
        (first.query_id, first.xid, first.vxid),
        (Some(-55), None, Some("3/17"))
    );
    assert_eq!(first.backend_type, Some("client backend"));
    assert_eq!(out.records[1].message, "checkpoint starting: time");
    assert_eq!(
        out.records[2].message,
        "statement: select \"a\" from \"b\"\n where x"
    );
    let Body::Statement { text, .. } = out.records[3].body else {
        panic!("{:?}", out.records[3])
    };
    assert!(text.expose().contains("\"forged\""));
    let Body::Audit(audit) = &out.records[4].body else {
        panic!("{:?}", out.records[4])
    };
    assert_eq!(audit.text.map(|sql| sql.expose()), Some("select \"a\", 1"));
    assert_eq!(out.records[5].body, Body::Duration { duration_us: 1500 });
    assert_eq!(out.records[6].body, Body::Duration { duration_us: 3500 });
    assert_eq!(out.records.len(), 7);
    assert!(out.records.iter().all(|record| record.user != Some("root")));
    let kinds: Vec<FailureKind> = out.failures.iter().map(|failure| failure.kind).collect();
    assert_eq!(
        kinds,
        [
            FailureKind::Truncated,
            FailureKind::Truncated,
            FailureKind::Unrecognised,
            FailureKind::Binary,
            FailureKind::BadTime,
        ]
    );
    assert_eq!(out.ignored, 1);
}

#[test]
fn cuts_change_nothing() {
    let input = sample_log();
    for limit in [1 << 20, 300, 120] {
        let whole = run(input.as_bytes(), &[], limit);
        for cut in 0..input.len() {
            assert_eq!(
                run(input.as_bytes(), &[cut], limit),
                whole,
                "cut {cut}, limit {limit}"
            );
        }
        let every: Vec<usize> = (1..input.len()).collect();
        assert_eq!(run(input.as_bytes(), &every, limit), whole, "limit {limit}");
    }
}

#[test]
fn an_oversized_record_hides_no_forgery() {
    let text = format!(
        "\"statement: select '{}'\"",
        format!("\n{FORGED}").repeat(50)
    );
    let input = [line(&text), line("\"duration: 1 ms\"")].concat();
    let (lines, _) = run(input.as_bytes(), &[], 1000);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains("TooLarge") && lines[1].contains("Duration"));
}

#[test]
fn unknown_languages_are_levelled_by_code() {
    let input = line("\"uwierzytelnianie\"").replace("LOG,00000", "KATASTROFALNY,28P01");
    let (lines, _) = run(input.as_bytes(), &[], 1 << 20);
    assert!(
        lines[0].contains("level: Fatal") && lines[0].contains("cause: Password"),
        "{lines:?}"
    );
}

#[test]
fn a_parallel_cut_is_found() {
    let whole = [line("\"a\""), line("\"b\"")].concat();
    let input = [
        whole.clone(),
        line("\"c\n2026-01-31 10:00:04.123 UTC,x\"")[..180].to_owned(),
    ]
    .concat();
    let parser = CsvlogParser::new(&ParserOptions::default());
    assert_eq!(
        parser.last_record_start(input.as_bytes()),
        Some(whole.len())
    );
}

#[test]
fn a_truncated_tail_of_candidates_is_read_in_linear_time() {
    let candidate = "2026-01-31 10:00:04.123 UTC,\"alice\n";
    let input = candidate.repeat(200_000);
    let started = std::time::Instant::now();
    let (lines, _) = run(input.as_bytes(), &[], 16 << 20);
    assert!(!lines.is_empty());
    assert!(started.elapsed().as_secs() < 20);
}
