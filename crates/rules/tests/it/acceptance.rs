//! The ten points that a correlation engine for defence must pass.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use kumki_model::{Finding, Severity};
use kumki_rules::{Detector, Error, Memory, Options, OwnedEvent, Quota};
use serde_json::json;

use crate::stage::{Stage, correlation, last_states, name, reports, rules, run, seconds};

const FIFTEEN: &str = "type: event_count, rules: [login_failure], group-by: [client], timespan: 5m, condition: {gt: 15}";

#[test]
fn point_1_a_threshold_fires_once_on_the_sixteenth_and_rearms() {
    let set = correlation(FIFTEEN);
    let mut stage = Stage::default();
    let mut events: Vec<OwnedEvent> = (0..20)
        .map(|second| stage.failure(f64::from(second), "10.0.0.1"))
        .collect();
    // By 400 s everything has left the window: the group fell back under it.
    events.extend((400..416).map(|second| stage.failure(f64::from(second), "10.0.0.1")));
    let all = reports(&set, Options::default(), &events);
    let crossings: Vec<&Finding> = all.iter().filter(|finding| finding.count == 16).collect();
    assert_eq!(crossings.len(), 2, "one crossing per burst");
    assert_eq!(seconds(crossings[0].time), 15.0);
    assert_eq!(seconds(crossings[1].time), 415.0);
    let last = last_states(all);
    assert_eq!(last.len(), 2);
    let counts: Vec<u64> = run(&set, &events)
        .iter()
        .map(|finding| finding.count)
        .collect();
    assert_eq!(counts, [20, 16], "later events extend the same finding");
}

#[test]
fn point_1_fifteen_do_not_fire_and_the_window_is_half_open() {
    let set = correlation(FIFTEEN);
    let mut stage = Stage::default();
    let fifteen: Vec<OwnedEvent> = (0..15)
        .map(|second| stage.failure(f64::from(second), "10.0.0.1"))
        .collect();
    assert!(run(&set, &fifteen).is_empty());
    // The first event is exactly 5 minutes old when the sixteenth comes.
    let mut events = fifteen;
    events.push(stage.failure(300.0, "10.0.0.1"));
    assert!(run(&set, &events).is_empty());
}

const ORDERED: &str = "
title: First
name: first
logsource: {product: postgresql}
detection: {selection: {kind: config_reloaded}, condition: selection}
---
title: Second
name: second
logsource: {product: postgresql}
detection: {selection: {kind: parameter_changed}, condition: selection}
---
title: Third
name: third
logsource: {product: postgresql}
detection: {selection: {kind: server_stopped}, condition: selection}
---
title: In order
name: in_order
correlation: {type: temporal_ordered, rules: [first, second, third], group-by: [server], timespan: 1m}
level: high
";

#[test]
fn point_2_reversed_order_within_a_second_does_not_fire() {
    let set = rules(ORDERED);
    let kinds = ["config_reloaded", "parameter_changed", "server_stopped"];
    let at = |order: [usize; 3], times: [f64; 3]| -> Vec<OwnedEvent> {
        let mut stage = Stage::default();
        order
            .iter()
            .zip(times)
            .map(|(kind, time)| stage.event(time, &json!({"kind": kinds[*kind], "server": "db1"})))
            .collect()
    };
    let micro = 1e-6;
    assert_eq!(
        run(&set, &at([0, 1, 2], [1.0, 1.0 + micro, 1.0 + 2.0 * micro])).len(),
        1
    );
    assert!(run(&set, &at([2, 1, 0], [1.0, 1.2, 1.4])).is_empty());
    assert!(run(&set, &at([0, 2, 1], [1.0, 1.2, 1.4])).is_empty());
    // The time decides, not the order of arrival ...
    assert_eq!(run(&set, &at([2, 1, 0], [1.4, 1.2, 1.0])).len(), 1);
    assert!(run(&set, &at([0, 1, 2], [1.4, 1.2, 1.0])).is_empty());
    // ... and for the same microsecond the order of arrival.
    assert_eq!(run(&set, &at([0, 1, 2], [1.0, 1.0, 1.0])).len(), 1);
    assert!(run(&set, &at([2, 1, 0], [1.0, 1.0, 1.0])).is_empty());
}

