//! `rapport import cases` and `rapport expectations apply`, as a program of its own: cases of the past keep their times and are
//! replayed by the rules of today.

use std::fs;
use std::path::Path;

use entity::{Visibility, event};
use sea_orm::{ColumnTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{Desk, text};
use crate::ingest::calls::{Ran, count, program, run, with};
use crate::ingest::import::{rejected, reported};
use crate::on_both_engines;
use crate::support::TestApp;

const PROMISES: &str = r#"
[[calendars]]
name = "Desk"
zone = "UTC"
hours = [{ days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"], opens = "09:00", closes = "17:00" }]

[[expectations]]
name = "Answered"
publicText = "We answer within two working hours."
metric = "FIRST_RESPONSE"
target = "PT2H"
warnBefore = "PT1H"
calendar = "Desk"
effectiveFrom = "2015-01-01T00:00:00Z"

[[expectations]]
name = "Solved"
publicText = "We solve what is severe within a day."
metric = "TOTAL_RESOLUTION"
target = "P1D"
severities = ["HIGH", "CRITICAL"]
effectiveFrom = "2015-01-01T00:00:00Z"
"#;

/// The mapping that the documentation gives.
const MAPPING: &str = include_str!("../../../docs/examples/incident-log.toml");
/// The promises that the documentation gives.
const DOCUMENTED_PROMISES: &str = include_str!("../../../docs/examples/expectations.toml");

const HEAD: &str = "number,incident_state,caller_id,opened_at,sys_updated_at,contact_type,category,subcategory,u_symptom,priority,\
                    assignment_group,assigned_to,made_sla,closed_code,resolved_by,resolved_at,closed_at";

/// A row of an incident log.
fn row(number: &str, state: &str, opened: &str, seen: &str, priority: &str, person: &str) -> String {
    format!(
        "{number},{state},Caller 7,{opened},{seen},Phone,Category 5,Sub 7,?,{priority},Group 6,{person},true,?,?,9/9/2016 11:29,9/9/2016 12:00"
    )
}

fn import(app: &TestApp, folder: &Path, file: &str, more: &[&str]) -> Ran {
    run(program(folder, app.database_url())
        .args(["import", "cases", file, "--community", "tea"])
        .args(more))
}

fn promise(app: &TestApp, folder: &Path, text: &str) -> Ran {
    fs::write(folder.join("promises.toml"), text).unwrap();
    run(program(folder, app.database_url()).args(["expectations", "apply", "promises.toml", "--community", "tea"]))
}

/// A case in JSON Lines; a Monday unless another day is given.
fn case(id: &str, more: &Value) -> String {
    let case = json!({
        "type": "case", "source": "desk", "externalId": id, "member": "ada", "subject": format!("Case {id}"), "severity": "HIGH",
        "visibility": "PUBLIC", "openedAt": "2024-06-03T10:00:00Z",
    });
    with(case, more).to_string()
}

on_both_engines! {
    async fn given_promises_when_cases_of_the_past_come_in_then_clocks_ran_at_the_time(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let folder = tempfile::tempdir().unwrap();
        let applied = promise(&app, folder.path(), PROMISES);
        assert!(applied.success, "{applied:?}");
        let events = json!([
            { "at": "2024-06-03T10:30:00Z", "assignee": "agnes@desk.example" },
            { "at": "2024-06-03T10:30:00Z", "group": "Second level" },
            { "at": "2024-06-03T11:00:00Z", "note": "Looks like the pot." },
            { "at": "2024-06-03T13:00:00Z", "reply": "We are on it.", "by": "tom" },
            { "at": "2024-06-03T14:00:00Z", "status": "WAITING_ON_CUSTOMER" },
            { "at": "2024-06-03T20:00:00Z", "message": "Here is the photo." },
            { "at": "2024-06-04T14:00:00Z", "status": "RESOLVED" },
            { "at": "2024-06-05T14:00:00Z", "message": "Still cold." },
            { "at": "2024-06-06T00:00:00Z", "status": "CLOSED" },
            { "at": "2024-06-07T00:00:00Z", "sentiment": -0.4 },
        ]);
        let lines = [
            case("c-1", &json!({ "events": events, "text": "My tea is cold", "category": "pots" })),
            case("c-2", &json!({ "visibility": "PRIVATE", "member": "ben", "events": [{ "at": "2024-06-03T11:00:00Z", "severity": "LOW" }] })),
        ];
        fs::write(folder.path().join("cases.jsonl"), lines.join("\n")).unwrap();
        let ran = import(&app, folder.path(), "cases.jsonl", &[]);
        assert!(ran.success, "{ran:?}");
        assert_eq!((reported(&ran, "cases"), reported(&ran, "only named")), (vec![2, 0], vec![3]));
        assert_eq!((reported(&ran, "events"), reported(&ran, "status"), reported(&ran, "reopened")), (vec![11], vec![3], vec![1, 1]));
        assert_eq!(reported(&ran, "rejected"), [0]);

        let first = json!({ "number": 1 });
        let found = desk
            .read(
                &first,
                "status severity category subject sentiment openedAt firstResponseAt waitingSince resolvedAt firstResolvedAt closedAt reopenCount \
                 backdated influenceAtOpen version assignee { name } member { displayName } nextDueAt",
            )
            .await;
        let expected = json!({
            "status": "CLOSED", "severity": "HIGH", "category": "pots", "subject": "Case c-1", "sentiment": -0.4, "openedAt": "2024-06-03T10:00:00Z",
            "firstResponseAt": "2024-06-03T13:00:00Z", "waitingSince": null, "resolvedAt": "2024-06-06T00:00:00Z",
            "firstResolvedAt": "2024-06-04T14:00:00Z", "closedAt": "2024-06-06T00:00:00Z", "reopenCount": 1, "backdated": true,
            "influenceAtOpen": null, "version": 1, "assignee": { "name": "Agnes" }, "member": { "displayName": "ada" }, "nextDueAt": null,
        });
        assert_eq!(found, expected);
        // Two working hours were over at noon. A day, less the waiting and the time in which it was thought solved, was over two
        // hours after the reopening.
        let clocks = desk.clocks(&first, "state dueAt endedAt breach { dueAt overrun }").await;
        let breach = json!({ "dueAt": "2024-06-03T12:00:00Z", "overrun": "PT1H" });
        assert_eq!(clocks[0], json!({ "metric": "FIRST_RESPONSE", "instance": 1, "state": "BREACHED", "dueAt": "2024-06-03T12:00:00Z", "endedAt": "2024-06-03T13:00:00Z", "breach": breach }));
        assert_eq!((&clocks[1]["metric"], &clocks[1]["state"]), (&json!("TOTAL_RESOLUTION"), &json!("BREACHED")));
        assert_eq!((&clocks[1]["dueAt"], &clocks[1]["endedAt"]), (&json!("2024-06-05T16:00:00Z"), &json!("2024-06-06T00:00:00Z")));
        let kinds = desk.kinds(&first).await;
        for kind in ["OPENED", "ASSIGNED", "NOTE", "RESPONDED", "CUSTOMER_MESSAGE", "RESOLVED", "REOPENED", "CLOSED", "CLOCK_WARNED", "CLOCK_BREACHED"] {
            assert!(kinds.iter().any(|told| told == kind), "{kind} in {kinds:?}");
        }
        let told = desk.read(&first, "timeline(first: 100) { nodes { kind at text member { displayName } } }").await;
        let entry = |kind: &str| told["timeline"]["nodes"].as_array().unwrap().iter().find(|entry| entry["kind"] == kind).unwrap().clone();
        assert_eq!(entry("ASSIGNED")["text"], "agnes@desk.example, Second level");
        assert_eq!(entry("RESPONDED")["member"]["displayName"], "tom");
        assert_eq!(entry("OPENED")["text"], "My tea is cold");
        // The severity changed: what was promised for severe cases holds no more, and was not broken by then.
        let states: Vec<(String, String)> = desk.clocks(&json!({ "number": 2 }), "state").await.iter().map(|clock| (text(&clock["metric"]), text(&clock["state"]))).collect();
        assert_eq!(states, [("FIRST_RESPONSE".to_owned(), "BREACHING".to_owned()), ("TOTAL_RESOLUTION".to_owned(), "CANCELLED".to_owned())]);

        let broken = "query($filter: BreachFilter) { community(slug: \"tea\") { breaches(filter: $filter) { totalCount } } }";
        let count_of = async |filter: Value| desk.client().ok(broken, json!({ "filter": filter })).await["community"]["breaches"]["totalCount"].clone();
        let all = count_of(json!({})).await;
        assert!(all.as_u64().unwrap() >= 2, "{all}");
        assert_eq!((count_of(json!({ "backdated": { "eq": true } })).await, count_of(json!({ "backdated": { "eq": false } })).await), (all, json!(0)));

        assert_eq!(desk.announce().await, 0, "what happened years ago is no news");
        let told = event::Entity::in_community(desk.access.community_id()).filter(event::Column::EventType.contains("case"));
        let told = told.all(app.app.db.read()).await.unwrap();
        let mut told: Vec<_> = told.iter().map(|event| (event.event_type.as_str(), event.visibility)).collect();
        told.sort_unstable();
        assert_eq!(told, [("cases.imported", Visibility::Public), ("cases.imported", Visibility::Private)]);
    }

    async fn the_same_again_is_known_and_another_history_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let community = desk.access.community_id();
        let folder = tempfile::tempdir().unwrap();
        let events = json!({ "events": [{ "at": "2024-06-03T12:00:00Z", "status": "OPEN" }] });
        let good = [case("c-1", &events), case("c-2", &json!({})), case("c-1", &events)];
        fs::write(folder.path().join("cases.jsonl"), good.join("\n")).unwrap();
        let ran = import(&app, folder.path(), "cases.jsonl", &[]);
        assert_eq!((reported(&ran, "cases"), reported(&ran, "rejected")), (vec![2, 1], vec![0]), "{ran:?}");
        let events = count(&app, "events", community).await;
        let again = import(&app, folder.path(), "cases.jsonl", &[]);
        assert_eq!((reported(&again, "cases"), reported(&again, "only named")), (vec![0, 3], vec![0]), "{again:?}");
        assert_eq!(count(&app, "events", community).await, events, "an import that changes nothing tells nothing");

        let more = json!({ "events": [{ "at": "2024-06-03T12:00:00Z", "status": "OPEN" }, { "at": "2024-06-04T12:00:00Z", "status": "RESOLVED" }] });
        let bad = [
            case("c-1", &more),
            case("c-3", &json!({ "openedAt": "2999-01-01T00:00:00Z" })),
            case("c-4", &json!({ "events": [{ "at": "2024-06-02T12:00:00Z", "status": "OPEN" }] })),
            case("c-5", &json!({ "events": [{ "at": "2024-06-05T12:00:00Z", "status": "OPEN" }, { "at": "2024-06-04T12:00:00Z", "status": "RESOLVED" }] })),
            case("c-6", &json!({ "events": [{ "at": "2024-06-05T12:00:00Z", "status": "CLOSED" }, { "at": "2024-06-06T12:00:00Z", "reply": "Hello?" }] })),
            case("c-7", &json!({ "events": [{ "at": "2024-06-05T12:00:00Z", "status": "MERGED" }] })),
            case("c-8", &json!({ "origin": "co-1" })),
            case("c-9", &json!({ "visibility": "SEMI_PRIVATE" })),
            case("c-10", &json!({ "events": [{ "at": "2024-06-05T12:00:00Z", "status": "OPEN", "note": "x" }] })),
            case("c-11", &json!({ "colour": "blue" })),
            case("c-12", &json!({ "subject": "a\u{0}b" })),
            "{".to_owned(),
            case("c-2", &json!({ "member": "ben" })),
            case("c-14", &json!({ "events": [{ "at": "2024-06-05T12:00:00Z", "reply": "Any news?", "by": "ada" }] })),
            case("c-15", &json!({ "events": [{ "at": "2024-06-05T12:00:00Z", "status": "DONE" }] })),
            case("c-16", &json!({ "events": [{ "at": "yesterday", "status": "OPEN" }] })),
        ];
        fs::write(folder.path().join("more.jsonl"), bad.join("\n")).unwrap();
        let ran = import(&app, folder.path(), "more.jsonl", &["--rejects", "bad.jsonl"]);
        assert!(ran.success, "{ran:?}");
        assert_eq!((reported(&ran, "cases"), reported(&ran, "rejected")), (vec![0, 0], vec![16]));
        let bad = rejected(&folder.path().join("bad.jsonl"));
        let fields: Vec<(u64, &str)> = bad.iter().map(|(_, line, field, _)| (*line, field.as_str())).collect();
        assert_eq!(
            fields,
            [
                (1, "externalId"), (2, "openedAt"), (3, "events.0.at"), (4, "events.1.at"), (5, "events.1.reply"), (6, "events.0.status"),
                (7, "origin"), (8, "visibility"), (9, "events.0"), (10, "colour"), (11, "subject"), (12, ""), (13, "externalId"),
                (14, "events.0.by"), (15, "events.0.status"), (16, "events.0.at"),
            ]
        );
        assert!(bad[13].3.contains("is the customer of this case; use message"), "{bad:?}");
        assert!(bad[14].3.ends_with("is none of NEW, OPEN, WAITING_ON_CUSTOMER, ON_HOLD, RESOLVED, CLOSED"), "{bad:?}");
        assert!(bad[15].3.starts_with("`yesterday` is not an instant by RFC 3339"), "{bad:?}");
        // In the file they stand in the order of the lines, whoever refused them.
        let written = fs::read_to_string(folder.path().join("bad.jsonl")).unwrap();
        let lines: Vec<u64> = written.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["line"].as_u64().unwrap()).collect();
        assert!(lines.is_sorted(), "{lines:?}");

        let missing = import(&app, folder.path(), "nothing.jsonl", &[]);
        assert!(!missing.success);
        assert_eq!(missing.err.matches("No such file").count(), 1, "{missing:?}");
        assert!(bad.iter().all(|(file, _, _, reason)| file == "more.jsonl" && !reason.is_empty()), "{bad:?}");
        assert_eq!(count(&app, "cases", community).await, 2);
        assert_eq!(count(&app, "members", community).await, 1, "who is named in a refused case does not become a member");
    }

    async fn an_update_log_is_read_through_the_documented_mapping(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let folder = tempfile::tempdir().unwrap();
        assert!(promise(&app, folder.path(), DOCUMENTED_PROMISES).success);
        fs::write(folder.path().join("map.toml"), MAPPING).unwrap();
        let open = "4/4/2016 14:00";
        let rows = [
            row("INC1", "New", open, "4/4/2016 14:05", "3 - Moderate", "?"),
            row("INC1", "Active", open, "4/4/2016 15:00", "3 - Moderate", "Resolver 9"),
            row("INC1", "Awaiting User Info", open, "5/4/2016 15:00", "2 - High", "Resolver 9"),
            row("INC1", "-100", open, "5/4/2016 16:00", "2 - High", "Resolver 9"),
            row("INC1", "Awaiting Vendor", open, "6/4/2016 15:00", "2 - High", "Resolver 8"),
            row("INC1", "Resolved", open, "7/4/2016 15:00", "2 - High", "Resolver 8"),
            row("INC1", "Closed", open, "12/4/2016 15:00", "2 - High", "Resolver 8"),
            row("INC1", "Active", open, "13/4/2016 15:00", "2 - High", "Resolver 8"),
            row("INC1", "Resolved", open, "13/4/2016 16:00", "2 - High", "Resolver 8"),
            row("INC1", "Closed", open, "18/4/2016 16:00", "2 - High", "Resolver 8"),
            row("INC2", "New", "5/4/2016 09:00", "5/4/2016 08:00", "4 - Low", "?"),
            row("INC2", "Resolved", "5/4/2016 09:00", "5/4/2016 09:30", "4 - Low", "?"),
            row("INC2", "Closed", "5/4/2016 09:00", "10/4/2016 10:00", "4 - Low", "?").replace("Caller 7", "?"),
        ];
        fs::write(folder.path().join("log.csv"), format!("{HEAD}\n{}\n", rows.join("\n"))).unwrap();
        let ran = import(&app, folder.path(), "log.csv", &["--map", "map.toml", "--rejected", "bad.jsonl"]);
        assert!(ran.success, "{ran:?}");
        assert_eq!((reported(&ran, "cases"), reported(&ran, "reopened"), reported(&ran, "rejected")), (vec![2, 0], vec![1, 1], vec![3]));
        assert!(ran.out.contains("13 rows in") && ran.out.contains("names another member"), "{ran:?}");
        let bad = rejected(&folder.path().join("bad.jsonl"));
        let places: Vec<(u64, &str)> = bad.iter().map(|(_, line, field, _)| (*line, field.as_str())).collect();
        assert_eq!(places, [(5, "status"), (8, "status"), (12, "at")]);
        assert!(bad[0].3.contains("`-100` is none of the values") && bad[1].3.contains("was not over") && bad[2].3.contains("before the case was opened"), "{bad:?}");

        let first = desk.read(&json!({ "number": 1 }), "subject status severity channel visibility openedAt resolvedAt closedAt reopenCount assignee { name }").await;
        let expected = json!({
            "subject": "Sub 7, –", "status": "CLOSED", "severity": "HIGH", "channel": "phone", "visibility": "PRIVATE", "openedAt": "2016-04-04T14:00:00Z",
            "resolvedAt": "2016-04-13T16:00:00Z", "closedAt": "2016-04-18T16:00:00Z", "reopenCount": 1, "assignee": null,
        });
        assert_eq!(first, expected);
        let steps = desk.read(&json!({ "number": 1 }), "timeline(first: 100) { nodes { toStatus } }").await;
        let steps: Vec<&str> = steps["timeline"]["nodes"].as_array().unwrap().iter().filter_map(|entry| entry["toStatus"].as_str()).collect();
        let expected = ["OPEN", "WAITING_ON_CUSTOMER", "OPEN", "ON_HOLD", "RESOLVED", "OPEN", "RESOLVED", "CLOSED"];
        assert_eq!(steps, expected, "states that the log leaves out are filled in");

        let again = import(&app, folder.path(), "log.csv", &["--map", "map.toml"]);
        assert_eq!(reported(&again, "cases"), [0, 2], "{again:?}");
    }

    async fn files_that_cannot_be_read_say_what_to_do(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("map.toml"), MAPPING).unwrap();
        let line = |number: &str| row(number, "New", "4/4/2016 14:00", "4/4/2016 14:05", "3 - Moderate", "?");
        let apart = format!("{HEAD}\n{}\n{}\n{}\n", line("INC1"), line("INC2"), line("INC1"));
        fs::write(folder.path().join("apart.csv"), &apart).unwrap();
        let refused = |file: &str, more: &[&str], hint: &str| {
            let ran = import(&app, folder.path(), file, more);
            assert!(!ran.success && ran.err.contains(hint), "{hint}: {ran:?}");
        };
        refused("apart.csv", &["--map", "map.toml"], "rows of case INC1 are not together (line 4): sort the file by case");
        refused("none.csv", &["--map", "map.toml"], "none.csv");
        refused("apart.csv", &["--map", "none.toml"], "none.toml");
        fs::write(folder.path().join("leak.toml"), MAPPING.replace("at = \"sys_updated_at\"", "at = \"resolved_at\"")).unwrap();
        refused("apart.csv", &["--map", "leak.toml"], "never_read");
        fs::write(folder.path().join("other.csv"), apart.replace("caller_id", "caller")).unwrap();
        refused("other.csv", &["--map", "map.toml"], "caller_id");
        fs::write(folder.path().join("bad.zip"), b"PK\x03\x04 and no more").unwrap();
        refused("bad.zip", &["--map", "map.toml"], "cannot be unpacked");
        assert_eq!(count(&app, "cases", desk.access.community_id()).await, 0, "nothing of such a file is stored");
        let stranger = run(program(folder.path(), app.database_url()).args(["import", "cases", "apart.csv", "--community", "coffee"]));
        assert!(!stranger.success && stranger.err.contains("--create"), "{stranger:?}");
    }

    async fn promises_from_a_file_are_set_up_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let folder = tempfile::tempdir().unwrap();
        let done = |ran: &Ran, what: &str| ran.out.lines().filter(|line| line.contains(what)).count();
        let ran = promise(&app, folder.path(), PROMISES);
        assert_eq!((ran.success, done(&ran, "set up")), (true, 3), "{ran:?}");
        let again = promise(&app, folder.path(), PROMISES);
        assert_eq!((again.success, done(&again, "as before")), (true, 3), "{again:?}");
        let stricter = promise(&app, folder.path(), &PROMISES.replace("PT2H", "PT3H").replace("17:00", "18:00"));
        assert_eq!((done(&stricter, "changed"), done(&stricter, "as before")), (2, 1), "{stricter:?}");
        assert_eq!(count(&app, "expectations", desk.access.community_id()).await, 3);
        assert_eq!(count(&app, "calendars", desk.access.community_id()).await, 2);

        // All that is wrong is told at once, and nothing of the file is kept.
        let bad = PROMISES
            .replace("\"Answered\"", "\"Answered soon\"")
            .replace("warnBefore = \"PT1H\"", "warnBefore = \"PT3H\"")
            .replace("name = \"Desk\"", "name = \"Counter\"")
            .replace("2015", "1915");
        let third = "[[expectations]]\nname = \"Solved\"\npublicText = \"x\"\nmetric = \"UPDATE\"\ntarget = \"P1D\"\ncalendar = \"Attic\"\n";
        let wrong = promise(&app, folder.path(), &format!("{bad}\n{third}"));
        assert!(!wrong.success && !wrong.out.contains("set up"), "{wrong:?}");
        for told in [
            "nothing was changed",
            "expectations.Solved.name: is there twice, as expectations.1 and expectations.2",
            "expectations.Answered soon.warnBefore: ",
            "expectations.Answered soon.effectiveFrom: ",
            "expectations.Solved.effectiveFrom: ",
            "expectations.Solved.calendar: there is no calendar Attic",
        ] {
            assert!(wrong.err.contains(told), "{told} in {wrong:?}");
        }
        assert_eq!(count(&app, "expectations", desk.access.community_id()).await, 3);
        assert_eq!(count(&app, "calendars", desk.access.community_id()).await, 2);
        // One that is good is not kept either when a later one is not.
        let late = PROMISES.replace("\"Answered\"", "\"Answered soon\"").replace("target = \"P1D\"\nseverities", "target = \"P2D\"\npauseOn = [\"CLOSED\"]\nseverities");
        let wrong = promise(&app, folder.path(), &late);
        assert!(!wrong.success && wrong.err.contains("expectations.Solved.pauseOn: "), "{wrong:?}");
        assert_eq!(count(&app, "expectations", desk.access.community_id()).await, 3);

        let wrong = promise(&app, folder.path(), &PROMISES.replace("calendar = \"Desk\"", "calendar = \"Night\""));
        assert!(!wrong.success && wrong.err.contains("Answered") && wrong.err.contains("Night"), "{wrong:?}");
        let misspelled = PROMISES
            .replace("PT2H", "two hours")
            .replace("17:00", "25:00")
            .replace("TOTAL_RESOLUTION", "SOLVED")
            .replace("\"CRITICAL\"", "\"AWFUL\"")
            .replace("zone = ", "place = ");
        let wrong = promise(&app, folder.path(), &misspelled);
        assert!(!wrong.success && wrong.err.contains("nothing was changed"), "{wrong:?}");
        for told in [
            "calendars.Desk.zone: is missing",
            "calendars.Desk.hours.0.closes: `25:00` is not a time of day",
            "calendars.Desk.place: there is no such field",
            "expectations.Answered.target: `two hours` is not a length of time",
            "expectations.Solved.metric: ",
            "expectations.Solved.severities.1: ",
        ] {
            assert!(wrong.err.contains(told), "{told} in {wrong:?}");
        }
    }
}
