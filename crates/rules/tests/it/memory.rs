//! Remembered outcomes equal plain evaluation, and both equal the Sigma
//! evaluator, on random events.

use std::sync::{Arc, LazyLock};

use kumki_rules::RuleSet;
use kumki_rules::{EventView, Memory, Options, OwnedEvent};
use proptest::prelude::*;
use rsigma_eval::{CompiledRule, compile_rule, evaluate_rule};
use rsigma_parser::parse_sigma_yaml;
use serde_json::{Value, json};

use crate::stage::{Stage, reports, rules};

/// Conditions of every kind: stable, volatile, mixed, keywords, lists, blocks.
const RULES: &[&str] = &[
    "{s: {kind: statement, statement.class: READ}, condition: s}",
    "{s: {kind: statement, statement.rows|gte: 50}, condition: s}",
    "{s: {statement.signs: [copy_out, whole_table]}, condition: s}",
    "{s: {statement.signs|all: [copy_out, whole_table]}, condition: s}",
    "{s: {statement.signs: copy_out}, f: {user: app}, condition: s and not f}",
    "{s: {statement.signs: copy_out}, f: {statement.duration_ms|lt: 10}, condition: s and not f}",
    "{s: [password, terminated], condition: s}",
    "{s: {message|contains: Password}, condition: s}",
    "{a: {user: app}, b: {client|cidr: 10.0.0.0/8}, c: {statement.rows|gt: 90}, condition: 2 of them}",
    "{s: {user|neq: app}, condition: s}",
    "{s: {user|re: '^a.*p$'}, condition: s}",
    "{s: {user|fieldref: database}, condition: s}",
    "{s: {database|exists: false}, condition: s}",
    "{s: {session: null}, condition: s}",
    "{s: {sqlstate: [28P01, 42501]}, condition: s}",
    "{s: {role.switched: true}, condition: s}",
    "{s: {statement.tables|startswith: sales.}, k: [select], condition: s or k}",
    "{s: {kind: [error, authentication_failed]}, condition: not s}",
    "{s: {statement.parsed: false}, condition: not s}",
];

fn text() -> String {
    RULES
        .iter()
        .enumerate()
        .map(|(index, detection)| {
            format!("title: R{index}\nname: r{index}\nlogsource: {{product: postgresql}}\ndetection: {detection}\nkumki: {{repeat: 1ms, group_by: [session]}}\n")
        })
        .collect::<Vec<_>>()
        .join("---\n")
}

static SET: LazyLock<Arc<RuleSet>> = LazyLock::new(|| rules(&text()));

static COMPILED: LazyLock<Vec<CompiledRule>> = LazyLock::new(|| {
    let parsed = parse_sigma_yaml(&text()).unwrap();
    assert!(parsed.errors.is_empty());
    parsed
        .rules
        .iter()
        .map(|rule| compile_rule(rule).unwrap())
        .collect()
});

fn field(name: &'static str, values: Vec<Value>) -> impl Strategy<Value = Option<(String, Value)>> {
    proptest::option::of(proptest::sample::select(values).prop_map(move |v| (name.to_owned(), v)))
}

fn fields() -> impl Strategy<Value = Value> {
    let names = || vec![json!("app"), json!("APP"), json!("bob"), json!("shop")];
    (
        field(
            "kind",
            vec![
                json!("statement"),
                json!("error"),
                json!("authentication_failed"),
                json!("message"),
            ],
        ),
        field("user", names()),
        field("role", names()),
        field("database", names()),
        field(
            "client",
            vec![json!("10.0.0.1"), json!("192.168.0.1"), json!("[local]")],
        ),
        field("session", vec![json!("s1"), json!("s2")]),
        field(
            "sqlstate",
            vec![json!("28P01"), json!("42501"), json!("00000")],
        ),
        field(
            "message",
            vec![
                json!("password wrong"),
                json!("PASSWORD"),
                json!("terminated"),
                json!("x"),
            ],
        ),
        field("statement.class", vec![json!("READ"), json!("WRITE")]),
        field("statement.rows", vec![json!(1), json!(50), json!(100)]),
        field("statement.duration_ms", vec![json!(5), json!(5000)]),
        field(
            "statement.signs",
            vec![json!(["copy_out"]), json!(["copy_out", "whole_table"])],
        ),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i, j, k, l)| {
            [a, b, c, d, e, f, g, h, i, j, k, l]
                .into_iter()
                .flatten()
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
}

fn build(fields: &[Value]) -> Vec<OwnedEvent> {
    let mut stage = Stage::default();
    fields
        .iter()
        .enumerate()
        .map(|(index, fields)| stage.event(index as f64, fields))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn remembering_changes_nothing(fields in proptest::collection::vec(fields(), 1..60)) {
        let set = Arc::clone(&SET);
        let events = build(&fields);
        let remembered = reports(&set, Options::default(), &events);
        let plain = reports(&set, Options { memory: Memory::Forget, ..Options::default() }, &events);
        prop_assert_eq!(&remembered, &plain);
        // Repeats are so short that every match is a finding of its own.
        let expected = oracle(&events);
        let mut found: Vec<(i64, String)> = plain
            .iter()
            .map(|finding| (finding.time.as_micros(), finding.rule.id.clone()))
            .collect();
        found.sort();
        found.dedup();
        prop_assert_eq!(found, expected);
    }
}

/// Matches by the Sigma evaluator itself.
fn oracle(events: &[OwnedEvent]) -> Vec<(i64, String)> {
    let mut matches = Vec::new();
    for event in events {
        let event = event.event();
        for (index, rule) in COMPILED.iter().enumerate() {
            if evaluate_rule(rule, &EventView(&event)).is_some() {
                matches.push((event.time.as_micros(), format!("r{index}")));
            }
        }
    }
    matches.sort();
    matches
}

#[test]
fn texts_are_needed_only_by_rules_that_read_them() {
    let one = |detection: &str| {
        Arc::clone(&rules(&format!(
            "title: T\nlogsource: {{product: postgresql}}\ndetection: {detection}\n"
        )))
        .needs_text()
    };
    assert!(!one("{s: {statement.signs: copy_out}, condition: s}"));
    assert!(!one("{s: {detail|contains: x}, condition: s}"));
    assert!(one("{s: {message|contains: x}, condition: s}"));
    assert!(one("{s: {statement.text|contains: x}, condition: s}"));
    assert!(one("{s: [x], condition: s}"));
}
