//! What is refused of calendars and expectations, each with the field that is wrong; and who may change them at all.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, id, office, refused, send, weekdays};
use crate::cases::Desk;
use crate::ingest::calls::{done, mendable, mutate, payload, with};
use crate::on_both_engines;
use crate::promises::at;
use crate::support::TestApp;

/// An expectation that could be drafted.
fn terms() -> Value {
    json!({ "name": "First word", "publicText": "Within four hours.", "metric": "FIRST_RESPONSE", "target": "PT4H" })
}

/// A calendar that could be set up.
fn shop() -> Value {
    json!({ "name": "Shop", "zone": "Europe/Berlin", "hours": [{ "day": "MONDAY", "opens": "09:00", "closes": "10:00" }] })
}

/// Open hours of one day.
fn on(day: &str, opens: &str, closes: &str) -> Value {
    json!({ "day": day, "opens": opens, "closes": closes })
}

/// Holidays on so many Mondays in a row, the first of March 2027 among them; a part of each, or the whole day.
fn mondays(count: i64, closed: &Value) -> Value {
    let first = at("2027-03-01T12:00:00Z");
    let holiday = |week: i64| {
        let day = first.plus_micros(week * 7 * 86_400_000_000).to_string();
        json!({ "date": day[..10], "name": "Closed", "closed": closed })
    };
    (0..count).map(holiday).collect()
}

