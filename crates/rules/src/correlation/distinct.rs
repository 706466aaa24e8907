//! How many distinct values a window holds.
//!
//! Exact up to [`EXACT`] values. Beyond that a HyperLogLog sketch per
//! sixteenth of the window: standard error 1.04/√1024 = 3.3 %
//! (Flajolet, Fusy, Gandouet, Meunier 2007), and a value leaves the window up
//! to a sixteenth of it late.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Values counted exactly.
pub(crate) const EXACT: usize = 1_024;
/// Registers of a sketch, a power of two.
const REGISTERS: usize = 1_024;
const REGISTER_BITS: u32 = 10;
/// Sketches per window.
const PARTS: i64 = 16;
/// What a reason says about an estimate.
pub(crate) const ERROR_NOTE: &str = "estimated, standard error 3.3 %";

/// Distinct values by their 64-bit hash.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Distinct {
    /// Hash and time last seen, in order of time. Empty once there is a sketch.
    exact: Vec<(u64, i64)>,
    sketch: Option<Box<Sketch>>,
}

impl Distinct {
    /// Adds a value seen at `time`, no earlier than the last one.
    pub(crate) fn push(&mut self, hash: u64, time: i64, span: i64) {
        if let Some(sketch) = &mut self.sketch {
            sketch.push(hash, time);
            return;
        }
        // The value seen last is the likeliest to come again.
        if let Some(at) = self.exact.iter().rposition(|(known, _)| *known == hash) {
            self.exact.remove(at);
        }
        self.exact.push((hash, time));
        if self.exact.len() > EXACT {
            let mut sketch = Box::new(Sketch::new(span));
            for (hash, time) in self.exact.drain(..) {
                sketch.push(hash, time);
            }
            self.exact = Vec::new();
            self.sketch = Some(sketch);
        }
    }

    /// Removes values last seen at or before `cutoff`.
    pub(crate) fn expire(&mut self, cutoff: i64) {
        let expired = self
            .exact
            .iter()
            .take_while(|(_, time)| *time <= cutoff)
            .count();
        self.exact.drain(..expired);
        if let Some(sketch) = &mut self.sketch {
            sketch.expire(cutoff);
            if sketch.parts.is_empty() {
                self.sketch = None;
            }
        }
    }

    /// How many distinct values there are.
    pub(crate) fn count(&self) -> f64 {
        match &self.sketch {
            Some(sketch) => sketch.estimate(),
            None => self.exact.len() as f64,
        }
    }

    /// Whether the count is an estimate.
    pub(crate) fn is_estimate(&self) -> bool {
        self.sketch.is_some()
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let sketch = self
            .sketch
            .as_ref()
            .map_or(0, |sketch| sketch.parts.len() * REGISTERS);
        self.exact.len() * size_of::<(u64, i64)>() + sketch
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sketch {
    /// Length of a part, microseconds.
    part: i64,
    /// Number of the part and its registers, oldest first.
    parts: VecDeque<(i64, Vec<u8>)>,
}

impl Sketch {
    fn new(span: i64) -> Self {
        Self {
            part: (span / PARTS).max(1),
            parts: VecDeque::new(),
        }
    }

    fn push(&mut self, hash: u64, time: i64) {
        let number = time.div_euclid(self.part);
        if self.parts.back().is_none_or(|(last, _)| *last != number) {
            self.parts.push_back((number, vec![0; REGISTERS]));
        }
        let register = (hash >> (64 - REGISTER_BITS)) as usize;
        let rank = ((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))).leading_zeros() as u8 + 1;
        if let Some((_, registers)) = self.parts.back_mut()
            && let Some(value) = registers.get_mut(register)
        {
            *value = rank.max(*value);
        }
    }

    fn expire(&mut self, cutoff: i64) {
        while let Some((number, _)) = self.parts.front()
            && number.saturating_add(1).saturating_mul(self.part) <= cutoff
        {
            self.parts.pop_front();
        }
    }

    fn estimate(&self) -> f64 {
        let mut merged = vec![0u8; REGISTERS];
        for (_, registers) in &self.parts {
            for (all, value) in merged.iter_mut().zip(registers) {
                *all = (*all).max(*value);
            }
        }
        let registers = REGISTERS as f64;
        let sum: f64 = merged
            .iter()
            .map(|rank| f64::powi(2.0, -i32::from(*rank)))
            .sum();
        let raw = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        let empty = merged.iter().filter(|rank| **rank == 0).count();
        if raw <= 2.5 * registers && empty > 0 {
            // Linear counting, the small-range correction of the paper.
            return (registers * (registers / empty as f64).ln()).round();
        }
        raw.round()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(index: u64) -> u64 {
        // SplitMix64: well-spread stand-ins for hashes.
        let mut value = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    #[test]
    fn repeats_count_once_and_keep_a_value_alive() {
        let mut distinct = Distinct::default();
        for (hash, time) in [(1, 10), (2, 20), (1, 30)] {
            distinct.push(hash, time, 100);
        }
        assert_eq!(distinct.count(), 2.0);
        distinct.expire(20);
        assert_eq!(distinct.count(), 1.0);
        distinct.expire(30);
        assert_eq!(distinct.count(), 0.0);
    }

    #[test]
    fn exact_to_the_limit_then_within_the_stated_error() {
        let span = 1_000_000;
        let mut distinct = Distinct::default();
        for index in 0..EXACT as u64 {
            distinct.push(mix(index), 1_000, span);
        }
        assert_eq!(distinct.count(), EXACT as f64);
        assert!(!distinct.is_estimate());
        for index in EXACT as u64..50_000 {
            distinct.push(mix(index), 2_000, span);
        }
        assert!(distinct.is_estimate());
        let error = (distinct.count() - 50_000.0).abs() / 50_000.0;
        assert!(error < 3.0 * 0.0325, "error {error}");
        assert!(distinct.bytes() < 64 * 1024);
        distinct.expire(2_000 + span);
        assert_eq!(distinct.count(), 0.0);
        assert!(!distinct.is_estimate());
    }
}
