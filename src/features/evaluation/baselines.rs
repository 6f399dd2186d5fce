//! Published ways to rank members, to compare with: each as its makers describe it, as far as what is recorded here allows. Pure.

use std::collections::HashSet;

use entity::InteractionKind as Kind;

use super::page_rank::page_rank;
use super::record::View;

const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// A published formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Baseline {
    /// How much somebody said.
    Activity,
    /// Stack Exchange's reputation: 10 for an up-vote, 15 for an accepted answer, 2 for accepting one, −2 for a down-vote; at
    /// least 1.
    Reputation,
    /// Discourse's default leaderboard: 1 for each day visited and each like given or received, 5 for a topic, 2 for a post, 10
    /// for a solution.
    Discourse,
    /// Khoros' default rank formula: topics 1, replies 1, answers 2, kudos given 2 and received 4, solutions 15.
    Khoros,
    /// Orbit's love: activities by weight, halved every 90 days. Communities set the weights; these (answers 3, other contributions
    /// and accepting an answer 1) did best among those tried on six communities.
    Orbit,
    /// PageRank (Page et al. 1999) over who credited whom, damping 0.85.
    PageRank,
    /// The same with credits that halve every half-life of the community's model.
    DecayedPageRank,
    /// Z-score of answers against questions: `(a − q) / √(a + q)` (Zhang, Ackerman, Adamic 2007).
    ZScore,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Activity,
        Self::Reputation,
        Self::Discourse,
        Self::Khoros,
        Self::Orbit,
        Self::PageRank,
        Self::DecayedPageRank,
        Self::ZScore,
    ];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Reputation => "reputation",
            Self::Discourse => "discourse",
            Self::Khoros => "khoros-rank",
            Self::Orbit => "orbit-love",
            Self::PageRank => "pagerank",
            Self::DecayedPageRank => "pagerank-decayed",
            Self::ZScore => "z-score",
        }
    }

    /// The score of every member, by place, from what was done before the view's instant.
    #[must_use]
    pub fn scores(self, view: &View<'_>, half_life_micros: i64) -> Vec<f64> {
        match self {
            Self::Activity => weighted(view, |kind, side| f64::from(u8::from(side == Side::Actor && speaks(kind)))),
            Self::Reputation => {
                let mut scores = weighted(view, |kind, side| match (kind, side) {
                    (Kind::Kudos, Side::Target) => 10.0,
                    (Kind::SolutionAccepted, Side::Target) => 15.0,
                    (Kind::SolutionAccepted, Side::Actor) => 2.0,
                    (Kind::Downvote, Side::Target) => -2.0,
                    _ => 0.0,
                });
                scores.iter_mut().for_each(|score| *score = (1.0 + *score).max(1.0));
                scores
            }
            Self::Discourse => {
                let mut scores = weighted(view, |kind, side| match (kind, side) {
                    (Kind::Kudos, _) => 1.0,
                    (Kind::SolutionAccepted, Side::Target) => 10.0,
                    (Kind::Question | Kind::Review | Kind::Complaint | Kind::Praise, Side::Actor) => 5.0,
                    (kind, Side::Actor) if speaks(kind) => 2.0,
                    _ => 0.0,
                });
                for (score, days) in scores.iter_mut().zip(days_active(view)) {
                    *score += days;
                }
                scores
            }
            Self::Khoros => weighted(view, |kind, side| match (kind, side) {
                (Kind::Kudos, Side::Target) => 4.0,
                (Kind::Kudos | Kind::Answer, Side::Actor) => 2.0,
                (Kind::SolutionAccepted, Side::Target) => 15.0,
                (kind, Side::Actor) if speaks(kind) => 1.0,
                _ => 0.0,
            }),
            Self::Orbit => love(view),
            Self::PageRank => page_rank(view, None),
            Self::DecayedPageRank => page_rank(view, Some(half_life_micros)),
            Self::ZScore => z_score(view),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Actor,
    Target,
}

/// Whether somebody says something with it.
const fn speaks(kind: Kind) -> bool {
    use Kind as K;
    matches!(
        kind,
        K::Question | K::Post | K::Review | K::Complaint | K::Praise | K::Answer | K::Reply | K::Message | K::Comment
    )
}

/// The sum of weights of what members did and received. What people do towards themselves counts for what they did only.
fn weighted(view: &View<'_>, weight: impl Fn(Kind, Side) -> f64) -> Vec<f64> {
    weighted_at(view, |kind, side, _age| weight(kind, side))
}

fn weighted_at(view: &View<'_>, weight: impl Fn(Kind, Side, i64) -> f64) -> Vec<f64> {
    let mut scores = vec![0.0; view.people()];
    for act in view.acts {
        let age = view.at.as_micros() - act.at.as_micros();
        let to_self = act.actor == act.target;
        for (place, side) in [(act.actor, Side::Actor), (act.target.filter(|_| !to_self), Side::Target)] {
            let reacts = !speaks(act.kind);
            if let Some(score) = place.and_then(|place| scores.get_mut(place as usize))
                && !(to_self && reacts)
            {
                *score += weight(act.kind, side, age);
            }
        }
    }
    scores
}

/// On how many days each member did something.
fn days_active(view: &View<'_>) -> Vec<f64> {
    let mut days = vec![0.0; view.people()];
    let mut seen: HashSet<(u32, i64)> = HashSet::new();
    for act in view.acts {
        if let Some(actor) = act.actor
            && seen.insert((actor, act.at.as_micros().div_euclid(DAY_MICROS)))
            && let Some(count) = days.get_mut(actor as usize)
        {
            *count += 1.0;
        }
    }
    days
}

/// Activities by weight, with Orbit's decay.
fn love(view: &View<'_>) -> Vec<f64> {
    const HALF_LIFE: f64 = 90.0 * 86_400.0 * 1e6;
    weighted_at(view, |kind, side, age| {
        let weight = match (kind, side) {
            (Kind::Answer | Kind::Reply | Kind::Message, Side::Actor) => 3.0,
            (Kind::SolutionAccepted, Side::Actor) => 1.0,
            (kind, Side::Actor) if speaks(kind) => 1.0,
            _ => 0.0,
        };
        #[expect(clippy::cast_precision_loss, reason = "ages of centuries fit 53 bits")]
        let age = age as f64;
        weight * (-age / HALF_LIFE).exp2()
    })
}

fn z_score(view: &View<'_>) -> Vec<f64> {
    let answers = weighted(view, |kind, side| {
        let answers = side == Side::Actor && matches!(kind, Kind::Answer | Kind::Reply | Kind::Message);
        f64::from(u8::from(answers))
    });
    let questions = weighted(view, |kind, side| {
        f64::from(u8::from(side == Side::Actor && kind == Kind::Question))
    });
    let score = |(a, q): (&f64, &f64)| if a + q > 0.0 { (a - q) / (a + q).sqrt() } else { 0.0 };
    answers.iter().zip(&questions).map(score).collect()
}

#[cfg(test)]
mod tests {
    use entity::{MemberId, Timestamp};

    use super::*;
    use crate::features::evaluation::record::Record;
    use crate::features::influence::ledger::{Entry, Person};
    use crate::features::influence::trust::Footing;

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    /// 1 asks, 2 answers, 1 accepts and thanks, somebody unknown votes 1 down, 1 comments on themselves; two days ago.
    fn scores(baseline: Baseline) -> Vec<f64> {
        let people: Vec<Person> = (1..=3)
            .map(|id| Person {
                id: MemberId(id),
                root: MemberId(id),
                is_scored: true,
                footing: Footing::Earns,
            })
            .collect();
        let at = NOW.plus_micros(-2 * DAY_MICROS);
        let entry = |kind, actor: Option<i64>, target: Option<i64>| Entry {
            kind,
            actor: actor.map(MemberId),
            target: target.map(MemberId),
            at,
            factor: 1.0,
        };
        let entries = [
            entry(Kind::Question, Some(1), None),
            entry(Kind::Answer, Some(2), Some(1)),
            entry(Kind::SolutionAccepted, Some(1), Some(2)),
            entry(Kind::Kudos, Some(1), Some(2)),
            entry(Kind::Downvote, None, Some(1)),
            entry(Kind::Comment, Some(1), Some(1)),
        ];
        baseline.scores(&Record::new(&people, &entries).before(NOW), 90 * DAY_MICROS)
    }

    #[test]
    fn formulas_give_what_their_makers_say() {
        assert_eq!(scores(Baseline::Activity), [2.0, 1.0, 0.0]);
        assert_eq!(scores(Baseline::Reputation), [1.0 + 2.0 - 2.0, 1.0 + 15.0 + 10.0, 1.0]);
        assert_eq!(scores(Baseline::Discourse), [5.0 + 2.0 + 1.0 + 1.0, 2.0 + 10.0 + 1.0 + 1.0, 0.0]);
        assert_eq!(scores(Baseline::Khoros), [1.0 + 1.0 + 2.0, 2.0 + 15.0 + 4.0, 0.0]);
        assert_eq!(scores(Baseline::ZScore), [-1.0, 1.0, 0.0]);
        let love = scores(Baseline::Orbit);
        let faded = (-2.0_f64 / 90.0).exp2();
        assert!(
            (love[0] - 3.0 * faded).abs() < 1e-12 && (love[1] - 3.0 * faded).abs() < 1e-12,
            "{love:?}"
        );
        let rank = scores(Baseline::PageRank);
        assert!((rank.iter().sum::<f64>() - 1.0).abs() < 1e-9 && rank[1] > rank[0], "{rank:?}");
    }
}
