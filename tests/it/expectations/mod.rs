//! What a community promises: calendars with their holidays, and expectations from the draft to the end.

mod calendars;
mod holidays;
mod lifecycle;
mod published;
mod refused;

use serde_json::{Value, json};

use crate::cases::Desk;
use crate::ingest::calls::{done, mendable, mutate, payload};
use crate::support::Answer;

const CALENDAR: &str =
    "calendar { id name version zone hours { day opens closes } holidays { date name closed { from to } } supersededAt }";
const EXPECTATION: &str = "expectation { id version status name publicText metric target warnBefore calendar { id name version } severities \
                           categories channels pauseOn effectiveFrom effectiveTo publishedAt }";
const PROPOSALS: &str =
    "proposals { id status decidedAt holiday { date name closed { from to } } calendar { id } } added problems { line message }";

/// The weekdays from Monday to Friday.
const WEEKDAYS: [&str; 5] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];

/// Sends a mutation about promises; the answer as it came.
async fn send(desk: &Desk<'_>, mutation: &str, input: Value) -> Answer {
    let selection = match mutation {
        "createCalendar" | "updateCalendar" | "decideHolidays" => CALENDAR,
        "proposeHolidays" => PROPOSALS,
        "updateCommunity" => "community { slug publishesExpectations }",
        "discardExpectation" => "discardedId",
        _ => EXPECTATION,
    };
    mutate(&desk.client(), desk.slug(), mutation, selection, input).await
}

/// Sends a mutation about promises that must do something; its payload.
pub async fn act(desk: &Desk<'_>, mutation: &str, input: Value) -> Value {
    done(&send(desk, mutation, input).await, mutation)
}

/// Sends a mutation about promises that must be refused; what there is to mend.
async fn refused(desk: &Desk<'_>, mutation: &str, input: Value) -> Vec<String> {
    let payload = payload(&send(desk, mutation, input).await, mutation);
    for nothing in ["calendar", "expectation", "discardedId"] {
        assert!(payload[nothing].is_null(), "{mutation}: {payload:#}");
    }
    mendable(&payload)
}

/// The same open hours from Monday to Friday.
fn weekdays(opens: &str, closes: &str) -> Value {
    WEEKDAYS
        .iter()
        .map(|day| json!({ "day": day, "opens": opens, "closes": closes }))
        .collect()
}

/// Sets a calendar up that is open from nine to five in Berlin; its global id.
pub async fn office(desk: &Desk<'_>) -> String {
    let input = json!({ "name": "Office", "zone": "Europe/Berlin", "hours": weekdays("09:00", "17:00") });
    id(&act(desk, "createCalendar", input).await["calendar"])
}

/// The global id of something in an answer.
#[track_caller]
fn id(object: &Value) -> String {
    object["id"].as_str().unwrap_or_else(|| panic!("{object:#}")).to_owned()
}

/// The object of a global id, as far as it is asked for with `... on`.
async fn node(desk: &Desk<'_>, id: &str, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ {selection} }} }}");
    desk.client().ok(&query, json!({ "id": id })).await["node"].clone()
}
