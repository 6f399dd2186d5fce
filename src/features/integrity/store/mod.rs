//! The queries of integrity. Every one names the community.

mod discounts;
mod evidence;
mod vouches;

pub use discounts::*;
pub use evidence::*;
pub use vouches::*;

use sea_orm::SqlErr;

use crate::error::Error;

/// Where another writer was faster, the transaction is run again and sees that one's row.
fn raced(error: Error) -> Error {
    match error {
        Error::Database(cause) if matches!(cause.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Error::Raced,
        other => other,
    }
}
