//! Taking in cases of the past: their history is replayed by the rules that hold for cases of today, at the times at which
//! things happened.
//!
//! - [`record`]: the form in which cases come in.
//! - [`rules`]: what a history must be like (pure).
//! - [`history`]: the timeline that follows from one (pure).
//! - [`take`]: storing a batch, once per source and id.
//! - `store`: the queries.
//!
//! Such cases are marked as backdated. Nothing is announced of them: warnings and breaches of years ago are facts of their
//! timelines, not news. A status change of the past needs no message to the customer as one of today does: logs tell that it
//! happened and not in which words, and no words are invented, so that no reply clock ends by an import alone.
//!
//! Not here: reading files (`features::import::cases`).

pub mod history;
pub mod record;
pub mod rules;
mod store;
pub mod take;
