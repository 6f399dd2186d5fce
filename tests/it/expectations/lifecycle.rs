//! An expectation's life: drafted, changed, published, followed by another version, retired.

use serde_json::{Value, json};

use super::{act, id, node, office, refused, send};
use crate::cases::Desk;
use crate::ingest::calls::with;
use crate::on_both_engines;
use crate::promises::{DAY, complained, later, micros, the_clock};
use crate::support::TestApp;

/// What a new expectation needs.
fn terms() -> Value {
    json!({ "name": "First word", "publicText": "We answer within four hours.", "metric": "FIRST_RESPONSE", "target": "PT4H" })
}

/// Drafts an expectation and publishes it; its global id.
async fn published(desk: &Desk<'_>, terms: Value) -> String {
    let draft = id(&act(desk, "draftExpectation", terms).await["expectation"]);
    act(desk, "publishExpectation", json!({ "expectationId": draft })).await;
    draft
}

/// Where each version stands, the newest first, as `name version status`.
async fn listed(desk: &Desk<'_>, filter: Value) -> Vec<String> {
    let query = "query($slug: String!, $filter: ExpectationFilter) { community(slug: $slug) { expectations(filter: $filter) { nodes { name version status } } } }";
    let found = desk.client().ok(query, json!({ "slug": desk.slug(), "filter": filter })).await;
    let line = |row: &Value| {
        format!(
            "{} {} {}",
            row["name"].as_str().unwrap(),
            row["version"],
            row["status"].as_str().unwrap()
        )
    };
    let nodes = found["community"]["expectations"]["nodes"].as_array().unwrap().clone();
    nodes.iter().map(line).collect()
}

