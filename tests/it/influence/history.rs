//! Scores of the past, each from the evidence of then.

use serde_json::{Value, json};

use super::taken_back;
use crate::ingest::calls::{assert_close, did, leaderboard, member, number};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

async fn influence(client: &Client<'_>, fields: &str) -> Value {
    member(client, "tea", "ada", fields).await
}

/// Evidence of a year for ada: help, praise and blame, one invitation, one thing taken back.
async fn a_year(app: &TestApp, client: &Client<'_>) {
    let mut told = Vec::new();
    for n in 0..40 {
        let at = app.days_ago(3.0 + 9.0 * f64::from(n));
        let kind = ["ANSWER", "KUDOS", "COMMENT", "DOWNVOTE", "KUDOS"][n as usize % 5];
        let other = ["ben", "cid", "", "dan"][n as usize % 4];
        let (actor, target) = if kind == "ANSWER" { ("ada", other) } else { (other, "ada") };
        told.push(did(kind, &format!("e-{n}"), actor, target, &at));
    }
    told.push(did("INVITE", "i-1", "ada", "new", &app.days_ago(200.0)));
    told.push(did("POST", "p-1", "new", "", &app.days_ago(100.0)));
    told.push(taken_back("r-1", "e-1", &app.days_ago(6.0)));
    client.record("tea", told).await;
}