#[test]
fn point_3_late_events_never_make_a_false_alert() {
    let set = correlation(
        "type: event_count, rules: [login_failure], group-by: [client], timespan: 300s, condition: {gt: 15}",
    );
    let mut stage = Stage::default();
    let mut events: Vec<OwnedEvent> = (0..10)
        .map(|index| stage.failure(10_000.0 + f64::from(index), "10.0.0.1"))
        .collect();
    events.extend((0..10).map(|index| stage.failure(1_000.0 + f64::from(index), "10.0.0.1")));
    assert!(run(&set, &events).is_empty());
    let mut detector = Detector::new(Arc::clone(&set), Options::default());
    for event in &events {
        detector.push(&event.event(), &name, &mut |_| {});
    }
    assert_eq!(detector.counters().late, 10);
    assert_eq!(detector.counters().events, 20);
}

#[test]
fn point_3_disorder_within_the_lateness_changes_nothing() {
    let set = correlation(FIFTEEN);
    let mut stage = Stage::default();
    let mut times: Vec<f64> = (0..40).map(|index| f64::from(index) * 0.7).collect();
    let ordered: Vec<OwnedEvent> = times
        .iter()
        .map(|t| stage.failure(*t, "10.0.0.1"))
        .collect();
    // Swaps within less than the ten seconds allowed.
    for chunk in times.chunks_mut(13) {
        chunk.reverse();
    }
    let mut stage = Stage::default();
    let shuffled: Vec<OwnedEvent> = times
        .iter()
        .map(|t| stage.failure(*t, "10.0.0.1"))
        .collect();
    let (a, b) = (run(&set, &ordered), run(&set, &shuffled));
    assert_eq!(a.len(), 1);
    assert_eq!(a[0].id, b[0].id);
    assert_eq!(
        (a[0].time, a[0].count, a[0].window),
        (b[0].time, b[0].count, b[0].window)
    );
}

#[test]
fn point_3_one_wrong_clock_does_not_make_everything_late() {
    let set = correlation(FIFTEEN);
    let mut stage = Stage::default();
    let mut events = vec![
        stage.failure(0.0, "10.0.0.2"),
        stage.failure(9e8, "10.0.0.2"),
    ];
    events.extend((0..16).map(|second| stage.failure(f64::from(second), "10.0.0.1")));
    assert_eq!(run(&set, &events).len(), 1);
    // A real pause is believed with the second event after it.
    let mut stage = Stage::default();
    let mut events = vec![stage.failure(0.0, "10.0.0.1")];
    events.extend((0..16).map(|second| stage.failure(9e8 + f64::from(second), "10.0.0.1")));
    let mut detector = Detector::new(set, Options::default());
    let mut found = Vec::new();
    for event in &events {
        detector.push(&event.event(), &name, &mut |finding| found.push(finding));
    }
    detector.push(&stage.failure(9e8 + 60.0, "x").event(), &name, &mut |f| {
        found.push(f)
    });
    assert_eq!(found.len(), 1, "found before the end of the log");
    assert_eq!(
        (detector.counters().ahead, detector.counters().late),
        (1, 0)
    );
}

#[test]
fn point_4_an_event_without_the_group_by_field_joins_no_group() {
    let set = correlation(FIFTEEN);
    let mut stage = Stage::default();
    let events: Vec<OwnedEvent> = (0..50)
        .map(|second| {
            stage.event(
                f64::from(second),
                &json!({"kind": "authentication_failed", "user": "bob"}),
            )
        })
        .collect();
    assert!(run(&set, &events).is_empty());
    let optional = "type: event_count, rules: [login_failure], timespan: 5m, condition: {gt: 15}}\nkumki: {optional_group_by: [client]";
    assert_eq!(
        run(&correlation(optional), &events).len(),
        1,
        "unless the field is optional"
    );
}

