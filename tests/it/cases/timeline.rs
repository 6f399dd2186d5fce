//! The timeline: in order, page by page, each to whom it is meant for, and every text as it was given.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{Desk, micros, texts};
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::support::TestApp;

/// Texts that would do harm where they were interpreted.
const HARM: [&str; 7] = [
    "<script>alert('tea')</script>",
    "'; DROP TABLE cases; --",
    "{{constructor.constructor('return 1')()}} ${1+1} %s %n",
    "line one\r\nline two\ttab \u{202e}backwards\u{200b}",
    "\\\"quoted\\\" \"\"\" # not a comment",
    "=HYPERLINK(\"http://tea.example\")",
    "Ünïcödé 🫖 ﷽",
];

on_both_engines! {
    async fn given_texts_with_scripts_when_they_are_read_then_they_are_as_given(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        for harm in HARM {
            let opened = json!({ "message": harm, "subject": harm, "category": harm, "channel": harm });
            let case = desk.case("ada", opened).await;
            for field in ["subject", "category", "channel"] {
                assert_eq!(case[field], harm, "{field}");
            }
            desk.change("addCaseNote", &case, json!({ "text": harm })).await;
            desk.change("respondToCase", &case, json!({ "text": harm })).await;
            desk.change("recordCustomerMessage", &case, json!({ "text": harm, "channel": harm })).await;
            desk.change("escalateCase", &case, json!({ "reason": harm })).await;
            desk.change("moveCase", &case, json!({ "to": "PRIVATE", "reason": harm })).await;
            desk.change("resolveCase", &case, json!({ "message": harm })).await;
            desk.change("reopenCase", &case, json!({ "reason": harm })).await;
            let told = desk.read(&case, "timeline(first: 100) { nodes { kind text channel } }").await;
            let with_text: Vec<&Value> = told["timeline"]["nodes"].as_array().unwrap().iter().filter(|entry| !entry["text"].is_null()).collect();
            let kinds: Vec<&str> = with_text.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
            assert_eq!(kinds, ["OPENED", "NOTE", "RESPONDED", "CUSTOMER_MESSAGE", "ESCALATED", "VISIBILITY_MOVED", "RESPONDED", "NOTE"]);
            for entry in with_text {
                assert_eq!(entry["text"], harm, "{}", entry["kind"]);
            }
            let query = "query($filter: CaseFilter) { community(slug: \"tea\") { cases(filter: $filter) { totalCount } } }";
            let filter = json!({ "subject": { "contains": harm }, "category": { "eq": harm }, "channel": { "eq": harm } });
            let found = desk.client().ok(query, json!({ "filter": filter })).await;
            assert_eq!(found["community"]["cases"]["totalCount"], 1, "{harm}");
        }
    }

    async fn given_each_step_when_it_is_read_then_its_entry_says_what_changed(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ben = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        desk.promise("FIRST_RESPONSE", "PT4H", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        desk.change("assignCase", &case, json!({ "assigneeId": ben.staff_id() })).await;
        ben.change("respondToCase", &case, json!({ "text": "Hello", "then": "WAITING_ON_CUSTOMER" })).await;
        desk.change("assignCase", &case, json!({ "assigneeId": null })).await;
        desk.change("moveCase", &case, json!({ "to": "PRIVATE" })).await;
        desk.change("recordCustomerMessage", &case, json!({ "text": "Hi", "channel": "email" })).await;
        desk.change("recordSentiment", &case, json!({ "value": 0.25 })).await;

        let fields = "kind actor staff { name } audience fromStatus toStatus fromVisibility toVisibility fromAssignee { name } toAssignee { name } \
                      sentiment metric channel clock { state } expectation { name } member { displayName } recordedAt at";
        let told = desk.read(&case, &format!("timeline(first: 100) {{ nodes {{ {fields} }} }}")).await;
        let nodes = told["timeline"]["nodes"].as_array().unwrap().clone();
        let all = |kind: &str| nodes.iter().filter(|node| node["kind"] == kind).cloned().collect::<Vec<Value>>();
        let of = |kind: &str| all(kind)[0].clone();
        assert!(nodes.windows(2).all(|pair| micros(&pair[0]["at"]) <= micros(&pair[1]["at"])));

        let opened = of("OPENED");
        assert_eq!((&opened["audience"], &opened["member"]["displayName"], &opened["staff"]["name"]), (&json!("PUBLIC"), &json!("ada"), &json!("Agnes")));
        assert_eq!(opened["actor"], format!("staff:{}", desk.id));
        let activated = of("CLOCK_ACTIVATED");
        assert_eq!((&activated["metric"], &activated["audience"]), (&json!("FIRST_RESPONSE"), &json!("INTERNAL")));
        assert_eq!((&activated["clock"]["state"], &activated["expectation"]["name"]), (&json!("ACHIEVED"), &json!("FIRST_RESPONSE within PT4H")));
        assert_eq!(of("RESPONDED")["staff"]["name"], "Ben");
        let steps: Vec<Value> = all("STATUS_CHANGED").iter().map(|step| json!([step["fromStatus"], step["toStatus"]])).collect();
        assert_eq!(steps, [json!(["NEW", "OPEN"]), json!(["OPEN", "WAITING_ON_CUSTOMER"]), json!(["WAITING_ON_CUSTOMER", "OPEN"])]);
        let assigned: Vec<Value> = all("ASSIGNED").iter().map(|step| json!([step["fromAssignee"], step["toAssignee"]])).collect();
        assert_eq!(assigned, [json!([null, { "name": "Ben" }]), json!([{ "name": "Ben" }, null])]);
        let moved = of("VISIBILITY_MOVED");
        assert_eq!((&moved["fromVisibility"], &moved["toVisibility"], &moved["fromStatus"]), (&json!("PUBLIC"), &json!("PRIVATE"), &Value::Null));
        let message = of("CUSTOMER_MESSAGE");
        assert_eq!((&message["audience"], &message["channel"], &message["member"]["displayName"]), (&json!("CUSTOMER"), &json!("email"), &json!("ada")));
        assert_eq!(of("SENTIMENT_RECORDED")["sentiment"], 0.25);
    }

    async fn given_a_long_timeline_when_it_is_read_by_pages_then_each_entry_comes_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let case = desk.case("ada", json!({})).await;
        for number in 0..23 {
            desk.change("addCaseNote", &case, json!({ "text": format!("note {number}") })).await;
        }
        let query = "query($number: Int!, $first: Int, $after: String, $last: Int, $before: String) { community(slug: \"tea\") { case(number: $number) { \
                     timeline(kinds: [NOTE], first: $first, after: $after, last: $last, before: $before) \
                     { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { text } } } } }";
        let ask = async |paging: Value| {
            let data = desk.client().ok(query, with(json!({ "number": case["number"] }), &paging)).await;
            data["community"]["case"]["timeline"].clone()
        };
        let expected: Vec<String> = (0..23).map(|number| format!("note {number}")).collect();
        let (mut forwards, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = ask(json!({ "first": 5, "after": cursor })).await;
            assert_eq!(page["totalCount"], 23);
            forwards.extend(texts(&page["nodes"], "text"));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            cursor = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(forwards, expected);
        let (mut backwards, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = ask(json!({ "last": 5, "before": cursor })).await;
            backwards = texts(&page["nodes"], "text").into_iter().chain(backwards).collect();
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
            cursor = page["pageInfo"]["startCursor"].clone();
        }
        assert_eq!(backwards, expected);
        for (paging, named) in [
            (json!({ "first": 0 }), "first: "),
            (json!({ "last": 101 }), "last: "),
            (json!({ "first": 1, "last": 1 }), "last: "),
            (json!({ "after": "e30" }), "after: "),
        ] {
            let answer = desk.client().send(query, with(json!({ "number": case["number"] }), &paging)).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{paging}");
            assert!(answer.message().starts_with(named), "{paging}: {}", answer.message());
        }
    }

    async fn given_notes_when_somebody_without_the_right_reads_then_they_are_neither_shown_nor_counted(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let public = desk.beside("Paul", Role::Viewer, Visibility::Public).await;
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        desk.promise("FIRST_RESPONSE", "PT4H", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        desk.change("addCaseNote", &case, json!({ "text": "a known complainer" })).await;
        desk.change("moveCase", &case, json!({ "to": "PRIVATE", "reason": "health data" })).await;
        desk.change("respondToCase", &case, json!({ "text": "between us" })).await;
        desk.change("moveCase", &case, json!({ "to": "PUBLIC" })).await;
        desk.change("respondToCase", &case, json!({ "text": "for all" })).await;

        let selection = "timeline(first: 100) { totalCount nodes { id kind text audience } }";
        let all = desk.read(&case, selection).await["timeline"].clone();
        for (who, audiences) in [
            (&public, &["PUBLIC"][..]),
            (&viewer, &["PUBLIC", "CUSTOMER"][..]),
            (&agent, &["PUBLIC", "INTERNAL"][..]),
            (&desk, &["PUBLIC", "CUSTOMER", "INTERNAL"][..]),
        ] {
            let seen = who.read(&case, selection).await["timeline"].clone();
            let expected: Vec<&Value> =
                all["nodes"].as_array().unwrap().iter().filter(|entry| audiences.contains(&entry["audience"].as_str().unwrap())).collect();
            assert_eq!(seen["nodes"].as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{audiences:?}");
            assert_eq!(seen["totalCount"], expected.len(), "{audiences:?}");
            for entry in all["nodes"].as_array().unwrap() {
                let node = who.client().send("query($id: ID!) { node(id: $id) { ... on CaseEvent { id text } } }", json!({ "id": entry["id"] })).await;
                let code = if expected.contains(&entry) { "" } else { "NOT_FOUND" };
                assert_eq!(node.code(), code, "{audiences:?} {entry}");
            }
            let asked = who.read(&case, "timeline(kinds: [NOTE]) { totalCount nodes { text } }").await["timeline"]["totalCount"].clone();
            assert_eq!(asked, i32::from(audiences.contains(&"INTERNAL")), "asking for notes by name gives no more");
        }
        assert!(texts(&all["nodes"], "kind").contains(&"NOTE".to_owned()));
    }
}
