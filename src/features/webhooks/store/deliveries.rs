//! The queries of deliveries and their attempts.

use std::collections::HashMap;

use entity::{
    CommunityId, Timestamp, Visibility, WebhookDeliveryId, WebhookDeliveryStatus, WebhookEndpointId, webhook_attempt, webhook_delivery,
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Value,
};

use crate::db::Tx;
use crate::db::query::{Sql, insert_rows};
use crate::error::{Error, Result};

/// A delivery by id.
pub async fn delivery(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: WebhookDeliveryId,
) -> Result<Option<webhook_delivery::Model>> {
    let query = webhook_delivery::Entity::in_community(community).filter(webhook_delivery::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// A delivery by id, kept from other writers until the transaction ends.
pub async fn lock_delivery(tx: &Tx, community: CommunityId, id: WebhookDeliveryId) -> Result<Option<webhook_delivery::Model>> {
    let query = webhook_delivery::Entity::in_community(community).filter(webhook_delivery::Column::Id.eq(id));
    // SQLite has one writer at a time and knows no row locks.
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// What is written of a delivery after an attempt; nobody is at it any more.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// Where it stands.
    pub status: WebhookDeliveryStatus,
    /// How often it was tried.
    pub tries: i32,
    /// When it is to be tried next.
    pub next_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

/// Writes down what became of a delivery.
pub async fn settle(tx: &Tx, (community, id): (CommunityId, WebhookDeliveryId), settled: Settled) -> Result<()> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE webhook_deliveries SET claimed_by = NULL, claimed_until = NULL, status = ",
    )
    .value(settled.status as i16)
    .text(", tries = ")
    .value(settled.tries)
    .text(", next_at = ")
    .value(settled.next_at.as_micros())
    .text(", finished_at = ")
    .value(settled.finished_at.map(Timestamp::as_micros))
    .text(" WHERE community_id = ")
    .value(community.0)
    .text(" AND id = ")
    .value(id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Adds a delivery with the id that was reserved for it.
pub async fn insert_delivery(tx: &Tx, row: webhook_delivery::Model) -> Result<()> {
    let new = webhook_delivery::ActiveModel::from(row).reset_all();
    webhook_delivery::Entity::insert(new).exec_without_returning(&**tx).await?;
    Ok(())
}

/// What to do about an event of which there is a delivery already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is delivered once.
    Keep,
    /// It is sent again.
    SendAgain,
}

/// A delivery of an event to be made.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The position of the event in the log.
    pub seq: i64,
    /// The `webhook-id`.
    pub message_id: String,
    /// The type of the event.
    pub event_type: String,
    /// The kind of record that it is about.
    pub subject_type: String,
    /// Which.
    pub subject_id: i64,
    /// The clearance that is needed to be told of it.
    pub visibility: Visibility,
    /// Whether only those may be told who may read what the company notes among itself.
    pub internal: bool,
    /// When it happened.
    pub at: Timestamp,
    /// What is sent.
    pub body: String,
}

const INSERT: &str = "INSERT INTO webhook_deliveries (community_id, endpoint_id, seq, message_id, event_type, subject_type, subject_id, \
     visibility, internal, at, body, status, tries, next_at, created_at) VALUES";

/// Makes deliveries of events for an endpoint, due at once.
pub async fn insert_deliveries(
    tx: &Tx,
    (community, endpoint): (CommunityId, WebhookEndpointId),
    new: Vec<NewDelivery>,
    known: Known,
    now: Timestamp,
) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(new.len() * 15);
    for row in new {
        let row: [Value; 15] = [
            community.0.into(),
            endpoint.0.into(),
            row.seq.into(),
            row.message_id.into(),
            row.event_type.into(),
            row.subject_type.into(),
            row.subject_id.into(),
            (row.visibility as i16).into(),
            row.internal.into(),
            row.at.as_micros().into(),
            row.body.into(),
            1_i16.into(),
            0_i32.into(),
            now.as_micros().into(),
            now.as_micros().into(),
        ];
        values.extend(row);
    }
    let tail = match known {
        Known::Keep => "ON CONFLICT (community_id, endpoint_id, seq) DO NOTHING",
        Known::SendAgain => {
            "ON CONFLICT (community_id, endpoint_id, seq) DO UPDATE SET status = 1, tries = 0, next_at = excluded.next_at, finished_at = NULL"
        }
    };
    insert_rows(&**tx, INSERT, 15, values, tail).await?;
    Ok(())
}

/// How many deliveries of an endpoint are not over, counted up to a number.
pub async fn count_waiting(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    endpoint: WebhookEndpointId,
    up_to: u64,
) -> Result<u64> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE status = 1 AND community_id = ",
    )
    .value(community.0)
    .text(" AND endpoint_id = ")
    .value(endpoint.0)
    .text(" LIMIT ")
    .value(i64::try_from(up_to).unwrap_or(i64::MAX))
    .text(") waiting");
    let row = connection.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("a count is missing"))?;
    let count: i64 = row.try_get_by_index(0)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Deliveries that meet a condition, by id.
pub async fn deliveries(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<webhook_delivery::Model>> {
    let query = webhook_delivery::Entity::in_community(community)
        .filter(condition)
        .order_by(webhook_delivery::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many deliveries meet a condition.
pub async fn count_deliveries(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    let query = webhook_delivery::Entity::in_community(community).filter(condition);
    Ok(query.count(connection).await?)
}

/// Writes an attempt down; the database gives the id.
pub async fn insert_attempt(tx: &Tx, row: webhook_attempt::Model) -> Result<()> {
    let mut new = webhook_attempt::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    webhook_attempt::Entity::insert(new).exec_without_returning(&**tx).await?;
    Ok(())
}

/// The attempts of deliveries, each in order.
pub async fn attempts_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    deliveries: &[WebhookDeliveryId],
) -> Result<HashMap<WebhookDeliveryId, Vec<webhook_attempt::Model>>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM webhook_attempts WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND delivery_id")
    .in_ids(deliveries.iter().map(|id| id.0))
    .text(" ORDER BY id");
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in webhook_attempt::Entity::find().from_raw_sql(sql.build()).all(connection).await? {
        found.entry(row.delivery_id).or_default().push(row);
    }
    Ok(found)
}
