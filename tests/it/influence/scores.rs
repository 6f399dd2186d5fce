//! Which interaction gives credit to whom, and how much.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{decay, taken_back};
use crate::ingest::calls::{assert_close, did, leaderboard, member, number, statuses, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// Kind, who gets the credit, what for, and how much of it.
const KINDS: [(&str, &str, &str, f64); 18] = [
    ("QUESTION", "", "", 0.0),
    ("POST", "", "", 0.0),
    ("REVIEW", "", "", 0.0),
    ("COMPLAINT", "", "", 0.0),
    ("PRAISE", "", "", 0.0),
    ("ANSWER", "actor", "HELP", 1.0),
    ("REPLY", "actor", "HELP", 1.0),
    ("MESSAGE", "actor", "HELP", 1.0),
    ("SOLUTION_ACCEPTED", "target", "HELP", 0.25),
    ("COMMENT", "target", "ATTENTION", 1.0),
    ("KUDOS", "target", "RECOGNITION", 1.0),
    ("ENDORSEMENT", "target", "RECOGNITION", 2.0),
    ("MENTION", "target", "ATTENTION", 1.0),
    ("SHARE", "target", "ATTENTION", 1.0),
    ("INVITE", "actor", "ADVOCACY", 1.0),
    ("DOWNVOTE", "target", "RECOGNITION", -1.0),
    ("FLAG", "target", "RECOGNITION", -2.0),
    ("RETRACTION", "", "", 0.0),
];

/// The points of one credit alone. Help and attention count by volume and, where it is known who gave it, by breadth.
fn points_of(signal: &str, credit: f64) -> f64 {
    match signal {
        "HELP" => credit + 0.5 * credit.sqrt(),
        "RECOGNITION" => 0.3 * credit,
        "ATTENTION" => 0.05 * credit + 0.5 * (0.2 * credit).sqrt(),
        "ADVOCACY" => 0.5 * credit,
        _ => 0.0,
    }
}

/// The points of a member, and what they were made as of.
async fn points(client: &Client<'_>, external_id: &str) -> (f64, String) {
    let score = member(client, "tea", external_id, "influence { points computedAt }").await["influence"].clone();
    (number(&score["points"]), score["computedAt"].as_str().unwrap().to_owned())
}

on_both_engines! {
    async fn each_kind_credits_its_side(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(45.0);
        let told = KINDS.map(|(kind, ..)| {
            let one = did(kind, kind, &format!("actor of {kind}"), &format!("target of {kind}"), &at);
            if kind == "RETRACTION" { with(one, &json!({ "retracts": "nothing" })) } else { one }
        });
        let told = admin.record("tea", told.to_vec()).await;
        assert!(statuses(&told).iter().all(|status| *status == "CREATED"));
        app.scores_settled(&access).await;

        let board = leaderboard(&admin, "tea", "", "influence { points computedAt signals { signal points share } receipts { nodes { points giver { displayName } } } }").await;
        // Nobody is ranked for what counts against them, nor for an invitation that nobody followed.
        let credited = KINDS.iter().filter(|(_, side, signal, value)| !side.is_empty() && *value > 0.0 && *signal != "ADVOCACY");
        let expected: BTreeSet<String> = credited.clone().map(|(kind, side, ..)| format!("{side} of {kind}")).collect();
        assert_eq!(board.keys().cloned().collect::<BTreeSet<_>>(), expected);
        for (kind, side, signal, value) in credited {
            let node = &board[&format!("{side} of {kind}")];
            let score = &node["influence"];
            let expected = points_of(signal, value * decay(&at, score["computedAt"].as_str().unwrap()));
            assert_close(number(&node["points"]), expected, 1e-8);
            assert_close(number(&node["value"]), 100.0 * expected / (expected + 20.0), 1e-8);
            for share in score["signals"].as_array().unwrap() {
                let own = share["signal"] == *signal;
                assert_close(number(&share["points"]), if own { expected } else { 0.0 }, 1e-8);
                assert_close(number(&share["share"]), f64::from(u8::from(own)), 1e-12);
            }
            let other = if *side == "actor" { "target" } else { "actor" };
            let receipts = &score["receipts"]["nodes"];
            assert_eq!(receipts.as_array().unwrap().len(), 1);
            assert_eq!(receipts[0]["giver"]["displayName"], format!("{other} of {kind}"));
            assert_close(number(&receipts[0]["points"]), expected, 1e-8);
        }
    }

    async fn the_model_tells_the_same(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let query = "{ community(slug: \"tea\") { scoringModel { version kappa halfLife weights { signal volume breadth } kinds { kind signal value creditsActor } } } }";
        let model = admin.ok(query, json!({})).await["community"]["scoringModel"].clone();
        let credited = KINDS.iter().filter(|(_, side, ..)| !side.is_empty());
        let kinds: Vec<Value> = credited
            .map(|(kind, side, signal, value)| json!({ "kind": kind, "signal": signal, "value": value, "creditsActor": *side == "actor" }))
            .collect();
        assert_eq!(model["kinds"], Value::Array(kinds));
        assert_eq!((number(&model["kappa"]), model["halfLife"].as_str()), (20.0, Some("P90D")));
        let weights = [("HELP", 1.0, 0.5), ("RECOGNITION", 0.3, 0.0), ("ATTENTION", 0.05, 0.1), ("ADVOCACY", 0.5, 0.0)];
        let weights = weights.map(|(signal, volume, breadth)| json!({ "signal": signal, "volume": volume, "breadth": breadth }));
        assert_eq!(model["weights"], Value::Array(weights.to_vec()));
    }

    async fn many_helped_a_little_outweigh_one_helped_a_lot(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(10.0);
        let mut told = Vec::new();
        for n in 0..9 {
            told.push(did("ANSWER", &format!("deep-{n}"), "deep", "one", &at));
            told.push(did("ANSWER", &format!("broad-{n}"), "broad", &format!("asker-{n}"), &at));
            told.push(did("ANSWER", &format!("void-{n}"), "void", "", &at));
        }
        admin.record("tea", told).await;
        app.scores_settled(&access).await;
        for (who, breadth) in [("deep", 3.0), ("broad", 9.0), ("void", 0.0)] {
            let (points, now) = points(&admin, who).await;
            let left = decay(&at, &now);
            assert_close(points, 9.0 * left + 0.5 * breadth * left.sqrt(), 1e-8);
        }
    }

    async fn what_counts_against_never_goes_below_nothing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(10.0);
        admin
            .record("tea", vec![
                did("ANSWER", "a", "ada", "ben", &at),
                did("KUDOS", "k-0", "ben", "ada", &at),
                did("FLAG", "f-0", "cid", "ada", &at),
                did("DOWNVOTE", "d-0", "", "zoe", &at),
                did("FLAG", "f-1", "cid", "zoe", &at),
            ])
            .await;
        app.scores_settled(&access).await;
        let recognition = async || {
            let score = member(&admin, "tea", "ada", "influence { points computedAt signals { signal points } }").await["influence"].clone();
            assert_eq!(score["signals"][1]["signal"], "RECOGNITION");
            let left = decay(&at, score["computedAt"].as_str().unwrap());
            (number(&score["signals"][1]["points"]) / left, number(&score["points"]), left)
        };
        let (credit, points, left) = recognition().await;
        assert_close(credit, 0.0, 0.0);
        assert_close(points, points_of("HELP", left), 1e-8);
        let zoe = member(&admin, "tea", "zoe", "influence { points value rank percentile }").await["influence"].clone();
        assert_eq!(zoe, json!({ "points": 0.0, "value": 0.0, "rank": null, "percentile": 0.0 }));
        assert!(!leaderboard(&admin, "tea", "", "").await.contains_key("zoe"));

        // What was cut off is not forgotten: two more make three for and two against.
        admin.record("tea", vec![did("KUDOS", "k-1", "ben", "ada", &at), did("KUDOS", "k-2", "", "ada", &at)]).await;
        app.scores_settled(&access).await;
        assert_close(recognition().await.0, 0.3, 1e-8);
    }

    async fn an_invitation_counts_once_the_newcomer_takes_part(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let day = |days: f64| app.days_ago(days);
        // Recorded as told here, in this order: contributions come before invitations and after them.
        let (first, second) = (day(10.0), day(5.0));
        let steps: [(&str, Vec<Value>, f64); 6] = [
            ("an invitation alone", vec![did("INVITE", "i-1", "ada", "new", &day(20.0))], 0.0),
            ("reactions are no part", vec![did("KUDOS", "k-1", "new", "ben", &day(15.0)), did("SHARE", "s-1", "new", "ben", &day(14.0))], 0.0),
            ("a contribution is", vec![did("POST", "p-1", "new", "", &second)], decay(&second, &day(0.0))),
            ("an earlier one counts from then", vec![did("COMMENT", "c-1", "new", "ben", &first)], decay(&first, &day(0.0))),
            ("taken back, the later one counts", vec![taken_back("r-1", "c-1", &day(1.0))], decay(&second, &day(0.0))),
            ("who was here before was not brought", vec![did("QUESTION", "q-1", "new", "", &day(21.0))], 0.0),
        ];
        for (what, told, expected) in steps {
            assert!(statuses(&admin.record("tea", told).await).iter().all(|status| *status == "CREATED"), "{what}");
            app.scores_settled(&access).await;
            let (points, _) = points(&admin, "ada").await;
            assert!((points - 0.5 * expected).abs() < 1e-4, "{what}: {points}");
            let on_board = leaderboard(&admin, "tea", "", "").await.contains_key("ada");
            assert_eq!(on_board, expected > 0.0, "{what}");
        }
        // The invitation comes last.
        admin.record("tea", vec![did("POST", "p-2", "late", "", &first)]).await;
        admin.record("tea", vec![did("INVITE", "i-2", "eva", "late", &day(12.0))]).await;
        app.scores_settled(&access).await;
        assert!((points(&admin, "eva").await.0 - 0.5 * decay(&first, &day(0.0))).abs() < 1e-4);
    }

    async fn what_is_taken_back_counts_no_more(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, other) = (app.community("tea").await, app.community("coffee").await);
        let (admin, elsewhere) = (app.admin(&access).await, app.admin(&other).await);
        let (at, back) = (app.days_ago(10.0), app.days_ago(5.0));
        let kudos = |id: &str, to: &str| did("KUDOS", id, "giver", to, &at);
        let retraction = |id: &str| taken_back(&format!("back-{id}"), id, &back);
        app.scores_settled(&access).await;
        admin.record("tea", vec![kudos("after", "ada"), kudos("stays", "ben")]).await;
        app.scores_settled(&access).await;
        assert_eq!(leaderboard(&admin, "tea", "", "").await.len(), 2);

        // After it, before it, with it in either order; and such that name it in another source or community.
        admin.record("tea", vec![retraction("after"), retraction("before")]).await;
        admin.record("tea", vec![kudos("before", "cid"), kudos("with-1", "dan"), retraction("with-1"), retraction("with-2"), kudos("with-2", "eva")]).await;
        admin.record("tea", vec![with(retraction("stays"), &json!({ "source": "mail" }))]).await;
        elsewhere.record("coffee", vec![retraction("stays")]).await;
        app.scores_settled(&access).await;
        let board = leaderboard(&admin, "tea", "", "").await;
        assert_eq!(board.keys().collect::<Vec<_>>(), ["ben"]);
        for who in ["ada", "cid", "dan", "eva"] {
            let score = member(&admin, "tea", who, "influence { points receipts { totalCount points } }").await["influence"].clone();
            assert_eq!(score, json!({ "points": 0.0, "receipts": { "totalCount": 0, "points": 0.0 } }), "{who}");
        }
        // It did count until then.
        for (days, expected) in [(7.0, true), (3.0, false)] {
            let then = app.days_ago(days);
            for who in ["ada", "cid", "dan", "eva", "ben"] {
                let score = member(&admin, "tea", who, &format!("influence(at: \"{then}\") {{ points }}")).await["influence"].clone();
                assert_eq!(number(&score["points"]) > 0.0, expected || who == "ben", "{who} {days}");
            }
            let then = leaderboard(&admin, "tea", &format!("at: \"{then}\""), "").await;
            assert_eq!(then.len(), if expected { 5 } else { 1 }, "{days}");
        }
        // It is on record all the same.
        let ada = member(&admin, "tea", "ada", "interactions { totalCount }").await;
        assert_eq!(ada["interactions"]["totalCount"], 1);
    }
}
