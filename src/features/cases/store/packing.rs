//! How the rows of cases travel packed.

use entity::{breach, case, clock};

use crate::db::packed::packed_row;

packed_row!(
    case::Model {
        community_id,
        id,
        number,
        member_id,
        origin_interaction_id,
        source,
        external_id,
        thread,
        subject,
        search_subject,
        category,
        severity,
        channel,
        visibility,
        assignee_id,
        status,
        opened_at,
        first_response_at,
        waiting_since,
        resolved_at,
        first_resolved_at,
        closed_at,
        reopen_count,
        parent_id,
        merged_into,
        influence_at_open,
        sentiment,
        queue_due_at,
        backdated,
        version,
        recorded_at,
        updated_at,
    } / influence_at_open,
    sentiment
);

packed_row!(clock::Model {
    community_id,
    id,
    case_id,
    expectation_id,
    calendar_id,
    metric,
    instance,
    carried_from,
    state,
    started_at,
    due_at,
    warn_at,
    paused_at,
    consumed,
    fulfilled_at,
    ended_at,
    next_at,
});

packed_row!(breach::Model {
    community_id,
    id,
    case_id,
    clock_id,
    expectation_id,
    due_at,
    detected_at,
    ended_at,
    overrun,
    excused_at,
    excused_by,
    excuse,
});
