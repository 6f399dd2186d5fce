//! The queries of calendars and of the holidays proposed for them.

use std::collections::HashMap;

use entity::{CalendarId, CommunityId, HolidayProposalId, ProposalStatus, Timestamp, calendar, holiday_proposal};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Value,
};

use super::raced;
use crate::db::Tx;
use crate::db::query::{self, Sql};
use crate::error::{Error, Result};

/// Calendars that meet a condition, by an order of their columns, at most `limit`.
pub async fn list_calendars(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    order: Vec<(calendar::Column, Order)>,
    limit: u64,
) -> Result<Vec<calendar::Model>> {
    let mut query = calendar::Entity::in_community(community).filter(condition).limit(limit);
    for (column, direction) in order {
        query = query.order_by(column, direction);
    }
    Ok(query.all(connection).await?)
}

/// How many calendars meet a condition.
pub async fn count_calendars(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    Ok(calendar::Entity::in_community(community)
        .filter(condition)
        .count(connection)
        .await?)
}

/// Versions of calendars by id.
pub async fn calendars_by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[CalendarId],
) -> Result<HashMap<CalendarId, calendar::Model>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT * FROM calendars WHERE community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.iter().map(|id| id.0));
    let rows = calendar::Entity::find().from_raw_sql(sql.build()).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The current versions of calendars, by series.
pub async fn current_calendars(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    series: &[CalendarId],
) -> Result<HashMap<CalendarId, calendar::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM calendars WHERE superseded_at IS NULL AND community_id = ",
    )
    .value(community.0)
    .text(" AND series_id")
    .in_ids(series.iter().map(|id| id.0));
    let rows = calendar::Entity::find().from_raw_sql(sql.build()).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.series_id, row)).collect())
}

/// The current version of the calendar to which a version belongs.
pub async fn current_calendar_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: CalendarId,
) -> Result<Option<calendar::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT c.* FROM calendars named JOIN calendars c ON c.community_id = named.community_id AND c.series_id = named.series_id \
         WHERE c.superseded_at IS NULL AND named.community_id = ",
    )
    .value(community.0)
    .text(" AND named.id = ")
    .value(id.0);
    Ok(calendar::Entity::find().from_raw_sql(sql.build()).one(connection).await?)
}

/// The current version of the calendar to which a version belongs, kept from other writers until the transaction ends.
pub async fn lock_calendar(tx: &Tx, community: CommunityId, id: CalendarId) -> Result<Option<calendar::Model>> {
    let Some(named) = current_calendar_of(&**tx, community, id).await? else {
        return Ok(None);
    };
    // SQLite has one writer at a time and knows no row locks.
    if tx.get_database_backend() == DbBackend::Postgres {
        // The first version stands for the series: it is always there, whichever is current by the time the lock is had.
        let first = calendar::Entity::in_community(community).filter(calendar::Column::Id.eq(named.series_id));
        first.lock_exclusive().one(&**tx).await?;
        return current_calendar_of(&**tx, community, id).await;
    }
    Ok(Some(named))
}

/// Whether a calendar of another series goes by that name.
pub async fn calendar_name_is_taken(tx: &Tx, community: CommunityId, name: &str, but: Option<CalendarId>) -> Result<bool> {
    let mut query = calendar::Entity::in_community(community)
        .filter(calendar::Column::Name.eq(name))
        .filter(calendar::Column::SupersededAt.is_null());
    if let Some(series) = but {
        query = query.filter(calendar::Column::SeriesId.ne(series));
    }
    Ok(query.count(&**tx).await? > 0)
}

/// The id of the next version of a calendar.
pub async fn next_calendar_id(tx: &Tx) -> Result<CalendarId> {
    let ids = query::reserve_ids(&**tx, "calendars", 1).await?;
    let id = ids.first().copied().ok_or_else(|| Error::internal("no id was given"))?;
    Ok(CalendarId(id))
}

/// Adds a version of a calendar.
pub async fn insert_calendar(tx: &Tx, row: calendar::Model) -> Result<()> {
    let new: calendar::ActiveModel = row.into();
    calendar::Entity::insert(new.reset_all())
        .exec_without_returning(&**tx)
        .await
        .map_err(raced)?;
    Ok(())
}

