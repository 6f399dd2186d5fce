//! What each subscription tells.

use entity::{Role, Visibility};
use rapport::events::EventType;
use rapport::graphql::global_id::GlobalId;
use serde_json::{Value, json};

use super::{Socket, end, write_event};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::support::TestApp;

const CASE: &str = "subscription($case: ID!, $after: String) { caseUpdated(community: \"home\", caseId: $case, after: $after) \
                    { cursor case { id status subject version } change { type } } }";
const QUEUE: &str = "subscription($after: String) { caseQueueChanged(community: \"home\", after: $after) { cursor cases } }";
const SCORES: &str = "subscription($after: String, $members: [ID!]) { influenceChanged(community: \"home\", after: $after, memberIds: $members) \
                      { cursor member { id } value previousValue rank previousRank level previousLevel } }";
const DUE: &str = "subscription($after: String, $mine: Boolean!) { followUpsDue(community: \"home\", after: $after, mine: $mine) \
                   { cursor followUp { id status ownerId } } }";

fn key(id: &Value) -> i64 {
    GlobalId::decode(id.as_str().unwrap()).unwrap().key
}

on_both_engines! {
    async fn given_a_case_when_it_changes_then_whoever_looks_at_it_sees_it_as_it_is_now(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "home").await;
        let (case, other) = (desk.case("ada", json!({})).await, desk.case("bob", json!({})).await);
        let client = desk.client();
        let mut socket = Socket::open(&client).await;
        socket.begin("1", CASE, json!({ "case": case["id"], "after": end(&client, "home").await })).await;
        desk.change("updateCase", &other, json!({ "subject": "Not this one" })).await;
        desk.change("updateCase", &case, json!({ "subject": "It hums" })).await;
        let update = socket.data().await["caseUpdated"].clone();
        assert_eq!((&update["case"]["id"], &update["case"]["subject"]), (&case["id"], &json!("It hums")));
        assert_eq!(update["change"], json!({ "type": "case.updated" }));
        // What hangs on a case changes it, too.
        let planned = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Ask", "dueAt": app.days_ago(-1.0) });
        desk.act("scheduleFollowUp", planned).await;
        let update = socket.data().await["caseUpdated"].clone();
        assert_eq!(update["change"], json!({ "type": "follow_up.scheduled" }));
    }

    async fn given_a_case_when_it_is_moved_out_of_sight_then_who_looked_at_it_is_told_and_that_is_all(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "home").await;
        let case = desk.case("ada", json!({})).await;
        let reader = desk.beside("Rita", Role::Viewer, Visibility::Public).await.client();
        let start = end(&reader, "home").await;
        let (mut below, mut above) = (Socket::open(&reader).await, Socket::open(&desk.client()).await);
        for socket in [&mut below, &mut above] {
            socket.begin("1", CASE, json!({ "case": case["id"], "after": start })).await;
        }
        desk.change("addCaseNote", &case, json!({ "text": "among us" })).await;
        assert_eq!(above.data().await["caseUpdated"]["change"]["type"], "case.noted");
        desk.change("moveCase", &case, json!({ "to": "PRIVATE" })).await;
        let gone = below.data().await["caseUpdated"].clone();
        assert_eq!((&gone["case"], &gone["change"]), (&Value::Null, &json!({ "type": "case.withdrawn" })), "and nothing of the note");
        assert_eq!(below.hear().await.message(), json!({ "id": "1", "type": "complete" }));
        for told in ["case.withdrawn", "case.moved"] {
            let update = above.data().await["caseUpdated"].clone();
            assert_eq!((&update["change"]["type"], &update["case"]["id"]), (&json!(told), &case["id"]));
        }
        below.begin("again", CASE, json!({ "case": case["id"] })).await;
        assert_eq!(below.failure().await.0, "NOT_FOUND");
    }

    async fn given_the_queue_when_cases_change_then_it_is_told_which_a_few_times_a_second(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "home").await;
        let (first, second) = (desk.case("ada", json!({})).await, desk.case("bob", json!({})).await);
        let client = desk.client();
        let start = end(&client, "home").await;
        for round in 0..5 {
            desk.change("updateCase", &first, json!({ "subject": format!("First {round}") })).await;
            desk.change("updateCase", &second, json!({ "subject": format!("Second {round}") })).await;
        }
        desk.change("addCaseNote", &first, json!({ "text": "moves nothing" })).await;
        let mut socket = Socket::open(&client).await;
        socket.begin("1", QUEUE, json!({ "after": start })).await;
        let told = socket.data().await["caseQueueChanged"].clone();
        assert_eq!(told["cases"], json!([first["id"], second["id"]]), "ten changes at once are told at once");
        let hidden = desk.case("cyd", json!({ "visibility": "PRIVATE" })).await;
        assert_eq!(socket.data().await["caseQueueChanged"]["cases"], json!([hidden["id"]]));
        let reader = desk.beside("Rita", Role::Viewer, Visibility::Public).await.client();
        let mut below = Socket::open(&reader).await;
        below.begin("1", QUEUE, json!({ "after": told["cursor"] })).await;
        desk.change("resolveCase", &second, json!({ "message": "Done" })).await;
        assert_eq!(below.data().await["caseQueueChanged"]["cases"], json!([second["id"]]), "and nothing of the private one");
    }

    async fn given_scores_when_they_move_then_it_is_told_as_in_the_log(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "home").await;
        let (ada, bob) = (json!(desk.member("ada").await), json!(desk.member("bob").await));
        let client = desk.client();
        let start = end(&client, "home").await;
        let rise = json!({ "value": 12.5, "previousValue": null, "rank": 3, "previousRank": null, "level": "CONTRIBUTING", "previousLevel": null });
        let gone = json!({ "value": null, "previousValue": null, "rank": null, "previousRank": null, "level": null, "previousLevel": null });
        write_event(&app, &desk.access, EventType::ScoreChanged, key(&bob), rise.clone()).await;
        write_event(&app, &desk.access, EventType::ScoreChanged, key(&ada), rise.clone()).await;
        let mut socket = Socket::open(&client).await;
        socket.begin("1", SCORES, json!({ "after": start, "members": [ada] })).await;
        let told = socket.data().await["influenceChanged"].clone();
        assert_eq!((&told["member"]["id"], &told["value"], &told["rank"], &told["level"]), (&ada, &json!(12.5), &json!(3), &json!("CONTRIBUTING")));
        assert_eq!(told["previousValue"], Value::Null);
        // Who opted out is told of as gone, and not with the score that they had.
        let consent = json!({ "members": [{ "source": "forum", "externalId": "ada", "consent": "OPTED_OUT" }] });
        let query = "mutation($members: [MemberInput!]!) { upsertMembers(input: { community: \"home\", members: $members }) { userErrors { message } } }";
        assert_eq!(client.ok(query, consent).await["upsertMembers"]["userErrors"], json!([]));
        write_event(&app, &desk.access, EventType::ScoreChanged, key(&ada), rise).await;
        write_event(&app, &desk.access, EventType::ScoreChanged, key(&ada), gone).await;
        let told = socket.data().await["influenceChanged"].clone();
        assert_eq!((&told["value"], &told["previousRank"], &told["previousLevel"]), (&Value::Null, &Value::Null, &Value::Null));
    }

    async fn given_follow_ups_when_their_day_comes_then_it_is_told_to_all_or_to_who_owns_them(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "home").await;
        let agent = desk.beside("Abel", Role::Agent, Visibility::Private).await;
        let case = desk.case("ada", json!({})).await;
        let start = end(&desk.client(), "home").await;
        let due = app.now().plus_micros(86_400_000_000);
        let mut planned = Vec::new();
        for owner in [&desk, &agent] {
            let input = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Ask", "dueAt": due.to_string(), "ownerId": owner.staff_id() });
            planned.push(desk.act("scheduleFollowUp", input).await["followUp"]["id"].clone());
        }
        let (mut all, mut mine) = (Socket::open(&desk.client()).await, Socket::open(&agent.client()).await);
        all.begin("1", DUE, json!({ "after": start, "mine": false })).await;
        mine.begin("1", DUE, json!({ "after": start, "mine": true })).await;
        app.announce_by(due).await;
        let mut told = Vec::new();
        for _ in 0..2 {
            told.push(all.data().await["followUpsDue"]["followUp"]["id"].clone());
        }
        told.sort_by_key(key);
        assert_eq!(told, planned);
        assert_eq!(mine.data().await["followUpsDue"]["followUp"]["id"], planned[1]);
    }
}
