//! The queue: by promise and severity, and blind to who the member is.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{DAY, Desk, HOUR, micros, numbers, text};
use crate::ingest::calls::{did, upsert, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// One page of the queue, with everything that must not depend on who the member is.
const QUEUE: &str = "query($slug: String!, $first: Int, $after: String, $filter: CaseFilter) { community(slug: $slug) { \
     caseQueue(first: $first, after: $after, filter: $filter) { totalCount pageInfo { hasNextPage endCursor } \
     nodes { number subject status severity openedAt nextDueAt assignee { name } clocks { metric instance state startedAt dueAt warnAt } } } } }";

async fn queue(desk: &Desk<'_>, paging: Value) -> Value {
    let data = desk.client().ok(QUEUE, with(json!({ "slug": desk.slug() }), &paging)).await;
    data["community"]["caseQueue"].clone()
}

/// Numbers without order, the same in every run.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut state = seed;
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, usize::try_from((state >> 33) % (last as u64 + 1)).unwrap());
    }
    order
}

/// Members with the ranks given: the lower, the more kudos, the more followers, the better the tier.
async fn people(desk: &Desk<'_>, ranks: &[usize]) {
    let app = desk.app;
    let tiers = ["platinum", "gold", "silver", "none"];
    let person = |(member, rank): (usize, &usize)| {
        json!({
            "externalId": format!("m-{member}"), "displayName": format!("Member {member}"), "attributes": { "tier": tiers[rank % 4] },
            "identities": [{ "provider": "twitter", "externalId": format!("t-{member}"), "followerCount": 10_i64.pow(6 - (*rank as u32) % 6), "verified": rank % 2 == 0 }],
        })
    };
    upsert(&desk.client(), desk.slug(), ranks.iter().enumerate().map(person).collect()).await;
    let at = app.days_ago(3.0);
    let mut thanks = Vec::new();
    for (member, rank) in ranks.iter().enumerate() {
        for one in 0..2 * (ranks.len() - rank) {
            thanks.push(did(
                "KUDOS",
                &format!("k-{member}-{one}"),
                &format!("fan-{one}"),
                &format!("m-{member}"),
                &at,
            ));
        }
    }
    desk.client().record(desk.slug(), thanks).await;
    app.scores_settled(&desk.access).await;
}

/// The same cases, from complaints of the same instants.
async fn complaints(desk: &Desk<'_>, agents: &[&Desk<'_>], since: i64) -> Vec<Value> {
    let severities = ["LOW", "CRITICAL", "NORMAL", "HIGH"];
    let mut opened = Vec::new();
    for member in 0..12_usize {
        let at = entity::Timestamp::from_micros(since + (member as i64 % 5) * HOUR).to_string();
        let said = with(
            did("COMPLAINT", &format!("c-{member}"), &format!("m-{member}"), "", &at),
            &json!({ "text": format!("Complaint {member}") }),
        );
        let recorded = desk.client().record(desk.slug(), vec![said]).await;
        let input = json!({ "memberId": desk.member_of(member).await, "originId": recorded["results"][0]["interactionId"], "severity": severities[member % 4] });
        let case = desk.act("openCase", input).await["case"].clone();
        if member % 3 == 0 {
            desk.change(
                "assignCase",
                &case,
                json!({ "assigneeId": agents[member % agents.len()].staff_id() }),
            )
            .await;
        }
        opened.push(case);
    }
    opened
}

impl Desk<'_> {
    async fn member_of(&self, number: usize) -> String {
        crate::ingest::calls::member_id(&self.client(), self.slug(), &format!("m-{number}")).await
    }
}

/// The fewest statements of several tries: the keeper of scores looks at the log in between.
async fn fewest(client: &Client<'_>, query: &str, check: impl Fn(&Value)) -> u64 {
    let mut fewest = u64::MAX;
    for _try in 0..15 {
        let before = client.app.app.db.statements();
        let data = client.ok(query, json!({})).await;
        fewest = fewest.min(client.app.app.db.statements() - before);
        check(&data["community"]);
    }
    fewest
}

