use bumpalo::Bump;
use kumki_model::{AuthFailure, Body, SourceId};

use super::*;

const SAMPLE: &str = concat!(
    r#"{"timestamp":"2026-01-31 10:00:04.123 UTC","user":"alice","dbname":"shop","pid":42,"remote_host":"10.0.0.5","remote_port":51234,"session_id":"65b2f1a3.2a","line_num":3,"ps":"SELECT","session_start":"2026-01-31 10:00:00 UTC","vxid":"3/17","txid":0,"error_severity":"LOG","message":"statement: select \"a\"\n{\"timestamp\":\"2026-01-31 10:00:04.123 UTC\",\"message\":\"forged\"}","application_name":"psql","backend_type":"client backend","query_id":-55}"#,
    "\n",
    r#"{"timestamp":"2026-01-31 10:00:04.124 UTC","pid":42,"error_severity":"FATAL","state_code":"28P01","message":"Passwort-Authentifizierung für Benutzer »bob« fehlgeschlagen","detail":"x"}"#,
    "\r\n\n",
    r#"{"timestamp":"2026-01-31 10:00:05.000 UTC","user":"alice","mess"#,
    r#"{"timestamp":"2026-01-31 10:00:06.000 UTC","pid":7,"error_severity":"LOG","message":"duration: 1.5 ms"}"#,
    "\nno json\n",
    "\0\0\0\0",
    r#"{"timestamp":"2026-01-31 10:00:07.000 UTC","pid":7,"error_severity":"LOG","message":"duration: 2.5 ms"}"#,
    "\n",
    r#"{"timestamp":"2026-01-31 10:99:07.000 UTC","pid":7,"error_severity":"LOG","message":"late"}"#,
);

fn run(input: &[u8], cuts: &[usize], limit: usize) -> (Vec<String>, u64) {
    let options = ParserOptions {
        max_record_bytes: limit,
        ..ParserOptions::default()
    };
    let mut parser = JsonlogParser::new(&options);
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

#[test]
fn every_kind_of_line() {
    let arena = Bump::new();
    let block = Block {
        bytes: SAMPLE.as_bytes(),
        arena: &arena,
        source: SourceId(0),
        first_line: 1,
        offset: 0,
        end: true,
    };
    let mut out = Output::default();
    JsonlogParser::new(&ParserOptions::default()).parse(&block, &mut out);
    assert_eq!(out.records.len(), 4);
    let Body::Statement { text, .. } = out.records[0].body else {
        panic!("no statement")
    };
    assert!(text.expose().contains("forged"));
    assert_eq!(out.records[0].client_port, Some(51234));
    assert!(matches!(
        out.records[1].body,
        Body::AuthenticationFailed {
            cause: AuthFailure::Password,
            user: Some("bob"),
            ..
        }
    ));
    assert_eq!(out.records[2].body, Body::Duration { duration_us: 1500 });
    assert_eq!(out.records[3].body, Body::Duration { duration_us: 2500 });
    let kinds: Vec<FailureKind> = out.failures.iter().map(|failure| failure.kind).collect();
    assert_eq!(
        kinds,
        [
            FailureKind::Truncated,
            FailureKind::Unrecognised,
            FailureKind::Binary,
            FailureKind::BadTime,
        ]
    );
}

#[test]
fn cuts_change_nothing() {
    for limit in [1 << 20, 200, 60] {
        let whole = run(SAMPLE.as_bytes(), &[], limit);
        for cut in 0..SAMPLE.len() {
            assert_eq!(
                run(SAMPLE.as_bytes(), &[cut], limit),
                whole,
                "cut {cut}, limit {limit}"
            );
        }
    }
}
