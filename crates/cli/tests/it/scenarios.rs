//! Labelled attacks and ordinary work against a real PostgreSQL: what is
//! found, by whom and from where.
//!
//! `tests/expected/detected.tsv` lists for each attack the kinds of findings
//! that name its role or address. `KUMKI_BLESS=1` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use kumki_harness::{Label, LogSettings, Nature, Options, RunOutput, Selection, run_all};
use serde_json::Value;

use crate::program::{kumki, text};

fn findings(log: &Path, pack: &str) -> Vec<Value> {
    let run = kumki(&["scan", "--quiet", "--pack", pack, text(log)]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    run.lines()
}

/// Whether a finding names who did it, or from where.
fn is_about(finding: &Value, label: &Label) -> bool {
    let entity = &finding["entity"];
    let user = entity["user"].as_str();
    let role = user.is_some_and(|user| label.roles.iter().any(|known| known == user));
    role || entity["client"].as_str() == Some(label.address.as_str())
}

fn detected(log: &Path, labels: &[Label]) -> BTreeMap<String, BTreeSet<String>> {
    let findings = findings(log, "core");
    labels
        .iter()
        .filter(|label| label.nature == Nature::Attack)
        .map(|label| {
            let kinds = findings
                .iter()
                .filter(|finding| is_about(finding, label))
                .filter_map(|finding| finding["kind"].as_str())
                .map(str::to_owned)
                .collect();
            (label.slug.clone(), kinds)
        })
        .collect()
}

/// Kinds that need SQLSTATE, which stderr carries only with `%e` in its prefix.
const NEED_SQLSTATE: &[&str] = &["denied_probing", "escalation_refused", "object_guessing"];

fn logs(run: &RunOutput) -> [(&'static str, &Path); 3] {
    [
        ("csvlog", &run.logs.csv),
        ("jsonlog", &run.logs.json),
        ("stderr", &run.logs.stderr),
    ]
}

#[test]
fn attacks_are_found_by_whom_and_from_where() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/detected.tsv");
    let run = run_all(&Options {
        selection: Selection::Nature(Nature::Attack),
        ..Options::default()
    })
    .unwrap();
    if std::env::var_os("KUMKI_BLESS").is_some() {
        let lines: String = detected(&run.logs.csv, &run.labels)
            .iter()
            .map(|(slug, kinds)| {
                let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
                format!("{slug}\t{}\n", kinds.join(" "))
            })
            .collect();
        fs::write(&path, lines).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (format, log) in logs(&run) {
        let detected = detected(log, &run.labels);
        let mut missing = Vec::new();
        for line in expected.lines() {
            let (slug, kinds) = line.split_once('\t').unwrap();
            let Some(found) = detected.get(slug) else {
                panic!("no scenario {slug}")
            };
            for kind in kinds
                .split_whitespace()
                .filter(|kind| !found.contains(*kind))
            {
                if format == "stderr" && NEED_SQLSTATE.contains(&kind) {
                    continue;
                }
                missing.push(format!("{slug}: {kind}"));
            }
        }
        assert!(missing.is_empty(), "{format} misses {missing:#?}");
        assert_eq!(
            detected.len(),
            expected.lines().count(),
            "every attack has a line"
        );
    }
}

#[test]
fn ordinary_work_raises_nothing() {
    for lc_messages in ["C.UTF-8", "de_DE.UTF-8"] {
        let run = run_all(&Options {
            settings: LogSettings {
                lc_messages: lc_messages.to_owned(),
                ..LogSettings::default()
            },
            selection: Selection::Nature(Nature::Benign),
            ..Options::default()
        })
        .unwrap();
        for (format, log) in logs(&run) {
            let raised: Vec<String> = findings(log, "core")
                .iter()
                .map(|finding| {
                    format!(
                        "{} {} {} {}",
                        finding["kind"], finding["entity"], finding["title"], finding["evidence"]
                    )
                })
                .collect();
            assert!(raised.is_empty(), "{format} {lc_messages}: {raised:#?}");
        }
    }
}
