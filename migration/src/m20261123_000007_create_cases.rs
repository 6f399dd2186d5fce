//! Cases, their timelines, the clocks that run on them, and breaches.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[CASE_COUNTERS, CASES]).await?;
        run(manager, CASE_INDEXES).await?;
        run(manager, &[CASE_EVENTS]).await?;
        run(manager, CASE_EVENT_INDEXES).await?;
        run(manager, CLOCKS_AND_BREACHES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["breaches", "clocks", "case_events", "cases", "case_counters"]).await
    }
}

const CASE_COUNTERS: &str = "CREATE TABLE case_counters (
    community_id BIGINT PRIMARY KEY REFERENCES communities (id) ON DELETE CASCADE,
    last_number BIGINT NOT NULL
)";

/// `queue_due_at` is the earliest due time of a running clock; the largest number when none runs, so that it sorts last on
/// both engines.
const CASES: &str = "CREATE TABLE cases (
    community_id BIGINT NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    id {id},
    number BIGINT NOT NULL,
    member_id BIGINT NOT NULL,
    origin_interaction_id BIGINT,
    source TEXT,
    external_id TEXT,
    thread TEXT,
    subject TEXT NOT NULL,
    search_subject TEXT NOT NULL,
    category TEXT,
    severity SMALLINT NOT NULL CONSTRAINT cases_severity_known CHECK (severity BETWEEN 1 AND 4),
    channel TEXT,
    visibility SMALLINT NOT NULL CONSTRAINT cases_visibility_known CHECK (visibility IN (0, 2)),
    assignee_id BIGINT REFERENCES staff (id),
    status SMALLINT NOT NULL CONSTRAINT cases_status_known CHECK (status BETWEEN 1 AND 7),
    opened_at BIGINT NOT NULL,
    first_response_at BIGINT,
    waiting_since BIGINT,
    resolved_at BIGINT,
    first_resolved_at BIGINT,
    closed_at BIGINT,
    reopen_count INTEGER NOT NULL,
    parent_id BIGINT,
    merged_into BIGINT,
    influence_at_open {double},
    sentiment {double} CONSTRAINT cases_sentiment_in_range CHECK (sentiment BETWEEN -1 AND 1),
    queue_due_at BIGINT NOT NULL,
    backdated BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    {key},
    CONSTRAINT cases_number_unique UNIQUE (community_id, number),
    CONSTRAINT cases_external_id_unique UNIQUE (community_id, source, external_id),
    CONSTRAINT cases_member_fk FOREIGN KEY (community_id, member_id) REFERENCES members (community_id, id),
    CONSTRAINT cases_parent_fk FOREIGN KEY (community_id, parent_id) REFERENCES cases (community_id, id),
    CONSTRAINT cases_merged_fk FOREIGN KEY (community_id, merged_into) REFERENCES cases (community_id, id),
    CONSTRAINT cases_origin_fk FOREIGN KEY (community_id, origin_interaction_id) REFERENCES interactions (community_id, id),
    CONSTRAINT cases_merged_says_where CHECK ((status = 7) = (merged_into IS NOT NULL))
)";

const CASE_INDEXES: &[&str] = &[
    "CREATE INDEX cases_queue ON cases (community_id, queue_due_at, severity, opened_at, id) WHERE status <= 4",
    "CREATE INDEX cases_by_opened ON cases (community_id, opened_at, id)",
    "CREATE INDEX cases_by_updated ON cases (community_id, updated_at, id)",
    "CREATE INDEX cases_by_due ON cases (community_id, queue_due_at, id)",
    "CREATE INDEX cases_by_severity ON cases (community_id, severity, id)",
    "CREATE INDEX cases_by_member ON cases (community_id, member_id, opened_at, id)",
    "CREATE INDEX cases_by_assignee ON cases (community_id, assignee_id, status) WHERE assignee_id IS NOT NULL",
    "CREATE INDEX cases_by_thread ON cases (community_id, thread) WHERE thread IS NOT NULL",
    "CREATE UNIQUE INDEX cases_by_origin ON cases (community_id, origin_interaction_id) WHERE origin_interaction_id IS NOT NULL",
    "CREATE INDEX cases_by_parent ON cases (community_id, parent_id) WHERE parent_id IS NOT NULL",
    "CREATE INDEX cases_by_merged ON cases (community_id, merged_into) WHERE merged_into IS NOT NULL",
];

