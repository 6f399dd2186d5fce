//! The queries of communities.

use entity::{CommunityId, Timestamp, community};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _, SqlErr,
};

use crate::db::Tx;
use crate::error::Result;

/// The community with that slug.
pub async fn by_slug(connection: &impl ConnectionTrait, slug: &str) -> Result<Option<community::Model>> {
    Ok(community::Entity::find()
        .filter(community::Column::Slug.eq(slug))
        .one(connection)
        .await?)
}

/// The community with that id.
pub async fn by_id(connection: &impl ConnectionTrait, id: CommunityId) -> Result<Option<community::Model>> {
    Ok(community::Entity::find_by_id(id).one(connection).await?)
}

/// The community with that id, kept from other writers until the transaction ends.
pub async fn lock(tx: &Tx, id: CommunityId) -> Result<Option<community::Model>> {
    // SQLite has one writer at a time and knows no row locks.
    let query = community::Entity::find_by_id(id);
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        // This much of a lock lets others go on adding rows that name the community. Whoever writes into its log holds the lock of
        // the log while adding some: waiting there for one who will want that lock would be waiting for ever.
        query.lock(LockType::NoKeyUpdate)
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// Writes a community as it is now.
pub async fn update(tx: &Tx, row: community::Model) -> Result<()> {
    let changed: community::ActiveModel = row.into();
    changed.reset_all().update(&**tx).await?;
    Ok(())
}

/// How many there are.
pub async fn count(connection: &impl ConnectionTrait) -> Result<u64> {
    Ok(community::Entity::find().count(connection).await?)
}

/// Adds one; `None` when the slug was taken by another writer in the meantime. The transaction cannot go on then.
pub async fn insert(tx: &Tx, slug: &str, name: &str, timezone: &str, now: Timestamp) -> Result<Option<community::Model>> {
    let new = community::ActiveModel {
        id: NotSet,
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        timezone: Set(timezone.to_owned()),
        created_at: Set(now),
        publishes_expectations: Set(false),
    };
    match new.insert(&**tx).await {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(None),
        inserted => Ok(Some(inserted?)),
    }
}
