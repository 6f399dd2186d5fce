//! The HTTP room: what comes in over the wire, and how it is answered.
//!
//! It knows methods, headers, media types, limits and status codes, and nothing of communities or
//! members: a request becomes a [`crate::graphql::GraphqlRequest`], the engine's outcome becomes
//! bytes. The rules for `/graphql` are those of the GraphQL-over-HTTP specification; the public
//! `graphql-http` audit suite (`tests/audit`) judges them. Subscriptions are answered over WebSockets
//! (`ws`) or as event streams (`sse`); the public clients `graphql-ws` and `graphql-sse`
//! (`tests/clients`) judge those.
//!
//! A request passes, from the outside in: [`request_id`], [`access_log`], `security`, compression,
//! [`cors`], then its route in [`server`].

pub mod access_log;
mod answer;
mod body;
pub mod cors;
pub mod explorer;
mod export;
mod form;
mod graphql;
pub mod health;
mod line;
pub mod negotiation;
mod oauth;
mod oauth_denial;
pub mod operations;
pub mod problem;
pub mod request_id;
mod security;
pub mod server;
mod signals;
mod sse;
mod subscribers;
mod ws;

pub use server::serve;
pub use signals::shutdown_signal;
