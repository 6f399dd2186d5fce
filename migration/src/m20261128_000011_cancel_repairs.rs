//! Repairs that were promised by mistake can be cancelled.

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
    "ALTER TABLE repairs ADD COLUMN cancelled_at BIGINT",
    "ALTER TABLE repairs ADD COLUMN cancelled_by TEXT",
    "ALTER TABLE repairs ADD COLUMN cancel_reason TEXT",
];

const DOWN: &[&str] = &[
    "ALTER TABLE repairs DROP COLUMN cancel_reason",
    "ALTER TABLE repairs DROP COLUMN cancelled_by",
    "ALTER TABLE repairs DROP COLUMN cancelled_at",
];
