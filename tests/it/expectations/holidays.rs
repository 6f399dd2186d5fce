//! Holidays from iCalendar files: proposed, decided on once, and told line by line where a file is wrong.

use serde_json::{Value, json};

use super::{act, id, node, office, refused, send, weekdays};
use crate::cases::Desk;
use crate::ingest::calls::{mendable, payload};
use crate::on_both_engines;
use crate::promises::complained;
use crate::support::TestApp;

const GOOD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tea//Holidays//EN\r\n\
BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Easter Monday\r\nDTSTART;VALUE=DATE:20270329\r\nDTEND;VALUE=DATE:20270330\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Christmas\\, every\r\n  year\r\nDTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:Christmas Eve\r\nDTSTART;TZID=Europe/Berlin:20271224T120000\r\nDURATION:PT12H\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

const BAD: [&str; 22] = [
    "BEGIN:VCALENDAR",
    "BEGIN:VEVENT",
    "SUMMARY:Without a day",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "SUMMARY:May Day",
    "DTSTART;VALUE=DATE:20270501",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "SUMMARY:No such day",
    "DTSTART;VALUE=DATE:20270231",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "SUMMARY without a colon",
    "DTSTART;VALUE=DATE:20270601",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "SUMMARY:Every month",
    "DTSTART;VALUE=DATE:20270701",
    "RRULE:FREQ=MONTHLY",
    "END:VEVENT",
    "END:VCALENDAR",
];

/// Reads a file for a calendar; what came of it.
async fn propose(desk: &Desk<'_>, calendar: &str, ical: &str) -> Value {
    act(desk, "proposeHolidays", json!({ "calendarId": calendar, "ical": ical })).await
}

/// Proposals as `date name`, in their order.
fn days(proposals: &Value) -> Vec<String> {
    let day = |proposal: &Value| {
        let holiday = &proposal["holiday"];
        format!("{} {}", holiday["date"].as_str().unwrap(), holiday["name"].as_str().unwrap())
    };
    proposals.as_array().unwrap().iter().map(day).collect()
}

/// The proposals of a status in the community's list, as `date name`.
async fn listed(desk: &Desk<'_>, status: &str) -> Vec<String> {
    let query = format!(
        "query($slug: String!) {{ community(slug: $slug) {{ holidayProposals(status: {status}) {{ nodes {{ holiday {{ date name }} }} }} }} }}"
    );
    let found = desk.client().ok(&query, json!({ "slug": desk.slug() })).await;
    days(&found["community"]["holidayProposals"]["nodes"])
}

/// A community with an office, on the first of March 2027.
async fn given_an_office(app: &TestApp) -> (Desk<'_>, String) {
    app.set_clock("2027-03-01T08:00:00Z");
    let desk = Desk::open(app, "tea").await;
    let calendar = office(&desk).await;
    (desk, calendar)
}

