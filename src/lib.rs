//! Rapport: who carries influence in a customer community, and whether its promises were kept.
//!
//! The map of the rooms, in the direction in which data flows:
//!
//! - [`http`]: requests in, answers out. [`graphql`]: the schema's root and what its parts share.
//! - [`features`]: one room per feature, each with its API, its use cases, its rules and its queries.
//! - [`db`]: how the database is reached and written. [`events`]: the change log, written with every change.
//! - [`auth`]: tokens, passwords, permissions. [`context`]: who acts, handed to every layer. [`idempotency`]: safe retries.
//! - [`global_id`]: how objects are named outside. [`leases`]: what only one process may do at a time.
//! - [`worker`]: what goes on in the background, in every process or apart.
//! - [`app`]: the parts put together. [`config`], [`cli`]: how it is set up and run. [`error`], [`clock`], [`text`]: used by all.

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod context;
pub mod db;
pub mod error;
pub mod events;
pub mod features;
pub mod global_id;
pub mod graphql;
pub mod http;
pub mod idempotency;
pub mod leases;
pub mod text;
pub mod worker;
