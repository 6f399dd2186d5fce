//! Receipts: where every point comes from.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{Dice, taken_back};
use crate::ingest::calls::{assert_close, connection, did, member, mendable, number, page, upsert, walk, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const RECEIPT: &str = "points valueWithout signal redacted giver { displayName } interaction { externalId }";

/// All sorts of evidence for ada, by few people so that pairs are saturated, and with ties.
fn evidence(app: &TestApp, count: usize, seed: u64) -> Vec<Value> {
    let mut dice = Dice(seed);
    let days: Vec<String> = (0..12).map(|n| app.days_ago(3.0 + 17.0 * f64::from(n))).collect();
    let kinds = [
        "ANSWER",
        "REPLY",
        "SOLUTION_ACCEPTED",
        "KUDOS",
        "KUDOS",
        "ENDORSEMENT",
        "COMMENT",
        "DOWNVOTE",
        "FLAG",
        "SHARE",
        "INVITE",
    ];
    let people = ["ben", "cid", "dan", "eva", ""];
    let mut told = vec![did("POST", "p-ben", "ben", "", &days[1]), did("POST", "p-cid", "cid", "", &days[0])];
    for n in 0..count {
        let (kind, at) = (*dice.one_of(&kinds), dice.one_of(&days));
        let other = match kind {
            "INVITE" => *dice.one_of(&["ben", "cid"]),
            // Not by those who were invited: taking their first contribution back would move the invitation, too.
            "COMMENT" => *dice.one_of(&["dan", "eva", ""]),
            _ => *dice.one_of(&people),
        };
        let (actor, target) = if ["ANSWER", "REPLY", "INVITE"].contains(&kind) {
            ("ada", other)
        } else {
            (other, "ada")
        };
        let visibility = *dice.one_of(&["PUBLIC", "PUBLIC", "PRIVATE"]);
        told.push(with(
            did(kind, &format!("e-{n}"), actor, target, at),
            &json!({ "visibility": visibility }),
        ));
    }
    told
}

/// A score of ada with all receipts of one page: points, value and receipts, of now or of an instant.
async fn score(client: &Client<'_>, arguments: &str) -> Value {
    let fields = format!("influence{arguments} {{ points value receipts(first: 100) {{ totalCount points nodes {{ {RECEIPT} }} }} }}");
    member(client, "tea", "ada", &fields).await["influence"].clone()
}

fn sum(receipts: &[Value]) -> f64 {
    receipts.iter().map(|receipt| number(&receipt["points"])).sum()
}

on_both_engines! {
    async fn they_sum_to_the_points(engine: Engine) {
        let app = TestApp::start(engine).await;
        let at = app.days_ago(9.0);
        let against = |count: usize| (0..count).map(|n| did("FLAG", &format!("f-{n}"), if n % 2 == 0 { "ben" } else { "" }, "ada", &at)).collect::<Vec<_>>();
        let praise = vec![did("KUDOS", "k-1", "ben", "ada", &at), did("ENDORSEMENT", "e-1", "cid", "ada", &app.days_ago(40.0))];
        let help = vec![did("ANSWER", "a-1", "ada", "ben", &at)];
        let cases = [
            ("nothing", vec![]),
            ("one", help.clone()),
            ("all-sorts", evidence(&app, 80, 1)),
            ("others", evidence(&app, 95, 2)),
            ("only-against", against(3)),
            ("more-against-than-for", [praise.clone(), against(9)].concat()),
            ("help-and-more-against", [help, praise, against(9)].concat()),
        ];
        for (slug, told) in cases {
            let access = app.community(slug).await;
            let admin = app.admin(&access).await;
            assert_eq!(mendable(&admin.record(slug, told).await), [""; 0]);
            admin.record(slug, vec![did("POST", "p-ada", "ada", "", &at)]).await;
            app.scores_settled(&access).await;
            let fields = format!("points value receipts(first: 100) {{ totalCount points nodes {{ {RECEIPT} }} }}");
            let found = member(&admin, slug, "ada", &format!("now: influence {{ {fields} }} then: influence(at: \"{}\") {{ {fields} }}", app.days_ago(30.0))).await;
            for score in [&found["now"], &found["then"]] {
                let receipts = score["receipts"]["nodes"].as_array().unwrap();
                assert_eq!(score["receipts"]["totalCount"], receipts.len());
                let points = number(&score["points"]);
                assert_close(sum(receipts), points, 1e-9);
                assert_close(number(&score["receipts"]["points"]), points, 1e-9);
                let sizes: Vec<f64> = receipts.iter().map(|receipt| number(&receipt["points"]).abs()).collect();
                assert!(sizes.is_sorted_by(|a, b| a >= b), "{slug}: largest first: {sizes:?}");
                for receipt in receipts {
                    let worse = number(&receipt["valueWithout"]) <= number(&score["value"]) + 1e-9;
                    assert!(worse || number(&receipt["points"]) <= 0.0, "{slug}: {receipt}");
                }
            }
        }
    }

    async fn pages_hold_each_receipt_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        admin.record("tea", evidence(&app, 90, 3)).await;
        app.scores_settled(&access).await;
        let path = ["memberByIdentity(provider: \"forum\", externalId: \"ada\")", "influence", "receipts(ONWARD)"];
        let node = "points interaction { externalId }";
        let whole = walk(&admin, "tea", &path, node, 100, true).await;
        assert!(whole.len() > 70);
        for size in [1, 4, 7, 33] {
            assert_eq!(walk(&admin, "tea", &path, node, size, true).await, whole, "{size}");
        }

        // Points fade between two pages, and others come in: the rest of the list is still that of its beginning.
        let first = connection(&page(&admin, "tea", &path, node, &json!({ "first": 30 })).await, &path);
        app.app.clock.advance_micros(6 * 60 * 1_000_000);
        let new: Vec<Value> = (0..5).map(|n| did("KUDOS", &format!("new-{n}"), "ben", "ada", &app.days_ago(0.0))).collect();
        admin.record("tea", new).await;
        app.scores_settled(&access).await;
        let mut all = first["nodes"].as_array().unwrap().clone();
        let mut cursor = first["totals"]["endCursor"].clone();
        while !cursor.is_null() {
            let next = connection(&page(&admin, "tea", &path, node, &json!({ "first": 30, "after": cursor })).await, &path);
            all.extend(next["nodes"].as_array().unwrap().iter().cloned());
            cursor = if next["totals"]["hasNextPage"] == true { next["totals"]["endCursor"].clone() } else { Value::Null };
            assert!(all.len() <= 200);
        }
        assert_eq!(all, whole);
    }

    async fn the_value_without_is_the_value_without(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        // Whose credit is trusted does not hang on what is taken back here: three are verified, the others strangers.
        let verified = |who: &str| json!({ "externalId": who, "identities": [{ "provider": "crm", "externalId": who, "verified": true }] });
        upsert(&admin, "tea", ["ben", "cid", "dan"].map(verified).to_vec()).await;
        let model = "mutation { createScoringModel(input: { community: \"tea\", name: \"Strict\", terms: { trust: { quorum: 0 } } }) { scoringModel { id } } }";
        let model = admin.ok(model, json!({})).await["createScoringModel"]["scoringModel"]["id"].clone();
        let activate = "mutation($id: ID!) { activateScoringModel(input: { community: \"tea\", modelId: $id }) { userErrors { code } } }";
        admin.ok(activate, json!({ "id": model })).await;
        let mut told = evidence(&app, 40, 4);
        // More against than for, so that recognition is cut.
        told.extend((0..4).map(|n| did("FLAG", &format!("f-{n}"), "dan", "ada", &app.days_ago(4.0))));
        admin.record("tea", told).await;
        app.scores_settled(&access).await;
        let (back, then) = (app.days_ago(2.0), format!("(at: \"{}\", model: {model})", app.days_ago(1.0)));
        let mut dice = Dice(5);
        let mut before = score(&admin, &then).await;
        // As of one instant after the retractions, so that nothing fades in between.
        for round in 0..25 {
            let receipts = before["receipts"]["nodes"].as_array().unwrap();
            let receipt = dice.one_of(receipts).clone();
            let id = receipt["interaction"]["externalId"].as_str().unwrap();
            admin.record("tea", vec![taken_back(&format!("back-{id}"), id, &back)]).await;
            let after = score(&admin, &then).await;
            assert_close(number(&after["value"]), number(&receipt["valueWithout"]), 1e-9);
            assert_eq!(after["receipts"]["totalCount"], receipts.len() - 1, "{round}");
            before = after;
        }
    }

    async fn above_the_clearance_they_keep_their_points_only(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        admin.record("tea", evidence(&app, 60, 6)).await;
        app.scores_settled(&access).await;
        let viewer = app.staff(&access, Role::Viewer, Visibility::Public).await;
        let (all, seen) = (score(&admin, "").await, score(&viewer, "").await);
        let (all, seen) = (all["receipts"]["nodes"].as_array().unwrap(), seen["receipts"]["nodes"].as_array().unwrap());
        assert_eq!(all.len(), seen.len());
        let mut redacted = 0;
        for (full, shown) in all.iter().zip(seen) {
            assert_eq!(full["redacted"], false);
            for field in ["points", "valueWithout", "signal"] {
                assert_eq!(full[field], shown[field]);
            }
            if shown["redacted"] == true {
                redacted += 1;
                assert_eq!((&shown["interaction"], &shown["giver"]), (&Value::Null, &Value::Null));
            } else {
                assert_eq!((&full["interaction"], &full["giver"]), (&shown["interaction"], &shown["giver"]));
            }
        }
        assert!(redacted > 5 && redacted < all.len() - 5, "{redacted}");
    }

    async fn cursors_of_others_are_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(9.0);
        let told = (0..6).map(|n| did("KUDOS", &format!("k-{n}"), "ben", ["ada", "cid"][n % 2], &at));
        admin.record("tea", told.collect()).await;
        app.scores_settled(&access).await;
        let receipts = ["memberByIdentity(provider: \"forum\", externalId: \"ada\")", "influence", "receipts(ONWARD)"];
        let board = ["leaderboard(ONWARD)"];
        let cursor = |found: Value| found["totals"]["endCursor"].clone();
        let own = cursor(connection(&page(&admin, "tea", &receipts, "points", &json!({ "first": 1 })).await, &receipts));
        let other = cursor(connection(&page(&admin, "tea", &board, "points", &json!({ "first": 1 })).await, &board));
        for forged in [&other, &json!(""), &json!("nonsense"), &json!("e30"), &json!("bnVsbA"), &json!("\u{0}"), &json!("💥")] {
            let answer = page(&admin, "tea", &receipts, "points", &json!({ "first": 1, "after": forged })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{forged}");
            assert!(answer.message().starts_with("after: "), "{}", answer.message());
        }
        let answer = page(&admin, "tea", &board, "points", &json!({ "first": 1, "after": own })).await;
        assert_eq!((answer.code(), answer.message().starts_with("after: ")), ("BAD_USER_INPUT", true));
        let last = connection(&page(&admin, "tea", &receipts, "points", &json!({ "first": 9, "after": own })).await, &receipts);
        assert_eq!(last["nodes"].as_array().unwrap().len(), 2);
    }
}
