//! Communities: the tenants that every other key leads with.

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
            &["CREATE TABLE communities (
                id {single_id},
                slug TEXT NOT NULL CONSTRAINT communities_slug_unique UNIQUE,
                name TEXT NOT NULL,
                timezone TEXT NOT NULL,
                created_at BIGINT NOT NULL
            )"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["communities"]).await
    }
}
