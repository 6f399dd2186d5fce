//! Making it right: apologies, repairs, follow-ups.

use entity::Role;

use super::Reach::ExistsFrom;
use super::{AGENT, Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$sorry", r#"recordApology(input:{community:"home",caseId:"%busy",text:"Sorry",components:[REGRET],send:true})"#),
    ("$mend", r#"promiseRepair(input:{community:"home",caseId:"%busy",kind:FIX,description:"A patch"})"#),
    ("$remind", r#"scheduleFollowUp(input:{community:"home",caseId:"%busy",kind:NUDGE,description:"Ask",dueAt:"%tomorrow"})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Community", "{$home{@}}", VIEWER, "followUps{totalCount}"),
    ("Case", "{$home{$case{@}}}", VIEWER, "apologies{id} repairs{id} followUps{id}"),
    ("Apology", "{$home{$case{apologies{@}}}}", VIEWER, "id case{id} status author visibility text components breaches{id} repairs{id} \
        heardAt createdAt sentAt respondedAt retractedAt retractionReason"),
    ("Apology", r#"{node(id:"%apology"){...on Apology{@}}}"#, VIEWER, "id text"),
    ("Apology", r#"{node(id:"%unsent"){...on Apology{@}}}"#, ExistsFrom(Role::Agent), "id text breaches{id}"),
    ("Repair", "{$home{$case{repairs{@}}}}", VIEWER, "id case{id} apology{id} kind description amount currency promisedBy promisedAt \
        dueAt deliveredAt deliveredBy cancelledAt cancelledBy cancelReason"),
    ("Repair", r#"{node(id:"%repair"){...on Repair{@}}}"#, VIEWER, "id description"),
    ("FollowUpConnection", "{$home{followUps{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("FollowUp", "{$home{followUps{nodes{@}}}}", VIEWER, "id case{id} kind status description promisedToMember ownerId ownerName \
        createdBy createdAt dueAt rescheduledFrom keptByOriginalDue completedAt outcome cancelledAt cancelReason"),
    ("FollowUp", r#"{node(id:"%followUp"){...on FollowUp{@}}}"#, VIEWER, "id description"),
    ("Mutation", "mutation{@}", AGENT, r#"$sorry{userErrors{code}} $mend{userErrors{code}} $remind{userErrors{code}}
        updateApology(input:{community:"home",apologyId:"%unsent",text:"Very sorry"}){userErrors{code}}
        sendApology(input:{community:"home",apologyId:"%unsent"}){userErrors{code}}
        recordApologyResponse(input:{community:"home",apologyId:"%apology",response:ACCEPTED}){userErrors{code}}
        retractApology(input:{community:"home",apologyId:"%unsent",reason:"Too early"}){userErrors{code}}
        deliverRepair(input:{community:"home",repairId:"%repair"}){userErrors{code}}
        cancelRepair(input:{community:"home",repairId:"%repair",reason:"By mistake"}){userErrors{code}}
        rescheduleFollowUp(input:{community:"home",followUpId:"%followUp",dueAt:"%tomorrow"}){userErrors{code}}
        completeFollowUp(input:{community:"home",followUpId:"%followUp",outcome:"All is well"}){userErrors{code}}
        assignFollowUp(input:{community:"home",followUpId:"%followUp",ownerId:null}){userErrors{code}}
        cancelFollowUp(input:{community:"home",followUpId:"%followUp",reason:"No need"}){userErrors{code}}"#),
    ("ApologyPayload", "mutation{$sorry{@}}", AGENT, "apology{id} warnings{code} userErrors{code}"),
    ("ApologyWarning", "mutation{$sorry{warnings{@}}}", AGENT, "code message"),
    ("RepairPayload", "mutation{$mend{@}}", AGENT, "repair{id} userErrors{code}"),
    ("FollowUpPayload", "mutation{$remind{@}}", AGENT, "followUp{id} userErrors{code}"),
];
