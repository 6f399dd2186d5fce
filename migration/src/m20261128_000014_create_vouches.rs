//! Members whom staff vouched for.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, VOUCHES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["vouches"]).await
    }
}

const VOUCHES: &[&str] = &[
    "CREATE TABLE vouches (
    community_id BIGINT NOT NULL,
    id {id},
    member_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    vouched_by TEXT NOT NULL,
    vouched_at BIGINT NOT NULL,
    withdrawn_by TEXT,
    withdrawn_at BIGINT,
    withdrawal_reason TEXT,
    {key},
    CONSTRAINT vouches_member_fk FOREIGN KEY (community_id, member_id) REFERENCES members (community_id, id) ON DELETE CASCADE,
    CONSTRAINT vouches_withdrawal_is_whole CHECK (
        (withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)
    ),
    CONSTRAINT vouches_withdrawn_after CHECK (withdrawn_at >= vouched_at)
)",
    "CREATE UNIQUE INDEX vouches_in_force ON vouches (community_id, member_id) WHERE withdrawn_at IS NULL",
    "CREATE INDEX vouches_by_time ON vouches (community_id, vouched_at, id)",
];
