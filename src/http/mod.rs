//! The HTTP room: what comes in over the wire, and how it is answered.
//!
//! It knows methods, headers, media types, limits and status codes, and nothing of communities or
//! members: a request becomes a [`crate::graphql::GraphqlRequest`], the engine's outcome becomes
//! bytes. The rules for `/graphql` are those of the GraphQL-over-HTTP specification; the public
//! `graphql-http` audit suite (`tests/audit`) judges them.
//!
//! A request passes, from the outside in: [`request_id`], [`access_log`], `security`, compression,
//! [`cors`], then its route in [`server`].

pub mod access_log;
mod answer;
mod body;
pub mod cors;
pub mod explorer;
mod form;
mod graphql;
pub mod health;
pub mod negotiation;
mod oauth;
mod oauth_denial;
pub mod operations;
pub mod problem;
pub mod request_id;
mod security;
pub mod server;
mod signals;

pub use server::serve;
pub use signals::shutdown_signal;
