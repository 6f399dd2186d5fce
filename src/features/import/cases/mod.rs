//! Files of cases: JSON Lines with a case and its events in each line, and update logs in CSV with a row for every state in
//! which a case was seen.
//!
//! Readers give cases as `features::cases::backdate` takes them, in bounded memory: a case at a time. [`CaseImporter`] stores
//! them. Not here: what may have happened to a case, and what follows from it.

mod csv;
mod fields;
mod importer;
mod jsonl;
mod mapping;
mod states;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub use self::csv::CaseLog;
pub use self::importer::{CaseImporter, CaseSummary};
pub use self::jsonl::CaseLines;
pub use self::mapping::CaseMapping;
use super::source::ReadItem;
use crate::features::cases::backdate::record::CaseRecord;

/// What a reader of cases hands on: a case, or a row that is wrong.
pub type CaseItem = ReadItem<CaseRecord>;

/// How many rows a reader has seen, to be looked at from another thread.
pub type RowCount = Arc<AtomicU64>;
