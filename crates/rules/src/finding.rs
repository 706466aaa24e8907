//! Findings in the making, and their wording.
//!
//! Comes in: what a rule has seen, as an [`Open`]. Goes out: a
//! [`Finding`](kumki_model::Finding) with reasons, evidence and the words a
//! person reads. Literals never reach it: evidence is normalised SQL or masked
//! message text from the start.
//!
//! The id of a finding is the SHA-256 (first 16 bytes, hexadecimal) of the
//! rule's id, its kind, the parts of the group key and the event time in
//! microseconds of the event that raised it. Nothing in it depends on the
//! process, on the file or on the order of other groups, so the same events
//! give the same id anywhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kumki_model::{
    Ambiguity, EntityRef, Evidence, Finding, FindingId, Reason, RuleRef, Severity, Status, Tier,
    Timestamp, Window,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::correlation::{Correlation, Witness, error_note};
use crate::error::printable;
use crate::load::report::format_duration;
use crate::rule::{Rule, RuleInfo, hexadecimal};

/// First events kept as evidence.
pub(crate) const HEAD: usize = 3;
/// Last events kept as evidence.
pub(crate) const TAIL: usize = 2;
/// Longest text of one piece of evidence, in characters.
pub(crate) const MAX_EVIDENCE: usize = 1_000;
/// Longest name quoted in a description, in characters.
const MAX_NAME: usize = 128;

/// What all events of a finding share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    filled: bool,
    pub(crate) entity: EntityRef,
    pub(crate) doubts: u8,
}

impl Profile {
    /// Takes in one more event: what differs is dropped, doubts add up.
    pub(crate) fn add(&mut self, witness: &Witness) {
        let facts = &witness.facts;
        let session = witness.session.as_deref();
        self.doubts |= facts.doubts;
        if !self.filled {
            self.filled = true;
            self.entity = facts.entity.clone();
            self.entity.session = session.map(str::to_owned);
            return;
        }
        let keep = |own: &mut Option<String>, other: Option<&str>| {
            if own.as_deref() != other {
                *own = None;
            }
        };
        let other = &facts.entity;
        keep(&mut self.entity.user, other.user.as_deref());
        keep(&mut self.entity.role, other.role.as_deref());
        keep(&mut self.entity.database, other.database.as_deref());
        keep(&mut self.entity.client, other.client.as_deref());
        keep(&mut self.entity.application, other.application.as_deref());
        keep(&mut self.entity.server, other.server.as_deref());
        keep(&mut self.entity.session, session);
    }
}

/// What the client could have forged, as bits.
pub(crate) fn doubt_bits(ambiguous: Ambiguity) -> u8 {
    if !ambiguous.any() {
        return 0;
    }
    [Ambiguity::IDENTITY, Ambiguity::CLIENT, Ambiguity::MESSAGE]
        .into_iter()
        .enumerate()
        .filter(|(_, doubt)| ambiguous.contains(*doubt))
        .fold(0, |bits, (index, _)| bits | (1 << index))
}

fn doubt_words(bits: u8) -> Vec<String> {
    ["identity", "client", "message"]
        .into_iter()
        .enumerate()
        .filter(|(index, _)| bits & (1 << index) != 0)
        .map(|(_, word)| word.to_owned())
        .collect()
}

/// A finding that may still grow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) id: String,
    /// Time of the event that raised it.
    pub(crate) raised: i64,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Events.
    pub(crate) count: u64,
    /// Largest amount measured.
    pub(crate) amount: f64,
    pub(crate) estimate: bool,
    pub(crate) severity: Severity,
    pub(crate) profile: Profile,
    pub(crate) first: Vec<Witness>,
    pub(crate) last: Vec<Witness>,
    /// Values of the group key.
    pub(crate) parts: Vec<Option<String>>,
    /// Fields that matched, for detection rules.
    pub(crate) observed: Vec<(String, Json)>,
    /// Whether it changed since it was last reported.
    pub(crate) changed: bool,
}

impl PartialEq for Witness {
    fn eq(&self, other: &Self) -> bool {
        (
            self.time,
            self.sequence,
            self.source,
            self.line,
            &self.facts,
            &self.session,
        ) == (
            other.time,
            other.sequence,
            other.source,
            other.line,
            &other.facts,
            &other.session,
        )
    }
}

