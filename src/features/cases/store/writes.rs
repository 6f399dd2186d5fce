//! What commands read under the lock of a case, and what they write.

use std::collections::HashMap;

use entity::{
    Audience, BreachId, CaseEventId, CaseEventKind, CaseId, ClockId, CommunityId, FollowUpId, InteractionId, Timestamp, breach, case, clock,
};
use sea_orm::sea_query::Value;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QuerySelect as _,
};

use crate::db::Tx;
use crate::db::query::{Sql, insert_rows, reserve_ids};
use crate::error::{Error, Result};
use crate::features::cases::timeline::NewEntry;

/// An entry of a timeline as clocks need it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct FactRow {
    /// What happened.
    pub kind: CaseEventKind,
    /// When.
    pub at: Timestamp,
    /// When this system learned of it.
    pub recorded_at: Timestamp,
    /// What belongs to it.
    pub detail: String,
}

/// A case, kept from other writers until the transaction ends.
pub async fn lock(tx: &Tx, community: CommunityId, id: CaseId) -> Result<Option<case::Model>> {
    let query = case::Entity::in_community(community).filter(case::Column::Id.eq(id));
    // SQLite has one writer at a time and knows no row locks.
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// A breach by id.
pub async fn breach(tx: &Tx, community: CommunityId, id: BreachId) -> Result<Option<breach::Model>> {
    let query = breach::Entity::in_community(community).filter(breach::Column::Id.eq(id));
    Ok(query.one(&**tx).await?)
}

/// Takes the next numbers of a community's cases: the first of `count`. Other writers of new cases wait.
pub async fn next_numbers(tx: &Tx, community: CommunityId, count: usize) -> Result<i64> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let sql = Sql::new(
        tx.get_database_backend(),
        "INSERT INTO case_counters (community_id, last_number) VALUES (",
    )
    .value(community.0)
    .text(", ")
    .value(count)
    .text(") ON CONFLICT (community_id) DO UPDATE SET last_number = case_counters.last_number + ")
    .value(count)
    .text(" RETURNING last_number");
    let row = tx
        .query_one_raw(sql.build())
        .await?
        .ok_or_else(|| Error::internal("no case number"))?;
    let last: i64 = row.try_get_by_index(0)?;
    Ok(last - count + 1)
}

/// The entries that clocks go by, and what was announced of them; notes and talk are left out.
pub async fn fact_rows(tx: &Tx, community: CommunityId, case: CaseId) -> Result<Vec<FactRow>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT kind, at, recorded_at, detail FROM case_events WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND case_id = ")
    .value(case.0)
    // The first condition is that of the index.
    .text(" AND kind <> 16 AND kind IN (1, 2, 3, 5, 11, 12, 13, 14, 15, 19, 30, 31, 32, 33, 34, 35, 36) ORDER BY at, id");
    Ok(FactRow::find_by_statement(sql.build()).all(&**tx).await?)
}

/// An entry that says something of a case's subject.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SubjectRow {
    /// What happened.
    pub kind: CaseEventKind,
    /// Who was meant to see it.
    pub audience: Audience,
    /// What belongs to it.
    pub detail: String,
}

/// How a case was opened, and what of its details was changed since.
pub async fn subject_rows(tx: &Tx, community: CommunityId, case: CaseId) -> Result<Vec<SubjectRow>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT kind, audience, detail FROM case_events WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND case_id = ")
    .value(case.0)
    .text(" AND kind <> 16 AND kind IN (1, 7) ORDER BY at, id");
    Ok(SubjectRow::find_by_statement(sql.build()).all(&**tx).await?)
}

/// The clocks of a case.
pub async fn clocks_in(tx: &Tx, community: CommunityId, case: CaseId) -> Result<Vec<clock::Model>> {
    let query = clock::Entity::in_community(community).filter(clock::Column::CaseId.eq(case));
    Ok(query.all(&**tx).await?)
}

