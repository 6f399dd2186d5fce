//! Telling of warnings and breaches: once, whoever tells, and with the times at which it was so, however late it is told.

use rapport::features::cases::announce;
use serde_json::{Value, json};

use super::{DAY, announced, at, complained, the_clock, told};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::support::TestApp;

const ANNOUNCED: [&str; 4] = ["CLOCK_WARNED", "CLOCK_BREACHED", "FOLLOW_UP_DUE", "FOLLOW_UP_MISSED"];

on_both_engines! {
    async fn given_a_promise_when_its_times_come_then_each_is_told_once_at_its_instant_and_not_before(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:30Z");
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        let (warning, due) = (at("2027-03-01T08:45:00Z"), at("2027-03-01T09:00:00Z"));
        let steps = [
            (warning.plus_micros(-1), 0), (warning, 1), (warning, 0),
            // Due this very instant is not late.
            (due, 0), (due.plus_micros(1), 1), (due.plus_micros(1), 0), (due.plus_micros(DAY), 0),
        ];
        for (now, expected) in steps {
            assert_eq!(app.announce_by(now).await, expected, "{now}");
        }
        assert_eq!(told(&desk, &case, &ANNOUNCED).await, ["CLOCK_WARNED 2027-03-01T08:45:00Z", "CLOCK_BREACHED 2027-03-01T09:00:00Z"]);
        assert_eq!(announced(&desk).await, ["clock.warned", "clock.breached"]);
        let read = desk.read(&case, "breaches { dueAt detectedAt endedAt overrun }").await;
        let expected = json!([{ "dueAt": "2027-03-01T09:00:00Z", "detectedAt": "2027-03-01T09:00:00.000001Z", "endedAt": null, "overrun": null }]);
        assert_eq!(read["breaches"], expected);
    }

    async fn given_several_announcers_when_they_run_at_once_then_each_thing_is_told_by_one_of_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:30Z");
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        for n in 0..12 {
            complained(&desk, &format!("m-{n}"), &format!("t-{n}"), "2027-03-01T08:00:00Z", json!({})).await;
        }
        let now = at("2027-03-01T12:00:00Z");
        let announcers = (0..4).map(|_announcer| {
            let app = app.app.clone();
            tokio::spawn(async move { announce::run_once(&app, now).await.unwrap() })
        });
        let counts = futures_util::future::join_all(announcers).await;
        let all: usize = counts.into_iter().map(|count| count.unwrap()).sum();
        assert_eq!(all, 24, "twelve warnings and twelve breaches");
        assert_eq!(app.announce_by(now).await, 0);

        let events = announced(&desk).await;
        let of = |name: &str| events.iter().filter(|event| *event == name).count();
        assert_eq!((of("clock.warned"), of("clock.breached"), events.len()), (12, 12, 24));
        let query = "{ community(slug: \"tea\") { cases(first: 50) { nodes { breaches { id } timeline(kinds: [CLOCK_WARNED, CLOCK_BREACHED]) { nodes { kind at } } } } } }";
        let cases = desk.client().ok(query, json!({})).await["community"]["cases"]["nodes"].clone();
        assert_eq!(cases.as_array().unwrap().len(), 12);
        let expected = json!([
            { "kind": "CLOCK_WARNED", "at": "2027-03-01T08:45:00Z" },
            { "kind": "CLOCK_BREACHED", "at": "2027-03-01T09:00:00Z" },
        ]);
        for case in cases.as_array().unwrap() {
            assert_eq!((&case["timeline"]["nodes"], case["breaches"].as_array().unwrap().len()), (&expected, 1));
        }
    }

    async fn given_days_without_an_announcer_when_one_runs_then_all_is_made_up_for_with_the_right_times(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:05:00Z");
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        desk.promise("TOTAL_RESOLUTION", "P1D", json!({ "warnBefore": "PT6H" })).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        let follow_up = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Call Ada", "dueAt": "2027-03-02T12:00:00Z" });
        desk.act("scheduleFollowUp", follow_up).await;

        app.set_clock("2027-03-05T10:00:00Z");
        // Whoever reads in the meantime sees how it stands all the same.
        assert_eq!(the_clock(&desk, &case, "FIRST_RESPONSE").await["state"], "BREACHING");
        assert!(told(&desk, &case, &ANNOUNCED).await.is_empty());
        assert_eq!(desk.announce().await, 6);
        assert_eq!(desk.announce().await, 0);
        let expected = [
            "CLOCK_WARNED 2027-03-01T08:45:00Z",
            "CLOCK_BREACHED 2027-03-01T09:00:00Z",
            // The day begins where the community lives.
            "FOLLOW_UP_DUE 2027-03-01T23:00:00Z",
            "CLOCK_WARNED 2027-03-02T02:00:00Z",
            "CLOCK_BREACHED 2027-03-02T08:00:00Z",
            "FOLLOW_UP_MISSED 2027-03-02T12:00:00Z",
        ];
        assert_eq!(told(&desk, &case, &ANNOUNCED).await, expected);

        let read = format!("breaches {{ dueAt detectedAt }} timeline(kinds: [{}]) {{ nodes {{ recordedAt actor }} }}", ANNOUNCED.join(", "));
        let read = desk.read(&case, &read).await;
        for entry in read["timeline"]["nodes"].as_array().unwrap() {
            assert!(entry["recordedAt"].as_str().unwrap().starts_with("2027-03-05T10:0"), "{entry}");
            assert_eq!(entry["actor"], "system:clock");
        }
        let due: Vec<&Value> = read["breaches"].as_array().unwrap().iter().map(|breach| &breach["dueAt"]).collect();
        assert_eq!(due, [&json!("2027-03-02T08:00:00Z"), &json!("2027-03-01T09:00:00Z")], "the latest due first");
        assert!(read["breaches"][0]["detectedAt"].as_str().unwrap().starts_with("2027-03-05T10:0"));
    }

    async fn given_a_case_that_is_worked_before_anybody_told_when_it_changes_then_what_was_missed_is_told_with_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:05:00Z");
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        app.set_clock("2027-03-01T10:00:00Z");
        desk.change("respondToCase", &case, json!({ "text": "We are sorry" })).await;
        let expected = ["CLOCK_WARNED 2027-03-01T08:45:00Z", "CLOCK_BREACHED 2027-03-01T09:00:00Z"];
        assert_eq!(told(&desk, &case, &ANNOUNCED).await, expected);
        let clock = the_clock(&desk, &case, "FIRST_RESPONSE").await;
        assert_eq!((&clock["state"], &clock["breach"]["dueAt"]), (&json!("BREACHED"), &json!("2027-03-01T09:00:00Z")));
        assert_eq!(clock["breach"]["endedAt"], clock["fulfilledAt"]);
        assert_eq!(desk.announce().await, 0, "it was told already");
        assert_eq!(announced(&desk).await, ["clock.warned", "clock.breached"]);
        assert_eq!(told(&desk, &case, &ANNOUNCED).await, expected);
    }

    async fn given_clocks_that_stand_still_or_have_ended_when_time_goes_on_then_nothing_is_told_of_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:05:00Z");
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT15M" })).await;
        desk.promise("TOTAL_RESOLUTION", "P1D", json!({ "warnBefore": "PT6H" })).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        desk.change("changeCaseStatus", &case, json!({ "to": "WAITING_ON_CUSTOMER", "message": "Which pot is it?" })).await;
        app.set_clock("2027-03-08T08:00:00Z");
        assert_eq!(desk.announce().await, 0);
        assert_eq!(the_clock(&desk, &case, "FIRST_RESPONSE").await["state"], "ACHIEVED");
        let clock = the_clock(&desk, &case, "TOTAL_RESOLUTION").await;
        assert_eq!((&clock["state"], &clock["dueAt"], &clock["warnAt"]), (&json!("PENDING"), &Value::Null, &Value::Null));
        desk.change("resolveCase", &case, json!({})).await;
        app.set_clock("2027-03-15T08:00:00Z");
        assert_eq!(desk.announce().await, 0);
        assert_eq!(the_clock(&desk, &case, "TOTAL_RESOLUTION").await["state"], "ACHIEVED");
        assert!(told(&desk, &case, &ANNOUNCED).await.is_empty());
    }

    async fn given_two_communities_when_the_time_comes_then_each_is_told_its_own(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:30Z");
        let (tea, coffee) = (Desk::open(&app, "tea").await, Desk::open(&app, "coffee").await);
        tea.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
        coffee.promise("FIRST_RESPONSE", "PT2H", json!({})).await;
        let at_tea = complained(&tea, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        let at_coffee = complained(&coffee, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        assert_eq!(app.announce_by(at("2027-03-01T09:30:00Z")).await, 1);
        assert_eq!((announced(&tea).await.len(), announced(&coffee).await.len()), (1, 0));
        assert_eq!(app.announce_by(at("2027-03-01T10:30:00Z")).await, 1);
        assert_eq!(told(&tea, &at_tea, &ANNOUNCED).await, ["CLOCK_BREACHED 2027-03-01T09:00:00Z"]);
        assert_eq!(told(&coffee, &at_coffee, &ANNOUNCED).await, ["CLOCK_BREACHED 2027-03-01T10:00:00Z"]);
    }
}
