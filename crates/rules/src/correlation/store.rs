//! All groups of one correlation, within a quota.
//!
//! Groups are found by the hash of their key, numbered in a slab, and freed
//! when their window is empty. When the quota is full, the group with the
//! least progress among a sample is given up: a flood of new keys gives up
//! its own members first, never the group one event short of its threshold.

use std::collections::BTreeSet;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use super::Correlation;
use super::group::{Change, Group, GroupKey, Judge, Stage};

/// Groups looked at to find one to give up.
const SAMPLE: usize = 16;

/// How much state one rule may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Groups.
    pub groups: usize,
    /// Bytes, roughly.
    pub bytes: usize,
}

impl Default for Quota {
    /// 100,000 groups and 64 MiB per rule.
    fn default() -> Self {
        Self {
            groups: 100_000,
            bytes: 64 << 20,
        }
    }
}

/// A key to look up, without a copy where it can be avoided.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyRef<'a> {
    /// A whole key.
    Whole(&'a GroupKey),
    /// A key whose part at an index is the session of the event.
    Session {
        template: &'a GroupKey,
        at: usize,
        session: &'a str,
        hash: u64,
    },
}

impl KeyRef<'_> {
    pub(crate) fn hash(&self) -> u64 {
        match self {
            Self::Whole(key) => key.hash,
            Self::Session { hash, .. } => *hash,
        }
    }

    fn is(&self, key: &GroupKey) -> bool {
        match self {
            Self::Whole(whole) => whole.parts == key.parts,
            Self::Session {
                template,
                at,
                session,
                ..
            } => {
                key.parts.len() == template.parts.len()
                    && key.parts.iter().zip(&template.parts).enumerate().all(
                        |(index, (part, fixed))| {
                            if index == *at {
                                part.as_deref() == Some(*session)
                            } else {
                                part == fixed
                            }
                        },
                    )
            }
        }
    }

    fn to_key(self) -> GroupKey {
        match self {
            Self::Whole(key) => key.clone(),
            Self::Session {
                template,
                at,
                session,
                hash,
            } => {
                let mut parts = template.parts.clone();
                if let Some(part) = parts.get_mut(at) {
                    *part = Some(session.to_owned());
                }
                GroupKey { hash, parts }
            }
        }
    }
}

/// The groups of one correlation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Store {
    slots: Vec<Option<Group>>,
    free: Vec<u32>,
    /// Made anew by [`Store::rehash`] after a restore.
    #[serde(skip)]
    index: HashTable<u32>,
    /// Groups with a finding, by when they are idle at the earliest.
    due: BTreeSet<(i64, u32)>,
    bytes: usize,
    cursor: usize,
    /// Groups given up since the last look.
    pub(crate) evicted: u64,
}

impl Store {
    /// The group of that key.
    pub(crate) fn get(&self, key: KeyRef<'_>) -> Option<&Group> {
        let slot = *self.index.find(key.hash(), |slot| self.holds(*slot, key))?;
        self.slots.get(slot as usize)?.as_ref()
    }

    fn holds(&self, slot: u32, key: KeyRef<'_>) -> bool {
        self.slots
            .get(slot as usize)
            .and_then(Option::as_ref)
            .is_some_and(|group| group.key.hash == key.hash() && key.is(&group.key))
    }

