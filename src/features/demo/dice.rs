//! Chance that repeats itself: the same seed gives the same community, after an update of a library too.
//!
//! The generator is a named, portable one, and the few draws needed are made here from its raw bits, because the
//! distributions of `rand` may change their results between versions. Only logarithms and powers are left to the
//! platform: another operating system may tell a slightly different story. No story and no names here.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// A repeatable source of chance.
#[derive(Clone, Debug)]
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Dice for one purpose (`stream`), so that a draw more in one part of the story leaves the other parts alone.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mixed = seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in [0, 1).
    #[inline]
    pub(super) fn unit(&mut self) -> f64 {
        unit_from(self.bits() >> 11)
    }

    /// A whole number in [0, `bound`); 0 when `bound` is 0.
    #[inline]
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number in [`low`, `high`).
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// One of the items; `None` when there are none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(items.len() as u64) as usize;
        items.get(index)
    }

    /// One of the texts; empty when there are none.
    pub(super) fn phrase(&mut self, pool: &[&'static str]) -> &'static str {
        self.pick(pool).copied().unwrap_or_default()
    }

    /// The position of one weight, chosen in proportion; `None` when nothing weighs anything.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let mut left = self.unit() * total;
        let mut last = None;
        for (position, weight) in weights.iter().enumerate() {
            if *weight > 0.0 {
                last = Some(position);
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
        }
        last
    }

    /// A waiting time with this mean, memoryless.
    pub(super) fn waiting(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// How often something with this mean happens (Poisson by Knuth's product), at most 40 times.
    pub(super) fn times(&mut self, mean: f64) -> usize {
        let floor = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > floor && count < 40 {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// A heavy-tailed factor of at least 1 (Pareto), cut at `cap`.
    pub(super) fn heavy_tail(&mut self, exponent: f64, cap: f64) -> f64 {
        (1.0 - self.unit()).powf(-exponent).min(cap)
    }
}

/// The 53 bits as a fraction of 2⁵³.
#[inline]
fn unit_from(bits: u64) -> f64 {
    bits as f64 / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_weight_of_zero_is_never_chosen() {
        let mut dice = Dice::new(1, 1);
        for _ in 0..1000 {
            assert_eq!(dice.weighted(&[0.0, 2.0, 0.0]), Some(1));
        }
        assert_eq!(dice.weighted(&[0.0]), None);
        assert_eq!(dice.weighted(&[]), None);
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut dice = Dice::new(2, 1);
        let mean = (0..10_000).map(|_| dice.times(2.0)).sum::<usize>() as f64 / 10_000.0;
        assert!((1.9..2.1).contains(&mean), "{mean}");
        assert!((0..10_000).all(|_| dice.below(7) < 7));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.pick::<u8>(&[]), None);
    }

    #[test]
    fn the_bits_of_a_seed_never_change() {
        let mut dice = Dice::new(42, 7);
        let bits = [dice.bits(), dice.bits(), dice.bits()];
        let expected = [13_922_831_429_140_427_811, 16_453_255_021_695_089_719, 4_282_161_180_862_701_563];
        assert_eq!(bits, expected);
    }
}