const CASE_EVENTS: &str = "CREATE TABLE case_events (
    community_id BIGINT NOT NULL,
    id {id},
    case_id BIGINT NOT NULL,
    kind SMALLINT NOT NULL CONSTRAINT case_events_kind_known CHECK (kind BETWEEN 1 AND 99),
    at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    member_id BIGINT,
    interaction_id BIGINT,
    audience SMALLINT NOT NULL CONSTRAINT case_events_audience_known CHECK (audience BETWEEN 1 AND 3),
    text TEXT,
    detail TEXT NOT NULL,
    {key},
    CONSTRAINT case_events_case_fk FOREIGN KEY (community_id, case_id) REFERENCES cases (community_id, id) ON DELETE CASCADE,
    CONSTRAINT case_events_member_fk FOREIGN KEY (community_id, member_id) REFERENCES members (community_id, id),
    CONSTRAINT case_events_interaction_fk FOREIGN KEY (community_id, interaction_id) REFERENCES interactions (community_id, id)
)";

const CASE_EVENT_INDEXES: &[&str] = &[
    "CREATE INDEX case_events_timeline ON case_events (community_id, case_id, at, id)",
    // What clocks follow from; notes and other talk are left out, however many there are.
    "CREATE INDEX case_events_facts ON case_events (community_id, case_id, kind, at, id) WHERE kind <> 16",
    "CREATE UNIQUE INDEX case_events_interaction_once ON case_events (community_id, interaction_id, case_id) WHERE interaction_id IS NOT NULL",
];

const CLOCKS_AND_BREACHES: &[&str] = &[
    "CREATE TABLE clocks (
    community_id BIGINT NOT NULL,
    id {id},
    case_id BIGINT NOT NULL,
    expectation_id BIGINT NOT NULL,
    calendar_id BIGINT,
    metric SMALLINT NOT NULL CONSTRAINT clocks_metric_known CHECK (metric BETWEEN 1 AND 5),
    instance INTEGER NOT NULL,
    carried_from BIGINT NOT NULL,
    state SMALLINT NOT NULL CONSTRAINT clocks_state_known CHECK (state BETWEEN 1 AND 6),
    started_at BIGINT NOT NULL,
    due_at BIGINT,
    warn_at BIGINT,
    paused_at BIGINT,
    consumed BIGINT NOT NULL,
    fulfilled_at BIGINT,
    ended_at BIGINT,
    next_at BIGINT,
    {key},
    CONSTRAINT clocks_once UNIQUE (community_id, case_id, expectation_id, calendar_id, started_at, instance, carried_from),
    CONSTRAINT clocks_case_fk FOREIGN KEY (community_id, case_id) REFERENCES cases (community_id, id) ON DELETE CASCADE,
    CONSTRAINT clocks_expectation_fk FOREIGN KEY (community_id, expectation_id) REFERENCES expectations (community_id, id),
    CONSTRAINT clocks_calendar_fk FOREIGN KEY (community_id, calendar_id) REFERENCES calendars (community_id, id)
)",
    // What is to be announced next, of all communities: work is found by its time, never by looking through open cases.
    "CREATE INDEX clocks_to_announce ON clocks (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX clocks_kept ON clocks (community_id, expectation_id, state, ended_at)",
    "CREATE TABLE breaches (
    community_id BIGINT NOT NULL,
    id {id},
    case_id BIGINT NOT NULL,
    clock_id BIGINT NOT NULL,
    expectation_id BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    detected_at BIGINT NOT NULL,
    ended_at BIGINT,
    overrun BIGINT,
    excused_at BIGINT,
    excused_by TEXT,
    excuse TEXT,
    {key},
    CONSTRAINT breaches_one_per_clock UNIQUE (community_id, clock_id),
    CONSTRAINT breaches_case_fk FOREIGN KEY (community_id, case_id) REFERENCES cases (community_id, id) ON DELETE CASCADE,
    CONSTRAINT breaches_clock_fk FOREIGN KEY (community_id, clock_id) REFERENCES clocks (community_id, id) ON DELETE CASCADE
)",
    "CREATE INDEX breaches_by_case ON breaches (community_id, case_id, due_at)",
    "CREATE INDEX breaches_by_due ON breaches (community_id, due_at, id)",
    "CREATE INDEX breaches_by_expectation ON breaches (community_id, expectation_id, due_at)",
];
