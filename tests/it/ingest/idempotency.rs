//! Idempotency keys: a call that is sent again is done once.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::calls::{RECORD, UPSERT, count, did, member_id, mendable, merge, statuses, upsert, with};
use crate::on_both_engines;
use crate::support::{Answer, Client, TestApp};

async fn record(client: &Client<'_>, community: &str, key: &str, interactions: &[Value]) -> Answer {
    let interactions: Vec<Value> = interactions.iter().map(|one| with(json!({ "source": "forum" }), one)).collect();
    let input = json!({ "community": community, "interactions": interactions, "idempotencyKey": key });
    client.send(RECORD, json!({ "input": input })).await
}

on_both_engines! {
    async fn the_first_answer_is_given_again(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let batch = [did("ANSWER", "a-1", "ben", "ada", &at), with(did("ANSWER", "a-2", "ben", "ada", &at), &json!({ "sentiment": 9.0 })), did("ANSWER", "a-1", "ben", "", &at)];
        let first = record(&admin, "tea", "k", &batch).await;
        assert_eq!(statuses(&first.body["data"]["recordInteractions"]), ["CREATED", "REJECTED", "REJECTED"]);
        let events = count(&app, "events", access.community_id()).await;
        for _again in 0..3 {
            assert_eq!(record(&admin, "tea", "k", &batch).await.body, first.body);
        }
        // Long after, too, and by whoever else writes in between.
        admin.record("tea", vec![did("POST", "p-1", "ada", "", &at)]).await;
        app.app.clock.advance_micros(600_000_000);
        assert_eq!(record(&admin, "tea", "k", &batch).await.body, first.body);
        assert_eq!(count(&app, "interactions", access.community_id()).await, 2);
        assert_eq!(count(&app, "members", access.community_id()).await, 2);
        assert_eq!(count(&app, "events", access.community_id()).await, events + 1);
        // Without the key, the same records are known.
        let told = admin.record("tea", batch.to_vec()).await;
        assert_eq!(statuses(&told), ["DUPLICATE", "REJECTED", "REJECTED"]);
    }

    async fn a_key_is_good_for_one_input(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let one = did("POST", "p-1", "ada", "", &at);
        let two = did("POST", "p-2", "ada", "", &at);
        let first = record(&admin, "tea", "k", std::slice::from_ref(&one)).await;
        let others = [
            vec![two.clone()],
            vec![one.clone(), two.clone()],
            vec![],
            vec![with(one.clone(), &json!({ "text": "more" }))],
            vec![with(one.clone(), &json!({ "visibility": "PRIVATE" }))],
        ];
        for other in others {
            let answer = record(&admin, "tea", "k", &other).await;
            assert_eq!(answer.code(), "IDEMPOTENCY_KEY_REUSED", "{other:?}");
            assert_eq!(answer.body["data"]["recordInteractions"], Value::Null);
        }
        let input = json!({ "community": "tea", "members": [{ "source": "forum", "externalId": "ada" }], "idempotencyKey": "k" });
        assert_eq!(admin.send(UPSERT, json!({ "input": input })).await.code(), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(count(&app, "interactions", access.community_id()).await, 1);
        assert_eq!(record(&admin, "tea", "k", &[one]).await.body, first.body);
        assert_eq!(statuses(&record(&admin, "tea", "another", &[two]).await.body["data"]["recordInteractions"]), ["CREATED"]);
    }

    async fn what_is_refused_before_the_rest_belongs_to_the_input(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let good = did("POST", "p-1", "ada", "", &app.days_ago(3.0));
        let bad = with(did("POST", "p-2", "ada", "", &app.days_ago(3.0)), &json!({ "actorId": "nonsense" }));
        let first = record(&admin, "tea", "k", &[bad, good.clone()]).await;
        assert_eq!(statuses(&first.body["data"]["recordInteractions"]), ["REJECTED", "CREATED"]);
        let answer = record(&admin, "tea", "k", &[good]).await;
        assert_eq!(answer.code(), "IDEMPOTENCY_KEY_REUSED", "{:#}", answer.body);
    }

    async fn fifty_at_once_do_one_thing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let batch = [did("ANSWER", "a-1", "ben", "ada", &at), did("ANSWER", "a-2", "cid", "ada", &at)];
        let answers = futures_util::future::join_all((0..50).map(|_n| record(&admin, "tea", "k", &batch))).await;
        assert_eq!(statuses(&answers[0].body["data"]["recordInteractions"]), ["CREATED", "CREATED"]);
        for answer in &answers {
            assert_eq!(answer.body["data"], answers[0].body["data"], "{:#}", answer.body);
        }
        let community = access.community_id();
        assert_eq!(count(&app, "interactions", community).await, 2);
        assert_eq!(count(&app, "members", community).await, 3);
        assert_eq!(count(&app, "events", community).await, 2 + 3 + 2);
        assert_eq!(count(&app, "idempotency_keys", community).await, 1);
    }

    async fn keys_of_others_do_not_meet(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, other) = (app.community("tea").await, app.community("coffee").await);
        let admin = app.admin(&access).await;
        let agent = app.staff(&access, Role::Agent, Visibility::Public).await;
        let elsewhere = app.admin(&other).await;
        let at = app.days_ago(3.0);
        let callers = [(&admin, "tea", "p-1"), (&agent, "tea", "p-2"), (&elsewhere, "coffee", "p-3")];
        for (client, community, id) in callers {
            let answer = record(client, community, "k", &[did("POST", id, "ada", "", &at)]).await;
            assert_eq!(statuses(&answer.body["data"]["recordInteractions"]), ["CREATED"]);
        }
        // Another caller with the same key and input is told what is true for them.
        let answer = record(&agent, "tea", "of-agent", &[did("POST", "p-1", "ada", "", &at)]).await;
        assert_eq!(statuses(&answer.body["data"]["recordInteractions"]), ["DUPLICATE"]);
        assert_eq!(count(&app, "interactions", access.community_id()).await, 2);
        assert_eq!(count(&app, "interactions", other.community_id()).await, 1);
    }

    async fn a_call_that_failed_leaves_its_key_free(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        upsert(&admin, "tea", vec![json!({ "externalId": "a" }), json!({ "externalId": "b" })]).await;
        let (a, b) = (member_id(&admin, "tea", "a").await, member_id(&admin, "tea", "b").await);
        let input = |member: &str, into: &str| json!({ "community": "tea", "memberId": member, "intoId": into, "idempotencyKey": "k" });
        assert_eq!(mendable(&merge(&admin, input(&a, &a)).await), ["intoId INVALID"]);
        let many: Vec<Value> = (0..1_001).map(|n| did("POST", &format!("p-{n}"), "a", "", &at)).collect();
        let refused = record(&admin, "tea", "k", &many).await;
        assert_eq!(mendable(&refused.body["data"]["recordInteractions"]), ["interactions TOO_MANY"]);
        let viewer = app.staff(&access, Role::Viewer, Visibility::Public).await;
        assert_eq!(record(&viewer, "tea", "k", &many[..1]).await.code(), "FORBIDDEN");
        assert_eq!(count(&app, "idempotency_keys", access.community_id()).await, 0);

        let first = merge(&admin, input(&a, &b)).await;
        assert_eq!(first["member"]["id"], b);
        assert_eq!(merge(&admin, input(&a, &b)).await, first);
        assert_eq!(record(&admin, "tea", "k", &many[..1]).await.code(), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(count(&app, "idempotency_keys", access.community_id()).await, 1);
    }

    async fn bad_keys_are_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let one = [did("POST", "p-1", "ada", "", &app.days_ago(3.0))];
        let too_long = "k".repeat(256);
        for key in ["", "a\u{0}b", too_long.as_str()] {
            let answer = record(&admin, "tea", key, &one).await;
            let payload = &answer.body["data"]["recordInteractions"];
            assert_eq!((mendable(payload), &payload["results"]), (vec!["idempotencyKey INVALID".to_owned()], &json!([])));
        }
        assert_eq!(count(&app, "interactions", access.community_id()).await, 0);
        let longest = "🔑".repeat(255);
        assert_eq!(statuses(&record(&admin, "tea", &longest, &one).await.body["data"]["recordInteractions"]), ["CREATED"]);
    }
}
