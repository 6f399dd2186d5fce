//! The queries of follow-ups.

use std::collections::HashMap;

use entity::{CaseId, CommunityId, FollowUpId, FollowUpKind, FollowUpStatus, Role, StaffId, Timestamp, Visibility, case, follow_up, grant};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, Order, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::{Kind, grouped, of_cases, seen};
use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::error::Result;

/// Most follow-ups in a list of what somebody owes.
const MOST_OWED: u64 = 100;

/// A follow-up by id, whoever may see it.
pub async fn follow_up(tx: &Tx, community: CommunityId, id: FollowUpId) -> Result<Option<follow_up::Model>> {
    let query = follow_up::Entity::in_community(community).filter(follow_up::Column::Id.eq(id));
    Ok(query.one(&**tx).await?)
}

/// A follow-up by id, if its case may be seen with a clearance.
pub async fn seen_follow_up(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: FollowUpId,
    clearance: Visibility,
) -> Result<Option<follow_up::Model>> {
    let statement = seen(connection.get_database_backend(), Kind::FollowUps, community, id.0, clearance);
    Ok(follow_up::Entity::find().from_raw_sql(statement).one(connection).await?)
}

/// The follow-ups of cases, the first due first.
pub async fn follow_ups_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<follow_up::Model>>> {
    let statement = of_cases(connection.get_database_backend(), Kind::FollowUps, community, cases, "due_at, id");
    let rows: Vec<follow_up::Model> = packed::rows_of(connection, statement).await?;
    Ok(grouped(rows, |row| row.case_id))
}

/// Adds a follow-up; the database gives the id.
pub async fn insert_follow_up(tx: &Tx, row: follow_up::Model) -> Result<follow_up::Model> {
    let mut new = follow_up::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    Ok(new.insert(&**tx).await?)
}

/// Writes a follow-up's changed row.
pub async fn update_follow_up(tx: &Tx, row: follow_up::Model) -> Result<()> {
    let changed = follow_up::ActiveModel::from(row).reset_all();
    follow_up::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// Whether somebody of staff can do follow-ups on cases of a visibility: has a grant of at least AGENT and the clearance.
pub async fn may_own(tx: &Tx, community: CommunityId, staff: StaffId, visibility: Visibility) -> Result<bool> {
    let query = grant::Entity::in_community(community)
        .filter(grant::Column::StaffId.eq(staff))
        .filter(grant::Column::Role.gte(Role::Agent))
        .filter(grant::Column::Clearance.gte(visibility));
    Ok(query.one(&**tx).await?.is_some())
}

/// The reminders on a case that had been planned by an instant and are still open.
pub async fn open_nudges(tx: &Tx, community: CommunityId, case: CaseId, planned_by: Timestamp) -> Result<Vec<follow_up::Model>> {
    let query = follow_up::Entity::in_community(community)
        .filter(follow_up::Column::CaseId.eq(case))
        .filter(follow_up::Column::Kind.eq(FollowUpKind::Nudge))
        .filter(follow_up::Column::Status.is_in([FollowUpStatus::Scheduled, FollowUpStatus::Due]))
        .filter(follow_up::Column::CreatedAt.lte(planned_by))
        .order_by_asc(follow_up::Column::Id);
    Ok(query.all(&**tx).await?)
}

/// What a member of staff has to do before an instant, and what they should have done: the first due first, at most 100. What
/// is on cases above the clearance is left out.
pub async fn follow_ups_owed(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    staff: StaffId,
    until: Timestamp,
    clearance: Visibility,
) -> Result<Vec<follow_up::Model>> {
    // The statuses are those of the index; a missed one that was done late is done.
    let undone = [FollowUpStatus::Scheduled, FollowUpStatus::Due, FollowUpStatus::Missed];
    let query = follow_up::Entity::in_community(community)
        .filter(follow_up::Column::OwnerId.eq(staff))
        .filter(follow_up::Column::Status.is_in(undone))
        .filter(follow_up::Column::CompletedAt.is_null())
        .filter(follow_up::Column::DueAt.lt(until))
        .filter(on_seen_cases(clearance))
        .order_by_asc(follow_up::Column::DueAt)
        .order_by_asc(follow_up::Column::Id)
        .limit(MOST_OWED);
    Ok(query.all(connection).await?)
}

/// Follow-ups that meet a condition, by due time, at most `limit`.
pub async fn list_follow_ups(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<follow_up::Model>> {
    let query = follow_up::Entity::in_community(community)
        .filter(condition)
        .order_by(follow_up::Column::DueAt, direction.clone())
        .order_by(follow_up::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many follow-ups meet a condition.
pub async fn count_follow_ups(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    let query = follow_up::Entity::in_community(community).filter(condition);
    Ok(query.count(connection).await?)
}

/// The condition that a follow-up is on a case that may be seen with a clearance.
#[must_use]
pub fn on_seen_cases(clearance: Visibility) -> Condition {
    if clearance == Visibility::Private {
        return Condition::all();
    }
    let same = |ours: case::Column, theirs: follow_up::Column| -> SimpleExpr {
        Expr::col((case::Entity, ours)).equals((follow_up::Entity, theirs))
    };
    let seen = Query::select()
        .column((case::Entity, case::Column::Id))
        .from(case::Entity)
        .and_where(same(case::Column::CommunityId, follow_up::Column::CommunityId))
        .and_where(same(case::Column::Id, follow_up::Column::CaseId))
        .and_where(Expr::col((case::Entity, case::Column::Visibility)).lte(clearance as i16))
        .to_owned();
    Condition::all().add(Expr::exists(seen))
}

packed_row!(follow_up::Model {
    community_id,
    id,
    case_id,
    kind,
    status,
    description,
    promised_to_member,
    owner_id,
    created_by,
    created_at,
    due_at,
    original_due_at,
    completed_at,
    outcome,
    cancelled_at,
    cancel_reason,
    next_at,
});
