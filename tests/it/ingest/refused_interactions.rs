//! `recordInteractions` with bad input: each record is refused by its field, and the rest of the batch is stored.

use rapport::graphql::global_id::{GlobalId, NodeType};
use serde_json::{Value, json};

use super::calls::{RECORD, blame, count, did, member_id, mendable, statuses, with};
use crate::on_both_engines;
use crate::support::TestApp;

/// What makes a good record bad, and how it is answered.
fn flaws(app: &TestApp, foreign: &str, missing: &str, question: &str) -> Vec<(Value, &'static str)> {
    let long = |length: usize| "x".repeat(length);
    let topics = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>();
    vec![
        (json!({ "occurredAt": app.days_ago(-1.0) }), "occurredAt OUT_OF_RANGE"),
        (json!({ "occurredAt": app.days_ago(-0.01) }), "occurredAt OUT_OF_RANGE"),
        (json!({ "occurredAt": "9999-12-30T00:00:00Z" }), "occurredAt OUT_OF_RANGE"),
        (json!({ "occurredAt": "1989-12-31T23:59:59.999999Z" }), "occurredAt OUT_OF_RANGE"),
        (json!({ "occurredAt": "-009999-02-01T00:00:00Z" }), "occurredAt OUT_OF_RANGE"),
        (json!({ "sentiment": 1.0000001 }), "sentiment OUT_OF_RANGE"),
        (json!({ "sentiment": -2 }), "sentiment OUT_OF_RANGE"),
        (json!({ "sentiment": 1e300 }), "sentiment OUT_OF_RANGE"),
        (json!({ "text": long(20_001) }), "text TOO_LONG"),
        (json!({ "text": "nul \u{0} inside" }), "text INVALID"),
        (json!({ "externalId": "" }), "externalId REQUIRED"),
        (json!({ "externalId": " \t\u{a0}" }), "externalId REQUIRED"),
        (json!({ "externalId": long(201) }), "externalId TOO_LONG"),
        (json!({ "externalId": "x\u{0}" }), "externalId INVALID"),
        (json!({ "source": "" }), "source REQUIRED"),
        (json!({ "source": "\u{0}" }), "source INVALID"),
        (json!({ "source": long(201) }), "source TOO_LONG"),
        (json!({ "actor": "" }), "actor REQUIRED"),
        (json!({ "actor": "no\u{0}body" }), "actor INVALID"),
        (json!({ "target": "  " }), "target REQUIRED"),
        (json!({ "target": long(201) }), "target TOO_LONG"),
        (json!({ "thread": "" }), "thread REQUIRED"),
        (json!({ "thread": "\u{0}" }), "thread INVALID"),
        (json!({ "parent": long(201) }), "parent TOO_LONG"),
        (json!({ "channel": "" }), "channel REQUIRED"),
        (json!({ "topics": topics(21) }), "topics TOO_MANY"),
        (json!({ "topics": ["fine", ""] }), "topics.1 REQUIRED"),
        (json!({ "topics": [long(101)] }), "topics.0 TOO_LONG"),
        (json!({ "topics": ["fine", "fine", "\u{0}"] }), "topics.2 INVALID"),
        (json!({ "url": "" }), "url INVALID"),
        (json!({ "url": "javascript:alert(1)" }), "url INVALID"),
        (json!({ "url": "//host/path" }), "url INVALID"),
        (json!({ "url": "ftp://host/" }), "url INVALID"),
        (json!({ "url": format!("https://{}", long(2_000)) }), "url TOO_LONG"),
        (json!({ "url": "https://x.example/\u{0}" }), "url INVALID"),
        (json!({ "kind": "RETRACTION" }), "retracts REQUIRED"),
        (json!({ "kind": "RETRACTION", "retracts": "" }), "retracts REQUIRED"),
        (json!({ "kind": "RETRACTION", "retracts": "\u{0}" }), "retracts INVALID"),
        (json!({ "retracts": "good-0" }), "retracts INVALID"),
        (json!({ "actor": null, "actorId": foreign }), "actorId NOT_FOUND"),
        (json!({ "actor": null, "actorId": missing }), "actorId NOT_FOUND"),
        (json!({ "actor": null, "actorId": question }), "actorId NOT_FOUND"),
        (json!({ "actor": null, "actorId": "nonsense" }), "actorId NOT_FOUND"),
        (json!({ "actorId": missing }), "actorId INVALID"),
        (json!({ "target": null, "targetId": foreign }), "targetId NOT_FOUND"),
        (json!({ "target": null, "targetId": "" }), "targetId NOT_FOUND"),
    ]
}

