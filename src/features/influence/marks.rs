//! What was last told of members' scores, and what is to be told next. Pure.
//!
//! Scores fade all the time and move with every interaction; whoever follows the change log wants what matters. Told is another
//! level, a move of the value by a whole step since it was last told, every move within the first ranks, and that a score is gone.
//! A member of whom nothing was told yet counts as one without points: the value 0 and too little evidence for a level.

use entity::MemberId;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::model::Level;
use super::snapshot::Snapshot;

/// From so large a move of the value on it is told, in hundredths: one of a hundred.
pub const STEP: i32 = 100;

/// Every move within so many first ranks is told.
pub const FIRST_RANKS: u32 = 100;

/// What was told of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The value in hundredths: what is told has two decimals.
    pub hundredths: i32,
    /// The rank.
    pub rank: u32,
    /// The level.
    pub level: Level,
}

/// What was told, by member.
pub type Marks = FxHashMap<MemberId, Mark>;

impl Mark {
    /// What counts as told of somebody of whom nothing was told.
    const NOTHING: Self = Self {
        hundredths: 0,
        rank: u32::MAX,
        level: Level::Emerging,
    };

    /// A score as it is told.
    #[must_use]
    pub fn new(value: f64, rank: u32, level: Level) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a value is 0 to 100")]
        let hundredths = (value.clamp(0.0, 100.0) * 100.0).round() as i32;
        Self { hundredths, rank, level }
    }

    /// The value, 0 to 100.
    #[must_use]
    pub fn value(&self) -> f64 {
        f64::from(self.hundredths) / 100.0
    }

    /// Whether this is worth telling after what was told before.
    fn is_news_after(&self, before: &Self) -> bool {
        let moved_in_front = self.rank != before.rank && self.rank.min(before.rank) <= FIRST_RANKS;
        self.level != before.level || (self.hundredths - before.hundredths).abs() >= STEP || moved_in_front
    }
}

/// Something to tell of a member's score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whose.
    pub member: MemberId,
    /// What was last told; `None` when nothing was.
    pub before: Option<Mark>,
    /// How it is now; `None` when there is no score any more.
    pub now: Option<Mark>,
}

impl Told {
    /// The payload of its event. When the score is gone, what it was is not told again: its member may have opted out.
    #[must_use]
    pub fn payload(&self) -> Value {
        let before = self.before.filter(|_before| self.now.is_some());
        let value = |mark: Option<Mark>| mark.map(|mark| mark.value());
        let rank = |mark: Option<Mark>| mark.map(|mark| mark.rank);
        let level = |mark: Option<Mark>| mark.map(|mark| mark.level.as_str());
        json!({
            "value": value(self.now), "previousValue": value(before),
            "rank": rank(self.now), "previousRank": rank(before),
            "level": level(self.now), "previousLevel": level(before),
        })
    }
}

/// What is to be told of a ranking: members by rank, then those who have no score any more.
#[must_use]
pub fn differences(marks: &Marks, ranking: &Snapshot) -> Vec<Told> {
    let mut told = Vec::new();
    let (mut rank, mut above) = (0, f64::INFINITY);
    for (place, standing) in (1_u32..).zip(ranking.between(None, None)) {
        // Members with the same points share the better rank.
        if standing.total < above {
            (rank, above) = (place, standing.total);
        }
        let level = ranking.model.level(standing.total, standing.evidence);
        let now = Mark::new(ranking.model.value(standing.total), rank, level);
        let before = marks.get(&standing.member).copied();
        if now.is_news_after(&before.unwrap_or(Mark::NOTHING)) {
            told.push(Told {
                member: standing.member,
                before,
                now: Some(now),
            });
        }
    }
    let without_score = marks.iter().filter(|(member, _)| ranking.standing(**member).is_none());
    let mut gone: Vec<Told> = without_score
        .map(|(member, before)| Told {
            member: *member,
            before: Some(*before),
            now: None,
        })
        .collect();
    gone.sort_unstable_by_key(|told| told.member);
    told.extend(gone);
    told
}

