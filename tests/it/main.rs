//! The tests of the product: a real server over HTTP, on SQLite and on PostgreSQL.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::cast_possible_truncation,
    reason = "a test that fails is meant to panic, and says more in one piece"
)]

mod access;
mod advocates;
mod architecture;
mod cases;
mod changes;
mod docs;
mod expectations;
mod export;
mod http;
mod influence;
mod ingest;
mod integrity;
mod interactions;
mod jobs;
mod live;
mod members;
mod outreach;
mod promises;
mod recovery;
mod replicas;
mod support;
mod webhooks;
mod worker;
