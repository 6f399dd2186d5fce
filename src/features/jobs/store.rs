//! The queries of jobs. Everything names the community, except for the search for work to do.

use entity::{CommunityId, JobId, JobStatus, Timestamp, job};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

/// A job by id.
pub async fn by_id(connection: &impl ConnectionTrait, community: CommunityId, id: JobId) -> Result<Option<job::Model>> {
    let query = job::Entity::in_community(community).filter(job::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// A job by id, kept from other writers until the transaction ends.
pub async fn lock(tx: &Tx, community: CommunityId, id: JobId) -> Result<Option<job::Model>> {
    let query = job::Entity::in_community(community).filter(job::Column::Id.eq(id));
    // SQLite has one writer at a time and knows no row locks.
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// Jobs that meet a condition, by id.
pub async fn list(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<job::Model>> {
    let query = job::Entity::in_community(community)
        .filter(condition)
        .order_by(job::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many jobs a community has.
pub async fn count(connection: &impl ConnectionTrait, community: CommunityId) -> Result<u64> {
    Ok(job::Entity::in_community(community).count(connection).await?)
}

/// How many are waiting or being done.
pub async fn count_open(tx: &Tx, community: CommunityId) -> Result<u64> {
    let open = job::Column::Status.lte(JobStatus::Running);
    Ok(job::Entity::in_community(community).filter(open).count(&**tx).await?)
}

/// Adds a job; the database gives the id.
pub async fn insert(tx: &Tx, row: job::Model) -> Result<job::Model> {
    let mut new = job::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    Ok(new.insert(&**tx).await?)
}

/// Writes a job as it is now.
pub async fn update(tx: &Tx, row: job::Model) -> Result<()> {
    let changed = job::ActiveModel::from(row).reset_all();
    job::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// The oldest job that nobody is at, or whose doer was not heard of since an instant; others who look pass it over.
pub async fn next(tx: &Tx, lost_since: Timestamp) -> Result<Option<job::Model>> {
    let backend = tx.get_database_backend();
    let mut sql = Sql::new(backend, "SELECT * FROM jobs WHERE status <= 2 AND (status = 1 OR seen_at < ")
        .value(lost_since.as_micros())
        .text(") ORDER BY created_at, community_id, id LIMIT 1");
    if backend == DbBackend::Postgres {
        sql = sql.text(" FOR UPDATE SKIP LOCKED");
    }
    Ok(job::Entity::find().from_raw_sql(sql.build()).one(&**tx).await?)
}

/// Says how far a job is that is being done. Whether it still is: it may have been called off, or taken up by another.
pub async fn tell_progress(tx: &Tx, row: &job::Model, progress: f64, now: Timestamp) -> Result<bool> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE jobs SET progress = ")
        .value(progress)
        .text(", seen_at = ")
        .value(now.as_micros())
        .text(" WHERE community_id = ")
        .value(row.community_id.0)
        .text(" AND id = ")
        .value(row.id.0)
        .text(" AND status = 2 AND started_at = ")
        .value(row.started_at.map(Timestamp::as_micros));
    Ok(tx.execute_raw(sql.build()).await?.rows_affected() == 1)
}
