//! Nurturing those who matter: programmes, who is in them, and how staff took care of members.

mod membership;
mod programmes;
mod touchpoints;

use entity::event;
use sea_orm::QueryOrder as _;
use serde_json::{Value, json};

use crate::cases::Desk;
use crate::ingest::calls::{done, member_id, mendable, mutate, payload, upsert, with};
use crate::support::{Answer, TestApp};

const PROGRAMME: &str = "programme { id name description startedAt endedAt createdBy createdAt activeCount }";
const ADVOCATE: &str = "advocate { id since reason status addedBy addedAt leftAt leftReason lastTouchpointAt programme { id name } \
                        member { id displayName } }";
const TOUCHPOINT: &str = "touchpoint { id kind note happenedAt recordedBy recordedAt retractedAt retractedBy retractionReason \
                          member { id displayName } programme { id } }";

/// What to tell of what a mutation is about.
fn selection(mutation: &str) -> &'static str {
    if mutation.contains("Programme") {
        PROGRAMME
    } else if mutation.contains("Touchpoint") {
        TOUCHPOINT
    } else {
        ADVOCATE
    }
}

/// Sends a mutation; the answer as it came.
async fn send(desk: &Desk<'_>, mutation: &str, input: Value) -> Answer {
    mutate(&desk.client(), desk.slug(), mutation, selection(mutation), input).await
}

/// Sends a mutation that must do something; what it is about, as it is now.
async fn act(desk: &Desk<'_>, mutation: &str, input: Value) -> Value {
    let payload = done(&send(desk, mutation, input).await, mutation);
    let of = ["programme", "advocate", "touchpoint"];
    of.map(|name| payload[name].clone()).into_iter().find(Value::is_object).unwrap()
}

/// Sends a mutation that must be refused; what there is to mend.
async fn refused(desk: &Desk<'_>, mutation: &str, input: Value) -> Vec<String> {
    let payload = payload(&send(desk, mutation, input).await, mutation);
    for nothing in ["programme", "advocate", "touchpoint"] {
        assert!(payload[nothing].is_null(), "{mutation}: {payload:#}");
    }
    mendable(&payload)
}

/// Sets a programme up that has run for long; its global id.
async fn programme(desk: &Desk<'_>, name: &str) -> Value {
    let input = json!({ "name": name, "startedAt": "2020-01-01T00:00:00Z" });
    act(desk, "createAdvocateProgramme", input).await["id"].clone()
}

/// Takes a member, who is made known if need be, into a programme; the advocate.
async fn add(desk: &Desk<'_>, programme: &Value, name: &str, more: Value) -> Value {
    let input = json!({ "programmeId": programme, "memberId": desk.member(name).await, "reason": format!("{name} helps") });
    act(desk, "addAdvocate", with(input, &more)).await
}

/// Records that staff thanked a member, who is made known if need be; the touchpoint.
async fn thank(desk: &Desk<'_>, name: &str, more: Value) -> Value {
    let input = json!({ "memberId": desk.member(name).await, "kind": "THANKS", "note": format!("Thanked {name}") });
    act(desk, "recordTouchpoint", with(input, &more)).await
}

/// The global id of a member who is made known, or changed, so.
async fn somebody(desk: &Desk<'_>, name: &str, more: Value) -> String {
    let person = with(json!({ "externalId": name, "displayName": name }), &more);
    upsert(&desk.client(), desk.slug(), vec![person]).await;
    member_id(&desk.client(), desk.slug(), name).await
}

/// Some fields of a node; null with an error's code when there is none.
async fn node(desk: &Desk<'_>, id: &Value, selection: &str) -> Result<Value, String> {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ {selection} }} }}");
    let answer = desk.client().send(&query, json!({ "id": id })).await;
    match answer.code() {
        "" => Ok(answer.body["data"]["node"].clone()),
        code => Err(code.to_owned()),
    }
}

/// An instant so far from now.
fn from_now(app: &TestApp, micros: i64) -> String {
    app.now().plus_micros(micros).to_string()
}

/// What the change log says of advocates, in order: the type of each event, and all that it tells.
async fn told(desk: &Desk<'_>) -> Vec<(String, event::Model)> {
    let all = event::Entity::in_community(desk.access.community_id()).order_by_asc(event::Column::Seq);
    let all = all.all(desk.app.app.db.read()).await.unwrap();
    let ours = |event: &event::Model| ["advocate", "touchpoint"].iter().any(|of| event.event_type.starts_with(of));
    let ours = all.into_iter().filter(ours);
    ours.map(|event| (event.event_type.clone(), event)).collect()
}

/// The types of the events in the change log that are about advocates, in order.
async fn types_told(desk: &Desk<'_>) -> Vec<String> {
    told(desk).await.into_iter().map(|(name, _)| name).collect()
}
