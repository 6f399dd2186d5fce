//! `mergeMembers` and `unmergeMembers`: two accounts, one person, and back again.

use entity::event;
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use super::calls::{assert_close, did, leaderboard, member, member_id, mendable, merge, number, upsert, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// People a, b and c with evidence of their own, some of it between themselves.
async fn three_people(app: &TestApp, admin: &Client<'_>) -> [String; 3] {
    let account = |id: &str| json!({ "externalId": id, "displayName": id.to_uppercase(), "identities": [{ "provider": "x", "externalId": format!("{id}-on-x") }] });
    upsert(admin, "tea", ["a", "b", "c"].map(account).to_vec()).await;
    let mut told = Vec::new();
    for (n, id) in ["a", "b", "c"].into_iter().enumerate() {
        let at = |days: f64| app.days_ago(20.0 + days + n as f64);
        told.push(did("KUDOS", &format!("k-{id}"), "guest", id, &at(1.0)));
        told.push(did("KUDOS", &format!("anonymous-{id}"), "", id, &at(2.0)));
        told.push(did("ANSWER", &format!("answer-{id}"), id, "guest", &at(3.0)));
        told.push(did("COMMENT", &format!("comment-{id}"), "guest", id, &at(4.0)));
        told.push(did("DOWNVOTE", &format!("down-{id}"), "guest", id, &at(5.0)));
    }
    // Credit between two of them is none once they are one person.
    told.push(did("SOLUTION_ACCEPTED", "own", "a", "b", &app.days_ago(25.0)));
    assert_eq!(mendable(&admin.record("tea", told).await), [""; 0]);
    [
        member_id(admin, "tea", "a").await,
        member_id(admin, "tea", "b").await,
        member_id(admin, "tea", "c").await,
    ]
}

/// Everything that a merge may move, as of one instant: scores are compared to the last digit.
async fn state(admin: &Client<'_>, at: &str) -> Value {
    let fields = format!(
        "id displayName identities {{ id provider externalId }} mergedMembers {{ id }} \
         influence(at: \"{at}\") {{ points value signals {{ signal points }} receipts(first: 50) {{ nodes {{ points interaction {{ externalId }} }} }} }} \
         influences {{ nodes {{ interactions member {{ id }} }} }} influencedBy {{ nodes {{ interactions member {{ id }} }} }} \
         interactions(first: 50) {{ totalCount nodes {{ id }} }}"
    );
    let mut found = Vec::new();
    for id in ["a", "b", "c", "guest"] {
        found.push(member(admin, "tea", id, &fields).await);
    }
    let list = admin
        .ok(
            "{ community(slug: \"tea\") { members(first: 100) { totalCount nodes { id } } } }",
            json!({}),
        )
        .await;
    found.push(list);
    Value::Array(found)
}

async fn names(admin: &Client<'_>) -> Value {
    let list = admin
        .ok(
            "{ community(slug: \"tea\") { members(first: 100) { nodes { displayName } } } }",
            json!({}),
        )
        .await;
    list["community"]["members"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["displayName"].clone())
        .collect()
}

async fn joins(admin: &Client<'_>, member: &str, into: &str) -> Value {
    merge(admin, json!({ "community": "tea", "memberId": member, "intoId": into })).await
}

async fn leaves(admin: &Client<'_>, member: &str) -> Value {
    merge(admin, json!({ "community": "tea", "memberId": member })).await
}

on_both_engines! {
    async fn a_chain_is_one_person_and_comes_apart_exactly(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let [a, b, c] = three_people(&app, &admin).await;
        let at = app.days_ago(1.0);
        app.scores_settled(&access).await;
        let before = state(&admin, &at).await;
        app.scores_settled(&access).await;
        let board_before = leaderboard(&admin, "tea", "", "").await;

        assert_eq!(joins(&admin, &a, &b).await["member"]["id"], b);
        assert_eq!(joins(&admin, &b, &c).await["member"]["id"], c);
        assert_eq!(names(&admin).await, json!(["C", "guest"]));
        for account in ["a", "b", "c"] {
            assert_eq!(member_id(&admin, "tea", account).await, c, "every account leads to the one who stays");
        }
        app.scores_settled(&access).await;
        let root = state(&admin, &at).await[2].clone();
        let alone = |n: usize, field: &str| number(&before[n]["influence"][field]);
        assert_eq!(root["identities"].as_array().unwrap().len(), 6);
        assert_eq!(root["mergedMembers"], json!([{ "id": a }, { "id": b }]));
        assert_eq!(root["interactions"]["totalCount"], 16);
        let receipts = root["influence"]["receipts"]["nodes"].as_array().unwrap();
        assert_eq!(receipts.len(), 15, "all evidence but that between the accounts");
        let signal = |member: &Value, n: usize| number(&member["influence"]["signals"][n]["points"]);
        let apart = |signal_number| (0..3_usize).map(|n| signal(&before[n], signal_number)).sum::<f64>();
        // Thanks add up, but for the few hundredths that one trusted member instead of three makes.
        assert_close(signal(&root, 1), apart(1), 0.03 * apart(1));
        assert!(signal(&root, 2) < apart(2), "attention of one person to all three stands under one root");
        assert!(signal(&root, 0) < (0..3_usize).map(|n| signal(&before[n], 0)).sum::<f64>(), "one person helped by all three is one person");
        assert!(number(&root["influence"]["points"]) > alone(2, "points"));
        app.scores_settled(&access).await;
        let board = leaderboard(&admin, "tea", "", "influence { percentile }").await;
        assert_eq!(board.len(), 1);
        let live = board.values().next().unwrap();
        assert_eq!((&live["rank"], &live["influence"]["percentile"]), (&json!(1), &json!(50.0)));

        // Asked by an id of old, the one who stays answers.
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        assert_eq!(admin.ok(query, json!({ "ids": [a, b, c] })).await["nodes"], json!([{ "id": c }, { "id": c }, { "id": c }]));

        // The one in the middle takes along who came by way of them.
        assert_eq!(leaves(&admin, &b).await["member"]["id"], b);
        assert_eq!(names(&admin).await, json!(["B", "C", "guest"]));
        assert_eq!(member_id(&admin, "tea", "a").await, b);
        app.scores_settled(&access).await;
        // The amounts differ a little while the other two are one: the community trusts one person less.
        let apart_from_score = |member: &Value| with(member.clone(), &json!({ "influence": null }));
        assert_eq!(apart_from_score(&state(&admin, &at).await[2]), apart_from_score(&before[2]));
        assert_eq!(leaves(&admin, &a).await["member"]["id"], a);
        app.scores_settled(&access).await;
        assert_eq!(state(&admin, &at).await, before);
        app.scores_settled(&access).await;
        let board_after = leaderboard(&admin, "tea", "", "").await;
        assert_eq!(board_after.keys().collect::<Vec<_>>(), board_before.keys().collect::<Vec<_>>());
        for (id, node) in &board_after {
            assert_eq!(node["rank"], board_before[id]["rank"]);
            assert_close(number(&node["points"]), number(&board_before[id]["points"]), 1e-4);
        }
    }

    async fn chains_come_apart_from_either_end(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let people = three_people(&app, &admin).await;
        let [a, b, c] = people.each_ref().map(String::as_str);
        let at = app.days_ago(1.0);
        app.scores_settled(&access).await;
        let before = state(&admin, &at).await;
        // a → b → c and a, b → c; from the front and from the back.
        type Step<'a> = (&'a str, Option<&'a str>);
        let ways: [&[Step<'_>]; 4] = [
            &[(a, Some(b)), (b, Some(c)), (a, None), (b, None)],
            &[(b, Some(c)), (a, Some(c)), (b, None), (a, None)],
            &[(a, Some(b)), (b, Some(c)), (b, None), (b, Some(c)), (a, None), (b, None)],
            &[(c, Some(a)), (a, Some(b)), (a, None), (c, None)],
        ];
        for way in ways {
            for (member, into) in way {
                let told = match into {
                    Some(into) => joins(&admin, member, into).await,
                    None => leaves(&admin, member).await,
                };
                assert_eq!(told["userErrors"], json!([]), "{way:?}");
            }
            app.scores_settled(&access).await;
            assert_eq!(state(&admin, &at).await, before, "{way:?}");
        }
        let events = event::Entity::in_community(access.community_id())
            .filter(event::Column::EventType.is_in(["member.merged", "member.unmerged"]))
            .order_by_asc(event::Column::Seq);
        let events = events.all(app.app.db.read()).await.unwrap();
        assert_eq!(events.len(), ways.iter().map(|way| way.len()).sum::<usize>());
        assert!(events.iter().all(|event| event.actor.starts_with("staff:") && event.subject_type == "member"));
    }

    async fn merging_again_changes_nothing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let [a, b, _c] = three_people(&app, &admin).await;
        let at = app.days_ago(1.0);
        let first = joins(&admin, &a, &b).await;
        let merged = state(&admin, &at).await;
        for _again in 0..2 {
            assert_eq!(joins(&admin, &a, &b).await, first);
        }
        app.scores_settled(&access).await;
        assert_eq!(state(&admin, &at).await, merged);
        let events = event::Entity::in_community(access.community_id()).filter(event::Column::EventType.eq("member.merged"));
        assert_eq!(events.all(app.app.db.read()).await.unwrap().len(), 1);

        let with_key = json!({ "community": "tea", "memberId": a, "idempotencyKey": "leave" });
        assert_eq!(merge(&admin, with_key.clone()).await["member"]["id"], a);
        assert_eq!(merge(&admin, with_key).await["member"]["id"], a, "the first answer again");
        assert_eq!(mendable(&leaves(&admin, &a).await), ["memberId NOT_ALLOWED_NOW"]);
    }

    async fn what_cannot_be_merged_is_said(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, other) = (app.community("tea").await, app.community("coffee").await);
        let (admin, stranger) = (app.admin(&access).await, app.admin(&other).await);
        let people = three_people(&app, &admin).await;
        let [a, b, c] = people.each_ref().map(String::as_str);
        upsert(&stranger, "coffee", vec![json!({ "externalId": "eve" })]).await;
        let foreign = member_id(&stranger, "coffee", "eve").await;
        let foreign = foreign.as_str();
        joins(&admin, a, b).await;
        let at = app.days_ago(1.0);
        app.scores_settled(&access).await;
        let before = state(&admin, &at).await;
        let refused = [
            ((c, c), "intoId INVALID"),
            ((foreign, c), "memberId NOT_FOUND"),
            ((c, foreign), "intoId NOT_FOUND"),
            ((c, "nonsense"), "intoId NOT_FOUND"),
            ((a, c), "memberId NOT_ALLOWED_NOW"),
            ((c, a), "intoId NOT_ALLOWED_NOW"),
            ((b, a), "intoId NOT_ALLOWED_NOW"),
        ];
        for ((member, into), expected) in refused {
            let told = joins(&admin, member, into).await;
            assert_eq!(mendable(&told), [expected]);
            assert_eq!(told["member"], Value::Null);
        }
        for (member, expected) in [(b, "memberId NOT_ALLOWED_NOW"), (foreign, "memberId NOT_FOUND")] {
            assert_eq!(mendable(&leaves(&admin, member).await), [expected]);
        }
        app.scores_settled(&access).await;
        assert_eq!(state(&admin, &at).await, before);
        assert_eq!(member_id(&stranger, "coffee", "eve").await, foreign);
    }

    async fn what_is_told_of_an_account_reaches_the_person(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let [a, b, _c] = three_people(&app, &admin).await;
        let (at, now) = (app.days_ago(2.0), app.days_ago(1.0));
        let points = async |id: &str| {
            // Whose credit is trusted is judged by the ranking of the present.
            app.scores_settled(&access).await;
            number(&member(&admin, "tea", id, &format!("influence(at: \"{now}\") {{ points }}")).await["influence"]["points"])
        };
        let alone = points("b").await;
        joins(&admin, &a, &b).await;
        let together = points("b").await;
        assert_eq!(mendable(&admin.record("tea", vec![did("KUDOS", "new", "guest", "a", &at)]).await), [""; 0]);
        assert!(points("b").await > together + 0.2);
        let record = json!({ "externalId": "a", "displayName": "Both", "identities": [{ "provider": "mail", "externalId": "both" }] });
        upsert(&admin, "tea", vec![record]).await;
        assert_eq!(member(&admin, "tea", "b", "displayName").await["displayName"], "Both");

        // Evidence goes with the account of which it was told.
        leaves(&admin, &a).await;
        assert!((points("b").await - alone).abs() < 1e-12);
        for (account, expected) in [("a", 1), ("b", 0)] {
            let fields = "interactions(filter: { externalId: { eq: \"new\" } }) { totalCount }";
            assert_eq!(member(&admin, "tea", account, fields).await["interactions"]["totalCount"], expected);
        }
    }

    async fn who_acts_with_one_account_was_active(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let [a, b, _c] = three_people(&app, &admin).await;
        joins(&admin, &a, &b).await;
        let at = app.days_ago(2.0);
        admin.record("tea", vec![did("POST", "post", "a", "", &at)]).await;
        assert_eq!(member(&admin, "tea", "b", "lastActiveAt").await["lastActiveAt"], at);
    }

    async fn who_said_no_is_not_scored_under_another_name(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let at = app.days_ago(3.0);
        let told = ["no", "dup"].map(|who| did("ANSWER", &format!("a-{who}"), who, "guest", &at));
        admin.record("tea", told.to_vec()).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "no", "consent": "OPTED_OUT" })]).await;
        let (no, dup) = (member_id(&admin, "tea", "no").await, member_id(&admin, "tea", "dup").await);
        let asked = async |who: &str| member(&admin, "tea", who, "consent influence { points }").await;
        assert!(asked("dup").await["influence"].is_object());
        joins(&admin, &no, &dup).await;
        app.scores_settled(&access).await;
        assert_eq!(asked("dup").await, json!({ "consent": "OPTED_OUT", "influence": null }), "a no holds for the whole person");
        assert!(!leaderboard(&admin, "tea", "", "").await.contains_key("dup"));
        // Apart again, nobody is scored who may have said no.
        let query = "mutation($id: ID!) { unmergeMembers(input: { community: \"tea\", memberId: $id }) { userErrors { code } } }";
        admin.ok(query, json!({ "id": no })).await;
        app.scores_settled(&access).await;
        assert_eq!(asked("no").await["consent"], "OPTED_OUT");
        upsert(&admin, "tea", vec![json!({ "externalId": "dup", "consent": "SCORED" })]).await;
        assert!(asked("dup").await["influence"].is_object(), "it can be said anew");
    }
}
