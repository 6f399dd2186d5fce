//! The change log, and the answers kept for retried writes.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "CREATE TABLE events (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                seq {id},
                event_type TEXT NOT NULL,
                subject_type TEXT NOT NULL,
                subject_id BIGINT NOT NULL,
                at BIGINT NOT NULL,
                actor TEXT NOT NULL,
                visibility SMALLINT NOT NULL CONSTRAINT events_visibility_known CHECK (visibility BETWEEN 0 AND 2),
                payload TEXT NOT NULL{event_keys}
            )",
                "{events_by_transaction}",
                "CREATE INDEX events_by_subject ON events (community_id, subject_type, subject_id, seq)",
                "CREATE TABLE idempotency_keys (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                caller TEXT NOT NULL,
                key TEXT NOT NULL,
                request_hash TEXT NOT NULL,
                outcome TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (community_id, caller, key)
            )",
                "CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["idempotency_keys", "events"]).await
    }
}
