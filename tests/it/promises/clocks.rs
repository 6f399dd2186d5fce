//! What clocks show: to the second, by office hours, through pauses, changes of severity and reopenings.

use serde_json::{Value, json};

use super::{DAY, HOUR, colleague, complained, later, micros, said_in, the_clock, told};
use crate::cases::Desk;
use crate::expectations::office;
use crate::on_both_engines;
use crate::support::TestApp;

/// The clocks of a case for a metric, by instance.
async fn clocks_of(desk: &Desk<'_>, case: &Value, metric: &str) -> Vec<Value> {
    let mut clocks = desk
        .clocks(case, "state startedAt dueAt endedAt expectation { id } breach { id dueAt endedAt }")
        .await;
    clocks.retain(|clock| clock["metric"] == metric);
    clocks
}

/// The clock of an expectation among some.
#[track_caller]
fn of<'a>(clocks: &'a [Value], expectation: &str) -> &'a Value {
    let found = clocks.iter().find(|clock| clock["expectation"]["id"] == expectation);
    found.unwrap_or_else(|| panic!("{clocks:#?}"))
}

/// The open time that a clock has consumed, in microseconds.
fn consumed(clock: &Value) -> i64 {
    let span: jiff::Span = clock["consumed"].as_str().unwrap().parse().unwrap();
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).unwrap();
    i64::try_from(length.as_micros()).unwrap()
}

