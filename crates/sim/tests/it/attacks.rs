//! Attacks are where their labels say, and nowhere else.

use std::collections::{HashMap, HashSet};

use kumki_sim::{AttackKind, Attacks, Labels, Limit, Options, Pgaudit};

use crate::{generate, rows};

fn every_attack() -> (Vec<csv::StringRecord>, Labels) {
    let (log, labels) = generate(Options {
        seed: 11,
        limit: Limit::Records(40_000),
        events_per_second: 4.0,
        attacks: Attacks::Once(AttackKind::ALL.to_vec()),
        pgaudit: Some(Pgaudit {
            misc: true,
            ..Pgaudit::default()
        }),
        ..Options::default()
    });
    (rows(&log), labels)
}

#[test]
fn every_attack_is_there_labelled_and_complete() {
    let (rows, labels) = every_attack();
    let kinds: HashSet<AttackKind> = labels.attacks.iter().map(|label| label.kind).collect();
    assert_eq!(kinds.len(), AttackKind::ALL.len());
    for label in &labels.attacks {
        assert!(label.complete, "{} is not complete", label.kind);
        assert!(label.start >= labels.start && label.end <= labels.end);
        assert!(label.start < label.end);
        assert!(label.first_record < label.last_record && label.last_record < labels.records);
        assert!(!label.users.is_empty() && !label.client.is_empty());
        let sessions: HashSet<&str> = label.sessions.iter().map(String::as_str).collect();
        let within = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| sessions.contains(&row[5]));
        let mut count = 0;
        for (number, row) in within {
            let number = number as u64;
            assert!(number >= label.first_record && number <= label.last_record);
            assert!(
                row[4].starts_with(&label.client),
                "{} {}",
                label.kind,
                &row[4]
            );
            count += 1;
        }
        assert_eq!(count, label.records, "{}", label.kind);
    }
    let json = serde_json::to_string(&labels).unwrap();
    assert_eq!(serde_json::from_str::<Labels>(&json).unwrap(), labels);
}

#[test]
fn the_gap_is_as_long_as_its_label_says() {
    let (rows, labels) = every_attack();
    let gap = labels
        .attacks
        .iter()
        .find(|label| label.kind == AttackKind::LogGap)
        .unwrap();
    assert!(gap.removed > 2);
    assert_eq!(gap.removed, labels.removed);
    let mut last: HashMap<&str, u64> = HashMap::new();
    let mut missing = HashMap::new();
    for row in &rows {
        let line: u64 = row[6].parse().unwrap();
        let before = last.insert(&row[5], line).unwrap_or(0);
        if line != before + 1 {
            missing.insert(row[5].to_owned(), line - before - 1);
        }
    }
    assert_eq!(
        missing,
        HashMap::from([(gap.sessions[0].clone(), gap.removed)])
    );
}

#[test]
fn silence_of_the_audit_lasts_as_long_as_the_attack() {
    let (rows, labels) = every_attack();
    let off = labels
        .attacks
        .iter()
        .find(|label| label.kind == AttackKind::AuditOff)
        .unwrap();
    let of_session: Vec<&str> = rows
        .iter()
        .filter(|row| row[5] == off.sessions[0])
        .map(|row| &row[13])
        .collect();
    assert!(of_session.iter().all(|text| !text.contains("hr.salary")));
    assert!(of_session.iter().any(|text| text.contains("ALTER SYSTEM")));
    let changed = |value: &str| {
        let text = format!("parameter \"pgaudit.log\" changed to \"{value}\"");
        rows.iter().position(|row| row[13] == *text).unwrap()
    };
    let (from, to) = (changed("none"), changed("read, write, ddl, role"));
    assert!(
        rows[from..to]
            .iter()
            .all(|row| !row[13].starts_with("AUDIT: "))
    );
}

#[test]
fn attacks_at_a_rate_come_again_and_again() {
    let (_, labels) = generate(Options {
        seed: 2,
        limit: Limit::Seconds(86_400),
        events_per_second: 0.2,
        attacks: Attacks::Rate {
            kinds: vec![AttackKind::BruteForce, AttackKind::SqlInjection],
            per_day: 24.0,
        },
        ..Options::default()
    });
    assert!(
        (10..=45).contains(&labels.attacks.len()),
        "{}",
        labels.attacks.len()
    );
    assert!(labels.attacks.is_sorted_by_key(|label| label.first_record));
}

#[test]
fn a_label_cut_off_by_the_end_says_so() {
    let (_, labels) = generate(Options {
        limit: Limit::Records(4_000),
        events_per_second: 500.0,
        attacks: Attacks::Once(vec![AttackKind::SchemaEnumeration]),
        ..Options::default()
    });
    assert_eq!(labels.attacks.len(), 1);
    assert!(!labels.attacks[0].complete);
    assert!(labels.attacks[0].end <= labels.end);
}
