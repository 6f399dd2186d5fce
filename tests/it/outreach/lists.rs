//! Quiet influencers, who rises and who fades, and who is at risk.

use std::collections::BTreeMap;

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{answers, integration, list, names, refused};
use crate::cases::Desk;
use crate::ingest::calls::{assert_close, did, leaderboard, member_id, merge, number, upsert, walk, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const HOUR: i64 = 3_600_000_000;

/// A member with followers in another network.
fn followed(name: &str, followers: i64) -> Value {
    json!({ "externalId": name, "displayName": name, "identities": [{ "provider": "x", "externalId": name, "followerCount": followers }] })
}

/// Posts of a member, each with a sentiment, so many days ago.
fn feels(app: &TestApp, name: &str, sentiment: f64, days: [f64; 3], visibility: &str) -> Vec<Value> {
    let post = |days: f64| {
        let one = did("POST", &format!("{name} {days}"), name, "", &app.days_ago(days));
        with(one, &json!({ "sentiment": sentiment, "visibility": visibility }))
    };
    days.map(post).to_vec()
}

/// Why members are at risk, by name.
async fn reasons(client: &Client<'_>) -> BTreeMap<String, Vec<String>> {
    let nodes = list(client, "membersAtRisk(first: 100)", "reasons").await;
    let reason = |node: &Value| {
        let reasons = node["reasons"].as_array().unwrap().iter();
        let name = node["member"]["displayName"].as_str().unwrap().to_owned();
        (name, reasons.map(|reason| reason.as_str().unwrap().to_owned()).collect())
    };
    nodes.iter().map(reason).collect()
}

/// The one reason for each of some members.
fn each(of: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    of.iter()
        .map(|(name, reason)| ((*name).to_owned(), vec![(*reason).to_owned()]))
        .collect()
}

on_both_engines! {
    async fn quiet_is_who_has_influence_and_few_followers(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        upsert(&admin, "tea", vec![followed("bea", 5_000), followed("dot", 60), followed("dot-old", 60), followed("cid", 0)]).await;
        let about_green = answers("gil", 6, &app.days_ago(20.0)).into_iter().map(|one| with(one, &json!({ "topics": ["green"] })));
        let told = [answers("ada", 6, &app.days_ago(5.0)), answers("bea", 6, &app.days_ago(6.0)), answers("dot", 6, &app.days_ago(7.0)), answers("cid", 1, &app.days_ago(5.0))];
        admin.record("tea", told.concat().into_iter().chain(about_green).collect()).await;
        let (dot, old) = (member_id(&admin, "tea", "dot").await, member_id(&admin, "tea", "dot-old").await);
        merge(&admin, json!({ "community": "tea", "memberId": old, "intoId": dot })).await;
        app.scores_settled(&access).await;

        assert_eq!(names(&admin, "quietInfluencers").await, ["ada", "gil"], "unknown followers are none");
        assert_eq!(names(&admin, "quietInfluencers(maxFollowers: 120)").await, ["ada", "dot", "gil"], "both accounts count");
        assert_eq!(names(&admin, "quietInfluencers(maxFollowers: 119)").await, ["ada", "gil"]);
        assert_eq!(names(&admin, "quietInfluencers(maxFollowers: 5000)").await, ["ada", "bea", "dot", "gil"]);
        assert_eq!(names(&admin, "quietInfluencers(topic: \"green\")").await, ["gil"]);

        let all = "quietInfluencers(maxFollowers: 5000)";
        let nodes = list(&admin, all, "rank value points level followers").await;
        let board = leaderboard(&admin, "tea", "", "level").await;
        for (name, node, followers) in [("ada", &nodes[0], 0), ("bea", &nodes[1], 5_000)] {
            for field in ["rank", "value", "points", "level"] {
                assert_eq!(node[field], board[name][field], "{name} {field}");
            }
            assert_eq!(node["followers"], followers);
        }
        assert_eq!(nodes[2]["followers"], 120);
        let pages = walk(&admin, "tea", &["quietInfluencers(maxFollowers: 5000, ONWARD)"], "rank followers", 1, true).await;
        assert_eq!(pages, list(&admin, all, "rank followers").await.iter().map(|node| json!({ "rank": node["rank"], "followers": node["followers"] })).collect::<Vec<_>>());

        assert_eq!(refused(&admin, "quietInfluencers(maxFollowers: -1)").await, "BAD_USER_INPUT");
        assert_eq!(refused(&admin, "quietInfluencers(topic: \"nothing\")").await, "NOT_FOUND");
        assert_eq!(refused(&admin, "quietInfluencers(first: 101)").await, "BAD_USER_INPUT");
        upsert(&admin, "tea", vec![json!({ "externalId": "ada", "consent": "OPTED_OUT" })]).await;
        app.scores_settled(&access).await;
        assert_eq!(names(&admin, "quietInfluencers").await, ["gil"]);
    }

    async fn those_who_moved_farthest_come_first(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2030-05-06T10:20:00Z");
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let (new, old) = (app.days_ago(5.0), app.days_ago(60.0));
        admin.record("tea", [answers("ada", 6, &old), answers("bea", 6, &new), answers("cid", 1, &new), answers("dan", 1, &old)].concat()).await;
        app.scores_settled(&access).await;

        assert_eq!(names(&admin, "risingMembers").await, ["bea"]);
        assert_eq!(names(&admin, "risingMembers(includeEmerging: true)").await, ["bea", "cid"]);
        assert_eq!(names(&admin, "fadingMembers").await, ["ada"]);
        assert_eq!(names(&admin, "fadingMembers(includeEmerging: true)").await, ["ada", "dan"]);
        assert_eq!(names(&admin, "risingMembers(over: \"P365D\")").await, ["bea", "ada"]);
        assert!(names(&admin, "fadingMembers(over: \"P365D\", includeEmerging: true)").await.is_empty());

        let fields = "value points level rank change valueBefore levelBefore rankBefore";
        let board = leaderboard(&admin, "tea", "", "level").await;
        // Thirty days ago, at the whole hour.
        let before = leaderboard(&admin, "tea", "at: \"2030-04-06T10:00:00Z\"", "level").await;
        let ada = list(&admin, "fadingMembers", fields).await.remove(0);
        let bea = list(&admin, "risingMembers", fields).await.remove(0);
        for field in ["value", "points", "level", "rank"] {
            assert_eq!((&ada[field], &bea[field]), (&board["ada"][field], &board["bea"][field]), "{field}");
        }
        for (field, earlier) in [("valueBefore", "value"), ("levelBefore", "level"), ("rankBefore", "rank")] {
            assert_eq!(ada[field], before["ada"][earlier], "{field}");
        }
        assert_eq!((&bea["valueBefore"], &bea["levelBefore"], &bea["rankBefore"]), (&json!(0.0), &json!("EMERGING"), &Value::Null));
        assert_close(number(&ada["change"]), number(&ada["value"]) - number(&ada["valueBefore"]), 1e-12);
        assert!(number(&ada["change"]) < 0.0 && bea["change"] == bea["value"]);

        let pages = walk(&admin, "tea", &["fadingMembers(includeEmerging: true, ONWARD)"], "change", 1, true).await;
        assert_eq!(pages, list(&admin, "fadingMembers(includeEmerging: true)", "change").await.iter().map(|node| json!({ "change": node["change"] })).collect::<Vec<_>>());
        for over in ["PT23H", "P731D"] {
            for field in ["risingMembers", "fadingMembers"] {
                assert_eq!(refused(&admin, &format!("{field}(over: \"{over}\")")).await, "BAD_USER_INPUT", "{field} {over}");
            }
        }
    }

    async fn at_risk_is_who_has_influence_and_a_reason_that_the_caller_may_see(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let people = ["late", "waits", "sad", "secret", "sad-inside", "fine"];
        let mut told = Vec::new();
        for (n, name) in people.iter().enumerate() {
            desk.member(name).await;
            told.extend(answers(name, 6, &app.days_ago(5.0 + n as f64 / 2.0)));
        }
        for (name, visibility) in [("sad", "PUBLIC"), ("sad-inside", "PRIVATE")] {
            told.extend(feels(&app, name, 0.6, [40.0, 80.0, 120.0], "PUBLIC"));
            told.extend(feels(&app, name, -0.1, [8.0, 9.0, 10.0], visibility));
        }
        told.extend(feels(&app, "fine", 0.6, [40.0, 80.0, 120.0], "PUBLIC"));
        told.extend(feels(&app, "fine", 0.4, [8.0, 9.0, 10.0], "PUBLIC"));
        // Somebody without influence has all reasons.
        told.extend(feels(&app, "nobody", 1.0, [40.0, 80.0, 120.0], "PUBLIC"));
        told.extend(feels(&app, "nobody", -1.0, [8.0, 9.0, 10.0], "PUBLIC"));
        desk.client().record("tea", told).await;
        // What an account needed before it was merged is still needed.
        let waiting = desk.case("waits-old", json!({})).await;
        desk.case("nobody", json!({})).await;
        let (old, waits) = (desk.member("waits-old").await, desk.member("waits").await);
        merge(&desk.client(), json!({ "community": "tea", "memberId": old, "intoId": waits })).await;
        desk.wait(25 * HOUR);
        desk.promise("FIRST_RESPONSE", "PT1H", json!({})).await;
        let late = desk.case("late", json!({})).await;
        desk.case("secret", json!({ "visibility": "PRIVATE" })).await;
        let fine = desk.case("fine", json!({})).await;
        desk.change("respondToCase", &fine, json!({ "text": "Here you are." })).await;
        desk.wait(2 * HOUR);
        app.scores_settled(&desk.access).await;

        let seen = [("late", "BREACHED_CASE"), ("waits", "UNANSWERED_CASE"), ("sad", "FALLING_SENTIMENT")];
        let hidden = [("secret", "BREACHED_CASE"), ("sad-inside", "FALLING_SENTIMENT")];
        assert_eq!(reasons(&desk.client()).await, each(&[&seen[..], &hidden[..]].concat()));
        let viewer = desk.beside("Vic", Role::Viewer, Visibility::Public).await;
        assert_eq!(reasons(&viewer.client()).await, each(&seen));
        let blind = integration(&app, &desk.client(), &["influence:read", "cases:read"]).await;
        assert_eq!(reasons(&blind).await, each(&seen[..2]), "nobody may read what they said");
        assert_eq!(refused(&integration(&app, &desk.client(), &["influence:read"]).await, "membersAtRisk").await, "FORBIDDEN");

        let nodes = list(&desk.client(), "membersAtRisk", "rank points openCases sentiment sentimentBefore").await;
        let of = |name: &str| nodes.iter().find(|node| node["member"]["displayName"] == name).unwrap();
        assert!(nodes.windows(2).all(|pair| number(&pair[0]["points"]) >= number(&pair[1]["points"])));
        assert_eq!((&of("late")["openCases"], &of("waits")["openCases"], &of("sad")["openCases"]), (&json!(1), &json!(1), &json!(0)));
        assert_close(number(&of("sad")["sentiment"]), -0.1, 1e-9);
        assert_close(number(&of("sad")["sentimentBefore"]), 0.6, 1e-9);
        assert_eq!((&of("late")["sentiment"], &of("late")["sentimentBefore"]), (&Value::Null, &Value::Null));
        let pages = walk(&desk.client(), "tea", &["membersAtRisk(ONWARD)"], "rank", 2, true).await;
        assert_eq!(pages.iter().map(|node| &node["rank"]).collect::<Vec<_>>(), nodes.iter().map(|node| &node["rank"]).collect::<Vec<_>>());

        // Once the breach was told and excused, and the question answered, there is nothing left to worry about.
        desk.announce().await;
        assert_eq!(reasons(&viewer.client()).await, each(&seen));
        let breach = desk.read(&late, "breaches { id }").await["breaches"][0]["id"].clone();
        desk.act("excuseBreach", json!({ "breachId": breach, "reason": "A storm" })).await;
        desk.change("respondToCase", &waiting, json!({ "text": "Sorry to keep you waiting." })).await;
        assert_eq!(reasons(&viewer.client()).await, each(&seen[2..]));
    }
}
