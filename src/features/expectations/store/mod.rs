//! The queries of calendars, holidays and expectations. Every one names the community.

mod by_name;
mod calendars;
mod expectations;
mod kept;

pub use by_name::*;
pub use calendars::*;
pub use expectations::*;
pub use kept::*;

use sea_orm::{DbErr, SqlErr};

use crate::error::Error;

/// What a failed insert means: where another writer was faster, the transaction is run again and sees that one's row.
fn raced(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Raced,
        _ => error.into(),
    }
}
