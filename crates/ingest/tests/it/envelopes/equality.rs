//! What a service wraps is read as if it were not wrapped.

use kumki_ingest::parse::csvlog::CsvlogParser;
use kumki_ingest::parse::detect::detect;
use kumki_ingest::parse::envelope::make_parser;
use kumki_ingest::parse::jsonlog::JsonlogParser;
use kumki_ingest::parse::options::{FormatName, ParserOptions};
use kumki_ingest::parse::prefix::Prefix;
use kumki_ingest::parse::stderr::StderrParser;

use super::reading::{Read, options, read_with};
use super::wrapping::*;

fn with_prefix() -> ParserOptions {
    let prefix = Prefix::compile("%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ").unwrap();
    ParserOptions {
        prefix: Some(prefix),
        ..options()
    }
}

/// What the plain log is read as.
fn plain(log: &str) -> Vec<String> {
    let read = read_with(
        &mut StderrParser::new(&with_prefix()),
        log.as_bytes(),
        &[],
        false,
    );
    assert_eq!(read.failures, []);
    assert!(read.records.len() > 30, "{} records", read.records.len());
    read.records
}

/// What the wrapped log is read as, without the server, which a plain log does
/// not name.
fn wrapped(format: FormatName, text: &str, server: Option<&str>) -> Read {
    let found = detect(text.as_bytes(), &options()).expect("a known format");
    assert_eq!(found.format(), format, "{found:?}");
    let options = ParserOptions {
        format: Some(format),
        ..with_prefix()
    };
    let mut parser = make_parser(format, &options).expect("a wrapping format");
    let mut read = read_with(parser.as_mut(), text.as_bytes(), &[5000, 12_345], false);
    assert_eq!(read.failures, []);
    assert_eq!(read.lines, text.lines().count() as u64);
    if let Some(server) = server {
        let named = format!(" server={server:?}");
        for record in &mut read.records {
            assert!(record.contains(&named), "{record}");
            *record = record.replace(&named, "");
        }
    }
    read
}

