use bumpalo::Bump;
use kumki_model::{Ambiguity, Body, SourceId};

use super::*;
use crate::parse::prefix::Prefix;

/// Records and failures as text, whatever the cuts.
fn render(prefix: &str, input: &[u8], cuts: &[usize], limit: usize) -> Vec<String> {
    let options = ParserOptions {
        prefix: Some(Prefix::compile(prefix).unwrap()),
        max_record_bytes: limit,
        ..ParserOptions::default()
    };
    let mut parser = StderrParser::new(&options);
    let mut rendered = Vec::new();
    let (mut from, mut line) = (0, 1);
    let ends = cuts.iter().copied().chain([input.len()]);
    for end in ends {
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
        let consumed = parser.parse(&block, &mut out);
        let mut lines: Vec<(u64, String)> = Vec::new();
        for record in &out.records {
            lines.push((record.location.offset, format!("{record:?}")));
        }
        for failure in &out.failures {
            lines.push((failure.location.offset, format!("{failure:?}")));
        }
        lines.sort();
        rendered.extend(lines.into_iter().map(|(_, text)| text));
        from += consumed;
        line += out.lines;
    }
    assert_eq!(from, input.len());
    rendered
}

const SAMPLE: &str = "2026-01-31 10:00:04.123 UTC [7] alice@shop ERROR:  relation \"x\" does not exist at character 15\n\
2026-01-31 10:00:04.123 UTC [7] alice@shop STATEMENT:  select *\n\
\tfrom x\n\
\t\twhere 1 = 1\n\
\n\
2026-01-31 10:00:05.000 UTC [8] LOG:  checkpoint starting: time\r\n\
no log line\n\
2026-01-31 10:00:06.000 UTC [9] bob@shop LOG:  statement: select 1\n\
\t2026-01-31 10:00:06.000 UTC [9] root@shop LOG:  statement: drop table x\n\
2026-01-31 10:00:06.000 UTC [8] HINT:  of nobody\n\
2026-01-31 10:00:07.000 UTC [9] x\n\
2026-01-31 10:00:07.000 UTC [10] a@b FATAL:  forged\n\
\0\0\0\u{0}2026-01-31 10:00:08.000 UTC [11] a@b LOG:  duration: 0.5 ms\n\
2026-01-31 10:99:08.000 UTC [11] a@b LOG:  late\n\
2026-01-31 10:00:09 UTC:10.0.0.5(5123):carol@shop:[12]:LOG:  disconnection: session time: 0:00:01.000 user=carol database=shop host=10.0.0.5 port=5123\n";

#[test]
fn every_kind_of_line() {
    let arena = Bump::new();
    let options = ParserOptions {
        prefix: Some(Prefix::compile("%m [%p] %q%u@%d ").unwrap()),
        ..ParserOptions::default()
    };
    let mut parser = StderrParser::new(&options);
    let block = Block {
        bytes: SAMPLE.as_bytes(),
        arena: &arena,
        source: SourceId(0),
        first_line: 1,
        offset: 0,
        end: true,
    };
    let mut out = Output::default();
    assert_eq!(parser.parse(&block, &mut out), SAMPLE.len());
    assert_eq!(out.lines, SAMPLE.lines().count() as u64);
    let first = &out.records[0];
    assert_eq!(
        first.statement.map(|sql| sql.expose()),
        Some("select *\nfrom x\n\twhere 1 = 1")
    );
    assert_eq!(first.user, Some("alice"));
    assert_eq!(out.records[1].message, "checkpoint starting: time");
    let Body::Statement { text, .. } = out.records[2].body else {
        panic!("no statement")
    };
    assert!(text.expose().starts_with("select 1\n2026-01-31"));
    assert_eq!(out.records[2].user, Some("bob"));
    let forged = &out.records[3];
    assert!(forged.message == "forged" && forged.ambiguous.contains(Ambiguity::IDENTITY));
    assert_eq!(out.records[4].body, Body::Duration { duration_us: 500 });
    assert_eq!(out.records[5].client_port, Some(5123));
    assert_eq!(out.records.len(), 6);
    let kinds: Vec<_> = out
        .failures
        .iter()
        .map(|f| (f.location.line, f.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            (7, FailureKind::Unrecognised),
            (10, FailureKind::MissingParts),
            (11, FailureKind::Unrecognised),
            (13, FailureKind::Binary),
            (14, FailureKind::BadTime),
        ]
    );
}

#[test]
fn cuts_change_nothing() {
    let prefix = "%m [%p] %q%u@%d ";
    for limit in [1 << 20, 120, 60] {
        let whole = render(prefix, SAMPLE.as_bytes(), &[], limit);
        for cut in 0..SAMPLE.len() {
            let cut_once = render(prefix, SAMPLE.as_bytes(), &[cut], limit);
            assert_eq!(cut_once, whole, "cut at {cut}, limit {limit}");
        }
        let every: Vec<usize> = (1..SAMPLE.len()).collect();
        assert_eq!(
            render(prefix, SAMPLE.as_bytes(), &every, limit),
            whole,
            "limit {limit}"
        );
    }
}

#[test]
fn an_endless_line_is_one_failure_and_is_not_held() {
    let mut parser = StderrParser::new(&ParserOptions {
        prefix: Some(Prefix::compile("%m [%p] ").unwrap()),
        max_record_bytes: 1 << 16,
        ..ParserOptions::default()
    });
    let chunk = vec![b'x'; 1 << 17];
    let mut failures = 0;
    for round in 0..64u64 {
        let arena = Bump::new();
        let block = Block {
            bytes: &chunk,
            arena: &arena,
            source: SourceId(0),
            first_line: 1,
            offset: round << 17,
            end: false,
        };
        let mut out = Output::default();
        assert_eq!(parser.parse(&block, &mut out), chunk.len());
        failures += out.failures.len();
    }
    assert_eq!(failures, 1);
}

#[test]
fn a_parallel_cut_is_found() {
    let parser = StderrParser::new(&ParserOptions {
        prefix: Some(Prefix::compile("%m [%p] %q%u@%d ").unwrap()),
        ..ParserOptions::default()
    });
    // The last line may go on; the record before it is what is left open.
    let last = SAMPLE.find("2026-01-31 10:00:09 UTC:").unwrap();
    let at = parser
        .last_record_start(&SAMPLE.as_bytes()[..last + 40])
        .unwrap();
    assert!(SAMPLE[at..].starts_with("2026-01-31 10:99:08"));
    assert_eq!(parser.last_record_start(b"nothing\nhere\n"), None);
}
