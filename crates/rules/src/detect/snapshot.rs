//! Saves and restores what a detector knows.
//!
//! A snapshot belongs to a set of rules and to the offsets up to which the
//! inputs were read; both are part of it. A detector restored from it and fed
//! what comes after those offsets raises what the first would have raised,
//! with the same ids, and nothing twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::facts::Session;
use super::held::{Held, OwnFeed};
use super::keys::{KeyPlan, ValuePlan};
use super::memo::Outcome;
use super::repeats::Repeats;
use super::{Counters, Detector};
use crate::correlation::{GroupKey, Store, Witness};
use crate::error::Error;

/// Format written and read.
const VERSION: u32 = 1;

/// Where each input was read up to: whatever the caller needs to go on.
pub type Offsets = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    rules: String,
}

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    rules: &'a str,
    offsets: &'a Offsets,
    latest: i64,
    leap: Option<i64>,
    watermark: i64,
    sequence: u64,
    counters: Counters,
    names: &'a BTreeMap<u32, String>,
    evictions: &'a BTreeMap<usize, (i64, u64)>,
    waiting: Vec<Waiting>,
    stores: &'a [Option<Store>],
    repeats: &'a [Repeats],
}

#[derive(Deserialize)]
struct Restored {
    offsets: Offsets,
    latest: i64,
    leap: Option<i64>,
    watermark: i64,
    sequence: u64,
    counters: Counters,
    names: BTreeMap<u32, String>,
    evictions: BTreeMap<usize, (i64, u64)>,
    waiting: Vec<Waiting>,
    stores: Vec<Option<Store>>,
    repeats: Vec<Repeats>,
}

/// An event that waits, with its groups spelled out.
#[derive(Serialize, Deserialize)]
struct Waiting {
    witness: Witness,
    feeds: Vec<OwnFeed>,
}

impl Waiting {
    fn of(held: &Held) -> Self {
        let mut feeds: Vec<OwnFeed> = held.own.as_deref().unwrap_or_default().to_vec();
        for feed in &held.outcome.feeds {
            let ValuePlan::Fixed(value) = &feed.value else {
                continue;
            };
            let keys = match &feed.key {
                KeyPlan::PerEvent => continue,
                KeyPlan::Fixed(keys) => keys.clone(),
                KeyPlan::Session { template, at } => {
                    let Some(session) = &held.session else {
                        continue;
                    };
                    let mut parts = template.parts.clone();
                    if let Some(part) = parts.get_mut(*at) {
                        *part = Some(session.id.to_string());
                    }
                    vec![GroupKey { hash: 0, parts }]
                }
            };
            feeds.push(OwnFeed {
                correlation: feed.correlation,
                member: feed.member,
                keys,
                value: value.clone(),
            });
        }
        Self {
            witness: held.witness(),
            feeds,
        }
    }
}

impl Detector {
    /// Everything the detector knows, bound to the offsets up to which its
    /// events were read.
    ///
    /// # Errors
    /// [`Error::SnapshotFormat`] when it cannot be written.
    pub fn snapshot(&self, offsets: &Offsets) -> Result<Vec<u8>, Error> {
        let saved = Saved {
            version: VERSION,
            rules: &self.set.digest,
            offsets,
            latest: self.latest,
            leap: self.leap,
            watermark: self.watermark,
            sequence: self.sequence,
            counters: self.counters,
            names: &self.names,
            evictions: &self.evictions,
            waiting: self.queue.sorted().into_iter().map(Waiting::of).collect(),
            stores: &self.stores,
            repeats: &self.repeats,
        };
        serde_json::to_vec(&saved).map_err(Error::SnapshotFormat)
    }

    /// Takes a snapshot back into a detector of the same rules that has seen
    /// nothing yet. Returns the offsets from which to go on.
    ///
    /// # Errors
    /// When the snapshot is of another format or of other rules, or cannot be
    /// read. The detector is unchanged then.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<Offsets, Error> {
        let header: Header = serde_json::from_slice(snapshot).map_err(Error::SnapshotFormat)?;
        if header.version != VERSION {
            return Err(Error::SnapshotVersion {
                found: header.version,
                expected: VERSION,
            });
        }
        if header.rules != self.set.digest {
            return Err(Error::SnapshotRules);
        }
        let saved: Restored = serde_json::from_slice(snapshot).map_err(Error::SnapshotFormat)?;
        let rules = self.set.rules.len();
        if saved.stores.len() != rules || saved.repeats.len() != rules {
            return Err(Error::SnapshotRules);
        }
        self.latest = saved.latest;
        self.leap = saved.leap;
        self.watermark = saved.watermark;
        self.sequence = saved.sequence;
        self.counters = saved.counters;
        self.names = saved.names;
        self.evictions = saved.evictions;
        // Hashes are seeded per detector, so keys are entered anew.
        let hasher = self.hasher.clone();
        self.stores = saved.stores;
        for store in self.stores.iter_mut().flatten() {
            store.rehash(|key| hasher.key(&key.parts));
        }
        self.repeats = saved.repeats;
        for repeats in &mut self.repeats {
            repeats.rehash(|key| hasher.key(&key.parts));
        }
        let nothing = Arc::new(Outcome::default());
        for waiting in saved.waiting {
            self.hold_again(waiting, &nothing);
        }
        // Looked at with the next event; finds its own value then.
        self.next_due = i64::MIN;
        Ok(saved.offsets)
    }

    fn hold_again(&mut self, waiting: Waiting, nothing: &Arc<Outcome>) {
        let Waiting { witness, mut feeds } = waiting;
        for feed in &mut feeds {
            for key in &mut feed.keys {
                key.hash = self.hasher.key(&key.parts);
            }
        }
        self.queue.push(Held {
            time: witness.time,
            sequence: witness.sequence,
            source: witness.source,
            line: witness.line,
            outcome: Arc::clone(nothing),
            facts: Some(witness.facts),
            session: witness.session.map(|id| Session {
                hash: self.hasher.text(&id),
                id,
            }),
            own: Some(feeds.into_boxed_slice()),
        });
    }
}
