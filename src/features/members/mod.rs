//! Members in the API: finding them, telling who they are, merging two who are one person.
//!
//! How member data is taken in is in `ingest`; scores are in `influence`.

pub mod graphql;
mod inputs;
pub mod mutations;
pub mod service;
pub mod store;

pub use graphql::Member;
