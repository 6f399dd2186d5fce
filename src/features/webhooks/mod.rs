//! Webhooks: the change log, sent to endpoints by HTTP, by Standard Webhooks.
//!
//! - [`address`]: where they may go. [`schedule`]: when they are sent again. [`signature`]: how they are signed. [`verdict`]: what follows
//!   from an answer. [`endpoint`]: the rules of endpoints (all pure). [`message`]: what is told, to whom, in which words.
//! - [`dispatch`]: makes deliveries of what is in the log. [`deliver`]: sends what is due; [`outbound`] does the sending, [`outcome`]
//!   writes down what came of it.
//! - [`service`]: the use cases. `store`: the queries. [`graphql`]: the API.

pub mod address;
pub mod deliver;
pub mod dispatch;
pub mod endpoint;
pub mod graphql;
pub mod message;
pub mod outbound;
pub mod outcome;
pub mod schedule;
pub mod service;
pub mod signature;
mod store;
pub mod verdict;

pub use outbound::Webhooks;
