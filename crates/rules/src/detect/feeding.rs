//! From a match to the groups and findings it concerns.

use std::collections::VecDeque;
use std::sync::Arc;

use kumki_model::{Event, Finding};

use super::held::{Held, OwnFeed};
use super::keys::{self, KeyPlan, ValuePlan};
use super::memo::{Feed, Outcome};
use super::{Detector, SourceNames, facts, observe};
use crate::correlation::{Change, GroupKey, Judge, KeyRef, Stage, Witness};
use crate::finding::{identify, quota_finding};

const DAY: i64 = 86_400_000_000;

impl Detector {
    /// Order of feeding: correlations before those that count them, and the
    /// later stages of a sequence first, so that one event fills one stage.
    pub(super) fn feed_order(&self, correlation: usize, member: usize) -> (usize, usize) {
        let rank = self.rank.get(correlation).copied().unwrap_or(usize::MAX);
        (rank, usize::MAX - member)
    }

    /// Plans the groups that matches of rule `index` join.
    pub(super) fn plan_feeds(&self, index: usize, event: &Event<'_>, feeds: &mut Vec<Feed>) {
        for (correlation_index, member) in self.counted_by.get(index).into_iter().flatten() {
            let rule = self.set.rules.get(*correlation_index);
            let Some(correlation) = rule.and_then(|rule| rule.correlation()) else {
                continue;
            };
            let Some(key) = keys::plan_key(&self.hasher, correlation, *member, event) else {
                continue;
            };
            let Some(value) = keys::plan_value(correlation, *member, event) else {
                continue;
            };
            feeds.push(Feed {
                correlation: *correlation_index,
                member: *member,
                key,
                value,
            });
        }
    }

    /// Handles an event that concerns some rule.
    pub(super) fn concern(
        &mut self,
        event: &Event<'_>,
        outcome: Arc<Outcome>,
        names: &dyn SourceNames,
        sink: &mut dyn FnMut(Finding),
    ) {
        let mut facts = None;
        for index in &outcome.raising {
            self.raise(*index, event, &outcome, &mut facts, names, sink);
        }
        let mut own: Vec<OwnFeed> = Vec::new();
        for index in &outcome.open {
            let rule = self.set.rules.get(*index);
            let matched = rule
                .and_then(|rule| rule.detection())
                .is_some_and(|detection| detection.matcher.matches(event));
            if !matched {
                continue;
            }
            if self.raises.get(*index).copied().unwrap_or_default() {
                self.raise(*index, event, &outcome, &mut facts, names, sink);
            }
            for (correlation, member) in self.counted_by.get(*index).into_iter().flatten() {
                own.extend(self.own_feed(*correlation, *member, event));
            }
        }
        if outcome.per_event {
            for feed in outcome.feeds.iter().filter(|feed| feed.is_per_event()) {
                own.extend(self.own_feed(feed.correlation, feed.member, event));
            }
        }
        if outcome.feeds.is_empty() && own.is_empty() {
            return;
        }
        let time = event.time.as_micros();
        if time < self.watermark {
            self.counters.late += 1;
            return;
        }
        self.remember_source(event, names);
        if outcome.facts.is_none() && facts.is_none() {
            facts = Some(facts::of(event));
        }
        let session = self.share_session(event);
        self.queue.push(Held {
            time,
            sequence: self.sequence,
            source: event.location.source.0,
            line: event.location.line,
            outcome,
            facts,
            session,
            own: (!own.is_empty()).then(|| own.into_boxed_slice()),
        });
    }

    fn own_feed(&self, correlation: usize, member: usize, event: &Event<'_>) -> Option<OwnFeed> {
        let compiled = self.set.rules.get(correlation)?.correlation()?;
        let keys = keys::keys(&self.hasher, compiled, member, event)?;
        let value = keys::value(compiled, member, event)?;
        Some(OwnFeed {
            correlation,
            member,
            keys,
            value,
        })
    }

    fn share_session(&mut self, event: &Event<'_>) -> Option<facts::Session> {
        let id = event.session.id.as_deref()?;
        Some(self.sessions.share(id, self.hasher.text(id)))
    }

