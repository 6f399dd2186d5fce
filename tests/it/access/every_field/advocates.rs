//! Nurturing those who matter: advocate programmes, advocates, touchpoints.

use super::{AGENT, MANAGER, Piece, Row};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$found", r#"createAdvocateProgramme(input:{community:"home",name:"Founders"})"#),
    ("$admit", r#"addAdvocate(input:{community:"home",programmeId:"%programme",memberId:"%ada",reason:"Helps"})"#),
    ("$thank", r#"recordTouchpoint(input:{community:"home",memberId:"%ada",programmeId:"%programme",kind:THANKS,note:"Thank you"})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Community", "{$home{@}}", AGENT, "advocateProgrammes{totalCount} advocates{totalCount}"),
    ("Member", "{$home{$ada{@}}}", AGENT, "advocacies{id} touchpoints{totalCount}"),
    ("AdvocateProgrammeConnection", "{$home{advocateProgrammes{@}}}", AGENT, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("AdvocateProgramme", "{$home{advocateProgrammes{nodes{@}}}}", AGENT, "id name description startedAt endedAt createdBy createdAt \
        activeCount advocates{totalCount}"),
    ("AdvocateProgramme", r#"{node(id:"%programme"){...on AdvocateProgramme{@}}}"#, AGENT, "id name advocates{totalCount}"),
    ("AdvocateConnection", "{$home{advocates{@}}}", AGENT, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Advocate", "{$home{advocates{nodes{@}}}}", AGENT, "id programme{id} member{id} since reason status addedBy addedAt leftAt leftReason \
        lastTouchpointAt touchpoints{totalCount}"),
    ("Advocate", "{$home{$ada{advocacies{@}}}}", AGENT, "id reason touchpoints{totalCount}"),
    ("Advocate", r#"{node(id:"%advocate"){...on Advocate{@}}}"#, AGENT, "id reason member{id}"),
    ("TouchpointConnection", "{$home{$ada{touchpoints{@}}}}", AGENT, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Touchpoint", "{$home{$ada{touchpoints(includeRetracted:true){nodes{@}}}}}", AGENT, "id member{id} programme{id} kind note happenedAt \
        recordedBy recordedAt retractedAt retractedBy retractionReason"),
    ("Touchpoint", r#"{node(id:"%touchpoint"){...on Touchpoint{@}}}"#, AGENT, "id note member{id}"),
    ("Mutation", "mutation{@}", MANAGER, r#"$found{userErrors{code}}
        updateAdvocateProgramme(input:{community:"home",programmeId:"%programme",description:"Those who help"}){userErrors{code}}
        endAdvocateProgramme(input:{community:"home",programmeId:"none"}){userErrors{code}}"#),
    ("AdvocateProgrammePayload", "mutation{$found{@}}", MANAGER, "programme{id} userErrors{code}"),
    ("Mutation", "mutation{@}", AGENT, r#"$admit{userErrors{code}} $thank{userErrors{code}}
        removeAdvocate(input:{community:"home",advocateId:"none",reason:"Moved on"}){userErrors{code}}
        retractTouchpoint(input:{community:"home",touchpointId:"none",reason:"Wrong"}){userErrors{code}}"#),
    ("AdvocatePayload", "mutation{$admit{@}}", AGENT, "advocate{id} userErrors{code}"),
    ("TouchpointPayload", "mutation{$thank{@}}", AGENT, "touchpoint{id} userErrors{code}"),
];