#[test]
fn point_5_flooding_keys_does_not_evict_a_group_near_its_threshold() {
    let set = correlation(FIFTEEN);
    let mut stage = Stage::default();
    let mut events: Vec<OwnedEvent> = (0..15)
        .map(|index| stage.failure(f64::from(index) * 0.01, "6.6.6.6"))
        .collect();
    events.extend(
        (0..3_000)
            .map(|index| stage.failure(1.0 + f64::from(index) * 0.01, &format!("host{index}"))),
    );
    events.push(stage.failure(60.0, "6.6.6.6"));
    let options = Options {
        quota: Quota {
            groups: 1_000,
            ..Quota::default()
        },
        ..Options::default()
    };
    let findings: Vec<Finding> = last_states(reports(&set, options, &events))
        .into_values()
        .collect();
    let attack: Vec<&Finding> = findings.iter().filter(|f| f.kind == "test").collect();
    assert_eq!(attack.len(), 1);
    assert_eq!(attack[0].entity.client.as_deref(), Some("6.6.6.6"));
    let quota: Vec<&Finding> = findings
        .iter()
        .filter(|f| f.kind == "state_quota")
        .collect();
    assert_eq!(
        quota.len(),
        1,
        "one finding per rule and day says that state was given up"
    );
    assert_eq!(quota[0].count, 2_001);
}

#[test]
fn point_5_the_quota_of_bytes_holds_too() {
    let set = correlation(FIFTEEN);
    let mut stage = Stage::default();
    let events: Vec<OwnedEvent> = (0..2_000)
        .map(|index| stage.failure(f64::from(index) * 0.01, &format!("host{index}")))
        .collect();
    let options = Options {
        quota: Quota {
            groups: 100_000,
            bytes: 200_000,
        },
        ..Options::default()
    };
    let findings = reports(&set, options, &events);
    assert!(findings.iter().any(|finding| finding.kind == "state_quota"));
}

#[test]
fn point_6_ordered_sequences_cost_the_same_however_many_events_came_before() {
    let set = rules(ORDERED);
    let timed = |count: u32| {
        let mut stage = Stage::default();
        let events: Vec<OwnedEvent> = (0..count)
            .map(|index| {
                let kind = if index % 2 == 0 {
                    "config_reloaded"
                } else {
                    "parameter_changed"
                };
                let time = f64::from(index) * 30.0 / f64::from(count);
                stage.event(time, &json!({"kind": kind, "server": "db1"}))
            })
            .collect();
        let mut detector = Detector::new(Arc::clone(&set), Options::default());
        let start = Instant::now();
        for event in &events {
            detector.push(&event.event(), &name, &mut |_| {});
        }
        detector.finish(&mut |_| {});
        start.elapsed().as_secs_f64() / f64::from(count)
    };
    timed(2_000);
    // Quadratic cost would make this ratio 20; the bound leaves room for noise.
    let ratio = timed(40_000) / timed(2_000);
    assert!(ratio < 6.0, "cost per event grew {ratio} times");
}

#[test]
fn point_7_percentiles_respect_their_threshold() {
    let base = "title: S\nname: slow\nlogsource: {product: postgresql}\ndetection: {selection: {kind: statement}, condition: selection}\n---\ntitle: P\nname: p\ncorrelation: {type: value_percentile, rules: [slow], group-by: [user], timespan: 1h, condition: {gt: 1000, field: statement.duration_ms, percentile: 95}}\n";
    let set = rules(base);
    let durations = |slow: usize| -> Vec<OwnedEvent> {
        let mut stage = Stage::default();
        (0..100)
            .map(|index| {
                let duration = if index >= 100 - slow { 5_000 } else { 10 };
                let fields = json!({"statement.duration_ms": duration, "user": "app"});
                stage.event(index as f64, &fields)
            })
            .collect()
    };
    // Four in a hundred are slow: the 95th percentile is still 10 ms.
    assert!(run(&set, &durations(4)).is_empty());
    let findings = run(&set, &durations(10));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].score > 1_000.0);
    assert_eq!(findings[0].reasons[0].expected, Some([0.0, 1_000.0]));
}

