//! Calendars: when they are open, their versions, and which clocks a change touches.

use serde_json::{Value, json};

use super::{act, id, node, office, refused, send, weekdays};
use crate::cases::Desk;
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::promises::{complained, the_clock, told};
use crate::support::TestApp;

/// When a calendar is open between two instants.
async fn open(desk: &Desk<'_>, calendar: &str, from: &str, to: &str) -> Value {
    let selection = format!("... on Calendar {{ openIntervals(from: \"{from}\", to: \"{to}\") {{ from to }} }}");
    node(desk, calendar, &selection).await["openIntervals"].clone()
}

/// The calendars of the community, by name, each with its version.
async fn listed(desk: &Desk<'_>) -> Value {
    let query = "query($slug: String!) { community(slug: $slug) { calendars { totalCount nodes { name version } } } }";
    desk.client().ok(query, json!({ "slug": desk.slug() })).await["community"]["calendars"].clone()
}

on_both_engines! {
    async fn given_hours_and_holidays_when_a_calendar_is_set_up_then_it_is_open_at_those_hours(engine: Engine) {
        let app = TestApp::start(engine).await;
        // Monday at nine in Berlin.
        app.set_clock("2027-03-01T08:00:30Z");
        let desk = Desk::open(&app, "tea").await;
        let mut hours = weekdays("09:00", "12:00").as_array().unwrap().clone();
        hours.extend(weekdays("13:00", "17:30").as_array().unwrap().clone());
        // The night shift ends on Sunday; on Sunday evening it is open until midnight.
        hours.push(json!({ "day": "SATURDAY", "opens": "22:00", "closes": "06:00" }));
        hours.push(json!({ "day": "SUNDAY", "opens": "20:00", "closes": "24:00" }));
        let holidays = json!([
            { "date": "2027-03-02", "name": "Stocktaking", "closed": { "from": "10:00", "to": "14:00:30" } },
            { "date": "2027-03-03", "name": "Spring <day>", "closed": null },
        ]);
        let input = json!({ "name": "Shop", "zone": "Europe/Berlin", "hours": hours, "holidays": holidays });
        let calendar = act(&desk, "createCalendar", input).await["calendar"].clone();
        assert_eq!((&calendar["name"], &calendar["version"], &calendar["zone"]), (&json!("Shop"), &json!(1), &json!("Europe/Berlin")));
        assert_eq!((&calendar["hours"], &calendar["holidays"]), (&json!(hours), &holidays));
        assert_eq!(calendar["supersededAt"], Value::Null);

        let calendar = id(&calendar);
        let monday = json!([
            { "from": "2027-03-01T08:00:00Z", "to": "2027-03-01T11:00:00Z" }, { "from": "2027-03-01T12:00:00Z", "to": "2027-03-01T16:30:00Z" },
        ]);
        assert_eq!(open(&desk, &calendar, "2027-02-28T23:00:00Z", "2027-03-01T23:00:00Z").await, monday);
        let tuesday_and_wednesday = json!([
            { "from": "2027-03-02T08:00:00Z", "to": "2027-03-02T09:00:00Z" }, { "from": "2027-03-02T13:00:30Z", "to": "2027-03-02T16:30:00Z" },
        ]);
        assert_eq!(open(&desk, &calendar, "2027-03-01T23:00:00Z", "2027-03-03T23:00:00Z").await, tuesday_and_wednesday);
        let weekend = json!([
            { "from": "2027-03-06T21:00:00Z", "to": "2027-03-07T05:00:00Z" }, { "from": "2027-03-07T19:00:00Z", "to": "2027-03-07T23:00:00Z" },
        ]);
        assert_eq!(open(&desk, &calendar, "2027-03-05T23:00:00Z", "2027-03-07T23:00:00Z").await, weekend);
        // Cut at both ends; nothing in no time.
        let cut = json!([{ "from": "2027-03-01T09:00:00Z", "to": "2027-03-01T10:00:00Z" }]);
        assert_eq!(open(&desk, &calendar, "2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z").await, cut);
        assert_eq!(open(&desk, &calendar, "2027-03-01T09:00:00Z", "2027-03-01T09:00:00Z").await, json!([]));
        assert_eq!(node(&desk, &calendar, "... on Calendar { openNow }").await["openNow"], true);
        app.set_clock("2027-03-01T11:30:00Z");
        assert_eq!(node(&desk, &calendar, "... on Calendar { openNow }").await["openNow"], false);
    }

    async fn given_a_calendar_when_it_changes_then_there_is_another_version_and_the_old_one_stays(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let first = office(&desk).await;
        let other = json!({ "name": "Always", "zone": "UTC", "hours": [{ "day": "MONDAY", "opens": "00:00", "closes": "24:00" }] });
        act(&desk, "createCalendar", other).await;
        let changed = act(&desk, "updateCalendar", json!({ "calendarId": first, "hours": weekdays("08:00", "12:00") })).await["calendar"].clone();
        assert_eq!((&changed["version"], &changed["name"], &changed["hours"]), (&json!(2), &json!("Office"), &weekdays("08:00", "12:00")));
        assert_ne!(id(&changed), first);
        let old = node(&desk, &first, "... on Calendar { version hours { day opens closes } supersededAt }").await;
        assert_eq!((&old["version"], &old["hours"]), (&json!(1), &weekdays("09:00", "17:00")));
        assert!(old["supersededAt"].is_string());

        // Any version names the calendar. What is so already makes no other version.
        let named = act(&desk, "updateCalendar", json!({ "calendarId": first, "name": "Desk", "zone": "Europe/London" })).await["calendar"].clone();
        assert_eq!((&named["version"], &named["zone"]), (&json!(3), &json!("Europe/London")));
        let same = act(&desk, "updateCalendar", json!({ "calendarId": first, "name": "Desk", "holidays": null })).await["calendar"].clone();
        assert_eq!(same, named);
        let versions = node(&desk, &first, "... on Calendar { versions { totalCount nodes { version name } } }").await["versions"].clone();
        let expected = json!([{ "version": 3, "name": "Desk" }, { "version": 2, "name": "Office" }, { "version": 1, "name": "Office" }]);
        assert_eq!((&versions["totalCount"], &versions["nodes"]), (&json!(3), &expected));
        let expected = json!({ "totalCount": 2, "nodes": [{ "name": "Always", "version": 1 }, { "name": "Desk", "version": 3 }] });
        assert_eq!(listed(&desk).await, expected);

        // A name is taken while a calendar goes by it, and free again after.
        assert_eq!(refused(&desk, "updateCalendar", json!({ "calendarId": first, "name": "Always" })).await, ["name TAKEN"]);
        office(&desk).await;
        assert_eq!(listed(&desk).await["nodes"][2], json!({ "name": "Office", "version": 1 }));
    }

    async fn given_running_clocks_when_a_calendar_changes_then_only_later_ones_go_by_it_unless_it_is_reapplied(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:30:00Z");
        let desk = Desk::open(&app, "tea").await;
        let calendar = office(&desk).await;
        desk.promise("FIRST_RESPONSE", "PT4H", json!({ "calendarId": calendar })).await;
        let case = complained(&desk, "ada", "t-1", "2027-03-01T08:00:00Z", json!({})).await;
        assert_eq!(case["nextDueAt"], "2027-03-01T12:00:00Z");
        act(&desk, "updateCalendar", json!({ "calendarId": calendar, "hours": weekdays("09:00", "11:00") })).await;

        // The one that runs is due as before, also when something else happens to its case; a later one goes by the new hours.
        let noted = desk.change("addCaseNote", &case, json!({ "text": "A note" })).await;
        assert_eq!(noted["nextDueAt"], "2027-03-01T12:00:00Z");
        let moved = desk.change("updateCase", &case, json!({ "severity": "HIGH" })).await;
        assert_eq!(moved["nextDueAt"], "2027-03-01T12:00:00Z", "the promise that was given covers it still");
        let other = complained(&desk, "bob", "t-2", "2027-03-01T08:00:00Z", json!({})).await;
        assert_eq!(other["nextDueAt"], "2027-03-02T10:00:00Z", "two hours today, two tomorrow");

        let applied = desk.change("reapplyExpectations", &case, json!({})).await;
        assert_eq!(applied["nextDueAt"], "2027-03-02T10:00:00Z");
        let clocks = desk.clocks(&case, "state startedAt").await;
        let mut states: Vec<Value> = clocks.iter().map(|clock| json!([clock["state"], clock["startedAt"]])).collect();
        states.sort_by_key(ToString::to_string);
        assert_eq!(states, [json!(["CANCELLED", "2027-03-01T08:00:00Z"]), json!(["PENDING", "2027-03-01T08:00:00Z"])]);
        let chosen = desk.read(&case, "timeline(kinds: [PROMISES_CHOSEN]) { nodes { at audience staff { name } } }").await["timeline"]["nodes"].clone();
        assert_eq!(chosen.as_array().unwrap().len(), 2, "it is on record, with who did it");
        assert_eq!((&chosen[1]["audience"], &chosen[1]["staff"]["name"]), (&json!("INTERNAL"), &json!("Agnes")));
        assert_eq!(told(&desk, &case, &["CLOCK_ACTIVATED", "CLOCK_CANCELLED"]).await.len(), 3);
        let again = desk.change("reapplyExpectations", &case, json!({})).await;
        assert_eq!(again["version"], applied["version"], "they are applied already");
        assert_eq!(the_clock(&desk, &other, "FIRST_RESPONSE").await["state"], "PENDING");
    }

    async fn given_a_key_when_the_same_calendar_is_asked_for_again_then_there_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let input = json!({ "name": "Office", "zone": "UTC", "hours": weekdays("09:00", "17:00"), "idempotencyKey": "k-1" });
        let first = act(&desk, "createCalendar", input.clone()).await;
        assert_eq!(act(&desk, "createCalendar", input.clone()).await, first);
        let change = json!({ "calendarId": first["calendar"]["id"], "zone": "Europe/Berlin", "idempotencyKey": "k-2" });
        let changed = act(&desk, "updateCalendar", change.clone()).await;
        assert_eq!(act(&desk, "updateCalendar", change.clone()).await, changed);
        for (mutation, input, other) in [
            ("createCalendar", &input, json!({ "zone": "Europe/Berlin" })),
            ("updateCalendar", &change, json!({ "zone": "Europe/London" })),
            ("updateCalendar", &change, json!({ "idempotencyKey": "k-1" })),
        ] {
            let input = with(input.clone(), &other);
            assert_eq!(send(&desk, mutation, input).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation} {other}");
        }
        assert_eq!(listed(&desk).await, json!({ "totalCount": 1, "nodes": [{ "name": "Office", "version": 2 }] }));
    }
}
