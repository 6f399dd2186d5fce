//! Deleting what is old: events, the answers kept for retried writes, and refresh tokens that have lapsed.
//!
//! What is deleted of a log is noted in the same transaction, so that a reader who comes too late is told. What a webhook endpoint has
//! not been given yet is kept for twice the time.

use std::time::Duration;

use entity::{CommunityId, Timestamp};

use super::store;
use crate::app::App;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::features::access;
use crate::{idempotency, leases};

/// How often it is looked for what is old.
const EVERY: Duration = Duration::from_secs(600);
/// The name of the lease.
const LEASE: &str = "retention";
/// How long it is held, in microseconds: longer than two looks are apart, so that it stays with one process.
const LEASE_MICROS: i64 = 15 * 60 * 1_000_000;
/// What one transaction deletes at most: writers wait no longer than that takes.
const BATCH: u64 = 2_000;
/// A microsecond's day.
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// A microsecond's hour.
const HOUR_MICROS: i64 = 3_600 * 1_000_000;

/// How much was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Events of all communities.
    pub events: u64,
    /// Idempotency keys with their answers.
    pub idempotency_keys: u64,
    /// Refresh tokens.
    pub refresh_tokens: u64,
}

/// Deletes what is old until the process stops.
pub async fn run(app: App) {
    loop {
        let now = app.clock.now();
        match leases::hold(&app.db, LEASE, &app.process, now, LEASE_MICROS).await {
            Ok(true) => match run_once(&app, now).await {
                Ok(deleted) if deleted != Deleted::default() => {
                    let Deleted {
                        events,
                        idempotency_keys,
                        refresh_tokens,
                    } = deleted;
                    tracing::info!(events, idempotency_keys, refresh_tokens, "old records deleted");
                }
                Ok(_nothing) => {}
                Err(error) => tracing::warn!(%error, "old records could not be deleted"),
            },
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "it is not known who deletes old records"),
        }
        if !app.stopping.rest(EVERY).await {
            return;
        }
    }
}

/// Deletes what is old at an instant.
///
/// # Errors
/// When the database fails; what was deleted by then stays deleted.
pub async fn run_once(app: &App, now: Timestamp) -> Result<Deleted> {
    let mut deleted = Deleted::default();
    let days = i64::from(app.config.retention.log_days);
    if days > 0 {
        let keep = days.saturating_mul(DAY_MICROS);
        let ages = Ages {
            old: now.plus_micros(keep.saturating_neg()),
            too_old: now.plus_micros(keep.saturating_mul(2).saturating_neg()),
        };
        for community in store::communities(app.db.read()).await? {
            deleted.events += delete_events(app, community, ages).await?;
        }
    }
    let hours = i64::from(app.config.retention.idempotency_hours);
    let before = now.plus_micros(hours.saturating_mul(HOUR_MICROS).saturating_neg());
    deleted.idempotency_keys = in_batches(&app.db, |tx| async move { idempotency::forget(&tx, before, BATCH).await }).await?;
    deleted.refresh_tokens = in_batches(&app.db, |tx| async move { access::delete_lapsed(&tx, now, BATCH).await }).await?;
    Ok(deleted)
}

/// From when on events are old.
#[derive(Clone, Copy)]
struct Ages {
    /// Before this, unless a webhook endpoint waits for them.
    old: Timestamp,
    /// Before this, whoever waits.
    too_old: Timestamp,
}

async fn delete_events(app: &App, community: CommunityId, ages: Ages) -> Result<u64> {
    in_batches(&app.db, |tx| async move {
        let given = store::given_to_webhooks(&tx, community).await?.unwrap_or(i64::MAX);
        let oldest = store::oldest(&tx, community, BATCH).await?;
        match end_of_old(&oldest, given, ages) {
            Some(seq) => store::delete_up_to(&tx, community, seq).await,
            None => Ok(0),
        }
    })
    .await
}

/// The last of the oldest events that are old without a gap: clocks of processes differ a little, and what is deleted is one piece.
fn end_of_old(oldest: &[(i64, Timestamp)], given: i64, ages: Ages) -> Option<i64> {
    let is_old = |(seq, at): &&(i64, Timestamp)| *at < ages.too_old || *at < ages.old && *seq <= given;
    oldest.iter().take_while(is_old).last().map(|(seq, _)| *seq)
}

/// Deletes in one transaction after the other until there is nothing left to delete; how much that was.
async fn in_batches<F, W>(db: &Db, delete: F) -> Result<u64>
where
    F: Fn(Tx) -> W + Send + Sync,
    W: Future<Output = Result<u64>> + Send,
{
    let mut all = 0;
    loop {
        let count = db.write(&delete).await?;
        all += count;
        if count < BATCH {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn what_is_old_goes_in_one_piece_and_webhooks_are_waited_for() {
        let ages = Ages {
            old: at(100),
            too_old: at(50),
        };
        let oldest = [(1, at(40)), (2, at(60)), (4, at(90)), (5, at(120)), (6, at(80))];
        assert_eq!(end_of_old(&oldest, i64::MAX, ages), Some(4), "what comes after a young one stays");
        assert_eq!(end_of_old(&oldest, 2, ages), Some(2), "an endpoint was not given the rest");
        assert_eq!(end_of_old(&oldest, 0, ages), Some(1), "nobody is waited for for ever");
        assert_eq!(end_of_old(&oldest[3..], i64::MAX, ages), None);
        assert_eq!(end_of_old(&[], i64::MAX, ages), None);
    }
}
