//! Credit that fades: forward decay (Cormode et al. 2009) with two rates, in whole numbers.
//!
//! Of ages in half-lives, `decay(x) = s·f·2^(−f·x) + (1−s)·l·2^(−l·x)`: a share `s` fades at the fast rate `f`, the rest at the
//! slow rate `l`. Whatever the rates, a credit brings the same over all time as under one half-life.
//!
//! A credit is stored relative to a landmark L, for each rate as `value·2^(rate·(t−L)/H)`, and multiplied by
//! `2^(−rate·(now−L)/H)` when read, so that ageing rewrites nothing. Amounts are whole multiples of 2⁻³⁶: adding whole numbers
//! gives the same sum in every order, and what was added can be taken out again exactly.
//!
//! The landmark of an instant is the start of its window of a quarter of a half-life, counted from 1970. Growth within a window
//! stays small, and scores as of an instant do not depend on when they are computed.

use std::ops::{Add, AddAssign, Neg, Sub};

use entity::Timestamp;
use serde::{Deserialize, Serialize};

/// Units in 1.
const UNIT: f64 = 68_719_476_736.0; // 2^36

/// Windows in a half-life.
const WINDOWS: i64 = 4;

/// How credit fades.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decay {
    /// H, in days: the half-life by which ages are measured.
    pub half_life_days: f64,
    /// The share that fades fast, 0 to 1.
    pub fast_share: f64,
    /// How many times faster than H that is; at least 1.
    pub fast_rate: f64,
    /// How many times slower than H the rest is, as a rate; at most 1.
    pub slow_rate: f64,
}

impl Decay {
    /// H in microseconds; at least a second.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is what is wanted")]
    pub fn half_life_micros(&self) -> i64 {
        ((self.half_life_days * 86_400.0 * 1e6) as i64).max(1_000_000)
    }

    /// What a credit of 1 counts at an age in half-lives.
    #[must_use]
    pub fn at_age(&self, half_lives: f64) -> f64 {
        self.fast() * (-self.fast_rate * half_lives).exp2() + self.slow() * (-self.slow_rate * half_lives).exp2()
    }

    /// The mean of the squares of faded credits that come in steadily, for each unit of their sum: `∫decay² / ∫decay`.
    #[must_use]
    pub fn square_share(&self) -> f64 {
        let (fast, slow) = (self.fast(), self.slow());
        let pair = |a: f64, b: f64, rates: f64| a * b / rates;
        pair(fast, fast, 2.0 * self.fast_rate)
            + 2.0 * pair(fast, slow, self.fast_rate + self.slow_rate)
            + pair(slow, slow, 2.0 * self.slow_rate)
    }

    fn fast(&self) -> f64 {
        self.fast_share * self.fast_rate
    }

    fn slow(&self) -> f64 {
        (1.0 - self.fast_share) * self.slow_rate
    }
}

/// An amount of credit relative to a landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decayed {
    slow: i64,
    fast: i64,
}

impl Decayed {
    /// Nothing at all.
    pub const ZERO: Self = Self { slow: 0, fast: 0 };
}

/// The frame in which amounts are stored: how they fade, and a landmark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    decay: Decay,
    landmark: i64,
}

/// Multipliers that read amounts as of one instant.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    slow: f64,
    fast: f64,
    ripe_slow: f64,
    ripe_fast: f64,
}

impl Frame {
    /// The frame for scores as of an instant.
    #[must_use]
    pub fn at(as_of: Timestamp, decay: Decay) -> Self {
        let window = (decay.half_life_micros() / WINDOWS).max(1);
        Self {
            decay,
            landmark: as_of.as_micros().div_euclid(window) * window,
        }
    }

    /// What a credit of `value`, given at `at`, amounts to.
    #[must_use]
    pub fn deposit(&self, value: f64, at: Timestamp) -> Decayed {
        let age = self.age(at);
        Decayed {
            slow: whole(value * (self.decay.slow_rate * age).exp2()),
            fast: whole(value * (self.decay.fast_rate * age).exp2()),
        }
    }

    /// How to read amounts as of an instant. Ripe credit is what of the slow part is no longer fresh, times `ripe_share`.
    #[must_use]
    pub fn reader(&self, as_of: Timestamp, ripe_share: f64) -> Reader {
        let age = self.age(as_of);
        let shrink = |rate: f64| (-rate * age).exp2() / UNIT;
        let (slow, fast) = (shrink(self.decay.slow_rate), shrink(self.decay.fast_rate));
        let ripe = ripe_share * self.decay.slow();
        Reader {
            slow: self.decay.slow() * slow,
            fast: self.decay.fast() * fast,
            ripe_slow: ripe * slow,
            ripe_fast: ripe * fast,
        }
    }

