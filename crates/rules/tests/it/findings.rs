//! What a finding says.

use kumki_model::Severity;
use serde_json::json;

use crate::stage::{Stage, correlation, rules, run};

const COPY: &str = "title: Rows leave by COPY\nid: 33333333-3333-4333-8333-333333333333\nname: copy_out\nmodified: 2026-02-03\ndescription: Rows left.\ntags: [attack.exfiltration, attack.t1048]\nlogsource: {product: postgresql}\ndetection: {selection: {kind: statement, statement.signs: copy_out, statement.text|contains: copy}, condition: selection}\nlevel: medium\nkumki: {kind: data_exfiltration, repeat: 1m, steps: {high: 2}, why: Data should stay.}\n";

#[test]
fn a_detection_finding_names_who_what_and_why_without_literals() {
    let set = rules(COPY);
    let mut stage = Stage::default();
    let events: Vec<_> = (0..8)
        .map(|index| {
            let sql = format!("COPY (SELECT * FROM sales.orders WHERE card = '4111{index}') TO STDOUT");
            let fields = json!({"sql": sql, "user": "app", "client": "10.0.0.9", "database": "shop", "session": format!("s{index}"), "ambiguous": ["client"]});
            stage.event(f64::from(index), &fields)
        })
        .collect();
    let findings = run(&set, &events);
    assert_eq!(findings.len(), 1);
    let finding = &findings[0];
    assert_eq!(
        (finding.kind.as_str(), finding.count, finding.score),
        ("data_exfiltration", 8, 8.0)
    );
    assert_eq!(finding.severity, Severity::High);
    assert_eq!(finding.entity.user.as_deref(), Some("app"));
    assert_eq!(finding.entity.session, None, "its events share no session");
    assert_eq!(finding.attack, ["T1048"]);
    assert_eq!(finding.rule.version, "2026-02-03");
    assert_eq!(finding.ambiguous, ["client"]);
    assert_eq!(
        finding.evidence.len(),
        5,
        "the first three and the last two"
    );
    assert_eq!(finding.evidence[0].source, "log0:1");
    assert_eq!(finding.evidence[4].source, "log0:8");
    let whole = serde_json::to_string(finding).unwrap();
    assert!(!whole.contains("4111"), "{whole}");
    let first = finding.description.split(". ").next().unwrap();
    for word in [
        "`app`",
        "`10.0.0.9`",
        "`shop`",
        "Rows leave by COPY",
        "8 times",
    ] {
        assert!(first.contains(word), "{word} in {first}");
    }
    assert!(finding.description.ends_with("Data should stay."));
    let features: Vec<&str> = finding
        .reasons
        .iter()
        .map(|reason| reason.feature.as_str())
        .collect();
    assert_eq!(features, ["statement.normalised", "statement.signs"]);
    let total: f64 = finding
        .reasons
        .iter()
        .map(|reason| reason.contribution)
        .sum();
    assert!((total - 1.0).abs() < 1e-9);
}

#[test]
fn matches_after_a_pause_are_a_finding_of_their_own() {
    let set = rules(COPY);
    let mut stage = Stage::default();
    let fields = json!({"sql": "COPY t TO STDOUT", "user": "app"});
    let events: Vec<_> = [0.0, 59.0, 119.0, 180.0]
        .map(|time| stage.event(time, &fields))
        .into();
    let counts: Vec<u64> = run(&set, &events)
        .iter()
        .map(|finding| finding.count)
        .collect();
    assert_eq!(counts, [3, 1]);
}

#[test]
fn a_correlation_finding_states_the_measure_and_the_band() {
    let set = correlation(
        "type: event_count, rules: [login_failure], group-by: [client], timespan: 5m, condition: {gt: 3}",
    );
    let mut stage = Stage::default();
    let events: Vec<_> = (0..6)
        .map(|index| {
            let user = format!("user{index}");
            let fields = json!({"kind": "authentication_failed", "client": "10.0.0.9", "user": user, "message": format!("password authentication failed for user \"{user}\" at 'secret'")});
            stage.event(f64::from(index), &fields)
        })
        .collect();
    let findings = run(&set, &events);
    assert_eq!(findings.len(), 1);
    let finding = &findings[0];
    assert_eq!(finding.reasons[0].feature, "count of login_failure in 5m");
    assert_eq!(finding.reasons[0].observed, json!(6));
    assert_eq!(finding.reasons[0].expected, Some([0.0, 3.0]));
    assert_eq!(finding.entity.client.as_deref(), Some("10.0.0.9"));
    assert_eq!(finding.entity.user, None, "its events share no user");
    assert!(!serde_json::to_string(finding).unwrap().contains("secret"));
    assert!(
        finding
            .description
            .starts_with("A client from `10.0.0.9`: 6 events")
    );
}

#[test]
fn names_cannot_write_to_the_terminal() {
    let set = rules(COPY);
    let mut stage = Stage::default();
    let user = "evil\u{1b}[2J`x`\n";
    let event = stage.event(0.0, &json!({"sql": "COPY t TO STDOUT", "user": user}));
    let findings = run(&set, &[event]);
    assert!(!findings[0].description.contains('\u{1b}'));
    assert!(!findings[0].description.contains('\n') || !findings[0].description.contains("`x`"));
}

