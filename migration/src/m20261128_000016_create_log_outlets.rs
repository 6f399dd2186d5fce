//! What the outlets of the change log stand on: how far it was deleted, what only some may see of it, the leases of background
//! work, and what was last told of scores.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await?;
        if manager.get_database_backend() == DbBackend::Sqlite {
            run(manager, &[BY_COMMUNITY]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            run(manager, &["DROP INDEX events_by_community"]).await?;
        }
        run(manager, DOWN).await?;
        drop_tables(manager, &["score_marks", "leases", "log_floors"]).await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE events ADD COLUMN internal BOOLEAN NOT NULL DEFAULT FALSE",
    "CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at)",
    "CREATE TABLE log_floors (
    community_id BIGINT NOT NULL PRIMARY KEY REFERENCES communities (id) ON DELETE CASCADE,
    floor_seq BIGINT NOT NULL
)",
    "CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
)",
    "CREATE TABLE score_marks (
    community_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    value {double} NOT NULL,
    rank INTEGER,
    level SMALLINT NOT NULL,
    PRIMARY KEY (community_id, member_id),
    CONSTRAINT score_marks_member_fk FOREIGN KEY (community_id, member_id) REFERENCES members (community_id, id) ON DELETE CASCADE
)",
];

/// On PostgreSQL the primary key leads with the community; SQLite's is the number alone.
const BY_COMMUNITY: &str = "CREATE INDEX events_by_community ON events (community_id, seq)";

const DOWN: &[&str] = &["DROP INDEX refresh_tokens_by_end", "ALTER TABLE events DROP COLUMN internal"];
