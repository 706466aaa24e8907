//! What the tests share: rules from text, events from fields, findings by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use kumki_model::{Finding, SourceId, Timestamp};
use kumki_rules::{
    Detector, EventBuilder, Field, Options, OwnedEvent, RuleSet, RuleSource, SampleEvent, load,
};
use serde_json::{Value, json};

/// A base rule, `login_failure`, that correlations of the tests count.
pub(crate) const LOGIN_FAILURE: &str = "title: Login failure\nid: 11111111-1111-4111-8111-111111111111\nname: login_failure\nlogsource: {product: postgresql}\ndetection: {selection: {kind: authentication_failed}, condition: selection}\nlevel: low\n";

pub(crate) fn rules(text: &str) -> Arc<RuleSet> {
    match load(&[RuleSource::new("rules/test.yml", text)]) {
        Ok(set) => Arc::new(set),
        Err(errors) => panic!("{errors}"),
    }
}

/// [`LOGIN_FAILURE`] and a correlation with this body.
pub(crate) fn correlation(body: &str) -> Arc<RuleSet> {
    rules(&format!(
        "{LOGIN_FAILURE}---\ntitle: Test\nname: test\nid: 22222222-2222-4222-8222-222222222222\ncorrelation: {{{body}}}\nlevel: medium\n"
    ))
}

/// Builds events at seconds from the start of the test.
#[derive(Default)]
pub(crate) struct Stage {
    builder: EventBuilder,
}

impl Stage {
    pub(crate) fn event(&mut self, seconds: f64, fields: &Value) -> OwnedEvent {
        let mut sample = SampleEvent {
            at: Some((seconds * 1e6) as i64),
            ..SampleEvent::default()
        };
        for (name, value) in fields.as_object().unwrap() {
            if name == "sql" {
                sample.sql = value.as_str().map(str::to_owned);
            } else {
                sample
                    .fields
                    .push((Field::parse(name).unwrap(), value.clone()));
            }
        }
        self.builder.build(&sample).pop().unwrap()
    }

    pub(crate) fn failure(&mut self, seconds: f64, client: &str) -> OwnedEvent {
        let fields = json!({"kind": "authentication_failed", "client": client, "user": "bob"});
        self.event(seconds, &fields)
    }
}

pub(crate) fn name(source: SourceId) -> String {
    format!("log{}", source.0)
}

/// Every state of every finding, in the order reported.
pub(crate) fn reports(set: &Arc<RuleSet>, options: Options, events: &[OwnedEvent]) -> Vec<Finding> {
    let mut detector = Detector::new(Arc::clone(set), options);
    let mut reports = Vec::new();
    for event in events {
        detector.push(&event.event(), &name, &mut |finding| reports.push(finding));
    }
    detector.finish(&mut |finding| reports.push(finding));
    reports
}

/// The final state of every finding, by id.
pub(crate) fn last_states(reports: Vec<Finding>) -> BTreeMap<String, Finding> {
    reports
        .into_iter()
        .map(|finding| (finding.id.0.clone(), finding))
        .collect()
}

/// Final states in order of time.
pub(crate) fn run(set: &Arc<RuleSet>, events: &[OwnedEvent]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = last_states(reports(set, Options::default(), events))
        .into_values()
        .collect();
    findings.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    findings
}

/// Seconds since the start of the test.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    let start = Timestamp::parse_rfc3339("2026-01-05T10:00:00Z").unwrap();
    time.micros_since(start) as f64 / 1e6
}