on_both_engines! {
    async fn history_is_the_score_as_of_each_instant(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_year(&app, &admin).await;
        app.scores_settled(&access).await;
        let now = app.now();
        let from = now.plus_micros(-400 * 86_400_000_000);
        let history = influence(&admin, &format!("influence {{ history(from: \"{from}\", to: \"{now}\", every: \"P20D\") {{ at value points }} }}")).await;
        let history = history["influence"]["history"].as_array().unwrap().clone();
        assert_eq!(history.len(), 21, "both ends are in it");
        assert_eq!((&history[0]["at"], &history[20]["at"]), (&json!(from.to_string()), &json!(now.to_string())));
        assert_eq!(number(&history[0]["points"]), 0.0);
        let mut differ = 0;
        for point in &history {
            let at = point["at"].as_str().unwrap();
            let score = influence(&admin, &format!("influence(at: \"{at}\") {{ value points computedAt rank percentile }}")).await["influence"].clone();
            assert_eq!((&score["value"], &score["points"]), (&point["value"], &point["points"]), "{at}");
            assert_eq!((&score["computedAt"], &score["rank"], &score["percentile"]), (&point["at"], &Value::Null, &Value::Null));
            let board = leaderboard(&admin, "tea", &format!("at: \"{at}\""), "").await;
            let ranked = board.get("ada").map_or(0.0, |node| number(&node["points"]));
            assert_close(ranked, number(&point["points"]), 1e-12);
            differ += i32::from(score["points"] != history[0]["points"]);
        }
        assert!(differ > 15, "{history:#?}");
    }

    async fn the_present_is_the_last_of_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_year(&app, &admin).await;
        app.scores_settled(&access).await;
        let present = influence(&admin, "influence { points value computedAt }").await["influence"].clone();
        let at = present["computedAt"].as_str().unwrap();
        let fields = format!("then: influence(at: \"{at}\") {{ points value }} now: influence {{ history(from: \"{at}\", every: \"PT1S\") {{ at points value }} }}");
        let found = influence(&admin, &fields).await;
        for then in [&found["then"], &found["now"]["history"][0]] {
            assert_close(number(&then["points"]), number(&present["points"]), 1e-9);
            assert_close(number(&then["value"]), number(&present["value"]), 1e-9);
        }
        let last = found["now"]["history"].as_array().unwrap().last().unwrap();
        assert!((number(&last["value"]) - number(&present["value"])).abs() < 1e-4);

        let ranking = leaderboard(&admin, "tea", &format!("at: \"{at}\""), "influence { points receipts { points } }").await;
        assert_close(number(&ranking["ada"]["points"]), number(&present["points"]), 1e-9);
        assert_close(number(&ranking["ada"]["influence"]["receipts"]["points"]), number(&present["points"]), 1e-9);
    }

    async fn change_is_now_less_then(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_year(&app, &admin).await;
        app.scores_settled(&access).await;
        for (over, days) in [("P30D", 30.0), ("P2W", 14.0), ("PT36H", 1.5), ("P1DT12H", 1.5), ("P900D", 900.0), ("PT0S", 0.0)] {
            let score = influence(&admin, &format!("influence {{ value computedAt change(over: \"{over}\") }}")).await["influence"].clone();
            let at: entity::Timestamp = entity::Timestamp::parse(score["computedAt"].as_str().unwrap()).unwrap();
            let then = at.plus_micros(-(days * 86_400e6) as i64);
            let before = influence(&admin, &format!("influence(at: \"{then}\") {{ value }}")).await["influence"]["value"].clone();
            let expected = number(&score["value"]) - number(&before);
            assert!((number(&score["change"]) - expected).abs() < 1e-9, "{over}");
        }
        // The past has a past, too.
        let (at, before) = (app.now().plus_micros(-50 * 86_400_000_000), app.now());
        let then = before.plus_micros(-80 * 86_400_000_000);
        let found = influence(&admin, &format!("a: influence(at: \"{at}\") {{ value change(over: \"P30D\") }} b: influence(at: \"{then}\") {{ value }}")).await;
        let expected = number(&found["a"]["value"]) - number(&found["b"]["value"]);
        assert!((number(&found["a"]["change"]) - expected).abs() < 1e-3);
    }

    async fn what_comes_late_belongs_to_its_time(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        admin.record("tea", vec![did("KUDOS", "k-1", "ben", "ada", &app.days_ago(90.0))]).await;
        let then = app.days_ago(30.0);
        let arguments = format!("at: \"{then}\"");
        let before = leaderboard(&admin, "tea", &arguments, "").await;
        admin.record("tea", vec![did("KUDOS", "k-2", "ben", "ada", &app.days_ago(60.0)), did("KUDOS", "k-3", "ben", "cid", &app.days_ago(60.0))]).await;
        admin.record("tea", vec![did("KUDOS", "k-4", "ben", "ada", &app.days_ago(20.0))]).await;
        // The ranking of then, asked for again, takes in what is on record now of the time until then.
        let after = leaderboard(&admin, "tea", &arguments, "").await;
        assert_eq!(after.keys().collect::<Vec<_>>(), ["ada", "cid"]);
        assert!(number(&after["ada"]["points"]) > number(&before["ada"]["points"]) * 1.5);
        let score = influence(&admin, &format!("influence(at: \"{then}\") {{ points }}")).await["influence"].clone();
        assert_close(number(&score["points"]), number(&after["ada"]["points"]), 1e-12);
    }

    async fn what_makes_no_sense_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        admin.record("tea", vec![did("KUDOS", "k-1", "ben", "ada", &app.days_ago(3.0))]).await;
        let (past, older, future) = (app.days_ago(3.0), app.days_ago(9.0), app.days_ago(-1.0));
        let cases = [
            (format!("influence(at: \"{future}\") {{ points }}"), "at"),
            (format!("influence {{ history(from: \"{past}\", every: \"PT0S\") {{ at }} }}"), "every"),
            (format!("influence {{ history(from: \"{past}\", to: \"{older}\", every: \"P1D\") {{ at }} }}"), "to"),
            (format!("influence {{ history(from: \"{past}\", to: \"{future}\", every: \"P1D\") {{ at }} }}"), "to"),
            (format!("influence {{ history(from: \"{future}\", every: \"P1D\") {{ at }} }}"), ""),
            (format!("influence {{ history(from: \"{past}\", every: \"PT1S\") {{ at }} }}"), "every"),
            ("influence { history(from: \"0001-01-01T00:00:00Z\", every: \"P1D\") { at } }".to_owned(), "every"),
            (format!("influence {{ history(from: \"{past}\", every: \"P1M\") {{ at }} }}"), ""),
            (format!("influence {{ history(from: \"{past}\", every: \"-P1D\") {{ at }} }}"), ""),
            ("influence { history(from: \"then\", every: \"P1D\") { at } }".to_owned(), ""),
            ("influence { change(over: \"-P1D\") }".to_owned(), ""),
            ("influence { change(over: \"P1Y\") }".to_owned(), ""),
            ("influence { change(over: \"30 days ago\") }".to_owned(), ""),
            ("influence { change(over: 30) }".to_owned(), ""),
            ("influence(at: \"yesterday\") { points }".to_owned(), ""),
        ];
        for (fields, field) in cases {
            let query = format!("{{ community(slug: \"tea\") {{ memberByIdentity(provider: \"forum\", externalId: \"ada\") {{ {fields} }} }} }}");
            let answer = admin.send(&query, json!({})).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{fields}\n{:#}", answer.body);
            let named = answer.message().starts_with(&format!("{field}: "));
            assert!(field.is_empty() || named, "{fields}: {}", answer.message());
        }
        let answer = admin.send(&format!("{{ community(slug: \"tea\") {{ leaderboard(at: \"{future}\") {{ totalCount }} }} }}"), json!({})).await;
        assert_eq!((answer.code(), answer.message().starts_with("at: ")), ("BAD_USER_INPUT", true));
        // The edges are inside: 500 instants, the beginning of time.
        let from = app.days_ago(499.5);
        let fields = format!("influence {{ history(from: \"{from}\", every: \"P1D\") {{ at }} }} old: influence(at: \"-009999-02-01T00:00:00Z\") {{ points value }}");
        let found = influence(&admin, &fields).await;
        assert_eq!(found["influence"]["history"].as_array().unwrap().len(), 500);
        assert_eq!(found["old"], json!({ "points": 0.0, "value": 0.0 }));
    }
}
