//! Versions of the scoring model.

use std::sync::Arc;

use entity::{CommunityId, Timestamp, scoring_model, scoring_model_activation};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::{Error, Result};
use crate::features::influence::versions::{Models, Version};

/// All versions of a community but for discarded drafts, with since when which was in force.
pub async fn models(connection: &impl ConnectionTrait, community: CommunityId) -> Result<Models> {
    let rows = scoring_model::Entity::in_community(community)
        .filter(scoring_model::Column::DiscardedAt.is_null())
        .order_by_asc(scoring_model::Column::Version)
        .all(connection)
        .await?;
    let activations = scoring_model_activation::Entity::in_community(community)
        .order_by_asc(scoring_model_activation::Column::ActivatedAt)
        .all(connection)
        .await?;
    let versions = rows
        .into_iter()
        .map(Version::read)
        .map(|version| version.map(Arc::new))
        .collect::<Result<_>>()?;
    Models::new(versions, activations).ok_or_else(|| Error::internal(format!("community {community} has no scoring model in force")))
}

/// The largest number that a version of a community ever had, discarded drafts included.
pub async fn last_version(tx: &Tx, community: CommunityId) -> Result<i32> {
    let last = scoring_model::Entity::in_community(community)
        .order_by_desc(scoring_model::Column::Version)
        .one(&**tx)
        .await?;
    Ok(last.map_or(0, |row| row.version))
}

/// Marks a version as discarded, by whom and when.
pub async fn discard_model(tx: &Tx, community: CommunityId, version: i32, (by, at): (&str, Timestamp)) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE scoring_models SET discarded_at = ")
        .value(at.as_micros())
        .text(", discarded_by = ")
        .value(by)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND version = ")
        .value(version);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Adds a version.
pub async fn insert_model(tx: &Tx, row: scoring_model::Model) -> Result<()> {
    scoring_model::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Adds that a version is in force.
pub async fn insert_activation(tx: &Tx, row: scoring_model_activation::Model) -> Result<()> {
    scoring_model_activation::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// What a community begins with.
pub async fn insert_first(tx: &Tx, community: CommunityId, by: &str, now: Timestamp) -> Result<()> {
    let (model, activation) = Version::first(community, by, now)?;
    insert_model(tx, model).await?;
    insert_activation(tx, activation).await
}
