//! The schema of the database, step by step, forwards and backwards, on SQLite and on PostgreSQL.
//!
//! Steps are written in SQL, because constraints are what this crate is about; the few words on which the engines differ
//! are substituted by `dialect`.

mod dialect;
mod m20261122_000001_create_communities;
mod m20261122_000002_create_members;
mod m20261122_000003_create_interactions;
mod m20261122_000004_create_access;
mod m20261122_000005_create_events;
mod m20261123_000006_create_expectations;
mod m20261123_000007_create_cases;
mod m20261123_000008_create_recovery;
mod m20261128_000009_create_scoring_models;
mod m20261128_000010_create_advocates;
mod m20261128_000011_cancel_repairs;
mod m20261128_000012_create_evidence_discounts;
mod m20261128_000013_create_jobs;
mod m20261128_000014_create_vouches;
mod m20261128_000015_discard_scoring_models;
mod m20261128_000016_create_log_outlets;
mod m20261128_000017_create_webhooks;

use sea_orm_migration::prelude::*;

/// All steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_communities::Migration),
            Box::new(m20261122_000002_create_members::Migration),
            Box::new(m20261122_000003_create_interactions::Migration),
            Box::new(m20261122_000004_create_access::Migration),
            Box::new(m20261122_000005_create_events::Migration),
            Box::new(m20261123_000006_create_expectations::Migration),
            Box::new(m20261123_000007_create_cases::Migration),
            Box::new(m20261123_000008_create_recovery::Migration),
            Box::new(m20261128_000009_create_scoring_models::Migration),
            Box::new(m20261128_000010_create_advocates::Migration),
            Box::new(m20261128_000011_cancel_repairs::Migration),
            Box::new(m20261128_000012_create_evidence_discounts::Migration),
            Box::new(m20261128_000013_create_jobs::Migration),
            Box::new(m20261128_000014_create_vouches::Migration),
            Box::new(m20261128_000015_discard_scoring_models::Migration),
            Box::new(m20261128_000016_create_log_outlets::Migration),
            Box::new(m20261128_000017_create_webhooks::Migration),
        ]
    }
}
