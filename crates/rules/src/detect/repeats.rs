//! Findings of detection rules: repeated matches are one finding.
//!
//! The first match of a group raises a finding at once; matches within the
//! rule's `repeat` of it extend it. Matches need no order: an event that comes
//! late is still a match.

use std::collections::BTreeSet;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::correlation::{Change, GroupKey, Quota, Witness};
use crate::finding::{Open, Profile, identify};
use crate::rule::{Detection, Rule};

/// A finding of a detection rule that may still grow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Repeat {
    pub(crate) key: GroupKey,
    pub(crate) open: Open,
    /// Where it stands in the list of what is due.
    pub(crate) deadline: i64,
}

/// The growing findings of one detection rule.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Repeats {
    slots: Vec<Option<Repeat>>,
    free: Vec<u32>,
    /// Made anew by [`Repeats::rehash`] after a restore.
    #[serde(skip)]
    index: HashTable<u32>,
    /// By when they end at the earliest.
    due: BTreeSet<(i64, u32)>,
    /// Findings ended early since the last look.
    pub(crate) evicted: u64,
}

impl Repeats {
    /// A match. `observe` says which fields matched; it is asked for the first
    /// match of a finding only.
    pub(crate) fn matched(
        &mut self,
        rule: &Rule,
        quota: Quota,
        key: GroupKey,
        witness: &Witness,
        observe: &dyn Fn() -> Vec<(String, Json)>,
        changes: &mut Vec<Change>,
    ) {
        let Some(detection) = rule.detection() else {
            return;
        };
        let slots = &self.slots;
        let found = self
            .index
            .find(key.hash, |slot| {
                slots
                    .get(*slot as usize)
                    .and_then(Option::as_ref)
                    .is_some_and(|repeat| repeat.key.parts == key.parts)
            })
            .copied();
        if let Some(slot) = found
            && let Some(repeat) = self.slots.get_mut(slot as usize).and_then(Option::as_mut)
        {
            let open = &mut repeat.open;
            let joins = witness.time <= open.end.saturating_add(detection.repeat)
                && witness.time >= open.start.saturating_sub(detection.repeat);
            if joins {
                open.extend(witness, open.amount + 1.0, false);
                let severity = rule.severity(open.amount);
                if severity > open.severity {
                    open.severity = severity;
                    open.changed = false;
                    changes.push(Change::Worse(open.clone()));
                }
                return;
            }
            self.end(slot, changes);
        }
        let open = Open {
            id: identify(&rule.info, &key.parts, witness.time),
            raised: witness.time,
            start: witness.time,
            end: witness.time,
            count: 1,
            amount: 1.0,
            estimate: false,
            severity: rule.severity(1.0),
            profile: {
                let mut profile = Profile::default();
                profile.add(witness);
                profile
            },
            first: vec![witness.clone()],
            last: Vec::new(),
            parts: key.parts.clone(),
            observed: observe(),
            changed: false,
        };
        changes.push(Change::Crossed(open.clone()));
        if self.index.len() >= quota.groups.max(1)
            && let Some((_, slot)) = self.due.first().copied()
        {
            self.end(slot, changes);
            self.evicted += 1;
        }
        self.place(
            detection,
            Repeat {
                key,
                open,
                deadline: 0,
            },
        );
    }

    fn place(&mut self, detection: &Detection, mut repeat: Repeat) {
        let deadline = repeat.open.end.saturating_add(detection.repeat);
        repeat.deadline = deadline;
        let slot = match self.free.pop() {
            Some(slot) => {
                if let Some(place) = self.slots.get_mut(slot as usize) {
                    *place = Some(repeat);
                }
                slot
            }
            None => {
                self.slots.push(Some(repeat));
                u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.enter(slot);
        self.due.insert((deadline, slot));
    }

    /// Enters the finding of a slot into the index.
    fn enter(&mut self, slot: u32) {
        let slots = &self.slots;
        let hash_of = |slot: u32| {
            slots
                .get(slot as usize)
                .and_then(Option::as_ref)
                .map(|repeat| repeat.key.hash)
        };
        if let Some(hash) = hash_of(slot) {
            self.index
                .insert_unique(hash, slot, |slot| hash_of(*slot).unwrap_or(0));
        }
    }

    /// Finds findings by these hashes of their keys from now on.
    pub(crate) fn rehash(&mut self, hash: impl Fn(&GroupKey) -> u64) {
        self.index.clear();
        for repeat in self.slots.iter_mut().flatten() {
            repeat.key.hash = hash(&repeat.key);
        }
        for slot in 0..self.slots.len() {
            self.enter(u32::try_from(slot).unwrap_or(u32::MAX));
        }
    }

    /// Ends findings whose time to repeat has passed.
    pub(crate) fn advance(
        &mut self,
        detection: &Detection,
        watermark: i64,
        changes: &mut Vec<Change>,
    ) {
        while let Some((deadline, slot)) = self.due.first().copied()
            && deadline < watermark
        {
            self.due.remove(&(deadline, slot));
            let Some(repeat) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) else {
                continue;
            };
            let later = repeat.open.end.saturating_add(detection.repeat);
            if later >= watermark && later > deadline {
                repeat.deadline = later;
                self.due.insert((later, slot));
            } else {
                self.end(slot, changes);
            }
        }
    }

    /// When [`Repeats::advance`] has something to do at the earliest.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.due
            .first()
            .map(|(deadline, _)| deadline.saturating_add(1))
    }

    /// Ends every finding.
    pub(crate) fn finish(&mut self, changes: &mut Vec<Change>) {
        while let Some((deadline, slot)) = self.due.first().copied() {
            self.end(slot, changes);
            self.due.remove(&(deadline, slot));
        }
    }

    fn end(&mut self, slot: u32, changes: &mut Vec<Change>) {
        let Some(repeat) = self.slots.get_mut(slot as usize).and_then(Option::take) else {
            return;
        };
        if let Ok(entry) = self
            .index
            .find_entry(repeat.key.hash, |known| *known == slot)
        {
            entry.remove();
        }
        self.due.remove(&(repeat.deadline, slot));
        self.free.push(slot);
        if repeat.open.changed {
            changes.push(Change::Ended(repeat.open));
        }
    }
}