on_both_engines! {
    async fn given_office_hours_when_a_weekend_changes_the_clocks_then_the_breach_is_right_to_the_second(engine: Engine) {
        let app = TestApp::start(engine).await;
        // Friday at 16:31 in Berlin; on Sunday clocks go forward.
        app.set_clock("2027-03-26T15:31:00Z");
        let desk = Desk::open(&app, "tea").await;
        colleague(&desk, "team", false).await;
        let calendar = office(&desk).await;
        desk.promise("FIRST_RESPONSE", "PT4H30M", json!({ "calendarId": calendar, "warnBefore": "PT1H" })).await;
        // Half an hour on Friday, four hours on Monday from 09:00 on, which is 07:00Z by then.
        let case = complained(&desk, "ada", "t-1", "2027-03-26T15:30:00Z", json!({})).await;
        assert_eq!((&case["openedAt"], &case["nextDueAt"]), (&json!("2027-03-26T15:30:00Z"), &json!("2027-03-29T11:00:00Z")));
        let clock = the_clock(&desk, &case, "FIRST_RESPONSE").await;
        assert_eq!((&clock["startedAt"], &clock["warnAt"]), (&json!("2027-03-26T15:30:00Z"), &json!("2027-03-29T10:00:00Z")));
        assert_eq!((&clock["dueAt"], &clock["state"]), (&json!("2027-03-29T11:00:00Z"), &json!("PENDING")));

        app.set_clock("2027-03-30T06:00:00Z");
        assert_eq!(desk.announce().await, 2);
        let expected = ["CLOCK_WARNED 2027-03-29T10:00:00Z", "CLOCK_BREACHED 2027-03-29T11:00:00Z"];
        assert_eq!(told(&desk, &case, &["CLOCK_WARNED", "CLOCK_BREACHED"]).await, expected);
        // At 14:00:01 it is late by an hour and a second of office time.
        said_in(&desk, "t-1", "r-1", "team", "2027-03-29T12:00:01Z").await;
        let clock = the_clock(&desk, &case, "FIRST_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["fulfilledAt"]), (&json!("BREACHED"), &json!("2027-03-29T12:00:01Z")));
        assert_eq!((&clock["breach"]["endedAt"], &clock["breach"]["overrun"]), (&json!("2027-03-29T12:00:01Z"), &json!("PT1H1S")));
    }

    async fn given_a_holiday_when_time_is_counted_then_it_is_left_out(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-26T15:31:00Z");
        let desk = Desk::open(&app, "tea").await;
        let calendar = office(&desk).await;
        let holidays = json!([
            { "date": "2027-03-29", "name": "Easter Monday" },
            { "date": "2027-03-30", "name": "Works outing", "closed": { "from": "09:00", "to": "13:00" } },
        ]);
        let input = json!({ "calendarId": calendar, "holidays": holidays });
        crate::expectations::act(&desk, "updateCalendar", input).await;
        desk.promise("FIRST_RESPONSE", "PT4H30M", json!({ "calendarId": calendar })).await;
        // Half an hour on Friday, four on Tuesday from 13:00 on.
        let case = complained(&desk, "ada", "t-1", "2027-03-26T15:30:00Z", json!({})).await;
        assert_eq!(case["nextDueAt"], "2027-03-30T15:00:00Z");
    }

    async fn given_a_reply_exactly_on_time_when_the_next_microsecond_would_be_late_then_it_is_achieved(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:30Z");
        let desk = Desk::open(&app, "tea").await;
        colleague(&desk, "team", false).await;
        let promise = desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
        let on_time = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        let late = complained(&desk, "ada", "t-2", "2027-03-01T08:00:00Z", json!({})).await;
        app.set_clock("2027-03-01T10:00:00Z");
        said_in(&desk, "t-1", "r-1", "team", "2027-03-01T09:00:00Z").await;
        said_in(&desk, "t-2", "r-2", "team", "2027-03-01T09:00:00.000001Z").await;

        let clock = the_clock(&desk, &on_time, "FIRST_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["breach"], &clock["consumed"]), (&json!("ACHIEVED"), &Value::Null, &json!("PT1H")));
        assert_eq!((&clock["dueAt"], &clock["fulfilledAt"]), (&json!("2027-03-01T09:00:00Z"), &json!("2027-03-01T09:00:00Z")));
        let clock = the_clock(&desk, &late, "FIRST_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["breach"]["overrun"]), (&json!("BREACHED"), &json!("PT0.000001S")));
        assert_eq!(desk.announce().await, 0, "what was settled is told already");
        let query = "query($id: ID!) { node(id: $id) { ... on Expectation { keptRate { kept broken rate } } } }";
        let kept = desk.client().ok(query, json!({ "id": promise })).await["node"]["keptRate"].clone();
        assert_eq!(kept, json!({ "kept": 1, "broken": 1, "rate": 0.5 }));
    }

    async fn given_a_case_that_waits_on_the_customer_when_they_come_back_then_the_time_between_does_not_count(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESOLUTION", "PT8H", json!({ "pauseOn": ["WAITING_ON_CUSTOMER", "ON_HOLD"] })).await;
        desk.promise("TOTAL_RESOLUTION", "PT12H", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        desk.wait(HOUR);
        desk.change("changeCaseStatus", &case, json!({ "to": "WAITING_ON_CUSTOMER", "message": "Which pot?" })).await;
        let (first, total) = (the_clock(&desk, &case, "FIRST_RESOLUTION").await, the_clock(&desk, &case, "TOTAL_RESOLUTION").await);
        let paused_at = first["pausedAt"].clone();
        assert_eq!((&first["dueAt"], &first["state"], &total["pausedAt"]), (&Value::Null, &json!("PENDING"), &paused_at));
        assert_eq!(micros(&paused_at) - micros(&case["openedAt"]), consumed(&first));
        assert_eq!(desk.read(&case, "nextDueAt").await["nextDueAt"], Value::Null, "nothing runs");

        desk.wait(3 * DAY);
        assert_eq!(desk.announce().await, 0, "what stands still is not broken");
        desk.change("recordCustomerMessage", &case, json!({ "text": "The blue one" })).await;
        let back = desk.read(&case, "timeline(kinds: [CUSTOMER_MESSAGE]) { nodes { at } }").await;
        let away = micros(&back["timeline"]["nodes"][0]["at"]) - micros(&paused_at);
        let first = the_clock(&desk, &case, "FIRST_RESOLUTION").await;
        assert_eq!(first["dueAt"], later(&case["openedAt"], 8 * HOUR + away));
        let total = the_clock(&desk, &case, "TOTAL_RESOLUTION").await;
        assert_eq!(total["dueAt"], later(&case["openedAt"], 12 * HOUR + away));

        // Being on hold stops the first resolution here, and never all the time that it takes.
        desk.wait(HOUR);
        desk.change("changeCaseStatus", &case, json!({ "to": "ON_HOLD", "message": "We wait for a spare part" })).await;
        let first = the_clock(&desk, &case, "FIRST_RESOLUTION").await;
        assert!(first["pausedAt"].is_string() && first["dueAt"].is_null(), "{first}");
        let held = the_clock(&desk, &case, "TOTAL_RESOLUTION").await;
        assert_eq!((&held["pausedAt"], &held["dueAt"]), (&Value::Null, &total["dueAt"]));
        let kinds = told(&desk, &case, &["CLOCK_PAUSED", "CLOCK_RESUMED"]).await;
        let kinds: Vec<&str> = kinds.iter().map(|line| line.split_once(' ').unwrap().0).collect();
        assert_eq!(kinds, ["CLOCK_PAUSED", "CLOCK_PAUSED", "CLOCK_RESUMED", "CLOCK_RESUMED", "CLOCK_PAUSED"]);
    }

    async fn given_an_update_that_is_owed_when_the_company_keeps_talking_then_each_word_starts_the_next(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T12:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        colleague(&desk, "team", false).await;
        desk.promise("UPDATE", "PT2H", json!({})).await;
        desk.promise("NEXT_RESPONSE", "PT1H", json!({})).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        // The customer asks on, unanswered: before the first response no next one is owed.
        said_in(&desk, "t-1", "c-1", "ada", "2027-03-01T08:10:00Z").await;
        assert!(desk.clocks(&case, "state").await.is_empty());
        let talk = [
            ("r-1", "team", "2027-03-01T08:30:00Z"), ("c-2", "ada", "2027-03-01T09:00:00Z"), ("c-3", "ada", "2027-03-01T09:30:00Z"),
            ("r-2", "team", "2027-03-01T10:00:00Z"), ("r-3", "team", "2027-03-01T12:00:00Z"),
        ];
        for (id, who, at) in talk {
            said_in(&desk, "t-1", id, who, at).await;
        }
        let next = the_clock(&desk, &case, "NEXT_RESPONSE").await;
        assert_eq!((&next["startedAt"], &next["state"]), (&json!("2027-03-01T09:00:00Z"), &json!("ACHIEVED")), "from the oldest that is unanswered");
        let updates = clocks_of(&desk, &case, "UPDATE").await;
        let told: Vec<Value> = updates.iter().map(|clock| json!([clock["instance"], clock["state"], clock["startedAt"], clock["endedAt"]])).collect();
        let expected = [
            json!([1, "ACHIEVED", "2027-03-01T08:30:00Z", "2027-03-01T10:00:00Z"]),
            json!([2, "ACHIEVED", "2027-03-01T10:00:00Z", "2027-03-01T12:00:00Z"]),
            json!([3, "PENDING", "2027-03-01T12:00:00Z", null]),
        ];
        assert_eq!(told, expected);
        // Once it is solved nothing more is owed.
        desk.change("respondToCase", &case, json!({ "text": "It is done", "then": "RESOLVED" })).await;
        let updates = clocks_of(&desk, &case, "UPDATE").await;
        assert_eq!((updates.len(), &updates[2]["state"]), (3, &json!("ACHIEVED")));
    }

    async fn given_another_severity_when_it_changes_then_its_promise_counts_from_the_start_with_the_pauses_so_far(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let slow = desk.promise("FIRST_RESOLUTION", "P5D", json!({ "severities": ["LOW"] })).await;
        let fast = desk.promise("FIRST_RESOLUTION", "PT4H", json!({ "severities": ["HIGH"] })).await;
        let case = desk.case("ada", json!({ "severity": "LOW" })).await;
        desk.wait(HOUR);
        let waits = desk.change("respondToCase", &case, json!({ "text": "Which pot?", "then": "WAITING_ON_CUSTOMER" })).await;
        desk.wait(3 * HOUR);
        desk.change("recordCustomerMessage", &case, json!({ "text": "The blue one, and it burns" })).await;
        let back = desk.read(&case, "timeline(kinds: [CUSTOMER_MESSAGE]) { nodes { at } }").await;
        let away = micros(&back["timeline"]["nodes"][0]["at"]) - micros(&waits["firstResponseAt"]);
        assert!(away >= 3 * HOUR);
        desk.wait(HOUR);
        desk.change("updateCase", &case, json!({ "severity": "HIGH" })).await;
        let clocks = clocks_of(&desk, &case, "FIRST_RESOLUTION").await;
        assert_eq!((clocks.len(), &of(&clocks, &slow)["state"]), (2, &json!("CANCELLED")));
        let clock = of(&clocks, &fast);
        assert_eq!((&clock["state"], &clock["startedAt"]), (&json!("PENDING"), &case["openedAt"]));
        assert_eq!(clock["dueAt"], later(&case["openedAt"], 4 * HOUR + away));

        // What was broken stays broken when the promise is another one again.
        desk.wait(3 * HOUR);
        assert_eq!(desk.announce().await, 1);
        desk.change("updateCase", &case, json!({ "severity": "LOW" })).await;
        let clocks = clocks_of(&desk, &case, "FIRST_RESOLUTION").await;
        assert_eq!(clocks.len(), 2, "the old promise goes on with its own clock");
        let broken = of(&clocks, &fast);
        assert_eq!((&broken["state"], &broken["breach"]["dueAt"]), (&json!("BREACHED"), &clock["dueAt"]));
        assert_eq!(broken["breach"]["endedAt"], broken["endedAt"]);
        let runs = of(&clocks, &slow);
        assert_eq!((&runs["state"], &runs["endedAt"]), (&json!("PENDING"), &Value::Null));
        assert_eq!(runs["dueAt"], later(&case["openedAt"], 5 * DAY + away));
        desk.change("resolveCase", &case, json!({ "message": "A new pot" })).await;
        let clocks = clocks_of(&desk, &case, "FIRST_RESOLUTION").await;
        assert_eq!((&of(&clocks, &slow)["state"], &of(&clocks, &fast)["state"]), (&json!("ACHIEVED"), &json!("BREACHED")));
    }

    async fn given_a_solved_case_when_it_is_reopened_then_the_first_time_is_final_and_the_total_goes_on(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        for (metric, target) in [("FIRST_RESOLUTION", "PT8H"), ("TOTAL_RESOLUTION", "PT8H"), ("NEXT_RESPONSE", "PT1H")] {
            desk.promise(metric, target, json!({})).await;
        }
        let case = desk.case("ada", json!({})).await;
        desk.wait(2 * HOUR);
        let resolved = desk.change("resolveCase", &case, json!({ "message": "Fixed" })).await;
        let solved_at = resolved["resolvedAt"].clone();
        for metric in ["FIRST_RESOLUTION", "TOTAL_RESOLUTION"] {
            let clock = the_clock(&desk, &case, metric).await;
            assert_eq!((&clock["state"], &clock["fulfilledAt"]), (&json!("ACHIEVED"), &solved_at), "{metric}");
        }
        desk.wait(20 * HOUR);
        assert_eq!(desk.announce().await, 0, "solved is solved, for however long");
        let reopened = desk.change("recordCustomerMessage", &case, json!({ "text": "It drips again" })).await;
        assert_eq!((&reopened["status"], &reopened["reopenCount"]), (&json!("OPEN"), &json!(1)));
        let wrote_at = reopened["waitingSince"].clone();
        let first = the_clock(&desk, &case, "FIRST_RESOLUTION").await;
        assert_eq!((&first["state"], &first["fulfilledAt"]), (&json!("ACHIEVED"), &solved_at));
        let total = the_clock(&desk, &case, "TOTAL_RESOLUTION").await;
        assert_eq!((&total["state"], &total["fulfilledAt"], &total["endedAt"]), (&json!("PENDING"), &Value::Null, &Value::Null));
        let solved_for = micros(&wrote_at) - micros(&solved_at);
        assert_eq!(total["dueAt"], later(&case["openedAt"], 8 * HOUR + solved_for));
        let next = the_clock(&desk, &case, "NEXT_RESPONSE").await;
        assert_eq!((&next["instance"], &next["startedAt"]), (&json!(1), &wrote_at));

        desk.wait(7 * HOUR);
        assert_eq!(desk.announce().await, 2, "the reply after one hour, and the whole after eight");
        let total = the_clock(&desk, &case, "TOTAL_RESOLUTION").await;
        assert_eq!((&total["state"], &total["breach"]["dueAt"]), (&json!("BREACHING"), &total["dueAt"]));
        desk.change("resolveCase", &case, json!({ "message": "A new pot" })).await;
        let total = the_clock(&desk, &case, "TOTAL_RESOLUTION").await;
        assert_eq!(total["state"], "BREACHED");
        assert_eq!(the_clock(&desk, &case, "FIRST_RESOLUTION").await["state"], "ACHIEVED");
    }
}
