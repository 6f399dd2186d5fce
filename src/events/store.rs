//! The queries of the log that are not for reading it: its ends, and what is deleted from it.

use std::collections::BTreeMap;

use entity::{CommunityId, MemberId, Timestamp};
use sea_orm::ConnectionTrait;

use super::EventType;
use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

/// The last numbers of communities; those that have none are left out.
pub(super) async fn ends(connection: &impl ConnectionTrait, communities: &[CommunityId]) -> Result<BTreeMap<CommunityId, i64>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT id, (SELECT MAX(seq) FROM events WHERE community_id = communities.id) FROM communities WHERE id",
    )
    .in_ids(communities.iter().map(|community| community.0));
    let mut ends = BTreeMap::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let (community, seq): (i64, Option<i64>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        ends.extend(seq.map(|seq| (CommunityId(community), seq)));
    }
    Ok(ends)
}

/// All communities.
pub(super) async fn communities(connection: &impl ConnectionTrait) -> Result<Vec<CommunityId>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT id FROM communities ORDER BY id");
    let rows = connection.query_all_raw(sql.build()).await?;
    let ids = rows.iter().map(|row| row.try_get_by_index(0).map(CommunityId));
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The oldest events of a community: number and time, at most so many, in order.
pub(super) async fn oldest(tx: &Tx, community: CommunityId, limit: u64) -> Result<Vec<(i64, Timestamp)>> {
    let sql = Sql::new(tx.get_database_backend(), "SELECT seq, at FROM events WHERE community_id = ")
        .value(community.0)
        .text(" ORDER BY seq LIMIT ")
        .value(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = tx.query_all_raw(sql.build()).await?;
    let event = |row: &sea_orm::QueryResult| -> Result<(i64, Timestamp)> {
        Ok((row.try_get_by_index(0)?, Timestamp::from_micros(row.try_get_by_index(1)?)))
    };
    rows.iter().map(event).collect()
}

/// How far all webhook endpoints of a community that get events have read; `None` when there are none.
pub(super) async fn given_to_webhooks(tx: &Tx, community: CommunityId) -> Result<Option<i64>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT MIN(read_to) FROM webhook_endpoints WHERE status < 3 AND community_id = ",
    )
    .value(community.0);
    Ok(match tx.query_one_raw(sql.build()).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    })
}

/// Deletes the events of a community up to a number, and notes that they are gone; how many there were.
pub(super) async fn delete_up_to(tx: &Tx, community: CommunityId, seq: i64) -> Result<u64> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(backend, "INSERT INTO log_floors (community_id, floor_seq) VALUES (")
        .value(community.0)
        .text(", ")
        .value(seq)
        .text(") ON CONFLICT (community_id) DO UPDATE SET floor_seq = excluded.floor_seq WHERE log_floors.floor_seq < excluded.floor_seq");
    tx.execute_raw(sql.build()).await?;
    let sql = Sql::new(backend, "DELETE FROM events WHERE community_id = ")
        .value(community.0)
        .text(" AND seq <= ")
        .value(seq);
    Ok(tx.execute_raw(sql.build()).await?.rows_affected())
}

/// Takes out of the log, and out of webhooks, what they told of the scores of members who may not be scored any more, and of those who
/// were merged into them: that they changed stays, to what does not. A webhook without a body is made anew from the log when it is sent.
///
/// # Errors
/// When the database fails.
pub async fn forget_scores(tx: &Tx, community: CommunityId, members: &[MemberId]) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = members.iter().map(|member| member.0).collect();
    for head in [
        "UPDATE events SET payload = '{}' WHERE community_id = ",
        "UPDATE webhook_deliveries SET body = '' WHERE community_id = ",
    ] {
        let sql = Sql::new(tx.get_database_backend(), head)
            .value(community.0)
            .text(" AND subject_type = ")
            .value(EventType::ScoreChanged.subject_type())
            .text(" AND event_type = ")
            .value(EventType::ScoreChanged.as_str())
            .text(" AND subject_id IN (SELECT id FROM ")
            .group_of(community.0, &ids)
            .text(" g)");
        tx.execute_raw(sql.build()).await?;
    }
    Ok(())
}
