//! Taking in what outside systems say, by the API and from files.

pub mod calls;
mod idempotency;
pub mod import;
mod import_stackexchange;
mod merge_members;
mod record_interactions;
mod refused_interactions;
mod upsert_members;
