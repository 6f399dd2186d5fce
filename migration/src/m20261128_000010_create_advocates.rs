//! Members who are nurtured: advocate programmes, who is in them, and how staff took care of members.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, PROGRAMMES_AND_ADVOCATES).await?;
        run(manager, TOUCHPOINTS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["touchpoints", "advocates", "advocate_programmes"]).await
    }
}

const PROGRAMMES_AND_ADVOCATES: &[&str] = &[
    "CREATE TABLE advocate_programmes (
    community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id {id},
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    description TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    {key},
    CONSTRAINT advocate_programmes_end_after_start CHECK (ended_at >= started_at)
)",
    "CREATE UNIQUE INDEX advocate_programmes_name_unique ON advocate_programmes (community_id, search_name) WHERE ended_at IS NULL",
    "CREATE INDEX advocate_programmes_by_name ON advocate_programmes (community_id, search_name, id)",
    // Whoever left and came back has a row for each time.
    "CREATE TABLE advocates (
    community_id BIGINT NOT NULL,
    id {id},
    programme_id BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    since BIGINT NOT NULL,
    reason TEXT NOT NULL,
    status SMALLINT NOT NULL CONSTRAINT advocates_status_known CHECK (status BETWEEN 1 AND 2),
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    left_at BIGINT,
    left_reason TEXT,
    {key},
    CONSTRAINT advocates_programme_fk FOREIGN KEY (community_id, programme_id)
        REFERENCES advocate_programmes (community_id, id) ON DELETE CASCADE,
    CONSTRAINT advocates_member_fk FOREIGN KEY (community_id, member_id) REFERENCES members (community_id, id) ON DELETE CASCADE,
    CONSTRAINT advocates_leave_is_whole CHECK (
        (status = 2) = (left_at IS NOT NULL) AND (left_at IS NULL) = (left_reason IS NULL)
    ),
    CONSTRAINT advocates_leave_after_joining CHECK (left_at >= since)
)",
    "CREATE UNIQUE INDEX advocates_one_active ON advocates (community_id, programme_id, member_id) WHERE status = 1",
    "CREATE INDEX advocates_by_since ON advocates (community_id, since, id)",
    "CREATE INDEX advocates_by_programme ON advocates (community_id, programme_id, since, id)",
    "CREATE INDEX advocates_by_member ON advocates (community_id, member_id)",
];

const TOUCHPOINTS: &[&str] = &[
    "CREATE TABLE touchpoints (
    community_id BIGINT NOT NULL,
    id {id},
    member_id BIGINT NOT NULL,
    programme_id BIGINT,
    kind SMALLINT NOT NULL CONSTRAINT touchpoints_kind_known CHECK (kind BETWEEN 1 AND 8),
    note TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    retracted_at BIGINT,
    retracted_by TEXT,
    retraction_reason TEXT,
    {key},
    CONSTRAINT touchpoints_member_fk FOREIGN KEY (community_id, member_id) REFERENCES members (community_id, id) ON DELETE CASCADE,
    CONSTRAINT touchpoints_programme_fk FOREIGN KEY (community_id, programme_id) REFERENCES advocate_programmes (community_id, id),
    CONSTRAINT touchpoints_retraction_is_whole CHECK (
        (retracted_at IS NULL) = (retracted_by IS NULL) AND (retracted_at IS NULL) = (retraction_reason IS NULL)
    )
)",
    "CREATE INDEX touchpoints_by_member ON touchpoints (community_id, member_id, happened_at, id)",
    // What still counts, for whom nobody has taken care of lately.
    "CREATE INDEX touchpoints_by_time ON touchpoints (community_id, happened_at, member_id) WHERE retracted_at IS NULL",
];
