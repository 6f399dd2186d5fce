//! Webhook endpoints, what is delivered to them, and each attempt.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, ENDPOINTS).await?;
        run(manager, DELIVERIES).await?;
        run(manager, ATTEMPTS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["webhook_attempts", "webhook_deliveries", "webhook_endpoints"]).await
    }
}

const ENDPOINTS: &[&str] = &[
    "CREATE TABLE webhook_endpoints (
    community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id {id},
    url TEXT NOT NULL,
    description TEXT,
    event_types TEXT,
    scopes TEXT NOT NULL,
    clearance SMALLINT NOT NULL CONSTRAINT webhook_endpoints_clearance_known CHECK (clearance BETWEEN 0 AND 2),
    status SMALLINT NOT NULL CONSTRAINT webhook_endpoints_status_known CHECK (status BETWEEN 1 AND 3),
    paused_at BIGINT,
    pause_reason TEXT,
    read_to BIGINT NOT NULL,
    secret TEXT NOT NULL,
    secret_at BIGINT NOT NULL,
    old_secret TEXT,
    old_secret_until BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    {key},
    CONSTRAINT webhook_endpoints_paused_since CHECK ((status = 2) = (paused_at IS NOT NULL)),
    CONSTRAINT webhook_endpoints_paused_why CHECK ((paused_at IS NULL) = (pause_reason IS NULL)),
    CONSTRAINT webhook_endpoints_deleted_when CHECK ((status = 3) = (deleted_at IS NOT NULL)),
    CONSTRAINT webhook_endpoints_old_secret_ends CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
)",
    "CREATE INDEX webhook_endpoints_active ON webhook_endpoints (community_id, id) WHERE status = 1",
];

const DELIVERIES: &[&str] = &[
    "CREATE TABLE webhook_deliveries (
    community_id BIGINT NOT NULL,
    id {id},
    endpoint_id BIGINT NOT NULL,
    seq BIGINT,
    message_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    visibility SMALLINT NOT NULL CONSTRAINT webhook_deliveries_visibility_known CHECK (visibility BETWEEN 0 AND 2),
    internal BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    status SMALLINT NOT NULL CONSTRAINT webhook_deliveries_status_known CHECK (status BETWEEN 1 AND 4),
    tries INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    claimed_by TEXT,
    claimed_until BIGINT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    {key},
    CONSTRAINT webhook_deliveries_endpoint_fk FOREIGN KEY (community_id, endpoint_id)
        REFERENCES webhook_endpoints (community_id, id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_finished_when_over CHECK ((status > 1) = (finished_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_claim_is_whole CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
)",
    // No event is delivered twice to an endpoint, whoever dispatches; tests have no position and are many.
    "CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (community_id, endpoint_id, seq)",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (community_id, endpoint_id, next_at) WHERE status = 1",
    "CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (community_id, endpoint_id, subject_type, subject_id, seq)
    WHERE status = 1",
    "CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (community_id, endpoint_id, id)",
    "CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL",
];

const ATTEMPTS: &[&str] = &[
    "CREATE TABLE webhook_attempts (
    community_id BIGINT NOT NULL,
    id {id},
    delivery_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    status_code SMALLINT,
    fault SMALLINT CONSTRAINT webhook_attempts_fault_known CHECK (fault BETWEEN 1 AND 6),
    message TEXT,
    response TEXT,
    {key},
    CONSTRAINT webhook_attempts_delivery_fk FOREIGN KEY (community_id, delivery_id)
        REFERENCES webhook_deliveries (community_id, id) ON DELETE CASCADE
)",
    "CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (community_id, delivery_id, id)",
];
