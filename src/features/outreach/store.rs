//! The queries of outreach: what is known of some members, in one statement each. Members are named after merges, and what is above
//! a clearance is left out.

use std::collections::{HashMap, HashSet};

use entity::{CaseStatus, CommunityId, Consent, InteractionKind, MemberId, Timestamp, Visibility};
use futures_util::TryStreamExt as _;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, StreamTrait as _};

use super::after_effect::{Story, Told};
use super::risk::{BEFORE, CaseSigns, LONG_WAIT, Mood, RECENT, Sample};
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::influence::model::is_contribution;

/// Most interactions of a time that are read at once.
pub const MOST_TOLD: usize = 200_000;

/// Only what was not taken back.
const STANDS: &str = " AND NOT EXISTS (SELECT 1 FROM interactions r WHERE r.community_id = i.community_id AND r.source = i.source \
                      AND r.retracts = i.external_id)";

fn numbers(members: &[MemberId]) -> Vec<i64> {
    members.iter().map(|id| id.0).collect()
}

/// Numbers of kinds, as text: so that the engine can see them.
fn kinds(which: impl Fn(InteractionKind) -> bool) -> String {
    let kinds = InteractionKind::ALL.iter().filter(|kind| which(**kind));
    let texts: Vec<String> = kinds.map(|kind| (*kind as i16).to_string()).collect();
    format!(" IN ({})", texts.join(","))
}

/// How many followers members have, over all accounts of theirs; those of whom nobody knows are not in it.
pub async fn followers(connection: &impl ConnectionTrait, community: CommunityId, members: &[MemberId]) -> Result<HashMap<MemberId, i64>> {
    // More than an API number holds is as good as that, and sums of those fit.
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT g.root, CAST(SUM(CASE WHEN n.follower_count > 2147483647 THEN 2147483647 ELSE n.follower_count END) AS BIGINT) FROM ",
    )
    .group_of(community.0, &numbers(members))
    .text(" g JOIN identities n ON n.member_id = g.id WHERE n.community_id = ")
    .value(community.0)
    .text(" AND n.follower_count IS NOT NULL GROUP BY g.root");
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// What the open cases of members say; those without one are not in it. A promise is broken when there is a breach that was not
/// excused, or a clock that runs is overdue and was not announced yet.
pub async fn case_signs(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &[MemberId],
    (clearance, now): (Visibility, Timestamp),
) -> Result<HashMap<MemberId, CaseSigns>> {
    let [open, taken_up] = [CaseStatus::OnHold as i16, CaseStatus::Open as i16];
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT o.root, COUNT(*), SUM(o.unanswered), SUM(o.breached) FROM (SELECT g.root AS root, CASE WHEN c.status <= ",
    )
    .text(&taken_up.to_string())
    .text(" AND c.waiting_since < ")
    .value(now.plus_micros(-LONG_WAIT).as_micros())
    .text(
        " THEN 1 ELSE 0 END AS unanswered, CASE WHEN EXISTS (SELECT 1 FROM breaches b WHERE b.community_id = c.community_id \
         AND b.case_id = c.id AND b.excused_at IS NULL) OR EXISTS (SELECT 1 FROM clocks k WHERE k.community_id = c.community_id \
         AND k.case_id = c.id AND k.ended_at IS NULL AND k.paused_at IS NULL AND k.due_at < ",
    )
    .value(now.as_micros())
    .text(
        " AND NOT EXISTS (SELECT 1 FROM breaches x WHERE x.community_id = k.community_id AND x.clock_id = k.id)) \
         THEN 1 ELSE 0 END AS breached FROM ",
    )
    .group_of(community.0, &numbers(members))
    .text(" g JOIN cases c ON c.member_id = g.id WHERE c.community_id = ")
    .value(community.0)
    .text(&format!(" AND c.status <= {open} AND c.visibility <= "))
    .value(clearance as i16)
    .text(") o GROUP BY o.root");
    let rows = connection.query_all_raw(sql.build()).await?;
    let signs = |row: &QueryResult| -> Result<(MemberId, CaseSigns)> {
        let signs = CaseSigns {
            open: row.try_get_by_index(1)?,
            unanswered: row.try_get_by_index(2)?,
            breached: row.try_get_by_index(3)?,
        };
        Ok((row.try_get_by_index(0)?, signs))
    };
    rows.iter().map(signs).collect()
}

/// How members feel and felt, by what they did; those of whom nothing was measured are not in it.
pub async fn moods(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &[MemberId],
    (clearance, now): (Visibility, Timestamp),
) -> Result<HashMap<MemberId, Mood>> {
    let recent = now.plus_micros(-RECENT);
    let start = recent.plus_micros(-BEFORE).as_micros();
    let recent = recent.as_micros();
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT g.root, COUNT(CASE WHEN i.occurred_at >= ",
    )
    .value(recent)
    .text(" THEN 1 END), AVG(CASE WHEN i.occurred_at >= ")
    .value(recent)
    .text(" THEN i.sentiment END), COUNT(CASE WHEN i.occurred_at < ")
    .value(recent)
    .text(" THEN 1 END), AVG(CASE WHEN i.occurred_at < ")
    .value(recent)
    .text(" THEN i.sentiment END) FROM ")
    .group_of(community.0, &numbers(members))
    .text(" g JOIN interactions i ON i.actor_id = g.id WHERE i.community_id = ")
    .value(community.0)
    .text(" AND i.occurred_at >= ")
    .value(start)
    .text(" AND i.occurred_at <= ")
    .value(now.as_micros())
    .text(" AND i.sentiment IS NOT NULL AND i.visibility <= ")
    .value(clearance as i16)
    .text(STANDS)
    .text(" GROUP BY g.root");
    let rows = connection.query_all_raw(sql.build()).await?;
    let mood = |row: &QueryResult| -> Result<(MemberId, Mood)> {
        let sample = |at: usize| -> Result<Sample> {
            Ok(Sample {
                count: row.try_get_by_index(at)?,
                mean: row.try_get_by_index(at + 1)?,
            })
        };
        let mood = Mood {
            recent: sample(1)?,
            before: sample(3)?,
        };
        Ok((row.try_get_by_index(0)?, mood))
    };
    rows.iter().map(mood).collect()
}

