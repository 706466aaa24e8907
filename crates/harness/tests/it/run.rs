//! Whole runs: scenarios, logs and labels agree.

use std::collections::HashMap;
use std::fs;

use kumki_harness::{
    Error, Label, LogSettings, LogStatement, Nature, Options, Selection, run_all, scenario,
};

use crate::log;

#[test]
fn every_scenario_happens_and_every_record_belongs_to_one() {
    let run = run_all(&Options::default()).expect("a run");
    assert_eq!(run.labels.len(), scenario::all().len());

    let labels: HashMap<&str, &Label> = run
        .labels
        .iter()
        .map(|label| (label.address.as_str(), label))
        .collect();
    let rejected = run
        .labels
        .iter()
        .find(|l| l.slug == "rejected_address")
        .expect("a label");
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for record in log::read(&run.logs.json) {
        assert_ne!(
            record.text("user"),
            kumki_harness::SUPERUSER,
            "{}",
            record.text("message")
        );
        let label = match record.client() {
            None => continue,
            Some("127.0.0.250") => rejected,
            Some(client) => labels.get(client).expect("the address of a scenario"),
        };
        let time = record.time();
        assert!(
            (label.start..=label.end).contains(&time),
            "{} of {} is outside {}..{}",
            time,
            label.slug,
            label.start,
            label.end
        );
        *seen.entry(label.slug.as_str()).or_default() += 1;
    }
    for label in &run.labels {
        // At least: received, authenticated or refused, and something done.
        let records = seen.get(label.slug.as_str()).copied().unwrap_or(0);
        assert!(records >= 3, "{} left {records} records", label.slug);
    }
}

#[test]
fn a_selection_leaves_logs_and_labels_in_its_directory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let slugs = ["brute_force", "mistyped_password", "logging_off"]
        .map(str::to_owned)
        .to_vec();
    let options = Options {
        settings: LogSettings {
            statements: LogStatement::None,
            pgaudit: String::new(),
            connections: false,
            ..LogSettings::default()
        },
        selection: Selection::Slugs(slugs.clone()),
        directory: Some(directory.path().join("logs")),
        workers: 1,
    };
    let run = run_all(&options).expect("a run");
    let order: Vec<_> = run.labels.iter().map(|label| label.slug.clone()).collect();
    assert_eq!(order, slugs);

    let text = fs::read_to_string(&run.labels_file).expect("labels.json");
    assert_eq!(
        serde_json::from_str::<Vec<Label>>(&text).expect("labels"),
        run.labels
    );
    assert_eq!(run.labels[0].nature, Nature::Attack);
    assert_eq!(run.labels[0].techniques, ["T1110.001"]);

    let failures = log::read(&run.logs.json)
        .iter()
        .filter(|record| record.text("state_code") == "28P01")
        .map(|record| record.text("user").to_owned())
        .collect::<Vec<_>>();
    assert_eq!(
        failures
            .iter()
            .filter(|user| *user == "victim_brute_force")
            .count(),
        20
    );
    assert_eq!(
        failures.iter().filter(|user| *user == "dev_frieda").count(),
        1
    );
    assert_eq!(failures.len(), 21);
    let csv = fs::read_to_string(&run.logs.csv).expect("a csvlog");
    assert!(!csv.contains("AUDIT:") && !csv.contains("statement:"));
}

#[test]
fn a_temporary_run_is_removed_with_its_output() {
    let options = Options {
        selection: Selection::Slugs(vec!["health_checks".to_owned()]),
        ..Options::default()
    };
    let run = run_all(&options).expect("a run");
    let directory = run.directory.clone();
    assert!(run.logs.stderr.is_file() && run.labels_file.is_file());
    drop(run);
    assert!(!directory.exists());
}

#[test]
fn an_unknown_label_is_an_error() {
    let options = Options {
        selection: Selection::Slugs(vec!["no_such_thing".to_owned()]),
        ..Options::default()
    };
    let error = run_all(&options).expect_err("no such scenario");
    assert!(matches!(error, Error::UnknownScenario { slug } if slug == "no_such_thing"));
}
