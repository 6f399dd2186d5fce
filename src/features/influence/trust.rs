//! Whose credit counts in full. Pure.
//!
//! An account that nobody ever needed costs nothing to make, so its credit counts little until it has ripened. A member earns
//! trust in one of two ways:
//!
//! - **standing**: enough distinct people credited them, each for the first time long enough ago. With `n` such people it is
//!   `(n − first) / more`, between 0 and 1. Trust has a start in people who were there for long: spread evenly from everybody,
//!   it could be made by whoever makes accounts (Cheng and Friedman 2005).
//! - **vouching**: enough people with standing credited them: the same of the sum over people of their standing times how much
//!   they gave, at most 1 each. Vouching reaches one step, so rings cannot lift themselves.
//!
//! Credited means that they did something themselves for it, where the model asks that ([`super::model::TrustTerms::unanswered`]).
//!
//! Staff, members with a verified identity and members for whom staff vouched are trusted from the start; bots never. A community
//! without enough trusted members counts everybody's credit: see [`Trust::floor`].
//!
//! Trust only grows with time, in steps. So it is kept as the instants of its steps, and is known for every instant of the past.

use entity::{MemberId, Timestamp};
use rustc_hash::FxHashMap;

use super::model::TrustTerms;

/// What a pair says about the trust of the one who received credit: since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vouching {
    /// The giver, by place.
    pub giver: u32,
    /// When the giver first gave anything.
    pub first: i64,
    /// When it first came to a whole answer, acceptance or thank-you, or to two smaller things; `i64::MAX` when never.
    pub whole: i64,
}

/// How a member is trusted apart from what others gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// Has to earn it.
    Earns,
    /// Is trusted from the start, and counts as one who is.
    Seed,
    /// Is trusted from the start as the company itself, which is not the community.
    Staff,
    /// Is never trusted.
    Never,
}

/// A step: from when on trust is how much.
type Step = (i64, f32);

/// Whose credit counts how much, at any instant.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    terms: Option<TrustTerms>,
    steps: FxHashMap<MemberId, Box<[Step]>>,
    /// When standing in the community grew, a step each, the first ones only: as many as the quorum needs.
    growth: Vec<i64>,
    seeds: u32,
}

impl Trust {
    /// Everybody's credit counts in full.
    #[must_use]
    pub fn everybody() -> Self {
        Self::default()
    }

    /// Trust that was always as it is given, for tests of what builds on it.
    #[cfg(test)]
    #[must_use]
    pub fn fixed(members: &[(MemberId, f32)], seeds: u32, quorum: u32) -> Self {
        Self {
            terms: Some(TrustTerms {
                quorum,
                ..super::model::Terms::default().trust
            }),
            steps: members.iter().map(|(id, trust)| (*id, vec![(i64::MIN, *trust)].into())).collect(),
            growth: Vec::new(),
            seeds,
        }
    }

    /// How much a member's credit is trusted at an instant, 0 to 1, before the floor.
    #[must_use]
    pub fn earned(&self, member: MemberId, at: Timestamp) -> f64 {
        let steps = self.steps.get(&member).map(AsRef::as_ref).unwrap_or_default();
        let reached = steps.partition_point(|(since, _)| *since <= at.as_micros());
        steps.get(reached.wrapping_sub(1)).map_or(0.0, |(_, trust)| f64::from(*trust))
    }

    /// How much everybody's credit counts at an instant, 0 to 1: all of it while nobody is trusted yet, none once the quorum of
    /// trusted members is there.
    #[must_use]
    pub fn floor(&self, at: Timestamp) -> f64 {
        let Some(terms) = &self.terms else { return 1.0 };
        if terms.quorum == 0 {
            return 0.0;
        }
        let reached = self.growth.partition_point(|since| *since <= at.as_micros());
        #[expect(clippy::cast_precision_loss, reason = "the quorum bounds it")]
        let trusted = f64::from(self.seeds) + reached as f64 / f64::from(terms.more_givers.max(1));
        (1.0 - trusted / f64::from(terms.quorum)).max(0.0)
    }

    /// What a member's credit counts at an instant, 0 to 1: what they have earned on top of the floor. `None` for unknown givers.
    #[must_use]
    pub fn of(&self, member: Option<MemberId>, at: Timestamp) -> f64 {
        let floor = self.floor(at);
        member.map_or(floor, |member| (1.0 - floor).mul_add(self.earned(member, at), floor))
    }
}

/// Works trust out of who gave whom credit since when.
pub struct Weighing<'a> {
    terms: &'a TrustTerms,
    /// How long ago the first credit must be, in microseconds.
    maturity: i64,
    /// When the community began.
    start: i64,
    members: &'a [(MemberId, Footing)],
    /// The steps of everybody's standing.
    standing: Vec<Box<[i64]>>,
}

