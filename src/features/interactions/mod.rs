//! Interactions in the API: recording them, and reading what members did.
//!
//! How they are taken in is in `ingest`; what they are worth is in `influence`.

pub mod graphql;
pub mod inputs;
pub mod mutations;
pub mod service;
pub mod store;

pub use graphql::Interaction;
