//! How this process follows the change log: what was committed since the last look, exactly once, by any process.
//!
//! On SQLite there is one writer at a time, so positions become visible in order and the last one seen is enough. On
//! PostgreSQL a lower position can become visible after a higher one; there the transaction snapshot of the last look is
//! kept, and what it could not see but the present one can is new. The order of the events returned is not promised.

use entity::CommunityId;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

use super::EventType;
use crate::db::query::Sql;
use crate::error::{Error, Result};

/// Where a follower stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The last position seen.
    Sequence(i64),
    /// What was visible at the last look, as `pg_snapshot` text.
    Snapshot(String),
}

/// An event as a follower needs it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Where.
    pub community: CommunityId,
    /// What; `None` for a type that a newer version writes.
    pub event_type: Option<EventType>,
    /// To which record.
    pub subject_id: i64,
    /// The payload.
    pub payload: String,
}

#[derive(FromQueryResult)]
struct Row {
    community_id: i64,
    seq: i64,
    event_type: String,
    subject_id: i64,
    payload: String,
}

/// The present end of the log. Inside a transaction with one snapshot, it fits exactly what else is read there.
///
/// # Errors
/// When the database fails.
pub async fn end(connection: &impl ConnectionTrait) -> Result<Position> {
    let backend = connection.get_database_backend();
    let text = if backend == DbBackend::Postgres {
        "SELECT pg_current_snapshot()::text"
    } else {
        "SELECT COALESCE(MAX(seq), 0) FROM events"
    };
    let row = connection
        .query_one_raw(Sql::new(backend, text).build())
        .await?
        .ok_or_else(|| Error::internal("no row"))?;
    Ok(if backend == DbBackend::Postgres {
        Position::Snapshot(row.try_get_by_index(0)?)
    } else {
        Position::Sequence(row.try_get_by_index(0)?)
    })
}

/// What was committed since `position`, and the position after it.
///
/// # Errors
/// When the database fails.
pub async fn since(connection: &impl ConnectionTrait, position: &Position) -> Result<(Vec<Seen>, Position)> {
    match position {
        Position::Sequence(last) => {
            let rows = fetch(connection, Sql::new(DbBackend::Sqlite, SELECT).text(" WHERE seq > ").value(*last)).await?;
            let newest = rows.iter().map(|row| row.seq).max().unwrap_or(*last);
            Ok((rows.into_iter().map(Seen::from).collect(), Position::Sequence(newest)))
        }
        Position::Snapshot(snapshot) => {
            // The present snapshot is taken first: what commits between the two statements is seen again by neither.
            let Position::Snapshot(present) = end(connection).await? else {
                return Err(Error::internal("the log's engine changed"));
            };
            let sql = Sql::new(DbBackend::Postgres, SELECT)
                .text(" WHERE txid >= pg_snapshot_xmin(")
                .value(snapshot.as_str())
                .text("::pg_snapshot) AND NOT pg_visible_in_snapshot(txid, ")
                .value(snapshot.as_str())
                .text("::pg_snapshot) AND pg_visible_in_snapshot(txid, ")
                .value(present.as_str())
                .text("::pg_snapshot)");
            let rows = fetch(connection, sql).await?;
            Ok((rows.into_iter().map(Seen::from).collect(), Position::Snapshot(present)))
        }
    }
}

const SELECT: &str = "SELECT community_id, seq, event_type, subject_id, payload FROM events";

async fn fetch(connection: &impl ConnectionTrait, sql: Sql) -> Result<Vec<Row>> {
    Ok(Row::find_by_statement(sql.build()).all(connection).await?)
}

impl From<Row> for Seen {
    fn from(row: Row) -> Self {
        Self {
            community: CommunityId(row.community_id),
            event_type: EventType::parse(&row.event_type),
            subject_id: row.subject_id,
            payload: row.payload,
        }
    }
}
