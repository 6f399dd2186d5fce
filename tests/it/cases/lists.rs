//! `cases`, `breaches`: which, in which order, page by page.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{DAY, Desk, HOUR, numbers, texts};
use crate::ingest::calls::{connection, page, walk};
use crate::on_both_engines;
use crate::support::TestApp;

const QUERY: &str = "query($filter: CaseFilter, $search: String, $orderBy: [CaseOrder!]) { community(slug: \"tea\") { \
                     cases(filter: $filter, search: $search, orderBy: $orderBy, first: 100) { totalCount nodes { number } } } }";

/// The numbers of the cases found, in order.
async fn found(desk: &Desk<'_>, variables: Value) -> Vec<i64> {
    let data = desk.client().ok(QUERY, variables).await;
    let cases = &data["community"]["cases"];
    assert_eq!(cases["totalCount"], cases["nodes"].as_array().unwrap().len());
    numbers(cases)
}

/// The numbers of the cases that a filter lets through, the smallest first.
async fn through(desk: &Desk<'_>, filter: Value) -> Vec<i64> {
    let mut numbers = found(desk, json!({ "filter": filter })).await;
    numbers.sort_unstable();
    numbers
}

/// Six cases, an hour apart: a broken promise, one that was kept, one for later, and three without.
async fn six<'a>(app: &'a TestApp) -> (Desk<'a>, Desk<'a>) {
    let desk = Desk::open(app, "tea").await;
    let ben = desk.beside("Ben", Role::Agent, Visibility::Private).await;
    desk.promise("FIRST_RESPONSE", "PT2H", json!({ "severities": ["CRITICAL", "HIGH"] }))
        .await;
    desk.promise("FIRST_RESOLUTION", "P5D", json!({ "categories": ["taste"] })).await;
    let one =
        json!({ "subject": "100% cold", "severity": "CRITICAL", "category": "heat", "channel": "forum", "assigneeId": ben.staff_id() });
    let two = json!({ "subject": "Warm_ish", "severity": "HIGH", "category": "heat", "channel": "email" });
    let three =
        json!({ "subject": "Too bitter!", "severity": "NORMAL", "category": "taste", "channel": "email", "assigneeId": desk.staff_id() });
    let four = json!({ "subject": "ÄRGER mit Tee", "severity": "LOW", "visibility": "PRIVATE" });
    let (five, six) = (
        json!({ "subject": "A wish", "severity": "LOW", "channel": "phone" }),
        json!({ "subject": "Another wish" }),
    );
    let members = ["ada", "ada", "bob", "cyd", "bob", "dan"];
    for (number, (name, case)) in members.into_iter().zip([one, two, three, four, five, six]).enumerate() {
        let case = desk.case(name, case).await;
        match number {
            1 => {
                desk.change(
                    "respondToCase",
                    &case,
                    json!({ "text": "Ours is, too", "then": "WAITING_ON_CUSTOMER" }),
                )
                .await
            }
            4 => desk.change("resolveCase", &case, json!({ "message": "Granted" })).await,
            _ => case,
        };
        desk.wait(HOUR);
    }
    (desk, ben)
}

