//! The queries by which deliveries are begun anew, or given up.

use entity::{CommunityId, Timestamp, WebhookDeliveryId, WebhookEndpointId};
use sea_orm::ConnectionTrait;

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::{Error, Result};

fn of_endpoint(sql: Sql, community: CommunityId, endpoint: WebhookEndpointId) -> Sql {
    sql.text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND endpoint_id = ")
        .value(endpoint.0)
}

/// Gives up all deliveries of an endpoint that are not over.
pub async fn cancel_waiting(tx: &Tx, community: CommunityId, endpoint: WebhookEndpointId, now: Timestamp) -> Result<()> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE webhook_deliveries SET status = 4, claimed_by = NULL, claimed_until = NULL, finished_at = ",
    )
    .value(now.as_micros());
    let sql = of_endpoint(sql, community, endpoint).text(" AND status = 1");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Gives up what an endpoint did not take.
pub async fn pass_over_failed(tx: &Tx, community: CommunityId, endpoint: WebhookEndpointId) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE webhook_deliveries SET status = 4");
    let sql = of_endpoint(sql, community, endpoint).text(" AND status = 3 AND seq IS NOT NULL");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Begins anew with everything that an endpoint did not get: what waits, and what it did not take.
pub async fn begin_anew(tx: &Tx, community: CommunityId, endpoint: WebhookEndpointId, now: Timestamp) -> Result<()> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE webhook_deliveries SET status = 1, tries = 0, finished_at = NULL, next_at = ",
    )
    .value(now.as_micros());
    let sql = of_endpoint(sql, community, endpoint).text(" AND (status = 1 OR (status = 3 AND seq IS NOT NULL))");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Begins anew with one delivery.
pub async fn send_again(tx: &Tx, community: CommunityId, id: WebhookDeliveryId, now: Timestamp) -> Result<()> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE webhook_deliveries SET status = 1, tries = 0, finished_at = NULL, next_at = ",
    )
    .value(now.as_micros())
    .text(" WHERE community_id = ")
    .value(community.0)
    .text(" AND id = ")
    .value(id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// A part of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// After this position.
    pub after: i64,
    /// Up to this one.
    pub up_to: i64,
    /// What happened then or later.
    pub from: Option<Timestamp>,
    /// What happened then or earlier.
    pub to: Option<Timestamp>,
}

/// Begins anew with what an endpoint did not take of a part of the log, the earliest first, at most so many; their positions.
pub async fn send_failed_again(
    tx: &Tx,
    (community, endpoint): (CommunityId, WebhookEndpointId),
    span: Span,
    most: i64,
    now: Timestamp,
) -> Result<Vec<i64>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE webhook_deliveries SET status = 1, tries = 0, finished_at = NULL, next_at = ",
    )
    .value(now.as_micros());
    let sql = of_endpoint(sql, community, endpoint).text(" AND id IN (SELECT id FROM webhook_deliveries");
    let mut sql = of_endpoint(sql, community, endpoint)
        .text(" AND status = 3 AND seq > ")
        .value(span.after)
        .text(" AND seq <= ")
        .value(span.up_to);
    if let Some(from) = span.from {
        sql = sql.text(" AND at >= ").value(from.as_micros());
    }
    if let Some(to) = span.to {
        sql = sql.text(" AND at <= ").value(to.as_micros());
    }
    let sql = sql.text(" ORDER BY seq LIMIT ").value(most).text(") RETURNING seq");
    let rows = tx.query_all_raw(sql.build()).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// The first position of a community's log whose event was recorded at an instant or later.
pub async fn first_from(connection: &impl ConnectionTrait, community: CommunityId, at: Timestamp) -> Result<Option<i64>> {
    let text = "SELECT MIN(seq) FROM events WHERE community_id = ";
    let sql = Sql::new(connection.get_database_backend(), text)
        .value(community.0)
        .text(" AND at >= ")
        .value(at.as_micros());
    let row = connection.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("no row"))?;
    Ok(row.try_get_by_index(0)?)
}

/// The last position of a community's log whose event was recorded at an instant or earlier; 0 when there is none.
pub async fn last_until(connection: &impl ConnectionTrait, community: CommunityId, at: Timestamp) -> Result<i64> {
    let text = "SELECT COALESCE(MAX(seq), 0) FROM events WHERE community_id = ";
    let sql = Sql::new(connection.get_database_backend(), text)
        .value(community.0)
        .text(" AND at <= ")
        .value(at.as_micros());
    let row = connection.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("no row"))?;
    Ok(row.try_get_by_index(0)?)
}
