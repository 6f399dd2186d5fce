//! Statements that SeaORM's builders cannot say well: sets of keys, many rows at once, ids reserved ahead.
//!
//! Texts vary as little as possible, so that the statement caches of driver and server hit.

use std::fmt::Write as _;

use sea_orm::sea_query::{ArrayType, Value};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};

use crate::error::Result;

/// SQLite takes 32,766 values in a statement, PostgreSQL 65,535.
const MOST_VALUES: usize = 32_000;

/// Rows in one statement at most; more bring nothing.
const MOST_ROWS: usize = 512;

/// Builds a statement text with its values, numbering placeholders for the engine.
#[derive(Debug)]
pub struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Starts with some text.
    #[must_use]
    pub fn new(backend: DbBackend, text: &str) -> Self {
        Self {
            backend,
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// Adds text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder and its value.
    #[must_use]
    pub fn value(mut self, value: impl Into<Value>) -> Self {
        self.push_value(value.into());
        self
    }

    fn push_value(&mut self, value: Value) {
        self.values.push(value);
        placeholder(&mut self.text, self.backend, self.values.len());
    }

    /// Adds `IN (…)` over numbers, as one value.
    #[must_use]
    pub fn in_ids(self, ids: impl IntoIterator<Item = i64>) -> Self {
        match self.backend {
            DbBackend::Postgres => {
                let ids = ids.into_iter().map(|id| Value::BigInt(Some(id))).collect();
                self.text(" = ANY(")
                    .value(Value::Array(ArrayType::BigInt, Some(Box::new(ids))))
                    .text(")")
            }
            _ => {
                let ids: Vec<i64> = ids.into_iter().collect();
                let json = serde_json::to_string(&ids).unwrap_or_default();
                self.text(" IN (SELECT value FROM json_each(").value(json).text("))")
            }
        }
    }

    /// Adds `IN (…)` over texts, as one value.
    #[must_use]
    pub fn in_texts<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        match self.backend {
            DbBackend::Postgres => {
                let texts = texts.into_iter().map(Value::from).collect();
                self.text(" = ANY(")
                    .value(Value::Array(ArrayType::String, Some(Box::new(texts))))
                    .text(")")
            }
            _ => {
                let texts: Vec<&str> = texts.into_iter().collect();
                let json = serde_json::to_string(&texts).unwrap_or_default();
                self.text(" IN (SELECT value FROM json_each(").value(json).text("))")
            }
        }
    }

    /// Adds a table of members and those merged into them: `(id, root)`. Two branches, because an OR over two columns makes
    /// engines read all members.
    #[must_use]
    pub fn group_of(self, community: i64, members: &[i64]) -> Self {
        let ids = || members.iter().copied();
        self.text("(SELECT id, COALESCE(root_id, id) AS root FROM members WHERE community_id = ")
            .value(community)
            .text(" AND id")
            .in_ids(ids())
            .text(" UNION ALL SELECT id, root_id AS root FROM members WHERE community_id = ")
            .value(community)
            .text(" AND root_id")
            .in_ids(ids())
            .text(")")
    }

    /// The statement.
    #[must_use]
    pub fn build(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

fn placeholder(text: &mut String, backend: DbBackend, number: usize) {
    if backend == DbBackend::Postgres {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "${number}");
    } else {
        text.push('?');
    }
}

/// Inserts rows given as one flat list of `width` values each. `head` is `INSERT INTO t (a, b) VALUES`, `tail` what follows
/// the rows; the rows that a `RETURNING` in it gives come back.
///
/// Row counts per statement are powers of two, so that a table has about ten statement texts in all.
///
/// # Errors
/// When the database refuses.
pub async fn insert_rows(
    connection: &impl ConnectionTrait,
    head: &str,
    width: usize,
    values: Vec<Value>,
    tail: &str,
) -> Result<Vec<QueryResult>> {
    let backend = connection.get_database_backend();
    let most = largest_power_of_two((MOST_VALUES / width).min(MOST_ROWS));
    let mut left = values.len() / width;
    let mut values = values.into_iter();
    let mut returned = Vec::new();
    while left > 0 {
        let rows = largest_power_of_two(left.min(most));
        let text = insert_text(backend, head, width, rows, tail);
        let statement = Statement::from_sql_and_values(backend, text, values.by_ref().take(rows * width));
        if tail.contains("RETURNING") {
            returned.extend(connection.query_all_raw(statement).await?);
        } else {
            connection.execute_raw(statement).await?;
        }
        left -= rows;
    }
    Ok(returned)
}

const fn largest_power_of_two(count: usize) -> usize {
    1 << (usize::BITS - 1 - count.leading_zeros())
}

fn insert_text(backend: DbBackend, head: &str, width: usize, rows: usize, tail: &str) -> String {
    let mut text = String::with_capacity(head.len() + tail.len() + rows * width * 6);
    text.push_str(head);
    let mut number = 0;
    for row in 0..rows {
        text.push_str(if row == 0 { " (" } else { ",(" });
        for column in 0..width {
            if column > 0 {
                text.push(',');
            }
            number += 1;
            placeholder(&mut text, backend, number);
        }
        text.push(')');
    }
    text.push(' ');
    text.push_str(tail);
    text
}

/// Reserves ids of a table, ascending. On SQLite this holds within the one write transaction only.
///
/// # Errors
/// When the database fails.
pub async fn reserve_ids(connection: &impl ConnectionTrait, table: &'static str, count: usize) -> Result<Vec<i64>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let backend = connection.get_database_backend();
    if backend == DbBackend::Postgres {
        let sql = Sql::new(backend, "SELECT nextval(pg_get_serial_sequence(")
            .value(table)
            .text(", 'id')) FROM generate_series(1, ")
            .value(count)
            .text(")");
        let rows = connection.query_all_raw(sql.build()).await?;
        let mut ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<i64>, _>>()?;
        ids.sort_unstable();
        return Ok(ids);
    }
    let sql = Sql::new(backend, "SELECT seq FROM sqlite_sequence WHERE name = ").value(table);
    let last: i64 = match connection.query_one_raw(sql.build()).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    Ok((last + 1..=last + count).collect())
}
