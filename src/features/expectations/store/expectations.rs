//! The queries of expectations.

use std::collections::HashMap;

use entity::{CalendarId, CommunityId, ExpectationId, ExpectationStatus, Timestamp, expectation};
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, FromQueryResult as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::raced;
use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::db::query::{self, Sql};
use crate::error::{Error, Result};

/// Expectations that meet a condition, by id, at most `limit`.
pub async fn list_expectations(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<expectation::Model>> {
    let query = expectation::Entity::in_community(community)
        .filter(condition)
        .order_by(expectation::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many expectations meet a condition.
pub async fn count_expectations(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    Ok(expectation::Entity::in_community(community)
        .filter(condition)
        .count(connection)
        .await?)
}

/// Versions of expectations by id.
pub async fn expectations_by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[ExpectationId],
) -> Result<HashMap<ExpectationId, expectation::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM expectations WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(ids.iter().map(|id| id.0));
    let rows: Vec<expectation::Model> = packed::rows_of(connection, sql.build()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The versions that hold at an instant, or with `None` all that ever held or will, by id; each with the present version of
/// its calendar.
pub async fn holding(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    at: Option<Timestamp>,
) -> Result<Vec<(expectation::Model, Option<CalendarId>)>> {
    let mut sql = Sql::new(
        connection.get_database_backend(),
        "SELECT e.*, c.id AS present_calendar FROM expectations e LEFT JOIN calendars c ON c.community_id = e.community_id \
         AND c.series_id = e.calendar_series_id AND c.superseded_at IS NULL WHERE e.community_id = ",
    )
    .value(community.0)
    .text(" AND e.status IN (2, 3)");
    if let Some(at) = at {
        sql = sql
            .text(" AND e.effective_from <= ")
            .value(at.as_micros())
            .text(" AND (e.effective_to IS NULL OR e.effective_to > ")
            .value(at.as_micros())
            .text(")");
    }
    let mut found = Vec::new();
    for row in connection.query_all_raw(sql.text(" ORDER BY e.id").build()).await? {
        let calendar: Option<i64> = row.try_get("", "present_calendar")?;
        found.push((expectation::Model::from_query_result(&row, "")?, calendar.map(CalendarId)));
    }
    Ok(found)
}

/// Keeps others in the community from publishing until the transaction ends.
pub async fn lock_names(tx: &Tx, community: CommunityId) -> Result<()> {
    // SQLite has one writer at a time and knows no row locks.
    if tx.get_database_backend() == DbBackend::Postgres {
        // This much of a lock lets others go on adding rows that name the community.
        let sql = Sql::new(DbBackend::Postgres, "SELECT id FROM communities WHERE id = ")
            .value(community.0)
            .text(" FOR NO KEY UPDATE");
        tx.query_all_raw(sql.build()).await?;
    }
    Ok(())
}

/// The published versions that hold at some time after an instant.
pub async fn published_after(tx: &Tx, community: CommunityId, at: Timestamp) -> Result<Vec<expectation::Model>> {
    let holds_after = Condition::any()
        .add(expectation::Column::EffectiveTo.is_null())
        .add(expectation::Column::EffectiveTo.gt(at));
    Ok(expectation::Entity::in_community(community)
        .filter(expectation::Column::Status.eq(ExpectationStatus::Published))
        .filter(holds_after)
        .all(&**tx)
        .await?)
}

/// How many expectations are published at an instant.
pub async fn count_published(tx: &Tx, community: CommunityId, now: Timestamp) -> Result<u64> {
    Ok(expectation::Entity::in_community(community)
        .filter(status_at(now).eq(ExpectationStatus::Published as i16))
        .count(&**tx)
        .await?)
}

/// Where a version stands at an instant, as `rows::status_at` says it of a row.
#[must_use]
pub fn status_at(now: Timestamp) -> SimpleExpr {
    let column = |column: expectation::Column| Expr::col((expectation::Entity, column));
    let has_ended = column(expectation::Column::Status)
        .eq(ExpectationStatus::Published as i16)
        .and(column(expectation::Column::EffectiveTo).lte(now.as_micros()));
    Expr::case(has_ended, ExpectationStatus::Retired as i16)
        .finally(column(expectation::Column::Status))
        .into()
}

/// All versions of the expectation to which a version belongs, oldest first, kept from other writers until the transaction
/// ends; empty when there is no such one.
pub async fn lock_series(tx: &Tx, community: CommunityId, id: ExpectationId) -> Result<Vec<expectation::Model>> {
    let named = expectation::Entity::in_community(community)
        .filter(expectation::Column::Id.eq(id))
        .one(&**tx)
        .await?;
    let Some(named) = named else { return Ok(Vec::new()) };
    // SQLite has one writer at a time and knows no row locks. The first version stands for the series.
    if tx.get_database_backend() == DbBackend::Postgres {
        let first = expectation::Entity::in_community(community).filter(expectation::Column::Id.eq(named.series_id));
        first.lock_exclusive().one(&**tx).await?;
    }
    Ok(expectation::Entity::in_community(community)
        .filter(expectation::Column::SeriesId.eq(named.series_id))
        .order_by_asc(expectation::Column::Version)
        .all(&**tx)
        .await?)
}

/// The id of the next version of an expectation.
pub async fn next_expectation_id(tx: &Tx) -> Result<ExpectationId> {
    let ids = query::reserve_ids(&**tx, "expectations", 1).await?;
    let id = ids.first().copied().ok_or_else(|| Error::internal("no id was given"))?;
    Ok(ExpectationId(id))
}

/// Adds a version of an expectation.
pub async fn insert_expectation(tx: &Tx, row: expectation::Model) -> Result<()> {
    let new: expectation::ActiveModel = row.into();
    expectation::Entity::insert(new.reset_all())
        .exec_without_returning(&**tx)
        .await
        .map_err(raced)?;
    Ok(())
}

/// Writes a version of an expectation as it is now.
pub async fn update_expectation(tx: &Tx, row: expectation::Model) -> Result<()> {
    let changed: expectation::ActiveModel = row.into();
    changed.reset_all().update(&**tx).await?;
    Ok(())
}

/// Removes a version of an expectation that nothing names.
pub async fn delete_expectation(tx: &Tx, community: CommunityId, id: ExpectationId) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "DELETE FROM expectations WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

packed_row!(expectation::Model {
    community_id,
    id,
    series_id,
    version,
    status,
    name,
    public_text,
    metric,
    target,
    warn_before,
    calendar_series_id,
    severities,
    categories,
    channels,
    pauses_waiting,
    pauses_on_hold,
    effective_from,
    effective_to,
    created_at,
    published_at,
    retired_at,
});
