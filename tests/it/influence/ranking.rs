//! Ranks, who is ranked at all, and the rankings of topics.

use std::time::Duration;

use serde_json::{Value, json};

use super::decay;
use crate::ingest::calls::{assert_close, did, eventually, leaderboard, member, number, upsert, walk, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const SCORE: &str = "influence { points value rank percentile }";

async fn shown(client: &Client<'_>, external_id: &str) -> Value {
    let fields = "influence { points } influences { nodes { strength } } influencedBy { nodes { strength } }";
    member(client, "tea", external_id, fields).await
}

on_both_engines! {
    async fn ties_share_the_better_rank(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let (new, old) = (app.days_ago(5.0), app.days_ago(50.0));
        let kudos = |to: &str, at: &str| did("KUDOS", &format!("k-{to}"), &format!("giver of {to}"), to, at);
        admin.record("tea", vec![kudos("c", &old), kudos("a", &new), kudos("b", &new), kudos("d", &old), kudos("e", &app.days_ago(99.0))]).await;
        app.scores_settled(&access).await;
        let board = leaderboard(&admin, "tea", "", "influence { points rank percentile value }").await;
        // Ten members, of whom five have points.
        for (who, rank, percentile) in [("a", 1, 80.0), ("b", 1, 80.0), ("c", 3, 60.0), ("d", 3, 60.0), ("e", 5, 50.0)] {
            let node = &board[who];
            assert_eq!(node["rank"], rank, "{who}");
            assert_eq!(node["influence"]["rank"], rank, "{who}");
            assert_close(number(&node["influence"]["percentile"]), percentile, 1e-12);
            assert_eq!((&node["points"], &node["value"]), (&node["influence"]["points"], &node["influence"]["value"]));
            assert_eq!(member(&admin, "tea", who, SCORE).await["influence"], node["influence"], "{who}");
            let points = number(&node["points"]);
            assert_close(number(&node["value"]), 100.0 * points / (points + 20.0), 1e-12);
        }
        assert_eq!(board["a"]["points"], board["b"]["points"]);
        let giver = member(&admin, "tea", "giver of a", SCORE).await["influence"].clone();
        assert_eq!(giver, json!({ "points": 0.0, "value": 0.0, "rank": null, "percentile": 0.0 }));
        let total = admin.ok("{ community(slug: \"tea\") { leaderboard(first: 1) { totalCount nodes { rank } } } }", json!({})).await;
        assert_eq!(total["community"]["leaderboard"], json!({ "totalCount": 5, "nodes": [{ "rank": 1 }] }));
    }

    async fn staff_bots_and_the_opted_out_are_never_ranked(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(10.0);
        upsert(&admin, "tea", vec![
            json!({ "externalId": "staff", "isStaff": true }),
            json!({ "externalId": "bot", "isBot": true }),
            json!({ "externalId": "out", "consent": "OPTED_OUT" }),
            json!({ "externalId": "ann" }),
        ])
        .await;
        let unranked = ["staff", "bot", "out"];
        let mut told = vec![did("ANSWER", "a-ann", "ann", "guest", &at)];
        for who in unranked {
            told.push(did("ANSWER", &format!("a-{who}"), who, "guest", &at));
            // What they give counts for whom they give it to.
            told.push(did("KUDOS", &format!("k-{who}"), who, "ann", &at));
        }
        admin.record("tea", told).await;
        app.scores_settled(&access).await;
        let board = leaderboard(&admin, "tea", "", "influence { computedAt percentile }").await;
        assert_eq!(board.keys().collect::<Vec<_>>(), ["ann"]);
        let left = decay(&at, board["ann"]["influence"]["computedAt"].as_str().unwrap());
        assert_close(number(&board["ann"]["points"]), left + 0.5 * left.sqrt() + 3.0 * 0.3 * left, 1e-8);
        assert_close(number(&board["ann"]["influence"]["percentile"]), 50.0, 1e-12);
        for who in unranked {
            assert_eq!(shown(&admin, who).await, json!({ "influence": null, "influences": null, "influencedBy": null }), "{who}");
            let past = format!("influence(at: \"{}\") {{ points }}", app.days_ago(1.0));
            assert_eq!(member(&admin, "tea", who, &past).await, json!({ "influence": null }), "{who}");
        }
        let past = leaderboard(&admin, "tea", &format!("at: \"{}\"", app.days_ago(1.0)), "").await;
        assert_eq!(past.keys().collect::<Vec<_>>(), ["ann"]);

        // It can change, and changes at once.
        upsert(&admin, "tea", vec![
            json!({ "externalId": "staff", "isStaff": false }),
            json!({ "externalId": "bot", "isBot": false }),
            json!({ "externalId": "out", "consent": "SCORED" }),
            json!({ "externalId": "ann", "consent": "OPTED_OUT" }),
        ])
        .await;
        assert_eq!(shown(&admin, "ann").await["influence"], Value::Null);
        app.scores_settled(&access).await;
        let board = leaderboard(&admin, "tea", "", "").await;
        assert_eq!(board.keys().collect::<Vec<_>>(), ["bot", "out", "staff"]);
        let past = leaderboard(&admin, "tea", &format!("at: \"{}\"", app.days_ago(1.0)), "").await;
        assert_eq!(past.keys().collect::<Vec<_>>(), ["bot", "out", "staff"]);
    }

    async fn who_opted_out_is_in_no_ranking_of_the_past_either(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let (at, then) = (app.days_ago(10.0), format!("at: \"{}\"", app.days_ago(1.0)));
        admin.record("tea", vec![did("KUDOS", "k-1", "ben", "ada", &at), did("KUDOS", "k-2", "ben", "cid", &at)]).await;
        assert_eq!(leaderboard(&admin, "tea", &then, "").await.len(), 2);
        upsert(&admin, "tea", vec![json!({ "externalId": "ada", "consent": "OPTED_OUT" })]).await;
        // The same instant was asked for before: what was worked out then must not show them now.
        let board = leaderboard(&admin, "tea", &then, "").await;
        assert_eq!(board.keys().collect::<Vec<_>>(), ["cid"]);
    }

    async fn topics_have_rankings_of_their_own(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(10.0);
        let about = |kind: &str, id: &str, actor: &str, target: &str, topics: &[&str]| with(did(kind, id, actor, target, &at), &json!({ "topics": topics }));
        admin
            .record("tea", vec![
                about("KUDOS", "k-1", "x", "ada", &["green"]),
                about("ENDORSEMENT", "e-1", "x", "ada", &["black", "green"]),
                about("ANSWER", "a-1", "ben", "x", &["black"]),
                about("KUDOS", "k-2", "x", "cid", &[]),
                about("INVITE", "i-1", "dan", "new", &["green"]),
                about("POST", "p-1", "new", "", &["black"]),
            ])
            .await;
        app.scores_settled(&access).await;
        let board = async |topic: &str| leaderboard(&admin, "tea", &format!("topic: \"{topic}\""), "influence { computedAt rank percentile points receipts { totalCount } }").await;
        let green = board("green").await;
        assert_eq!(green.keys().collect::<Vec<_>>(), ["ada"], "a newcomer who takes part elsewhere did not come for this topic");
        let left = decay(&at, green["ada"]["influence"]["computedAt"].as_str().unwrap());
        assert_close(number(&green["ada"]["points"]), 0.3 * 3.0 * left, 1e-8);
        assert_eq!(green["ada"]["influence"]["receipts"]["totalCount"], 2);
        let black = board("black").await;
        assert_eq!(black.keys().collect::<Vec<_>>(), ["ada", "ben"]);
        assert_eq!((&black["ben"]["rank"], &black["ada"]["rank"]), (&json!(1), &json!(2)));
        let fields = "all: influence { points } green: influence(topic: \"green\") { points rank } black: influence(topic: \"black\") { points rank }";
        let ada = member(&admin, "tea", "ada", fields).await;
        assert_eq!((&ada["green"]["points"], &ada["black"]["points"]), (&green["ada"]["points"], &black["ada"]["points"]));
        assert!(number(&ada["all"]["points"]) > number(&ada["black"]["points"]));
        assert_eq!(leaderboard(&admin, "tea", "", "").await.len(), 4);

        // A ranking that is looked at keeps up with what comes in.
        admin.record("tea", vec![about("KUDOS", "k-3", "x", "eva", &["green"])]).await;
        let seen = eventually(Duration::from_secs(5), async || board("green").await.contains_key("eva").then_some(())).await;
        assert!(seen.is_some());
        assert!(!board("black").await.contains_key("eva"));

        for unknown in ["Green", "nothing", "", "%", "\\u0000"] {
            for field in ["leaderboard(topic: \"T\") { totalCount }", "memberByIdentity(provider: \"forum\", externalId: \"ada\") { influence(topic: \"T\") { points } }"] {
                let query = format!("{{ community(slug: \"tea\") {{ {} }} }}", field.replace('T', unknown));
                assert_eq!(admin.send(&query, json!({})).await.code(), "NOT_FOUND", "{query}");
            }
        }
    }

    async fn pages_of_the_leaderboard_make_the_whole(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        // Sixty members, three each with the same points.
        let days: Vec<String> = (0..20).map(|n| app.days_ago(1.5 * f64::from(n) + 0.123)).collect();
        let kudos = |n: usize| did("KUDOS", &format!("k-{n}"), "giver", &format!("m-{n}"), &days[n / 3]);
        admin.record("tea", (0..60).map(kudos).collect()).await;
        app.scores_settled(&access).await;
        let path = ["leaderboard(PAGE)"];
        let node = "rank points member { id }";
        let whole = walk(&admin, "tea", &path, node, 100, true).await;
        assert_eq!(whole.len(), 60);
        for size in [1, 7, 20] {
            for forwards in [true, false] {
                assert_eq!(walk(&admin, "tea", &path, node, size, forwards).await, whole, "{size} {forwards}");
            }
        }
        let ranks: Vec<u64> = whole.iter().map(|node| node["rank"].as_u64().unwrap()).collect();
        assert_eq!(ranks, (0..60).map(|n| n / 3 * 3 + 1).collect::<Vec<u64>>());
    }
}
