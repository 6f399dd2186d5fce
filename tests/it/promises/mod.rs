//! Promises as customers live them: counted to the second, told exactly once, and one story from a complaint to the peace
//! after it.

mod announcing;
mod clocks;
mod conversations;
mod going_on;
mod merging;
mod story;

use entity::{Timestamp, event};
use sea_orm::QueryOrder as _;
use serde_json::{Value, json};

use crate::cases::Desk;
use crate::ingest::calls::{upsert, with};

pub const HOUR: i64 = 3_600_000_000;
pub const DAY: i64 = 24 * HOUR;

/// An instant that a test names.
#[track_caller]
pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// An instant of an answer, in microseconds.
#[track_caller]
pub fn micros(value: &Value) -> i64 {
    at(value.as_str().unwrap_or_else(|| panic!("{value} is no instant"))).as_micros()
}

/// An instant of an answer, so much later.
#[track_caller]
pub fn later(value: &Value, micros_later: i64) -> String {
    Timestamp::from_micros(micros(value) + micros_later).to_string()
}

/// A public case from a complaint that a member made at an instant, and that opens a thread.
pub async fn complained(desk: &Desk<'_>, name: &str, thread: &str, at: &str, more: Value) -> Value {
    let words = json!({ "text": format!("{name} complains"), "thread": thread, "occurredAt": at });
    let origin = desk.said("COMPLAINT", &format!("{thread}-complaint"), name, words).await;
    let input = json!({ "memberId": desk.member(name).await, "originId": origin });
    desk.act("openCase", with(input, &more)).await["case"].clone()
}

/// Somebody says something in a thread at an instant; `id` names it in the forum.
pub async fn said_in(desk: &Desk<'_>, thread: &str, id: &str, name: &str, at: &str) {
    let words = json!({ "text": format!("{name} says something"), "thread": thread, "occurredAt": at });
    desk.said("REPLY", id, name, words).await;
}

/// Somebody in the forum who speaks for the company.
async fn colleague(desk: &Desk<'_>, name: &str, is_bot: bool) {
    let person = json!({ "externalId": name, "displayName": name, "isStaff": true, "isBot": is_bot });
    let payload = upsert(&desk.client(), desk.slug(), vec![person]).await;
    assert_eq!(payload["userErrors"], json!([]));
}

/// The entries of some kinds in a case's timeline, in its order, as `KIND instant`.
pub async fn told(desk: &Desk<'_>, case: &Value, kinds: &[&str]) -> Vec<String> {
    let selection = format!("timeline(kinds: [{}], first: 100) {{ nodes {{ kind at }} }}", kinds.join(", "));
    let found = desk.read(case, &selection).await;
    let line = |entry: &Value| format!("{} {}", entry["kind"].as_str().unwrap(), entry["at"].as_str().unwrap());
    found["timeline"]["nodes"].as_array().unwrap().iter().map(line).collect()
}

/// All that is told of a clock of a case; the case must have one clock for the metric.
pub async fn the_clock(desk: &Desk<'_>, case: &Value, metric: &str) -> Value {
    let fields = "state startedAt dueAt warnAt pausedAt consumed fulfilledAt endedAt breach { id dueAt endedAt overrun }";
    let mut clocks = desk.clocks(case, fields).await;
    clocks.retain(|clock| clock["metric"] == metric);
    assert_eq!(clocks.len(), 1, "{metric}: {clocks:#?}");
    clocks.remove(0)
}

/// What the change log says of warnings, breaches and follow-ups, in order.
async fn announced(desk: &Desk<'_>) -> Vec<String> {
    let all = event::Entity::in_community(desk.access.community_id()).order_by_asc(event::Column::Seq);
    let all = all.all(desk.app.app.db.read()).await.unwrap();
    let types = all.into_iter().map(|event| event.event_type);
    types
        .filter(|name| ["clock.warned", "clock.breached"].contains(&name.as_str()) || name.starts_with("follow_up."))
        .collect()
}
