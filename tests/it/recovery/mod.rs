//! Making it right: apologies, repairs, follow-ups.

mod apologies;
mod follow_ups;
mod handing_over;
mod refused;
mod repairs;

use rapport::graphql::global_id::GlobalId;
use serde_json::{Value, json};

use crate::cases::Desk;
use crate::ingest::calls::{done, mendable, mutate, payload, with};
use crate::promises::HOUR;
use crate::support::Answer;

const APOLOGY: &str = "apology { id status author visibility text components heardAt createdAt sentAt respondedAt retractedAt retractionReason \
                       case { number } breaches { id } repairs { id } } warnings { code message }";
const REPAIR: &str = "repair { id kind description amount currency promisedBy promisedAt dueAt deliveredAt deliveredBy case { number } \
                      apology { id } }";
const FOLLOW_UP: &str = "followUp { id kind status description promisedToMember ownerId ownerName createdBy createdAt dueAt rescheduledFrom \
                         keptByOriginalDue completedAt outcome cancelledAt cancelReason case { number } }";

/// Sends a mutation of recovery; the answer as it came.
async fn send(desk: &Desk<'_>, mutation: &str, input: Value) -> Answer {
    mutate(&desk.client(), desk.slug(), mutation, selection(mutation), input).await
}

/// What to tell of what a mutation of recovery is about.
fn selection(mutation: &str) -> &'static str {
    if mutation.contains("Apology") {
        APOLOGY
    } else if mutation.contains("Repair") {
        REPAIR
    } else {
        FOLLOW_UP
    }
}

/// Sends a mutation that must do something; its payload.
async fn act(desk: &Desk<'_>, mutation: &str, input: Value) -> Value {
    done(&send(desk, mutation, input).await, mutation)
}

/// Sends a mutation that must be refused; what there is to mend.
async fn refused(desk: &Desk<'_>, mutation: &str, input: Value) -> Vec<String> {
    let payload = payload(&send(desk, mutation, input).await, mutation);
    for nothing in ["apology", "repair", "followUp"] {
        assert!(payload[nothing].is_null(), "{mutation}: {payload:#}");
    }
    mendable(&payload)
}

/// Records an apology for a case: sent, taking responsibility, unless `more` says otherwise; the payload.
async fn apologize(desk: &Desk<'_>, case: &Value, more: Value) -> Value {
    let input = json!({ "caseId": case["id"], "text": "It was our fault.", "components": ["RESPONSIBILITY"], "send": true });
    act(desk, "recordApology", with(input, &more)).await
}

/// Promises a repair on a case; the repair.
async fn promise_repair(desk: &Desk<'_>, case: &Value, more: Value) -> Value {
    let input = json!({ "caseId": case["id"], "kind": "REPLACEMENT", "description": "A new pot" });
    act(desk, "promiseRepair", with(input, &more)).await["repair"].clone()
}

/// Schedules a follow-up on a case; the follow-up.
async fn schedule(desk: &Desk<'_>, case: &Value, kind: &str, due_at: &str) -> Value {
    let input = json!({ "caseId": case["id"], "kind": kind, "description": "Ask whether it is warm", "dueAt": due_at });
    act(desk, "scheduleFollowUp", input).await["followUp"].clone()
}

/// Cases of members, each with a promise that was broken, after the breaches were announced.
async fn broken(desk: &Desk<'_>, names: &[&str]) -> Vec<Value> {
    desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
    let mut cases = Vec::new();
    for name in names {
        cases.push(desk.case(name, json!({})).await);
    }
    desk.wait(2 * HOUR);
    assert_eq!(desk.announce().await, names.len());
    cases
}

/// The breaches of a case: id, and whether each is answered.
async fn breaches(desk: &Desk<'_>, case: &Value) -> Vec<Value> {
    let found = desk.read(case, "breaches { id answered }").await;
    found["breaches"].as_array().unwrap().clone()
}

/// The key in a global id.
fn key(object: &Value) -> i64 {
    GlobalId::decode(object["id"].as_str().unwrap()).unwrap().key
}
