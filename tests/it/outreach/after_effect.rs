//! What became of those whom a member helped, beside comparable people whom nobody helped.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::integration;
use crate::ingest::calls::{did, member, member_id, merge, upsert, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const EFFECT: &str = "helped cameBack solved comparable comparableCameBack comparableSolved cameBackRatio cameBackEnough solvedRatio \
                      solvedEnough enough";

/// Somebody asks 60 days ago, in a conversation of their own; what else happens, if it does.
struct Asked {
    name: String,
    helper: Option<&'static str>,
    comes_back: bool,
    solves: bool,
}

impl Asked {
    fn told(&self, app: &TestApp) -> Vec<Value> {
        let Self { name, helper, .. } = self;
        let there = |kind: &str, actor: &str, target: &str, days: f64| {
            with(
                did(kind, &format!("{kind} of {name}"), actor, target, &app.days_ago(days)),
                &json!({ "thread": name }),
            )
        };
        let mut told = vec![there("QUESTION", name, "", 60.0)];
        told.extend(helper.map(|helper| there("ANSWER", helper, name, 59.0)));
        if self.comes_back {
            told.push(did("POST", &format!("back: {name}"), name, "", &app.days_ago(50.0)));
        }
        if self.solves {
            told.push(there("SOLUTION_ACCEPTED", name, helper.unwrap_or("bob"), 55.0));
        }
        told
    }
}

async fn effect(client: &Client<'_>, helper: &str, arguments: &str) -> Value {
    member(client, "tea", helper, &format!("afterEffect{arguments} {{ {EFFECT} }}")).await["afterEffect"].clone()
}

/// Nobody to tell of.
fn nothing() -> Value {
    json!({
        "helped": 0, "cameBack": 0, "solved": 0, "comparable": 0, "comparableCameBack": 0, "comparableSolved": 0,
        "cameBackRatio": null, "cameBackEnough": false, "solvedRatio": null, "solvedEnough": false, "enough": false,
    })
}

on_both_engines! {
    async fn given_help_when_people_come_back_then_they_are_beside_those_whom_nobody_helped(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let mut told = Vec::new();
        for n in 0..12 {
            let helper = Some(if n % 3 == 0 { "ada-old" } else { "ada" });
            told.extend(Asked { name: format!("helped-{n}"), helper, comes_back: n < 9, solves: n < 6 }.told(&app));
            told.extend(Asked { name: format!("alone-{n}"), helper: None, comes_back: n < 6, solves: n < 2 }.told(&app));
            // Whom somebody else helped is in neither group.
            told.extend(Asked { name: format!("other-{n}"), helper: Some("bob"), comes_back: true, solves: true }.told(&app));
        }
        admin.record("tea", told).await;
        let some = effect(&admin, "ada", "").await;
        assert_eq!((&some["helped"], &some["cameBackEnough"]), (&json!(8), &json!(false)), "too few people");
        let (ada, old) = (member_id(&admin, "tea", "ada").await, member_id(&admin, "tea", "ada-old").await);
        merge(&admin, json!({ "community": "tea", "memberId": old, "intoId": ada })).await;
        let expected = json!({
            "helped": 12, "cameBack": 9, "solved": 6, "comparable": 12, "comparableCameBack": 6, "comparableSolved": 2,
            "cameBackRatio": 1.5, "cameBackEnough": true, "solvedRatio": 3.0, "solvedEnough": false, "enough": false,
        });
        assert_eq!(effect(&admin, "ada", "").await, expected);
        assert_eq!(effect(&admin, "ada", "(over: \"P365D\")").await, expected);
        // Ten days, ending thirty days ago.
        assert_eq!(effect(&admin, "ada", "(over: \"P10D\")").await, nothing());

        // Somebody who has been around is not like a newcomer.
        let earlier = (0..5).map(|n| did("POST", &format!("earlier-{n}"), "alone-0", "", &app.days_ago(300.0)));
        admin.record("tea", earlier.collect()).await;
        let changed = effect(&admin, "ada", "").await;
        assert_eq!((&changed["comparable"], &changed["comparableCameBack"]), (&json!(11), &json!(5)));
        // Staff ask for other reasons; who opted out is not looked at.
        upsert(&admin, "tea", vec![json!({ "externalId": "alone-1", "isStaff": true }), json!({ "externalId": "helped-0", "consent": "OPTED_OUT" })]).await;
        let changed = effect(&admin, "ada", "").await;
        assert_eq!((&changed["comparable"], &changed["comparableCameBack"], &changed["helped"]), (&json!(10), &json!(4), &json!(11)));
        // An answer that was taken back was no help.
        let back = with(did("RETRACTION", "r-1", "", "", &app.days_ago(1.0)), &json!({ "retracts": "ANSWER of helped-1" }));
        admin.record("tea", vec![back]).await;
        let changed = effect(&admin, "ada", "").await;
        assert_eq!((&changed["helped"], &changed["comparable"]), (&json!(10), &json!(11)));
    }

    async fn given_help_when_hardly_anybody_comes_back_without_it_then_there_is_not_enough_to_compare(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let mut told = Vec::new();
        for n in 0..20 {
            told.extend(Asked { name: format!("helped-{n}"), helper: Some("ada"), comes_back: true, solves: true }.told(&app));
            told.extend(Asked { name: format!("alone-{n}"), helper: None, comes_back: n < 4, solves: n < 5 }.told(&app));
        }
        admin.record("tea", told).await;
        let flags = async || {
            let found = effect(&admin, "ada", "").await;
            json!([found["cameBackRatio"], found["cameBackEnough"], found["solvedRatio"], found["solvedEnough"], found["enough"]])
        };
        assert_eq!(flags().await, json!([5.0, false, 4.0, true, false]), "four events are too few");
        admin.record("tea", vec![did("POST", "one more", "alone-19", "", &app.days_ago(50.0))]).await;
        assert_eq!(flags().await, json!([4.0, true, 4.0, true, true]));
    }

    async fn given_a_list_when_effects_are_asked_for_then_it_costs_no_more_than_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let helpers = ["ada", "bob", "cid", "dan", "eve", "fay", "gus", "hal"];
        let told = helpers.iter().flat_map(|helper| {
            let name = format!("asks-{helper}");
            Asked { name, helper: Some(*helper), comes_back: true, solves: false }.told(&app)
        });
        admin.record("tea", told.collect()).await;
        app.scores_settled(&access).await;
        let of = |first: usize, effects: &str| format!("{{ community(slug: \"tea\") {{ members(first: {first}) {{ nodes {{ displayName {effects} }} }} }} }}");
        // The fewest of several tries: the keeper of scores looks at the log in between.
        let cost = async |query: String| {
            let mut fewest = u64::MAX;
            for _try in 0..15 {
                let before = app.app.db.statements();
                let data = admin.ok(&query, json!({})).await;
                fewest = fewest.min(app.app.db.statements() - before);
                let nodes = data["community"]["members"]["nodes"].as_array().unwrap();
                let helped = nodes.iter().filter(|node| node["afterEffect"]["helped"] == 1);
                assert_eq!(helped.count(), nodes.len().min(helpers.len()), "{data:#}");
            }
            fewest
        };
        let effect = "afterEffect(over: \"P90D\") { helped }";
        let (one, all) = (cost(of(1, effect)).await, cost(of(20, effect)).await);
        assert!(all <= one, "{one} statements for one, {all} for twenty");
        // Another time is another story.
        let both = cost(of(20, &format!("{effect} year: afterEffect(over: \"P365D\") {{ helped }}"))).await;
        assert!(both <= 2 * one, "{one} statements for one time, {both} for two");
    }

    async fn given_a_caller_when_they_may_not_read_something_then_it_does_not_count(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let told = Asked { name: "cid".to_owned(), helper: Some("ada"), comes_back: true, solves: false }.told(&app);
        let secret = told.into_iter().map(|one| if one["kind"] == "ANSWER" { with(one, &json!({ "visibility": "PRIVATE" })) } else { one });
        admin.record("tea", secret.collect()).await;
        let seen = effect(&admin, "ada", "").await;
        assert_eq!((&seen["helped"], &seen["cameBack"], &seen["enough"]), (&json!(1), &json!(1), &json!(false)));
        let viewer = app.staff(&access, Role::Viewer, Visibility::Public).await;
        assert_eq!(effect(&viewer, "ada", "").await, nothing());
        assert_eq!(effect(&integration(&app, &admin, &["members:read", "influence:read"]).await, "ada", "").await, nothing());

        for over in ["PT23H", "P731D"] {
            let query = format!("{{ community(slug: \"tea\") {{ memberByIdentity(provider: \"forum\", externalId: \"ada\") {{ afterEffect(over: \"{over}\") {{ helped }} }} }} }}");
            let answer = admin.send(&query, json!({})).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{over}");
            assert!(answer.message().starts_with("over"), "{over}");
        }
        upsert(&admin, "tea", vec![json!({ "externalId": "ada", "isStaff": true })]).await;
        assert_eq!(effect(&admin, "ada", "").await, Value::Null);
    }
}
