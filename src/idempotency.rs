//! Idempotency keys: a write that is retried gives its first answer again.
//!
//! The key is taken in the transaction of the write itself, so that of two requests with one key the second waits for the
//! first and then repeats its answer, and a write that failed leaves its key free.

use std::future::Future;

use entity::{CommunityId, Timestamp};
use sea_orm::ConnectionTrait as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::auth::sha256_hex;
use crate::context::OpContext;
use crate::db::query::Sql;
use crate::db::{Db, Tx};
use crate::error::{Error, Result, UserErrorCode};

/// Longest key, in characters.
const MAX_KEY: usize = 255;

/// A key and what it was used for.
#[derive(Clone, Debug)]
pub struct Once {
    key: String,
    request_hash: String,
}

impl Once {
    /// The key of a request, if it has one.
    ///
    /// # Errors
    /// When the key is empty, too long or holds a NUL.
    pub fn new(key: Option<&str>, operation: &str, input: &impl Serialize) -> Result<Option<Self>> {
        let Some(key) = key else { return Ok(None) };
        if key.is_empty() || key.contains('\0') || key.chars().count() > MAX_KEY {
            let message = format!("must be 1 to {MAX_KEY} characters without NUL");
            return Err(Error::user("idempotencyKey", UserErrorCode::Invalid, message));
        }
        let input = serde_json::to_string(input).map_err(Error::internal)?;
        Ok(Some(Self {
            key: key.to_owned(),
            request_hash: sha256_hex(format!("{operation}\n{input}")),
        }))
    }
}

/// Does `work` in one write transaction unless its key was used before; then repeats the answer of that time. Like all that runs in
/// [`Db::write`], the work may run again, so it must do nothing but use the transaction.
///
/// # Errors
/// [`Error::IdempotencyKeyReused`] when the key was used with another input; what `work` returns.
pub async fn in_transaction<T, F, W>(db: &Db, ctx: &OpContext, community: CommunityId, key: Option<&Once>, work: F) -> Result<T>
where
    F: Fn(Tx) -> W + Send + Sync,
    W: Future<Output = Result<T>> + Send,
    T: Serialize + DeserializeOwned + Send,
{
    let work = &work;
    db.write(|tx: Tx| async move { once(&tx, ctx, community, key, Box::pin(work(tx.clone()))).await })
        .await
}

/// Does `work` unless its key was used before; then repeats the answer of that time.
///
/// # Errors
/// [`Error::IdempotencyKeyReused`] when the key was used with another input; what `work` returns.
pub async fn once<T, W>(tx: &Tx, ctx: &OpContext, community: CommunityId, once: Option<&Once>, work: W) -> Result<T>
where
    T: Serialize + DeserializeOwned,
    W: Future<Output = Result<T>>,
{
    let Some(once) = once else { return work.await };
    let caller = ctx.actor_label();
    if let Some(outcome) = take(tx, ctx, community, &caller, once).await? {
        return serde_json::from_str(&outcome).map_err(Error::internal);
    }
    let answer = work.await?;
    let sql = Sql::new(tx.get_database_backend(), "UPDATE idempotency_keys SET outcome = ")
        .value(serde_json::to_string(&answer).map_err(Error::internal)?)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND caller = ")
        .value(caller)
        .text(" AND key = ")
        .value(once.key.as_str());
    tx.execute_raw(sql.build()).await?;
    Ok(answer)
}

/// Deletes keys that were first used before an instant, with their answers; how many, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "DELETE FROM idempotency_keys WHERE (community_id, caller, key) IN (SELECT community_id, caller, key FROM idempotency_keys \
         WHERE created_at < ",
    )
    .value(before.as_micros())
    .text(" ORDER BY created_at LIMIT ")
    .value(i64::try_from(limit).unwrap_or(i64::MAX))
    .text(")");
    Ok(tx.execute_raw(sql.build()).await?.rows_affected())
}

/// Takes the key; the stored outcome when it was taken before with the same input.
async fn take(tx: &Tx, ctx: &OpContext, community: CommunityId, caller: &str, once: &Once) -> Result<Option<String>> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(
        backend,
        "INSERT INTO idempotency_keys (community_id, caller, key, request_hash, outcome, created_at) VALUES (",
    )
    .value(community.0)
    .text(", ")
    .value(caller)
    .text(", ")
    .value(once.key.as_str())
    .text(", ")
    .value(once.request_hash.as_str())
    .text(", '', ")
    .value(ctx.now.as_micros())
    .text(") ON CONFLICT (community_id, caller, key) DO NOTHING");
    if tx.execute_raw(sql.build()).await?.rows_affected() == 1 {
        return Ok(None);
    }
    let sql = Sql::new(backend, "SELECT request_hash, outcome FROM idempotency_keys WHERE community_id = ")
        .value(community.0)
        .text(" AND caller = ")
        .value(caller)
        .text(" AND key = ")
        .value(once.key.as_str());
    let row = tx.query_one_raw(sql.build()).await?.ok_or(Error::Raced)?;
    let hash: String = row.try_get_by_index(0)?;
    if hash != once.request_hash {
        return Err(Error::IdempotencyKeyReused);
    }
    Ok(Some(row.try_get_by_index(1)?))
}
