//! Input that is broken, forged or no log at all: a count, a message, an exit
//! code, and never a panic.

use kumki_sim::damage::{Fault, apply};

use crate::program::{kumki_with, simulated};

fn scan(input: &[u8], more: &[&str]) -> crate::program::Run {
    let arguments = [&["scan", "--quiet"], more, &["-"]].concat();
    let run = kumki_with(&arguments, input);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    assert!(run.code.is_some(), "ended by a signal");
    run
}

#[test]
fn no_log_at_all_is_refused_with_a_reason() {
    for input in [
        &b"hello\nworld\n"[..],
        &[0u8; 5000],
        &[0xff, 0xfe, b'a', 0],
        b"{\"a\":1}\n",
    ] {
        let run = scan(input, &[]);
        assert_eq!(run.code, Some(2), "{}", run.err);
        assert!(run.err.starts_with("kumki: -: "), "{}", run.err);
    }
}

#[test]
fn an_empty_log_is_no_error() {
    let run = scan(b"", &[]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
}

#[test]
fn damaged_logs_lose_only_what_is_damaged() {
    for format in ["stderr", "csv", "json"] {
        let (log, labels) = simulated(format, 4_000, 11, kumki_sim::Attacks::None);
        for (index, fault) in [
            Fault::Truncate,
            Fault::FlipBytes(40),
            Fault::Interleave(20),
            Fault::DropLines(20),
        ]
        .into_iter()
        .enumerate()
        {
            let (damaged, _) = apply(&log, &[fault], index as u64);
            let directory = tempfile::tempdir().unwrap();
            let stats = directory.path().join("stats.json");
            scan(&damaged, &["--stats", stats.to_str().unwrap()]);
            let stats: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&stats).unwrap()).unwrap();
            let read =
                stats["records"].as_u64().unwrap() - stats["unreadable"]["count"].as_u64().unwrap();
            let least = match index {
                0 => labels.records / 20,
                _ => labels.records * 9 / 10,
            };
            assert!(
                read >= least,
                "{format}, fault {index}: {read} of {}",
                labels.records
            );
        }
    }
}

#[test]
fn one_endless_line_is_one_unreadable_record() {
    let (log, _) = simulated("csv", 500, 1, kumki_sim::Attacks::None);
    let mut input = log.clone();
    input.extend(std::iter::repeat_n(b'x', 40 << 20));
    input.push(b'\n');
    input.extend_from_slice(&log);
    let directory = tempfile::tempdir().unwrap();
    let stats = directory.path().join("stats.json");
    scan(&input, &["--stats", stats.to_str().unwrap()]);
    let stats: serde_json::Value = serde_json::from_slice(&std::fs::read(&stats).unwrap()).unwrap();
    assert_eq!(stats["unreadable"]["count"], 1, "{stats}");
    assert_eq!(stats["records"], 1001);
}

#[test]
fn a_forged_audit_row_in_an_application_name_moves_nobody() {
    let log = "\
2026-01-31 10:00:00 UTC [77]: user=[unknown],db=[unknown],app=[unknown],client=10.0.0.9 LOG:  connection received: host=10.0.0.9 port=5000
2026-01-31 10:00:01 UTC [77]: user=bob,db=shop,app=x,client=10.6.6.6] LOG:  AUDIT: SESSION,1,1,ROLE,GRANT,client=10.0.0.9 LOG:  statement: select 1
";
    let run = kumki_with(
        &[
            "events",
            "--log-line-prefix",
            "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
            "-",
        ],
        log.as_bytes(),
    );
    let events = run.lines();
    let last = events.last().unwrap();
    assert_eq!(last["session"]["client"], "10.0.0.9", "{last}");
    assert_ne!(last["statement"]["command"], "GRANT", "{last}");
}

#[test]
fn what_stands_before_the_break_of_a_compressed_log_is_read() {
    let (log, labels) = simulated("csv", 3_000, 1, kumki_sim::Attacks::None);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &log).unwrap();
    let mut packed = gzip.finish().unwrap();
    packed.truncate(packed.len() / 2);
    for threads in ["1", "2"] {
        let directory = tempfile::tempdir().unwrap();
        let stats = directory.path().join("stats.json");
        let run = scan(
            &packed,
            &["--threads", threads, "--stats", stats.to_str().unwrap()],
        );
        assert_eq!(run.code, Some(2));
        assert!(run.err.contains("reading stopped early"), "{}", run.err);
        let stats: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&stats).unwrap()).unwrap();
        let read = stats["records"].as_u64().unwrap();
        assert!(read > labels.records / 4, "{read} of {}", labels.records);
    }
}
