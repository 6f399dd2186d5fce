//! The queries of vouches. Rows name members as they were known when they were written; readers ask for a member together with
//! everybody who was merged into them.

use entity::{CommunityId, MemberId, Timestamp, VouchId, vouch};
use sea_orm::{ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::raced;
use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::{Error, Result};

/// The vouches in force for members, or for those who were merged into them, the oldest first. The rows name the members that were
/// asked for.
pub async fn vouches_in_force(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &[MemberId],
) -> Result<Vec<vouch::Model>> {
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT v.community_id, v.id, g.root AS member_id, v.reason, v.vouched_by, v.vouched_at, v.withdrawn_by, v.withdrawn_at, \
         v.withdrawal_reason FROM ",
    )
    .group_of(community.0, &ids)
    .text(" g JOIN vouches v ON v.member_id = g.id WHERE v.withdrawn_at IS NULL AND v.community_id = ")
    .value(community.0)
    .text(" ORDER BY v.vouched_at, v.id");
    Ok(vouch::Entity::find().from_raw_sql(sql.build()).all(connection).await?)
}

/// A vouch by id.
pub async fn vouch(connection: &impl ConnectionTrait, community: CommunityId, id: VouchId) -> Result<Option<vouch::Model>> {
    let query = vouch::Entity::in_community(community).filter(vouch::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// Adds a vouch; the database gives the id.
pub async fn insert_vouch(tx: &Tx, row: vouch::Model) -> Result<vouch::Model> {
    let mut new = vouch::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    new.insert(&**tx).await.map_err(|error| raced(error.into()))
}

/// Withdraws vouches that are in force, by whom and why, from when on.
pub async fn withdraw_vouches(tx: &Tx, community: CommunityId, ids: &[VouchId], (reason, by, at): (&str, &str, Timestamp)) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE vouches SET withdrawn_at = ")
        .value(at.as_micros())
        .text(", withdrawn_by = ")
        .value(by)
        .text(", withdrawal_reason = ")
        .value(reason)
        .text(" WHERE withdrawn_at IS NULL AND community_id = ")
        .value(community.0)
        .text(" AND id")
        .in_ids(ids.iter().map(|id| id.0));
    let withdrawn = tx.execute_raw(sql.build()).await?.rows_affected();
    if withdrawn == ids.len() as u64 {
        Ok(())
    } else {
        // Another writer withdrew some of them meanwhile.
        Err(Error::Raced)
    }
}

/// A page of vouches, the newest first, after a key of instant and id: those in force, those that are not, or all.
pub async fn list_vouches(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    in_force: Option<bool>,
    after: Option<(i64, i64)>,
    limit: i64,
) -> Result<Vec<vouch::Model>> {
    let mut sql = matching(Sql::new(connection.get_database_backend(), "SELECT *"), community, in_force);
    if let Some((at, id)) = after {
        sql = sql
            .text(" AND (vouched_at < ")
            .value(at)
            .text(" OR (vouched_at = ")
            .value(at)
            .text(" AND id < ")
            .value(id)
            .text("))");
    }
    let sql = sql.text(" ORDER BY vouched_at DESC, id DESC LIMIT ").value(limit);
    Ok(vouch::Entity::find().from_raw_sql(sql.build()).all(connection).await?)
}

/// How many vouches there are on all pages.
pub async fn count_vouches(connection: &impl ConnectionTrait, community: CommunityId, in_force: Option<bool>) -> Result<i64> {
    let sql = matching(Sql::new(connection.get_database_backend(), "SELECT COUNT(*)"), community, in_force);
    let row = connection
        .query_one_raw(sql.build())
        .await?
        .ok_or_else(|| Error::internal("a count is missing"))?;
    Ok(row.try_get_by_index(0)?)
}

fn matching(sql: Sql, community: CommunityId, in_force: Option<bool>) -> Sql {
    let sql = sql.text(" FROM vouches WHERE community_id = ").value(community.0);
    match in_force {
        None => sql,
        Some(true) => sql.text(" AND withdrawn_at IS NULL"),
        Some(false) => sql.text(" AND withdrawn_at IS NOT NULL"),
    }
}
