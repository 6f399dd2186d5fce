//! Rows that arrive as one text: the database writes them as JSON arrays, and they are read from there.
//!
//! A driver hands rows over one by one; on SQLite each crosses from the thread of its connection to the one that waits, which
//! costs more than finding the row. For the lookups of every page, packing is worth it. Not for numbers with fractions: not
//! every engine writes them to the last bit.

use entity::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value;

use super::query::Sql;
use crate::error::{Error, Result};

/// A row that can be read from its cells.
pub trait Packed: Sized {
    /// The columns, in the order of [`Packed::unpack`].
    const COLUMNS: &'static [&'static str];

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

/// A stored enum, by its number.
impl Cell for entity::Consent {
    fn read(value: Value) -> Option<Self> {
        let number = i16::read(value)?;
        Self::ALL.iter().copied().find(|known| *known as i16 == number)
    }
}

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
id_cells!(CommunityId, MemberId, IdentityId);

/// What a statement selects, which must be the columns of the type by name.
///
/// # Errors
/// When the database fails.
pub async fn all<T: Packed>(connection: &impl ConnectionTrait, select: impl FnOnce(Sql) -> Sql) -> Result<Vec<T>> {
    let backend = connection.get_database_backend();
    let columns = T::COLUMNS.join(", ");
    let (head, tail) = if backend == DbBackend::Postgres {
        (
            format!("SELECT COALESCE(json_agg(json_build_array({columns})), '[]')::text FROM ("),
            ") packed",
        )
    } else {
        (format!("SELECT json_group_array(json_array({columns})) FROM ("), ")")
    };
    let sql = select(Sql::new(backend, &head)).text(tail);
    let row = connection
        .query_one_raw(sql.build())
        .await?
        .ok_or_else(|| Error::internal("an aggregate without a row"))?;
    let text: String = row.try_get_by_index(0)?;
    let rows: Vec<Vec<Value>> = serde_json::from_str(&text).map_err(Error::internal)?;
    rows.into_iter().map(|cells| T::unpack(&mut Cells(cells.into_iter()))).collect()
}