#[test]
fn rules_named_by_a_correlation_are_silent_unless_told() {
    let counting = "type: event_count, rules: [login_failure], group-by: [client], timespan: 5m, condition: {gt: 100}";
    let mut stage = Stage::default();
    let events = [stage.failure(0.0, "c")];
    assert!(run(&correlation(counting), &events).is_empty());
    let text = format!(
        "{}kumki: {{generate: true}}\n---\ntitle: C\nname: c\ncorrelation: {{{counting}}}\n",
        crate::stage::LOGIN_FAILURE
    );
    assert_eq!(run(&rules(&text), &events).len(), 1);
    let text = format!(
        "{}---\ntitle: C\nname: c\ngenerate: true\ncorrelation: {{{counting}}}\n",
        crate::stage::LOGIN_FAILURE
    );
    assert_eq!(run(&rules(&text), &events).len(), 1);
}

#[test]
fn filters_exclude_from_outside() {
    let text = format!(
        "{COPY}---\ntitle: Not the backup\nlogsource: {{product: postgresql}}\nfilter: {{rules: [copy_out], selection: {{application: pg_dump}}, condition: not selection}}\n"
    );
    let set = rules(&text);
    let mut stage = Stage::default();
    let backup = stage.event(
        0.0,
        &json!({"sql": "COPY t TO STDOUT", "application": "pg_dump"}),
    );
    assert!(run(&set, &[backup]).is_empty());
    let other = stage.event(
        0.0,
        &json!({"sql": "COPY t TO STDOUT", "application": "psql"}),
    );
    assert_eq!(run(&set, &[other]).len(), 1);
}

#[test]
fn aliases_join_fields_of_different_names() {
    let text = "title: A\nname: a\nlogsource: {product: postgresql}\ndetection: {s: {kind: parameter_changed}, condition: s}\n---\ntitle: B\nname: b\nlogsource: {product: postgresql}\ndetection: {s: {statement.settings: '*'}, condition: s}\n---\ntitle: C\nname: c\ncorrelation: {type: temporal, rules: [a, b], group-by: [setting], timespan: 5m, aliases: {setting: {a: parameter.name, b: statement.settings}}}\n";
    let set = rules(text);
    let mut stage = Stage::default();
    let changed = stage.event(
        1.0,
        &json!({"kind": "parameter_changed", "parameter.name": "ssl", "parameter.value": "off"}),
    );
    let same = stage.event(2.0, &json!({"statement.settings": ["work_mem", "ssl"]}));
    let other = stage.event(2.0, &json!({"statement.settings": ["work_mem"]}));
    assert_eq!(run(&set, &[changed.clone(), same]).len(), 1);
    assert!(run(&set, &[changed, other]).is_empty());
}

#[test]
fn extended_conditions_combine_rules() {
    let text = |condition: &str| {
        format!(
            "title: A\nname: a\nlogsource: {{product: postgresql}}\ndetection: {{s: {{kind: parameter_changed}}, condition: s}}\n---\ntitle: B\nname: b\nlogsource: {{product: postgresql}}\ndetection: {{s: {{kind: config_reloaded}}, condition: s}}\n---\ntitle: D\nname: d\nlogsource: {{product: postgresql}}\ndetection: {{s: {{kind: server_stopped}}, condition: s}}\n---\ntitle: C\nname: c\ncorrelation: {{type: temporal, rules: [a, b, d], timespan: 5m, condition: {condition}}}\n"
        )
    };
    let mut stage = Stage::default();
    let reload = stage.event(1.0, &json!({"kind": "config_reloaded"}));
    let stop = stage.event(2.0, &json!({"kind": "server_stopped"}));
    let events = [reload, stop];
    assert_eq!(run(&rules(&text("'(a or b) and d'")), &events).len(), 1);
    assert!(run(&rules(&text("'a and d'")), &events).is_empty());
    assert!(run(&rules(&text("'a and b and d'")), &events).is_empty());
    assert_eq!(run(&rules(&text("{gte: 2}")), &events).len(), 1);
    assert!(run(&rules(&text("{gte: 3}")), &events).is_empty());
}

#[test]
fn sums_and_means_over_a_field() {
    let text = |kind: &str, gt: u64| {
        format!(
            "title: A\nname: a\nlogsource: {{product: postgresql}}\ndetection: {{s: {{kind: statement}}, condition: s}}\n---\ntitle: C\nname: c\ncorrelation: {{type: {kind}, rules: [a], group-by: [user], timespan: 5m, condition: {{gt: {gt}, field: statement.rows}}}}\n"
        )
    };
    let mut stage = Stage::default();
    let events: Vec<_> = [100, 200, 600]
        .iter()
        .enumerate()
        .map(|(index, rows)| {
            stage.event(
                index as f64,
                &json!({"statement.rows": rows, "user": "app"}),
            )
        })
        .collect();
    assert_eq!(
        run(&rules(&text("value_sum", 899)), &events)[0].score,
        900.0
    );
    assert!(run(&rules(&text("value_sum", 900)), &events).is_empty());
    assert_eq!(
        run(&rules(&text("value_avg", 299)), &events)[0].score,
        300.0
    );
    assert_eq!(
        run(&rules(&text("value_median", 149)), &events)[0].score,
        200.0
    );
    assert!(run(&rules(&text("value_median", 200)), &events).is_empty());
}

#[test]
fn session_windows_end_with_a_pause() {
    let set = correlation(
        "type: event_count, rules: [login_failure], group-by: [client], timespan: 1h, window: session, gap: 1m, condition: {gt: 3}",
    );
    let mut stage = Stage::default();
    let steady: Vec<_> = (0..5)
        .map(|index| stage.failure(f64::from(index) * 50.0, "c"))
        .collect();
    assert_eq!(run(&set, &steady).len(), 1);
    let paused: Vec<_> = (0..5)
        .map(|index| stage.failure(f64::from(index) * 61.0, "c"))
        .collect();
    assert!(run(&set, &paused).is_empty());
}