on_both_engines! {
    async fn each_comparison_means_what_it_says(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, ben) = six(&app).await;
        let member = async |name: &str| crate::ingest::calls::member_id(&desk.client(), "tea", name).await;
        let (ada, bob) = (member("ada").await, member("bob").await);
        let soon = app.now().plus_micros(DAY).to_string();
        let cases = [
            (json!(null), vec![1, 2, 3, 4, 5, 6]),
            (json!({}), vec![1, 2, 3, 4, 5, 6]),
            (json!({ "status": { "eq": "WAITING_ON_CUSTOMER" } }), vec![2]),
            (json!({ "status": { "in": ["NEW", "OPEN"] } }), vec![1, 3, 4, 6]),
            (json!({ "status": { "notIn": ["NEW", "WAITING_ON_CUSTOMER"] } }), vec![5]),
            (json!({ "severity": { "eq": "CRITICAL" } }), vec![1]),
            (json!({ "severity": { "ne": "LOW" } }), vec![1, 2, 3, 6]),
            (json!({ "category": { "eq": "heat" } }), vec![1, 2]),
            (json!({ "not": { "category": { "eq": "heat" } } }), vec![3, 4, 5, 6]),
            (json!({ "channel": { "in": ["email", "phone"] } }), vec![2, 3, 5]),
            (json!({ "visibility": { "eq": "PRIVATE" } }), vec![4]),
            (json!({ "assignee": { "eq": ben.staff_id() } }), vec![1]),
            (json!({ "assignee": { "in": [ben.staff_id(), desk.staff_id()] } }), vec![1, 3]),
            (json!({ "assignee": { "isNull": true } }), vec![2, 4, 5, 6]),
            (json!({ "assignee": { "isNull": false } }), vec![1, 3]),
            (json!({ "assignee": { "in": [] } }), vec![]),
            (json!({ "member": { "eq": ada } }), vec![1, 2]),
            (json!({ "member": { "in": [ada, bob] } }), vec![1, 2, 3, 5]),
            (json!({ "subject": { "contains": "100%" } }), vec![1]),
            (json!({ "subject": { "contains": "M_I" } }), vec![2]),
            (json!({ "subject": { "contains": "wish" } }), vec![5, 6]),
            (json!({ "subject": { "contains": "ärger" } }), vec![4]),
            (json!({ "subject": { "eq": "a wish" } }), vec![]),
            (json!({ "backdated": { "eq": false } }), vec![1, 2, 3, 4, 5, 6]),
            (json!({ "backdated": { "eq": true } }), vec![]),
            (json!({ "breached": true }), vec![1]),
            (json!({ "breached": false }), vec![2, 3, 4, 5, 6]),
            (json!({ "unanswered": true }), vec![]),
            (json!({ "nextDueAt": { "lt": soon } }), vec![1]),
            (json!({ "nextDueAt": { "gte": soon } }), vec![3]),
            (json!({ "nextDueAt": { "gt": "2020-01-01T00:00:00Z" } }), vec![1, 3]),
            (json!({ "not": { "nextDueAt": { "gt": "2020-01-01T00:00:00Z" } } }), vec![2, 4, 5, 6]),
            (json!({ "openedAt": { "lt": app.days_ago(4.5 / 24.0) } }), vec![1, 2]),
            (json!({ "openedAt": { "gt": app.days_ago(4.5 / 24.0) } }), vec![3, 4, 5, 6]),
            (json!({ "resolvedAt": { "gt": "2020-01-01T00:00:00Z" } }), vec![5]),
            (json!({ "not": { "resolvedAt": { "gt": "2020-01-01T00:00:00Z" } } }), vec![1, 2, 3, 4, 6]),
            (json!({ "or": [{ "breached": true }, { "severity": { "eq": "LOW" } }] }), vec![1, 4, 5]),
            (json!({ "and": [{ "member": { "eq": bob } }, { "not": { "status": { "eq": "RESOLVED" } } }] }), vec![3]),
            (json!({ "assignee": { "isNull": true }, "channel": { "contains": "MAIL" } }), vec![2]),
        ];
        for (filter, expected) in cases {
            assert_eq!(through(&desk, filter.clone()).await, expected, "{filter}");
        }
        // The queue takes the same filters, of what is open.
        let queue = "query($filter: CaseFilter) { community(slug: \"tea\") { caseQueue(filter: $filter) { nodes { number } } } }";
        let open = desk.client().ok(queue, json!({ "filter": { "severity": { "eq": "LOW" } } })).await;
        assert_eq!(numbers(&open["community"]["caseQueue"]), [4]);
    }

    async fn a_breach_is_owed_an_apology_until_there_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, _ben) = six(&app).await;
        desk.announce().await;
        let one = desk.read(&json!({ "number": 1 }), "id breaches { id expectation { id } }").await;
        let breach = &one["breaches"][0];
        let list = "query($filter: BreachFilter) { community(slug: \"tea\") { breaches(filter: $filter) { totalCount nodes { id case { number } answered } } } }";
        let owed = async |filter: Value| {
            let data = desk.client().ok(list, json!({ "filter": filter })).await;
            let breaches = &data["community"]["breaches"];
            assert_eq!(breaches["totalCount"], breaches["nodes"].as_array().unwrap().len());
            texts(&breaches["nodes"], "id").len()
        };
        assert_eq!(through(&desk, json!({ "unanswered": true })).await, [1]);
        let draft = json!({ "caseId": one["id"], "breachIds": [breach["id"]], "text": "Sorry", "components": ["RESPONSIBILITY"], "send": false });
        desk.act("recordApology", draft.clone()).await;
        assert_eq!(through(&desk, json!({ "unanswered": true })).await, [1], "a draft is no apology");
        let none = json!({ "not": { "dueAt": { "lt": app.now().to_string() } } });
        for (filter, count) in [
            (json!({}), 1),
            (json!({ "answered": false }), 1),
            (json!({ "answered": true }), 0),
            (json!({ "excused": true }), 0),
            (json!({ "backdated": { "eq": false } }), 1),
            (json!({ "backdated": { "eq": true } }), 0),
            (json!({ "not": { "backdated": { "eq": true } } }), 1),
            (json!({ "case": { "eq": one["id"] } }), 1),
            (json!({ "expectation": { "in": [breach["expectation"]["id"]] } }), 1),
            (none, 0),
        ] {
            assert_eq!(owed(filter.clone()).await, count, "{filter}");
        }
        desk.act("recordApology", crate::ingest::calls::with(draft, &json!({ "send": true }))).await;
        assert!(through(&desk, json!({ "unanswered": true })).await.is_empty());
        assert_eq!((owed(json!({ "answered": false })).await, owed(json!({ "answered": true })).await), (0, 1));
        assert_eq!(through(&desk, json!({ "breached": true })).await, [1], "what was broken stays broken");

        // One that is excused is owed nothing.
        desk.change("updateCase", &json!({ "id": one["id"] }), json!({ "severity": "LOW" })).await;
        let two = desk.case("eve", json!({ "severity": "HIGH" })).await;
        desk.wait(3 * HOUR);
        desk.announce().await;
        assert_eq!(through(&desk, json!({ "unanswered": true })).await, [7]);
        let breach = desk.read(&two, "breaches { id }").await["breaches"][0]["id"].clone();
        desk.act("excuseBreach", json!({ "breachId": breach, "reason": "Strike" })).await;
        assert!(through(&desk, json!({ "unanswered": true })).await.is_empty());
        assert_eq!((owed(json!({ "excused": true })).await, owed(json!({ "answered": false })).await), (1, 1));
    }

    async fn orders_and_searches_are_kept_from_page_to_page(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, _ben) = six(&app).await;
        desk.change("addCaseNote", &desk.read(&json!({ "number": 3 }), "id").await, json!({ "text": "x" })).await;
        let by = |steps: &[(&str, &str)]| {
            let steps: Vec<Value> = steps.iter().map(|(field, direction)| json!({ "field": field, "direction": direction })).collect();
            json!({ "orderBy": steps })
        };
        for (order, expected) in [
            (json!({}), [6, 5, 4, 3, 2, 1]),
            (by(&[("OPENED_AT", "ASC")]), [1, 2, 3, 4, 5, 6]),
            (by(&[("UPDATED_AT", "DESC")]), [3, 6, 5, 4, 2, 1]),
            (by(&[("SEVERITY", "ASC")]), [1, 2, 3, 6, 4, 5]),
            (by(&[("SEVERITY", "DESC"), ("OPENED_AT", "ASC")]), [4, 5, 3, 6, 2, 1]),
            (by(&[("NEXT_DUE", "ASC"), ("OPENED_AT", "DESC")]), [1, 3, 6, 5, 4, 2]),
        ] {
            assert_eq!(found(&desk, order.clone()).await, expected, "{order}");
        }
        let client = desk.client();
        let lists = [
            "cases(PAGE)",
            "cases(orderBy: [{ field: SEVERITY, direction: ASC }, { field: OPENED_AT, direction: DESC }], PAGE)",
            "cases(orderBy: [{ field: NEXT_DUE, direction: DESC }], PAGE)",
        ];
        for list in lists {
            let all = walk(&client, "tea", &[list], "number", 100, true).await;
            assert_eq!(all.len(), 6);
            for size in [1, 2, 4] {
                for forwards in [true, false] {
                    assert_eq!(walk(&client, "tea", &[list], "number", size, forwards).await, all, "{list} {size} {forwards}");
                }
            }
        }
        let own = ["memberByIdentity(provider: \"forum\", externalId: \"ada\")", "cases(PAGE)"];
        assert_eq!(walk(&client, "tea", &own, "number", 1, true).await, [json!({ "number": 2 }), json!({ "number": 1 })]);

        for (search, expected) in [("WISH", vec![6, 5]), ("  wish ", vec![6, 5]), ("#3", vec![3]), ("4", vec![4]), ("100", vec![1]), ("%", vec![1]), ("_", vec![2]), ("ÄRGER", vec![4]), ("coffee", vec![]), ("", vec![6, 5, 4, 3, 2, 1])] {
            assert_eq!(found(&desk, json!({ "search": search })).await, expected, "{search}");
        }
        let both = json!({ "search": "wish", "filter": { "status": { "eq": "RESOLVED" } } });
        assert_eq!(found(&desk, both).await, [5]);
        assert!(found(&desk, json!({ "search": "x".repeat(60_000) })).await.is_empty());
    }

    async fn what_cannot_be_compared_or_paged_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (desk, away) = (six(&app).await.0, Desk::open(&app, "away").await);
        let stranger = away.case("ada", json!({})).await;
        let strange_member = crate::ingest::calls::member_id(&away.client(), "away", "ada").await;
        for variables in [
            json!({ "filter": { "assignee": { "eq": away.staff_id() } } }),
            json!({ "filter": { "member": { "in": [strange_member] } } }),
            json!({ "filter": { "or": [{ "not": { "member": { "eq": stranger["id"] } } }] } }),
            json!({ "filter": { "or": vec![json!({ "breached": true }); 101] } }),
            json!({ "filter": { "subject": { "eq": "\u{0}" } } }),
            json!({ "filter": { "nextDueAt": { "lt": "soon" } } }),
            json!({ "filter": { "status": { "eq": "LOST" } } }),
            json!({ "search": "\u{0}" }),
            json!({ "orderBy": vec![json!({ "field": "SEVERITY", "direction": "ASC" }); 4] }),
            json!({ "orderBy": [{ "field": "INFLUENCE", "direction": "DESC" }] }),
        ] {
            let answer = desk.client().send(QUERY, variables.clone()).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{variables}\n{:#}", answer.body);
        }
        let breaches = "query($filter: BreachFilter) { community(slug: \"tea\") { breaches(filter: $filter) { totalCount } } }";
        for filter in [json!({ "case": { "eq": stranger["id"] } }), json!({ "expectation": { "in": [stranger["id"]] } })] {
            assert_eq!(desk.client().send(breaches, json!({ "filter": filter })).await.code(), "BAD_USER_INPUT", "{filter}");
        }
        let lists = [
            "cases(PAGE)",
            "cases(orderBy: [{ field: SEVERITY, direction: ASC }], PAGE)",
            "breaches(PAGE)",
            "caseQueue(ONWARD)",
        ];
        desk.announce().await;
        let client = desk.client();
        let mut cursors = Vec::new();
        for list in lists {
            let found = connection(&page(&client, "tea", &[list], "__typename", &json!({ "first": 1 })).await, &[list]);
            cursors.push(found["totals"]["endCursor"].clone());
        }
        // The right list, and a place that is none.
        let crafted = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, "{\"list\":\"queue\",\"key\":[1,2]}");
        cursors.extend([json!(""), json!("x"), json!("e30"), json!(crafted)]);
        for (n, list) in lists.into_iter().enumerate() {
            for (_, cursor) in cursors.iter().enumerate().filter(|(other, _)| *other != n) {
                let answer = page(&client, "tea", &[list], "__typename", &json!({ "first": 1, "after": cursor })).await;
                assert_eq!(answer.code(), "BAD_USER_INPUT", "{list} {cursor}");
                assert!(answer.message().starts_with("after: "), "{list} {cursor}: {}", answer.message());
            }
            for size in [0, -1, 101] {
                let answer = page(&client, "tea", &[list], "__typename", &json!({ "first": size })).await;
                assert_eq!(answer.code(), "BAD_USER_INPUT", "{list} {size}");
            }
        }
        for field in ["clocks(first: 0)", "breaches(first: 101)", "linkedCases(first: -1)", "mergedCases(first: 1000)"] {
            let query = format!("{{ community(slug: \"tea\") {{ case(number: 1) {{ number {field} {{ __typename }} }} }} }}");
            let answer = desk.client().send(&query, json!({})).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{field}");
            assert_eq!(answer.body["data"]["community"]["case"]["number"], 1, "the rest of the case is there");
        }
    }
}
