//! The state of one group of one correlation.

use std::sync::Arc;

use kumki_model::{EntityRef, Severity};
use rsigma_parser::WindowMode;
use serde::{Deserialize, Serialize};

use super::measure::Measure;
use super::times::Times;
use super::{Correlation, Requirement};
use crate::finding::{HEAD, Open, Profile, TAIL};

/// Events kept as evidence besides the first ones.
const KEPT_TAIL: usize = 16;

/// What a witness is about; shared by events that have it in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Who, without the session.
    pub(crate) entity: EntityRef,
    /// What, literals masked.
    pub(crate) text: String,
    /// What the client could have forged, see [`crate::finding::doubt_bits`].
    pub(crate) doubts: u8,
}

/// An event as evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Witness {
    pub(crate) time: i64,
    /// Order of arrival.
    pub(crate) sequence: u64,
    pub(crate) source: u32,
    pub(crate) line: u64,
    pub(crate) facts: Arc<Facts>,
    pub(crate) session: Option<Arc<str>>,
}

impl Witness {
    /// Whether who and what are known, without a closer look, to be the same.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        let same_session = match (&self.session, &other.session) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        same_session && Arc::ptr_eq(&self.facts, &other.facts)
    }
}

/// The values by which a group is told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GroupKey {
    #[serde(skip)]
    pub(crate) hash: u64,
    pub(crate) parts: Vec<Option<String>>,
}

/// What an event brings to a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stage<'a> {
    /// The event.
    pub(crate) witness: &'a Witness,
    /// Which member of the correlation matched.
    pub(crate) member: usize,
    /// Hashes of its values, for `value_count`.
    pub(crate) hashes: &'a [u64],
    /// Its number in thousandths, for sums, means and percentiles.
    pub(crate) number: i64,
}

/// What happened to a group's finding.
#[derive(Debug)]
pub(crate) enum Change {
    /// The threshold was crossed.
    Crossed(Open),
    /// The finding became more severe.
    Worse(Open),
    /// The group fell back under the threshold.
    Ended(Open),
}

/// How the rule judges amounts and names findings.
pub(crate) struct Judge<'a> {
    pub(crate) severity: &'a dyn Fn(f64) -> Severity,
    pub(crate) identify: &'a dyn Fn(&GroupKey, i64) -> String,
}

/// One group.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) key: GroupKey,
    times: Times,
    measure: Measure,
    head: Vec<Witness>,
    tail: std::collections::VecDeque<Witness>,
    profile: Profile,
    /// Time of its first event, for session windows.
    started: i64,
    /// Time of its last event.
    pub(crate) last: i64,
    pub(crate) open: Option<Box<Open>>,
    /// Bytes last accounted for by the store.
    pub(crate) accounted: usize,
}

impl Group {
    pub(crate) fn new(key: GroupKey, correlation: &Correlation, now: i64) -> Self {
        Self {
            key,
            times: Times::default(),
            measure: Measure::new(correlation),
            head: Vec::new(),
            tail: std::collections::VecDeque::new(),
            profile: Profile::default(),
            started: now,
            last: now,
            open: None,
            accounted: 0,
        }
    }

    /// Adds an event no earlier than the last one.
    pub(crate) fn feed(
        &mut self,
        correlation: &Correlation,
        stage: Stage<'_>,
        judge: &Judge<'_>,
        changes: &mut Vec<Change>,
    ) {
        let witness = stage.witness;
        let now = witness.time;
        if self.is_idle(correlation, now) {
            self.end(changes);
        }
        self.expire(correlation, now);
        if self.times.total() == 0 {
            self.profile = Profile::default();
            self.started = now;
        }
        self.last = now;
        self.times.push(now, correlation.span);
        self.measure.push(stage, correlation.span);
        self.add_to_profile(witness);
        self.keep(witness);
        let amount = self.amount(correlation);
        let holds = self.holds(correlation, amount);
        match (&mut self.open, holds) {
            (None, false) => {}
            (None, true) => {
                let open = self.raise(amount, judge);
                changes.push(Change::Crossed(open.clone()));
                self.open = Some(Box::new(open));
            }
            (Some(open), true) => {
                let severity = (judge.severity)(amount);
                open.extend(witness, amount, self.measure.is_estimate());
                if severity > open.severity {
                    open.severity = severity;
                    open.changed = false;
                    changes.push(Change::Worse((**open).clone()));
                }
            }
            (Some(_), false) => self.end(changes),
        }
    }

    /// Whether nothing of the group is left in the window that ends at `now`.
    pub(crate) fn is_idle(&self, correlation: &Correlation, now: i64) -> bool {
        now.saturating_sub(self.last) >= correlation.patience()
    }

