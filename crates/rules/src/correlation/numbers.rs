//! Sum, mean and percentiles of the numbers a window holds.
//!
//! Numbers are kept in thousandths, the precision of the log, so sums are
//! exact and the same in any order. Exact up to [`EXACT`] numbers; beyond
//! that, sums and means stay exact to a sixteenth of the window, and
//! percentiles come from a logarithmic histogram with 1 % relative error.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// Numbers kept one by one.
const EXACT: usize = 1_024;
/// Histograms per window.
const PARTS: i64 = 16;
/// Ratio of neighbouring bins: middle of a bin is within 1 % of its ends.
const RATIO: f64 = 1.02;
/// What a reason says about an estimate.
pub(crate) const ERROR_NOTE: &str = "estimated, within 1 %";

/// Numbers in a window.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Numbers {
    exact: VecDeque<(i64, i64)>,
    exact_sum: i128,
    parts: VecDeque<Part>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Part {
    number: i64,
    count: u64,
    sum: i128,
    bins: BTreeMap<i32, u64>,
}

/// A number in thousandths, saturating.
pub(crate) fn thousandths(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}

impl Numbers {
    /// Adds a number (in thousandths) no earlier than the last one.
    pub(crate) fn push(&mut self, value: i64, time: i64, span: i64) {
        if self.parts.is_empty() {
            self.exact.push_back((time, value));
            self.exact_sum += i128::from(value);
            if self.exact.len() <= EXACT {
                return;
            }
            let moved = std::mem::take(&mut self.exact);
            self.exact_sum = 0;
            for (time, value) in moved {
                self.push_part(value, time, span);
            }
            return;
        }
        self.push_part(value, time, span);
    }

    fn push_part(&mut self, value: i64, time: i64, span: i64) {
        let number = time.div_euclid((span / PARTS).max(1));
        if self.parts.back().is_none_or(|part| part.number != number) {
            self.parts.push_back(Part {
                number,
                ..Part::default()
            });
        }
        if let Some(part) = self.parts.back_mut() {
            part.count += 1;
            part.sum += i128::from(value);
            *part.bins.entry(bin(value)).or_default() += 1;
        }
    }

    /// Removes numbers at or before `cutoff`.
    pub(crate) fn expire(&mut self, cutoff: i64, span: i64) {
        while let Some((time, value)) = self.exact.front()
            && *time <= cutoff
        {
            self.exact_sum -= i128::from(*value);
            self.exact.pop_front();
        }
        let length = (span / PARTS).max(1);
        while let Some(part) = self.parts.front()
            && part.number.saturating_add(1).saturating_mul(length) <= cutoff
        {
            self.parts.pop_front();
        }
    }

    /// Sum.
    pub(crate) fn sum(&self) -> f64 {
        let parts: i128 = self.parts.iter().map(|part| part.sum).sum();
        (parts + self.exact_sum) as f64 / 1000.0
    }

    /// Arithmetic mean, 0 of nothing.
    pub(crate) fn mean(&self) -> f64 {
        let parts: u64 = self.parts.iter().map(|part| part.count).sum();
        let count = parts + self.exact.len() as u64;
        if count == 0 {
            0.0
        } else {
            self.sum() / count as f64
        }
    }

    /// Percentile of that rank (0 to 100), interpolated between neighbours
    /// (type 7 of Hyndman and Fan 1996); 0 of nothing.
    pub(crate) fn percentile(&self, rank: u64) -> f64 {
        if !self.parts.is_empty() {
            return self.histogram_percentile(rank);
        }
        let mut values: Vec<i64> = self.exact.iter().map(|(_, value)| *value).collect();
        if values.is_empty() {
            return 0.0;
        }
        let position = rank.min(100) as f64 / 100.0 * (values.len() - 1) as f64;
        let lower = position.floor() as usize;
        let (_, low, above) = values.select_nth_unstable(lower);
        let low = *low as f64;
        let high = above.iter().min().map_or(low, |high| *high as f64);
        (low + (high - low) * (position - lower as f64)) / 1000.0
    }

    fn histogram_percentile(&self, rank: u64) -> f64 {
        let mut bins: BTreeMap<i32, u64> = BTreeMap::new();
        for part in &self.parts {
            for (bin, count) in &part.bins {
                *bins.entry(*bin).or_default() += count;
            }
        }
        let total: u64 = bins.values().sum();
        let wanted = (rank.min(100) as f64 / 100.0 * total as f64)
            .ceil()
            .max(1.0) as u64;
        let mut seen = 0;
        for (bin, count) in &bins {
            seen += count;
            if seen >= wanted {
                return middle(*bin) / 1000.0;
            }
        }
        0.0
    }

    /// Whether percentiles are estimates.
    pub(crate) fn is_estimate(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let bins: usize = self
            .parts
            .iter()
            .map(|part| part.bins.len() * 24 + 64)
            .sum();
        self.exact.len() * size_of::<(i64, i64)>() + bins
    }
}

/// Bin of a number in thousandths; everything up to 0 shares one.
fn bin(value: i64) -> i32 {
    if value <= 0 {
        return i32::MIN;
    }
    ((value as f64).ln() / RATIO.ln()).floor() as i32
}

fn middle(bin: i32) -> f64 {
    if bin == i32::MIN {
        0.0
    } else {
        RATIO.powf(f64::from(bin) + 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_means_and_percentiles_are_exact_while_small() {
        let mut numbers = Numbers::default();
        for (index, value) in [1.0, 2.0, 3.0, 4.0, 100.5].into_iter().enumerate() {
            numbers.push(thousandths(value), index as i64, 1_000);
        }
        assert_eq!(numbers.sum(), 110.5);
        assert_eq!(numbers.mean(), 22.1);
        assert_eq!(numbers.percentile(50), 3.0);
        assert_eq!(numbers.percentile(100), 100.5);
        assert_eq!(numbers.percentile(0), 1.0);
        assert_eq!(numbers.percentile(75), 4.0);
        numbers.expire(3, 1_000);
        assert_eq!(numbers.sum(), 100.5);
    }

    #[test]
    fn many_numbers_stay_within_the_stated_error() {
        let span = 1_000_000;
        let mut numbers = Numbers::default();
        for index in 1..=10_000i64 {
            numbers.push(index * 1_000, index, span);
        }
        assert!(numbers.is_estimate());
        assert_eq!(numbers.sum(), 50_005_000.0);
        assert_eq!(numbers.mean(), 5_000.5);
        for rank in [1, 25, 50, 95, 99] {
            let exact = rank as f64 * 100.0;
            let error = (numbers.percentile(rank) - exact).abs() / exact;
            assert!(error <= 0.0101, "rank {rank}: {error}");
        }
        assert!(numbers.bytes() < 256 * 1024);
        numbers.expire(i64::MAX, span);
        assert_eq!((numbers.sum(), numbers.percentile(50)), (0.0, 0.0));
    }
}
