//! Discounting evidence: what it does to scores, when, and what is refused.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{discount, discounts, order, recorded, restore, told};
use crate::ingest::calls::{assert_close, did, done, leaderboard, member, mutate, number, payload, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const MINUTE: i64 = 60_000_000;

/// The points of ada, now or as of an instant, and how many receipts there are.
async fn score(client: &Client<'_>, arguments: &str) -> (f64, u64) {
    let fields = format!("influence{arguments} {{ points receipts(first: 100) {{ totalCount points }} }}");
    let found = member(client, "tea", "ada", &fields).await["influence"].clone();
    assert_close(number(&found["receipts"]["points"]), number(&found["points"]), 1e-9);
    (number(&found["points"]), found["receipts"]["totalCount"].as_u64().unwrap())
}

fn at(instant: &str) -> String {
    format!("(at: \"{instant}\")")
}

on_both_engines! {
    async fn given_a_discount_then_it_counts_neither_now_nor_in_between_and_before_and_after_as_ever(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let day = app.days_ago(10.0);
        let ids = recorded(&admin, vec![did("KUDOS", "k-1", "ben", "ada", &day), did("ANSWER", "a-1", "ada", "cid", &day)]).await;
        app.scores_settled(&access).await;
        let before = app.now().to_string();
        let whole = score(&admin, &at(&before)).await;
        assert_eq!(whole.1, 2);
        assert_eq!(leaderboard(&admin, "tea", "", "").await.keys().collect::<Vec<_>>(), ["ada"]);

        app.app.clock.advance_micros(MINUTE);
        let made = discount(&admin, &ids[..1]).await;
        assert_eq!((&made["count"], &made["discounts"][0]["inForce"]), (&json!(1), &json!(true)));
        assert_eq!((&made["discounts"][0]["reason"], &made["discounts"][0]["interaction"]["id"]), (&json!("It was arranged"), &ids[0]));
        app.app.clock.advance_micros(MINUTE);
        app.scores_settled(&access).await;
        let between = app.now().to_string();
        let less = score(&admin, "").await;
        assert_eq!(less.1, 1, "it is no receipt");
        assert!(less.0 < whole.0 && less.0 > 0.0);
        let board = leaderboard(&admin, "tea", "", "").await;
        assert_close(number(&board["ada"]["points"]), less.0, 1e-3);
        // The past stays what it was, in scores and in rankings.
        let past = score(&admin, &at(&before)).await;
        assert_eq!(past.1, 2);
        assert_close(past.0, whole.0, 1e-12);
        let board = leaderboard(&admin, "tea", &format!("at: \"{before}\""), "").await;
        assert_close(number(&board["ada"]["points"]), whole.0, 1e-9);
        let board = leaderboard(&admin, "tea", &format!("at: \"{between}\""), "").await;
        assert_close(number(&board["ada"]["points"]), less.0, 1e-3);

        app.app.clock.advance_micros(MINUTE);
        let back = restore(&admin, &ids[..1]).await;
        let row = &back["discounts"][0];
        assert_eq!((&row["inForce"], &row["restoreReason"], &row["reason"]), (&json!(false), &json!("It was not"), &json!("It was arranged")));
        app.app.clock.advance_micros(MINUTE);
        app.scores_settled(&access).await;
        let again = score(&admin, "").await;
        assert_eq!(again.1, 2);
        assert_close(again.0, whole.0, 1e-3);
        let past = score(&admin, &at(&between)).await;
        assert_eq!(past.1, 1, "in between it did not count");
        assert_close(number(&leaderboard(&admin, "tea", "", "").await["ada"]["points"]), whole.0, 1e-3);
        let board = leaderboard(&admin, "tea", &format!("at: \"{between}\""), "").await;
        assert_close(number(&board["ada"]["points"]), past.0, 1e-9);
        // It can be discounted once more.
        discount(&admin, &ids).await;
        app.scores_settled(&access).await;
        assert_eq!(score(&admin, "").await, (0.0, 0));
        assert!(leaderboard(&admin, "tea", "", "").await.is_empty());
    }

    async fn discounted_evidence_makes_no_trust(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        // Ben and Eva are trusted because four people thanked them long ago.
        let long_ago = app.days_ago(200.0);
        let thanks = |whom: &str| -> Vec<Value> {
            (0..4).map(|n| did("KUDOS", &format!("k-{n}-{whom}"), &format!("m-{n}"), whom, &long_ago)).collect()
        };
        let ids = recorded(&admin, thanks("ben")).await;
        recorded(&admin, thanks("eva")).await;
        recorded(&admin, vec![did("KUDOS", "k-ada", "ben", "ada", &app.days_ago(3.0))]).await;
        app.scores_settled(&access).await;
        let trust = async || {
            let found = member(&admin, "tea", "ada", "influence { receipts(first: 1) { nodes { trust } } }").await;
            number(&found["influence"]["receipts"]["nodes"][0]["trust"])
        };
        assert_close(trust().await, 1.0, 1e-9);
        discount(&admin, &ids[..3]).await;
        app.scores_settled(&access).await;
        // What is left is what everybody's credit counts while of the twenty whom a community needs only Eva is trusted.
        assert_close(trust().await, 0.95, 1e-9);
        let ties = member(&admin, "tea", "ben", "influence { receipts(first: 10) { totalCount } } influences(first: 10) { nodes { strength } }").await;
        assert_eq!(ties["influence"]["receipts"]["totalCount"], 1);
        assert_eq!(ties["influences"]["nodes"].as_array().unwrap().len(), 1, "nor is it a tie");
        restore(&admin, &ids[..3]).await;
        app.scores_settled(&access).await;
        assert_close(trust().await, 1.0, 1e-9);
    }

    async fn given_an_interaction_that_will_not_do_then_nothing_is_done_and_each_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let other = app.community("beer").await;
        let (admin, stranger) = (app.admin(&access).await, app.admin(&other).await);
        let day = app.days_ago(5.0);
        let ids = recorded(&admin, vec![
            did("KUDOS", "k-1", "ben", "ada", &day),
            did("KUDOS", "k-2", "cid", "ada", &day),
            with(did("KUDOS", "k-3", "dan", "ada", &day), &json!({ "visibility": "PRIVATE" })),
            with(did("RETRACTION", "r-1", "", "", &day), &json!({ "retracts": "k-2" })),
        ])
        .await;
        let foreign = stranger.record("beer", vec![did("KUDOS", "k-1", "ben", "ada", &day)]).await["results"][0]["interactionId"].clone();
        discount(&admin, &ids[1..2]).await;

        let named = [&ids[0], &ids[1], &ids[3], &foreign, &json!("none"), &ids[0]].map(Clone::clone);
        let (errors, refused) = order(&admin, "discountEvidence", &named, "Why not").await;
        let expected = [
            "interactionIds.1 NOT_ALLOWED_NOW", "interactionIds.2 INVALID", "interactionIds.3 NOT_FOUND", "interactionIds.4 NOT_FOUND",
            "interactionIds.5 INVALID",
        ];
        assert_eq!(errors, expected);
        assert_eq!((&refused["count"], &refused["discounts"]), (&json!(0), &json!([])));
        assert_eq!(discounts(&admin, "").await, ["k-2"], "all or nothing");

        let (errors, _) = order(&admin, "restoreEvidence", &[ids[1].clone(), ids[0].clone()], "Why not").await;
        assert_eq!(errors, ["interactionIds.1 NOT_ALLOWED_NOW"]);
        assert_eq!(discounts(&admin, "(inForce: true)").await, ["k-2"]);

        let (many, long) = (vec![ids[0].clone(); 101], "x".repeat(2_001));
        for (ids, reason, expected) in [
            (&many[..0], "Why not", vec!["interactionIds REQUIRED"]),
            (&many[..], "Why not", vec!["interactionIds TOO_MANY"]),
            (&many[..1], "  ", vec!["reason REQUIRED"]),
            (&many[..1], "no\0", vec!["reason INVALID"]),
            (&many[..0], long.as_str(), vec!["interactionIds REQUIRED", "reason TOO_LONG"]),
        ] {
            for mutation in ["discountEvidence", "restoreEvidence"] {
                assert_eq!(order(&admin, mutation, ids, reason).await.0, expected, "{mutation}");
            }
        }
    }

    async fn what_is_above_the_clearance_is_not_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let manager = app.staff(&access, Role::Manager, Visibility::Public).await;
        let viewer = app.staff(&access, Role::Viewer, Visibility::SemiPrivate).await;
        let day = app.days_ago(5.0);
        let of = |id: &str, visibility: &str| with(did("KUDOS", id, "ben", "ada", &day), &json!({ "visibility": visibility }));
        let ids = recorded(&admin, vec![of("k-1", "PUBLIC"), of("k-2", "SEMI_PRIVATE"), of("k-3", "PRIVATE")]).await;

        let (errors, _) = order(&manager, "discountEvidence", &ids, "Why not").await;
        assert_eq!(errors, ["interactionIds.1 NOT_FOUND", "interactionIds.2 NOT_FOUND"]);
        discount(&admin, &ids).await;
        let (errors, _) = order(&manager, "restoreEvidence", &ids, "Why not").await;
        assert_eq!(errors, ["interactionIds.1 NOT_FOUND", "interactionIds.2 NOT_FOUND"]);

        assert_eq!(discounts(&admin, "").await, ["k-3", "k-2", "k-1"]);
        assert_eq!(discounts(&viewer, "").await, ["k-2", "k-1"]);
        assert_eq!(discounts(&manager, "").await, ["k-1"]);
        let visibilities: Vec<Visibility> = told(&app, &access).await.into_iter().map(|event| event.visibility).collect();
        assert_eq!(visibilities, [Visibility::Public, Visibility::SemiPrivate, Visibility::Private]);
    }

    async fn what_was_done_is_told_once_for_each_interaction_and_never_in_words(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let day = app.days_ago(5.0);
        let thanks = |n: u32| with(did("KUDOS", &format!("k-{n}"), "ben", "ada", &day), &json!({ "text": "A secret word" }));
        let ids = recorded(&admin, (0..3).map(thanks).collect()).await;
        discount(&admin, &ids).await;
        restore(&admin, &ids[..2]).await;
        let events = told(&app, &access).await;
        let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
        assert_eq!(types, ["evidence.discounted", "evidence.discounted", "evidence.discounted", "evidence.restored", "evidence.restored"]);
        for event in &events {
            assert_eq!(event.subject_type, "interaction");
            assert!(event.actor.starts_with("staff:"), "{}", event.actor);
            for word in ["arranged", "It was not", "secret"] {
                assert!(!event.payload.contains(word), "{}", event.payload);
            }
        }
        assert_eq!(discounts(&admin, "(inForce: false)").await, ["k-1", "k-0"]);
        assert_eq!(discounts(&admin, "(inForce: true)").await, ["k-2"]);
        assert_eq!(discounts(&admin, "").await, ["k-2", "k-1", "k-0"]);
    }

    async fn lists_go_on_where_the_page_ended_and_the_same_key_gives_the_same_answer(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let day = app.days_ago(5.0);
        let ids = recorded(&admin, (0..5).map(|n| did("KUDOS", &format!("k-{n}"), "ben", "ada", &day)).collect()).await;
        let input = json!({ "interactionIds": ids, "reason": "It was arranged", "idempotencyKey": "once" });
        let select = "count discounts { interaction { externalId } }";
        let first = done(&mutate(&admin, "tea", "discountEvidence", select, input.clone()).await, "discountEvidence");
        let again = done(&mutate(&admin, "tea", "discountEvidence", select, input.clone()).await, "discountEvidence");
        assert_eq!(first, again);
        assert_eq!(first["count"], 5);
        let other = with(input, &json!({ "reason": "For another reason" }));
        let answer = mutate(&admin, "tea", "discountEvidence", select, other).await;
        assert_eq!(answer.code(), "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(told(&app, &access).await.len(), 5);

        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = "query($after: String) { community(slug: \"tea\") { evidenceDiscounts(first: 2, after: $after) { totalCount \
                         pageInfo { hasNextPage endCursor } nodes { interaction { externalId } } } } }";
            let found = admin.ok(query, json!({ "after": after })).await["community"]["evidenceDiscounts"].clone();
            assert_eq!(found["totalCount"], 5);
            seen.extend(found["nodes"].as_array().unwrap().iter().map(|node| node["interaction"]["externalId"].as_str().unwrap().to_owned()));
            if found["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = found["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, ["k-4", "k-3", "k-2", "k-1", "k-0"]);
        // A cursor of one list is none of another.
        let query = "query($after: String) { community(slug: \"tea\") { evidenceDiscounts(inForce: true, after: $after) { totalCount } } }";
        assert_eq!(admin.send(query, json!({ "after": after })).await.code(), "BAD_USER_INPUT");
    }

    async fn only_managers_decide_what_counts(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let ids = recorded(&admin, vec![did("KUDOS", "k-1", "ben", "ada", &app.days_ago(5.0))]).await;
        let agent = app.staff(&access, Role::Agent, Visibility::Private).await;
        let input = json!({ "interactionIds": ids, "reason": "It was arranged" });
        for mutation in ["discountEvidence", "restoreEvidence"] {
            assert_eq!(mutate(&agent, "tea", mutation, "count", input.clone()).await.code(), "FORBIDDEN");
        }
        let manager = app.staff(&access, Role::Manager, Visibility::Private).await;
        let made = payload(&mutate(&manager, "tea", "discountEvidence", "count", input).await, "discountEvidence");
        assert_eq!(made["count"], 1);
        assert_eq!(discounts(&agent, "").await, ["k-1"], "everybody who sees scores sees why they are as they are");
    }
}