impl<'a> Weighing<'a> {
    /// Starts with the members by place. `half_life` in microseconds.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "half-lives of centuries fit 53 bits"
    )]
    pub fn new(terms: &'a TrustTerms, half_life: i64, start: Timestamp, members: &'a [(MemberId, Footing)]) -> Self {
        Self {
            terms,
            maturity: (terms.maturity * half_life as f64) as i64,
            start: start.as_micros(),
            members,
            standing: vec![Box::default(); members.len()],
        }
    }

    /// When a first credit has been there for long enough: for the time that is asked for, or half of the community's age.
    fn mature_at(&self, first: i64) -> i64 {
        let half_of_age = first.saturating_mul(2).saturating_sub(self.start);
        first.saturating_add(self.maturity).min(half_of_age).max(first)
    }

    fn footing(&self, place: u32) -> Footing {
        self.members.get(place as usize).map_or(Footing::Never, |(_, footing)| *footing)
    }

    /// Takes in who credited a member; to be called for every member before any [`Self::trust`].
    pub fn stand(&mut self, place: u32, received: &[Vouching]) {
        let (first, more) = (usize::from(self.terms.first_givers), usize::from(self.terms.more_givers.max(1)));
        let steps: Box<[i64]> = match self.footing(place) {
            Footing::Seed | Footing::Staff => vec![i64::MIN; more].into(),
            Footing::Never => Box::default(),
            Footing::Earns if received.len() <= first => Box::default(),
            Footing::Earns => {
                let mut mature: Vec<i64> = received.iter().map(|one| self.mature_at(one.first)).collect();
                mature.sort_unstable();
                mature.into_iter().skip(first).take(more).collect()
            }
        };
        if let Some(standing) = self.standing.get_mut(place as usize) {
            *standing = steps;
        }
    }

    /// The steps of a member's trust.
    #[must_use]
    pub fn trust(&self, place: u32, received: &[Vouching]) -> Vec<Step> {
        match self.footing(place) {
            Footing::Seed | Footing::Staff => return vec![(i64::MIN, 1.0)],
            Footing::Never => return Vec::new(),
            Footing::Earns => {}
        }
        let (first, more) = (usize::from(self.terms.first_givers), usize::from(self.terms.more_givers.max(1)));
        // Half of each step of the giver's standing comes with the first credit, half with the first whole one.
        let mut vouched: Vec<i64> = Vec::new();
        for one in received {
            for since in self.standing.get(one.giver as usize).into_iter().flat_map(|steps| steps.iter()) {
                vouched.push(one.first.max(*since));
                if one.whole < i64::MAX {
                    vouched.push(one.whole.max(*since));
                }
            }
        }
        vouched.sort_unstable();
        let own = self.standing.get(place as usize).map(AsRef::as_ref).unwrap_or_default();
        let mut steps: Vec<Step> = Vec::new();
        let mut add = |since: i64, reached: usize, of: usize| {
            #[expect(clippy::cast_precision_loss, reason = "steps are few")]
            let trust = reached as f32 / of as f32;
            steps.push((since, trust));
        };
        for (number, since) in own.iter().enumerate() {
            add(*since, number + 1, more);
        }
        let quanta = 2 * more;
        for (number, since) in vouched.iter().skip(quanta * first).take(quanta * more).enumerate() {
            add(*since, number + 1, quanta * more);
        }
        rising(steps)
    }

    /// All of it.
    #[must_use]
    pub fn finish(self, steps: FxHashMap<MemberId, Box<[Step]>>) -> Trust {
        let of_members = |footing: Footing| self.members.iter().filter(move |(_, own)| *own == footing).count();
        let seeds = u32::try_from(of_members(Footing::Seed)).unwrap_or(u32::MAX);
        let earned = self
            .members
            .iter()
            .zip(&self.standing)
            .filter(|((_, footing), _)| *footing == Footing::Earns);
        let mut growth: Vec<i64> = earned.flat_map(|(_, steps)| steps.iter().copied()).collect();
        let needed = self.terms.quorum as usize * usize::from(self.terms.more_givers.max(1));
        growth.sort_unstable();
        growth.truncate(needed);
        Trust {
            terms: Some(*self.terms),
            steps,
            growth,
            seeds,
        }
    }
}

