//! Reading the log of a community: what comes after a number, in order, as far as the reader may see it.
//!
//! Numbers are in the order of commits within a community, so that what was read up to a number is read for good.

use entity::{CommunityId, Timestamp, Visibility};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use super::EventType;
use crate::auth::{Permission, Permissions};
use crate::db::packed::{self, packed_row};
use crate::db::query::Sql;
use crate::error::{Error, Result};

/// So many events are looked at for one page, whatever fits: a reader of something rare does not read the whole log at once.
const WINDOW: u64 = 5_000;

/// One event as it is read from the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The community.
    pub community: CommunityId,
    /// Its place in the community's log.
    pub seq: i64,
    /// What happened; a newer version may have written a type that this one does not know.
    pub event_type: String,
    /// The kind of record it happened to.
    pub subject_type: String,
    /// Which one; 0 when the payload lists many.
    pub subject_id: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who did it, for example `staff:3`.
    pub actor: String,
    /// The clearance needed to see it.
    pub visibility: Visibility,
    /// Whether only those may see it who may read what the company notes among itself.
    pub internal: bool,
    /// The payload as it is stored; [`super::payload`] makes of it what goes out.
    pub payload: Value,
}

packed_row!(Row {
    seq,
    event_type,
    subject_type,
    subject_id,
    at,
    actor,
    visibility,
    internal,
    payload,
});

/// An event as it is stored.
struct Row {
    seq: i64,
    event_type: String,
    subject_type: String,
    subject_id: i64,
    at: Timestamp,
    actor: String,
    visibility: Visibility,
    internal: bool,
    payload: Value,
}

impl Row {
    fn entry(self, community: CommunityId) -> Entry {
        Entry {
            community,
            seq: self.seq,
            event_type: self.event_type,
            subject_type: self.subject_type,
            subject_id: self.subject_id,
            at: self.at,
            actor: self.actor,
            visibility: self.visibility,
            internal: self.internal,
            payload: self.payload,
        }
    }
}

const COLUMNS: &str = "seq, event_type, subject_type, subject_id, at, actor, visibility, internal, payload";

impl Entry {
    /// Its type, unless a newer version wrote it.
    #[must_use]
    pub fn known(&self) -> Option<EventType> {
        EventType::parse(&self.event_type)
    }

    /// Whether it is about a record, alone or among others.
    fn is_about(&self, subject_type: &str, id: i64) -> bool {
        let lists = |ids: &Value| {
            ids.as_array()
                .is_some_and(|ids| ids.iter().any(|listed| listed.as_i64() == Some(id)))
        };
        self.subject_type == subject_type && (self.subject_id == id || self.subject_id == 0 && self.payload.get("ids").is_some_and(lists))
    }
}

/// Which events a reader asks for, and may see.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The community.
    pub community: CommunityId,
    /// What the reader may do.
    pub permissions: Permissions,
    /// The highest visibility that the reader may read.
    pub clearance: Visibility,
    /// Only these types; `None` for all.
    pub types: Option<Vec<EventType>>,
    /// Only what is about these records, by kind and id; `None` for all.
    pub subjects: Option<Vec<(String, i64)>>,
}

impl Reading {
    /// The types that were asked for and that the reader may see.
    #[must_use]
    pub fn readable(&self) -> Vec<EventType> {
        let asked = |event_type: &EventType| self.types.as_ref().is_none_or(|types| types.contains(event_type));
        let all = EventType::ALL.iter().copied();
        all.filter(asked)
            .filter(|event_type| event_type.is_readable_with(self.permissions))
            .collect()
    }

    /// Whether the reader may see what the company says among itself.
    const fn sees_internal(&self) -> bool {
        self.permissions.contains(Permission::ReadCaseNotes)
    }

    /// Whether an event was asked for and may be seen: the rule of [`read`], for events that are at hand.
    #[must_use]
    pub fn shows(&self, entry: &Entry) -> bool {
        let Some(event_type) = entry.known() else { return false };
        let may_see = entry.community == self.community
            && entry.visibility <= self.clearance
            && (!entry.internal || self.sees_internal())
            && event_type.is_readable_with(self.permissions);
        let is_asked_for = self.types.as_ref().is_none_or(|types| types.contains(&event_type));
        let is_about = |subjects: &Vec<(String, i64)>| subjects.iter().any(|(kind, id)| entry.is_about(kind, *id));
        may_see && is_asked_for && self.subjects.as_ref().is_none_or(is_about)
    }