#[track_caller]
fn assert_same(found: &[String], expected: &[String]) {
    for (found, expected) in found.iter().zip(expected) {
        let same = found
            .bytes()
            .zip(expected.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let near = |text: &str| {
            let from = text.floor_char_boundary(same.saturating_sub(60));
            text[from..text.floor_char_boundary(same + 60)].to_owned()
        };
        assert!(
            found == expected,
            "at {same}: `{}` is not `{}`",
            near(found),
            near(expected)
        );
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn containers() {
    let expected = plain(LOG);
    for part in [100_000, 100, 17] {
        let read = wrapped(FormatName::Container, &docker(LOG, part), None);
        assert_same(&read.records, &expected);
        let read = wrapped(FormatName::Container, &cri(LOG, part), None);
        assert_same(&read.records, &expected);
    }
    for key in ["log", "message"] {
        let read = wrapped(FormatName::Container, &fluent_bit(LOG, key), Some("db-0"));
        assert_same(&read.records, &expected);
    }
}

#[test]
fn structured_logs_inside_of_containers() {
    let csv = read_with(
        &mut CsvlogParser::new(&options()),
        CSV.as_bytes(),
        &[],
        false,
    );
    let json = read_with(
        &mut JsonlogParser::new(&options()),
        JSON.as_bytes(),
        &[],
        false,
    );
    assert!(csv.records.len() > 30 && json.records.len() > 30);
    assert_same(
        &wrapped(FormatName::Container, &docker(CSV, 200), None).records,
        &csv.records,
    );
    assert_same(
        &wrapped(FormatName::Container, &cri(JSON, 200), None).records,
        &json.records,
    );
    let pods = cloudnativepg(JSON);
    assert_same(
        &wrapped(FormatName::Cloudnativepg, &pods, Some("db-1")).records,
        &json.records,
    );
    let inside = cri(&pods, 300);
    assert_same(
        &wrapped(FormatName::Container, &inside, Some("db-1")).records,
        &json.records,
    );
}

#[test]
fn the_journal() {
    let read = wrapped(FormatName::Journald, &journal(LOG), Some("db1"));
    assert_same(&read.records, &plain(LOG));
}

#[test]
fn syslog_of_a_real_server() {
    let expected = plain(LOG);
    let forms = [
        (FormatName::Syslog, SYSLOG.to_owned(), None),
        (FormatName::Syslog, rsyslog(SYSLOG), Some("db1")),
        (FormatName::Syslog, rfc5424(SYSLOG), Some("db1")),
        (FormatName::Journald, journal_of_syslog(SYSLOG), Some("db1")),
    ];
    for (format, text, server) in forms {
        let mut read = wrapped(format, &text, server);
        // Written before the collector took over, so not in the file.
        read.records.retain(|record| {
            !record.contains("pgaudit extension initialized")
                && !record.contains("redirecting log output")
        });
        read.records.sort();
        let mut expected = expected.clone();
        expected.sort();
        assert_same(&read.records, &expected);
    }
}

#[test]
fn interleaved_and_reordered_syslog() {
    let mut expected = wrapped(FormatName::Syslog, SYSLOG, None).records;
    expected.sort();
    let mut lines: Vec<&str> = SYSLOG.lines().collect();
    // Datagrams overtake each other: every pair of lines changes places.
    for pair in lines.chunks_mut(2) {
        pair.reverse();
    }
    // And two processes write at once: those of one are dealt among the other's.
    let (ours, others): (Vec<&str>, Vec<&str>) = lines
        .iter()
        .partition(|line| line.contains("postgres[20854]"));
    let mut mixed = String::new();
    let mut others = others.into_iter();
    for line in ours {
        mixed.push_str(line);
        mixed.push('\n');
        if let Some(other) = others.next() {
            mixed.push_str(&format!("{other}\n"));
        }
    }
    for other in others {
        mixed.push_str(&format!("{other}\n"));
    }
    let mut found = wrapped(FormatName::Syslog, &mixed, None).records;
    found.sort();
    assert_same(&found, &expected);
}

#[test]
fn syslog_without_sequence_numbers() {
    let mut expected = wrapped(FormatName::Syslog, SYSLOG, None).records;
    expected.sort();
    let renumbered = |with: fn(&str) -> String| -> String {
        SYSLOG
            .lines()
            .map(|line| {
                let (head, rest) = line.split_once("]: [").unwrap();
                let (number, text) = rest.split_once("] ").unwrap();
                let (_, piece) = number.split_once('-').unwrap();
                format!("{head}]: {}{text}\n", with(piece))
            })
            .collect()
    };
    for text in [
        renumbered(|piece| format!("[{piece}] ")),
        renumbered(|_| String::new()),
    ] {
        let mut found = wrapped(FormatName::Syslog, &text, None).records;
        found.sort();
        assert_same(&found, &expected);
    }
}

#[test]
fn unsplit_syslog() {
    let text: String = folded_with_follow_ups()
        .iter()
        .enumerate()
        .map(|(at, record)| {
            let escaped = record.replace('\t', "#011").replace('\n', "#012");
            format!("Nov 20 18:55:55 db1 postgres[1]: [{at}] {escaped}\n")
        })
        .collect();
    let found = wrapped(FormatName::Syslog, &text, Some("db1")).records;
    // Follow-ups stand behind an escaped line end that a client can write, too,
    // so they stay in the message.
    let expected = plain(LOG);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        if !expected.contains(" statement=")
            && !expected.contains(" detail=")
            && !expected.contains(" context=")
        {
            assert_eq!(found, expected);
        }
    }
}

/// Records with everything the server writes in one go.
fn folded_with_follow_ups() -> Vec<String> {
    let mut records: Vec<String> = Vec::new();
    for part in folded(LOG) {
        let is_more = ["DETAIL:  ", "HINT:  ", "CONTEXT:  ", "STATEMENT:  "]
            .iter()
            .any(|word| {
                part.split_once("client=")
                    .is_some_and(|(_, rest)| rest.contains(&format!(" {word}")))
            });
        match records.last_mut() {
            Some(last) if is_more => last.push_str(&part),
            _ => records.push(part),
        }
    }
    records
}

#[test]
fn cloudwatch_in_every_packing() {
    let expected = plain(LOG);
    let batch = cloudwatch(LOG).to_string();
    let control = r#"{"messageType":"CONTROL_MESSAGE","logGroup":"","logStream":"","logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]}"#;
    let kinesis = serde_json::json!({"Records": [{"kinesis": {"data": packed(&batch)}, "eventSource": "aws:kinesis"}]});
    let firehose = serde_json::json!({"records": [{"recordId": "1", "data": packed(&batch)}]});
    let lambda = serde_json::json!({"awslogs": {"data": packed(&batch)}});
    for (text, ignored) in [
        (format!("{batch}{control}"), 1),
        (format!("{control}\n{batch}\n"), 1),
        (packed(&batch), 0),
        (packed(&format!("{batch}{control}")), 1),
        (lambda.to_string(), 0),
        (kinesis.to_string(), 0),
        (firehose.to_string(), 0),
    ] {
        let read = wrapped(FormatName::Cloudwatch, &text, Some("shop"));
        assert_eq!(read.ignored, ignored);
        assert_same(&read.records, &expected);
    }
}

#[test]
fn google_cloud() {
    let expected = plain(LOG);
    let entries = cloud_logging(LOG);
    let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    let array = serde_json::to_string_pretty(&entries).unwrap();
    for text in [lines, array] {
        let read = wrapped(FormatName::Gcp, &text, Some("p:shop"));
        assert_same(&read.records, &expected);
    }
}

#[test]
fn azure() {
    let is_follow_up = |part: &String| {
        ["DETAIL:  ", "HINT:  ", "CONTEXT:  ", "STATEMENT:  "]
            .iter()
            .any(|word| {
                part.split_once("client=")
                    .is_some_and(|(_, rest)| rest.contains(&format!(" {word}")))
            })
    };
    let log: String = folded(LOG)
        .into_iter()
        .filter(|part| !is_follow_up(part))
        .collect();
    let expected = plain(&log);
    let batch = event_hub(&log);
    let entries = batch["records"].as_array().unwrap();
    let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    for text in [
        batch.to_string(),
        serde_json::to_string_pretty(&batch).unwrap(),
        lines,
    ] {
        let read = wrapped(FormatName::Azure, &text, Some("shop"));
        assert_same(&read.records, &expected);
    }
    let flat: Vec<serde_json::Value> = folded(&log)
        .iter()
        .map(|text| {
            serde_json::json!({
                "EventProcessedUtcTime": "2026-11-20T19:12:00Z", "message": text.trim_end(),
                "category": "PostgreSQLLogs", "LogicalServerName": "shop",
            })
        })
        .collect();
    let read = wrapped(
        FormatName::Fabric,
        &serde_json::to_string(&flat).unwrap(),
        Some("shop"),
    );
    assert_same(&read.records, &expected);
    let mut table = String::from("EventProcessedUtcTime,message,category,LogicalServerName\r\n");
    for text in folded(&log) {
        let message = text.trim_end().replace('"', "\"\"");
        table.push_str(&format!(
            "2026-11-20T19:12:00Z,\"{message}\",PostgreSQLLogs,shop\r\n"
        ));
    }
    let read = wrapped(FormatName::Fabric, &table, Some("shop"));
    assert_same(&read.records, &expected);
}
