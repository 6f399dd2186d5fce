//! Making it right: apologies, repairs and follow-ups.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, APOLOGIES).await?;
        run(manager, REPAIRS_AND_FOLLOW_UPS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["follow_ups", "repairs", "apology_breaches", "apologies"]).await
    }
}

const APOLOGIES: &[&str] = &[
    // `components` is a set of bits, one per component.
    "CREATE TABLE apologies (
    community_id BIGINT NOT NULL,
    id {id},
    case_id BIGINT NOT NULL,
    status SMALLINT NOT NULL CONSTRAINT apologies_status_known CHECK (status BETWEEN 1 AND 6),
    author TEXT NOT NULL,
    visibility SMALLINT NOT NULL CONSTRAINT apologies_visibility_known CHECK (visibility IN (0, 2)),
    text TEXT NOT NULL,
    components SMALLINT NOT NULL CONSTRAINT apologies_components_known CHECK (components BETWEEN 0 AND 63),
    heard_at BIGINT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    responded_at BIGINT,
    retracted_at BIGINT,
    retraction_reason TEXT,
    {key},
    CONSTRAINT apologies_case_fk FOREIGN KEY (community_id, case_id) REFERENCES cases (community_id, id) ON DELETE CASCADE,
    CONSTRAINT apologies_sent_has_time CHECK (status = 1 OR sent_at IS NOT NULL)
)",
    "CREATE INDEX apologies_by_case ON apologies (community_id, case_id, id)",
    "CREATE TABLE apology_breaches (
    community_id BIGINT NOT NULL,
    apology_id BIGINT NOT NULL,
    breach_id BIGINT NOT NULL,
    PRIMARY KEY (community_id, apology_id, breach_id),
    CONSTRAINT apology_breaches_apology_fk FOREIGN KEY (community_id, apology_id)
        REFERENCES apologies (community_id, id) ON DELETE CASCADE,
    CONSTRAINT apology_breaches_breach_fk FOREIGN KEY (community_id, breach_id)
        REFERENCES breaches (community_id, id) ON DELETE CASCADE
)",
    "CREATE INDEX apology_breaches_by_breach ON apology_breaches (community_id, breach_id)",
];

const REPAIRS_AND_FOLLOW_UPS: &[&str] = &[
    "CREATE TABLE repairs (
    community_id BIGINT NOT NULL,
    id {id},
    case_id BIGINT NOT NULL,
    apology_id BIGINT,
    kind SMALLINT NOT NULL CONSTRAINT repairs_kind_known CHECK (kind BETWEEN 1 AND 6),
    description TEXT NOT NULL,
    amount {double} CONSTRAINT repairs_amount_positive CHECK (amount >= 0),
    currency TEXT,
    promised_by TEXT NOT NULL,
    promised_at BIGINT NOT NULL,
    due_at BIGINT,
    delivered_at BIGINT,
    delivered_by TEXT,
    {key},
    CONSTRAINT repairs_case_fk FOREIGN KEY (community_id, case_id) REFERENCES cases (community_id, id) ON DELETE CASCADE,
    CONSTRAINT repairs_apology_fk FOREIGN KEY (community_id, apology_id) REFERENCES apologies (community_id, id)
)",
    "CREATE INDEX repairs_by_case ON repairs (community_id, case_id, id)",
    "CREATE INDEX repairs_owed ON repairs (community_id, due_at, id) WHERE delivered_at IS NULL",
    // `original_due_at` is what the kept rate goes by, however often a follow-up is put off.
    "CREATE TABLE follow_ups (
    community_id BIGINT NOT NULL,
    id {id},
    case_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL CONSTRAINT follow_ups_kind_known CHECK (kind BETWEEN 1 AND 2),
    status SMALLINT NOT NULL CONSTRAINT follow_ups_status_known CHECK (status BETWEEN 1 AND 5),
    description TEXT NOT NULL,
    promised_to_member BOOLEAN NOT NULL,
    owner_id BIGINT REFERENCES staff (id),
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    original_due_at BIGINT NOT NULL,
    completed_at BIGINT,
    outcome TEXT,
    cancelled_at BIGINT,
    cancel_reason TEXT,
    next_at BIGINT,
    {key},
    CONSTRAINT follow_ups_case_fk FOREIGN KEY (community_id, case_id) REFERENCES cases (community_id, id) ON DELETE CASCADE
)",
    "CREATE INDEX follow_ups_by_case ON follow_ups (community_id, case_id, id)",
    "CREATE INDEX follow_ups_by_due ON follow_ups (community_id, due_at, id)",
    // What is still to be done, however much was done before.
    "CREATE INDEX follow_ups_open ON follow_ups (community_id, due_at, id) WHERE completed_at IS NULL AND cancelled_at IS NULL",
    "CREATE INDEX follow_ups_by_owner ON follow_ups (community_id, owner_id, status) WHERE owner_id IS NOT NULL",
    "CREATE INDEX follow_ups_to_announce ON follow_ups (next_at) WHERE next_at IS NOT NULL",
];