    /// The conditions of [`Reading::shows`], as far as a database can check them fast: of what lists many records, all is taken.
    fn conditions(&self, sql: Sql) -> Sql {
        let readable = self.readable();
        let mut sql = sql
            .text(" AND visibility <= ")
            .value(self.clearance as i16)
            .text(" AND event_type")
            .in_texts(readable.iter().map(|event_type| event_type.as_str()));
        if !self.sees_internal() {
            sql = sql.text(" AND NOT internal");
        }
        let Some(subjects) = &self.subjects else { return sql };
        let mut kinds: Vec<&str> = subjects.iter().map(|(kind, _)| kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        sql = sql.text(" AND (1 = 0");
        for kind in kinds {
            let ids = subjects.iter().filter(|(of, _)| of == kind).map(|(_, id)| *id);
            sql = sql
                .text(" OR subject_type = ")
                .value(kind)
                .text(" AND subject_id")
                .in_ids(ids.chain([0]));
        }
        sql.text(")")
    }
}

/// What a reader gets at a time.
#[derive(Clone, Debug)]
pub struct Page {
    /// The events that fit, in order.
    pub entries: Vec<Entry>,
    /// Everything up to here was looked at; it moves also when nothing fits.
    pub end: i64,
    /// Whether there is more to look at.
    pub has_more: bool,
}

packed_row!(Found {
    floor,
    last,
    looked,
    seq,
    event_type,
    subject_type,
    subject_id,
    at,
    actor,
    visibility,
    internal,
    payload,
});

/// A row of a page: how far was looked, and an event, unless none fits.
struct Found {
    floor: i64,
    last: Option<i64>,
    looked: i64,
    seq: Option<i64>,
    event_type: Option<String>,
    subject_type: Option<String>,
    subject_id: Option<i64>,
    at: Option<Timestamp>,
    actor: Option<String>,
    visibility: Option<Visibility>,
    internal: Option<bool>,
    payload: Option<Value>,
}

impl Found {
    fn entry(self, community: CommunityId) -> Option<Entry> {
        Some(Entry {
            community,
            seq: self.seq?,
            event_type: self.event_type?,
            subject_type: self.subject_type?,
            subject_id: self.subject_id?,
            at: self.at?,
            actor: self.actor?,
            visibility: self.visibility?,
            internal: self.internal?,
            payload: self.payload?,
        })
    }
}

/// The next events after a number, as far as they were asked for and may be seen. One statement sees them, how far the log goes and
/// what was deleted of it, so that nothing is deleted in between.
///
/// # Errors
/// [`Error::CursorExpired`] when events after that number were deleted; when the database fails.
pub async fn read(connection: &impl ConnectionTrait, reading: &Reading, after: i64, first: u64) -> Result<Page> {
    let community = reading.community.0;
    let limit = i64::try_from(first.saturating_add(1)).unwrap_or(i64::MAX);
    // Records have indexes of their own, and few events each.
    let window = if reading.subjects.is_some() {
        i64::MAX
    } else {
        i64::try_from(WINDOW).unwrap_or(i64::MAX)
    };
    let found: Vec<Found> = packed::all(connection, |sql| {
        let sql = sql
            .text("SELECT h.floor, h.last, h.looked, ")
            .text("e.seq, e.event_type, e.subject_type, e.subject_id, e.at, e.actor, e.visibility, e.internal, e.payload FROM (")
            .text("SELECT COALESCE((SELECT floor_seq FROM log_floors WHERE community_id = ")
            .value(community)
            .text("), 0) AS floor, ");
        let sql = looked(sql, community, after, window)
            .text(") h LEFT JOIN (SELECT ")
            .text(COLUMNS)
            .text(" FROM events WHERE community_id = ")
            .value(community)
            .text(" AND seq > ")
            .value(after);
        let sql = if window == i64::MAX {
            sql
        } else {
            let sql = sql.text(" AND seq <= (SELECT MAX(seq) FROM (");
            next_numbers(sql, community, after, window).text(") v)")
        };
        reading
            .conditions(sql)
            .text(" ORDER BY seq LIMIT ")
            .value(limit)
            .text(") e ON TRUE ORDER BY e.seq")
    })
    .await?;
    page(reading, found, after, (first, window))
}

/// How far a page looks, and how many events that are. Where nothing bounds it, the end of the log says it all.
fn looked(sql: Sql, community: i64, after: i64, window: i64) -> Sql {
    if window == i64::MAX {
        return sql
            .text("(SELECT MAX(seq) FROM events WHERE community_id = ")
            .value(community)
            .text(") AS last, 0 AS looked");
    }
    let sql = sql.text("MAX(w.seq) AS last, COUNT(w.seq) AS looked FROM (");
    next_numbers(sql, community, after, window).text(") w")
}

fn next_numbers(sql: Sql, community: i64, after: i64, window: i64) -> Sql {
    sql.text("SELECT seq FROM events WHERE community_id = ")
        .value(community)
        .text(" AND seq > ")
        .value(after)
        .text(" ORDER BY seq LIMIT ")
        .value(window)
}

fn page(reading: &Reading, found: Vec<Found>, after: i64, (first, window): (u64, i64)) -> Result<Page> {
    let head = found.first().ok_or_else(|| Error::internal("a page without its head"))?;
    if after < head.floor {
        return Err(Error::CursorExpired);
    }
    let (last, is_cut) = (head.last.unwrap_or(after).max(after), head.looked >= window);
    let mut entries: Vec<Entry> = found.into_iter().filter_map(|row| row.entry(reading.community)).collect();
    entries.sort_unstable_by_key(|entry| entry.seq);
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    let is_full = entries.len() > first;
    entries.truncate(first);
    let end = entries.last().filter(|_| is_full).map_or(last, |entry| entry.seq);
    entries.retain(|entry| reading.shows(entry));
    Ok(Page {
        entries,
        end,
        has_more: is_full || is_cut,
    })
}

/// All events after a number, whoever may see them, for those who sort them out themselves. What was deleted is not told, see
/// [`floor`].
///
/// # Errors
/// When the database fails.
pub async fn read_all(connection: &impl ConnectionTrait, community: CommunityId, after: i64, first: u64) -> Result<Vec<Entry>> {
    let limit = i64::try_from(first).unwrap_or(i64::MAX);
    let mut rows: Vec<Row> = packed::all(connection, |sql| {
        sql.text("SELECT ")
            .text(COLUMNS)
            .text(" FROM events WHERE community_id = ")
            .value(community.0)
            .text(" AND seq > ")
            .value(after)
            .text(" ORDER BY seq LIMIT ")
            .value(limit)
    })
    .await?;
    rows.sort_unstable_by_key(|row| row.seq);
    Ok(rows.into_iter().map(|row| row.entry(community)).collect())
}

/// The last number of a community; where everything was deleted, what [`floor`] says. Inside a transaction with one snapshot, it
/// fits exactly what else is read there.
///
/// # Errors
/// When the database fails.
pub async fn end(connection: &impl ConnectionTrait, community: CommunityId) -> Result<i64> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT COALESCE((SELECT MAX(seq) FROM events WHERE community_id = ",
    )
    .value(community.0)
    .text("), (SELECT floor_seq FROM log_floors WHERE community_id = ")
    .value(community.0)
    .text("), 0)");
    let row = connection.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("no row"))?;
    Ok(row.try_get_by_index(0)?)
}

/// Everything at or below this number was deleted by the retention; 0 when nothing was.
///
/// # Errors
/// When the database fails.
pub async fn floor(connection: &impl ConnectionTrait, community: CommunityId) -> Result<i64> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT floor_seq FROM log_floors WHERE community_id = ",
    )
    .value(community.0);
    match connection.query_one_raw(sql.build()).await? {
        Some(row) => Ok(row.try_get_by_index(0)?),
        None => Ok(0),
    }
}

#[cfg(test)]
mod tests;