on_both_engines! {
    async fn each_flaw_is_named_and_spoils_only_its_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, other) = (app.community("tea").await, app.community("coffee").await);
        let (admin, stranger) = (app.admin(&access).await, app.admin(&other).await);
        let at = app.days_ago(3.0);
        stranger.record("coffee", vec![did("POST", "p-1", "eve", "", &at)]).await;
        let foreign = member_id(&stranger, "coffee", "eve").await;
        let missing = GlobalId::encode(NodeType::Member, access.community_id(), 987_654_321).to_string();
        let told = admin.record("tea", vec![did("QUESTION", "q-1", "ada", "", &at)]).await;
        let question = told["results"][0]["interactionId"].as_str().unwrap().to_owned();

        let flaws = flaws(&app, &foreign, &missing, &question);
        let mut batch = Vec::new();
        for (index, (flaw, _)) in flaws.iter().enumerate() {
            batch.push(with(did("ANSWER", &format!("bad-{index}"), "never", "nobody", &at), flaw));
            batch.push(did("ANSWER", &format!("good-{index}"), "ben", "ada", &at));
        }
        let told = admin.record("tea", batch).await;
        for (index, (flaw, expected)) in flaws.iter().enumerate() {
            let (bad, good) = (&told["results"][2 * index], &told["results"][2 * index + 1]);
            assert_eq!((bad["status"].as_str(), good["status"].as_str()), (Some("REJECTED"), Some("CREATED")), "{flaw}");
            assert_eq!(blame(&bad["error"]), format!("interactions.{}.{expected}", 2 * index), "{flaw}");
        }
        assert_eq!(told["userErrors"].as_array().unwrap().len(), flaws.len());
        let community = access.community_id();
        assert_eq!(count(&app, "interactions", community).await, 1 + flaws.len() as i64);
        assert_eq!(count(&app, "members", community).await, 2, "nobody is made up for a record that was refused");
        assert_eq!(count(&app, "topics", community).await, 0);
        assert_eq!(count(&app, "events", community).await, 2 + 2 + 1 + flaws.len() as i64);
        assert_eq!(count(&app, "interactions", other.community_id()).await, 1);
    }

    async fn the_edges_of_the_ranges_are_inside(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let id = "i".repeat(200);
        let edges = [
            json!({ "occurredAt": "1990-01-01T00:00:00Z" }),
            // Another system's clock may be a little ahead of ours.
            json!({ "occurredAt": app.now().plus_micros(60_000_000).to_string() }),
            json!({ "occurredAt": "2024-02-29T23:59:59.5+14:00" }),
            json!({ "sentiment": 1 }),
            json!({ "sentiment": -1.0, "text": "" }),
            json!({ "sentiment": null, "text": null, "url": null, "topics": null, "thread": null, "actorId": null }),
            json!({ "externalId": id, "actor": id, "target": id, "thread": id, "parent": id, "channel": id, "source": id }),
            json!({ "topics": [] }),
            json!({ "kind": "RETRACTION", "retracts": "what-never-was" }),
            json!({ "url": "http://x" }),
        ];
        let good = did("ANSWER", "", "ben", "ada", &app.days_ago(3.0));
        let batch = edges.iter().enumerate().map(|(n, edge)| with(with(good.clone(), &json!({ "externalId": format!("a-{n}") })), edge)).collect();
        let told = admin.record("tea", batch).await;
        assert_eq!(mendable(&told), [""; 0]);
        assert!(statuses(&told).iter().all(|status| *status == "CREATED"));
    }

    async fn what_is_no_interaction_refuses_the_call(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let good = with(did("POST", "p-1", "ada", "", &app.days_ago(3.0)), &json!({ "source": "forum" }));
        let flaws = [
            json!({ "kind": "SHOUT" }),
            json!({ "kind": 3 }),
            json!({ "kind": null }),
            json!({ "occurredAt": "yesterday" }),
            json!({ "occurredAt": 1_700_000_000 }),
            json!({ "occurredAt": null }),
            json!({ "sentiment": "high" }),
            json!({ "topics": [null] }),
            json!({ "externalId": null }),
            json!({ "externalId": 17 }),
            json!({ "visibility": "SECRET" }),
            json!({ "unknownField": 1 }),
        ];
        for flaw in flaws {
            let interactions = [good.clone(), with(with(good.clone(), &json!({ "externalId": "p-2" })), &flaw)];
            let answer = admin.send(RECORD, json!({ "input": { "community": "tea", "interactions": interactions } })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{flaw}\n{:#}", answer.body);
            assert!(!answer.message().is_empty());
        }
        assert_eq!(count(&app, "interactions", access.community_id()).await, 0);
        assert_eq!(count(&app, "members", access.community_id()).await, 0);
    }
}
