//! What-if: the ranking under another model beside the present one. Nothing is written.

use std::collections::HashSet;
use std::sync::Arc;

use entity::{CommunityId, MemberId, Timestamp};
use sea_orm::DatabaseTransaction;

use super::ledger::Ledger;
use super::model::ScoringModel;
use super::snapshot::Snapshot;
use super::store::{self, Scope};
use crate::app::App;
use crate::error::Result;

/// How deep the two rankings are compared.
pub const TOP: usize = 50;

/// A member's place under both models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// Who.
    pub member: MemberId,
    /// Present rank; `None` without points.
    pub rank: Option<usize>,
    /// Rank under the other model; `None` without points.
    pub new_rank: Option<usize>,
    /// Present value.
    pub value: f64,
    /// Value under the other model.
    pub new_value: f64,
}

impl Move {
    /// By how many places they rise; those without points stand behind all others.
    fn rise(&self, last: usize) -> i64 {
        let place = |rank: Option<usize>| i64::try_from(rank.unwrap_or(last)).unwrap_or(i64::MAX);
        place(self.rank) - place(self.new_rank)
    }
}

/// What another model would change.
#[derive(Clone, Debug)]
pub struct Preview {
    /// How many of the present first fifty are among the first fifty.
    pub kept: usize,
    /// How many there are to compare: fifty, or as many as have points.
    pub of: usize,
    /// Who rises most, the farthest first.
    pub rising: Vec<Move>,
    /// Who falls most, the farthest first.
    pub falling: Vec<Move>,
    /// The first under the other model.
    pub top: Vec<Move>,
}

/// Ranks a community under another model as of now, and compares.
///
/// # Errors
/// When the database fails.
pub async fn preview(app: &App, community: CommunityId, model: ScoringModel, now: Timestamp, most: usize) -> Result<Preview> {
    let present = app.scores.ranking(Scope { community, topic: None }, now).await?;
    let db = app.db.snapshot().await?;
    let other = rank_in(&db, community, Arc::new(model), present.as_of).await;
    // Nothing was written: how a read transaction ends does not matter.
    db.rollback().await?;
    Ok(compare(&present, &other?, most))
}

async fn rank_in(db: &DatabaseTransaction, community: CommunityId, model: Arc<ScoringModel>, at: Timestamp) -> Result<Snapshot> {
    let mut ledger = Ledger::new(Arc::clone(&model), at);
    store::read_people(db, community, |person| {
        ledger.put_person(person);
    })
    .await?;
    let scope = Scope { community, topic: None };
    store::read_entries(db, &model, scope, None, |entry| ledger.enter(entry)).await?;
    let trust = Arc::new(ledger.trust());
    Ok(ledger.rank(&trust, at))
}

fn compare(present: &Snapshot, other: &Snapshot, most: usize) -> Preview {
    let last = present.len().max(other.len()) + 1;
    let ids: HashSet<MemberId> = [present, other]
        .iter()
        .flat_map(|ranking| ranking.between(None, None))
        .map(|standing| standing.member)
        .collect();
    let place = |ranking: &Snapshot, member| {
        let standing = ranking.standing(member);
        let rank = standing.map(|standing| ranking.rank(standing.total));
        (rank, standing.map_or(0.0, |standing| ranking.model.value(standing.total)))
    };
    let one = |member: MemberId| {
        let ((rank, value), (new_rank, new_value)) = (place(present, member), place(other, member));
        Move {
            member,
            rank,
            new_rank,
            value,
            new_value,
        }
    };
    let mut moves: Vec<Move> = ids.into_iter().map(one).collect();
    moves.sort_by_key(|one| (std::cmp::Reverse(one.rise(last)), one.member));
    let rising = moves.iter().take(most).filter(|one| one.rise(last) > 0).copied().collect();
    let falling = moves.iter().rev().take(most).filter(|one| one.rise(last) < 0).copied().collect();
    let first = |ranking: &Snapshot| -> HashSet<MemberId> {
        ranking
            .between(None, None)
            .iter()
            .take(TOP)
            .map(|standing| standing.member)
            .collect()
    };
    let (before, after) = (first(present), first(other));
    let top = other.between(None, None).iter().take(most).map(|standing| one(standing.member));
    Preview {
        kept: before.intersection(&after).count(),
        of: before.len(),
        rising,
        falling,
        top: top.collect(),
    }
}