/// What happened in a community between two instants; `None` when that is too much to read.
pub async fn story(
    connection: &DatabaseTransaction,
    community: CommunityId,
    (from, until): (Timestamp, Timestamp),
    clearance: Visibility,
) -> Result<Option<Story>> {
    let told = told(connection, community, (from, until), clearance).await?;
    if told.len() > MOST_TOLD {
        return Ok(None);
    }
    let asked = told.iter().filter(|one| one.kind == InteractionKind::Question);
    let askers: HashSet<MemberId> = asked.filter_map(|one| one.actor).collect();
    let askers: Vec<MemberId> = askers.into_iter().collect();
    let actors: HashSet<MemberId> = told.iter().filter_map(|one| one.actor).collect();
    let (left_out, bots) = apart(connection, community, &actors).await?;
    Ok(Some(Story {
        earlier: earlier(connection, community, &askers, (from, clearance)).await?,
        told,
        left_out,
        bots,
    }))
}

/// Contributions and accepted solutions, the oldest first; one more than may be read when there are too many.
async fn told(
    connection: &DatabaseTransaction,
    community: CommunityId,
    (from, until): (Timestamp, Timestamp),
    clearance: Visibility,
) -> Result<Vec<Told>> {
    let matters = |kind| is_contribution(kind) || kind == InteractionKind::SolutionAccepted;
    let sql = Sql::new(
        ConnectionTrait::get_database_backend(connection),
        "SELECT i.kind, COALESCE(a.root_id, a.id), COALESCE(t.root_id, t.id), i.source, i.thread, i.occurred_at FROM interactions i \
         LEFT JOIN members a ON a.community_id = i.community_id AND a.id = i.actor_id \
         LEFT JOIN members t ON t.community_id = i.community_id AND t.id = i.target_id WHERE i.community_id = ",
    )
    .value(community.0)
    .text(" AND i.occurred_at >= ")
    .value(from.as_micros())
    .text(" AND i.occurred_at <= ")
    .value(until.as_micros())
    .text(" AND i.visibility <= ")
    .value(clearance as i16)
    .text(" AND i.kind")
    .text(&kinds(matters))
    .text(STANDS)
    .text(" ORDER BY i.occurred_at, i.id LIMIT ")
    .value(i64::try_from(MOST_TOLD + 1).unwrap_or(i64::MAX));
    let mut threads: HashMap<(String, String), u32> = HashMap::new();
    let mut told = Vec::new();
    let mut rows = connection.stream_raw(sql.build()).await?;
    while let Some(row) = rows.try_next().await? {
        let source: String = row.try_get_by_index(3)?;
        let thread: Option<String> = row.try_get_by_index(4)?;
        // The same conversation gets the same number.
        let next = u32::try_from(threads.len()).unwrap_or(u32::MAX);
        told.push(Told {
            kind: row.try_get_by_index(0)?,
            actor: row.try_get_by_index(1)?,
            target: row.try_get_by_index(2)?,
            thread: thread.map(|thread| *threads.entry((source, thread)).or_insert(next)),
            at: row.try_get_by_index(5)?,
        });
    }
    Ok(told)
}

/// Of some members, after merges: those who are staff, bots or opted out; and the bots.
async fn apart(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &HashSet<MemberId>,
) -> Result<(HashSet<MemberId>, HashSet<MemberId>)> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT m.id, m.is_bot FROM members m WHERE m.community_id = ",
    )
    .value(community.0)
    .text(" AND (m.is_staff OR m.is_bot OR m.consent <> ")
    .value(Consent::Scored as i16)
    .text(") AND m.id")
    .in_ids(members.iter().map(|id| id.0));
    let (mut all, mut bots) = (HashSet::new(), HashSet::new());
    for row in connection.query_all_raw(sql.build()).await? {
        let (id, is_bot): (MemberId, bool) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        all.insert(id);
        if is_bot {
            bots.insert(id);
        }
    }
    Ok((all, bots))
}

/// How often members had contributed before an instant; those who never had are not in it.
async fn earlier(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &[MemberId],
    (before, clearance): (Timestamp, Visibility),
) -> Result<HashMap<MemberId, i64>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT g.root, COUNT(*) FROM ")
        .group_of(community.0, &numbers(members))
        .text(" g JOIN interactions i ON i.actor_id = g.id WHERE i.community_id = ")
        .value(community.0)
        .text(" AND i.occurred_at < ")
        .value(before.as_micros())
        .text(" AND i.visibility <= ")
        .value(clearance as i16)
        .text(" AND i.kind")
        .text(&kinds(is_contribution))
        .text(STANDS)
        .text(" GROUP BY g.root");
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}
