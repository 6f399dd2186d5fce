//! The queries of touchpoints.

use std::collections::HashMap;

use entity::{CommunityId, MemberId, Timestamp, TouchpointId, touchpoint};
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, Order, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::interactions;

/// A touchpoint by id, also one that was taken back.
pub async fn touchpoint(connection: &impl ConnectionTrait, community: CommunityId, id: TouchpointId) -> Result<Option<touchpoint::Model>> {
    let query = touchpoint::Entity::in_community(community).filter(touchpoint::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// A touchpoint by id, kept from other writers until the transaction ends.
pub async fn lock_touchpoint(tx: &Tx, community: CommunityId, id: TouchpointId) -> Result<Option<touchpoint::Model>> {
    // SQLite has one writer at a time and knows no row locks.
    let query = touchpoint::Entity::in_community(community).filter(touchpoint::Column::Id.eq(id));
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// Adds a touchpoint; the database gives the id.
pub async fn insert_touchpoint(tx: &Tx, row: touchpoint::Model) -> Result<touchpoint::Model> {
    let mut new = touchpoint::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    Ok(new.insert(&**tx).await?)
}

/// Writes that a touchpoint was taken back; nothing else of it ever changes.
pub async fn retract_touchpoint(tx: &Tx, row: &touchpoint::Model) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE touchpoints SET retracted_at = ")
        .value(row.retracted_at.map(Timestamp::as_micros))
        .text(", retracted_by = ")
        .value(row.retracted_by.clone())
        .text(", retraction_reason = ")
        .value(row.retraction_reason.clone())
        .text(" WHERE community_id = ")
        .value(row.community_id.0)
        .text(" AND id = ")
        .value(row.id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// When staff last took care of members, or of whom they are after merges; what was taken back does not count. Those of whom
/// nobody ever did are left out.
pub async fn last_touchpoints(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Timestamp>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "WITH named AS (SELECT id, COALESCE(root_id, id) AS root FROM members WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(members.iter().map(|id| id.0))
    // Two branches, because an OR over two columns makes engines read all members.
    .text(
        "), roots AS (SELECT DISTINCT root FROM named), \
         whole AS (SELECT root AS id, root FROM roots UNION ALL \
         SELECT m.id, r.root FROM roots r JOIN members m ON m.root_id = r.root WHERE m.community_id = ",
    )
    .value(community.0)
    .text(
        "), touched AS (SELECT w.root, MAX(t.happened_at) AS last_at FROM whole w \
         JOIN touchpoints t ON t.member_id = w.id WHERE t.retracted_at IS NULL AND t.community_id = ",
    )
    .value(community.0)
    .text(" GROUP BY w.root) SELECT n.id, t.last_at FROM named n JOIN touched t ON t.root = n.root");
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((MemberId(row.try_get_by_index(0)?), Timestamp::from_micros(row.try_get_by_index(1)?))))
        .collect()
}

/// Touchpoints that meet a condition, by when they happened, at most `limit`.
pub async fn list_touchpoints(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<touchpoint::Model>> {
    let query = touchpoint::Entity::in_community(community)
        .filter(condition)
        .order_by(touchpoint::Column::HappenedAt, direction.clone())
        .order_by(touchpoint::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many touchpoints meet a condition.
pub async fn count_touchpoints(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    let query = touchpoint::Entity::in_community(community).filter(condition);
    Ok(query.count(connection).await?)
}

/// The condition that a touchpoint is about one of these members, or about somebody merged into them.
#[must_use]
pub fn touching(community: CommunityId, members: &[MemberId]) -> SimpleExpr {
    Expr::col((touchpoint::Entity, touchpoint::Column::MemberId)).in_subquery(interactions::store::group_of(community, members))
}
