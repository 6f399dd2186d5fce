//! How members moved between two rankings. Pure.

use std::collections::HashSet;

use entity::MemberId;

use crate::features::influence::model::Level;
use crate::features::influence::snapshot::Snapshot;

/// Which way members moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They have a higher value now.
    Rising,
    /// They have a lower value now.
    Fading,
}

/// A member's place in one ranking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The points; 0 for who has none.
    pub points: f64,
    /// The value, by the model of that ranking.
    pub value: f64,
    /// How much influence, in words.
    pub level: Level,
    /// The rank; `None` without points.
    pub rank: Option<usize>,
}

impl Place {
    /// Where a member stands in a ranking.
    #[must_use]
    pub fn in_ranking(ranking: &Snapshot, member: MemberId) -> Self {
        let standing = ranking.standing(member);
        let (points, evidence) = standing.map_or((0.0, 0.0), |standing| (standing.total, standing.evidence));
        Self {
            points,
            value: ranking.model.value(points),
            level: ranking.model.level(points, evidence),
            rank: standing.map(|standing| ranking.rank(standing.total)),
        }
    }
}

/// How a member moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Who.
    pub member: MemberId,
    /// Where they stand now.
    pub now: Place,
    /// Where they stood.
    pub before: Place,
}

impl Change {
    /// By how much the value changed.
    #[must_use]
    pub fn size(&self) -> f64 {
        self.now.value - self.before.value
    }
}

/// Who moved one way between two rankings, the farthest first; ties by id. Where there was too little evidence to say, at the higher
/// of the two ends, they are left out unless asked for.
#[must_use]
pub fn changes(before: &Snapshot, now: &Snapshot, direction: Direction, with_emerging: bool) -> Vec<Change> {
    let members: HashSet<MemberId> = [before, now]
        .iter()
        .flat_map(|ranking| ranking.between(None, None))
        .map(|standing| standing.member)
        .collect();
    let change = |member: MemberId| Change {
        member,
        now: Place::in_ranking(now, member),
        before: Place::in_ranking(before, member),
    };
    let belongs = |change: &Change| {
        let (moved, level) = match direction {
            Direction::Rising => (change.size() > 0.0, change.now.level),
            Direction::Fading => (change.size() < 0.0, change.before.level),
        };
        moved && (with_emerging || level != Level::Emerging)
    };
    let mut found: Vec<Change> = members.into_iter().map(change).filter(belongs).collect();
    found.sort_unstable_by(|a, b| b.size().abs().total_cmp(&a.size().abs()).then(a.member.cmp(&b.member)));
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use entity::Timestamp;

    use super::*;
    use crate::features::influence::formula::Points;
    use crate::features::influence::model::ScoringModel;
    use crate::features::influence::snapshot::Standing;
    use crate::features::influence::trust::Trust;

    /// A ranking of members by id, points and evidence.
    fn ranking(of: &[(i64, f64, f64)]) -> Snapshot {
        let standings = of.iter().map(|(id, total, evidence)| Standing {
            member: MemberId(*id),
            points: Points::default(),
            total: *total,
            evidence: *evidence,
        });
        let by = (Arc::new(ScoringModel::default()), Arc::new(Trust::everybody()));
        Snapshot::new(Timestamp::from_micros(0), by, standings.collect(), of.len())
    }

    fn ids(changes: &[Change]) -> Vec<i64> {
        changes.iter().map(|change| change.member.0).collect()
    }

    #[test]
    fn those_who_moved_farthest_come_first() {
        let before = ranking(&[(1, 20.0, 9.0), (2, 20.0, 9.0), (3, 5.0, 9.0), (5, 60.0, 9.0)]);
        let now = ranking(&[(1, 60.0, 9.0), (2, 5.0, 9.0), (3, 5.0, 9.0), (4, 60.0, 9.0)]);
        let rising = changes(&before, &now, Direction::Rising, false);
        assert_eq!(ids(&rising), [4, 1]);
        assert_eq!(
            (rising[0].before.value, rising[0].before.rank, rising[0].now.rank),
            (0.0, None, Some(1))
        );
        assert!((rising[1].size() - 25.0).abs() < 1e-12);
        let fading = changes(&before, &now, Direction::Fading, false);
        assert_eq!(ids(&fading), [5, 2]);
        assert_eq!(
            (fading[0].now.points, fading[0].now.rank, fading[0].before.rank),
            (0.0, None, Some(1))
        );
    }

    #[test]
    fn too_little_evidence_is_left_out_at_the_end_that_counts() {
        let before = ranking(&[(1, 20.0, 1.0), (3, 50.0, 9.0), (4, 40.0, 1.0)]);
        let now = ranking(&[(1, 60.0, 9.0), (2, 60.0, 1.0), (3, 1.0, 1.0), (4, 1.0, 9.0)]);
        assert_eq!(ids(&changes(&before, &now, Direction::Rising, false)), [1]);
        assert_eq!(ids(&changes(&before, &now, Direction::Rising, true)), [2, 1]);
        assert_eq!(ids(&changes(&before, &now, Direction::Fading, false)), [3]);
        assert_eq!(ids(&changes(&before, &now, Direction::Fading, true)), [3, 4]);
    }
}