/// The breaches of a case, by clock.
pub async fn breaches_in(tx: &Tx, community: CommunityId, case: CaseId) -> Result<HashMap<ClockId, breach::Model>> {
    let query = breach::Entity::in_community(community).filter(breach::Column::CaseId.eq(case));
    Ok(query.all(&**tx).await?.into_iter().map(|row| (row.clock_id, row)).collect())
}

const fn micros(at: Option<Timestamp>) -> Value {
    Value::BigInt(match at {
        Some(at) => Some(at.as_micros()),
        None => None,
    })
}

/// Writes new cases, whose ids were reserved.
///
/// # Errors
/// [`Error::Raced`] when another writer opened one of them in the meantime.
pub async fn insert_cases(tx: &Tx, rows: &[case::Model]) -> Result<()> {
    let head = "INSERT INTO cases (community_id, id, number, member_id, origin_interaction_id, source, external_id, thread, subject, \
                search_subject, category, severity, channel, visibility, assignee_id, status, opened_at, first_response_at, waiting_since, \
                resolved_at, first_resolved_at, closed_at, reopen_count, parent_id, merged_into, influence_at_open, sentiment, queue_due_at, \
                backdated, version, recorded_at, updated_at) VALUES";
    let mut values = Vec::with_capacity(rows.len() * 32);
    for row in rows {
        values.extend([
            Value::from(row.community_id.0),
            row.id.0.into(),
            row.number.into(),
            row.member_id.0.into(),
            Value::BigInt(row.origin_interaction_id.map(|id| id.0)),
            row.source.clone().into(),
            row.external_id.clone().into(),
            row.thread.clone().into(),
            row.subject.as_str().into(),
            row.search_subject.as_str().into(),
            row.category.clone().into(),
            (row.severity as i16).into(),
            row.channel.clone().into(),
            (row.visibility as i16).into(),
            Value::BigInt(row.assignee_id.map(|id| id.0)),
            (row.status as i16).into(),
            row.opened_at.as_micros().into(),
            micros(row.first_response_at),
            micros(row.waiting_since),
            micros(row.resolved_at),
            micros(row.first_resolved_at),
            micros(row.closed_at),
            row.reopen_count.into(),
            Value::BigInt(row.parent_id.map(|id| id.0)),
            Value::BigInt(row.merged_into.map(|id| id.0)),
            row.influence_at_open.into(),
            row.sentiment.into(),
            row.queue_due_at.as_micros().into(),
            row.backdated.into(),
            row.version.into(),
            row.recorded_at.as_micros().into(),
            row.updated_at.as_micros().into(),
        ]);
    }
    let written = insert_rows(&**tx, head, 32, values, "ON CONFLICT DO NOTHING RETURNING id").await?;
    if written.len() == rows.len() { Ok(()) } else { Err(Error::Raced) }
}

