//! Staff, their grants and sessions, and the credentials of integrations.

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
                "CREATE TABLE staff (
                id {single_id},
                email TEXT NOT NULL CONSTRAINT staff_email_unique UNIQUE,
                name TEXT NOT NULL,
                password_hash TEXT,
                created_at BIGINT NOT NULL,
                disabled_at BIGINT
            )",
                "CREATE TABLE grants (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                staff_id BIGINT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
                role SMALLINT NOT NULL CONSTRAINT grants_role_known CHECK (role BETWEEN 0 AND 3),
                clearance SMALLINT NOT NULL CONSTRAINT grants_clearance_known CHECK (clearance BETWEEN 0 AND 2),
                created_at BIGINT NOT NULL,
                PRIMARY KEY (community_id, staff_id)
            )",
                "CREATE INDEX grants_by_staff ON grants (staff_id)",
                "CREATE TABLE refresh_tokens (
                token_hash TEXT NOT NULL PRIMARY KEY,
                family TEXT NOT NULL,
                staff_id BIGINT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
                issued_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                used_at BIGINT,
                revoked_at BIGINT
            )",
                "CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family)",
                "CREATE INDEX refresh_tokens_by_staff ON refresh_tokens (staff_id)",
                "CREATE TABLE api_clients (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                client_id TEXT NOT NULL CONSTRAINT api_clients_client_id_unique UNIQUE,
                name TEXT NOT NULL,
                secret_hash TEXT NOT NULL,
                scopes TEXT NOT NULL,
                clearance SMALLINT NOT NULL CONSTRAINT api_clients_clearance_known CHECK (clearance BETWEEN 0 AND 2),
                created_at BIGINT NOT NULL,
                revoked_at BIGINT,
                {key}
            )",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["api_clients", "refresh_tokens", "grants", "staff"]).await
    }
}
