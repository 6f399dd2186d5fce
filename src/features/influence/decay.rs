//! Credit that fades: forward decay (Cormode et al. 2009) with two rates, in whole numbers.
//!
//! `decay(Δ) = ½·2^(−Δ/H) + ½·3·2^(−3Δ/H)`. A credit is stored relative to a landmark L as `value·2^((t−L)/H)` for each
//! rate and multiplied by `2^(−(now−L)/H)` when read, so that ageing rewrites nothing. Amounts are whole multiples of 2⁻³⁶:
//! adding whole numbers gives the same sum in every order, and what was added can be taken out again exactly.
//!
//! The landmark of an instant is the start of its window of one half-life, counted from 1970. Weights relative to it stay
//! below 2 (slow) and 8 (fast) within the window, and scores as of an instant do not depend on when they are computed.

use std::ops::{Add, AddAssign, Neg, Sub};

use entity::Timestamp;

/// Units in 1.
const UNIT: f64 = 68_719_476_736.0; // 2^36

/// An amount of credit relative to a landmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decayed {
    slow: i64,
    fast: i64,
}

/// The frame in which amounts are stored: a half-life and a landmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    half_life: i64,
    landmark: i64,
}

/// Multipliers that read amounts as of one instant.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    slow: f64,
    fast: f64,
}

impl Frame {
    /// The frame for scores as of an instant. `half_life` in microseconds, above zero.
    #[must_use]
    pub const fn at(as_of: Timestamp, half_life: i64) -> Self {
        Self {
            half_life,
            landmark: as_of.as_micros().div_euclid(half_life) * half_life,
        }
    }

    /// What a credit of `value`, given at `at`, amounts to.
    #[must_use]
    pub fn deposit(self, value: f64, at: Timestamp) -> Decayed {
        let growth = self.growth(at);
        Decayed {
            slow: whole(0.5 * value * growth),
            fast: whole(1.5 * value * growth * growth * growth),
        }
    }

    /// How to read amounts as of an instant.
    #[must_use]
    pub fn reader(self, as_of: Timestamp) -> Reader {
        let shrink = 1.0 / self.growth(as_of);
        Reader {
            slow: shrink / UNIT,
            fast: shrink * shrink * shrink / UNIT,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a century of microseconds fits 53 bits")]
    fn growth(self, at: Timestamp) -> f64 {
        ((at.as_micros() - self.landmark) as f64 / self.half_life as f64).exp2()
    }
}

impl Reader {
    /// The credit that an amount stands for.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 of 63 bits are more than a score shows")]
    pub fn read(self, amount: Decayed) -> f64 {
        (amount.slow as f64).mul_add(self.slow, amount.fast as f64 * self.fast)
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

/// A sum of square roots in whole multiples of 2⁻³², for the same reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootSum(i64);

impl RootSum {
    const UNIT: f64 = 4_294_967_296.0; // 2^32

    /// The square root of one amount of credit; nothing for amounts that rounding left below zero.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is what is wanted")]
    pub fn of(credit: f64) -> Self {
        Self((credit.max(0.0).sqrt() * Self::UNIT).round() as i64)
    }

    /// The sum.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 of 63 bits are more than a score shows")]
    pub fn value(self) -> f64 {
        self.0 as f64 / Self::UNIT
    }
}

impl Add for RootSum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for RootSum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: i64 = 90 * 86_400 * 1_000_000;

    fn read_after(half_lives: f64) -> f64 {
        let given = Timestamp::from_micros(1_700_000_000_000_000);
        let as_of = given.plus_micros((half_lives * H as f64) as i64);
        let frame = Frame::at(as_of, H);
        frame.reader(as_of).read(frame.deposit(1.0, given))
    }

    #[test]
    fn fades_by_the_published_formula() {
        for half_lives in [0.0_f64, 0.3, 1.0, 2.0, 5.0] {
            let expected = 0.5 * (-half_lives).exp2() + 1.5 * (-3.0 * half_lives).exp2();
            assert!((read_after(half_lives) - expected).abs() < 1e-9, "{half_lives}");
        }
    }

    #[test]
    fn what_was_added_can_be_taken_out() {
        let frame = Frame::at(Timestamp::from_micros(H * 7 + 5), H);
        let a = frame.deposit(2.0, Timestamp::from_micros(H * 7));
        let b = frame.deposit(1.0, Timestamp::from_micros(H * 3));
        assert_eq!(a + b - b, a);
    }
}
