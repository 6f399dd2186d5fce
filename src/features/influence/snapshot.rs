//! A ranking as of an instant: immutable, swapped whole, read without a lock or a query.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{MemberId, Timestamp};
use rustc_hash::FxBuildHasher;

use super::formula::Points;
use super::model::ScoringModel;
use super::trust::Trust;

/// One member's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Who.
    pub member: MemberId,
    /// Points by signal.
    pub points: Points,
    /// Their sum.
    pub total: f64,
    /// How much evidence there is, in equally strong givers.
    pub evidence: f64,
}

/// The ranking of a community, or of a topic in it.
#[derive(Debug)]
pub struct Snapshot {
    /// As of when.
    pub as_of: Timestamp,
    /// By which model.
    pub model: Arc<ScoringModel>,
    /// Whose credit counted how much.
    pub trust: Arc<Trust>,
    /// Members with points, most first; ties by id, so that pages are stable.
    standings: Vec<Standing>,
    /// Where each is in `standings`.
    places: HashMap<MemberId, u32, FxBuildHasher>,
    /// How many members may be scored, with or without points.
    pub population: usize,
}

/// A place in the leaderboard, as its cursor keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Points.
    pub total: f64,
    /// Who.
    pub member: MemberId,
}

impl Snapshot {
    /// Ranks members; those without points are counted but not ranked.
    #[must_use]
    pub fn new(as_of: Timestamp, (model, trust): (Arc<ScoringModel>, Arc<Trust>), mut standings: Vec<Standing>, population: usize) -> Self {
        standings.sort_unstable_by(|a, b| b.total.total_cmp(&a.total).then(a.member.cmp(&b.member)));
        let mut places = HashMap::with_capacity_and_hasher(standings.len(), FxBuildHasher);
        places.extend(standings.iter().zip(0_u32..).map(|(standing, place)| (standing.member, place)));
        Self {
            as_of,
            model,
            trust,
            standings,
            places,
            population,
        }
    }

    /// A member's place; `None` without points.
    #[must_use]
    pub fn standing(&self, member: MemberId) -> Option<&Standing> {
        self.standings.get(usize::try_from(*self.places.get(&member)?).ok()?)
    }

    /// 1 for the most points; members with the same points share the better rank.
    #[must_use]
    pub fn rank(&self, total: f64) -> usize {
        1 + self.standings.partition_point(|standing| standing.total > total)
    }

    /// The share of the scored members who have fewer points, in percent.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "members are fewer than 2^52")]
    pub fn percentile(&self, total: f64) -> f64 {
        if self.population == 0 {
            return 0.0;
        }
        let at_least_as_many = self.standings.partition_point(|standing| standing.total >= total);
        let fewer = if total > 0.0 {
            self.population - at_least_as_many.min(self.population)
        } else {
            0
        };
        100.0 * fewer as f64 / self.population as f64
    }

    /// How many members are ranked.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.standings.len()
    }

    /// Whether nobody is ranked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.standings.is_empty()
    }

    /// The standings strictly after one place and strictly before another.
    #[must_use]
    pub fn between(&self, after: Option<Place>, before: Option<Place>) -> &[Standing] {
        let comes_first = |standing: &Standing, place: Place| {
            standing.total > place.total || (standing.total.total_cmp(&place.total).is_eq() && standing.member < place.member)
        };
        let is_at = |standing: &Standing, place: Place| standing.total.total_cmp(&place.total).is_eq() && standing.member == place.member;
        let start = after.map_or(0, |place| {
            self.standings
                .partition_point(|standing| comes_first(standing, place) || is_at(standing, place))
        });
        let end = before.map_or(self.standings.len(), |place| {
            self.standings.partition_point(|standing| comes_first(standing, place))
        });
        self.standings.get(start..end.max(start)).unwrap_or_default()
    }
}
