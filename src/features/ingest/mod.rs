//! Taking in what outside systems say: the same rules and the same writes for mutations, imports and the demo.
//!
//! - [`record`]: the form of the data.
//! - [`rules`]: what it must be like (pure).
//! - [`members`], [`interactions`]: taking a batch inside an open transaction, once per external id, whatever the order.
//! - `retractions`: telling what was taken back.
//! - `store`: the queries.
//!
//! Not here: reading files (`features::import`), the API (`features::members`, `features::interactions`).

pub mod interactions;
pub mod members;
pub mod record;
mod retractions;
pub mod rules;
mod store;

pub use interactions::{InteractionOutcome, NewInteraction};
pub use members::MemberOutcome;
pub use store::{Known, members_by_key};

/// How a batch is written into the change log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// One event per record: for what people and integrations do now.
    Each,
    /// One event per batch that lists the records: for imports of whole histories.
    Bulk,
}
