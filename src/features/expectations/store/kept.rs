//! How well promises were kept, counted over the clocks that ended in time and over breaches.

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

/// The clocks that are overdue and of which that was not told yet: found by when they are to be told of, so that clocks which run
/// are not read, however many there are. What is due this very moment is not late.
const OVERDUE: &str = "WITH overdue AS MATERIALIZED (SELECT community_id, expectation_id, state, due_at FROM clocks WHERE next_at <= ";

/// A clock that turned out to be kept after somebody had excused its breach counts as kept only.
const BROKEN: &str = "(b.excused_by IS NULL OR (b.excused_by <> 'system:late-facts' AND EXISTS (SELECT 1 FROM clocks k \
                      WHERE k.community_id = b.community_id AND k.id = b.clock_id AND k.state IN (3, 4))))";

/// How often expectations were kept and broken from one instant until before another, as it shows `now`, over all versions of each
/// series. A clock counts once: a kept one at its end, a broken one when it was due, excused or not. Cancelled clocks do not count, nor do breaches that later
/// facts disproved.
pub async fn kept(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    series: &[ExpectationId],
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<HashMap<ExpectationId, Kept>> {
    // One branch per way to settle, each read off its own index. CROSS JOIN, because SQLite keeps to the order of such a join.
    let branches = [
        (true, "expectations e CROSS JOIN clocks k", "k", "k.state = 5", "k.ended_at"),
        (false, "expectations e CROSS JOIN breaches b", "b", BROKEN, "b.due_at"),
        // Where the state says so already, there is a breach.
        (false, "overdue o CROSS JOIN expectations e", "o", "o.state IN (1, 2)", "o.due_at"),
    ];
    let (from, until, now) = (from.as_micros(), until.as_micros(), now.as_micros());
    let mut sql = Sql::new(connection.get_database_backend(), OVERDUE)
        .value(now)
        .text(" AND due_at < ")
        .value(now)
        .text(")");
    for (index, (is_kept, tables, alias, which, settled_at)) in branches.into_iter().enumerate() {
        let join = if index == 0 { "" } else { " UNION ALL" };
        sql = sql
            .text(&format!(
                "{join} SELECT e.series_id, {}, COUNT(*) FROM {tables} WHERE {alias}.community_id = e.community_id \
                 AND {alias}.expectation_id = e.id AND {which} AND e.community_id = ",
                i32::from(is_kept)
            ))
            .value(community.0)
            .text(" AND e.series_id")
            .in_ids(series.iter().map(|id| id.0))
            .text(&format!(" AND {settled_at} >= "))
            .value(from)
            .text(&format!(" AND {settled_at} < "))
            .value(until)
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