/// Notes that something was told.
pub fn note(marks: &mut Marks, told: &[Told]) {
    for one in told {
        match one.now {
            Some(mark) => marks.insert(one.member, mark),
            None => marks.remove(&one.member),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use entity::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::features::influence::formula::Points;
    use crate::features::influence::model::ScoringModel;
    use crate::features::influence::snapshot::Standing;
    use crate::features::influence::trust::Trust;

    /// A ranking of members with points and evidence; those without points are left out.
    fn ranking(scores: &[(i64, f64, f64)]) -> Snapshot {
        let standings = scores.iter().filter(|(_, total, _)| *total > 0.0);
        let standings = standings.map(|(member, total, evidence)| Standing {
            member: MemberId(*member),
            points: Points::default(),
            total: *total,
            evidence: *evidence,
        });
        let by = (Arc::new(ScoringModel::default()), Arc::new(Trust::default()));
        Snapshot::new(Timestamp::from_micros(1), by, standings.collect(), scores.len())
    }

    /// Tells what there is to tell, and notes it.
    fn tell(marks: &mut Marks, scores: &[(i64, f64, f64)]) -> Vec<Told> {
        let told = differences(marks, &ranking(scores));
        note(marks, &told);
        told
    }

    fn members(told: &[Told]) -> Vec<i64> {
        told.iter().map(|told| told.member.0).collect()
    }

    #[test]
    fn the_first_score_is_told_and_the_same_again_is_not() {
        let mut marks = Marks::default();
        let told = tell(&mut marks, &[(1, 20.0, 10.0), (2, 5.0, 1.0)]);
        assert_eq!(members(&told), [1, 2]);
        assert_eq!(told[0].before, None);
        assert_eq!(told[0].now, Some(Mark::new(50.0, 1, Level::Influential)));
        assert_eq!(told[1].now, Some(Mark::new(20.0, 2, Level::Emerging)));
        let payload = json!({
            "value": 50.0, "previousValue": null, "rank": 1, "previousRank": null, "level": "INFLUENTIAL", "previousLevel": null,
        });
        assert_eq!(told[0].payload(), payload);
        assert!(tell(&mut marks, &[(1, 20.0, 10.0), (2, 5.0, 1.0)]).is_empty());
    }

    #[test]
    fn small_moves_add_up_until_they_are_told() {
        let mut marks = Marks::default();
        // Beyond the first ranks, where a rank alone is no news.
        let crowd: Vec<(i64, f64, f64)> = (1..=150).map(|member| (member, 1_000.0, 10.0)).collect();
        let with = |value: f64| {
            let points = 20.0 * value / (100.0 - value);
            crowd.iter().copied().chain([(999, points, 10.0)]).collect::<Vec<_>>()
        };
        tell(&mut marks, &with(40.0));
        assert!(tell(&mut marks, &with(40.5)).is_empty());
        assert!(tell(&mut marks, &with(40.99)).is_empty());
        let told = tell(&mut marks, &with(41.0));
        assert_eq!((members(&told), told[0].before.unwrap().hundredths), (vec![999], 4_000));
        assert!(tell(&mut marks, &with(40.01)).is_empty());
        assert_eq!(members(&tell(&mut marks, &with(40.0))), [999]);
    }

    #[test]
    fn another_level_is_told_however_small_the_move() {
        let mut marks = Marks::default();
        let crowd: Vec<(i64, f64, f64)> = (1..=150).map(|member| (member, 1_000.0, 10.0)).collect();
        let with = |points: f64, evidence: f64| crowd.iter().copied().chain([(999, points, evidence)]).collect::<Vec<_>>();
        tell(&mut marks, &with(19.999, 10.0));
        let told = tell(&mut marks, &with(20.0, 10.0));
        let levels = (told[0].before.unwrap().level, told[0].now.unwrap().level);
        assert_eq!((members(&told), levels), (vec![999], (Level::Established, Level::Influential)));
        assert_eq!(tell(&mut marks, &with(20.0, 2.0))[0].now.unwrap().level, Level::Emerging);
    }

    #[test]
    fn moves_within_the_first_ranks_are_told_and_others_are_not() {
        let mut marks = Marks::default();
        // A little apart each, so that no value moves by a step.
        let mut scores: Vec<(i64, f64, f64)> = (0..300).map(|n| (n, 10.0 - 0.000_1 * n as f64, 10.0)).collect();
        tell(&mut marks, &scores);
        // The one on rank 201 goes to rank 151: no news of anybody.
        scores[200].1 = 10.0 - 0.000_1 * 149.5;
        assert!(tell(&mut marks, &scores).is_empty());
        // The one on rank 100 goes to rank 98: three have moved.
        scores[99].1 = 10.0 - 0.000_1 * 96.5;
        assert_eq!(members(&tell(&mut marks, &scores)), [99, 97, 98]);
        // The one on rank 103 comes in at rank 100, and the one who was there leaves.
        scores[102].1 = 10.0 - 0.000_1 * 97.5;
        let told = tell(&mut marks, &scores);
        assert_eq!(members(&told), [102, 98]);
        assert_eq!(told.iter().map(|told| told.now.unwrap().rank).collect::<Vec<_>>(), [100, 101]);
    }

    #[test]
    fn equal_points_share_the_better_rank() {
        let told = tell(&mut Marks::default(), &[(1, 5.0, 4.0), (2, 5.0, 4.0), (3, 4.0, 4.0)]);
        assert_eq!(told.iter().map(|told| told.now.unwrap().rank).collect::<Vec<_>>(), [1, 1, 3]);
    }

    #[test]
    fn a_score_that_is_gone_is_told_once_and_forgotten() {
        let mut marks = Marks::default();
        tell(&mut marks, &[(1, 20.0, 10.0), (2, 5.0, 10.0)]);
        let told = tell(&mut marks, &[(1, 20.0, 10.0), (2, 0.0, 0.0)]);
        assert_eq!((members(&told), told[0].now), (vec![2], None));
        let nothing = |payload: &Value| payload.as_object().unwrap().values().all(Value::is_null);
        assert!(nothing(&told[0].payload()), "{}", told[0].payload());
        assert_eq!(marks.len(), 1);
        assert!(tell(&mut marks, &[(1, 20.0, 10.0), (2, 0.0, 0.0)]).is_empty());
    }

    #[test]
    fn a_newcomer_with_next_to_nothing_far_behind_is_no_news() {
        let mut scores: Vec<(i64, f64, f64)> = (1..=150).map(|member| (member, 1_000.0, 10.0)).collect();
        let mut marks = Marks::default();
        tell(&mut marks, &scores);
        scores.push((999, 0.1, 1.0));
        assert!(tell(&mut marks, &scores).is_empty());
    }

    proptest! {
        /// Whoever follows what is told is never off by a step, knows every level, and knows the first ranks exactly.
        #[test]
        fn whoever_follows_knows_what_matters(
            rounds in prop::collection::vec(prop::collection::vec((0.0..200.0_f64, 0.0..8.0_f64), 130), 1..6)
        ) {
            let mut followed = Marks::default();
            for round in rounds {
                let scores: Vec<(i64, f64, f64)> = (0..)
                    .zip(round)
                    // A fifth of them has no points.
                    .map(|(member, (points, evidence))| (member, (points - 40.0).max(0.0), evidence))
                    .collect();
                let ranking = ranking(&scores);
                let told = differences(&followed, &ranking);
                for one in &told {
                    prop_assert_eq!(one.before, followed.get(&one.member).copied());
                }
                note(&mut followed, &told);
                prop_assert!(differences(&followed, &ranking).is_empty());
                for standing in ranking.between(None, None) {
                    let rank = u32::try_from(ranking.rank(standing.total)).unwrap();
                    let level = ranking.model.level(standing.total, standing.evidence);
                    let now = Mark::new(ranking.model.value(standing.total), rank, level);
                    let known = followed.get(&standing.member).copied().unwrap_or(Mark::NOTHING);
                    prop_assert!((known.hundredths - now.hundredths).abs() < STEP);
                    prop_assert_eq!(known.level, now.level);
                    if rank <= FIRST_RANKS {
                        prop_assert_eq!(known.rank, rank);
                    } else {
                        prop_assert!(known.rank > FIRST_RANKS);
                    }
                }
                prop_assert!(followed.keys().all(|member| ranking.standing(*member).is_some()));
            }
        }
    }
}