    /// Half-lives from the landmark to an instant.
    #[expect(clippy::cast_precision_loss, reason = "a century of microseconds fits 53 bits")]
    fn age(&self, at: Timestamp) -> f64 {
        (at.as_micros() - self.landmark) as f64 / self.decay.half_life_micros() as f64
    }
}

impl Reader {
    /// The credit that an amount stands for.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 of 63 bits are more than a score shows")]
    pub fn read(self, amount: Decayed) -> f64 {
        (amount.slow as f64).mul_add(self.slow, amount.fast as f64 * self.fast)
    }

    /// What of it has ripened: nothing when it is given, and the longer it is ago, the nearer to its share of the slow part.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 of 63 bits are more than a score shows")]
    pub fn ripe(self, amount: Decayed) -> f64 {
        (amount.slow as f64)
            .mul_add(self.ripe_slow, -(amount.fast as f64 * self.ripe_fast))
            .max(0.0)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is what is wanted")]
fn whole(value: f64) -> i64 {
    (value * UNIT).round() as i64
}

impl Add for Decayed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            slow: self.slow.saturating_add(other.slow),
            fast: self.fast.saturating_add(other.fast),
        }
    }
}

impl AddAssign for Decayed {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Decayed {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            slow: -self.slow,
            fast: -self.fast,
        }
    }
}

impl Sub for Decayed {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

/// A sum in whole multiples of 2⁻⁴², so that it is the same in every order; up to two million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact(i64);

impl Exact {
    const UNIT: f64 = 4_398_046_511_104.0; // 2^42

    /// One addend, rounded to the unit.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is what is wanted")]
    pub fn of(value: f64) -> Self {
        Self((value * Self::UNIT).round() as i64)
    }

    /// The sum.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 of 63 bits are more than a score shows")]
    pub fn value(self) -> f64 {
        self.0 as f64 / Self::UNIT
    }
}

impl Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Exact {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Exact {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECAY: Decay = Decay {
        half_life_days: 90.0,
        fast_share: 0.5,
        fast_rate: 8.0,
        slow_rate: 0.5,
    };
    const H: i64 = 90 * 86_400 * 1_000_000;

    fn read_after(half_lives: f64) -> (f64, f64) {
        let given = Timestamp::from_micros(1_700_000_000_000_000);
        let as_of = given.plus_micros((half_lives * H as f64) as i64);
        let frame = Frame::at(as_of, DECAY);
        let (reader, amount) = (frame.reader(as_of, 0.25), frame.deposit(1.0, given));
        (reader.read(amount), reader.ripe(amount))
    }

    #[test]
    fn fades_by_the_formula() {
        for half_lives in [0.0_f64, 0.01, 0.3, 1.0, 2.0, 5.0] {
            let expected = 4.0 * (-8.0 * half_lives).exp2() + 0.25 * (-half_lives / 2.0).exp2();
            let (read, ripe) = read_after(half_lives);
            assert!((read - expected).abs() < 1e-9, "{half_lives}");
            assert!((DECAY.at_age(half_lives) - expected).abs() < 1e-12);
            let expected = ((-half_lives / 2.0).exp2() - (-8.0 * half_lives).exp2()) / 16.0;
            assert!((ripe - expected).abs() < 1e-9, "{half_lives}");
        }
    }

    #[test]
    fn brings_the_same_over_all_time_as_one_half_life() {
        let step = 1e-4;
        let sum: f64 = (0..600_000)
            .map(|number| DECAY.at_age((f64::from(number) + 0.5) * step) * step)
            .sum();
        assert!((sum - 1.0 / std::f64::consts::LN_2).abs() < 1e-3, "{sum}");
        let squares: f64 = (0..600_000)
            .map(|number| DECAY.at_age((f64::from(number) + 0.5) * step).powi(2) * step)
            .sum();
        assert!((squares / sum - DECAY.square_share()).abs() < 1e-3, "{squares}");
    }

    #[test]
    fn what_was_added_can_be_taken_out() {
        let frame = Frame::at(Timestamp::from_micros(H * 7 + 5), DECAY);
        let a = frame.deposit(2.0, Timestamp::from_micros(H * 7));
        let b = frame.deposit(1.0, Timestamp::from_micros(H * 3));
        assert_eq!(a + b - b, a);
    }
}