/// Steps in order of time, those that do not rise left out.
fn rising(mut steps: Vec<Step>) -> Vec<Step> {
    steps.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let mut highest = 0.0_f32;
    steps.retain(|(_, trust)| {
        let rises = *trust > highest;
        highest = highest.max(*trust);
        rises
    });
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: TrustTerms = TrustTerms {
        first_givers: 2,
        more_givers: 2,
        maturity: 0.5,
        ripe_share: 0.25,
        fresh_limit: 4.0,
        anonymous_limit: 6.0,
        trace: 0.002,
        unanswered: 0.0,
        vetted_votes: false,
        quorum: 1,
    };

    fn gave(giver: u32, first: i64, whole: i64) -> Vouching {
        Vouching { giver, first, whole }
    }

    fn weigh(members: &[(MemberId, Footing)], received: &[Vec<Vouching>]) -> Trust {
        let mut weighing = Weighing::new(&TERMS, 200, Timestamp::from_micros(0), members);
        for (place, received) in (0_u32..).zip(received) {
            weighing.stand(place, received);
        }
        let steps = (0_u32..)
            .zip(received)
            .map(|(place, received)| (members[place as usize].0, weighing.trust(place, received).into()))
            .collect();
        weighing.finish(steps)
    }

    fn people(count: i64) -> Vec<(MemberId, Footing)> {
        (0..count).map(|id| (MemberId(id), Footing::Earns)).collect()
    }

    #[test]
    fn standing_comes_from_the_third_and_fourth_person_once_they_are_long_ago() {
        let received = vec![vec![
            gave(1, 1_000, 1_000),
            gave(2, 1_001, 1_001),
            gave(3, 1_010, 1_010),
            gave(4, 1_200, i64::MAX),
        ]];
        let trust = weigh(&people(5), &received);
        let at = |micros: i64| trust.earned(MemberId(0), Timestamp::from_micros(micros));
        assert_eq!([at(0), at(1_109), at(1_110), at(1_299), at(1_300)], [0.0, 0.0, 0.5, 0.5, 1.0]);
        // A community that began a moment ago does not wait for half a half-life: half of its age will do.
        let young = vec![vec![gave(1, 1, 1), gave(2, 2, 2), gave(3, 10, 10)]];
        let trust = weigh(&people(5), &young);
        assert_eq!(trust.earned(MemberId(0), Timestamp::from_micros(19)), 0.0);
        assert_eq!(trust.earned(MemberId(0), Timestamp::from_micros(20)), 0.5);
    }

    #[test]
    fn those_with_standing_vouch_one_step_far() {
        let mut members = people(8);
        for place in [0, 1, 2, 3] {
            members[place].1 = Footing::Seed;
        }
        let mut received = vec![Vec::new(); 8];
        received[4] = (0..4)
            .map(|giver| gave(giver, 1_000, if giver == 3 { i64::MAX } else { 1_010 }))
            .collect();
        received[5] = vec![gave(4, 1_020, 1_020); 8];
        let trust = weigh(&members, &received);
        let at = |member: i64, micros: i64| trust.earned(MemberId(member), Timestamp::from_micros(micros));
        assert_eq!(at(4, 1_009), 0.0, "four halves are two");
        assert_eq!(at(4, 1_010), 0.75, "three whole ones and a half are three and a half");
        assert_eq!(at(5, 1_099), 0.0, "who was vouched for does not vouch");
        assert_eq!(at(0, -5), 1.0);
    }

    #[test]
    fn a_ring_of_fresh_accounts_has_no_trust() {
        let ring: Vec<Vec<Vouching>> = (0..10_u32)
            .map(|own| {
                (0..10)
                    .filter(|giver| *giver != own)
                    .map(|giver| gave(giver, 100_000, 100_000))
                    .collect()
            })
            .collect();
        let trust = weigh(&people(10), &ring);
        let now = Timestamp::from_micros(100_099);
        assert!((0..10).all(|id| trust.earned(MemberId(id), now) == 0.0));
    }

    #[test]
    fn everybody_counts_until_the_quorum_is_there() {
        let received = vec![vec![
            gave(1, 1_000, 1_000),
            gave(2, 1_001, 1_001),
            gave(3, 1_010, 1_010),
            gave(4, 1_200, 1_200),
        ]];
        let trust = weigh(&people(5), &received);
        let floor = |micros: i64| trust.floor(Timestamp::from_micros(micros));
        assert_eq!([floor(0), floor(1_110), floor(1_300)], [1.0, 0.5, 0.0]);
        let of = |member, micros: i64| trust.of(member, Timestamp::from_micros(micros));
        assert_eq!(of(None, 1_110), 0.5);
        assert_eq!(of(Some(MemberId(0)), 1_110), 0.75);
        assert_eq!(Trust::everybody().of(None, Timestamp::from_micros(5)), 1.0);
    }
}
