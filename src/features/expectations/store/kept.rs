//! How well promises were kept, counted over clocks.

use std::collections::HashMap;

use entity::{CommunityId, ExpectationId, Timestamp};
use sea_orm::ConnectionTrait;

use crate::db::query::Sql;
use crate::error::Result;

/// How often a promise was kept and broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Clocks that ended in time.
    pub kept: u64,
    /// Clocks that ended late, or run and are overdue.
    pub broken: u64,
}

impl Kept {
    /// The share that was kept; `None` when nothing was settled.
    #[must_use]
    pub fn rate(self) -> Option<f64> {
        let all = self.kept + self.broken;
        (all > 0).then(|| self.kept as f64 / all as f64)
    }
}

/// How often expectations were kept and broken from `since` to `now`, over all versions of each series. A clock counts once:
/// a kept one at its end, a broken one when it was due. Cancelled clocks do not count.
pub async fn kept(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    series: &[ExpectationId],
    since: Timestamp,
    now: Timestamp,
) -> Result<HashMap<ExpectationId, Kept>> {
    // A clock that was overdue before it was paused has its due time in its breach only.
    const DUE: &str = "COALESCE(k.due_at, b.due_at)";
    const BREACH: &str = " LEFT JOIN breaches b ON b.community_id = k.community_id AND b.clock_id = k.id";
    // One branch per kind of clock, so that each goes by its own part of the index. What is due this very moment is not late.
    let branches = [
        (true, "", "k.state = 5", "k.ended_at", "<="),
        (false, BREACH, "k.state = 4", DUE, "<="),
        (false, BREACH, "k.state IN (1, 2, 3) AND k.ended_at IS NULL", DUE, "<"),
    ];
    let mut sql = Sql::new(connection.get_database_backend(), "");
    for (index, (is_kept, breach, kind, settled_at, until)) in branches.into_iter().enumerate() {
        let join = if index == 0 { "" } else { " UNION ALL " };
        sql = sql
            .text(&format!(
                "{join}SELECT e.series_id, {}, COUNT(*) FROM expectations e \
                 JOIN clocks k ON k.community_id = e.community_id AND k.expectation_id = e.id{breach} WHERE {kind} AND e.community_id = ",
                i32::from(is_kept)
            ))
            .value(community.0)
            .text(" AND e.series_id")
            .in_ids(series.iter().map(|id| id.0))
            .text(&format!(" AND {settled_at} >= "))
            .value(since.as_micros())
            .text(&format!(" AND {settled_at} {until} "))
            .value(now.as_micros())
            .text(" GROUP BY e.series_id");
    }
    let mut found: HashMap<ExpectationId, Kept> = HashMap::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let (id, is_kept, count): (i64, i32, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let entry = found.entry(ExpectationId(id)).or_default();
        let count = u64::try_from(count).unwrap_or_default();
        if is_kept == 1 {
            entry.kept += count;
        } else {
            entry.broken += count;
        }
    }
    Ok(found)
}
