//! The queries of follow-ups.

use std::collections::HashMap;

use entity::{CaseId, CommunityId, FollowUpId, FollowUpKind, FollowUpStatus, Role, StaffId, Timestamp, Visibility, case, follow_up};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::{Kind, grouped, of_cases, seen};
use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::cases;

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

/// The follow-ups on a case that are still to be done by somebody who may not work on it.
pub async fn owned_unseen(tx: &Tx, case: &case::Model) -> Result<Vec<follow_up::Model>> {
    let sql = Sql::new(tx.get_database_backend(), "SELECT f.* FROM follow_ups f WHERE f.community_id = ")
        .value(case.community_id.0)
        .text(" AND f.case_id = ")
        .value(case.id.0)
        .text(" AND f.owner_id IS NOT NULL AND f.status IN (1, 2, 4) AND f.completed_at IS NULL AND NOT EXISTS (SELECT 1 FROM grants g")
        .text(" WHERE g.community_id = f.community_id AND g.staff_id = f.owner_id AND g.role >= ")
        .value(Role::Agent as i16)
        .text(" AND g.clearance >= ")
        .value(case.visibility as i16)
        .text(") ORDER BY f.id");
    Ok(follow_up::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?)
}

/// The follow-ups that are still to be done by a member of staff on cases above a visibility, or on all cases, with the cases; at
/// most `limit`. Both are locked.
pub async fn owned_beyond(
    tx: &Tx,
    community: CommunityId,
    (staff, up_to): (StaffId, Option<Visibility>),
    limit: u64,
) -> Result<Vec<(follow_up::Model, case::Model)>> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(
        backend,
        "SELECT f.* FROM follow_ups f JOIN cases c ON c.community_id = f.community_id AND c.id = f.case_id WHERE f.community_id = ",
    )
    .value(community.0)
    .text(" AND f.owner_id = ")
    .value(staff.0)
    .text(" AND f.status IN (1, 2, 4) AND f.completed_at IS NULL AND c.visibility > ")
    .value(up_to.map_or(-1, |visibility| visibility as i16))
    .text(" ORDER BY f.id LIMIT ")
    .value(i64::try_from(limit).unwrap_or(i64::MAX))
    .text(if backend == DbBackend::Postgres {
        " FOR UPDATE OF f, c"
    } else {
        ""
    });
    let rows = follow_up::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?;
    let mut ids: Vec<CaseId> = rows.iter().map(|row| row.case_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = cases::store::cases_by_ids(&**tx, community, &ids).await?;
    let with_case = |row: follow_up::Model| found.get(&row.case_id).cloned().map(|case| (row, case));
    Ok(rows.into_iter().filter_map(with_case).collect())
}

/// Follow-ups are nobody's from now on.
pub async fn set_nobodys(tx: &Tx, community: CommunityId, ids: &[FollowUpId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE follow_ups SET owner_id = NULL WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(ids.iter().map(|id| id.0));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// The reminders on a case that had been planned by an instant and are still to be done, in time or late.
pub async fn open_nudges(tx: &Tx, community: CommunityId, case: CaseId, planned_by: Timestamp) -> Result<Vec<follow_up::Model>> {
    let query = follow_up::Entity::in_community(community)
        .filter(follow_up::Column::CaseId.eq(case))
        .filter(follow_up::Column::Kind.eq(FollowUpKind::Nudge))
        .filter(follow_up::Column::Status.is_in([FollowUpStatus::Scheduled, FollowUpStatus::Due, FollowUpStatus::Missed]))
        .filter(follow_up::Column::CompletedAt.is_null())
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
