//! Runs rules over a stream of events.
//!
//! Comes in: events in order of arrival. Goes out: findings, each again with
//! the same id when it grows worse and when it ends. A [`Detector`] reads no
//! clock; the time is that of the events.

mod facts;
mod feeding;
mod held;
mod keys;
mod matcher;
mod memo;
mod observe;
mod progress;
mod repeats;
mod snapshot;

use std::collections::BTreeMap;
use std::sync::Arc;

use kumki_model::{Event, Finding, SourceId, Timestamp};

pub(crate) use matcher::Matcher;
pub use snapshot::Offsets;

use crate::correlation::{Change, Quota, Store};
use crate::finding::{Names, quota_finding, render};
use crate::rule::RuleSet;
use held::Queue;
use keys::KeyHasher;
use matcher::Truth;
use memo::{Memo, Outcome};
use repeats::Repeats;

/// Names of the inputs events come from, for evidence.
pub trait SourceNames {
    /// The name of a source, for example its path.
    fn name(&self, source: SourceId) -> String;
}

impl<F: Fn(SourceId) -> String> SourceNames for F {
    fn name(&self, source: SourceId) -> String {
        self(source)
    }
}

/// Settings of a detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How far out of order events may come to correlations, in microseconds.
    /// Findings of correlations wait this long (in event time); events that
    /// come later still are counted as late. Detection rules wait for nothing.
    /// At most 262,144 events wait; beyond that the wait is shorter.
    pub lateness_us: i64,
    /// State one rule may hold.
    pub quota: Quota,
    /// Whether outcomes of stable fields are remembered. Only a test of the
    /// memory itself turns it off.
    pub memory: Memory,
}

/// A leap of event time that one event alone does not prove: a day.
const LEAP: i64 = 86_400_000_000;

/// Whether outcomes are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// They are.
    Remember,
    /// Every event is judged anew.
    Forget,
}

impl Default for Options {
    /// 10 s of lateness, the default quota, with memory.
    fn default() -> Self {
        Self {
            lateness_us: 10_000_000,
            quota: Quota::default(),
            memory: Memory::Remember,
        }
    }
}

/// What a detector has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Counters {
    /// Events seen.
    pub events: u64,
    /// Events that came too late for correlations.
    pub late: u64,
    /// Events more than a day ahead of all others, which moved no watermark:
    /// one wrong clock must not make everything after it late.
    pub ahead: u64,
    /// Groups given up because a quota was full.
    pub evicted: u64,
}

/// Rules running over one stream of events.
#[derive(Debug)]
pub struct Detector {
    set: Arc<RuleSet>,
    options: Options,
    hasher: KeyHasher,
    memo: Memo,
    /// Rules that can match, by kind of event.
    by_kind: Vec<Vec<usize>>,
    /// Whether a rule raises findings of its own, by rule.
    raises: Vec<bool>,
    /// Correlations that count a rule, with the member it is, by rule.
    counted_by: Vec<Vec<(usize, usize)>>,
    /// Order in which correlations are fed, by rule.
    rank: Vec<usize>,
    stores: Vec<Option<Store>>,
    repeats: Vec<Repeats>,
    queue: Queue,
    sessions: facts::Sessions,
    names: Names,
    last_source: Option<SourceId>,
    /// The latest event time seen.
    latest: i64,
    /// Time of an event far ahead of the others, until another confirms it.
    leap: Option<i64>,
    /// Everything up to here was counted.
    watermark: i64,
    next_due: i64,
    sequence: u64,
    counters: Counters,
    /// Day and evictions of each rule that had any.
    evictions: BTreeMap<usize, (i64, u64)>,
}

impl Detector {
    /// A detector of the rules in `set`.
    pub fn new(set: Arc<RuleSet>, options: Options) -> Self {
        Self::only(set, options, None)
    }