    /// Adds an event to the group of `key`.
    pub(crate) fn feed(
        &mut self,
        correlation: &Correlation,
        quota: Quota,
        key: KeyRef<'_>,
        stage: Stage<'_>,
        judge: &Judge<'_>,
        changes: &mut Vec<Change>,
    ) {
        let now = stage.witness.time;
        self.sweep(correlation, now);
        let found = self
            .index
            .find(key.hash(), |slot| self.holds(*slot, key))
            .copied();
        let slot = match found {
            Some(slot) => slot,
            None => match self.insert(correlation, quota, key, now) {
                Some(slot) => slot,
                None => return,
            },
        };
        let Some(group) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) else {
            return;
        };
        let was_open = group.open.is_some();
        group.feed(correlation, stage, judge, changes);
        if !was_open && group.open.is_some() {
            self.due
                .insert((now.saturating_add(correlation.patience()), slot));
        }
        let bytes = group.bytes();
        self.bytes = (self.bytes + bytes).saturating_sub(group.accounted);
        group.accounted = bytes;
        while self.bytes > quota.bytes && self.give_up(correlation, Some(slot)) {}
    }

    /// Ends findings of groups that are idle at `watermark`.
    pub(crate) fn advance(
        &mut self,
        correlation: &Correlation,
        watermark: i64,
        changes: &mut Vec<Change>,
    ) {
        while let Some((deadline, slot)) = self.due.first().copied()
            && deadline <= watermark
        {
            self.due.remove(&(deadline, slot));
            let Some(group) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) else {
                continue;
            };
            if group.open.is_none() {
                continue;
            }
            if group.is_idle(correlation, watermark) {
                group.end(changes);
                self.remove(slot);
            } else {
                self.due
                    .insert((group.last.saturating_add(correlation.patience()), slot));
            }
        }
    }

    /// When [`Store::advance`] has something to do at the earliest.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.due.first().map(|(deadline, _)| *deadline)
    }

    /// Ends every finding.
    pub(crate) fn finish(&mut self, changes: &mut Vec<Change>) {
        for group in self.slots.iter_mut().flatten() {
            group.end(changes);
        }
        self.due.clear();
    }

    /// Finds groups by these hashes of their keys from now on.
    pub(crate) fn rehash(&mut self, hash: impl Fn(&GroupKey) -> u64) {
        self.index.clear();
        for group in self.slots.iter_mut().flatten() {
            group.key.hash = hash(&group.key);
        }
        for slot in 0..self.slots.len() {
            self.enter(u32::try_from(slot).unwrap_or(u32::MAX));
        }
    }

    fn insert(
        &mut self,
        correlation: &Correlation,
        quota: Quota,
        key: KeyRef<'_>,
        now: i64,
    ) -> Option<u32> {
        if self.index.len() >= quota.groups.max(1) && !self.give_up(correlation, None) {
            self.evicted += 1;
            return None;
        }
        Some(self.place(Group::new(key.to_key(), correlation, now)))
    }

    fn place(&mut self, mut group: Group) -> u32 {
        group.accounted = group.bytes();
        self.bytes += group.accounted;
        let slot = match self.free.pop() {
            Some(slot) => {
                if let Some(place) = self.slots.get_mut(slot as usize) {
                    *place = Some(group);
                }
                slot
            }
            None => {
                self.slots.push(Some(group));
                u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.enter(slot);
        slot
    }

    /// Enters the group of a slot into the index.
    fn enter(&mut self, slot: u32) {
        let slots = &self.slots;
        let hash_of = |slot: u32| {
            slots
                .get(slot as usize)
                .and_then(Option::as_ref)
                .map(|group| group.key.hash)
        };
        if let Some(hash) = hash_of(slot) {
            self.index
                .insert_unique(hash, slot, |slot| hash_of(*slot).unwrap_or(0));
        }
    }

    fn remove(&mut self, slot: u32) {
        let Some(group) = self.slots.get_mut(slot as usize).and_then(Option::take) else {
            return;
        };
        self.bytes = self.bytes.saturating_sub(group.accounted);
        if let Ok(entry) = self
            .index
            .find_entry(group.key.hash, |known| *known == slot)
        {
            entry.remove();
        }
        self.free.push(slot);
    }

    /// Looks at one slot and frees it when its window is empty.
    fn sweep(&mut self, correlation: &Correlation, now: i64) {
        self.cursor = if self.cursor + 1 < self.slots.len() {
            self.cursor + 1
        } else {
            0
        };
        let idle = self
            .slots
            .get(self.cursor)
            .and_then(Option::as_ref)
            .is_some_and(|group| group.open.is_none() && group.is_idle(correlation, now));
        if idle {
            self.remove(u32::try_from(self.cursor).unwrap_or(u32::MAX));
        }
    }

    /// Gives up the group with the least progress of a sample, never one with
    /// a finding. False when there is none to give up.
    fn give_up(&mut self, correlation: &Correlation, keep: Option<u32>) -> bool {
        let mut victim: Option<(f64, i64, u32)> = None;
        let mut looked_at = 0;
        for _ in 0..self.slots.len() {
            self.cursor = if self.cursor + 1 < self.slots.len() {
                self.cursor + 1
            } else {
                0
            };
            let slot = u32::try_from(self.cursor).unwrap_or(u32::MAX);
            let Some(group) = self.slots.get(self.cursor).and_then(Option::as_ref) else {
                continue;
            };
            if group.open.is_some() || keep == Some(slot) {
                continue;
            }
            let candidate = (group.amount(correlation), group.last, slot);
            let is_colder =
                victim.is_none_or(|(amount, last, _)| (candidate.0, candidate.1) < (amount, last));
            if is_colder {
                victim = Some(candidate);
            }
            looked_at += 1;
            if looked_at == SAMPLE {
                break;
            }
        }
        let Some((_, _, slot)) = victim else {
            return false;
        };
        self.remove(slot);
        self.evicted += 1;
        true
    }
}
