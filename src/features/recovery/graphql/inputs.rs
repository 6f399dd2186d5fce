//! Inputs of the mutations of recovery, and the commands that they are.

mod apologies;
mod follow_ups;
mod repairs;

use async_graphql::{ID, MaybeUndefined};
use entity::{ApologyId, CaseId, CommunityId, FollowUpId, RepairId, StaffId};

pub use self::apologies::{RecordApologyInput, RecordApologyResponseInput, RetractApologyInput, SendApologyInput, UpdateApologyInput};
pub use self::follow_ups::{
    AssignFollowUpInput, CancelFollowUpInput, CompleteFollowUpInput, RescheduleFollowUpInput, ScheduleFollowUpInput,
};
pub use self::repairs::{CancelRepairInput, DeliverRepairInput, PromiseRepairInput};
use crate::error::{Error, Result, UserErrorCode};
use crate::graphql::global_id::{GlobalId, NodeType};

/// The key that an id of the input names.
fn key(community: CommunityId, id: &ID, node_type: NodeType, field: &str, what: &str) -> Result<i64> {
    GlobalId::expect(id, node_type, community, "object")
        .map_err(|_not_here| Error::user(field, UserErrorCode::NotFound, format!("is not {what} in this community")))
}

fn case_key(community: CommunityId, id: &ID) -> Result<CaseId> {
    key(community, id, NodeType::Case, "caseId", "a case").map(CaseId)
}

fn apology_key(community: CommunityId, id: &ID) -> Result<ApologyId> {
    key(community, id, NodeType::Apology, "apologyId", "an apology").map(ApologyId)
}

fn repair_key(community: CommunityId, id: &ID) -> Result<RepairId> {
    key(community, id, NodeType::Repair, "repairId", "a repair").map(RepairId)
}

fn follow_up_key(community: CommunityId, id: &ID) -> Result<FollowUpId> {
    key(community, id, NodeType::FollowUp, "followUpId", "a follow-up").map(FollowUpId)
}

fn staff_key(community: CommunityId, id: &ID) -> Result<StaffId> {
    key(community, id, NodeType::Staff, "ownerId", "a member of staff").map(StaffId)
}

/// A value that may be left out and not be emptied.
fn kept<T>(field: &str, value: MaybeUndefined<T>) -> Result<Option<T>> {
    if value.is_null() {
        return Err(Error::user(
            field,
            UserErrorCode::Invalid,
            "cannot be cleared; leave it out to keep it",
        ));
    }
    Ok(value.take())
}
