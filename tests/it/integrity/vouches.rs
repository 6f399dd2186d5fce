//! Vouching for members: what it does to scores, since when, and for whom it cannot be done.

use entity::{Role, Visibility, event};
use rapport::context::Access;
use sea_orm::QueryOrder as _;
use serde_json::{Value, json};

use crate::ingest::calls::{
    assert_close, did, done, leaderboard, member, member_id, mendable, merge, mutate, number, payload, upsert, with,
};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const VOUCH: &str = "vouch { inForce reason vouchedBy vouchedAt withdrawnBy withdrawnAt withdrawalReason member { displayName } }";

/// A model by which nobody counts for nothing: trust matters from the first member on.
async fn strict(client: &Client<'_>) {
    let terms = json!({ "name": "Strict", "terms": { "trust": { "quorum": 0 } } });
    let made = mutate(client, "tea", "createScoringModel", "scoringModel { id }", terms).await;
    let id = done(&made, "createScoringModel")["scoringModel"]["id"].clone();
    done(
        &mutate(
            client,
            "tea",
            "activateScoringModel",
            "scoringModel { id }",
            json!({ "modelId": id }),
        )
        .await,
        "activateScoringModel",
    );
}

/// Sends an order about a member; what there is to mend.
async fn refused(client: &Client<'_>, mutation: &str, id: &str, reason: &str) -> Vec<String> {
    let input = json!({ "memberId": id, "reason": reason });
    let payload = payload(&mutate(client, "tea", mutation, VOUCH, input).await, mutation);
    assert!(payload["vouch"].is_null(), "{payload:#}");
    mendable(&payload)
}

/// Vouches for the member with an account in the forum; the vouch.
async fn vouch(client: &Client<'_>, who: &str) -> Value {
    let input = json!({ "memberId": member_id(client, "tea", who).await, "reason": "Met at the meeting" });
    done(&mutate(client, "tea", "vouchForMember", VOUCH, input).await, "vouchForMember")["vouch"].clone()
}

/// Vouches for them no longer; the vouch.
async fn withdraw(client: &Client<'_>, who: &str) -> Value {
    let input = json!({ "memberId": member_id(client, "tea", who).await, "reason": "It was somebody else" });
    done(&mutate(client, "tea", "withdrawVouch", VOUCH, input).await, "withdrawVouch")["vouch"].clone()
}

/// For whom staff vouched, the newest first.
async fn vouches(client: &Client<'_>, arguments: &str) -> Vec<String> {
    let query =
        format!("{{ community(slug: \"tea\") {{ memberVouches{arguments} {{ totalCount nodes {{ member {{ displayName }} }} }} }} }}");
    let found = client.ok(&query, json!({})).await["community"]["memberVouches"].clone();
    let nodes = found["nodes"].as_array().unwrap();
    assert_eq!(found["totalCount"], nodes.len(), "all on one page");
    let name = |node: &Value| node["member"]["displayName"].as_str().unwrap().to_owned();
    nodes.iter().map(name).collect()
}

/// What the change log says of vouches, in order.
async fn told(app: &TestApp, access: &Access) -> Vec<event::Model> {
    let all = event::Entity::in_community(access.community_id()).order_by_asc(event::Column::Seq);
    let mut all = all.all(app.app.db.read()).await.unwrap();
    all.retain(|event| event.event_type.starts_with("member.vouch"));
    all
}

/// The points of two members in one ranking, now or as of an instant; none is zero.
async fn points(client: &Client<'_>, arguments: &str, names: [&str; 2]) -> [f64; 2] {
    let board = leaderboard(client, "tea", arguments, "").await;
    names.map(|name| board.get(name).map_or(0.0, |node| number(&node["points"])))
}

