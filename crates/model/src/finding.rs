//! One anomaly, in the one shape every tier and every surface uses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::severity::Severity;
use crate::time::Timestamp;

/// Stable identity: the same events and the same rule give the same id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingId(pub String);

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which kind of detector raised a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Rules and correlations.
    Rule,
    /// Statistics and learned models.
    Statistical,
    /// A language model's opinion.
    Llm,
}

/// Where a finding stands in triage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has looked yet.
    #[default]
    Open,
    /// Somebody is on it.
    Acknowledged,
    /// Done.
    Resolved,
    /// It was nothing.
    FalsePositive,
}

/// Who or what a finding is about. Unknown fields are absent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct EntityRef {
    /// The user who logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The role in force, when it is not the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Client address or host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Application name, chosen by the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Session id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// The span of event time a finding covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Time of the first event.
    pub start: Timestamp,
    /// Time of the last event.
    pub end: Timestamp,
}

/// One reason for a finding: a feature, what was seen, what is normal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Name of the feature, a field of the event or of a count over events.
    pub feature: String,
    /// What was seen: a number or a text.
    pub observed: serde_json::Value,
    /// The band thought normal, lower and upper end, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<[f64; 2]>,
    /// Share of the score this reason answers for, 0 to 1.
    pub contribution: f64,
}

/// A record that shows what the finding says. Literals are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `file:line`.
    pub source: String,
    /// Event time.
    pub time: Timestamp,
    /// What the record says, literals masked.
    pub text: String,
}

/// The rule or detector behind a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    /// Identity of the rule.
    pub id: String,
    /// The pack it belongs to.
    pub pack: String,
    /// Its version: the date it was last modified, or a hash of its text.
    pub version: String,
}

/// One anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable identity.
    pub id: FindingId,
    /// Event time of the event that raised it.
    pub time: Timestamp,
    /// Slug of the rule or detector.
    pub kind: String,
    /// One line.
    pub title: String,
    /// What happened and why it matters.
    pub description: String,
    /// Which kind of detector.
    pub tier: Tier,
    /// How bad.
    pub severity: Severity,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// Score in the detector's own unit, named in the reasons.
    pub score: f64,
    /// Who or what it is about.
    pub entity: EntityRef,
    /// Event time it covers.
    pub window: Window,
    /// How many events.
    pub count: u64,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// ATT&CK techniques.
    pub attack: Vec<String>,
    /// The rule.
    pub rule: RuleRef,
    /// Where it stands.
    #[serde(default)]
    pub status: Status,
    /// Fields that the client could have forged; nothing automatic may act on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ambiguous: Vec<String>,
}
