use super::*;

#[track_caller]
fn prefix_of(log: &str) -> String {
    let detection = detect(log.as_bytes(), &ParserOptions::default()).unwrap();
    assert_eq!(detection.format(), FormatName::Stderr);
    assert!(detection.share() > 0.99, "{}", detection.explain());
    detection.prefix().unwrap().text().to_owned()
}

#[test]
fn known_prefixes_are_told() {
    let cases = [
        ("2026-01-31 10:00:04.123 UTC [42] LOG:  x\n", "%m [%p] "),
        (
            "2026-01-31 10:00:04.123 UTC [42] LOG:  x\n2026-01-31 10:00:04.123 UTC [43] alice@shop LOG:  x\n",
            "%m [%p] %q%u@%d ",
        ),
        (
            "2026-01-31 10:00:04 UTC::@:[99]:LOG: x\n2026-01-31 10:00:04 UTC:10.0.0.5(51234):a@b:[99]:LOG:  x\n",
            "%t:%r:%u@%d:[%p]:",
        ),
        (
            "2026-01-31 10:00:04.123 UTC [42]: [7-1] db=shop,user=alice LOG:  x\n",
            "%m [%p]: [%l-1] db=%d,user=%u ",
        ),
        ("2026-01-31 10:00:04 UTC-65b2f1a3.1f4-LOG:  x\n", "%t-%c-"),
        (
            "2026-01-31 10:00:04 UTC [42]: user=alice,db=shop,app=psql,client=10.0.0.5 LOG:  x\n",
            "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
        ),
    ];
    for (log, prefix) in cases {
        assert_eq!(prefix_of(log), prefix);
    }
}

#[test]
fn unknown_prefixes_are_worked_out() {
    let cases = [
        (
            "<2026-01-31 10:00:04.123 UTC|42|65b2f1a3.2a|usr=alice|database=shop|ip=10.0.0.5> LOG:  x\n\
             <2026-01-31 10:00:04.123 UTC|43|65b2f1a3.2b|usr=bob|database=shop|ip=[local]> ERROR:  x\n",
            "<%m|%p|%c|usr=%u|database=%d|ip=%h> ",
        ),
        (
            "1769853604.123 42 65b2f1a3.2a 00000 LOG:  x\n1769853604.123 43 65b2f1a3.2a 00000 alice shop FATAL:  x\n",
            "%n %p %c %e %q%u %d ",
        ),
    ];
    for (log, prefix) in cases {
        assert_eq!(prefix_of(log), prefix);
    }
}

#[test]
fn the_other_formats_are_told() {
    let csv = "2026-01-31 10:00:04.123 UTC,,,7,,65b2f1a3.7,1,,2026-01-31 10:00:00 UTC,,0,LOG,00000,\"x\",,,,,,,,,\"\"\n";
    let json = "{\"timestamp\":\"2026-01-31 10:00:04.123 UTC\",\"error_severity\":\"LOG\",\"message\":\"x\"}\n";
    for (log, format) in [(csv, FormatName::Csvlog), (json, FormatName::Jsonlog)] {
        let detection = detect(log.as_bytes(), &ParserOptions::default()).unwrap();
        assert_eq!(detection.format(), format);
        assert_eq!(
            make_parser(&detection, &ParserOptions::default()).format(),
            format.as_str()
        );
    }
}

#[test]
fn noise_before_the_log_does_not_matter() {
    let log = "The files belonging to this database system will be owned by user \"postgres\".\n\
               ok\n\nSuccess.\n\
               2026-01-31 10:00:04.123 UTC [1] LOG:  starting PostgreSQL\n";
    let detection = detect(log.as_bytes(), &ParserOptions::default()).unwrap();
    assert_eq!(detection.prefix().map(Prefix::text), Some("%m [%p] "));
    assert!(
        detection.explain().contains("1 of 4"),
        "{}",
        detection.explain()
    );
}

#[test]
fn refusals_say_what_to_do() {
    let options = ParserOptions::default();
    let error = |head: &[u8]| detect(head, &options).unwrap_err();
    assert_eq!(error(b""), DetectError::Empty);
    let utf16: Vec<u8> = "2026-01-31 LOG"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(error(&utf16), DetectError::Utf16);
    assert!(matches!(
        error(b"\x7fELF\x02\x01\x01\0\0\0\0\0"),
        DetectError::Binary { .. }
    ));
    assert!(matches!(
        error(b"LOG:  started\n"),
        DetectError::NoTime { .. }
    ));
    let told = error(b"hello\nworld\n").to_string();
    assert!(
        told.contains("begins with: hello") && told.contains("--log-line-prefix"),
        "{told}"
    );
    let syslog = ParserOptions {
        format: Some(FormatName::Heroku),
        ..ParserOptions::default()
    };
    if !FORMATS.iter().any(|entry| entry.name == FormatName::Heroku) {
        assert_eq!(
            detect(b"x", &syslog).unwrap_err(),
            DetectError::Unavailable(FormatName::Heroku)
        );
    }
}
