//! `kumki scan`: outputs, exit codes, threads, totals.

use std::fs;

use serde_json::Value;

use crate::program::{kumki, kumki_with, sample, simulated, text};

#[test]
fn findings_do_not_depend_on_threads() {
    let (log, _) = simulated(
        "csv",
        60_000,
        7,
        kumki_sim::Attacks::Once(kumki_sim::AttackKind::ALL.to_vec()),
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.csv");
    fs::write(&path, &log).unwrap();
    let one = kumki(&["scan", "--quiet", "--threads", "1", text(&path)]);
    assert!(one.lines().len() > 5, "{}", one.err);
    for threads in ["2", "5"] {
        let many = kumki(&["scan", "--quiet", "--threads", threads, text(&path)]);
        assert_eq!(one.out, many.out, "{threads} threads");
    }
}

#[test]
fn rotated_and_compressed_pieces_give_what_the_whole_gives() {
    let (log, _) = simulated(
        "json",
        30_000,
        3,
        kumki_sim::Attacks::Once(vec![kumki_sim::AttackKind::BruteForce]),
    );
    let directory = tempfile::tempdir().unwrap();
    let whole = directory.path().join("whole.json");
    fs::write(&whole, &log).unwrap();
    let pieces = directory.path().join("pieces");
    fs::create_dir(&pieces).unwrap();
    let middle = log.len() / 2;
    let cut = middle
        + log[middle..]
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap()
        + 1;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &log[..cut]).unwrap();
    // Named so that the order of names is not the order of time.
    fs::write(pieces.join("z-older.json.gz"), gzip.finish().unwrap()).unwrap();
    fs::write(pieces.join("a-newer.json"), &log[cut..]).unwrap();
    let kinds = |run: &crate::program::Run| -> Vec<(String, u64)> {
        run.lines()
            .iter()
            .map(|finding| {
                (
                    finding["kind"].as_str().unwrap().to_owned(),
                    finding["count"].as_u64().unwrap(),
                )
            })
            .collect()
    };
    let expected = kumki(&["scan", "--quiet", text(&whole)]);
    let found = kumki(&["scan", "--quiet", text(&pieces)]);
    assert!(!kinds(&expected).is_empty());
    assert_eq!(kinds(&expected), kinds(&found), "{}", found.err);
}

#[test]
fn totals_add_up() {
    let directory = tempfile::tempdir().unwrap();
    let stats = directory.path().join("stats.json");
    let (mut log, labels) = simulated("csv", 5_000, 1, kumki_sim::Attacks::None);
    log.extend_from_slice(b"this is no record\n");
    let run = kumki_with(&["scan", "--quiet", "--stats", text(&stats), "-"], &log);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let stats: Value = serde_json::from_slice(&fs::read(&stats).unwrap()).unwrap();
    assert_eq!(stats["records"].as_u64().unwrap(), labels.records + 1);
    assert_eq!(stats["unreadable"]["count"], 1);
    assert_eq!(stats["bytes"].as_u64().unwrap(), log.len() as u64);
    let sample = stats["unreadable"]["samples"][0]["text"].as_str().unwrap();
    assert!(sample.contains("this is no record"), "{sample}");
}

#[test]
fn exit_codes_are_those_of_the_table() {
    let attack = sample("attack.csv");
    assert_eq!(kumki(&["scan", "--quiet", &attack]).code, Some(0));
    assert_eq!(
        kumki(&["scan", "--quiet", "--fail-on", "high", &attack]).code,
        Some(1)
    );
    let benign = sample("benign.log");
    assert_eq!(
        kumki(&["scan", "--quiet", "--fail-on", "info", &benign]).code,
        Some(0)
    );
    assert_eq!(kumki(&["scan", "--no-such-flag"]).code, Some(2));
    assert_eq!(kumki(&["scan", "/no/such/file"]).code, Some(2));
    assert_eq!(
        kumki(&["scan", "--log-format", "nonsense", &attack]).code,
        Some(2)
    );
    assert_eq!(
        kumki(&["scan", "--timezone", "Mars/Olympus", &attack]).code,
        Some(2)
    );
}

#[test]
fn the_benign_sample_raises_nothing() {
    let run = kumki(&["scan", &sample("benign.log")]);
    assert_eq!(run.out, "", "{}", run.err);
}

#[test]
fn spans_select_events() {
    let attack = sample("attack.csv");
    let all = kumki(&["events", &attack]).lines();
    let middle = all[all.len() / 2]["time"].as_str().unwrap().to_owned();
    let before = kumki(&["events", "--until", &middle, &attack]).lines();
    let after = kumki(&["events", "--since", &middle, &attack]).lines();
    assert_eq!(before.len() + after.len(), all.len());
    assert!(
        before
            .iter()
            .all(|event| event["time"].as_str().unwrap() < middle.as_str())
    );
    let run = kumki(&[
        "scan",
        "--since",
        "2026-02-01",
        "--until",
        "2026-01-01",
        &attack,
    ]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("is not before"), "{}", run.err);
}

#[test]
fn every_format_can_be_written() {
    let attack = sample("attack.csv");
    for format in [
        "table", "ndjson", "json", "csv", "markdown", "html", "sarif", "ocsf",
    ] {
        let run = kumki(&["scan", "--quiet", "--format", format, &attack]);
        assert_eq!(run.code, Some(0), "{format}: {}", run.err);
        assert!(run.out.contains("password_guessing"), "{format}");
    }
}

#[test]
fn a_directory_is_read_without_what_is_no_log() {
    let run = kumki(&["scan", "--quiet", &sample("")]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("labels.json is left out"), "{}", run.err);
    assert!(run.err.contains("attack.log is left out"), "{}", run.err);
}

#[test]
fn the_fabric_pack_finds_its_seven_kinds() {
    let run = kumki(&["scan", "--quiet", "--pack", "fabric", &sample("attack.csv")]);
    let kinds: std::collections::BTreeSet<String> = run
        .lines()
        .iter()
        .map(|finding| finding["kind"].as_str().unwrap().to_owned())
        .collect();
    for kind in [
        "data_exfiltration",
        "destructive_operations",
        "error_spike",
        "privilege_escalation",
        "cross_schema_reconnaissance",
        "schema_enumeration",
        "brute_force",
    ] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
}
