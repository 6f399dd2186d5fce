//! Long work that is asked for and done in the background.

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
                "CREATE TABLE jobs (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                kind SMALLINT NOT NULL CONSTRAINT jobs_kind_known CHECK (kind BETWEEN 1 AND 3),
                status SMALLINT NOT NULL CONSTRAINT jobs_status_known CHECK (status BETWEEN 1 AND 5),
                input TEXT NOT NULL,
                progress {double} NOT NULL CONSTRAINT jobs_progress_is_a_share CHECK (progress BETWEEN 0 AND 1),
                result TEXT,
                error TEXT,
                created_by TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                started_at BIGINT,
                seen_at BIGINT,
                finished_at BIGINT,
                {key},
                CONSTRAINT jobs_finished_when_over CHECK ((status > 2) = (finished_at IS NOT NULL))
            )",
                "CREATE INDEX jobs_to_do ON jobs (created_at, community_id, id) WHERE status <= 2",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["jobs"]).await
    }
}