#[test]
fn point_7_distinct_counts_are_exact_then_estimated_with_a_stated_error() {
    let set = correlation(
        "type: value_count, rules: [login_failure], group-by: [client], timespan: 1h, condition: {gte: 1000, field: user}",
    );
    let users = |count: u32| -> Vec<OwnedEvent> {
        let mut stage = Stage::default();
        (0..count)
            .map(|index| {
                let user = format!("user{index}");
                let fields = json!({"kind": "authentication_failed", "client": "c", "user": user});
                stage.event(f64::from(index) * 0.1, &fields)
            })
            .collect()
    };
    assert!(run(&set, &users(999)).is_empty());
    let exact = run(&set, &users(1_000));
    assert_eq!(exact[0].score, 1_000.0);
    assert!(!exact[0].reasons[0].feature.contains("estimated"));
    let many = run(&set, &users(20_000));
    let error = (many[0].score - 20_000.0).abs() / 20_000.0;
    assert!(error < 0.1, "{}", many[0].score);
    assert!(many[0].reasons[0].feature.contains("standard error 3.3 %"));
}

/// Detections, counts, sequences and values, over many sessions.
fn mixture() -> (Arc<kumki_rules::RuleSet>, Vec<OwnedEvent>) {
    let text = format!(
        "{}---\ntitle: Many\nname: many\ncorrelation: {{type: event_count, rules: [login_failure], group-by: [client], timespan: 20s, condition: {{gt: 3}}}}\nkumki: {{steps: {{high: 6}}}}\n---\ntitle: Spray\nname: spray\ncorrelation: {{type: value_count, rules: [login_failure], group-by: [client], timespan: 1m, condition: {{gt: 2, field: user}}}}\n---\ntitle: Both\nname: both\ncorrelation: {{type: temporal, rules: [many, spray], group-by: [client], timespan: 5m}}\nlevel: high\n---\ntitle: Slow\nname: slow\nlogsource: {{product: postgresql}}\ndetection: {{selection: {{statement.duration_ms|gte: 100}}, condition: selection}}\nkumki: {{repeat: 30s}}\n",
        crate::stage::LOGIN_FAILURE
    );
    let mut stage = Stage::default();
    let mut events = Vec::new();
    for index in 0..400u32 {
        let jitter = f64::from((index * 7_919) % 50) / 10.0;
        let time = f64::from(index) * 0.5 + jitter;
        let fields = if index % 3 == 0 {
            json!({"sql": "SELECT 1", "user": format!("u{}", index % 4), "session": format!("s{}", index % 5), "statement.duration_ms": index % 120})
        } else {
            json!({"kind": "authentication_failed", "client": format!("c{}", index % 11 / 2), "user": format!("u{}", index % 7)})
        };
        events.push(stage.event(time, &fields));
    }
    (rules(&text), events)
}

