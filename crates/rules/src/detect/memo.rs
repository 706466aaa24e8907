//! Remembers what stable fields decide.
//!
//! Most statements of a server are a few shapes run by a few users. For each
//! combination of kind, codes, flags, session context and shape, the rules
//! that match, the rules still open and the groups joined are worked out once.
//! The memory is bounded and forgets everything when it is full.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use kumki_model::Event;

use super::keys::{KeyPlan, ValuePlan};
use crate::correlation::Facts;
use crate::finding::doubt_bits;

/// Combinations remembered.
const CAPACITY: usize = 65_536;

/// A group that matching events join.
#[derive(Debug)]
pub(crate) struct Feed {
    /// Index of the correlation's rule.
    pub(crate) correlation: usize,
    pub(crate) member: usize,
    pub(crate) key: KeyPlan,
    pub(crate) value: ValuePlan,
}

impl Feed {
    /// Whether something of it must be worked out per event.
    pub(crate) fn is_per_event(&self) -> bool {
        matches!(self.key, KeyPlan::PerEvent) || self.value == ValuePlan::PerEvent
    }
}

/// What stable fields decide about an event.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Rules that match and raise findings of their own.
    pub(crate) raising: Vec<usize>,
    /// Rules that volatile fields decide.
    pub(crate) open: Vec<usize>,
    /// Groups joined, in the order they are fed.
    pub(crate) feeds: Vec<Feed>,
    /// Whether a feed must be worked out per event.
    pub(crate) per_event: bool,
    /// Who and what, when the text of such events is always the same.
    pub(crate) facts: Option<Arc<Facts>>,
}

impl Outcome {
    /// Whether such events concern no rule at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.raising.is_empty() && self.open.is_empty() && self.feeds.is_empty()
    }
}

/// Everything but command and class, packed: kind, level, doubts, flags and
/// failure; context and shape; SQLSTATE.
type Codes = [u64; 3];

#[derive(Debug)]
struct Entry {
    codes: Codes,
    command: Box<str>,
    class: Box<str>,
    hash: u64,
    outcome: Arc<Outcome>,
}

/// Outcomes by what they depend on.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    entries: HashTable<Entry>,
    hasher: RandomState,
}

/// A key worked out for one event.
pub(crate) struct MemoKey<'e> {
    codes: Codes,
    command: &'e str,
    class: &'e str,
    hash: u64,
}

impl Memo {
    /// The key of an event.
    pub(crate) fn key<'e>(&self, event: &Event<'e>) -> MemoKey<'e> {
        let statement = event.statement.as_ref();
        let flags = statement.map_or(0, |statement| {
            1 | u8::from(statement.audited) << 1 | u8::from(statement.object_audit) << 2
        });
        let shape = statement.and_then(|statement| statement.shape);
        let failure = event.auth_failure.map_or(0, |failure| failure as u64 + 1);
        let small = event.kind as u64
            | (event.level as u64) << 8
            | u64::from(doubt_bits(event.ambiguous)) << 16
            | u64::from(flags) << 24
            | failure << 32
            | u64::from(shape.is_some()) << 40;
        let context = u64::from(event.session.context.0) << 32;
        let shape = shape.map_or(0, |shape| u64::from(shape.id.0));
        let sqlstate = event
            .sqlstate
            .as_str()
            .bytes()
            .fold(0, |packed, byte| packed << 8 | u64::from(byte));
        let codes = [small, context | shape, sqlstate];
        let command = statement.map_or("", |statement| statement.command);
        let class = statement.map_or("", |statement| statement.class);
        let mut hasher = self.hasher.build_hasher();
        for code in codes {
            hasher.write_u64(code);
        }
        // The class nearly follows from the command; equality looks at both.
        hasher.write(command.as_bytes());
        let hash = hasher.finish();
        MemoKey {
            codes,
            command,
            class,
            hash,
        }
    }

    /// What is remembered for the key.
    pub(crate) fn get(&self, key: &MemoKey<'_>) -> Option<&Arc<Outcome>> {
        self.entries
            .find(key.hash, |entry| {
                entry.codes == key.codes
                    && *entry.command == *key.command
                    && *entry.class == *key.class
            })
            .map(|entry| &entry.outcome)
    }

    /// Remembers an outcome.
    pub(crate) fn insert(&mut self, key: &MemoKey<'_>, outcome: Arc<Outcome>) {
        if self.entries.len() >= CAPACITY {
            self.entries.clear();
        }
        let entry = Entry {
            codes: key.codes,
            command: key.command.into(),
            class: key.class.into(),
            hash: key.hash,
            outcome,
        };
        self.entries
            .insert_unique(key.hash, entry, |entry| entry.hash);
    }
}
