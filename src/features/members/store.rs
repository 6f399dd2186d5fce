//! The queries of members. Members who were merged away are found only through those they were merged into.

use std::collections::HashMap;

use entity::{CommunityId, Consent, MemberId, identity, member};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, Order, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::db::query::Sql;
use crate::error::Result;

/// Members that meet a condition, in an order of expressions, at most `limit`.
pub async fn list(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    order: Vec<(SimpleExpr, Order)>,
    limit: u64,
) -> Result<Vec<member::Model>> {
    let mut query = present(community).filter(condition).limit(limit);
    for (expression, direction) in order {
        query = query.order_by(expression, direction);
    }
    Ok(query.all(connection).await?)
}

/// How many members meet a condition.
pub async fn count(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    Ok(present(community).filter(condition).count(connection).await?)
}

fn present(community: CommunityId) -> sea_orm::Select<member::Entity> {
    member::Entity::in_community(community).filter(member::Column::MergedInto.is_null())
}

/// Members by id; one who was merged away is answered by the member they were merged into.
pub async fn by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[MemberId],
) -> Result<HashMap<MemberId, member::Model>> {
    let find = async |ids: Vec<i64>| -> Result<Vec<member::Model>> {
        packed::all(connection, |sql| {
            sql.text("SELECT * FROM members WHERE community_id = ")
                .value(community.0)
                .text(" AND id")
                .in_ids(ids)
        })
        .await
    };
    let rows = find(ids.iter().map(|id| id.0).collect()).await?;
    let merged: HashMap<MemberId, MemberId> = rows.iter().filter_map(|row| Some((row.id, row.root_id?))).collect();
    let mut found: HashMap<MemberId, member::Model> = rows
        .into_iter()
        .filter(|row| row.root_id.is_none())
        .map(|row| (row.id, row))
        .collect();
    if !merged.is_empty() {
        let roots = find(merged.values().map(|id| id.0).collect()).await?;
        for (id, root) in merged {
            found.extend(roots.iter().find(|row| row.id == root).map(|row| (id, row.clone())));
        }
    }
    Ok(found)
}

/// The member to whom an account belongs, after merges.
pub async fn by_identity(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    provider: &str,
    external_id: &str,
) -> Result<Option<member::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT r.* FROM identities i JOIN members m ON m.community_id = i.community_id AND m.id = i.member_id \
         JOIN members r ON r.community_id = m.community_id AND r.id = COALESCE(m.root_id, m.id) WHERE i.community_id = ",
    )
    .value(community.0)
    .text(" AND i.provider = ")
    .value(provider)
    .text(" AND i.external_id = ")
    .value(external_id);
    Ok(member::Entity::find().from_raw_sql(sql.build()).one(connection).await?)
}

/// The accounts of members, those of members merged into them included, by member.
pub async fn identities(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Vec<identity::Model>>> {
    let ids = || members.iter().map(|id| id.0);
    let columns = "i.provider, i.external_id, i.handle, i.follower_count, i.verified";
    let rows: Vec<identity::Model> = packed::all(connection, |sql| {
        sql.text(&format!("SELECT i.community_id, i.id, i.member_id, {columns} FROM identities i"))
            .text(" WHERE i.community_id = ")
            .value(community.0)
            .text(" AND i.member_id")
            .in_ids(ids())
            .text(&format!(
                " UNION ALL SELECT i.community_id, i.id, m.root_id, {columns} FROM members m"
            ))
            .text(" JOIN identities i ON i.community_id = m.community_id AND i.member_id = m.id WHERE m.community_id = ")
            .value(community.0)
            .text(" AND m.root_id")
            .in_ids(ids())
            .text(" ORDER BY 4, 5")
    })
    .await?;
    let mut found: HashMap<MemberId, Vec<identity::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.member_id).or_default().push(row);
    }
    Ok(found)
}

/// An identity by id.
pub async fn identity(connection: &impl ConnectionTrait, community: CommunityId, id: i64) -> Result<Option<identity::Model>> {
    Ok(identity::Entity::in_community(community)
        .filter(identity::Column::Id.eq(id))
        .one(connection)
        .await?)
}

/// Members merged into this one, directly or by way of others, oldest merge last by id.
pub async fn merged_into(connection: &impl ConnectionTrait, community: CommunityId, root: MemberId) -> Result<Vec<member::Model>> {
    let query = member::Entity::in_community(community).filter(member::Column::RootId.eq(root));
    Ok(query.order_by_asc(member::Column::Id).all(connection).await?)
}

/// A member's own row, merged away or not, kept from other writers until the transaction ends.
pub async fn lock(tx: &Tx, community: CommunityId, id: MemberId) -> Result<Option<member::Model>> {
    // SQLite has one writer at a time and knows no row locks.
    let query = member::Entity::in_community(community).filter(member::Column::Id.eq(id));
    let query = if tx.get_database_backend() == sea_orm::DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// Writes into whom a member was merged, and the end of the chain.
pub async fn set_merge(
    tx: &Tx,
    community: CommunityId,
    id: MemberId,
    into: Option<MemberId>,
    root: Option<MemberId>,
    at: i64,
) -> Result<()> {
    let number = |id: Option<MemberId>| sea_orm::Value::BigInt(id.map(|id| id.0));
    let sql = Sql::new(tx.get_database_backend(), "UPDATE members SET merged_into = ")
        .value(number(into))
        .text(", root_id = ")
        .value(number(root))
        .text(", updated_at = ")
        .value(at)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Writes down that a member may not be scored.
pub async fn set_opted_out(tx: &Tx, community: CommunityId, id: MemberId, at: i64) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE members SET consent = ")
        .value(Consent::OptedOut as i16)
        .text(", updated_at = ")
        .value(at)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(id.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

packed_row!(member::Model {
    community_id,
    id,
    display_name,
    search_name,
    handle,
    search_handle,
    joined_at,
    last_active_at,
    is_staff,
    is_bot,
    consent,
    attributes,
    merged_into,
    root_id,
    created_at,
    updated_at,
});

packed_row!(identity::Model {
    community_id,
    id,
    member_id,
    provider,
    external_id,
    handle,
    follower_count,
    verified,
});
