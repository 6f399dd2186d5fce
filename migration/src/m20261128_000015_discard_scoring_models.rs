//! Drafts of the scoring model can be discarded. Their rows stay, so that no version number is given out twice.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE scoring_models ADD COLUMN discarded_at BIGINT",
    "ALTER TABLE scoring_models ADD COLUMN discarded_by TEXT",
];

const DOWN: &[&str] = &[
    "ALTER TABLE scoring_models DROP COLUMN discarded_by",
    "ALTER TABLE scoring_models DROP COLUMN discarded_at",
];