/// Writes a case's changed row.
pub async fn update_case(tx: &Tx, row: case::Model) -> Result<()> {
    let changed = case::ActiveModel::from(row).reset_all();
    case::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// Writes entries of timelines, in their order; returns their ids. An interaction that is in a case's timeline already is
/// told once.
pub async fn insert_entries(tx: &Tx, actor: &str, now: Timestamp, entries: &[NewEntry]) -> Result<Vec<CaseEventId>> {
    let ids = reserve_ids(&**tx, "case_events", entries.len()).await?;
    let head = "INSERT INTO case_events (community_id, id, case_id, kind, at, recorded_at, actor, member_id, interaction_id, audience, text, \
                detail) VALUES";
    let mut values = Vec::with_capacity(entries.len() * 12);
    for (entry, id) in entries.iter().zip(&ids) {
        values.extend([
            Value::from(entry.community.0),
            (*id).into(),
            entry.case.0.into(),
            (entry.kind as i16).into(),
            entry.at.as_micros().into(),
            now.as_micros().into(),
            actor.into(),
            Value::BigInt(entry.member.map(|id| id.0)),
            Value::BigInt(entry.interaction.map(|id| id.0)),
            (entry.audience as i16).into(),
            entry.text.clone().into(),
            entry.detail.to_string().into(),
        ]);
    }
    insert_rows(&**tx, head, 12, values, "ON CONFLICT DO NOTHING").await?;
    Ok(ids.into_iter().map(CaseEventId).collect())
}

/// Writes new clocks, whose ids were reserved.
pub async fn insert_clocks(tx: &Tx, rows: &[clock::Model]) -> Result<()> {
    let head = "INSERT INTO clocks (community_id, id, case_id, expectation_id, calendar_id, metric, instance, carried_from, state, started_at, \
                due_at, warn_at, paused_at, consumed, fulfilled_at, ended_at, next_at) VALUES";
    let mut values = Vec::with_capacity(rows.len() * 17);
    for row in rows {
        values.extend([
            Value::from(row.community_id.0),
            row.id.0.into(),
            row.case_id.0.into(),
            row.expectation_id.0.into(),
            Value::BigInt(row.calendar_id.map(|id| id.0)),
            (row.metric as i16).into(),
            row.instance.into(),
            row.carried_from.0.into(),
            (row.state as i16).into(),
            row.started_at.as_micros().into(),
            micros(row.due_at),
            micros(row.warn_at),
            micros(row.paused_at),
            row.consumed.into(),
            micros(row.fulfilled_at),
            micros(row.ended_at),
            micros(row.next_at),
        ]);
    }
    insert_rows(&**tx, head, 17, values, "").await?;
    Ok(())
}

/// Writes a clock's changed row.
pub async fn update_clock(tx: &Tx, row: clock::Model) -> Result<()> {
    let changed = clock::ActiveModel::from(row).reset_all();
    clock::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// Writes new breaches, whose ids were reserved.
pub async fn insert_breaches(tx: &Tx, rows: &[breach::Model]) -> Result<()> {
    let head = "INSERT INTO breaches (community_id, id, case_id, clock_id, expectation_id, due_at, detected_at, ended_at, overrun) VALUES";
    let mut values = Vec::with_capacity(rows.len() * 9);
    for row in rows {
        values.extend([
            Value::from(row.community_id.0),
            row.id.0.into(),
            row.case_id.0.into(),
            row.clock_id.0.into(),
            row.expectation_id.0.into(),
            row.due_at.as_micros().into(),
            row.detected_at.as_micros().into(),
            micros(row.ended_at),
            row.overrun.into(),
        ]);
    }
    insert_rows(&**tx, head, 9, values, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// Writes a breach's changed row.
pub async fn update_breach(tx: &Tx, row: breach::Model) -> Result<()> {
    let changed = breach::ActiveModel::from(row).reset_all();
    breach::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// The case that an interaction opened.
pub async fn opened_by(tx: &Tx, community: CommunityId, interaction: InteractionId) -> Result<Option<case::Model>> {
    let query = case::Entity::in_community(community).filter(case::Column::OriginInteractionId.eq(interaction));
    Ok(query.one(&**tx).await?)
}

/// The cases that follow threads: by the source's name of the thread, the latest opened last.
pub async fn in_threads(tx: &Tx, community: CommunityId, threads: &[&str]) -> Result<Vec<case::Model>> {
    let sql = Sql::new(tx.get_database_backend(), "SELECT * FROM cases WHERE community_id = ")
        .value(community.0)
        .text(" AND thread")
        .in_texts(threads.iter().copied())
        .text(" ORDER BY opened_at, id");
    Ok(case::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?)
}

/// When the status of a case last changed, and when the last thing happened that clocks go by.
pub async fn last_steps(tx: &Tx, community: CommunityId, case: CaseId) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT MAX(CASE WHEN kind IN (5, 11, 12, 13, 15) THEN at END), MAX(at) FROM case_events WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND case_id = ")
    .value(case.0)
    .text(" AND kind <> 16 AND kind IN (1, 2, 3, 5, 11, 12, 13, 14, 15, 19)");
    let Some(row) = tx.query_one_raw(sql.build()).await? else {
        return Ok((None, None));
    };
    let at = |place: usize| -> Result<Option<Timestamp>> {
        let micros: Option<i64> = row.try_get_by_index(place)?;
        Ok(micros.map(Timestamp::from_micros))
    };
    Ok((at(0)?, at(1)?))
}

/// The instant at which a command to a case happens: now, and never before what is known to have happened to it. Requests read
/// the clock before they get the case, and servers' clocks differ.
pub async fn present(tx: &Tx, now: Timestamp, row: &case::Model) -> Result<Timestamp> {
    let (_, last) = last_steps(tx, row.community_id, row.id).await?;
    Ok(now.max(row.opened_at).max(last.unwrap_or(now)))
}

/// Lets whoever opens cases from a thread, and whoever records what is said in it, go one after the other: otherwise each may
/// miss what the other has not committed. SQLite has one writer anyway.
pub async fn lock_threads(tx: &Tx, community: CommunityId, threads: &[(&str, &str)]) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut names: Vec<String> = threads.iter().map(|(source, thread)| format!("{source}\u{1}{thread}")).collect();
    names.sort_unstable();
    names.dedup();
    // The server has room for some thousand locks in all: whoever needs many takes them all with one.
    let is_many = names.len() > MOST_LOCKS;
    let all = if is_many { "" } else { "_shared" };
    lock_name(tx, community, all, "").await?;
    for name in names.iter().filter(|_| !is_many) {
        lock_name(tx, community, "", name).await?;
    }
    Ok(())
}

/// Most threads that a transaction locks one by one.
const MOST_LOCKS: usize = 100;

async fn lock_name(tx: &Tx, community: CommunityId, sort: &str, name: &str) -> Result<()> {
    let sql = Sql::new(
        DbBackend::Postgres,
        &format!("SELECT pg_advisory_xact_lock{sort}(hashtextextended("),
    )
    .value(name)
    .text(", ")
    .value(community.0)
    .text("))");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Most that is taken over from a thread when a case is opened from it.
const LONGEST_THREAD: u64 = 1_000;

/// What was said in a thread of a source since an instant and was not taken back, the oldest first.
pub async fn thread(
    tx: &Tx,
    community: CommunityId,
    (source, thread): (&str, &str),
    since: Timestamp,
) -> Result<Vec<entity::interaction::Model>> {
    let sql = Sql::new(tx.get_database_backend(), "SELECT i.* FROM interactions i WHERE i.community_id = ")
        .value(community.0)
        .text(" AND i.thread = ")
        .value(thread)
        .text(" AND i.source = ")
        .value(source)
        .text(" AND i.occurred_at >= ")
        .value(since.as_micros())
        .text(" AND i.kind <= 10 AND NOT EXISTS (SELECT 1 FROM interactions r WHERE r.community_id = i.community_id")
        .text(" AND r.source = i.source AND r.retracts = i.external_id) ORDER BY i.occurred_at, i.id LIMIT ")
        .value(i64::try_from(LONGEST_THREAD).unwrap_or(i64::MAX));
    Ok(entity::interaction::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?)
}

/// An interaction by id.
pub async fn interaction(tx: &Tx, community: CommunityId, id: InteractionId) -> Result<Option<entity::interaction::Model>> {
    use entity::interaction;
    let query = interaction::Entity::in_community(community).filter(interaction::Column::Id.eq(id));
    Ok(query.one(&**tx).await?)
}

/// Moves the follow-ups that are still open to the case that goes on; which they are.
pub async fn move_follow_ups(tx: &Tx, community: CommunityId, from: CaseId, to: CaseId) -> Result<Vec<FollowUpId>> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE follow_ups SET case_id = ")
        .value(to.0)
        .text(" WHERE community_id = ")
        .value(community.0)
        .text(" AND case_id = ")
        .value(from.0)
        .text(" AND status IN (1, 2) RETURNING id");
    let rows = tx.query_all_raw(sql.build()).await?;
    let mut ids = rows
        .iter()
        .map(|row| row.try_get_by_index(0).map(FollowUpId))
        .collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    Ok(ids)
}