    /// Ends the finding, and reports its final state when it was not yet.
    pub(crate) fn end(&mut self, changes: &mut Vec<Change>) {
        if let Some(open) = self.open.take()
            && open.changed
        {
            changes.push(Change::Ended(*open));
        }
    }

    /// The measured amount: a count, or a value in the field's unit.
    pub(crate) fn amount(&self, correlation: &Correlation) -> f64 {
        self.measure.amount(correlation, &self.times)
    }

    fn holds(&self, correlation: &Correlation, amount: f64) -> bool {
        match &correlation.requirement {
            requirement @ Requirement::Threshold(_) => requirement.holds(amount),
            Requirement::All => self.measure.all_seen(),
            Requirement::Expression(presence) => {
                presence.holds(&|member| self.measure.seen(member))
            }
        }
    }

    fn expire(&mut self, correlation: &Correlation, now: i64) {
        let cutoff = match correlation.window {
            WindowMode::Sliding => now.saturating_sub(correlation.span),
            WindowMode::Tumbling => now
                .div_euclid(correlation.span)
                .saturating_mul(correlation.span)
                .saturating_sub(1),
            WindowMode::Session => {
                let broken = now.saturating_sub(self.last) > correlation.gap
                    || now.saturating_sub(self.started) > correlation.span;
                if !broken {
                    return;
                }
                now
            }
        };
        if self.times.oldest().is_none_or(|oldest| oldest > cutoff) {
            return;
        }
        self.times.expire(cutoff);
        self.measure.expire(cutoff, correlation.span);
        self.head.retain(|witness| witness.time > cutoff);
        while self
            .tail
            .front()
            .is_some_and(|witness| witness.time <= cutoff)
        {
            self.tail.pop_front();
        }
    }

    fn add_to_profile(&mut self, witness: &Witness) {
        let last = self.tail.back().or_else(|| self.head.last());
        // What the last event shared, this one shares too.
        if !last.is_some_and(|last| last.is_alike(witness)) {
            self.profile.add(witness);
        }
    }

    fn keep(&mut self, witness: &Witness) {
        if self.tail.is_empty() && self.head.len() < HEAD {
            self.head.push(witness.clone());
            return;
        }
        if self.tail.len() == KEPT_TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(witness.clone());
    }

    fn raise(&self, amount: f64, judge: &Judge<'_>) -> Open {
        let kept: Vec<&Witness> = match self.measure.witnesses() {
            Some(witnesses) => witnesses,
            None => self.head.iter().chain(&self.tail).collect(),
        };
        let count = match &self.measure {
            Measure::Sequence(_) => kept.len() as u64,
            _ => self.times.total(),
        };
        // With every event at hand the profile is exact; otherwise it covers
        // more events than the window holds, and so claims less.
        let profile = if kept.len() as u64 == count {
            kept.iter()
                .fold(Profile::default(), |mut profile, witness| {
                    profile.add(witness);
                    profile
                })
        } else {
            self.profile.clone()
        };
        let start = kept.iter().map(|witness| witness.time).min();
        let tail = kept.len().saturating_sub(HEAD).min(TAIL);
        Open {
            id: (judge.identify)(&self.key, self.last),
            raised: self.last,
            start: match &self.measure {
                Measure::Sequence(_) => start,
                _ => self.times.oldest(),
            }
            .unwrap_or(self.last),
            end: self.last,
            count,
            amount,
            estimate: self.measure.is_estimate(),
            severity: (judge.severity)(amount),
            profile,
            first: kept
                .iter()
                .take(HEAD)
                .map(|witness| (*witness).clone())
                .collect(),
            last: kept
                .iter()
                .skip(kept.len() - tail)
                .map(|witness| (*witness).clone())
                .collect(),
            parts: self.key.parts.clone(),
            observed: Vec::new(),
            changed: false,
        }
    }

    /// Bytes the group takes, roughly, and the same after a restore.
    pub(crate) fn bytes(&self) -> usize {
        let key: usize = self
            .key
            .parts
            .iter()
            .flatten()
            .map(|part| part.len() + 24)
            .sum();
        let kept = (self.head.len() + self.tail.len()) * size_of::<Witness>();
        let open = self.open.as_ref().map_or(0, |_| 1_024);
        size_of::<Self>() + key + kept + open + self.times.bytes() + self.measure.bytes()
    }
}

impl Correlation {
    /// How long after its last event a group's window is certainly empty.
    pub(crate) fn patience(&self) -> i64 {
        match self.window {
            WindowMode::Sliding | WindowMode::Tumbling => self.span,
            WindowMode::Session => self.gap.saturating_add(1).min(self.span),
        }
    }
}
