//! What becomes of promises that were given to a case when the case changes.

use std::collections::HashSet;

use entity::{CommunityId, ExpectationId, Severity};
use sea_orm::ConnectionTrait;

use super::service::Promised;
use super::{rows, store};
use crate::error::Result;

/// Promises that still cover the case stay in the version that was given, even when a newer one is published by now; of what is
/// promised `now` the others join them.
///
/// # Errors
/// When the database fails.
pub async fn keep_given(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    held: &[Promised],
    now: Vec<Promised>,
    severity: Severity,
    category: Option<&str>,
    channel: Option<&str>,
) -> Result<Vec<Promised>> {
    let ids: HashSet<ExpectationId> = held.iter().chain(&now).map(|(id, _)| *id).collect();
    let ids: Vec<ExpectationId> = ids.into_iter().collect();
    let known = store::expectations_by_ids(connection, community, &ids).await?;
    let mut series = HashSet::new();
    let mut kept = Vec::new();
    for promised in held {
        if let Some(row) = known.get(&promised.0)
            && rows::terms(row)?.covers(severity, category, channel)
        {
            series.insert(row.series_id);
            kept.push(*promised);
        }
    }
    let joins = |promised: &Promised| known.get(&promised.0).is_some_and(|row| !series.contains(&row.series_id));
    kept.extend(now.into_iter().filter(joins));
    kept.sort_unstable();
    Ok(kept)
}
