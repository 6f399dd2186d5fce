//! Evidence that staff discounted, and restored.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DISCOUNTS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["evidence_discounts"]).await
    }
}

const DISCOUNTS: &[&str] = &[
    "CREATE TABLE evidence_discounts (
    community_id BIGINT NOT NULL,
    id {id},
    interaction_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    discounted_by TEXT NOT NULL,
    discounted_at BIGINT NOT NULL,
    restored_by TEXT,
    restored_at BIGINT,
    restore_reason TEXT,
    {key},
    CONSTRAINT evidence_discounts_interaction_fk FOREIGN KEY (community_id, interaction_id)
        REFERENCES interactions (community_id, id) ON DELETE CASCADE,
    CONSTRAINT evidence_discounts_restoring_is_whole CHECK (
        (restored_at IS NULL) = (restored_by IS NULL) AND (restored_at IS NULL) = (restore_reason IS NULL)
    ),
    CONSTRAINT evidence_discounts_restored_after CHECK (restored_at >= discounted_at)
)",
    "CREATE UNIQUE INDEX evidence_discounts_in_force ON evidence_discounts (community_id, interaction_id) WHERE restored_at IS NULL",
    "CREATE INDEX evidence_discounts_by_interaction ON evidence_discounts (community_id, interaction_id, discounted_at)",
    "CREATE INDEX evidence_discounts_by_time ON evidence_discounts (community_id, discounted_at, id)",
];
