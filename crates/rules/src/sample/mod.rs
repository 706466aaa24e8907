//! The tests a rule carries: sample events and the findings they must raise.
//!
//! Comes in: the YAML under `kumki.tests`. Goes out: [`RuleTest`]s, whose
//! events are built as real events by [`EventBuilder`].

mod build;

use serde_json::Value as Json;
use yaml_serde::{Mapping, Value};

pub use build::{EventBuilder, OwnedEvent};

use crate::field::Field;
use crate::load::extension::field_help;
use crate::load::position::Step;
use crate::load::report::Report;

/// What an expected finding may state.
const EXPECT_KEYS: &[&str] = &[
    "severity",
    "count",
    "score",
    "kind",
    "title",
    "user",
    "role",
    "database",
    "client",
    "application",
    "server",
    "session",
    "ambiguous",
    "attack",
];

/// Repetitions one sample event may ask for.
const MAX_REPEAT: u64 = 100_000;

/// One test of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTest {
    /// What is tested.
    pub name: String,
    /// The findings the events must raise, no more and no less. Each states
    /// some properties of a finding; the others are free.
    pub expect: Vec<serde_json::Map<String, Json>>,
    /// The events, in order of arrival.
    pub events: Vec<SampleEvent>,
}

/// One event of a test, possibly repeated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SampleEvent {
    /// Fields by name.
    pub fields: Vec<(Field, Json)>,
    /// SQL to judge.
    pub sql: Option<String>,
    /// Offset from the start of the test, microseconds.
    pub at: Option<i64>,
    /// How many times it happens, at least 1.
    pub repeat: Option<u64>,
    /// Time between repetitions, microseconds; 1 s when absent.
    pub every: Option<i64>,
}

/// Reads `kumki.tests`.
pub(crate) fn parse_tests(report: &mut Report<'_>, value: &Value) -> Vec<RuleTest> {
    let root = [Step::Key("kumki"), Step::Key("tests")];
    let Some(items) = value.as_sequence() else {
        report.error(&root, "`tests` must be a list", None);
        return Vec::new();
    };
    let mut tests = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = [root[0], root[1], Step::Item(index)];
        match item.as_mapping() {
            Some(mapping) => tests.push(parse_test(report, &place, mapping)),
            None => report.error(&place, "a test must be a mapping", None),
        }
    }
    tests
}

fn parse_test(report: &mut Report<'_>, place: &[Step<'_>], mapping: &Mapping) -> RuleTest {
    report.refuse_unknown_keys(place, mapping, &["name", "expect", "events"]);
    let get = |key: &str| mapping.get(Value::from(key));
    let name = get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if name.is_empty() {
        report.error(place, "a test needs a `name`", None);
    }
    let expect = match get("expect") {
        Some(value) => parse_expect(report, &[place, &[Step::Key("expect")]].concat(), value),
        None => {
            let help = "`expect: []` when the rule must not fire".to_owned();
            report.error(place, "a test needs `expect`", Some(help));
            Vec::new()
        }
    };
    let events = match get("events").and_then(Value::as_sequence) {
        Some(items) if !items.is_empty() => {
            let place = [place, &[Step::Key("events")]].concat();
            items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    parse_event(report, &[&place[..], &[Step::Item(index)]].concat(), item)
                })
                .collect()
        }
        _ => {
            report.error(place, "a test needs a list of `events`", None);
            Vec::new()
        }
    };
    RuleTest {
        name,
        expect,
        events,
    }
}

fn parse_expect(
    report: &mut Report<'_>,
    place: &[Step<'_>],
    value: &Value,
) -> Vec<serde_json::Map<String, Json>> {
    let Some(items) = value.as_sequence() else {
        report.error(place, "`expect` must be a list of findings", None);
        return Vec::new();
    };
    let mut expected = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let here = [place, &[Step::Item(index)]].concat();
        let Some(mapping) = item.as_mapping() else {
            report.error(&here, "an expected finding must be a mapping", None);
            continue;
        };
        report.refuse_unknown_keys(&here, mapping, EXPECT_KEYS);
        if let Ok(Json::Object(object)) = serde_json::to_value(item) {
            expected.push(object);
        }
    }
    expected
}

fn parse_event(report: &mut Report<'_>, place: &[Step<'_>], value: &Value) -> SampleEvent {
    let mut event = SampleEvent::default();
    let Some(mapping) = value.as_mapping() else {
        report.error(place, "an event must be a mapping", None);
        return event;
    };
    for (key, value) in mapping {
        let key = key.as_str().unwrap_or_default();
        let here = [place, &[Step::Key(key)]].concat();
        match key {
            "sql" => event.sql = report.text(&here, value).map(str::to_owned),
            "at" => event.at = report.duration(&here, value),
            "every" => event.every = report.duration(&here, value),
            "repeat" => {
                event.repeat = value
                    .as_u64()
                    .filter(|count| (1..=MAX_REPEAT).contains(count));
                if event.repeat.is_none() {
                    report.error(
                        &here,
                        format!("must be a number from 1 to {MAX_REPEAT}"),
                        None,
                    );
                }
            }
            _ => match Field::parse(key) {
                Some(field) => match serde_json::to_value(value) {
                    Ok(json) => {
                        if let Err(problem) = build::check(field, &json) {
                            report.error(&here, problem, None);
                        }
                        event.fields.push((field, json));
                    }
                    Err(_) => report.error(&here, "unsupported value", None),
                },
                None => {
                    report.error(
                        &here,
                        format!("unknown field `{key}`"),
                        Some(field_help(key)),
                    );
                }
            },
        }
    }
    event
}