    fn remember_source(&mut self, event: &Event<'_>, names: &dyn SourceNames) {
        let source = event.location.source;
        if self.last_source == Some(source) {
            return;
        }
        self.last_source = Some(source);
        self.names
            .entry(source.0)
            .or_insert_with(|| names.name(source));
    }

    /// A match of a detection rule that raises findings.
    fn raise(
        &mut self,
        index: usize,
        event: &Event<'_>,
        outcome: &Outcome,
        facts: &mut Option<Arc<crate::correlation::Facts>>,
        names: &dyn SourceNames,
        sink: &mut dyn FnMut(Finding),
    ) {
        self.remember_source(event, names);
        let facts = match &outcome.facts {
            Some(facts) => Arc::clone(facts),
            None => Arc::clone(facts.get_or_insert_with(|| facts::of(event))),
        };
        let witness = Witness {
            time: event.time.as_micros(),
            sequence: self.sequence,
            source: event.location.source.0,
            line: event.location.line,
            facts,
            session: self.share_session(event).map(|session| session.id),
        };
        let set = Arc::clone(&self.set);
        let Some(rule) = set.rules.get(index) else {
            return;
        };
        let Some(detection) = rule.detection() else {
            return;
        };
        let parts: Vec<Option<String>> = detection
            .group_by
            .iter()
            .map(|field| {
                field
                    .value(event)
                    .map(|value| keys::texts(&value).join(", "))
            })
            .collect();
        let key = GroupKey {
            hash: self.hasher.key(&parts),
            parts,
        };
        let Some(repeats) = self.repeats.get_mut(index) else {
            return;
        };
        let mut changes = Vec::new();
        let observe = || observe::matched_fields(&detection.compiled, event);
        repeats.matched(
            rule,
            self.options.quota,
            key,
            &witness,
            &observe,
            &mut changes,
        );
        self.next_due = self.next_due.min(repeats.next_due().unwrap_or(i64::MAX));
        let evicted = std::mem::take(&mut repeats.evicted);
        self.report(index, changes, sink);
        self.note_evictions(index, evicted, witness.time, sink);
    }

    /// Counts an event whose turn has come.
    pub(super) fn count(&mut self, held: &Held, sink: &mut dyn FnMut(Finding)) {
        let witness = held.witness();
        let mut changes: VecDeque<(usize, Change)> = VecDeque::new();
        match &held.own {
            None => {
                for feed in &held.outcome.feeds {
                    self.feed_planned(feed, held, &witness, &mut changes, sink);
                }
            }
            Some(own) => self.feed_merged(held, own, &witness, &mut changes, sink),
        }
        // Correlations that count the ones that just fired.
        while let Some((index, change)) = changes.pop_front() {
            if let Change::Crossed(open) = &change {
                let parents = self.counted_by.get(index).cloned().unwrap_or_default();
                for (parent, member) in parents {
                    self.feed_parent(parent, member, &open.parts, &witness, &mut changes, sink);
                }
            }
            self.report(index, vec![change], sink);
        }
    }

