//! How many events a window holds, and since when.
//!
//! Exact up to [`EXACT`] entries. Beyond that, neighbouring entries are joined
//! in steps of 1/512 of the window: no event is lost from the count, and each
//! leaves the window at most one step early.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Entries kept apart.
const EXACT: usize = 1_024;
/// Steps per window once entries are joined.
const STEPS: i64 = 512;

/// Times of events, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Times {
    /// Time of the first event joined here, and how many.
    entries: VecDeque<(i64, u32)>,
    total: u64,
}

impl Times {
    /// Adds an event no earlier than the last one.
    pub(crate) fn push(&mut self, time: i64, span: i64) {
        self.total += 1;
        if let Some((last, count)) = self.entries.back_mut()
            && *last == time
            && *count < u32::MAX
        {
            *count += 1;
            return;
        }
        self.entries.push_back((time, 1));
        if self.entries.len() > EXACT {
            self.join(span);
        }
    }

    /// Removes events at or before `cutoff`.
    pub(crate) fn expire(&mut self, cutoff: i64) {
        while let Some((time, count)) = self.entries.front()
            && *time <= cutoff
        {
            self.total -= u64::from(*count);
            self.entries.pop_front();
        }
    }

    /// How many events there are.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Time of the oldest.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.entries.front().map(|(time, _)| *time)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.len() * size_of::<(i64, u32)>()
    }

    fn join(&mut self, span: i64) {
        let step = (span / STEPS).max(1);
        let mut joined: VecDeque<(i64, u32)> = VecDeque::with_capacity(self.entries.len() / 2);
        for (time, count) in self.entries.drain(..) {
            match joined.back_mut() {
                Some((first, sum))
                    if first.div_euclid(step) == time.div_euclid(step)
                        && sum.checked_add(count).is_some() =>
                {
                    *sum += count;
                }
                _ => joined.push_back((time, count)),
            }
        }
        self.entries = joined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_window_holds() {
        let mut times = Times::default();
        for time in [10, 20, 20, 30] {
            times.push(time, 100);
        }
        assert_eq!(times.total(), 4);
        times.expire(19);
        assert_eq!((times.total(), times.oldest()), (3, Some(20)));
        times.expire(20);
        assert_eq!((times.total(), times.oldest()), (1, Some(30)));
        times.expire(1_000);
        assert_eq!((times.total(), times.oldest()), (0, None));
    }

    #[test]
    fn a_flood_keeps_its_count_in_bounded_memory() {
        let span = 300_000_000;
        let mut times = Times::default();
        for index in 0..100_000i64 {
            times.push(index * 1_000, span);
        }
        assert_eq!(times.total(), 100_000);
        assert!(times.entries.len() <= EXACT);
        // Half of the window passed: half the events, to one step.
        times.expire(50_000_000);
        let step = (span / STEPS) as u64 / 1_000;
        assert!(times.total().abs_diff(49_999) <= step, "{}", times.total());
    }
}