on_both_engines! {
    async fn given_a_file_when_it_is_read_then_its_days_are_proposed_once_and_count_for_nothing_yet(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, calendar) = given_an_office(&app).await;
        let read = propose(&desk, &calendar, GOOD).await;
        assert_eq!((&read["added"], &read["problems"]), (&json!(8), &json!([])));
        let expected = [
            "2027-03-29 Easter Monday", "2027-12-24 Christmas Eve", "2027-12-25 Christmas, every year", "2028-12-25 Christmas, every year",
            "2029-12-25 Christmas, every year", "2030-12-25 Christmas, every year", "2031-12-25 Christmas, every year", "2032-12-25 Christmas, every year",
        ];
        assert_eq!(days(&read["proposals"]), expected);
        let eve = &read["proposals"][1];
        assert_eq!(eve["holiday"]["closed"], json!({ "from": "12:00", "to": "24:00" }));
        assert_eq!((&eve["status"], &eve["decidedAt"], &eve["calendar"]["id"]), (&json!("PROPOSED"), &Value::Null, &json!(calendar)));
        assert_eq!(read["proposals"][0]["holiday"]["closed"], Value::Null, "the whole day");

        let again = propose(&desk, &calendar, GOOD).await;
        assert_eq!((&again["added"], &again["proposals"]), (&json!(0), &read["proposals"]));
        assert_eq!(listed(&desk, "PROPOSED").await, expected);
        let present = node(&desk, &calendar, "... on Calendar { version holidays { date } supersededAt }").await;
        assert_eq!(present, json!({ "version": 1, "holidays": [], "supersededAt": null }));
    }

    async fn given_proposals_when_they_are_decided_on_then_all_that_are_approved_come_in_as_one_version(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, calendar) = given_an_office(&app).await;
        desk.promise("FIRST_RESPONSE", "PT9H", json!({ "calendarId": calendar })).await;
        app.set_clock("2027-03-26T08:30:00Z");
        let before = complained(&desk, "ada", "t-1", "2027-03-26T08:00:00Z", json!({})).await;
        let read = propose(&desk, &calendar, GOOD).await["proposals"].clone();
        let decision = json!({ "calendarId": calendar, "approve": [read[0]["id"], read[1]["id"]], "decline": [read[2]["id"]] });
        let decided = act(&desk, "decideHolidays", decision.clone()).await["calendar"].clone();
        assert_eq!((&decided["version"], &decided["name"]), (&json!(2), &json!("Office")));
        let expected = json!([
            { "date": "2027-03-29", "name": "Easter Monday", "closed": null },
            { "date": "2027-12-24", "name": "Christmas Eve", "closed": { "from": "12:00", "to": "24:00" } },
        ]);
        assert_eq!(decided["holidays"], expected);
        assert_eq!(listed(&desk, "APPROVED").await, ["2027-03-29 Easter Monday", "2027-12-24 Christmas Eve"]);
        assert_eq!(listed(&desk, "DECLINED").await, ["2027-12-25 Christmas, every year"]);

        // What is decided on is decided on: the same again comes too late, and so does another one.
        assert_eq!(refused(&desk, "decideHolidays", decision).await, ["approve.0 NOT_ALLOWED_NOW"]);
        let other = json!({ "calendarId": calendar, "approve": [read[2]["id"]] });
        assert_eq!(refused(&desk, "decideHolidays", other).await, ["approve.0 NOT_ALLOWED_NOW"]);
        let other = json!({ "calendarId": calendar, "decline": [read[3]["id"], read[0]["id"]] });
        assert_eq!(refused(&desk, "decideHolidays", other).await, ["decline.1 NOT_ALLOWED_NOW"]);
        // What is in the calendar is not proposed again; what was declined stays so.
        let again = propose(&desk, &calendar, GOOD).await;
        assert_eq!((&again["added"], again["proposals"].as_array().unwrap().len()), (&json!(0), 6));
        assert_eq!(again["proposals"][0]["status"], "DECLINED");

        // Friday at nine, nine hours: an hour after the weekend, which is longer for who complains now.
        let after = complained(&desk, "ada", "t-2", "2027-03-26T08:00:00Z", json!({})).await;
        assert_eq!((&before["nextDueAt"], &after["nextDueAt"]), (&json!("2027-03-29T08:00:00Z"), &json!("2027-03-30T08:00:00Z")));
        assert_eq!(desk.read(&before, "nextDueAt").await["nextDueAt"], before["nextDueAt"]);
    }

    async fn given_a_holiday_that_was_taken_out_of_the_calendar_when_it_is_proposed_again_then_it_can_be_approved_again(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, calendar) = given_an_office(&app).await;
        let easter = propose(&desk, &calendar, GOOD).await["proposals"][0].clone();
        let approve = json!({ "calendarId": calendar, "approve": [easter["id"]] });
        act(&desk, "decideHolidays", approve.clone()).await;
        act(&desk, "updateCalendar", json!({ "calendarId": calendar, "holidays": [] })).await;

        assert_eq!(refused(&desk, "decideHolidays", approve.clone()).await, ["approve.0 NOT_ALLOWED_NOW"], "it is decided on still");
        let again = propose(&desk, &calendar, GOOD).await;
        assert_eq!((&again["added"], &again["proposals"][0]["id"]), (&json!(1), &easter["id"]));
        assert_eq!((&again["proposals"][0]["status"], &again["proposals"][0]["decidedAt"]), (&json!("PROPOSED"), &Value::Null));
        assert_eq!(propose(&desk, &calendar, GOOD).await["added"], 0);
        let decided = act(&desk, "decideHolidays", approve).await["calendar"].clone();
        let expected = json!([{ "date": "2027-03-29", "name": "Easter Monday", "closed": null }]);
        assert_eq!((&decided["version"], &decided["holidays"]), (&json!(4), &expected));
        assert_eq!(propose(&desk, &calendar, GOOD).await["added"], 0, "it is in the calendar");
    }

    async fn given_a_file_with_errors_when_it_is_read_then_each_is_told_by_its_line_and_the_rest_is_proposed(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, calendar) = given_an_office(&app).await;
        let read = propose(&desk, &calendar, &BAD.join("\n")).await;
        assert_eq!((days(&read["proposals"]), &read["added"]), (vec!["2027-05-01 May Day".to_owned()], &json!(1)));
        let problems = read["problems"].as_array().unwrap();
        let lines: Vec<i64> = problems.iter().map(|problem| problem["line"].as_i64().unwrap()).collect();
        assert_eq!(lines, [2, 11, 14, 20], "{problems:#?}");
        assert!(problems[0]["message"].as_str().unwrap().contains("no DTSTART"), "{problems:#?}");
        assert!(problems[1]["message"].as_str().unwrap().contains("20270231"), "{problems:#?}");
        assert!(problems[3]["message"].as_str().unwrap().contains("FREQ=YEARLY"), "{problems:#?}");

        for (file, line) in [("", 1), ("<script>alert(1)</script>", 1), ("BEGIN:VEVENT\nEND:VEVENT", 1), ("\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT", 4)] {
            let read = propose(&desk, &calendar, file).await;
            assert_eq!((&read["proposals"], &read["problems"][0]["line"]), (&json!([]), &json!(line)), "{file:?} {read:#}");
        }
        assert_eq!(listed(&desk, "PROPOSED").await, ["2027-05-01 May Day"]);
    }

    async fn given_holidays_that_leave_nothing_open_when_they_are_approved_then_nothing_is_changed(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T18:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let mondays = json!({ "name": "Mondays", "zone": "Europe/Berlin", "hours": [{ "day": "MONDAY", "opens": "09:00", "closes": "10:00" }] });
        let calendar = id(&act(&desk, "createCalendar", mondays).await["calendar"]);
        let year = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Closed\nDTSTART;VALUE=DATE:20270302\nDTEND;VALUE=DATE:20280302\nEND:VEVENT\nEND:VCALENDAR";
        let read = propose(&desk, &calendar, year).await;
        assert_eq!((&read["added"], &read["problems"]), (&json!(366), &json!([])));
        let all: Vec<&Value> = read["proposals"].as_array().unwrap().iter().map(|proposal| &proposal["id"]).collect();
        let decision = json!({ "calendarId": calendar, "approve": all });
        assert_eq!(refused(&desk, "decideHolidays", decision).await, ["approve INVALID"]);
        assert_eq!(node(&desk, &calendar, "... on Calendar { version supersededAt }").await, json!({ "version": 1, "supersededAt": null }));
        assert!(listed(&desk, "APPROVED").await.is_empty());
        // All but one Monday can be closed.
        let decision = json!({ "calendarId": calendar, "approve": &all[7..], "decline": &all[..7] });
        assert_eq!(act(&desk, "decideHolidays", decision).await["calendar"]["version"], 2);
    }

    async fn given_decisions_that_make_no_sense_when_they_are_sent_then_each_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, calendar) = given_an_office(&app).await;
        let (one, two) = {
            let read = propose(&desk, &calendar, GOOD).await["proposals"].clone();
            (id(&read[0]), id(&read[1]))
        };
        let other = json!({ "name": "Other", "zone": "UTC", "hours": weekdays("09:00", "17:00") });
        let other = id(&act(&desk, "createCalendar", other).await["calendar"]);
        let elsewhere = Desk::open(&app, "coffee").await;
        let not_here = office(&elsewhere).await;
        for (input, expected) in [
            (json!({ "calendarId": calendar }), "approve REQUIRED"),
            (json!({ "calendarId": calendar, "approve": [], "decline": [] }), "approve REQUIRED"),
            (json!({ "calendarId": calendar, "approve": [one], "decline": [two, one] }), "decline.1 INVALID"),
            (json!({ "calendarId": other, "approve": [one] }), "approve.0 NOT_FOUND"),
            (json!({ "calendarId": calendar, "approve": [one, calendar] }), "approve.1 NOT_FOUND"),
            (json!({ "calendarId": calendar, "decline": ["nonsense"] }), "decline.0 NOT_FOUND"),
            (json!({ "calendarId": not_here, "approve": [one] }), "calendarId NOT_FOUND"),
        ] {
            assert_eq!(refused(&desk, "decideHolidays", input.clone()).await, [expected], "{input}");
        }
        let too_long = format!("BEGIN:VCALENDAR\n{}", "X".repeat(1 << 20));
        for (input, expected) in [
            (json!({ "calendarId": calendar, "ical": too_long }), "ical TOO_LONG"),
            (json!({ "calendarId": not_here, "ical": GOOD }), "calendarId NOT_FOUND"),
            (json!({ "calendarId": one, "ical": GOOD }), "calendarId NOT_FOUND"),
        ] {
            let answer = send(&desk, "proposeHolidays", input).await;
            let payload = payload(&answer, "proposeHolidays");
            assert_eq!((mendable(&payload), &payload["proposals"]), (vec![expected.to_owned()], &json!([])));
        }
        assert_eq!(listed(&desk, "PROPOSED").await.len(), 8);
    }

    async fn given_a_key_when_a_file_or_a_decision_is_sent_again_then_it_counts_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, calendar) = given_an_office(&app).await;
        let file = json!({ "calendarId": calendar, "ical": GOOD, "idempotencyKey": "k-1" });
        let first = act(&desk, "proposeHolidays", file.clone()).await;
        assert_eq!(act(&desk, "proposeHolidays", file).await, first);
        let other = json!({ "calendarId": calendar, "ical": BAD.join("\n"), "idempotencyKey": "k-1" });
        assert_eq!(send(&desk, "proposeHolidays", other).await.code(), "IDEMPOTENCY_KEY_REUSED");
        let decision = json!({ "calendarId": calendar, "approve": [first["proposals"][0]["id"]], "idempotencyKey": "k-2" });
        let decided = act(&desk, "decideHolidays", decision.clone()).await;
        assert_eq!(act(&desk, "decideHolidays", decision).await, decided);
        let other = json!({ "calendarId": calendar, "decline": [first["proposals"][0]["id"]], "idempotencyKey": "k-2" });
        assert_eq!(send(&desk, "decideHolidays", other).await.code(), "IDEMPOTENCY_KEY_REUSED");
    }
}
