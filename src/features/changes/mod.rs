//! Changes: the log of a community as clients follow it, page by page or as a stream.
//!
//! A client that keeps the cursor of what it has read sees every event that it may see exactly once, in the order of the commits,
//! whoever wrote it and wherever it reads. Here are who may see what, and waiting for more; reading the log is `events::log`, and
//! what goes out of it `events::payload`.

pub mod graphql;
pub mod service;
pub mod subscriptions;