impl Open {
    /// Takes in one more event.
    pub(crate) fn extend(&mut self, witness: &Witness, amount: f64, estimate: bool) {
        self.count += 1;
        self.start = self.start.min(witness.time);
        self.end = self.end.max(witness.time);
        if amount > self.amount {
            self.amount = amount;
            self.estimate = estimate;
        }
        // What the last event shared, this one shares too.
        if !self.last.last().is_some_and(|last| last.is_alike(witness)) {
            self.profile.add(witness);
        }
        self.changed = true;
        if self.last.is_empty() && self.first.len() < HEAD {
            self.first.push(witness.clone());
            return;
        }
        if self.last.len() == TAIL {
            self.last.remove(0);
        }
        self.last.push(witness.clone());
    }
}

/// The id of a finding; see the module's description.
pub(crate) fn identify(rule: &RuleInfo, parts: &[Option<String>], time: i64) -> String {
    let mut hasher = Sha256::new();
    for text in [rule.id.as_str(), rule.kind.as_str()] {
        hasher.update(text.as_bytes());
        hasher.update([0]);
    }
    for part in parts {
        match part {
            Some(text) => {
                hasher.update((text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
            None => hasher.update(u64::MAX.to_le_bytes()),
        }
    }
    hasher.update(time.to_le_bytes());
    hexadecimal(&hasher.finalize(), 16)
}

/// Names of sources by id.
pub(crate) type Names = BTreeMap<u32, String>;

/// Renders a finding of `rule`.
pub(crate) fn render(rule: &Rule, members: &[&str], open: &Open, names: &Names) -> Finding {
    let info = &rule.info;
    let (what, reasons) = match rule.correlation() {
        Some(correlation) => {
            let (what, reason) = measured(correlation, members, open);
            (what, vec![reason])
        }
        None => (matched(info, open), field_reasons(open)),
    };
    let mut description = format!("{}: {what}.", who(rule, open));
    if !info.description.is_empty() {
        let _ = write!(description, " {}", info.description);
    }
    if !info.why.is_empty() && info.why != info.description {
        let _ = write!(description, "\n\n{}", info.why);
    }
    Finding {
        id: FindingId(open.id.clone()),
        time: Timestamp::from_micros(open.raised),
        kind: info.kind.clone(),
        title: info.title.clone(),
        description,
        tier: Tier::Rule,
        severity: open.severity,
        confidence: info.confidence,
        score: open.amount,
        entity: open.profile.entity.clone(),
        window: Window {
            start: Timestamp::from_micros(open.start),
            end: Timestamp::from_micros(open.end),
        },
        count: open.count,
        reasons,
        evidence: evidence(open, names),
        attack: info.attack.clone(),
        rule: RuleRef {
            id: info.id.clone(),
            pack: info.pack.clone(),
            version: info.version.clone(),
        },
        status: Status::Open,
        ambiguous: doubt_words(open.profile.doubts),
    }
}

fn evidence(open: &Open, names: &Names) -> Vec<Evidence> {
    let mut seen: Vec<u64> = Vec::with_capacity(5);
    open.first
        .iter()
        .chain(&open.last)
        .filter(|witness| {
            let new = !seen.contains(&witness.sequence);
            seen.push(witness.sequence);
            new
        })
        .map(|witness| Evidence {
            source: match names.get(&witness.source) {
                Some(name) => format!("{name}:{}", witness.line),
                None => format!("source {}:{}", witness.source, witness.line),
            },
            time: Timestamp::from_micros(witness.time),
            text: witness.facts.text.clone(),
        })
        .collect()
}

/// Who did it, from where, on what: the start of the description.
fn who(rule: &Rule, open: &Open) -> String {
    let entity = &open.profile.entity;
    let mut words = match &entity.user {
        Some(user) => quoted(user),
        None if entity.client.is_some() => "A client".to_owned(),
        None => "Unknown".to_owned(),
    };
    let details = [
        (" as ", &entity.role),
        (" from ", &entity.client),
        (" in database ", &entity.database),
        (" with ", &entity.application),
        (" on server ", &entity.server),
        (" in session ", &entity.session),
    ];
    for (word, value) in details {
        if let Some(value) = value {
            let _ = write!(words, "{word}{}", quoted(value));
        }
    }
    let part_names: Vec<&str> = match rule.correlation() {
        Some(correlation) => correlation
            .key
            .iter()
            .map(|part| part.name.as_str())
            .collect(),
        None => Vec::new(),
    };
    let in_entity = |name: &str| {
        matches!(
            name,
            "user" | "role" | "client" | "database" | "application" | "server" | "session"
        )
    };
    for (name, value) in part_names.iter().zip(&open.parts) {
        if let Some(value) = value
            && !in_entity(name)
        {
            let _ = write!(words, ", {name} {}", quoted(value));
        }
    }
    words
}

/// A name in quotes, cleaned of what could mislead a reader or a terminal.
fn quoted(name: &str) -> String {
    let clean: String = printable(name)
        .chars()
        .take(MAX_NAME)
        .map(|c| if c == '`' { '\'' } else { c })
        .collect();
    format!("`{clean}`")
}

fn matched(info: &RuleInfo, open: &Open) -> String {
    let title = info.title.trim_end_matches('.');
    let time = Timestamp::from_micros(open.start);
    if open.count == 1 {
        format!("{title}, at {time}")
    } else {
        let end = Timestamp::from_micros(open.end);
        format!("{title}, {} times from {time} to {end}", open.count)
    }
}

fn field_reasons(open: &Open) -> Vec<Reason> {
    let share = 1.0 / open.observed.len().max(1) as f64;
    let mut rest = 1.0;
    let last = open.observed.len().saturating_sub(1);
    open.observed
        .iter()
        .enumerate()
        .map(|(index, (feature, observed))| {
            // The last one takes what rounding left, so that shares add up to 1.
            let contribution = if index == last { rest } else { share };
            rest -= contribution;
            Reason {
                feature: feature.clone(),
                observed: observed.clone(),
                expected: None,
                contribution,
            }
        })
        .collect()
}

/// The sentence and the reason for a correlation.
fn measured(correlation: &Correlation, members: &[&str], open: &Open) -> (String, Reason) {
    use rsigma_parser::CorrelationType as T;
    let span = format_duration(correlation.span);
    let rules = members.join(", ");
    let expectation = correlation.requirement.expectation();
    let field = &correlation.value_name;
    let feature = match correlation.kind {
        T::EventCount => format!("count of {rules} in {span}"),
        T::ValueCount => format!("distinct {field} in {span}"),
        T::ValueSum => format!("sum of {field} in {span}"),
        T::ValueAvg => format!("mean of {field} in {span}"),
        T::ValueMedian => format!("median of {field} in {span}"),
        T::ValuePercentile => format!("percentile {} of {field} in {span}", correlation.percentile),
        T::Temporal => format!("{rules} within {span}"),
        T::TemporalOrdered => format!("{} within {span}", members.join(" then ")),
    };
    let amount = number_text(open.amount);
    let what = match correlation.kind {
        T::EventCount => {
            format!(
                "{amount} events of {rules} within {span}, {}",
                expectation.words
            )
        }
        T::Temporal | T::TemporalOrdered => format!("{feature}, {} events", open.count),
        _ => format!("{feature} is {amount}, {}", expectation.words),
    };
    let feature = if open.estimate {
        format!("{feature} ({})", error_note(correlation.kind))
    } else {
        feature
    };
    let reason = Reason {
        feature,
        observed: number(open.amount),
        expected: expectation.band,
        contribution: 1.0,
    };
    (what, reason)
}

fn number_text(value: f64) -> String {
    number(value).to_string()
}

/// Whole numbers as integers.
fn number(value: f64) -> Json {
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        Json::from(value as i64)
    } else {
        Json::from(value)
    }
}

/// The finding that says state had to be given up.
pub(crate) fn quota_finding(rule: &RuleInfo, day: i64, time: i64, evicted: u64) -> Finding {
    const DAY: i64 = 86_400_000_000;
    let mut info = rule.clone();
    info.kind = "state_quota".to_owned();
    let start = Timestamp::from_micros(day.saturating_mul(DAY));
    Finding {
        id: FindingId(identify(&info, &[], day.saturating_mul(DAY))),
        time: start,
        kind: info.kind,
        title: format!("Detection state of `{}` is full", rule.name),
        description: format!(
            "The rule `{}` followed more groups at once than it may; it gave up {evicted} of \
             them, those with the least progress. Somebody may be flooding the log with new \
             names to hide, or the quota is too small for this server.",
            rule.name
        ),
        tier: Tier::Rule,
        severity: Severity::Medium,
        confidence: 1.0,
        score: evicted as f64,
        entity: EntityRef::default(),
        window: Window {
            start,
            end: Timestamp::from_micros(time),
        },
        count: evicted,
        reasons: vec![Reason {
            feature: "groups given up in a day".to_owned(),
            observed: Json::from(evicted),
            expected: Some([0.0, 0.0]),
            contribution: 1.0,
        }],
        evidence: Vec::new(),
        attack: Vec::new(),
        rule: RuleRef {
            id: rule.id.clone(),
            pack: rule.pack.clone(),
            version: rule.version.clone(),
        },
        status: Status::Open,
        ambiguous: Vec::new(),
    }
}