on_both_engines! {
    async fn given_wrong_calendars_when_they_are_set_up_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let own = office(&desk).await;
        let part = json!({ "from": "09:00", "to": "10:00" });
        let half = json!({ "from": "09:00", "to": "09:30" });
        for (more, expected) in [
            // Never open: no hours, or all of them wiped out by holidays for a year and a day.
            (json!({ "hours": [] }), "hours INVALID"),
            (json!({ "holidays": mondays(54, &Value::Null) }), "holidays INVALID"),
            (json!({ "holidays": mondays(54, &part) }), "holidays INVALID"),
            (json!({ "zone": "Europe/Atlantis" }), "zone INVALID"),
            (json!({ "zone": "" }), "zone INVALID"),
            (json!({ "zone": "Etc/Unknown" }), "zone INVALID"),
            // Overlaps, in the day, over midnight and around the week.
            (json!({ "hours": [on("MONDAY", "09:00", "12:00"), on("MONDAY", "11:59", "17:00")] }), "hours.1.opens INVALID"),
            (json!({ "hours": [on("MONDAY", "10:00", "11:00"), on("MONDAY", "09:00", "12:00")] }), "hours.1.closes INVALID"),
            (json!({ "hours": [on("MONDAY", "22:00", "06:00"), on("FRIDAY", "09:00", "10:00"), on("TUESDAY", "05:00", "07:00")] }), "hours.2.opens INVALID"),
            (json!({ "hours": [on("MONDAY", "00:00", "01:00"), on("SUNDAY", "23:00", "00:30")] }), "hours.1.closes INVALID"),
            // No hours at all.
            (json!({ "hours": [on("MONDAY", "09:00", "09:00")] }), "hours.0.closes INVALID"),
            (json!({ "hours": [on("MONDAY", "24:00", "06:00")] }), "hours.0.opens INVALID"),
            (json!({ "hours": [on("MONDAY", "9:00", "17:00")] }), "hours.0.opens INVALID"),
            (json!({ "hours": [on("MONDAY", "09:00", "24:01")] }), "hours.0.closes INVALID"),
            (json!({ "hours": [on("MONDAY", "09:00", "17:60")] }), "hours.0.closes INVALID"),
            (json!({ "hours": vec![on("MONDAY", "09:00", "17:00"); 51] }), "hours TOO_MANY"),
            (json!({ "holidays": mondays(2_001, &half) }), "holidays TOO_MANY"),
            (json!({ "name": "\u{200b} \u{200d}" }), "name INVALID"),
            (json!({ "holidays": [{ "date": "2027-02-29", "name": "No such day" }] }), "holidays.0.date INVALID"),
            (json!({ "holidays": [{ "date": "2027-03-08", "name": "A day" }, { "date": "8.3.2027", "name": "Another" }] }), "holidays.1.date INVALID"),
            (json!({ "holidays": [{ "date": "2027-03-08", "name": "" }] }), "holidays.0.name INVALID"),
            (json!({ "holidays": [{ "date": "2027-03-08", "name": "A day", "closed": { "from": "12:00", "to": "12:00" } }] }), "holidays.0.closed INVALID"),
            (json!({ "holidays": [{ "date": "2027-03-08", "name": "A day", "closed": { "from": "noon", "to": "13:00" } }] }), "holidays.0.closed.from INVALID"),
            (json!({ "name": "" }), "name INVALID"),
            (json!({ "name": "a\u{0}b" }), "name INVALID"),
            (json!({ "name": "x".repeat(201) }), "name INVALID"),
            (json!({ "name": "Office" }), "name TAKEN"),
            (json!({ "idempotencyKey": "" }), "idempotencyKey INVALID"),
        ] {
            let input = with(shop(), &more);
            assert_eq!(refused(&desk, "createCalendar", input).await, [expected], "{more}");
        }
        // All that is wrong with times and dates is told at once.
        let input = with(shop(), &json!({ "hours": [on("MONDAY", "x", "y")], "holidays": [{ "date": "z", "name": "A day" }] }));
        assert_eq!(refused(&desk, "createCalendar", input).await, ["hours.0.opens INVALID", "hours.0.closes INVALID", "holidays.0.date INVALID"]);
        for (more, expected) in [
            (json!({ "zone": null }), "zone INVALID"),
            (json!({ "hours": null }), "hours INVALID"),
            (json!({ "name": null }), "name INVALID"),
            (json!({ "hours": [] }), "hours INVALID"),
            (json!({ "zone": "Mars/Olympus" }), "zone INVALID"),
        ] {
            let input = with(json!({ "calendarId": own }), &more);
            assert_eq!(refused(&desk, "updateCalendar", input).await, [expected], "{more}");
        }
        // What is hardly ever open is a calendar all the same; hours that touch do not overlap.
        let half_closed = with(shop(), &json!({ "holidays": mondays(54, &half) }));
        act(&desk, "createCalendar", half_closed).await;
        let touching = json!({ "name": "Touching", "zone": "UTC", "hours": [on("MONDAY", "09:00", "12:00"), on("MONDAY", "12:00", "09:00")] });
        act(&desk, "createCalendar", touching).await;
    }

    async fn given_wrong_terms_when_an_expectation_is_drafted_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let draft = id(&act(&desk, "draftExpectation", terms()).await["expectation"]);
        let elsewhere = Desk::open(&app, "coffee").await;
        let not_here = office(&elsewhere).await;
        let many: Vec<String> = (0..51).map(|n| format!("c-{n}")).collect();
        for (more, expected) in [
            (json!({ "target": "PT0S" }), "target OUT_OF_RANGE"),
            (json!({ "target": "P1096D" }), "target OUT_OF_RANGE"),
            (json!({ "warnBefore": "PT4H" }), "warnBefore OUT_OF_RANGE"),
            (json!({ "warnBefore": "PT4H0.000001S" }), "warnBefore OUT_OF_RANGE"),
            (json!({ "warnBefore": "P1D" }), "warnBefore OUT_OF_RANGE"),
            (json!({ "pauseOn": ["WAITING_ON_CUSTOMER"] }), "pauseOn INVALID"),
            (json!({ "pauseOn": ["ON_HOLD"], "metric": "NEXT_RESPONSE" }), "pauseOn INVALID"),
            (json!({ "pauseOn": ["ON_HOLD"], "metric": "TOTAL_RESOLUTION" }), "pauseOn INVALID"),
            (json!({ "pauseOn": ["OPEN"], "metric": "UPDATE" }), "pauseOn INVALID"),
            (json!({ "name": " " }), "name INVALID"),
            (json!({ "name": "x".repeat(121) }), "name TOO_LONG"),
            (json!({ "publicText": "a\u{0}b" }), "publicText INVALID"),
            (json!({ "publicText": "x".repeat(2_001) }), "publicText TOO_LONG"),
            (json!({ "categories": many }), "categories TOO_MANY"),
            (json!({ "channels": ["mail", ""] }), "channels.1 INVALID"),
            (json!({ "name": "\u{200b}\u{feff}" }), "name INVALID"),
            (json!({ "categories": [" \u{2060} "] }), "categories.0 INVALID"),
            (json!({ "categories": ["x".repeat(101)] }), "categories.0 TOO_LONG"),
            (json!({ "calendarId": not_here }), "calendarId NOT_FOUND"),
            (json!({ "calendarId": draft }), "calendarId NOT_FOUND"),
            (json!({ "target": null }), "target INVALID"),
        ] {
            let input = with(terms(), &more);
            assert_eq!(refused(&desk, "draftExpectation", input.clone()).await, [expected], "{more}");
            let input = with(input, &json!({ "expectationId": draft }));
            assert_eq!(refused(&desk, "updateExpectation", input).await, [expected], "{more}");
        }
        let needed = ["name REQUIRED", "publicText REQUIRED", "metric REQUIRED", "target REQUIRED"];
        assert_eq!(refused(&desk, "draftExpectation", json!({})).await, needed);
        let two = with(terms(), &json!({ "target": "PT0S", "name": "" }));
        assert_eq!(refused(&desk, "draftExpectation", two).await, ["name INVALID", "target OUT_OF_RANGE"]);
        // What is no duration at all never becomes an input.
        for wrong in ["soon", "", "P1M", "P1Y", "-PT4H", "PT", "4"] {
            let answer = send(&desk, "draftExpectation", with(terms(), &json!({ "target": wrong }))).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{wrong:?}: {}", answer.body);
            assert!(answer.message().starts_with("input.target: must be a length of time"), "{wrong:?}: {}", answer.body);
            let literal = format!("mutation {{ draftExpectation(input: {{ community: \"tea\", warnBefore: \"{wrong}\" }}) {{ expectation {{ id }} }} }}");
            let answer = desk.client().send(&literal, json!({})).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{wrong:?}: {}", answer.body);
            assert!(answer.message().starts_with("input.warnBefore: must be a length of time"), "{wrong:?}: {}", answer.body);
        }
        for wrong in ["soon", "2027-03-01", "2027-03-01T08:00:00", "2027-02-30T08:00:00Z"] {
            let answer = send(&desk, "publishExpectation", json!({ "expectationId": draft, "effectiveFrom": wrong })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{wrong:?}: {}", answer.body);
            assert!(answer.message().starts_with("input.effectiveFrom: must be an instant"), "{wrong:?}: {}", answer.body);
        }
        for (wrong, field) in [("1969-12-31T23:59:59Z", "effectiveFrom"), ("0001-01-01T00:00:00Z", "effectiveFrom"), ("2999-01-01T00:00:00Z", "effectiveFrom")] {
            let input = json!({ "expectationId": draft, "effectiveFrom": wrong });
            assert_eq!(refused(&desk, "publishExpectation", input).await, [format!("{field} OUT_OF_RANGE")], "{wrong}");
        }
        for (mutation, field, input) in [
            ("draftExpectation", "successorOf", json!({ "successorOf": not_here })),
            ("updateExpectation", "expectationId", json!({ "expectationId": "nonsense" })),
            ("publishExpectation", "expectationId", json!({ "expectationId": not_here })),
            ("retireExpectation", "expectationId", json!({ "expectationId": "" })),
            ("discardExpectation", "expectationId", json!({ "expectationId": not_here })),
        ] {
            assert_eq!(refused(&desk, mutation, input).await, [format!("{field} NOT_FOUND")], "{mutation}");
        }
    }

    async fn given_versions_that_would_hold_at_once_when_one_is_published_then_it_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let first = id(&act(&desk, "draftExpectation", terms()).await["expectation"]);
        act(&desk, "publishExpectation", json!({ "expectationId": first, "effectiveFrom": "2027-02-01T00:00:00Z" })).await;
        let next = id(&act(&desk, "draftExpectation", json!({ "successorOf": first })).await["expectation"]);
        let before = json!({ "expectationId": next, "effectiveFrom": "2027-01-31T23:59:59Z" });
        let refusal = payload(&send(&desk, "publishExpectation", before).await, "publishExpectation");
        assert_eq!(mendable(&refusal), ["effectiveFrom OUT_OF_RANGE"]);
        let message = refusal["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("2027-02-01T00:00:00Z") && message.contains("version 1"), "{message}");
        act(&desk, "publishExpectation", json!({ "expectationId": next, "effectiveFrom": "2027-02-01T00:00:00Z" })).await;
    }

    async fn given_a_calendar_that_has_closed_for_good_when_it_is_promised_by_then_that_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        // Closed for two years, but for the last Monday of February 2028.
        let mut closed = mondays(110, &Value::Null).as_array().unwrap().clone();
        assert_eq!(closed.remove(52)["date"], "2028-02-28");
        let once = json!({ "name": "Once", "zone": "UTC", "hours": [on("MONDAY", "09:00", "10:00")], "holidays": closed });
        let calendar = id(&act(&desk, "createCalendar", once).await["calendar"]);
        let draft = id(&act(&desk, "draftExpectation", with(terms(), &json!({ "calendarId": calendar }))).await["expectation"]);
        app.set_clock("2028-02-28T12:00:00Z");
        let refusal = payload(&send(&desk, "publishExpectation", json!({ "expectationId": draft })).await, "publishExpectation");
        assert_eq!(mendable(&refusal), ["expectationId NOT_ALLOWED_NOW"]);
        assert!(refusal["userErrors"][0]["message"].as_str().unwrap().contains("Once"), "{refusal:#}");
        act(&desk, "updateCalendar", json!({ "calendarId": calendar, "holidays": [] })).await;
        act(&desk, "publishExpectation", json!({ "expectationId": draft })).await;
    }

    async fn given_roles_when_promises_are_changed_then_managers_may_and_agents_may_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let calendar = office(&desk).await;
        let draft = id(&act(&desk, "draftExpectation", terms()).await["expectation"]);
        let calls = [
            ("createCalendar", "calendar { id }", shop()),
            ("updateCalendar", "calendar { id }", json!({ "calendarId": calendar, "hours": weekdays("08:00", "16:00") })),
            ("proposeHolidays", "added", json!({ "calendarId": calendar, "ical": "BEGIN:VCALENDAR\nEND:VCALENDAR" })),
            ("decideHolidays", "calendar { id }", json!({ "calendarId": calendar })),
            ("draftExpectation", "expectation { id }", terms()),
            ("updateExpectation", "expectation { id }", json!({ "expectationId": draft, "target": "PT5H" })),
            ("publishExpectation", "expectation { id }", json!({ "expectationId": draft })),
            ("discardExpectation", "discardedId", json!({ "expectationId": draft })),
            ("retireExpectation", "expectation { id }", json!({ "expectationId": draft })),
        ];
        let agent = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let stranger = elsewhere.beside("Stanley", Role::Admin, Visibility::Private).await;
        let callers = [(app.client(None), "UNAUTHENTICATED"), (viewer.client(), "FORBIDDEN"), (agent.client(), "FORBIDDEN"), (stranger.client(), "NOT_FOUND")];
        for (mutation, selection, input) in &calls {
            for (caller, code) in &callers {
                let answer = mutate(caller, "tea", mutation, selection, input.clone()).await;
                assert_eq!(answer.code(), *code, "{mutation}: {}", answer.body);
                assert!(answer.body["data"][mutation].is_null(), "{mutation}");
            }
        }
        // Who may not change them may read them, from the role VIEWER on.
        let read = "{ community(slug: \"tea\") { calendars { nodes { name } } expectations { nodes { name status target } } holidayProposals { totalCount } } }";
        let seen = viewer.client().ok(read, json!({})).await["community"].clone();
        let expected = json!({
            "calendars": { "nodes": [{ "name": "Office" }] }, "expectations": { "nodes": [{ "name": "First word", "status": "DRAFT", "target": "PT4H" }] },
            "holidayProposals": { "totalCount": 0 },
        });
        assert_eq!(seen, expected);
        assert_eq!(app.client(None).send(read, json!({})).await.code(), "UNAUTHENTICATED");
        assert_eq!(stranger.client().send(read, json!({})).await.code(), "NOT_FOUND");
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(stranger.client().send(node, json!({ "id": draft })).await.code(), "NOT_FOUND");

        let manager = desk.beside("Mia", Role::Manager, Visibility::Public).await;
        let possible = calls.into_iter().filter(|(mutation, ..)| !["decideHolidays", "discardExpectation"].contains(mutation));
        for (mutation, selection, input) in possible {
            let answer = mutate(&manager.client(), "tea", mutation, selection, input).await;
            done(&answer, mutation);
        }
    }
}