#[test]
fn point_8_a_replay_from_a_snapshot_raises_the_same_findings_none_twice() {
    let (set, events) = mixture();
    let whole = reports(&set, Options::default(), &events);
    assert!(whole.len() > 20, "the mixture must be worth replaying");
    for cut in [0, 1, 57, 200, 399] {
        let mut first = Detector::new(Arc::clone(&set), Options::default());
        let mut found = Vec::new();
        for event in &events[..cut] {
            first.push(&event.event(), &name, &mut |finding| found.push(finding));
        }
        let offsets = BTreeMap::from([("log0".to_owned(), cut.to_string())]);
        let snapshot = first.snapshot(&offsets).unwrap();
        // What the first process does after the snapshot is lost with it.
        let mut second = Detector::new(Arc::clone(&set), Options::default());
        let from: usize = second.restore(&snapshot).unwrap()["log0"].parse().unwrap();
        for event in &events[from..] {
            second.push(&event.event(), &name, &mut |finding| found.push(finding));
        }
        second.finish(&mut |finding| found.push(finding));
        for (index, (a, b)) in render(&found).iter().zip(&render(&whole)).enumerate() {
            assert_eq!(a, b, "report {index}, cut at {cut}");
        }
        assert_eq!(found.len(), whole.len(), "cut at {cut}");
    }
}

#[test]
fn point_8_a_snapshot_of_other_rules_is_refused() {
    let (set, _) = mixture();
    let detector = Detector::new(set, Options::default());
    let snapshot = detector.snapshot(&BTreeMap::new()).unwrap();
    let mut other = Detector::new(correlation(FIFTEEN), Options::default());
    assert!(matches!(
        other.restore(&snapshot),
        Err(Error::SnapshotRules)
    ));
    assert!(matches!(
        other.restore(b"{}"),
        Err(Error::SnapshotFormat(_))
    ));
    let old = br#"{"version": 0, "rules": ""}"#;
    assert!(matches!(
        other.restore(old),
        Err(Error::SnapshotVersion { found: 0, .. })
    ));
}

#[test]
fn point_9_a_burst_across_the_edge_of_two_bins_is_one_burst() {
    let mut stage = Stage::default();
    // 10 in the last seconds of one five-minute bin, 10 in the first of the next.
    let events: Vec<OwnedEvent> = (0..20)
        .map(|index| stage.failure(290.0 + f64::from(index), "10.0.0.1"))
        .collect();
    let findings = run(&correlation(FIFTEEN), &events);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].count, 20);
    let tumbling = FIFTEEN.replace("timespan: 5m", "timespan: 5m, window: tumbling");
    assert!(
        run(&correlation(&tumbling), &events).is_empty(),
        "unless the rule asks for bins"
    );
}

#[test]
fn point_10_a_back_test_gives_the_same_findings_byte_for_byte() {
    let (set, events) = mixture();
    let live = reports(&set, Options::default(), &events);
    let again = reports(&set, Options::default(), &events);
    assert_eq!(render(&live), render(&again));
    let unremembered = Options {
        memory: Memory::Forget,
        ..Options::default()
    };
    assert_eq!(render(&live), render(&reports(&set, unremembered, &events)));
    // The same texts loaded anew give the same ids.
    let (set, _) = mixture();
    assert_eq!(
        render(&live),
        render(&reports(&set, Options::default(), &events))
    );
}

#[test]
fn steps_raise_the_severity_of_the_same_finding() {
    let body = format!("{FIFTEEN}}}\nkumki: {{steps: {{medium: 15, high: 30, critical: 50}}");
    let set = correlation(&body);
    let mut stage = Stage::default();
    let events: Vec<OwnedEvent> = (0..60)
        .map(|second| stage.failure(f64::from(second), "10.0.0.1"))
        .collect();
    let all = reports(&set, Options::default(), &events);
    let severities: Vec<Severity> = all.iter().map(|finding| finding.severity).collect();
    assert_eq!(
        severities,
        [
            Severity::Medium,
            Severity::High,
            Severity::Critical,
            Severity::Critical
        ]
    );
    assert_eq!(
        all.iter().map(|finding| finding.count).collect::<Vec<_>>(),
        [16, 31, 51, 60]
    );
    assert!(all.iter().all(|finding| finding.id == all[0].id));
}

fn render(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| serde_json::to_string(finding).unwrap())
        .collect()
}
