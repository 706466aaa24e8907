//! Event counts over event time, with a bucket width that grows with the span.

use std::collections::BTreeMap;

use kumki_model::Timestamp;

use crate::summary::Bucket;

/// Buckets kept and shown at most.
const LIMIT: usize = 120;
const SECOND_US: i64 = 1_000_000;
/// Widths in seconds that read well on an axis; beyond the last they double.
const WIDTHS_S: [i64; 16] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 10_800, 21_600, 86_400,
];

/// Event counts per bucket.
pub(super) struct Timeline {
    width_us: i64,
    counts: BTreeMap<i64, (u64, u64)>,
    /// The bucket of the last event: events come in runs.
    current: i64,
    pending: (u64, u64),
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            width_us: SECOND_US,
            counts: BTreeMap::new(),
            current: i64::MIN,
            pending: (0, 0),
        }
    }
}

impl Timeline {
    pub(super) fn push(&mut self, time: Timestamp, failed: bool) {
        let bucket = time.as_micros().div_euclid(self.width_us);
        if bucket != self.current {
            self.flush();
            self.current = time.as_micros().div_euclid(self.width_us);
        }
        self.pending.0 += 1;
        self.pending.1 += u64::from(failed);
    }

    fn flush(&mut self) {
        if self.pending.0 > 0 {
            let (events, errors) = self.counts.entry(self.current).or_default();
            *events += self.pending.0;
            *errors += self.pending.1;
            self.pending = (0, 0);
        }
        while self.span() > LIMIT as i128 {
            self.widen();
        }
    }

    fn span(&self) -> i128 {
        match (self.counts.first_key_value(), self.counts.last_key_value()) {
            (Some((first, _)), Some((last, _))) => i128::from(*last) - i128::from(*first) + 1,
            _ => 0,
        }
    }

    fn widen(&mut self) {
        let next = WIDTHS_S
            .iter()
            .map(|seconds| seconds * SECOND_US)
            .find(|width| *width > self.width_us)
            .unwrap_or(self.width_us.saturating_mul(2));
        let mut wider: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for (bucket, (events, errors)) in &self.counts {
            let start = bucket.saturating_mul(self.width_us);
            let entry = wider.entry(start.div_euclid(next)).or_default();
            entry.0 += events;
            entry.1 += errors;
        }
        self.counts = wider;
        self.width_us = next;
    }

    /// The buckets from first to last, empty ones included.
    pub(super) fn buckets(mut self) -> Vec<Bucket> {
        self.flush();
        let (Some((first, _)), Some((last, _))) =
            (self.counts.first_key_value(), self.counts.last_key_value())
        else {
            return Vec::new();
        };
        (*first..=*last)
            .map(|bucket| {
                let (events, errors) = self.counts.get(&bucket).copied().unwrap_or_default();
                let start = Timestamp::from_micros(bucket.saturating_mul(self.width_us));
                Bucket {
                    start,
                    events,
                    errors,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_survive_widening() {
        let mut timeline = Timeline::default();
        for second in 0..100_000i64 {
            timeline.push(Timestamp::from_micros(second * SECOND_US), second % 10 == 0);
        }
        let buckets = timeline.buckets();
        assert!(buckets.len() <= LIMIT, "{} buckets", buckets.len());
        assert_eq!(
            buckets.iter().map(|bucket| bucket.events).sum::<u64>(),
            100_000
        );
        assert_eq!(
            buckets.iter().map(|bucket| bucket.errors).sum::<u64>(),
            10_000
        );
    }

    #[test]
    fn moments_far_apart_end_in_few_buckets() {
        let mut timeline = Timeline::default();
        for micros in [i64::MIN, 0, i64::MAX] {
            timeline.push(Timestamp::from_micros(micros), false);
        }
        let buckets = timeline.buckets();
        assert!(buckets.len() <= LIMIT);
        assert_eq!(buckets.iter().map(|bucket| bucket.events).sum::<u64>(), 3);
    }
}