    /// A detector in which only rule `only` raises findings, and always does.
    pub(crate) fn only(set: Arc<RuleSet>, options: Options, only: Option<usize>) -> Self {
        let count = set.rules.len();
        let mut counted_by: Vec<Vec<(usize, usize)>> = vec![Vec::new(); count];
        let mut rank = vec![0; count];
        for (position, index) in set.order.iter().enumerate() {
            if let Some(rank) = rank.get_mut(*index) {
                *rank = position;
            }
            let members = set.rules.get(*index).and_then(|rule| rule.correlation());
            for (member, rule) in members.iter().flat_map(|c| c.members.iter().enumerate()) {
                if let Some(list) = counted_by.get_mut(*rule) {
                    list.push((*index, member));
                }
            }
        }
        let raises: Vec<bool> = set
            .rules
            .iter()
            .enumerate()
            .map(|(index, rule)| only.map_or(rule.info.raises_findings, |only| only == index))
            .collect();
        let concerns = |index: usize| {
            raises.get(index).copied().unwrap_or_default()
                || counted_by.get(index).is_some_and(|list| !list.is_empty())
        };
        let by_kind = kumki_model::EventKind::ALL
            .iter()
            .map(|kind| {
                (0..count)
                    .filter(|index| {
                        set.rules.get(*index).is_some_and(|rule| {
                            rule.info.applies
                                && rule
                                    .detection()
                                    .is_some_and(|d| d.matcher.kinds().contains(*kind))
                        }) && concerns(*index)
                    })
                    .collect()
            })
            .collect();
        Self {
            options,
            hasher: KeyHasher::default(),
            memo: Memo::default(),
            by_kind,
            raises,
            counted_by,
            rank,
            stores: set
                .rules
                .iter()
                .map(|rule| rule.correlation().map(|_| Store::default()))
                .collect(),
            repeats: set.rules.iter().map(|_| Repeats::default()).collect(),
            queue: Queue::default(),
            sessions: facts::Sessions::default(),
            names: Names::new(),
            last_source: None,
            latest: i64::MIN,
            leap: None,
            watermark: i64::MIN,
            next_due: i64::MAX,
            sequence: 0,
            counters: Counters::default(),
            evictions: BTreeMap::new(),
            set,
        }
    }

