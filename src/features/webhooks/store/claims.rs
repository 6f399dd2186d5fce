//! The queries by which deliveries that are due are found and taken up, by one process each.

use entity::{CommunityId, Timestamp, WebhookEndpointId, webhook_delivery};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait as _};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

/// Of what is about one record, the earliest comes first: while it is not over, what comes after it waits. Tests have no position
/// and wait for nobody.
const IS_FIRST: &str = " AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.status = 1 AND e.community_id = d.community_id \
     AND e.endpoint_id = d.endpoint_id AND e.subject_type = d.subject_type AND e.subject_id = d.subject_id AND e.seq < d.seq)";

/// In the statement that claims, so that both are seen as of one instant: of an endpoint that is paused because a delivery failed, the
/// next about the same record would else look like the first.
const IS_ACTIVE: &str = " AND EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.status = 1 AND w.community_id = d.community_id \
     AND w.id = d.endpoint_id)";

/// An endpoint with something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The community.
    pub community: CommunityId,
    /// The endpoint.
    pub endpoint: WebhookEndpointId,
    /// Since when.
    pub since: Timestamp,
}

/// Adds the conditions that hold for what is due and nobody is at.
fn due_by(sql: Sql, now: Timestamp) -> Sql {
    sql.text(" AND d.next_at <= ")
        .value(now.as_micros())
        .text(" AND (d.claimed_until IS NULL OR d.claimed_until <= ")
        .value(now.as_micros())
        .text(")")
        .text(IS_FIRST)
}

/// The endpoints that have something due.
pub async fn endpoints_due(connection: &impl ConnectionTrait, now: Timestamp) -> Result<Vec<Due>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT w.community_id, w.id, (SELECT d.next_at FROM webhook_deliveries d \
         WHERE d.status = 1 AND d.community_id = w.community_id AND d.endpoint_id = w.id",
    );
    let sql = due_by(sql, now).text(" ORDER BY d.next_at LIMIT 1) AS since FROM webhook_endpoints w WHERE w.status = 1");
    let mut due = Vec::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let since: Option<i64> = row.try_get_by_index(2)?;
        if let Some(since) = since {
            due.push(Due {
                community: CommunityId(row.try_get_by_index(0)?),
                endpoint: WebhookEndpointId(row.try_get_by_index(1)?),
                since: Timestamp::from_micros(since),
            });
        }
    }
    Ok(due)
}

/// By whom deliveries are taken up, from when until when.
#[derive(Clone, Copy, Debug)]
pub struct Claimant<'a> {
    /// The process.
    pub process: &'a str,
    /// From now on.
    pub now: Timestamp,
    /// After that, somebody else takes them up.
    pub until: Timestamp,
}

/// Takes up deliveries of an endpoint that are due, at most so many; what others are taking up is passed over.
pub async fn claim(
    tx: &Tx,
    (community, endpoint): (CommunityId, WebhookEndpointId),
    claimant: Claimant<'_>,
    most: usize,
) -> Result<Vec<webhook_delivery::Model>> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(
        backend,
        "SELECT d.* FROM webhook_deliveries d WHERE d.status = 1 AND d.community_id = ",
    )
    .value(community.0)
    .text(" AND d.endpoint_id = ")
    .value(endpoint.0);
    let mut sql = due_by(sql, claimant.now)
        .text(IS_ACTIVE)
        .text(" ORDER BY d.next_at, d.id LIMIT ")
        .value(i64::try_from(most).unwrap_or(i64::MAX));
    if backend == DbBackend::Postgres {
        sql = sql.text(" FOR UPDATE OF d SKIP LOCKED");
    }
    let mut rows = webhook_delivery::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?;
    if rows.is_empty() {
        return Ok(rows);
    }
    let sql = Sql::new(backend, "UPDATE webhook_deliveries SET claimed_by = ")
        .value(claimant.process)
        .text(", claimed_until = ")
        .value(claimant.until.as_micros())
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(rows.iter().map(|row| row.id.0));
    tx.execute_raw(sql.build()).await?;
    for row in &mut rows {
        row.claimed_by = Some(claimant.process.to_owned());
        row.claimed_until = Some(claimant.until);
    }
    Ok(rows)
}

/// Deletes deliveries that were over before an instant, with their attempts, at most so many; how many that were.
pub async fn delete_finished(tx: &Tx, before: Timestamp, most: i64) -> Result<u64> {
    // Asked of the row itself, too: it may be begun anew just now.
    let sql = Sql::new(tx.get_database_backend(), "DELETE FROM webhook_deliveries WHERE finished_at < ")
        .value(before.as_micros())
        .text(
            " AND (community_id, id) IN (SELECT community_id, id FROM webhook_deliveries WHERE finished_at IS NOT NULL \
             AND finished_at < ",
        )
        .value(before.as_micros())
        .text(" ORDER BY finished_at LIMIT ")
        .value(most)
        .text(")");
    Ok(tx.execute_raw(sql.build()).await?.rows_affected())
}

/// Whether a delivery is still the claimant's who took it up.
#[must_use]
pub fn is_held(now: &webhook_delivery::Model, taken_up: &webhook_delivery::Model) -> bool {
    now.claimed_by == taken_up.claimed_by && now.claimed_until == taken_up.claimed_until
}
