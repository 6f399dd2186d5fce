//! The queries of discounts.

use std::collections::HashMap;

use entity::{CommunityId, EvidenceDiscountId, InteractionId, Timestamp, Visibility, evidence_discount};
use sea_orm::{ConnectionTrait, EntityTrait as _, Value};

use super::raced;
use crate::db::Tx;
use crate::db::query::{self, Sql};
use crate::error::{Error, Result};

/// Which discounts to list.
#[derive(Clone, Copy, Debug)]
pub struct Which {
    /// Those of interactions up to this visibility.
    pub clearance: Visibility,
    /// Those in force, or those that are not; all when `None`.
    pub in_force: Option<bool>,
}

/// The discounts in force of some interactions.
pub async fn in_force(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    interactions: &[InteractionId],
) -> Result<HashMap<InteractionId, evidence_discount::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM evidence_discounts WHERE restored_at IS NULL AND community_id = ",
    )
    .value(community.0)
    .text(" AND interaction_id")
    .in_ids(interactions.iter().map(|id| id.0));
    let rows = evidence_discount::Entity::find().from_raw_sql(sql.build()).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.interaction_id, row)).collect())
}

/// Discounts by id.
pub async fn by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[EvidenceDiscountId],
) -> Result<HashMap<EvidenceDiscountId, evidence_discount::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM evidence_discounts WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(ids.iter().map(|id| id.0));
    let rows = evidence_discount::Entity::find().from_raw_sql(sql.build()).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Adds a discount of each interaction, by whom and why, since when; the database gives the ids.
pub async fn insert_discounts(
    tx: &Tx,
    community: CommunityId,
    interactions: &[InteractionId],
    (reason, by, at): (&str, &str, Timestamp),
) -> Result<HashMap<InteractionId, EvidenceDiscountId>> {
    let mut values: Vec<Value> = Vec::with_capacity(interactions.len() * 5);
    for id in interactions {
        values.extend([
            Value::from(community.0),
            id.0.into(),
            reason.into(),
            by.into(),
            at.as_micros().into(),
        ]);
    }
    let head = "INSERT INTO evidence_discounts (community_id, interaction_id, reason, discounted_by, discounted_at) VALUES";
    let rows = query::insert_rows(&**tx, head, 5, values, "RETURNING interaction_id, id")
        .await
        .map_err(raced)?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Ends discounts that are in force, by whom and why, from when on.
pub async fn restore(tx: &Tx, community: CommunityId, ids: &[EvidenceDiscountId], (reason, by, at): (&str, &str, Timestamp)) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE evidence_discounts SET restored_at = ")
        .value(at.as_micros())
        .text(", restored_by = ")
        .value(by)
        .text(", restore_reason = ")
        .value(reason)
        .text(" WHERE restored_at IS NULL AND community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.iter().map(|id| id.0));
    let ended = tx.execute_raw(sql.build()).await?.rows_affected();
    if ended == ids.len() as u64 {
        Ok(())
    } else {
        // Another writer ended some of them meanwhile.
        Err(Error::Raced)
    }
}

/// A page of discounts, the newest first, after a key of instant and id.
pub async fn list(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    which: Which,
    after: Option<(i64, i64)>,
    limit: i64,
) -> Result<Vec<evidence_discount::Model>> {
    let mut sql = matching(Sql::new(connection.get_database_backend(), "SELECT d.*"), community, which);
    if let Some((at, id)) = after {
        sql = sql
            .text(" AND (d.discounted_at < ")
            .value(at)
            .text(" OR (d.discounted_at = ")
            .value(at)
            .text(" AND d.id < ")
            .value(id)
            .text("))");
    }
    let sql = sql.text(" ORDER BY d.discounted_at DESC, d.id DESC LIMIT ").value(limit);
    Ok(evidence_discount::Entity::find().from_raw_sql(sql.build()).all(connection).await?)
}

/// How many discounts there are on all pages.
pub async fn count(connection: &impl ConnectionTrait, community: CommunityId, which: Which) -> Result<i64> {
    let sql = matching(Sql::new(connection.get_database_backend(), "SELECT COUNT(*)"), community, which);
    let row = connection
        .query_one_raw(sql.build())
        .await?
        .ok_or_else(|| Error::internal("a count is missing"))?;
    Ok(row.try_get_by_index(0)?)
}

fn matching(sql: Sql, community: CommunityId, which: Which) -> Sql {
    let sql = sql
        .text(
            " FROM evidence_discounts d JOIN interactions i ON i.community_id = d.community_id AND i.id = d.interaction_id \
             WHERE d.community_id = ",
        )
        .value(community.0)
        .text(" AND i.visibility <= ")
        .value(which.clearance as i16);
    match which.in_force {
        None => sql,
        Some(true) => sql.text(" AND d.restored_at IS NULL"),
        Some(false) => sql.text(" AND d.restored_at IS NOT NULL"),
    }
}