on_both_engines! {
    async fn given_a_draft_when_it_is_changed_then_it_holds_for_nobody_until_it_is_published(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let calendar = office(&desk).await;
        let drafted = act(&desk, "draftExpectation", terms()).await["expectation"].clone();
        let expected = json!({
            "id": drafted["id"], "version": 1, "status": "DRAFT", "name": "First word", "publicText": "We answer within four hours.",
            "metric": "FIRST_RESPONSE", "target": "PT4H", "warnBefore": "PT0S", "calendar": null, "severities": [], "categories": [], "channels": [],
            "pauseOn": [], "effectiveFrom": null, "effectiveTo": null, "publishedAt": null,
        });
        assert_eq!(drafted, expected);
        assert!(desk.clocks(&desk.case("ada", json!({})).await, "state").await.is_empty(), "a draft binds nobody");

        let changes = json!({
            "expectationId": drafted["id"], "name": "A word <soon>", "target": "P1DT2H", "warnBefore": "PT30M", "calendarId": calendar,
            "severities": ["HIGH", "CRITICAL", "HIGH"], "categories": [" delivery", "delivery "], "channels": ["email", "phone"],
        });
        let changed = act(&desk, "updateExpectation", changes).await["expectation"].clone();
        assert_eq!((&changed["id"], &changed["version"], &changed["status"]), (&drafted["id"], &json!(1), &json!("DRAFT")));
        assert_eq!((&changed["name"], &changed["target"], &changed["warnBefore"]), (&json!("A word <soon>"), &json!("PT26H"), &json!("PT30M")));
        assert_eq!(changed["calendar"], json!({ "id": calendar, "name": "Office", "version": 1 }));
        assert_eq!((&changed["severities"], &changed["categories"], &changed["channels"]), (&json!(["HIGH", "CRITICAL"]), &json!(["delivery"]), &json!(["email", "phone"])));
        // Null empties what may be empty; what is left out stays; another metric has its own pauses.
        let changes = json!({
            "expectationId": drafted["id"], "calendarId": null, "warnBefore": null, "severities": null, "categories": null, "channels": null,
            "metric": "TOTAL_RESOLUTION",
        });
        let changed = act(&desk, "updateExpectation", changes).await["expectation"].clone();
        let expected = json!({ "calendar": null, "warnBefore": "PT0S", "severities": [], "categories": [], "channels": [], "metric": "TOTAL_RESOLUTION", "pauseOn": ["WAITING_ON_CUSTOMER"] });
        assert_eq!(changed, with(changed.clone(), &expected));
        assert_eq!((&changed["target"], &changed["name"]), (&json!("P1DT2H"), &json!("A word <soon>")));

        let before = app.now().as_micros();
        let published = act(&desk, "publishExpectation", json!({ "expectationId": drafted["id"] })).await["expectation"].clone();
        assert_eq!((&published["status"], &published["effectiveTo"]), (&json!("PUBLISHED"), &Value::Null));
        assert_eq!(published["effectiveFrom"], published["publishedAt"]);
        assert!((before..=app.now().as_micros()).contains(&micros(&published["publishedAt"])));
        let clock = the_clock(&desk, &desk.case("ada", json!({})).await, "TOTAL_RESOLUTION").await;
        assert_eq!(clock["dueAt"], later(&clock["startedAt"], 26 * 3_600_000_000));
    }

    async fn given_a_published_expectation_when_its_next_version_is_published_then_the_old_one_ends_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let old = published(&desk, with(terms(), &json!({ "channels": ["email"], "warnBefore": "PT1H" }))).await;
        let given = desk.case("ada", json!({ "channel": "email" })).await;
        for mutation in ["updateExpectation", "publishExpectation"] {
            let refused = refused(&desk, mutation, json!({ "expectationId": old })).await;
            assert_eq!(refused, ["expectationId NOT_ALLOWED_NOW"], "what was published never changes: {mutation}");
        }
        let drafted = act(&desk, "draftExpectation", json!({ "successorOf": old, "target": "PT2H" })).await["expectation"].clone();
        let expected = json!({ "version": 2, "status": "DRAFT", "name": "First word", "target": "PT2H", "warnBefore": "PT1H", "channels": ["email"] });
        assert_eq!(drafted, with(drafted.clone(), &expected), "what is left out is as in the version before");
        assert_eq!(refused(&desk, "draftExpectation", json!({ "successorOf": old })).await, ["successorOf NOT_ALLOWED_NOW"], "one draft at a time");
        let other_metric = json!({ "expectationId": drafted["id"], "metric": "UPDATE" });
        assert_eq!(refused(&desk, "updateExpectation", other_metric).await, ["metric INVALID"], "the same for all versions");

        desk.wait(60_000_000);
        let new = act(&desk, "publishExpectation", json!({ "expectationId": drafted["id"] })).await["expectation"].clone();
        let ended = node(&desk, &old, "... on Expectation { status target effectiveTo versions { totalCount nodes { version status } } }").await;
        assert_eq!((&ended["status"], &ended["target"], &ended["effectiveTo"]), (&json!("RETIRED"), &json!("PT4H"), &new["effectiveFrom"]));
        let versions = json!({ "totalCount": 2, "nodes": [{ "version": 2, "status": "PUBLISHED" }, { "version": 1, "status": "RETIRED" }] });
        assert_eq!(ended["versions"], versions);
        let other_metric = json!({ "successorOf": old, "metric": "UPDATE" });
        assert_eq!(refused(&desk, "draftExpectation", other_metric).await, ["metric INVALID"]);

        // The case that was given the old promise keeps it, a new one gets the new one.
        let clock = the_clock(&desk, &given, "FIRST_RESPONSE").await;
        assert_eq!(clock["dueAt"], later(&given["openedAt"], 4 * 3_600_000_000));
        let noted = desk.change("updateCase", &given, json!({ "severity": "HIGH" })).await;
        assert_eq!(noted["nextDueAt"], given["nextDueAt"]);
        let case = desk.case("bob", json!({ "channel": "email" })).await;
        assert_eq!(case["nextDueAt"], later(&case["openedAt"], 2 * 3_600_000_000));
        let name = "expectation { name version status }";
        assert_eq!(desk.clocks(&given, name).await[0]["expectation"], json!({ "name": "First word", "version": 1, "status": "RETIRED" }));
        assert_eq!(desk.clocks(&case, name).await[0]["expectation"], json!({ "name": "First word", "version": 2, "status": "PUBLISHED" }));
    }

    async fn given_a_published_expectation_when_it_is_retired_then_it_is_promised_no_more_and_running_clocks_go_on(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let promise = published(&desk, terms()).await;
        let given = desk.case("ada", json!({})).await;
        let retired = act(&desk, "retireExpectation", json!({ "expectationId": promise })).await["expectation"].clone();
        assert_eq!(retired["status"], "RETIRED");
        assert!(micros(&retired["effectiveTo"]) > micros(&given["openedAt"]));
        assert_eq!(act(&desk, "retireExpectation", json!({ "expectationId": promise })).await["expectation"], retired, "it is done");
        assert_eq!(desk.case("bob", json!({})).await["nextDueAt"], Value::Null);
        desk.wait(5 * 3_600_000_000);
        assert_eq!(desk.announce().await, 1);
        assert_eq!(the_clock(&desk, &given, "FIRST_RESPONSE").await["state"], "BREACHING");

        // It can come back as another version, but not for a time in which it was promised already.
        let next = act(&desk, "draftExpectation", json!({ "successorOf": promise })).await["expectation"].clone();
        let early = json!({ "expectationId": next["id"], "effectiveFrom": later(&retired["effectiveTo"], -1) });
        assert_eq!(refused(&desk, "publishExpectation", early).await, ["effectiveFrom OUT_OF_RANGE"]);
        let then = json!({ "expectationId": next["id"], "effectiveFrom": retired["effectiveTo"] });
        assert_eq!(act(&desk, "publishExpectation", then).await["expectation"]["effectiveFrom"], retired["effectiveTo"]);
        let draft = id(&act(&desk, "draftExpectation", terms()).await["expectation"]);
        assert_eq!(refused(&desk, "retireExpectation", json!({ "expectationId": draft })).await, ["expectationId NOT_ALLOWED_NOW"]);
    }

    async fn given_an_expectation_for_later_when_its_time_has_come_then_it_holds_from_then_on(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T08:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let slow = published(&desk, terms()).await;
        let fast = id(&act(&desk, "draftExpectation", json!({ "successorOf": slow, "target": "PT1H" })).await["expectation"]);
        let tomorrow = json!({ "expectationId": fast, "effectiveFrom": "2027-03-02T00:00:00Z" });
        act(&desk, "publishExpectation", tomorrow).await;
        let both = ["First word 2 PUBLISHED", "First word 1 PUBLISHED"];
        assert_eq!(listed(&desk, Value::Null).await, both, "until the next one starts, the present one is what is promised");
        assert_eq!(listed(&desk, json!({ "status": { "eq": "PUBLISHED" } })).await, both);
        app.set_clock("2027-03-01T10:00:00Z");
        let today = complained(&desk, "ada", "t-1", "2027-03-01T09:00:00Z", json!({})).await;
        assert_eq!(today["nextDueAt"], "2027-03-01T13:00:00Z");
        app.set_clock("2027-03-02T09:30:00Z");
        assert_eq!(listed(&desk, json!({ "status": { "eq": "RETIRED" } })).await, ["First word 1 RETIRED"]);
        assert_eq!(listed(&desk, json!({ "status": { "eq": "PUBLISHED" } })).await, ["First word 2 PUBLISHED"]);
        // It goes by when the customer spoke, whenever that became a case.
        let late = complained(&desk, "bob", "t-2", "2027-03-01T23:59:59Z", json!({})).await;
        assert_eq!(late["nextDueAt"], "2027-03-02T03:59:59Z");
        let on_time = complained(&desk, "eve", "t-3", "2027-03-02T00:00:00Z", json!({})).await;
        assert_eq!(on_time["nextDueAt"], "2027-03-02T01:00:00Z");
        assert_eq!(desk.clocks(&on_time, "state").await[0]["state"], "BREACHING");

        // One that is retired before its start never held, and another one may take its time.
        let next = id(&act(&desk, "draftExpectation", json!({ "successorOf": fast, "target": "PT30M" })).await["expectation"]);
        let start = later(&json!(app.now().to_string()), 7 * DAY);
        act(&desk, "publishExpectation", json!({ "expectationId": next, "effectiveFrom": start })).await;
        let retired = act(&desk, "retireExpectation", json!({ "expectationId": next })).await["expectation"].clone();
        assert_eq!((&retired["effectiveFrom"], &retired["effectiveTo"]), (&json!(start), &json!(start)));
        let goes_on = node(&desk, &fast, "... on Expectation { status effectiveTo }").await;
        assert_eq!(goes_on, json!({ "status": "PUBLISHED", "effectiveTo": null }), "no gap is left");
        let other = id(&act(&desk, "draftExpectation", json!({ "successorOf": fast })).await["expectation"]);
        let back = act(&desk, "publishExpectation", json!({ "expectationId": other, "effectiveFrom": start })).await["expectation"].clone();
        assert_eq!((&back["status"], &back["version"]), (&json!("PUBLISHED"), &json!(4)));
        // What is promised until then can be given up before.
        let given_up = act(&desk, "retireExpectation", json!({ "expectationId": fast })).await["expectation"].clone();
        assert_eq!(given_up["status"], "RETIRED");
        assert!(micros(&given_up["effectiveTo"]) < micros(&json!(start)));
        assert_eq!(desk.case("joe", json!({})).await["nextDueAt"], Value::Null);
    }

    async fn given_a_draft_when_it_is_discarded_then_it_is_as_if_it_had_never_been(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let first = published(&desk, terms()).await;
        let idea = id(&act(&desk, "draftExpectation", with(terms(), &json!({ "name": "Idea" }))).await["expectation"]);
        let next = id(&act(&desk, "draftExpectation", json!({ "successorOf": first, "target": "PT1H" })).await["expectation"]);
        let once = json!({ "expectationId": idea, "idempotencyKey": "k-1" });
        assert_eq!(act(&desk, "discardExpectation", once.clone()).await["discardedId"], json!(idea));
        assert_eq!(act(&desk, "discardExpectation", once).await["discardedId"], json!(idea), "the first answer again");
        assert_eq!(refused(&desk, "discardExpectation", json!({ "expectationId": idea })).await, ["expectationId NOT_FOUND"]);
        act(&desk, "discardExpectation", json!({ "expectationId": next })).await;
        assert_eq!(listed(&desk, Value::Null).await, ["First word 1 PUBLISHED"]);
        let gone = desk.client().send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": idea })).await;
        assert_eq!(gone.code(), "NOT_FOUND");

        assert_eq!(refused(&desk, "discardExpectation", json!({ "expectationId": first })).await, ["expectationId NOT_ALLOWED_NOW"]);
        let again = act(&desk, "draftExpectation", json!({ "successorOf": first })).await["expectation"].clone();
        assert_eq!((&again["version"], &again["target"]), (&json!(2), &json!("PT4H")), "nothing of the one before is left");
    }

    async fn given_a_published_name_when_another_expectation_is_published_under_it_then_it_is_taken(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let first = published(&desk, terms()).await;
        let other = id(&act(&desk, "draftExpectation", with(terms(), &json!({ "name": " first WORD" }))).await["expectation"]);
        assert_eq!(refused(&desk, "publishExpectation", json!({ "expectationId": other })).await, ["name TAKEN"]);
        let later = json!({ "expectationId": other, "effectiveFrom": later(&json!(app.now().to_string()), 7 * DAY) });
        assert_eq!(refused(&desk, "publishExpectation", later).await, ["name TAKEN"]);
        // Its own next version may have it, and so may another one once it is free.
        let next = id(&act(&desk, "draftExpectation", json!({ "successorOf": first, "target": "PT2H" })).await["expectation"]);
        act(&desk, "publishExpectation", json!({ "expectationId": next })).await;
        act(&desk, "retireExpectation", json!({ "expectationId": next })).await;
        act(&desk, "publishExpectation", json!({ "expectationId": other })).await;
    }

    async fn given_versions_when_they_are_listed_then_filters_choose_among_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let first = published(&desk, terms()).await;
        let next = id(&act(&desk, "draftExpectation", json!({ "successorOf": first, "name": "First word, sooner" })).await["expectation"]);
        act(&desk, "publishExpectation", json!({ "expectationId": next })).await;
        published(&desk, json!({ "name": "Solved", "publicText": "Within a week.", "metric": "TOTAL_RESOLUTION", "target": "P1W" })).await;
        act(&desk, "draftExpectation", with(terms(), &json!({ "name": "Idea" }))).await;
        let (one, two, three, four) = ("First word 1 RETIRED", "First word, sooner 2 PUBLISHED", "Solved 1 PUBLISHED", "Idea 1 DRAFT");
        for (filter, expected) in [
            (Value::Null, vec![four, three, two, one]),
            (json!({ "status": { "eq": "PUBLISHED" } }), vec![three, two]),
            (json!({ "status": { "in": ["DRAFT", "RETIRED"] } }), vec![four, one]),
            (json!({ "metric": { "eq": "TOTAL_RESOLUTION" } }), vec![three]),
            (json!({ "name": { "contains": "word" }, "not": { "status": { "eq": "RETIRED" } } }), vec![two]),
            (json!({ "or": [{ "name": { "eq": "Idea" } }, { "name": { "eq": "Solved" } }] }), vec![four, three]),
        ] {
            assert_eq!(listed(&desk, filter.clone()).await, expected, "{filter}");
        }
    }

    async fn given_a_key_when_the_same_is_asked_for_again_then_it_is_done_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let draft = with(terms(), &json!({ "idempotencyKey": "k-1" }));
        let first = act(&desk, "draftExpectation", draft.clone()).await;
        assert_eq!(act(&desk, "draftExpectation", draft.clone()).await, first);
        let publish = json!({ "expectationId": first["expectation"]["id"], "idempotencyKey": "k-2" });
        let published = act(&desk, "publishExpectation", publish.clone()).await;
        assert_eq!(act(&desk, "publishExpectation", publish.clone()).await, published);
        assert_eq!(act(&desk, "draftExpectation", draft.clone()).await["expectation"]["status"], "PUBLISHED", "as it is now");
        for (mutation, input) in [
            ("draftExpectation", with(draft, &json!({ "target": "PT5H" }))),
            ("publishExpectation", with(publish.clone(), &json!({ "effectiveFrom": "2020-01-01T00:00:00Z" }))),
            ("retireExpectation", publish),
        ] {
            assert_eq!(send(&desk, mutation, input).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation}");
        }
        assert_eq!(listed(&desk, Value::Null).await, ["First word 1 PUBLISHED"]);
    }
}
