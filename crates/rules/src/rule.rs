//! Loaded rules.
//!
//! A [`RuleSet`] is immutable and shared: detectors, `explain`, the catalogue
//! and the tests all read the same one.

use std::fmt::Write as _;

use kumki_model::Severity;
use rsigma_eval::CompiledRule;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::correlation::Correlation;
use crate::detect::Matcher;
use crate::error::{Error, nearest};
use crate::field::Field;
use crate::sample::RuleTest;

/// What a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleType {
    /// Judges one event.
    Detection,
    /// Judges many: the correlation types of Sigma.
    EventCount,
    /// Distinct values in a window.
    ValueCount,
    /// Several rules in a window.
    Temporal,
    /// Several rules in a window, in order.
    TemporalOrdered,
    /// Sum of a field.
    ValueSum,
    /// Mean of a field.
    ValueAvg,
    /// Percentile of a field.
    ValuePercentile,
    /// Median of a field.
    ValueMedian,
}

/// What there is to know about a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleInfo {
    /// Sigma `id`; the name when there is none.
    pub id: String,
    /// Sigma `name`; a slug of the title when there is none.
    pub name: String,
    /// Kind of its findings.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Detection or type of correlation.
    #[serde(rename = "type")]
    pub rule_type: RuleType,
    /// Severity of its findings, before steps.
    pub level: Severity,
    /// Severity once the count or value is above a number, ascending.
    pub steps: Vec<(Severity, u64)>,
    /// How sure its findings are, 0 to 1.
    pub confidence: f64,
    /// Pack it belongs to.
    pub pack: String,
    /// File it was read from.
    pub path: String,
    /// Line it begins on.
    pub line: usize,
    /// Date it was last changed, or a hash of its text.
    pub version: String,
    /// Sigma `status`.
    pub status: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// ATT&CK techniques, from the tags.
    pub attack: Vec<String>,
    /// What is found and why it matters.
    pub description: String,
    /// Why it matters.
    pub why: String,
    /// What can set it off without harm.
    pub falsepositives: Vec<String>,
    /// What to do, first things first.
    pub response: Vec<String>,
    /// References.
    pub references: Vec<String>,
    /// Names of the rules a correlation counts.
    pub rules: Vec<String>,
    /// Whether the rule raises findings of its own.
    pub raises_findings: bool,
    /// Whether the rule's log source covers PostgreSQL events.
    pub applies: bool,
    /// How many tests it carries.
    pub tests: usize,
    /// Its text as written.
    pub source: String,
}

/// A rule with what it takes to run it.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) info: RuleInfo,
    pub(crate) body: Body,
    pub(crate) tests: Vec<RuleTest>,
}

#[derive(Debug)]
pub(crate) enum Body {
    Detection(Box<Detection>),
    Correlation(Box<Correlation>),
}

/// A detection rule.
#[derive(Debug)]
pub(crate) struct Detection {
    pub(crate) matcher: Matcher,
    pub(crate) compiled: CompiledRule,
    /// What makes repeated matches one finding.
    pub(crate) group_by: Vec<Field>,
    /// How long after its last match a finding is extended, in microseconds.
    pub(crate) repeat: i64,
}

impl Rule {
    /// Severity of a finding whose count or value is `amount`.
    pub(crate) fn severity(&self, amount: f64) -> Severity {
        self.info
            .steps
            .iter()
            .rev()
            .find(|(_, above)| amount > *above as f64)
            .map_or(self.info.level, |(severity, _)| *severity)
    }

    pub(crate) fn detection(&self) -> Option<&Detection> {
        match &self.body {
            Body::Detection(detection) => Some(detection),
            Body::Correlation(_) => None,
        }
    }

    pub(crate) fn correlation(&self) -> Option<&Correlation> {
        match &self.body {
            Body::Correlation(correlation) => Some(correlation),
            Body::Detection(_) => None,
        }
    }
}

/// A set of loaded rules.
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    /// Correlations, those that others count before those that count them.
    pub(crate) order: Vec<usize>,
    /// Hash of everything that decides what the rules find.
    pub(crate) digest: String,
}

impl RuleSet {
    pub(crate) fn new(rules: Vec<Rule>, order: Vec<usize>, filters: &[String]) -> Self {
        let mut hasher = Sha256::new();
        for text in rules.iter().map(|rule| &rule.info.source).chain(filters) {
            hasher.update(text.as_bytes());
            hasher.update([0]);
        }
        let digest = hexadecimal(&hasher.finalize(), 16);
        Self {
            rules,
            order,
            digest,
        }
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Every rule, in the order of the files.
    pub fn catalogue(&self) -> impl Iterator<Item = &RuleInfo> {
        self.rules.iter().map(|rule| &rule.info)
    }

    /// The rule of that id, name or title.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the nearest name.
    pub fn find(&self, name: &str) -> Result<&RuleInfo, Error> {
        self.index(name)
            .and_then(|index| self.rules.get(index))
            .map(|rule| &rule.info)
            .ok_or_else(|| Error::NotFound {
                what: "rule",
                name: name.to_owned(),
                nearest: nearest(name, self.rules.iter().map(|rule| rule.info.name.as_str()))
                    .map(str::to_owned),
            })
    }

    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        let is =
            |rule: &Rule| rule.info.id == name || rule.info.name == name || rule.info.title == name;
        self.rules.iter().position(is)
    }

    /// Whether any rule reads the message or text of statements or searches
    /// keywords, so that a run must keep those texts.
    pub fn needs_text(&self) -> bool {
        self.rules
            .iter()
            .filter(|rule| rule.info.applies)
            .filter_map(Rule::detection)
            .any(|detection| detection.matcher.needs_text())
    }
}

/// The first `bytes` bytes in hexadecimal.
pub(crate) fn hexadecimal(digest: &[u8], bytes: usize) -> String {
    digest
        .iter()
        .take(bytes)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
