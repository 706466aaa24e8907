//! Why an event matched, or nearly did.
//!
//! Comes in: one event. Goes out: for each rule that matched, or that lacks
//! exactly one test, which tests those are; and how far its correlations are.

use kumki_model::Event;
use rsigma_eval::{
    ConditionTrace, DetectionTrace, ItemTrace, MatchReason, RuleExplanation as Trace, explain_rule,
};
use serde::Serialize;

use crate::detect::Detector;
use crate::rule::RuleSet;
use crate::view::EventView;

/// How close an event came to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Closeness {
    /// It matched.
    Matched,
    /// One test more and it would have.
    Nearly,
}

/// A test that stood in the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Obstacle {
    /// Field, `keywords`, or the name of a selection that had to be absent.
    pub field: String,
    /// What the rule asks for, where it can be said.
    pub expected: Option<String>,
    /// What the event has.
    pub actual: Option<serde_json::Value>,
    /// Why they do not fit, in words.
    pub reason: &'static str,
}

/// How far a correlation is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// Name of the correlation.
    pub rule: String,
    /// Group key of the event, name and value.
    pub group: Vec<(String, String)>,
    /// Amount in the window, without events that still wait for their turn;
    /// 0 when there is no group yet.
    pub amount: f64,
    /// What it takes, for example `more than 15`.
    pub needs: String,
}

/// One rule and one event.
#[derive(Debug, Clone, Serialize)]
pub struct RuleExplanation {
    /// Id of the rule.
    pub id: String,
    /// Name of the rule.
    pub name: String,
    /// Title of the rule.
    pub title: String,
    /// Whether it matched or nearly did.
    pub closeness: Closeness,
    /// Whether the rule raises findings, or is only counted by others.
    pub raises_findings: bool,
    /// What stood in the way; empty when it matched.
    pub obstacles: Vec<Obstacle>,
    /// Correlations that count the rule.
    pub correlations: Vec<Progress>,
    /// Every test of the rule and how it went. Values are as in the event,
    /// literals included: for the eyes of whoever may read the log.
    pub trace: Trace,
}

impl RuleSet {
    /// Rules the event matches or nearly matches, those that match first.
    pub fn explain(&self, event: &Event<'_>) -> Vec<RuleExplanation> {
        let mut explanations: Vec<RuleExplanation> = self
            .rules
            .iter()
            .filter(|rule| rule.info.applies)
            .filter_map(|rule| {
                let trace = explain_rule(&rule.detection()?.compiled, &EventView(event));
                let obstacles = obstacles(&trace)?;
                let closeness = if obstacles.is_empty() {
                    Closeness::Matched
                } else {
                    Closeness::Nearly
                };
                Some(RuleExplanation {
                    id: rule.info.id.clone(),
                    name: rule.info.name.clone(),
                    title: rule.info.title.clone(),
                    closeness,
                    raises_findings: rule.info.raises_findings,
                    obstacles,
                    correlations: Vec::new(),
                    trace,
                })
            })
            .collect();
        explanations.sort_by_key(|explanation| explanation.closeness == Closeness::Nearly);
        explanations
    }
}

impl Detector {
    /// Like [`RuleSet::explain`], with the present state of the correlations
    /// that count the rules that matched.
    pub fn explain(&self, event: &Event<'_>) -> Vec<RuleExplanation> {
        let mut explanations = self.rules().explain(event);
        for explanation in &mut explanations {
            if explanation.closeness == Closeness::Matched {
                explanation.correlations = self.progress(&explanation.name, event);
            }
        }
        explanations
    }
}

/// What stood in the way: nothing when the rule matched, one test when it
/// nearly did; `None` when more did, or when the event is of another kind.
fn obstacles(trace: &Trace) -> Option<Vec<Obstacle>> {
    if trace.matched {
        return Some(Vec::new());
    }
    let fewest = trace
        .conditions
        .iter()
        .map(condition)
        .min_by_key(Missing::len)?;
    match fewest.obstacles.as_slice() {
        [only] if fewest.more == 0 && only.field != "kind" => Some(fewest.obstacles),
        _ => None,
    }
}

/// Tests still missing for a node to hold. Only the first few are named.
#[derive(Default)]
struct Missing {
    obstacles: Vec<Obstacle>,
    more: usize,
}

