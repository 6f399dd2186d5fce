//! Bulk import: how files of outside systems are read, row by row, into records, and stored.
//!
//! The readers are JSON Lines, CSV with a column mapping, and the dump of a Stack Exchange site; [`cases`] has those of cases.
//! Each is an iterator of [`source::ReadItem`]s in bounded memory, and knows nothing of the database. [`Importer`] stores what
//! they read. What may be stored (times in the future, sizes) is decided where records are recorded, in `ingest` and `cases`.

pub mod cases;
pub mod csv;
mod importer;
pub mod input;
pub mod jsonl;
pub mod source;
pub mod stackexchange;
mod zipped;

pub use importer::{ImportSummary, Importer, Origin, Rejection};

#[cfg(test)]
mod tests {
    #[test]
    fn readers_can_be_moved_to_another_thread() {
        fn can_be_moved<T: Send + 'static>() {}
        can_be_moved::<super::cases::CaseLines>();
        can_be_moved::<super::cases::CaseLog>();
        can_be_moved::<super::csv::CsvReader>();
        can_be_moved::<super::jsonl::JsonlReader>();
        can_be_moved::<super::stackexchange::StackExchangeReader>();
        can_be_moved::<super::source::ReadError>();
    }
}
