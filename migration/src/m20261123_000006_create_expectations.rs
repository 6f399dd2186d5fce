//! What a community promises: calendars of open hours, holidays proposed for them, and versioned expectations.

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
                "ALTER TABLE communities ADD COLUMN publishes_expectations BOOLEAN NOT NULL DEFAULT FALSE",
                // A row is one version of a calendar; those of one calendar share `series_id`, the id of the first.
                "CREATE TABLE calendars (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                series_id BIGINT NOT NULL,
                version INTEGER NOT NULL CONSTRAINT calendars_version_counts CHECK (version > 0),
                name TEXT NOT NULL,
                zone TEXT NOT NULL,
                hours TEXT NOT NULL,
                holidays TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                created_by TEXT NOT NULL,
                superseded_at BIGINT,
                {key},
                CONSTRAINT calendars_version_unique UNIQUE (community_id, series_id, version)
            )",
                "CREATE UNIQUE INDEX calendars_one_current ON calendars (community_id, series_id) WHERE superseded_at IS NULL",
                "CREATE UNIQUE INDEX calendars_name_unique ON calendars (community_id, name) WHERE superseded_at IS NULL",
                "CREATE TABLE holiday_proposals (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                calendar_series_id BIGINT NOT NULL,
                date TEXT NOT NULL,
                name TEXT NOT NULL,
                closed TEXT NOT NULL,
                status SMALLINT NOT NULL CONSTRAINT holiday_proposals_status_known CHECK (status BETWEEN 1 AND 3),
                proposed_at BIGINT NOT NULL,
                proposed_by TEXT NOT NULL,
                decided_at BIGINT,
                decided_by TEXT,
                {key},
                CONSTRAINT holiday_proposals_once UNIQUE (community_id, calendar_series_id, date, name, closed)
            )",
            ],
        )
        .await?;
        run(manager, EXPECTATIONS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["expectations", "holiday_proposals", "calendars"]).await?;
        run(manager, &["ALTER TABLE communities DROP COLUMN publishes_expectations"]).await
    }
}

const EXPECTATIONS: &[&str] = &[
    // A row is one version of an expectation; those of one expectation share `series_id`.
    "CREATE TABLE expectations (
                community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
                id {id},
                series_id BIGINT NOT NULL,
                version INTEGER NOT NULL CONSTRAINT expectations_version_counts CHECK (version > 0),
                status SMALLINT NOT NULL CONSTRAINT expectations_status_known CHECK (status BETWEEN 1 AND 3),
                name TEXT NOT NULL,
                public_text TEXT NOT NULL,
                metric SMALLINT NOT NULL CONSTRAINT expectations_metric_known CHECK (metric BETWEEN 1 AND 5),
                target BIGINT NOT NULL CONSTRAINT expectations_target_positive CHECK (target > 0),
                warn_before BIGINT NOT NULL CONSTRAINT expectations_warning_in_target CHECK (warn_before >= 0 AND warn_before < target),
                calendar_series_id BIGINT,
                severities TEXT NOT NULL,
                categories TEXT NOT NULL,
                channels TEXT NOT NULL,
                pauses_waiting BOOLEAN NOT NULL,
                pauses_on_hold BOOLEAN NOT NULL,
                effective_from BIGINT,
                effective_to BIGINT,
                created_at BIGINT NOT NULL,
                published_at BIGINT,
                retired_at BIGINT,
                {key},
                CONSTRAINT expectations_version_unique UNIQUE (community_id, series_id, version),
                CONSTRAINT expectations_published_from CHECK (status = 1 OR (effective_from IS NOT NULL AND published_at IS NOT NULL))
            )",
    "CREATE INDEX expectations_by_status ON expectations (community_id, status, effective_from)",
];