impl Missing {
    fn len(&self) -> usize {
        self.obstacles.len() + self.more
    }

    fn one(obstacle: Obstacle) -> Self {
        Self {
            obstacles: vec![obstacle],
            more: 0,
        }
    }

    /// All of these.
    fn sum(parts: impl Iterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.more += part.more;
            for obstacle in part.obstacles {
                if all.obstacles.is_empty() {
                    all.obstacles.push(obstacle);
                } else {
                    all.more += 1;
                }
            }
        }
        all
    }

    /// The easiest of these; impossible when there is none.
    fn least(parts: impl Iterator<Item = Self>) -> Self {
        parts.min_by_key(Self::len).unwrap_or(Self {
            obstacles: Vec::new(),
            more: usize::MAX / 2,
        })
    }
}

fn condition(trace: &ConditionTrace) -> Missing {
    if trace.matched() {
        return Missing::default();
    }
    match trace {
        ConditionTrace::Selection {
            detection: trace, ..
        } => detection(trace),
        ConditionTrace::And { children, .. } => Missing::sum(children.iter().map(condition)),
        ConditionTrace::Or { children, .. } => Missing::least(children.iter().map(condition)),
        ConditionTrace::Not { child, .. } => Missing::one(Obstacle {
            field: selection_name(child),
            expected: None,
            actual: None,
            reason: "the event is excluded by this selection",
        }),
        ConditionTrace::Quantified {
            need,
            got,
            branches,
            ..
        } => {
            let mut parts: Vec<Missing> = branches
                .iter()
                .filter(|branch| !branch.matched)
                .map(|branch| detection(&branch.detection))
                .collect();
            parts.sort_by_key(Missing::len);
            let missing = usize::try_from(need.saturating_sub(*got)).unwrap_or(usize::MAX);
            Missing::sum(parts.into_iter().take(missing))
        }
    }
}

fn selection_name(trace: &ConditionTrace) -> String {
    match trace {
        ConditionTrace::Selection { name, .. } => name.clone(),
        ConditionTrace::Quantified { branches, .. } => branches
            .iter()
            .find(|branch| branch.matched)
            .map_or_else(String::new, |branch| branch.name.clone()),
        ConditionTrace::And { children, .. } | ConditionTrace::Or { children, .. } => children
            .iter()
            .find(|child| child.matched())
            .map_or_else(String::new, selection_name),
        ConditionTrace::Not { child, .. } => selection_name(child),
    }
}

fn detection(trace: &DetectionTrace) -> Missing {
    if trace.matched() {
        return Missing::default();
    }
    match trace {
        DetectionTrace::AllOf { items, .. } => Missing::sum(
            items
                .iter()
                .filter(|item| !item.matched)
                .map(|one| Missing::one(item(one))),
        ),
        DetectionTrace::AnyOf { branches, .. } => Missing::least(branches.iter().map(detection)),
        DetectionTrace::And { branches, .. } => Missing::sum(branches.iter().map(detection)),
        DetectionTrace::Keywords { item: one, .. } => Missing::one(item(one)),
        DetectionTrace::ArrayMatch { field, .. } => Missing::one(Obstacle {
            field: field.clone(),
            expected: None,
            actual: None,
            reason: "its elements do not fit",
        }),
        DetectionTrace::Conditional {
            condition: inner, ..
        } => condition(inner),
        DetectionTrace::Other { kind, .. } => Missing::one(Obstacle {
            field: kind.clone(),
            expected: None,
            actual: None,
            reason: "it does not hold",
        }),
    }
}

fn item(trace: &ItemTrace) -> Obstacle {
    Obstacle {
        field: trace.field.clone().unwrap_or_else(|| "keywords".to_owned()),
        expected: trace.pattern.clone(),
        actual: trace.actual.clone(),
        reason: match trace.reason {
            MatchReason::Matched => "it holds",
            MatchReason::FieldAbsent => "the event does not have the field",
            MatchReason::ValueMismatch => "the value is another one",
            MatchReason::CaseMismatch => "only upper and lower case differ",
            MatchReason::Existence => "presence or absence was asked for",
            MatchReason::NoKeywordMatch => "the keyword is not in the texts",
        },
    }
}
