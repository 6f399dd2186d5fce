//! The queries of advocate programmes.

use std::collections::HashMap;

use entity::{CommunityId, ProgrammeId, advocate_programme};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::raced;
use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::db::query::Sql;
use crate::error::Result;

/// A programme by id.
pub async fn programme(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    id: ProgrammeId,
) -> Result<Option<advocate_programme::Model>> {
    let query = advocate_programme::Entity::in_community(community).filter(advocate_programme::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// A programme by id, kept from other writers until the transaction ends.
pub async fn lock_programme(tx: &Tx, community: CommunityId, id: ProgrammeId) -> Result<Option<advocate_programme::Model>> {
    // SQLite has one writer at a time and knows no row locks.
    let query = advocate_programme::Entity::in_community(community).filter(advocate_programme::Column::Id.eq(id));
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// Programmes by id.
pub async fn programmes_by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[ProgrammeId],
) -> Result<HashMap<ProgrammeId, advocate_programme::Model>> {
    let rows: Vec<advocate_programme::Model> = packed::all(connection, |sql| {
        sql.text("SELECT * FROM advocate_programmes WHERE community_id = ")
            .value(community.0)
            .text(" AND id")
            .in_ids(ids.iter().map(|id| id.0))
    })
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How many people are active in programmes. Two who were merged are one.
pub async fn active_counts(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    programmes: &[ProgrammeId],
) -> Result<HashMap<ProgrammeId, i64>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT a.programme_id, COUNT(DISTINCT COALESCE(m.root_id, m.id)) FROM advocates a \
         JOIN members m ON m.community_id = a.community_id AND m.id = a.member_id WHERE a.status = 1 AND a.community_id = ",
    )
    .value(community.0)
    .text(" AND a.programme_id")
    .in_ids(programmes.iter().map(|id| id.0))
    .text(" GROUP BY a.programme_id");
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((ProgrammeId(row.try_get_by_index(0)?), row.try_get_by_index(1)?)))
        .collect()
}

/// Whether another programme that runs goes by a name, upper and lower case being the same.
pub async fn programme_name_is_taken(tx: &Tx, community: CommunityId, search_name: &str, but: Option<ProgrammeId>) -> Result<bool> {
    let mut query = advocate_programme::Entity::in_community(community)
        .filter(advocate_programme::Column::SearchName.eq(search_name))
        .filter(advocate_programme::Column::EndedAt.is_null());
    if let Some(id) = but {
        query = query.filter(advocate_programme::Column::Id.ne(id));
    }
    Ok(query.count(&**tx).await? > 0)
}

/// Adds a programme; the database gives the id.
pub async fn insert_programme(tx: &Tx, row: advocate_programme::Model) -> Result<advocate_programme::Model> {
    let mut new = advocate_programme::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    new.insert(&**tx).await.map_err(raced)
}

/// Writes a programme's changed row.
pub async fn update_programme(tx: &Tx, row: advocate_programme::Model) -> Result<()> {
    let changed = advocate_programme::ActiveModel::from(row).reset_all();
    advocate_programme::Entity::update(changed).exec(&**tx).await.map_err(raced)?;
    Ok(())
}

/// Programmes that meet a condition, by name, at most `limit`.
pub async fn list_programmes(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<advocate_programme::Model>> {
    let query = advocate_programme::Entity::in_community(community)
        .filter(condition)
        .order_by(advocate_programme::Column::SearchName, direction.clone())
        .order_by(advocate_programme::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many programmes meet a condition.
pub async fn count_programmes(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    let query = advocate_programme::Entity::in_community(community).filter(condition);
    Ok(query.count(connection).await?)
}

packed_row!(advocate_programme::Model {
    community_id,
    id,
    name,
    search_name,
    description,
    started_at,
    ended_at,
    created_by,
    created_at,
});