    /// The rules that run.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.set
    }

    /// What was counted so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Whether any loaded rule reads the message or text of statements, or
    /// searches keywords. When not, a run need not keep those texts.
    pub fn needs_text(&self) -> bool {
        self.set.needs_text()
    }

    /// Takes in an event.
    pub fn push(
        &mut self,
        event: &Event<'_>,
        names: &dyn SourceNames,
        sink: &mut dyn FnMut(Finding),
    ) {
        self.counters.events += 1;
        self.sequence += 1;
        let time = event.time.as_micros();
        let outcome = self.outcome(event);
        if let Some(outcome) = outcome {
            self.concern(event, outcome, names, sink);
        }
        if time > self.latest && self.is_plausible(time) {
            self.latest = time;
            let watermark = time.saturating_sub(self.options.lateness_us);
            self.advance(Timestamp::from_micros(watermark), sink);
        }
    }

    /// Whether the latest event time may move to `time`.
    fn is_plausible(&mut self, time: i64) -> bool {
        if self.latest == i64::MIN || time.saturating_sub(self.latest) <= LEAP {
            return true;
        }
        let confirmed = self
            .leap
            .is_some_and(|leap| time.abs_diff(leap) <= LEAP.unsigned_abs());
        self.leap = (!confirmed).then_some(time);
        self.counters.ahead += u64::from(!confirmed);
        confirmed
    }

    /// Says that no event before `watermark` will come any more, for example
    /// because time has passed without one. Counts what waited for it.
    pub fn advance(&mut self, watermark: Timestamp, sink: &mut dyn FnMut(Finding)) {
        self.watermark = self.watermark.max(watermark.as_micros());
        while let Some(held) = self.queue.pop(self.watermark) {
            // A full queue lets go of events before their time.
            self.watermark = self.watermark.max(held.time);
            if held.time >= self.next_due {
                self.end_idle(held.time, sink);
            }
            self.count(&held, sink);
        }
        if self.watermark >= self.next_due {
            self.end_idle(self.watermark, sink);
        }
    }

    /// Counts everything that still waits and ends every finding.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Finding)) {
        self.advance(Timestamp::from_micros(i64::MAX), sink);
        let set = Arc::clone(&self.set);
        for index in 0..set.rules.len() {
            let mut changes = Vec::new();
            if let Some(repeats) = self.repeats.get_mut(index) {
                repeats.finish(&mut changes);
            }
            if let Some(store) = self.stores.get_mut(index).and_then(Option::as_mut) {
                store.finish(&mut changes);
            }
            self.report(index, changes, sink);
        }
        for (index, (day, evicted)) in std::mem::take(&mut self.evictions) {
            if let Some(rule) = set.rules.get(index) {
                sink(quota_finding(&rule.info, day, self.latest, evicted));
            }
        }
    }

    /// What stable fields decide, remembered; `None` when nothing concerns a rule.
    fn outcome(&mut self, event: &Event<'_>) -> Option<Arc<Outcome>> {
        if self
            .by_kind
            .get(event.kind as usize)
            .is_none_or(Vec::is_empty)
        {
            return None;
        }
        if self.options.memory == Memory::Forget {
            return Some(Arc::new(self.judge(event))).filter(|outcome| !outcome.is_empty());
        }
        let key = self.memo.key(event);
        if let Some(outcome) = self.memo.get(&key) {
            return (!outcome.is_empty()).then(|| Arc::clone(outcome));
        }
        let outcome = Arc::new(self.judge(event));
        self.memo.insert(&key, Arc::clone(&outcome));
        (!outcome.is_empty()).then_some(outcome)
    }

    fn judge(&self, event: &Event<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        for index in self.by_kind.get(event.kind as usize).into_iter().flatten() {
            let Some(detection) = self.set.rules.get(*index).and_then(|rule| rule.detection())
            else {
                continue;
            };
            match detection.matcher.judge_stable(event) {
                Truth::No => {}
                Truth::Open => outcome.open.push(*index),
                Truth::Yes => {
                    if self.raises.get(*index).copied().unwrap_or_default() {
                        outcome.raising.push(*index);
                    }
                    self.plan_feeds(*index, event, &mut outcome.feeds);
                }
            }
        }
        outcome
            .feeds
            .sort_by_key(|feed| self.feed_order(feed.correlation, feed.member));
        outcome.per_event = outcome.feeds.iter().any(memo::Feed::is_per_event);
        outcome.facts = facts::stable(event);
        outcome
    }

    /// Renders changes of a rule's findings.
    fn report(&mut self, index: usize, changes: Vec<Change>, sink: &mut dyn FnMut(Finding)) {
        let Some(rule) = self.set.rules.get(index) else {
            return;
        };
        if !self.raises.get(index).copied().unwrap_or_default() {
            return;
        }
        let members: Vec<&str> = rule
            .correlation()
            .iter()
            .flat_map(|correlation| &correlation.members)
            .filter_map(|member| self.set.rules.get(*member))
            .map(|rule| rule.info.name.as_str())
            .collect();
        for change in changes {
            let (Change::Crossed(open) | Change::Worse(open) | Change::Ended(open)) = change;
            sink(render(rule, &members, &open, &self.names));
        }
    }

    /// Ends findings whose group has nothing left in its window at `time`.
    fn end_idle(&mut self, time: i64, sink: &mut dyn FnMut(Finding)) {
        let set = Arc::clone(&self.set);
        let mut next_due = i64::MAX;
        for (index, rule) in set.rules.iter().enumerate() {
            let mut changes = Vec::new();
            let mut due = None;
            if let Some(detection) = rule.detection()
                && let Some(repeats) = self.repeats.get_mut(index)
            {
                repeats.advance(detection, time, &mut changes);
                due = repeats.next_due();
            }
            if let Some(correlation) = rule.correlation()
                && let Some(store) = self.stores.get_mut(index).and_then(Option::as_mut)
            {
                store.advance(correlation, time, &mut changes);
                due = store.next_due();
            }
            next_due = next_due.min(due.unwrap_or(i64::MAX));
            if !changes.is_empty() {
                self.report(index, changes, sink);
            }
        }
        self.next_due = next_due;
    }
}
