//! The queries of webhook endpoints.

use entity::{CommunityId, WebhookEndpointId, WebhookEndpointStatus, webhook_endpoint};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::{Error, Result};

/// An endpoint by id, unless it was deleted.
pub async fn endpoint(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: WebhookEndpointId,
) -> Result<Option<webhook_endpoint::Model>> {
    let found = endpoint_or_deleted(connection, community, id).await?;
    Ok(found.filter(|row| row.status != WebhookEndpointStatus::Deleted))
}

/// An endpoint by id, also when it was deleted.
pub async fn endpoint_or_deleted(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: WebhookEndpointId,
) -> Result<Option<webhook_endpoint::Model>> {
    let query = webhook_endpoint::Entity::in_community(community).filter(webhook_endpoint::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// An endpoint by id, also when it was deleted, kept from other writers until the transaction ends.
pub async fn lock_endpoint(tx: &Tx, community: CommunityId, id: WebhookEndpointId) -> Result<Option<webhook_endpoint::Model>> {
    let query = webhook_endpoint::Entity::in_community(community).filter(webhook_endpoint::Column::Id.eq(id));
    // SQLite has one writer at a time and knows no row locks.
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// An endpoint that is sent webhooks, kept from other writers; `None` when it is not, or somebody else is at it.
pub async fn take_endpoint(tx: &Tx, community: CommunityId, id: WebhookEndpointId) -> Result<Option<webhook_endpoint::Model>> {
    let backend = tx.get_database_backend();
    let mut sql = Sql::new(backend, "SELECT * FROM webhook_endpoints WHERE status = 1 AND community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(id.0);
    if backend == DbBackend::Postgres {
        sql = sql.text(" FOR UPDATE SKIP LOCKED");
    }
    Ok(webhook_endpoint::Entity::find().from_raw_sql(sql.build()).one(&**tx).await?)
}

/// How far an endpoint was told of the log of its community.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The community.
    pub community: CommunityId,
    /// The endpoint.
    pub endpoint: WebhookEndpointId,
    /// Up to here.
    pub read_to: i64,
}

/// All endpoints that are sent webhooks, by community.
pub async fn active_endpoints(connection: &impl ConnectionTrait) -> Result<Vec<Told>> {
    let text = "SELECT community_id, id, read_to FROM webhook_endpoints WHERE status = 1 ORDER BY community_id, id";
    let sql = Sql::new(connection.get_database_backend(), text);
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| {
            Ok(Told {
                community: CommunityId(row.try_get_by_index(0)?),
                endpoint: WebhookEndpointId(row.try_get_by_index(1)?),
                read_to: row.try_get_by_index(2)?,
            })
        })
        .collect()
}

/// How many events a community's log has after a position, counted up to 10,000.
pub async fn events_after(connection: &impl ConnectionTrait, community: CommunityId, seq: i64) -> Result<i64> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT COUNT(*) FROM (SELECT 1 AS counted FROM events WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND seq > ")
    .value(seq)
    .text(" LIMIT 10000) AS some_events");
    let row = connection.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("a count is missing"))?;
    Ok(row.try_get_by_index(0)?)
}

/// Endpoints that meet a condition and were not deleted, by id.
pub async fn endpoints(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<webhook_endpoint::Model>> {
    let query = webhook_endpoint::Entity::in_community(community)
        .filter(webhook_endpoint::Column::Status.ne(WebhookEndpointStatus::Deleted))
        .filter(condition)
        .order_by(webhook_endpoint::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many endpoints a community has that were not deleted.
pub async fn count_endpoints(connection: &impl ConnectionTrait, community: CommunityId) -> Result<u64> {
    let query =
        webhook_endpoint::Entity::in_community(community).filter(webhook_endpoint::Column::Status.ne(WebhookEndpointStatus::Deleted));
    Ok(query.count(connection).await?)
}

/// Adds an endpoint; the database gives the id.
pub async fn insert_endpoint(tx: &Tx, row: webhook_endpoint::Model) -> Result<webhook_endpoint::Model> {
    let mut new = webhook_endpoint::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    Ok(new.insert(&**tx).await?)
}

/// Writes an endpoint's changed row.
pub async fn update_endpoint(tx: &Tx, row: webhook_endpoint::Model) -> Result<()> {
    let changed = webhook_endpoint::ActiveModel::from(row).reset_all();
    webhook_endpoint::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// Notes up to where an endpoint was told of the log.
pub async fn set_read_to(tx: &Tx, community: CommunityId, id: WebhookEndpointId, seq: i64) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE webhook_endpoints SET read_to = ")
        .value(seq)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
