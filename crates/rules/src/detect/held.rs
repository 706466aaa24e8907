//! Holds events back until they can be counted in order of time.
//!
//! Logs are nearly in order, not quite. An event waits until the watermark
//! (the latest event time less the lateness allowed) has passed it; then every
//! event that may come before it has come. Events in order cost a push and a
//! pop; stragglers go through a heap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::facts::Session;
use super::keys::Value;
use super::memo::Outcome;
use crate::correlation::{Facts, GroupKey, Witness};

/// Events held at most; beyond that the oldest is counted before its time.
const CAPACITY: usize = 1 << 18;

/// A group joined through fields that were read when the event came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwnFeed {
    pub(crate) correlation: usize,
    pub(crate) member: usize,
    pub(crate) keys: Vec<GroupKey>,
    pub(crate) value: Value,
}

/// An event that waits.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) time: i64,
    pub(crate) sequence: u64,
    pub(crate) source: u32,
    pub(crate) line: u64,
    /// Groups joined through stable fields.
    pub(crate) outcome: Arc<Outcome>,
    /// Who and what, unless the outcome says it.
    pub(crate) facts: Option<Arc<Facts>>,
    pub(crate) session: Option<Session>,
    pub(crate) own: Option<Box<[OwnFeed]>>,
}

impl Held {
    /// The event as evidence.
    pub(crate) fn witness(&self) -> Witness {
        let facts = self.facts.as_ref().or(self.outcome.facts.as_ref());
        Witness {
            time: self.time,
            sequence: self.sequence,
            source: self.source,
            line: self.line,
            facts: facts.cloned().unwrap_or_default(),
            session: self.session.as_ref().map(|session| Arc::clone(&session.id)),
        }
    }

    fn place(&self) -> (i64, u64) {
        (self.time, self.sequence)
    }
}

struct Straggler(Held);

impl PartialEq for Straggler {
    fn eq(&self, other: &Self) -> bool {
        self.0.place() == other.0.place()
    }
}

impl Eq for Straggler {}

impl PartialOrd for Straggler {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Straggler {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.place().cmp(&other.0.place())
    }
}

/// Events that wait, in order of time, then of arrival.
#[derive(Default)]
pub(crate) struct Queue {
    ordered: VecDeque<Held>,
    stragglers: BinaryHeap<Reverse<Straggler>>,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("len", &self.len()).finish()
    }
}

impl Queue {
    /// Adds an event.
    pub(crate) fn push(&mut self, held: Held) {
        match self.ordered.back() {
            Some(last) if last.place() > held.place() => {
                self.stragglers.push(Reverse(Straggler(held)));
            }
            _ => self.ordered.push_back(held),
        }
    }

    /// Takes the earliest event if `watermark` has reached it, or if too many wait.
    pub(crate) fn pop(&mut self, watermark: i64) -> Option<Held> {
        let first = self.ordered.front().map(Held::place);
        let straggler = self.stragglers.peek().map(|held| held.0.0.place());
        let (place, from_heap) = match (first, straggler) {
            (None, None) => return None,
            (Some(first), Some(straggler)) if straggler < first => (straggler, true),
            (Some(first), _) => (first, false),
            (None, Some(straggler)) => (straggler, true),
        };
        if place.0 > watermark && self.len() <= CAPACITY {
            return None;
        }
        if from_heap {
            self.stragglers.pop().map(|held| held.0.0)
        } else {
            self.ordered.pop_front()
        }
    }

    /// How many events wait.
    pub(crate) fn len(&self) -> usize {
        self.ordered.len() + self.stragglers.len()
    }

    /// Every event that waits, in order.
    pub(crate) fn sorted(&self) -> Vec<&Held> {
        let mut all: Vec<&Held> = self
            .ordered
            .iter()
            .chain(self.stragglers.iter().map(|held| &held.0.0))
            .collect();
        all.sort_by_key(|held| held.place());
        all
    }
}
