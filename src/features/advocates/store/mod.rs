//! The queries of advocates. Every one names the community.
//!
//! Rows name members as they were known when they were written. Readers ask for a member together with everybody who was merged
//! into them.

mod advocates;
mod programmes;
mod touchpoints;

pub use advocates::*;
pub use programmes::*;
pub use touchpoints::*;

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::{DbErr, SqlErr};

use crate::error::Error;

/// What a failed write means: where another writer was faster, the transaction is run again and sees that one's row.
fn raced(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Raced,
        _ => error.into(),
    }
}

fn grouped<K: Eq + Hash, R>(rows: Vec<R>, key: impl Fn(&R) -> K) -> HashMap<K, Vec<R>> {
    let mut found: HashMap<K, Vec<R>> = HashMap::new();
    for row in rows {
        found.entry(key(&row)).or_default().push(row);
    }
    found
}
