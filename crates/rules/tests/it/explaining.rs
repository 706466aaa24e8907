//! Why an event matched, or nearly did.

use std::sync::Arc;

use kumki_rules::{Closeness, Detector, Options};
use serde_json::json;

use crate::stage::{Stage, correlation, name, rules};

#[test]
fn a_near_miss_names_the_one_obstacle() {
    let set = rules(
        "title: A\nname: a\nlogsource: {product: postgresql}\ndetection: {s: {kind: statement, statement.signs: copy_out, user: app}, f: {application: pg_dump}, condition: s and not f}\n",
    );
    let mut stage = Stage::default();
    let near = stage.event(0.0, &json!({"sql": "COPY t TO STDOUT", "user": "bob"}));
    let explained = set.explain(&near.event());
    assert_eq!(explained.len(), 1);
    assert_eq!(explained[0].closeness, Closeness::Nearly);
    assert_eq!(explained[0].obstacles[0].field, "user");
    assert_eq!(explained[0].obstacles[0].actual, Some(json!("bob")));
    let excluded = stage.event(
        0.0,
        &json!({"sql": "COPY t TO STDOUT", "user": "app", "application": "pg_dump"}),
    );
    assert_eq!(set.explain(&excluded.event())[0].obstacles[0].field, "f");
    let far = stage.event(0.0, &json!({"sql": "SELECT 1", "user": "bob"}));
    assert!(set.explain(&far.event()).is_empty());
}

#[test]
fn a_match_shows_how_far_its_correlations_are() {
    let set = correlation(
        "type: event_count, rules: [login_failure], group-by: [client], timespan: 5m, condition: {gt: 15}",
    );
    let mut stage = Stage::default();
    let mut detector = Detector::new(
        Arc::clone(&set),
        Options {
            lateness_us: 0,
            ..Options::default()
        },
    );
    for second in 0..7 {
        let event = stage.failure(f64::from(second), "10.0.0.1");
        detector.push(&event.event(), &name, &mut |_| {});
    }
    let event = stage.failure(7.0, "10.0.0.1");
    let explained = detector.explain(&event.event());
    assert_eq!(explained[0].closeness, Closeness::Matched);
    let progress = &explained[0].correlations[0];
    assert_eq!(
        (progress.amount, progress.needs.as_str()),
        (7.0, "more than 15")
    );
    assert_eq!(
        progress.group,
        [("client".to_owned(), "10.0.0.1".to_owned())]
    );
}
