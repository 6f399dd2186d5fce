//! Influence: who does things here that others act on, by a model the community can read.
//!
//! - [`model`]: which interactions give credit to whom, and how much (data).
//! - [`decay`]: how credit fades, in exact whole numbers (pure).
//! - [`formula`]: from evidence to points and receipts (pure); the definition of a score.
//! - [`ledger`]: the same sums kept up for a whole community, one addition per interaction (pure).
//! - [`snapshot`]: a ranking, immutable (pure).
//! - [`keeper`]: the task that follows the change log, keeps the ledgers and swaps the snapshots.
//! - [`evidence`]: what receipts, history and ties are made of. `store`: the queries. [`graphql`]: the API.

pub mod decay;
pub mod evidence;
pub mod formula;
pub mod graphql;
pub mod keeper;
pub mod ledger;
pub mod model;

pub mod snapshot;
pub mod store;
