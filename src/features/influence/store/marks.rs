//! What was last told of scores.

use entity::{CommunityId, Consent, MemberId};
use sea_orm::{ConnectionTrait, Value};

use crate::db::Tx;
use crate::db::query::{Sql, insert_rows};
use crate::error::{Error, Result};
use crate::features::influence::marks::{Mark, Marks, Told};
use crate::features::influence::model::Level;

/// What was last told of the members of a community.
pub async fn marks(connection: &impl ConnectionTrait, community: CommunityId) -> Result<Marks> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT member_id, value, rank, level FROM score_marks WHERE community_id = ",
    )
    .value(community.0);
    let rows = connection.query_all_raw(sql.build()).await?;
    let mut found = Marks::default();
    for row in &rows {
        let rank: Option<i32> = row.try_get_by_index(2)?;
        let number: i16 = row.try_get_by_index(3)?;
        let level = Level::numbered(number).ok_or_else(|| Error::internal(format!("there is no level {number}")))?;
        let rank = rank.and_then(|rank| u32::try_from(rank).ok()).unwrap_or(u32::MAX);
        found.insert(row.try_get_by_index(0)?, Mark::new(row.try_get_by_index(1)?, rank, level));
    }
    Ok(found)
}

/// Writes down what is told.
pub async fn write_marks(tx: &Tx, community: CommunityId, told: &[Told]) -> Result<()> {
    let mut values: Vec<Value> = Vec::with_capacity(told.len() * 5);
    for (member, mark) in told.iter().filter_map(|told| Some((told.member, told.now?))) {
        values.extend([
            Value::from(community.0),
            member.0.into(),
            mark.value().into(),
            i32::try_from(mark.rank).unwrap_or(i32::MAX).into(),
            mark.level.number().into(),
        ]);
    }
    let head = "INSERT INTO score_marks (community_id, member_id, value, rank, level) VALUES";
    let tail = "ON CONFLICT (community_id, member_id) DO UPDATE SET value = excluded.value, rank = excluded.rank, level = excluded.level";
    insert_rows(&**tx, head, 5, values, tail).await?;
    let gone: Vec<i64> = told.iter().filter(|told| told.now.is_none()).map(|told| told.member.0).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let sql = Sql::new(tx.get_database_backend(), "DELETE FROM score_marks WHERE community_id = ")
        .value(community.0)
        .text(" AND member_id")
        .in_ids(gone);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Which of these members have opted out, or were merged into one who has.
pub async fn opted_out(tx: &Tx, community: CommunityId, members: &[MemberId]) -> Result<Vec<MemberId>> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT m.id FROM members m JOIN members r ON r.community_id = m.community_id AND r.id = COALESCE(m.root_id, m.id) \
         WHERE m.community_id = ",
    )
    .value(community.0)
    .text(" AND r.consent = ")
    .value(Consent::OptedOut as i16)
    .text(" AND m.id")
    .in_ids(members.iter().map(|member| member.0));
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
