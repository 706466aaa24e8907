//! Runs the tests that rules carry.
//!
//! Each test runs by itself, in a fresh detector, with the whole set loaded
//! (so that filters and referenced rules count) but only the rule under test
//! raising findings. A rule that is only counted by others is tested as if it
//! raised findings of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use kumki_model::{Finding, SourceId};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::detect::{Detector, Options};
use crate::rule::{Rule, RuleSet};
use crate::sample::{EventBuilder, RuleTest};

/// How one test went.
#[derive(Debug, Clone, Serialize)]
pub struct TestResult {
    /// Name of the rule.
    pub rule: String,
    /// File of the rule.
    pub path: String,
    /// Name of the test.
    pub test: String,
    /// What was expected and did not come, or came unexpected; empty when the
    /// test passed.
    pub problems: Vec<String>,
    /// Findings raised, in their final state.
    pub findings: Vec<Finding>,
}

impl TestResult {
    /// Whether the test passed.
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}

/// How all tests went.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TestReport {
    /// Every test, in order of the rules.
    pub results: Vec<TestResult>,
}

impl TestReport {
    /// Tests that passed.
    pub fn passed(&self) -> usize {
        self.results.iter().filter(|result| result.passed()).count()
    }

    /// Tests that failed.
    pub fn failures(&self) -> impl Iterator<Item = &TestResult> {
        self.results.iter().filter(|result| !result.passed())
    }
}

/// Runs every test of every rule, or of the rules `only` accepts by name.
pub fn run_tests(set: &Arc<RuleSet>, only: &dyn Fn(&str) -> bool) -> TestReport {
    let mut report = TestReport::default();
    for (index, rule) in set.rules.iter().enumerate() {
        if !only(&rule.info.name) {
            continue;
        }
        for test in &rule.tests {
            report.results.push(run(set, index, rule, test));
        }
    }
    report
}

fn run(set: &Arc<RuleSet>, index: usize, rule: &Rule, test: &RuleTest) -> TestResult {
    let mut detector = Detector::only(Arc::clone(set), Options::default(), Some(index));
    let mut builder = EventBuilder::new();
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut sink = |finding: Finding| {
        if finding.kind == "state_quota" && rule.info.kind != "state_quota" {
            return;
        }
        let id = finding.id.0.clone();
        if found.insert(id.clone(), finding).is_none() {
            order.push(id);
        }
    };
    let names = |_: SourceId| test.name.clone();
    for sample in &test.events {
        for event in builder.build(sample) {
            detector.push(&event.event(), &names, &mut sink);
        }
    }
    detector.finish(&mut sink);
    let findings: Vec<Finding> = order.iter().filter_map(|id| found.remove(id)).collect();
    TestResult {
        rule: rule.info.name.clone(),
        path: rule.info.path.clone(),
        test: test.name.clone(),
        problems: compare(&test.expect, &findings),
        findings,
    }
}

/// Matches each expected finding to one of its own, and says what is left.
fn compare(expected: &[Map<String, Json>], findings: &[Finding]) -> Vec<String> {
    let actual: Vec<Map<String, Json>> = findings.iter().map(properties).collect();
    let mut free: Vec<&Map<String, Json>> = actual.iter().collect();
    let mut problems = Vec::new();
    // The most particular first, so that a loose one does not take its finding.
    let mut ordered: Vec<&Map<String, Json>> = expected.iter().collect();
    ordered.sort_by_key(|wanted| std::cmp::Reverse(wanted.len()));
    for wanted in ordered {
        match free.iter().position(|actual| includes(actual, wanted)) {
            Some(at) => {
                free.remove(at);
            }
            None => {
                let wanted = Json::Object(wanted.clone());
                problems.push(format!("expected {wanted}, which was not found"));
            }
        }
    }
    for extra in free {
        problems.push(format!(
            "found unexpectedly: {}",
            Json::Object(extra.clone())
        ));
    }
    problems
}

/// The properties a test can ask for.
fn properties(finding: &Finding) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("severity".into(), finding.severity.as_str().into());
    map.insert("count".into(), finding.count.into());
    map.insert("score".into(), finding.score.into());
    map.insert("kind".into(), finding.kind.clone().into());
    map.insert("title".into(), finding.title.clone().into());
    map.insert("attack".into(), finding.attack.clone().into());
    map.insert("ambiguous".into(), finding.ambiguous.clone().into());
    let entity = &finding.entity;
    let named = [
        ("user", &entity.user),
        ("role", &entity.role),
        ("database", &entity.database),
        ("client", &entity.client),
        ("application", &entity.application),
        ("server", &entity.server),
        ("session", &entity.session),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            map.insert(name.into(), value.clone().into());
        }
    }
    map
}

fn includes(actual: &Map<String, Json>, wanted: &Map<String, Json>) -> bool {
    wanted
        .iter()
        .all(|(key, value)| match (actual.get(key), value) {
            // `user: null` asks that it be absent.
            (None, Json::Null) => true,
            (Some(Json::Number(actual)), Json::Number(wanted)) => {
                actual.as_f64() == wanted.as_f64()
            }
            (Some(Json::Array(actual)), Json::String(_)) => actual.contains(value),
            (Some(Json::String(actual)), Json::Number(wanted)) => *actual == wanted.to_string(),
            (Some(actual), wanted) => actual == wanted,
            (None, _) => false,
        })
}