on_both_engines! {
    async fn given_a_vouch_then_fresh_credit_of_the_member_counts_in_full_until_it_is_withdrawn(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        strict(&admin).await;
        // Eva is verified, and Ben a stranger.
        upsert(&admin, "tea", vec![json!({ "externalId": "eva", "identities": [{ "provider": "crm", "externalId": "eva", "verified": true }] })]).await;
        let day = app.days_ago(1.0);
        admin.record("tea", vec![did("KUDOS", "k-1", "ben", "ada", &day), did("KUDOS", "k-2", "eva", "fay", &day)]).await;
        app.scores_settled(&access).await;
        let trust = async || {
            let found = member(&admin, "tea", "ada", "influence { receipts(first: 1) { nodes { trust } } }").await;
            number(&found["influence"]["receipts"]["nodes"][0]["trust"])
        };
        let [before, full] = points(&admin, "", ["ada", "fay"]).await;
        assert!(before < 0.05 * full, "{before} of {full}");
        assert_close(trust().await, 0.0, 1e-9);
        assert_eq!(member(&admin, "tea", "ben", VOUCH).await["vouch"], Value::Null);

        let made = vouch(&admin, "ben").await;
        assert_eq!((&made["inForce"], &made["reason"], &made["member"]["displayName"]), (&json!(true), &json!("Met at the meeting"), &json!("ben")));
        assert!(made["vouchedBy"].as_str().unwrap().starts_with("staff:") && made["withdrawnAt"].is_null());
        app.scores_settled(&access).await;
        let [now, full] = points(&admin, "", ["ada", "fay"]).await;
        assert_close(now, full, 1e-9);
        assert_close(trust().await, 1.0, 1e-9);
        assert_eq!(member(&admin, "tea", "ben", VOUCH).await["vouch"], made);
        // Trust is judged by what is known now, for all instants.
        let past = format!("at: \"{}\"", app.days_ago(0.5));
        let [then, full] = points(&admin, &past, ["ada", "fay"]).await;
        assert!(full > 0.0);
        assert_close(then, full, 1e-9);

        let ended = withdraw(&admin, "ben").await;
        assert_eq!((&ended["inForce"], &ended["reason"], &ended["withdrawalReason"]), (&json!(false), &made["reason"], &json!("It was somebody else")));
        assert_eq!((&ended["vouchedAt"], &ended["withdrawnBy"]), (&made["vouchedAt"], &made["vouchedBy"]));
        app.scores_settled(&access).await;
        let [now, full] = points(&admin, "", ["ada", "fay"]).await;
        assert!(now < 0.05 * full, "{now} of {full}");
        assert_close(trust().await, 0.0, 1e-9);
        assert_eq!(member(&admin, "tea", "ben", VOUCH).await["vouch"], Value::Null);
        // Staff may find that they were right after all.
        vouch(&admin, "ben").await;
        assert_eq!(vouches(&admin, "").await, ["ben", "ben"]);
        app.scores_settled(&access).await;
        assert_close(trust().await, 1.0, 1e-9);
    }

    async fn given_members_who_are_one_person_then_a_vouch_for_either_holds_for_both(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        strict(&admin).await;
        let day = app.days_ago(1.0);
        admin.record("tea", vec![did("KUDOS", "k-1", "ben", "ada", &day), did("KUDOS", "k-2", "bea", "dan", &day)]).await;
        let (ben, bea) = (member_id(&admin, "tea", "ben").await, member_id(&admin, "tea", "bea").await);
        vouch(&admin, "ben").await;
        app.scores_settled(&access).await;
        let [ada, dan] = points(&admin, "", ["ada", "dan"]).await;
        assert!(dan < 0.05 * ada, "{dan} of {ada}");

        merge(&admin, json!({ "community": "tea", "memberId": ben, "intoId": bea })).await;
        app.scores_settled(&access).await;
        let [ada, dan] = points(&admin, "", ["ada", "dan"]).await;
        assert!(ada > 0.1);
        assert_close(dan, ada, 1e-9);
        let found = member(&admin, "tea", "bea", "vouch { inForce member { id } }").await;
        assert_eq!(found["vouch"], json!({ "inForce": true, "member": { "id": bea } }));
        for id in [&ben, &bea] {
            assert_eq!(refused(&admin, "vouchForMember", id, "Again").await, ["memberId NOT_ALLOWED_NOW"]);
        }

        // Each is vouched for: apart, and then as one.
        merge(&admin, json!({ "community": "tea", "memberId": ben })).await;
        vouch(&admin, "bea").await;
        merge(&admin, json!({ "community": "tea", "memberId": ben, "intoId": bea })).await;
        assert_eq!(vouches(&admin, "(inForce: true)").await.len(), 2);
        withdraw(&admin, "ben").await;
        assert_eq!(vouches(&admin, "(inForce: true)").await, [""; 0]);
        app.scores_settled(&access).await;
        let [ada, dan] = points(&admin, "", ["ada", "dan"]).await;
        assert!(ada < 0.05 && dan < 0.05, "{ada} {dan}");
        let types: Vec<String> = told(&app, &access).await.into_iter().map(|event| event.event_type).collect();
        assert_eq!(types, ["member.vouched", "member.vouched", "member.vouch_withdrawn", "member.vouch_withdrawn"]);
    }

    async fn given_somebody_who_cannot_be_vouched_for_then_the_field_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let other = app.community("beer").await;
        let (admin, stranger) = (app.admin(&access).await, app.admin(&other).await);
        upsert(&admin, "tea", vec![
            json!({ "externalId": "staff", "isStaff": true }),
            json!({ "externalId": "bot", "isBot": true }),
            json!({ "externalId": "out", "consent": "OPTED_OUT" }),
            json!({ "externalId": "ann" }),
        ])
        .await;
        upsert(&stranger, "beer", vec![json!({ "externalId": "ann" })]).await;
        for (who, expected) in [("staff", "memberId INVALID"), ("bot", "memberId INVALID"), ("out", "memberId NOT_ALLOWED_NOW")] {
            let id = member_id(&admin, "tea", who).await;
            assert_eq!(refused(&admin, "vouchForMember", &id, "Why not").await, [expected], "{who}");
        }
        let ann = member_id(&admin, "tea", "ann").await;
        let foreign = member_id(&stranger, "beer", "ann").await;
        let long = "x".repeat(501);
        for mutation in ["vouchForMember", "withdrawVouch"] {
            for id in ["nonsense", foreign.as_str()] {
                assert_eq!(refused(&admin, mutation, id, "Why not").await, ["memberId NOT_FOUND"], "{mutation}");
            }
            for (reason, expected) in [("", "reason REQUIRED"), ("\u{200b} ", "reason REQUIRED"), ("no\0", "reason INVALID"), (long.as_str(), "reason TOO_LONG")] {
                assert_eq!(refused(&admin, mutation, &ann, reason).await, [expected], "{mutation}");
            }
        }
        assert_eq!(refused(&admin, "withdrawVouch", &ann, "Why not").await, ["memberId NOT_ALLOWED_NOW"]);
        assert_eq!((vouches(&admin, "").await.len(), told(&app, &access).await.len()), (0, 0));

        // Who opts out later stays on record, and the vouch can be withdrawn.
        vouch(&admin, "ann").await;
        upsert(&admin, "tea", vec![json!({ "externalId": "ann", "consent": "OPTED_OUT" })]).await;
        assert_eq!(vouches(&admin, "(inForce: true)").await, ["ann"]);
        withdraw(&admin, "ann").await;
        assert_eq!(refused(&admin, "vouchForMember", &ann, "Once more").await, ["memberId NOT_ALLOWED_NOW"]);
    }

    async fn the_same_key_gives_the_same_answer_and_lists_go_on_where_the_page_ended(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let names = ["ada", "ben", "cid", "dan", "eva"];
        upsert(&admin, "tea", names.map(|name| json!({ "externalId": name })).to_vec()).await;
        let input = json!({ "memberId": member_id(&admin, "tea", "ada").await, "reason": "A secret word", "idempotencyKey": "once" });
        let send = async |input: Value| mutate(&admin, "tea", "vouchForMember", VOUCH, input).await;
        let first = done(&send(input.clone()).await, "vouchForMember");
        assert_eq!(done(&send(input.clone()).await, "vouchForMember"), first);
        assert_eq!(send(with(input, &json!({ "reason": "For another reason" }))).await.code(), "IDEMPOTENCY_KEY_REUSED");
        for name in &names[1..] {
            vouch(&admin, name).await;
        }
        withdraw(&admin, "ben").await;
        let events = told(&app, &access).await;
        assert_eq!(events.len(), 6);
        for event in &events {
            assert_eq!((event.subject_type.as_str(), event.visibility), ("member", Visibility::Public));
            assert!(event.actor.starts_with("staff:"), "{}", event.actor);
            for word in ["secret", "meeting", "somebody"] {
                assert!(!event.payload.contains(word), "{}", event.payload);
            }
        }
        assert_eq!(vouches(&admin, "").await, ["eva", "dan", "cid", "ben", "ada"]);
        assert_eq!(vouches(&admin, "(inForce: true)").await, ["eva", "dan", "cid", "ada"]);
        assert_eq!(vouches(&admin, "(inForce: false)").await, ["ben"]);

        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = "query($after: String) { community(slug: \"tea\") { memberVouches(first: 2, after: $after) { totalCount \
                         pageInfo { hasNextPage endCursor } nodes { member { displayName } } } } }";
            let found = admin.ok(query, json!({ "after": after })).await["community"]["memberVouches"].clone();
            assert_eq!(found["totalCount"], 5);
            seen.extend(found["nodes"].as_array().unwrap().iter().map(|node| node["member"]["displayName"].as_str().unwrap().to_owned()));
            if found["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = found["pageInfo"]["endCursor"].clone();
            assert!(seen.len() < 9, "{seen:?}");
        }
        assert_eq!(seen, ["eva", "dan", "cid", "ben", "ada"]);
        // A cursor of one list is none of another.
        let query = "query($after: String) { community(slug: \"tea\") { memberVouches(inForce: true, after: $after) { totalCount } } }";
        assert_eq!(admin.send(query, json!({ "after": after })).await.code(), "BAD_USER_INPUT");
    }

    async fn only_managers_vouch_and_whoever_sees_scores_sees_for_whom(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "ada" })]).await;
        let input = json!({ "memberId": member_id(&admin, "tea", "ada").await, "reason": "Why not" });
        let agent = app.staff(&access, Role::Agent, Visibility::Private).await;
        for mutation in ["vouchForMember", "withdrawVouch"] {
            assert_eq!(mutate(&agent, "tea", mutation, VOUCH, input.clone()).await.code(), "FORBIDDEN");
        }
        let manager = app.staff(&access, Role::Manager, Visibility::Public).await;
        vouch(&manager, "ada").await;
        let viewer = app.staff(&access, Role::Viewer, Visibility::Public).await;
        assert_eq!(vouches(&viewer, "").await, ["ada"]);
        let found = member(&viewer, "tea", "ada", "vouch { inForce reason }").await;
        assert_eq!(found["vouch"], json!({ "inForce": true, "reason": "Met at the meeting" }));
    }
}
