//! Input that means harm: nothing panics, nothing grows without bound, and what
//! is damaged is counted.

use kumki_ingest::parse::envelope::make_parser;
use kumki_ingest::parse::options::FormatName;
use proptest::prelude::*;

use super::goldens::inputs;
use super::reading::{Read, options, read_with};

const FORMATS: [FormatName; 11] = [
    FormatName::Syslog,
    FormatName::Heroku,
    FormatName::Journald,
    FormatName::Container,
    FormatName::Cloudnativepg,
    FormatName::Azure,
    FormatName::Fabric,
    FormatName::Cloudwatch,
    FormatName::Aurora,
    FormatName::Gcp,
    FormatName::Pgauditlogtofile,
];

/// Reads without a look at the data beforehand.
fn read(format: FormatName, bytes: &[u8], cuts: &[usize]) -> Read {
    let mut parser = make_parser(format, &options()).expect("a wrapping format");
    read_with(parser.as_mut(), bytes, cuts, true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Goldens with bytes changed, stretches removed and repeated.
    #[test]
    fn damaged_input(
        changes in proptest::collection::vec((0.0..1.0f64, any::<u8>()), 1..20),
        stretch in (0.0..1.0f64, 0.0..0.2f64),
        cut in 0.0..1.0f64,
    ) {
        for (format, path, mut bytes) in inputs() {
            let length = bytes.len() as f64;
            for (place, byte) in &changes {
                let at = (place * length) as usize;
                if let Some(there) = bytes.get_mut(at) {
                    *there = *byte;
                }
            }
            let from = (stretch.0 * length) as usize;
            let until = (from + (stretch.1 * length) as usize).min(bytes.len());
            let again = bytes[from..until].to_vec();
            bytes.extend(again);
            bytes.drain(from..until);
            let cuts = [(cut * bytes.len() as f64) as usize];
            let found = read(format, &bytes, &cuts);
            prop_assert_eq!(&found, &read(format, &bytes, &[]), "{}", path.display());
            let all = found.records.len() + found.failures.len() + found.ignored as usize;
            prop_assert!(all > 0 || bytes.len() < 2000, "{}", path.display());
            for failure in &found.failures {
                prop_assert!(failure.sample.chars().count() <= 200);
                prop_assert!(!failure.sample.chars().any(char::is_control));
            }
        }
    }

    /// Noise, and JSON-like noise.
    #[test]
    fn noise(
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        text in "[\\[\\]{}\",:\\\\\n\t a-z0-9<>]{0,2000}",
    ) {
        for format in FORMATS {
            for input in [&bytes[..], text.as_bytes()] {
                let half = input.len() / 2;
                prop_assert_eq!(read(format, input, &[half]), read(format, input, &[]));
            }
        }
    }
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}{}\n", "{\"a\":".repeat(200_000), "}".repeat(200_000));
    let lists = format!(
        "{{\"records\":{}{}}}\n",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    for format in FORMATS {
        for input in [&deep, &lists] {
            let found = read(format, input.as_bytes(), &[]);
            assert_eq!(found.records.len(), 0);
            assert!(
                found.failures.len() + found.ignored as usize <= 2,
                "{format}"
            );
        }
    }
}

#[test]
fn a_decompression_bomb_is_a_failure() {
    use base64::Engine;
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer
        .write_all(b"{\"logEvents\":[{\"message\":\"")
        .unwrap();
    let blank = vec![b' '; 1 << 20];
    for _ in 0..17 {
        packer.write_all(&blank).unwrap();
    }
    packer.write_all(b"\"}]}").unwrap();
    let packed = base64::engine::general_purpose::STANDARD.encode(packer.finish().unwrap());
    let found = read(FormatName::Cloudwatch, packed.as_bytes(), &[]);
    assert_eq!(found.failures.len(), 1);
    assert_eq!(found.failures[0].kind.as_str(), "too_large");
}

#[test]
fn chunks_that_never_arrive_are_counted_and_do_not_pile_up() {
    let mut syslog = String::new();
    for number in 0..30_000 {
        syslog.push_str(&format!(
            "<134>Nov 20 18:55:55 h{number} postgres[{number}]: [3-2] \tsecond of two\n"
        ));
    }
    let found = read(FormatName::Syslog, syslog.as_bytes(), &[]);
    assert_eq!(found.failures.len(), 30_000);
    assert!(
        found
            .failures
            .iter()
            .all(|failure| failure.kind.as_str() == "missing_parts")
    );

    let mut entries = String::new();
    for number in 0..10_000 {
        entries.push_str(&format!(
            "{{\"logName\":\"x\",\"timestamp\":\"2026-01-31T10:00:00Z\",\"protoPayload\":{{\"request\":\
             {{\"@type\":\"type.googleapis.com/google.cloud.sql.audit.v1.PgAuditEntry\",\
             \"chunkCount\":\"2\",\"chunkIndex\":\"2\",\"statementId\":{number}}}}}}}\n"
        ));
    }
    let found = read(FormatName::Gcp, entries.as_bytes(), &[]);
    assert_eq!(found.failures.len(), 10_000);
}

#[test]
fn an_endless_line_is_one_failure() {
    for format in FORMATS {
        let mut input = b"{\"log\":\"".to_vec();
        input.resize(17 << 20, b'x');
        input.extend_from_slice(b"\nx\n");
        let found = read(format, &input, &[1 << 20, 9 << 20]);
        let kinds: Vec<&str> = found
            .failures
            .iter()
            .map(|failure| failure.kind.as_str())
            .collect();
        assert_eq!(kinds.first(), Some(&"too_large"), "{format}: {kinds:?}");
        assert!(kinds.len() <= 2, "{format}: {kinds:?}");
    }
}