/// Marks a version as replaced.
pub async fn supersede_calendar(tx: &Tx, community: CommunityId, id: CalendarId, now: Timestamp) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE calendars SET superseded_at = ")
        .value(now.as_micros())
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// A holiday to propose: the day, its name, and the part of it that is closed, as the table holds them.
#[derive(Clone, Debug)]
pub struct NewProposal {
    /// The day.
    pub date: String,
    /// What it is called.
    pub name: String,
    /// The part of it that is closed.
    pub closed: String,
}

/// Adds proposals that were not made before; returns the ids of those that are new.
pub async fn insert_proposals(
    tx: &Tx,
    community: CommunityId,
    series: CalendarId,
    new: &[NewProposal],
    now: Timestamp,
    by: &str,
) -> Result<Vec<HolidayProposalId>> {
    const HEAD: &str =
        "INSERT INTO holiday_proposals (community_id, calendar_series_id, date, name, closed, status, proposed_at, proposed_by) VALUES";
    const TAIL: &str = "ON CONFLICT (community_id, calendar_series_id, date, name, closed) DO NOTHING RETURNING id";
    let mut values: Vec<Value> = Vec::with_capacity(new.len() * 8);
    for proposal in new {
        values.extend([
            Value::from(community.0),
            series.0.into(),
            proposal.date.as_str().into(),
            proposal.name.as_str().into(),
            proposal.closed.as_str().into(),
            (ProposalStatus::Proposed as i16).into(),
            now.as_micros().into(),
            by.into(),
        ]);
    }
    let rows = query::insert_rows(&**tx, HEAD, 8, values, TAIL).await?;
    rows.iter().map(|row| Ok(HolidayProposalId(row.try_get_by_index(0)?))).collect()
}

/// The proposals for a calendar on some days, by day.
pub async fn proposals_on(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    series: CalendarId,
    dates: &[&str],
) -> Result<Vec<holiday_proposal::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM holiday_proposals WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND calendar_series_id = ")
    .value(series.0)
    .text(" AND date")
    .in_texts(dates.iter().copied())
    .text(" ORDER BY date, id");
    Ok(holiday_proposal::Entity::find().from_raw_sql(sql.build()).all(connection).await?)
}

/// Proposals by id, by day.
pub async fn proposals_by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[HolidayProposalId],
) -> Result<Vec<holiday_proposal::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM holiday_proposals WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(ids.iter().map(|id| id.0))
    .text(" ORDER BY date, id");
    Ok(holiday_proposal::Entity::find().from_raw_sql(sql.build()).all(connection).await?)
}

/// Takes back what was decided on proposals: they are proposed anew.
pub async fn propose_again(tx: &Tx, community: CommunityId, ids: &[HolidayProposalId], now: Timestamp, by: &str) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE holiday_proposals SET status = ")
        .value(ProposalStatus::Proposed as i16)
        .text(", decided_at = NULL, decided_by = NULL, proposed_at = ")
        .value(now.as_micros())
        .text(", proposed_by = ")
        .value(by)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.iter().map(|id| id.0));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Writes what was decided on proposals.
pub async fn decide_proposals(
    tx: &Tx,
    community: CommunityId,
    ids: &[HolidayProposalId],
    status: ProposalStatus,
    now: Timestamp,
    by: &str,
) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE holiday_proposals SET status = ")
        .value(status as i16)
        .text(", decided_at = ")
        .value(now.as_micros())
        .text(", decided_by = ")
        .value(by)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.iter().map(|id| id.0));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Proposals that meet a condition, by day, at most `limit`.
pub async fn list_proposals(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<holiday_proposal::Model>> {
    let query = holiday_proposal::Entity::in_community(community)
        .filter(condition)
        .order_by(holiday_proposal::Column::Date, direction.clone())
        .order_by(holiday_proposal::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many proposals meet a condition.
pub async fn count_proposals(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    Ok(holiday_proposal::Entity::in_community(community)
        .filter(condition)
        .count(connection)
        .await?)
}