on_both_engines! {
    async fn given_cases_when_they_queue_then_what_is_due_first_is_first_and_then_what_is_worst(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "severities": ["CRITICAL"] })).await;
        desk.promise("FIRST_RESPONSE", "PT8H", json!({ "severities": ["HIGH", "NORMAL"] })).await;
        // Complaints of one instant, so that severity decides, and of others.
        let at = app.now().plus_micros(-HOUR);
        let complaint = async |id: &str, severity: &str, at: entity::Timestamp| {
            let said = with(did("COMPLAINT", id, "ada", "", &at.to_string()), &json!({ "text": id }));
            let recorded = desk.client().record("tea", vec![said]).await;
            let ada = crate::ingest::calls::member_id(&desk.client(), "tea", "ada").await;
            let input = json!({ "memberId": ada, "originId": recorded["results"][0]["interactionId"], "severity": severity });
            desk.act("openCase", input).await["case"].clone()
        };
        let one = complaint("one", "NORMAL", at).await;
        complaint("two", "HIGH", at).await;
        complaint("three", "LOW", at).await;
        complaint("four", "NORMAL", at.plus_micros(-HOUR)).await;
        let five = complaint("five", "CRITICAL", at.plus_micros(HOUR / 2)).await;
        complaint("six", "LOW", at.plus_micros(-HOUR)).await;
        complaint("seven", "NORMAL", at).await;
        let in_order = [5, 4, 2, 1, 7, 6, 3];
        let all = queue(&desk, json!({})).await;
        assert_eq!((numbers(&all), &all["totalCount"]), (in_order.to_vec(), &json!(7)));
        assert_eq!((&all["nodes"][5]["nextDueAt"], &all["nodes"][6]["nextDueAt"]), (&Value::Null, &Value::Null), "what nobody promised comes last");

        for size in 1..=8 {
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let page = queue(&desk, json!({ "first": size, "after": cursor })).await;
                seen.extend(numbers(&page));
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                cursor = page["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(seen, in_order, "{size}");
        }
        let high = queue(&desk, json!({ "filter": { "severity": { "in": ["HIGH", "NORMAL"] } } })).await;
        assert_eq!((numbers(&high), &high["totalCount"]), (vec![4, 2, 1, 7], &json!(4)));

        // Who was answered is owed nothing now; who was helped is gone.
        desk.change("respondToCase", &five, json!({ "text": "We come" })).await;
        desk.change("resolveCase", &one, json!({ "message": "Done" })).await;
        assert_eq!(numbers(&queue(&desk, json!({})).await), [4, 2, 7, 5, 6, 3]);
        desk.change("recordCustomerMessage", &one, json!({ "text": "Not at all" })).await;
        assert!(numbers(&queue(&desk, json!({})).await).contains(&1), "a reopened case is back");
    }

    async fn given_other_scores_followers_and_tiers_when_the_same_cases_queue_then_nothing_differs(engine: Engine) {
        let app = TestApp::start(engine).await;
        let since = app.now().plus_micros(-DAY).as_micros();
        let (mut pages, mut influence) = (Vec::new(), Vec::new());
        for (slug, seed) in [("one", 1), ("two", 99), ("three", 4_711)] {
            let desk = Desk::open(&app, slug).await;
            let (ben, cyd) = (
                desk.beside("Ben", Role::Agent, Visibility::Private).await,
                desk.beside("Cyd", Role::Agent, Visibility::Private).await,
            );
            for (metric, target, severity) in [("FIRST_RESPONSE", "PT26H", "CRITICAL"), ("FIRST_RESPONSE", "P2D", "HIGH"), ("FIRST_RESOLUTION", "P2D", "NORMAL")] {
                desk.promise(metric, target, json!({ "severities": [severity], "warnBefore": "PT1H" })).await;
            }
            people(&desk, &shuffled(12, seed)).await;
            let cases = complaints(&desk, &[&ben, &cyd], since).await;
            let mut page = queue(&desk, json!({ "first": 100 })).await;
            // Cursors name rows, whose ids differ between communities.
            page["pageInfo"]["endCursor"] = Value::Null;
            pages.push(page.to_string());
            let mut frozen = Vec::new();
            for case in &cases {
                frozen.push(desk.read(case, "influenceAtOpen").await["influenceAtOpen"].as_f64().unwrap());
            }
            influence.push(frozen);
        }
        assert!(influence[0] != influence[1] && influence[1] != influence[2], "the scores were shuffled: {influence:?}");
        assert_eq!(pages[0], pages[1]);
        assert_eq!(pages[1], pages[2]);
        let page: Value = serde_json::from_str(&pages[0]).unwrap();
        assert_eq!(page["totalCount"], 12);
        assert!(page["nodes"].as_array().unwrap().iter().any(|case| case["assignee"]["name"] == "Ben"));
        assert!(page["nodes"].as_array().unwrap().iter().filter(|case| !case["nextDueAt"].is_null()).count() >= 9);
    }

    async fn given_a_page_of_twenty_when_it_is_read_then_it_costs_one_statement_for_each_kind_of_thing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
        desk.promise("FIRST_RESOLUTION", "P2D", json!({})).await;
        let mut last = Value::Null;
        for number in 0..25 {
            last = desk.case(&format!("m-{number}"), json!({ "assigneeId": desk.staff_id() })).await;
        }
        desk.wait(2 * HOUR);
        desk.announce().await;
        let breach = desk.read(&last, "breaches { id }").await["breaches"][0]["id"].clone();
        let apology = json!({ "caseId": last["id"], "breachIds": [breach], "text": "Sorry", "components": ["RESPONSIBILITY"], "send": true });
        desk.act("recordApology", apology).await;
        let tomorrow = app.now().plus_micros(DAY).to_string();
        desk.act("scheduleFollowUp", json!({ "caseId": last["id"], "kind": "PROMISE", "description": "Call", "dueAt": tomorrow })).await;
        let client = desk.client();

        let query = "{ community(slug: \"tea\") { caseQueue(first: 20) { nodes { number subject status nextDueAt member { displayName } } } } }";
        let twenty = |data: &Value| assert_eq!(data["caseQueue"]["nodes"].as_array().unwrap().len(), 20);
        let cost = fewest(&client, query, twenty).await;
        assert!(cost <= 3, "access, page, members: {cost}");

        let query = "{ community(slug: \"tea\") { caseQueue(first: 20) { nodes { number subject status severity nextDueAt assignee { name } \
                     member { displayName } clocks { metric state dueAt expectation { name target } } breaches { dueAt answered } \
                     apologies { status sentAt } followUps { status dueAt } } } } }";
        let cost = fewest(&client, query, |data| {
            twenty(data);
            let nodes = data["caseQueue"]["nodes"].as_array().unwrap();
            assert!(nodes.iter().all(|node| node["clocks"].as_array().unwrap().len() == 2 && node["breaches"].as_array().unwrap().len() == 1));
        })
        .await;
        // Access, page, members, names of staff, clocks, expectations, breaches, answers, apologies, follow-ups.
        assert!(cost <= 10, "{cost}");
    }

    async fn given_running_clocks_when_the_queue_is_read_late_then_it_says_how_they_stand_now(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        desk.promise("FIRST_RESPONSE", "PT4H", json!({ "warnBefore": "PT1H" })).await;
        desk.promise("FIRST_RESOLUTION", "P1D", json!({})).await;
        let case = desk.case("ada", json!({})).await;
        let states = async || {
            let clocks = desk.clocks(&case, "state").await;
            clocks.iter().map(|clock| text(&clock["state"])).collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["PENDING", "PENDING"]);
        desk.wait(3 * HOUR);
        assert_eq!(states().await, ["PENDING", "IMMINENT_BREACH"]);
        desk.wait(2 * HOUR);
        assert_eq!(states().await, ["PENDING", "BREACHING"]);
        assert_eq!(micros(&queue(&desk, json!({})).await["nodes"][0]["nextDueAt"]), micros(&case["openedAt"]) + 4 * HOUR, "it is overdue");
        desk.announce().await;
        assert_eq!(states().await, ["PENDING", "BREACHING"]);
        desk.change("respondToCase", &case, json!({ "text": "Here we are", "then": "WAITING_ON_CUSTOMER" })).await;
        let clocks = desk.clocks(&case, "state dueAt pausedAt consumed").await;
        assert_eq!((&clocks[0]["state"], &clocks[0]["dueAt"]), (&json!("PENDING"), &Value::Null), "it is paused");
        assert!(clocks[0]["pausedAt"].is_string() && text(&clocks[0]["consumed"]).starts_with("PT5H"));
        assert_eq!(clocks[1]["state"], "BREACHED");
        let open = desk.read(&case, "all: clocks { metric } open: clocks(ended: false) { metric } over: clocks(ended: true) { metric } one: clocks(first: 1) { metric }").await;
        assert_eq!((&open["open"], &open["over"]), (&json!([{ "metric": "FIRST_RESOLUTION" }]), &json!([{ "metric": "FIRST_RESPONSE" }])));
        assert_eq!((open["all"].as_array().unwrap().len(), open["one"].as_array().unwrap().len()), (2, 1));
    }
}
