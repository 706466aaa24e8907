//! Logs are well formed, and the same activity in every form.

use std::collections::HashMap;

use kumki_sim::{Format, Limit, Options, Pgaudit, StatementLogging, SyslogForm};
use serde_json::Value;

use crate::{generate, rows};

fn options(format: Format) -> Options {
    Options {
        seed: 3,
        limit: Limit::Records(20_000),
        events_per_second: 200.0,
        format,
        pgaudit: Some(Pgaudit {
            misc: true,
            rows: true,
            ..Pgaudit::default()
        }),
        statements: StatementLogging::AllWithDuration,
        ..Options::default()
    }
}

#[test]
fn csv_rows_have_their_columns() {
    for (word, columns) in [("csv", 26), ("csv24", 24), ("csv23", 23)] {
        let rows = rows(&generate(options(word.parse().unwrap())).0);
        assert_eq!(rows.len(), 20_000);
        assert!(rows.iter().all(|row| row.len() == columns));
    }
}

#[test]
fn json_and_csv_tell_the_same() {
    let (csv, labels) = generate(options("csv".parse().unwrap()));
    let (json, json_labels) = generate(options(Format::Json));
    assert_eq!(labels.end, json_labels.end);
    let rows = rows(&csv);
    let objects: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), objects.len());
    for (row, object) in rows.iter().zip(&objects) {
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        assert_eq!(row[0], text("timestamp"));
        assert_eq!(row[1], text("user"));
        assert_eq!(row[3], object["pid"].to_string());
        assert_eq!(row[5], text("session_id"));
        assert_eq!(row[6], object["line_num"].to_string());
        assert_eq!(row[7], text("ps"));
        assert_eq!(row[9], text("vxid"));
        assert_eq!(row[11], text("error_severity"));
        assert_eq!(row[13], text("message"));
        assert_eq!(row[14], text("detail"));
        assert_eq!(row[19], text("statement"));
        assert_eq!(row[22], text("application_name"));
    }
}

#[test]
fn line_numbers_of_a_session_have_no_gaps() {
    let mut last: HashMap<String, u64> = HashMap::new();
    for row in rows(&generate(options("csv".parse().unwrap())).0) {
        let line: u64 = row[6].parse().unwrap();
        let before = last.insert(row[5].to_owned(), line).unwrap_or(0);
        assert_eq!(line, before + 1, "session {}", &row[5]);
    }
    assert!(last.len() > 50, "{} sessions", last.len());
}

#[test]
fn prefixed_lines_of_stderr_have_no_gaps() {
    let mut options = options(Format::Stderr);
    options.prefix = "%c %l ".to_owned();
    let mut last: HashMap<String, u64> = HashMap::new();
    let mut records = 0;
    for text in generate(options)
        .0
        .lines()
        .filter(|line| !line.starts_with('\t'))
    {
        let mut words = text.split(' ');
        let session = words.next().unwrap().to_owned();
        let line: u64 = words.next().unwrap().parse().unwrap();
        let word = words.next().unwrap();
        assert!(matches!(
            word,
            "LOG:" | "ERROR:" | "FATAL:" | "DETAIL:" | "HINT:" | "CONTEXT:" | "STATEMENT:"
        ));
        records += u64::from(matches!(word, "LOG:" | "ERROR:" | "FATAL:"));
        let before = last.insert(session.clone(), line).unwrap_or(0);
        assert_eq!(line, before + 1, "session {session}");
    }
    assert_eq!(records, 20_000);
}

#[test]
fn syslog_chunks_count_from_one_without_gaps() {
    let form = SyslogForm {
        priority: false,
        ..SyslogForm::default()
    };
    let mut last: HashMap<String, (u64, u64)> = HashMap::new();
    for line in generate(options(Format::Syslog(form))).0.lines() {
        let (head, text) = line.split_once(": [").unwrap();
        let process = head.rsplit(' ').next().unwrap().to_owned();
        let (numbers, chunk) = text.split_once("] ").unwrap();
        assert!(chunk.len() <= 1_200);
        let (sequence, number) = numbers.split_once('-').unwrap();
        let now: (u64, u64) = (sequence.parse().unwrap(), number.parse().unwrap());
        let before = last.insert(process.clone(), now).unwrap_or((0, 0));
        // A process id may come back with a new process.
        let follows = now == (before.0, before.1 + 1) || now == (before.0 + 1, 1) || now == (1, 1);
        assert!(follows, "{process}: {before:?} then {now:?}");
    }
}

#[test]
fn audit_rows_are_csv_in_csv() {
    let mut seen = 0;
    for row in rows(&generate(options("csv".parse().unwrap())).0) {
        let Some(payload) = row[13].strip_prefix("AUDIT: ") else {
            continue;
        };
        let fields = rows_of(payload);
        assert_eq!(fields.len(), 10, "{payload}");
        assert_eq!(&fields[0], "SESSION");
        assert!(fields[1].parse::<u64>().unwrap() > 0);
        assert!(["READ", "WRITE", "MISC", "DDL", "ROLE", "FUNCTION"].contains(&&fields[3]));
        seen += 1;
    }
    assert!(seen > 2_500, "{seen}");
}

fn rows_of(payload: &str) -> csv::StringRecord {
    rows(payload).into_iter().next().unwrap()
}

#[test]
fn two_hundred_megabytes_are_written_in_little_memory() {
    // In a process of its own: other tests hold whole logs in memory.
    if std::env::var_os("KUMKI_SIM_ALONE").is_none() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "forms::two_hundred_megabytes_are_written_in_little_memory",
            ])
            .env("KUMKI_SIM_ALONE", "1")
            .output()
            .unwrap();
        assert!(
            child.status.success(),
            "{}",
            String::from_utf8_lossy(&child.stdout)
        );
        return;
    }
    let mut options = options(Format::Json);
    options.limit = Limit::Bytes(200_000_000);
    options.events_per_second = 5_000.0;
    let mut sink = Sink {
        bytes: 0,
        largest: 0,
    };
    let labels = kumki_sim::Simulation::new(options)
        .unwrap()
        .write_to(&mut sink)
        .unwrap();
    assert_eq!(labels.bytes, sink.bytes);
    assert!(sink.bytes >= 200_000_000);
    assert!(
        sink.largest < 1 << 20,
        "a stretch of {} bytes",
        sink.largest
    );
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kib < 32_000, "peak of {kib} KiB");
    }
}

/// Counts bytes and forgets them.
struct Sink {
    bytes: u64,
    largest: usize,
}

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len() as u64;
        self.largest = self.largest.max(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
