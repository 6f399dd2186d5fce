//! Rows that arrive as one text: the database writes them as JSON arrays, and they are read from there.
//!
//! A driver hands rows over one by one; on SQLite each crosses from the thread of its connection to the one that waits, which
//! costs more than finding the row. For the lists and lookups of every page, packing is worth it.

use entity::Timestamp;
use sea_orm::{ActiveEnum, ConnectionTrait, DbBackend, Statement};
use serde_json::Value;

use super::query::Sql;
use crate::error::{Error, Result};

/// A row that can be read from its cells.
pub trait Packed: Sized {
    /// The columns, in the order of [`Packed::unpack`].
    const COLUMNS: &'static [&'static str];

    /// Those of the columns that hold numbers with fractions.
    const FRACTIONS: &'static [&'static str] = &[];

    /// The row.
    ///
    /// # Errors
    /// When a cell does not hold what it should.
    fn unpack(cells: &mut Cells) -> Result<Self>;
}

/// The cells of a row, one after the other.
#[derive(Debug)]
pub struct Cells(std::vec::IntoIter<Value>);

impl Cells {
    /// The next cell.
    ///
    /// # Errors
    /// When there is none, or it holds something else.
    pub fn take<T: Cell>(&mut self) -> Result<T> {
        self.0
            .next()
            .and_then(T::read)
            .ok_or_else(|| Error::internal("a packed row does not fit its type"))
    }
}

/// Something that a cell can hold.
pub trait Cell: Sized {
    /// Reads it; `None` when it is something else.
    fn read(value: Value) -> Option<Self>;
}

impl Cell for i64 {
    fn read(value: Value) -> Option<Self> {
        value.as_i64()
    }
}

impl Cell for i16 {
    fn read(value: Value) -> Option<Self> {
        value.as_i64().and_then(|number| number.try_into().ok())
    }
}

impl Cell for bool {
    fn read(value: Value) -> Option<Self> {
        // SQLite has numbers for truth values.
        value.as_bool().or_else(|| Some(value.as_i64()? != 0))
    }
}

impl Cell for i32 {
    fn read(value: Value) -> Option<Self> {
        value.as_i64().and_then(|number| number.try_into().ok())
    }
}

impl Cell for f64 {
    fn read(value: Value) -> Option<Self> {
        // As text where the engine would not write it to the last bit, see `column`.
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }
}

impl Cell for String {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

/// A JSON object: text on SQLite, itself on PostgreSQL.
impl Cell for Value {
    fn read(value: Value) -> Option<Self> {
        match value {
            Self::String(text) => serde_json::from_str(&text).ok(),
            other => Some(other),
        }
    }
}

macro_rules! enum_cells {
    ($($stored:ident),+ $(,)?) => {$(
        impl Cell for entity::$stored {
            fn read(value: Value) -> Option<Self> {
                Self::try_from_value(&i16::read(value)?).ok()
            }
        }
    )+};
}
enum_cells!(
    AdvocateStatus,
    ApologyStatus,
    CaseStatus,
    ClockState,
    Consent,
    ExpectationStatus,
    FollowUpKind,
    FollowUpStatus,
    Metric,
    RepairKind,
    Severity,
    Visibility,
);

impl Cell for Timestamp {
    fn read(value: Value) -> Option<Self> {
        value.as_i64().map(Self::from_micros)
    }
}

impl<T: Cell> Cell for Option<T> {
    fn read(value: Value) -> Option<Self> {
        if value.is_null() {
            return Some(None);
        }
        T::read(value).map(Some)
    }
}

macro_rules! id_cells {
    ($($id:ident),+) => {$(
        impl Cell for entity::$id {
            fn read(value: Value) -> Option<Self> {
                value.as_i64().map(Self)
            }
        }
    )+};
}
id_cells!(
    AdvocateId,
    ApologyId,
    BreachId,
    CalendarId,
    CaseId,
    ClockId,
    CommunityId,
    ExpectationId,
    FollowUpId,
    IdentityId,
    InteractionId,
    MemberId,
    ProgrammeId,
    RepairId,
    StaffId
);

/// Says how the rows of a table are packed: its type and all its columns, after `/` those with fractions.
macro_rules! packed_row {
    ($row:ty { $($column:ident),+ $(,)? } $(/ $($fraction:ident),+)?) => {
        impl $crate::db::packed::Packed for $row {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];
            const FRACTIONS: &'static [&'static str] = &[$($(stringify!($fraction)),+)?];

            fn unpack(cells: &mut $crate::db::packed::Cells) -> $crate::error::Result<Self> {
                Ok(Self { $($column: cells.take()?),+ })
            }
        }
    };
}
pub(crate) use packed_row;

/// What a statement selects, which must be the columns of the type by name.
///
/// # Errors
/// When the database fails.
pub async fn all<T: Packed>(connection: &impl ConnectionTrait, select: impl FnOnce(Sql) -> Sql) -> Result<Vec<T>> {
    let backend = connection.get_database_backend();
    rows_of(connection, select(Sql::new(backend, "")).build()).await
}

/// The rows of a statement that selects the columns of the type by name, in its order.
///
/// # Errors
/// When the database fails.
pub async fn rows_of<T: Packed>(connection: &impl ConnectionTrait, mut select: Statement) -> Result<Vec<T>> {
    let backend = connection.get_database_backend();
    let columns: Vec<String> = T::COLUMNS.iter().map(|name| column::<T>(backend, name)).collect();
    let columns = columns.join(", ");
    select.sql = if backend == DbBackend::Postgres {
        format!(
            "SELECT COALESCE(json_agg(json_build_array({columns})), '[]')::text FROM ({}) packed",
            select.sql
        )
    } else {
        format!("SELECT json_group_array(json_array({columns})) FROM ({})", select.sql)
    };
    let row = connection
        .query_one_raw(select)
        .await?
        .ok_or_else(|| Error::internal("an aggregate without a row"))?;
    let text: String = row.try_get_by_index(0)?;
    let rows: Vec<Vec<Value>> = serde_json::from_str(&text).map_err(Error::internal)?;
    rows.into_iter().map(|cells| T::unpack(&mut Cells(cells.into_iter()))).collect()
}

/// SQLite writes fractions into JSON with fifteen digits; seventeen keep every bit.
fn column<T: Packed>(backend: DbBackend, name: &str) -> String {
    if backend == DbBackend::Sqlite && T::FRACTIONS.contains(&name) {
        return format!("CASE WHEN {name} IS NOT NULL THEN printf('%!.17g', {name}) END");
    }
    name.to_owned()
}
