//! What is asked across merged cases: where a case goes on, and what became of promises that were broken before.

use entity::{BreachId, CalendarId, CaseId, CommunityId, ExpectationId, Timestamp, case};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, QueryFilter as _, QueryOrder as _};

use super::in_whole_case;
use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

/// The case in which a merged one goes on, however often it was merged since; `None` when it was not merged.
pub async fn continuation(tx: &Tx, ended: &case::Model) -> Result<Option<case::Model>> {
    let mut found: Option<case::Model> = None;
    let mut next = ended.merged_into;
    while let Some(id) = next {
        found = case::Entity::in_community(ended.community_id)
            .filter(case::Column::Id.eq(id))
            .one(&**tx)
            .await?;
        next = found.as_ref().and_then(|row| row.merged_into);
    }
    Ok(found)
}

/// The cases that go on from a case, the latest opened first.
pub async fn linked_to(tx: &Tx, community: CommunityId, case: CaseId) -> Result<Vec<case::Model>> {
    let query = case::Entity::in_community(community)
        .filter(case::Column::ParentId.eq(case))
        .order_by_desc(case::Column::OpenedAt)
        .order_by_desc(case::Column::Id);
    Ok(query.all(&**tx).await?)
}

/// A breach in a case or in one that was merged into it, with what makes its clock the one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BroughtBreach {
    /// The breach.
    pub breach: BreachId,
    /// The version of the expectation.
    pub expectation: ExpectationId,
    /// The version of the calendar.
    pub calendar: Option<CalendarId>,
    /// Since when its clock counts.
    pub started_at: Timestamp,
    /// Which time its clock ran for its metric.
    pub instance: i32,
    /// The case in which its clock was started.
    pub started_in: CaseId,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// By how much it was late.
    pub overrun: Option<i64>,
}

/// The breaches in a case and in those that were merged into it.
pub async fn brought_breaches(tx: &Tx, community: CommunityId, case: CaseId) -> Result<Vec<BroughtBreach>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT b.id, k.expectation_id, k.calendar_id, k.started_at, k.instance, \
         CASE WHEN k.carried_from = 0 THEN k.case_id ELSE k.carried_from END, b.ended_at, b.overrun \
         FROM breaches b JOIN clocks k ON k.community_id = b.community_id AND k.id = b.clock_id WHERE b.community_id = ",
    )
    .value(community.0)
    .text(" AND b.case_id");
    let rows = tx.query_all_raw(in_whole_case(sql, community, case).build()).await?;
    rows.iter()
        .map(|row| {
            let (calendar, ended_at): (Option<i64>, Option<i64>) = (row.try_get_by_index(2)?, row.try_get_by_index(6)?);
            let (started_at, started_in): (i64, i64) = (row.try_get_by_index(3)?, row.try_get_by_index(5)?);
            Ok(BroughtBreach {
                breach: BreachId(row.try_get_by_index(0)?),
                expectation: ExpectationId(row.try_get_by_index(1)?),
                calendar: calendar.map(CalendarId),
                started_at: Timestamp::from_micros(started_at),
                instance: row.try_get_by_index(4)?,
                started_in: CaseId(started_in),
                ended_at: ended_at.map(Timestamp::from_micros),
                overrun: row.try_get_by_index(7)?,
            })
        })
        .collect()
}

/// Writes when a breach ended and by how much it was late, and nothing else of it: its case may be another one than the locked.
pub async fn end_breach(
    tx: &Tx,
    community: CommunityId,
    breach: BreachId,
    (ended_at, overrun): (Option<Timestamp>, Option<i64>),
) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE breaches SET ended_at = ")
        .value(ended_at.map(Timestamp::as_micros))
        .text(", overrun = ")
        .value(overrun)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(breach.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Writes that a breach was excused, and nothing else of it.
pub async fn excuse_breach(tx: &Tx, community: CommunityId, breach: BreachId, (at, by, excuse): (Timestamp, &str, &str)) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE breaches SET excused_at = ")
        .value(at.as_micros())
        .text(", excused_by = ")
        .value(by)
        .text(", excuse = ")
        .value(excuse)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND id = ")
        .value(breach.0);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
