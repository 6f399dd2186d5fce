//! How sure a score is: an interval and a level. Pure.
//!
//! What a member is given in a time is chance around what they usually do. Points are a weighted sum of rare, independent gifts;
//! for such sums the gamma interval holds (Fay and Feuer 1997), with the effective number of givers as the count. Its upper end adds
//! a weight that may have been missed by chance: here that of two typical givers, because a fresh gift weighs more than a typical
//! one. Quantiles are by Wilson and Hilferty (1931), within 1 % from one giver on.

use super::model::{Level, ScoringModel};

/// The standard normal quantile at 95 %: an interval between 5 % and 95 % covers 90 %.
const Z: f64 = 1.644_853_626_951_472_6;

/// How many typical givers may have been missed by chance.
const MISSED: f64 = 2.0;

/// The points within which a member's usual points lie with 90 % confidence, given how many equally strong givers they rest on.
#[must_use]
pub fn interval(points: f64, evidence: f64) -> (f64, f64) {
    if points <= 0.0 || evidence <= 0.0 {
        return (0.0, 0.0);
    }
    let each = points / evidence;
    let quantile = |shape: f64, z: f64| {
        let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
        shape * root.max(0.0).powi(3)
    };
    (each * quantile(evidence, -Z), each * quantile(evidence + MISSED, Z))
}

impl ScoringModel {
    /// The level of a score.
    #[must_use]
    pub fn level(&self, points: f64, evidence: f64) -> Level {
        let (value, levels) = (self.value(points), &self.terms.levels);
        if evidence < self.terms.minimum_evidence {
            Level::Emerging
        } else if value >= levels.leading {
            Level::Leading
        } else if value >= levels.influential {
            Level::Influential
        } else if value >= levels.established {
            Level::Established
        } else {
            Level::Contributing
        }
    }
}

#[cfg(test)]
mod tests {
    use entity::{InteractionId, InteractionKind, MemberId, Timestamp, Visibility};
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;
    use crate::features::influence::account::{Account, Evidence};
    use crate::features::influence::trust::Trust;

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
    const LIVES: usize = 400;

    /// What somebody is given in ten half-lives: every time by chance, on average `rate` people in a half-life, some of whom come
    /// back, some of whom say thanks without a name.
    fn life(rate: f64, half_life: i64, dice: &mut StdRng) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        let mut ago = 0.0;
        for giver in 1_i64.. {
            // The time to the next gift: exponential, so that their number is Poisson's.
            let chance: f64 = dice.random_range(f64::EPSILON..1.0);
            ago += -chance.ln() / rate;
            if ago > 10.0 {
                break;
            }
            let again = if dice.random_bool(0.2) { 2 } else { 1 };
            for _ in 0..again {
                let named = dice.random_bool(0.7);
                let kind = if named { InteractionKind::Answer } else { InteractionKind::Kudos };
                evidence.push(Evidence {
                    interaction: InteractionId(i64::try_from(evidence.len()).unwrap()),
                    kind,
                    giver: named.then_some(MemberId(giver)),
                    since: NOW.plus_micros(-(ago * half_life as f64) as i64),
                    until: None,
                    discounts: Vec::new(),
                    visibility: Visibility::Public,
                    factor: 1.0,
                    is_return: false,
                });
            }
        }
        evidence
    }

    #[test]
    fn nine_of_ten_intervals_hold_the_truth() {
        let (model, trust) = (ScoringModel::default(), Trust::everybody());
        let half_life = model.terms.decay.half_life_micros();
        let mut dice = StdRng::seed_from_u64(7);
        let (mut held, mut all) = (0_u32, 0_u32);
        for rate in [20.0, 40.0, 80.0, 160.0] {
            let lives: Vec<(f64, f64)> = (0..LIVES)
                .map(|_| {
                    let evidence = life(rate, half_life, &mut dice);
                    let account = Account::present(&model, &trust, &evidence, NOW);
                    (account.points().total(), account.evidence())
                })
                .collect();
            // What they are usually given is known here: the mean of many lives.
            let truth = lives.iter().map(|(points, _)| points).sum::<f64>() / LIVES as f64;
            let inside = |(points, amount): &(f64, f64)| {
                let (low, high) = interval(*points, *amount);
                (low..=high).contains(&truth)
            };
            let sure = lives.iter().filter(|(_, amount)| *amount >= model.terms.minimum_evidence);
            let (here, of) = sure.fold((0, 0), |(held, all), life| (held + u32::from(inside(life)), all + 1));
            println!("{rate} gifts in a half-life: {here} of {of}");
            (held, all) = (held + here, all + of);
        }
        let share = f64::from(held) / f64::from(all);
        assert!((0.88..=0.92).contains(&share), "{share}");
    }

    #[test]
    fn little_evidence_is_emerging_whatever_the_points() {
        let model = ScoringModel::default();
        assert_eq!(model.level(500.0, 2.9), Level::Emerging);
        for (points, level) in [
            (1.0, Level::Contributing),
            (7.0, Level::Established),
            (20.0, Level::Influential),
            (60.0, Level::Leading),
        ] {
            assert_eq!(model.level(points, 3.0), level, "{points}");
        }
        assert_eq!(interval(0.0, 0.0), (0.0, 0.0));
    }
}
