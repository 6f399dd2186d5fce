//! Influence: who does things here that others act on, by a model the community can read, test and change.
//!
//! - [`model`]: what interactions are worth, what signals weigh (data); [`validation`]: what a model may not be. [`versions`]: the
//!   versions of a community's model. [`lifecycle`]: drafting and activating them.
//! - [`decay`]: how credit fades, in exact whole numbers. [`trust`]: whose credit counts in full. [`formula`]: from credit to
//!   points. [`account`]: a member's points from the evidence, and receipts. [`interval`]: how sure a score is. All pure.
//! - [`ledger`]: the same sums kept up for a whole community, one addition per interaction; [`sheet`]: its rows. [`snapshot`]: a
//!   ranking, immutable. All pure.
//! - [`keeper`]: the task that follows the change log, keeps the ledgers and swaps the snapshots. [`past`]: rankings of the past.
//!   [`preview`]: rankings under another model. [`telling`]: the task that tells in the change log what became of scores; what is
//!   worth telling stands in [`marks`], which is pure.
//! - [`evidence`]: what receipts, history and ties are made of. `store`: the queries. [`graphql`]: the API.

pub mod account;
pub mod decay;
pub mod evidence;
pub mod formula;
pub mod graphql;
pub mod interval;
pub mod keeper;
pub mod ledger;
pub mod lifecycle;
pub mod marks;
pub mod model;
pub mod past;
pub mod preview;
pub mod sheet;
pub mod snapshot;
pub mod store;
pub mod telling;
pub mod trust;
pub mod validation;
pub mod versions;
