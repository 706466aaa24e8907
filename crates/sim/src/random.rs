//! The one source of chance: seeded, and the same on every machine.
//!
//! A seed comes in, integers go out. Only integer arithmetic is used for
//! skewed draws: logarithms of the platform's mathematics library could differ
//! in the last digit, and with it the bytes of a log.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Bits after the point in fixed-point logarithms.
const FRACTION: u32 = 20;

/// A seeded stream of chance.
#[derive(Debug, Clone)]
pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The stream of `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A stream of its own, so that what one part draws does not shift another.
    pub(crate) fn fork(&mut self, salt: u64) -> Self {
        Self::new(self.bits() ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low.saturating_add(self.below(high.saturating_sub(low).saturating_add(1)))
    }

    /// A span of microseconds from `low` to `high`.
    pub(crate) fn micros(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0).unsigned_abs();
        low.saturating_add_unsigned(self.below(width.saturating_add(1)))
    }

    /// True `parts` times in a million.
    pub(crate) fn chance(&mut self, parts: u32) -> bool {
        self.below(1_000_000) < u64::from(parts)
    }

    /// An index below `len`.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// One of `choices`; the default value when there is none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let index = self.index(choices.len());
        choices.get(index).copied().unwrap_or_default()
    }

    /// Waiting time of a process with `mean` microseconds between events.
    pub(crate) fn exponential(&mut self, mean: i64) -> i64 {
        let bits = self.bits() | 1;
        let zeros = bits.leading_zeros();
        let mantissa = (bits << zeros << 1) >> (64 - FRACTION);
        let log2 = (u64::from(zeros) << FRACTION) + (1 << FRACTION) - mantissa;
        let scaled = i128::from(mean) * i128::from(log2) * 693_147 / 1_000_000;
        i64::try_from(scaled >> FRACTION).unwrap_or(i64::MAX).max(1)
    }

    /// A number from `low` to `high`, every order of magnitude as likely.
    pub(crate) fn log_uniform(&mut self, low: u64, high: u64) -> u64 {
        let bottom = log2(low.max(1));
        let top = log2(high.max(low).max(1));
        exp2(self.between(bottom, top)).clamp(low, high.max(low))
    }
}

/// Piecewise-linear logarithm to base 2 in fixed point; `value` is at least 1.
fn log2(value: u64) -> u64 {
    let octave = value.max(1).ilog2();
    let base = 1_u64 << octave;
    (u64::from(octave) << FRACTION) + ((u128::from(value - base) << FRACTION) >> octave) as u64
}

/// The inverse of [`log2`].
fn exp2(log: u64) -> u64 {
    let octave = (log >> FRACTION).min(63) as u32;
    let mantissa = log & ((1 << FRACTION) - 1);
    (1_u64 << octave) + ((u128::from(mantissa) << octave) >> FRACTION) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_draws_of_a_seed_never_change() {
        let mut random = Random::new(42);
        let draws: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(
            draws,
            [
                15_021_278_609_987_233_951,
                5_881_210_131_331_364_753,
                18_149_643_915_985_481_100
            ]
        );
    }

    #[test]
    fn bounds_hold() {
        let mut random = Random::new(1);
        for _ in 0..10_000 {
            assert!(random.below(7) < 7);
            assert!((3..=5).contains(&random.between(3, 5)));
            assert!((10..=9_000).contains(&random.log_uniform(10, 9_000)));
            assert!(random.exponential(1_000) > 0);
        }
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), 0);
    }

    #[test]
    fn exponential_keeps_its_mean() {
        let mut random = Random::new(7);
        let sum: i64 = (0..100_000).map(|_| random.exponential(10_000)).sum();
        let mean = sum / 100_000;
        assert!((9_200..10_800).contains(&mean), "{mean}");
    }

    #[test]
    fn logarithm_and_its_inverse_agree() {
        for value in [1, 2, 3, 10, 1_000, 123_456, 1 << 40] {
            let back = exp2(log2(value));
            assert!(back.abs_diff(value) <= value >> 19, "{value} {back}");
        }
    }
}
