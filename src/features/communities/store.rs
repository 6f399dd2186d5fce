//! The queries of communities.

use entity::{Timestamp, community};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
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

/// How many there are.
pub async fn count(connection: &impl ConnectionTrait) -> Result<u64> {
    Ok(community::Entity::find().count(connection).await?)
}

/// Adds one.
pub async fn insert(tx: &Tx, slug: &str, name: &str, timezone: &str, now: Timestamp) -> Result<community::Model> {
    let new = community::ActiveModel {
        id: NotSet,
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        timezone: Set(timezone.to_owned()),
        created_at: Set(now),
    };
    Ok(new.insert(&**tx).await?)
}
