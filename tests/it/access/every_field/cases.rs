//! Cases: their timelines, clocks and breaches, the lists and the queue, what somebody owes today.

use entity::Role;

use super::Reach::{ExistsFrom, OwnFrom};
use super::{AGENT, MANAGER, Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$work", r#"work(community:"home")"#),
    ("$case", "case(number:1)"),
    ("$overCase", "case(number:2)"),
    ("$note", r#"addCaseNote(input:{community:"home",caseId:"%busy",text:"Noted"})"#),
    ("$excuse", r#"excuseBreach(input:{community:"home",breachId:"%breach",reason:"A storm"})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Viewer", "{viewer{@}}", OwnFrom(Role::Viewer), "$work{followUps{id}}"),
    ("ViewerWork", "{viewer{$work{@}}}", OwnFrom(Role::Viewer), "myCases{totalCount} casesDue{totalCount} followUps{id} repairs{id} \
        unansweredBreaches{totalCount}"),
    ("Community", "{$home{@}}", VIEWER, "$case{id} cases{totalCount} caseQueue{totalCount} breaches{totalCount}"),
    ("Member", "{$home{$ada{@}}}", VIEWER, "cases{totalCount}"),
    ("CaseConnection", "{$home{cases{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("CaseConnection", "{$home{caseQueue{@}}}", VIEWER, "nodes{id} totalCount"),
    ("CaseConnection", "{$home{$ada{cases{@}}}}", VIEWER, "nodes{id} totalCount"),
    ("CaseConnection", "{viewer{$work{myCases{@}}}}", OwnFrom(Role::Viewer), "nodes{id} totalCount"),
    ("Case", "{$home{$case{@}}}", VIEWER, "id number member{id} subject category severity channel visibility status legalStatuses \
        assignee{id} openedAt firstResponseAt waitingSince resolvedAt firstResolvedAt closedAt reopenCount nextDueAt sentiment parent{id} \
        linkedCases{id} mergedInto{id} mergedCases{id} originInteraction{id} backdated version updatedAt timeline{totalCount} clocks{id} \
        breaches{id}"),
    ("Case", "{$home{cases{nodes{@}}}}", VIEWER, "id subject timeline{totalCount}"),
    ("Case", r#"{node(id:"%case"){...on Case{@}}}"#, VIEWER, "id subject timeline{totalCount}"),
    ("Case", "{$home{$case{@}}}", MANAGER, "influenceAtOpen"),
    ("Case", "{$home{$overCase{@}}}", VIEWER, "influenceAtOpen"),
    ("StaffName", "{$home{$case{assignee{@}}}}", VIEWER, "id name"),
    ("CaseEventConnection", "{$home{$case{timeline{@}}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("CaseEvent", "{$home{$case{timeline{nodes{@}}}}}", VIEWER, "id kind at recordedAt actor staff{id} member{id} audience text \
        interaction{id} channel fromStatus toStatus fromSeverity toSeverity fromVisibility toVisibility fromAssignee{id} toAssignee{id} \
        fromDueAt toDueAt changes{field} sentiment otherCase{id} metric clock{id} expectation{id} breach{id} apologyId repairId followUpId"),
    ("CaseEvent", r#"{node(id:"%event"){...on CaseEvent{@}}}"#, VIEWER, "id text"),
    ("CaseEvent", r#"{node(id:"%changed"){...on CaseEvent{@}}}"#, ExistsFrom(Role::Agent), "id changes{field}"),
    ("DetailChange", r#"{node(id:"%changed"){...on CaseEvent{changes{@}}}}"#, ExistsFrom(Role::Agent), "field from to"),
    ("Clock", "{$home{$case{clocks{@}}}}", VIEWER, "id expectation{id} metric instance state startedAt dueAt warnAt pausedAt consumed \
        fulfilledAt endedAt carriedFrom{id} breach{id}"),
    ("Clock", r#"{node(id:"%clock"){...on Clock{@}}}"#, VIEWER, "id state"),
    ("BreachConnection", "{$home{breaches{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Breach", "{$home{breaches{nodes{@}}}}", VIEWER, "id case{id} clock{id} expectation{id} dueAt detectedAt endedAt overrun answered \
        apologies{id} excusedAt excusedBy excuse"),
    ("Breach", r#"{node(id:"%breach"){...on Breach{@}}}"#, VIEWER, "id case{id} answered"),
    ("Mutation", "mutation{@}", AGENT, r#"openCase(input:{community:"home",memberId:"%ada",message:"Hello"}){userErrors{code}}
        respondToCase(input:{community:"home",caseId:"%busy",text:"Hello"}){userErrors{code}}
        recordCustomerMessage(input:{community:"home",caseId:"%busy",text:"Thanks"}){userErrors{code}}
        $note{userErrors{code}}
        changeCaseStatus(input:{community:"home",caseId:"%busy",to:ON_HOLD,message:"Wait"}){userErrors{code}}
        escalateCase(input:{community:"home",caseId:"%busy",reason:"Hard"}){userErrors{code}}
        assignCase(input:{community:"home",caseId:"%busy",assigneeId:null}){userErrors{code}}
        moveCase(input:{community:"home",caseId:"%busy",to:PUBLIC}){userErrors{code}}
        updateCase(input:{community:"home",caseId:"%busy",severity:LOW}){userErrors{code}}
        recordSentiment(input:{community:"home",caseId:"%busy",value:0.5}){userErrors{code}}
        reapplyExpectations(input:{community:"home",caseId:"%busy"}){userErrors{code}}
        resolveCase(input:{community:"home",caseId:"%busy",message:"Done"}){userErrors{code}}
        reopenCase(input:{community:"home",caseId:"%busy",reason:"Not done"}){userErrors{code}}
        closeCase(input:{community:"home",caseId:"%busy"}){userErrors{code}}"#),
    ("Mutation", "mutation{@}", MANAGER, r#"mergeCases(input:{community:"home",caseId:"%gone",intoId:"%busy"}){userErrors{code}}
        $excuse{userErrors{code}}"#),
    ("CasePayload", "mutation{$note{@}}", AGENT, "case{id} userErrors{code}"),
    ("ExcuseBreachPayload", "mutation{$excuse{@}}", MANAGER, "breach{id} case{id} userErrors{code}"),
];