    /// Feeds planned and own groups together, in order.
    fn feed_merged(
        &mut self,
        held: &Held,
        own: &[OwnFeed],
        witness: &Witness,
        changes: &mut VecDeque<(usize, Change)>,
        sink: &mut dyn FnMut(Finding),
    ) {
        enum Either<'a> {
            Planned(&'a Feed),
            Own(&'a OwnFeed),
        }
        let mut feeds: Vec<((usize, usize), Either<'_>)> = Vec::new();
        for feed in held
            .outcome
            .feeds
            .iter()
            .filter(|feed| !feed.is_per_event())
        {
            feeds.push((
                self.feed_order(feed.correlation, feed.member),
                Either::Planned(feed),
            ));
        }
        for feed in own {
            feeds.push((
                self.feed_order(feed.correlation, feed.member),
                Either::Own(feed),
            ));
        }
        feeds.sort_by_key(|(order, _)| *order);
        for (_, feed) in feeds {
            match feed {
                Either::Planned(feed) => self.feed_planned(feed, held, witness, changes, sink),
                Either::Own(feed) => {
                    for key in &feed.keys {
                        let stage = Stage {
                            witness,
                            member: feed.member,
                            hashes: &feed.value.hashes,
                            number: feed.value.number,
                        };
                        let key = KeyRef::Whole(key);
                        self.feed(feed.correlation, key, stage, changes, sink);
                    }
                }
            }
        }
    }

    fn feed_planned(
        &mut self,
        feed: &Feed,
        held: &Held,
        witness: &Witness,
        changes: &mut VecDeque<(usize, Change)>,
        sink: &mut dyn FnMut(Finding),
    ) {
        let ValuePlan::Fixed(value) = &feed.value else {
            return;
        };
        let stage = Stage {
            witness,
            member: feed.member,
            hashes: &value.hashes,
            number: value.number,
        };
        match &feed.key {
            KeyPlan::PerEvent => {}
            KeyPlan::Fixed(keys) => {
                for key in keys {
                    let key = KeyRef::Whole(key);
                    self.feed(feed.correlation, key, stage, changes, sink);
                }
            }
            KeyPlan::Session { template, at } => {
                let Some(session) = &held.session else {
                    return;
                };
                let part = self.hasher.part(*at, session.hash);
                let session = &*session.id;
                let hash = template.hash.wrapping_add(part);
                let key = KeyRef::Session {
                    template,
                    at: *at,
                    session,
                    hash,
                };
                self.feed(feed.correlation, key, stage, changes, sink);
            }
        }
    }

    fn feed_parent(
        &mut self,
        parent: usize,
        member: usize,
        parts: &[Option<String>],
        witness: &Witness,
        changes: &mut VecDeque<(usize, Change)>,
        sink: &mut dyn FnMut(Finding),
    ) {
        let set = Arc::clone(&self.set);
        let Some(correlation) = set.rules.get(parent).and_then(|rule| rule.correlation()) else {
            return;
        };
        let Some(key) = keys::key_of_parts(&self.hasher, correlation, member, parts) else {
            return;
        };
        let Some(value) = keys::value_of_parts(correlation, member, parts) else {
            return;
        };
        let stage = Stage {
            witness,
            member,
            hashes: &value.hashes,
            number: value.number,
        };
        self.feed(parent, KeyRef::Whole(&key), stage, changes, sink);
    }

    fn feed(
        &mut self,
        index: usize,
        key: KeyRef<'_>,
        stage: Stage<'_>,
        changes: &mut VecDeque<(usize, Change)>,
        sink: &mut dyn FnMut(Finding),
    ) {
        let Some(rule) = self.set.rules.get(index) else {
            return;
        };
        let Some(correlation) = rule.correlation() else {
            return;
        };
        let Some(store) = self.stores.get_mut(index).and_then(Option::as_mut) else {
            return;
        };
        let judge = Judge {
            severity: &|amount| rule.severity(amount),
            identify: &|key, time| identify(&rule.info, &key.parts, time),
        };
        let mut own = Vec::new();
        store.feed(
            correlation,
            self.options.quota,
            key,
            stage,
            &judge,
            &mut own,
        );
        let evicted = std::mem::take(&mut store.evicted);
        if !own.is_empty() {
            self.next_due = self.next_due.min(store.next_due().unwrap_or(i64::MAX));
            changes.extend(own.into_iter().map(|change| (index, change)));
        }
        if evicted > 0 {
            self.note_evictions(index, evicted, stage.witness.time, sink);
        }
    }

    /// One finding per rule and day says that state was given up.
    fn note_evictions(
        &mut self,
        index: usize,
        evicted: u64,
        time: i64,
        sink: &mut dyn FnMut(Finding),
    ) {
        if evicted == 0 {
            return;
        }
        self.counters.evicted += evicted;
        let Some(rule) = self.set.rules.get(index) else {
            return;
        };
        let day = time.div_euclid(DAY);
        match self.evictions.get_mut(&index) {
            Some((known, total)) if *known == day => *total += evicted,
            previous => {
                if let Some((known, total)) = previous {
                    sink(quota_finding(&rule.info, *known, time, *total));
                }
                sink(quota_finding(&rule.info, day, time, evicted));
                self.evictions.insert(index, (day, evicted));
            }
        }
    }
}
