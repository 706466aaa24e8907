//! A healthy server: varied, with a daily rhythm, and without attacks.

use std::collections::{BTreeMap, BTreeSet};

use kumki_model::Timestamp;
use kumki_sim::{Limit, Options, Pgaudit, StatementLogging};

use crate::{generate, rows};

/// A week at a low rate.
fn week() -> Vec<csv::StringRecord> {
    rows(
        &generate(Options {
            seed: 5,
            // Monday, 2026-02-02 00:00 UTC.
            start: Timestamp::from_micros(1_769_990_400_000_000),
            limit: Limit::Seconds(7 * 86_400),
            events_per_second: 1.0,
            ..Options::default()
        })
        .0,
    )
}

#[test]
fn a_week_holds_what_a_week_holds_and_follows_the_day() {
    let rows = week();
    let count =
        |test: &dyn Fn(&csv::StringRecord) -> bool| rows.iter().filter(|row| test(row)).count();
    let says = |text: &str| count(&|row| row[13].contains(text));
    assert!(says("checkpoint starting: time") > 1_900);
    assert!(says("automatic vacuum of table") > 1_000);
    assert_eq!(
        count(&|row| row[22] == *"pg_dump" && row[13].starts_with("connection authorized")),
        0
    );
    assert_eq!(
        count(&|row| row[1] == *"backup" && row[13].starts_with("connection authorized")),
        7
    );
    assert!(says("duplicate key value") >= 3);
    assert!(says("canceling statement") >= 3);
    assert!((1..60).contains(&says("password authentication failed")));
    assert!(says("temporary file") > 3);
    let errors = count(&|row| row[11] == *"ERROR");
    assert!((20..400).contains(&errors), "{errors} errors");
    // The most failures of one client in a row are a person's slip.
    let mut failures: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row[12] == *"28P01") {
        let host = row[4].split(':').next().unwrap().to_owned();
        *failures.entry(host + &row[0][..13]).or_default() += 1;
    }
    assert!(failures.values().all(|&count| count <= 2), "{failures:?}");
    // Nights are quieter than days.
    let mut by_hour = [0_u64; 24];
    for row in rows.iter().filter(|row| row[1] == *"storefront") {
        by_hour[row[0][11..13].parse::<usize>().unwrap()] += 1;
    }
    assert!(by_hour[11] > 3 * by_hour[3], "{by_hour:?}");
}

#[test]
fn the_rate_is_about_what_was_asked_for() {
    for (statements, pgaudit) in [
        (StatementLogging::Off, Some(Pgaudit::default())),
        (StatementLogging::Slower(0), None),
        (
            StatementLogging::All,
            Some(Pgaudit {
                relation: false,
                ..Pgaudit::default()
            }),
        ),
    ] {
        for rate in [5.0, 100.0, 3_000.0] {
            let (_, labels) = generate(Options {
                // Wednesday, 2026-02-04 08:00 UTC, when the load is near its mean.
                start: Timestamp::from_micros(1_770_192_000_000_000),
                limit: Limit::Records(20_000),
                events_per_second: rate,
                statements,
                pgaudit,
                ..Options::default()
            });
            let seconds = labels.end.micros_since(labels.start) as f64 / 1e6;
            let seen = labels.records as f64 / seconds;
            assert!(
                seen > rate * 0.5 && seen < rate * 2.0,
                "{statements:?}: {rate} gave {seen}"
            );
        }
    }
}

#[test]
fn statements_are_varied() {
    let mut normalised = BTreeSet::new();
    let mut texts = BTreeSet::new();
    let options = Options {
        limit: Limit::Records(60_000),
        events_per_second: 500.0,
        ..Options::default()
    };
    for row in rows(&generate(options).0) {
        let Some(payload) = row[13].strip_prefix("AUDIT: ") else {
            continue;
        };
        let fields = rows(payload).into_iter().next().unwrap();
        let text: String = fields[7].split("/*").next().unwrap().to_owned();
        let shape: String = text
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .take(40)
            .collect();
        normalised.insert(shape);
        texts.insert(fields[7].to_owned());
    }
    assert!(normalised.len() > 100, "{}", normalised.len());
    assert!(texts.len() > 9_000, "{}", texts.len());
    assert!(texts.iter().any(|text| text.contains("DROP the parcel")));
    assert!(
        texts
            .iter()
            .any(|text| text.contains("AUDIT: SESSION,1,1,ROLE,GRANT"))
    );
    assert!(texts.iter().any(|text| text.contains("traceparent=")));
    assert!(texts.iter().any(|text| text.contains('\n')));
}

#[test]
fn records_are_in_order_but_for_authentications() {
    let mut latest = String::new();
    let options = Options {
        limit: Limit::Records(50_000),
        ..Options::default()
    };
    for row in rows(&generate(options).0) {
        let time = row[0].to_owned();
        if !row[13].starts_with("connection auth") && !row[13].starts_with("password auth") {
            assert!(time >= latest, "{time} after {latest}");
            latest = time;
        }
    }
}

#[test]
fn options_outside_what_can_be_simulated_are_refused() {
    for options in [
        Options {
            servers: 0,
            ..Options::default()
        },
        Options {
            timezone: "Mars/Olympus".to_owned(),
            ..Options::default()
        },
        Options {
            events_per_second: 0.0,
            ..Options::default()
        },
    ] {
        assert!(kumki_sim::Simulation::new(options).is_err());
    }
}

#[test]
fn many_servers_share_the_load() {
    let (log, labels) = generate(Options {
        servers: 5,
        limit: Limit::Records(20_000),
        events_per_second: 300.0,
        format: "syslog".parse().unwrap(),
        ..Options::default()
    });
    assert_eq!(labels.records, 20_000);
    let servers: BTreeSet<&str> = log
        .lines()
        .map(|line| {
            line.split(' ')
                .filter(|word| !word.is_empty())
                .nth(3)
                .unwrap()
        })
        .collect();
    assert_eq!(
        servers.into_iter().collect::<Vec<_>>(),
        ["db-01", "db-02", "db-03", "db-04", "db-05"]
    );
}
