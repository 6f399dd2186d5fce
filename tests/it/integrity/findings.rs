//! Findings: what looks arranged, with what it rests on, for people to judge.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{discount, recorded, restore};
use crate::ingest::calls::{assert_close, did, member_id, number, program, run, upsert, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const FINDING: &str = "kind description share credit since until interactionCount hiddenMembers members { id } \
                       interactions(first: 100) { externalId }";

/// Twenty-four people who know each other for long: each answered the next four, half a year ago.
async fn regulars(app: &TestApp, client: &Client<'_>) {
    let pairs = (0..24).flat_map(|own| (1..=4).map(move |step| (own, (own + step) % 24)));
    let answers = pairs.map(|(own, other)| {
        did(
            "ANSWER",
            &format!("a-{own}-{other}"),
            &format!("r-{own}"),
            &format!("r-{other}"),
            &app.days_ago(200.0 - f64::from(own)),
        )
    });
    recorded(client, answers.collect()).await;
}

/// Six accounts whom nobody knows thank Mia and each other; the ids of what they did.
async fn ring(app: &TestApp, client: &Client<'_>) -> Vec<Value> {
    let told = (0..6).flat_map(|own| {
        let (name, next, day) = (
            format!("s-{own}"),
            format!("s-{}", (own + 1) % 6),
            app.days_ago(20.0 - f64::from(own)),
        );
        let visibility = if own == 0 { "PRIVATE" } else { "PUBLIC" };
        let for_mia = with(
            did("KUDOS", &format!("mia-{own}"), &name, "mia", &day),
            &json!({ "visibility": visibility }),
        );
        [for_mia, did("KUDOS", &format!("next-{own}"), &name, &next, &day)]
    });
    recorded(client, told.collect()).await
}

async fn findings(client: &Client<'_>, arguments: &str) -> Vec<Value> {
    let query = format!("{{ community(slug: \"tea\") {{ integrityFindings{arguments} {{ {FINDING} }} }} }}");
    let found = client.ok(&query, json!({})).await["community"]["integrityFindings"].clone();
    found.as_array().unwrap().clone()
}

/// Kinds and numbers of interactions.
fn told(found: &[Value]) -> Vec<(String, u64)> {
    let line = |one: &Value| (one["kind"].as_str().unwrap().to_owned(), one["interactionCount"].as_u64().unwrap());
    found.iter().map(line).collect()
}

fn names(finding: &Value) -> Vec<String> {
    let interactions = finding["interactions"].as_array().unwrap();
    interactions
        .iter()
        .map(|one| one["externalId"].as_str().unwrap().to_owned())
        .collect()
}

on_both_engines! {
    async fn a_ring_is_listed_with_its_evidence_until_that_is_discounted(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        regulars(&app, &admin).await;
        assert!(findings(&admin, "").await.is_empty(), "people who help each other are no ring");
        let ids = ring(&app, &admin).await;
        // Mia has little else.
        recorded(&admin, vec![did("ANSWER", "a-mia", "mia", "r-3", &app.days_ago(60.0))]).await;

        let found = findings(&admin, "").await;
        assert_eq!(found.len(), 1, "{found:#?}");
        let finding = &found[0];
        assert_eq!((&finding["kind"], &finding["interactionCount"], &finding["hiddenMembers"]), (&json!("RING"), &json!(12), &json!(0)));
        assert_close(number(&finding["credit"]), 12.0, 1e-9);
        let share = number(&finding["share"]);
        assert!((0.8..1.0).contains(&share), "{share}");
        assert!(finding["description"].as_str().unwrap().starts_with("6 members without trust gave at least 80 %"));
        let mut expected = vec![member_id(&admin, "tea", "mia").await];
        for own in 0..6 {
            expected.push(member_id(&admin, "tea", &format!("s-{own}")).await);
        }
        assert_eq!(finding["members"][0]["id"], expected[0], "who benefits comes first");
        let mut members: Vec<&str> = finding["members"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        members.sort_unstable();
        expected.sort_unstable();
        assert_eq!(members, expected);
        let evidence = names(finding);
        assert_eq!(evidence.len(), 12);
        assert_eq!(evidence[..2], ["next-5", "mia-5"], "the newest first");

        // It names people: who may not read all that it rests on does not learn of it.
        let manager = app.staff(&access, Role::Manager, Visibility::Public).await;
        assert!(findings(&manager, "(kinds: [RING])").await.is_empty());

        assert!(findings(&admin, "(kinds: [JUMP])").await.is_empty());
        discount(&admin, &ids).await;
        assert!(findings(&admin, "").await.is_empty(), "it is judged");
        restore(&admin, &ids).await;
        let again = findings(&admin, "").await;
        assert_eq!((told(&again), names(&again[0])), (told(&found), evidence));
    }

    async fn who_opted_out_is_counted_and_not_listed(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        regulars(&app, &admin).await;
        ring(&app, &admin).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "s-2", "consent": "OPTED_OUT" })]).await;
        let gone = member_id(&admin, "tea", "s-2").await;
        let found = findings(&admin, "").await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["hiddenMembers"], 1);
        let members = found[0]["members"].as_array().unwrap();
        assert!(members.len() == 6 && members.iter().all(|one| one["id"] != gone.as_str()));
        // Who opted out is not scored, so nobody lifts them.
        upsert(&admin, "tea", vec![json!({ "externalId": "mia", "consent": "OPTED_OUT" })]).await;
        assert!(findings(&admin, "").await.is_empty());
    }

    async fn sudden_credit_is_listed_beside_rings_by_how_much_it_is(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        regulars(&app, &admin).await;
        ring(&app, &admin).await;
        let day = app.days_ago(2.0);
        let thanks = |whom: &str, times: u32| -> Vec<Value> {
            (0..times).map(|n| did("KUDOS", &format!("{whom}-k-{n}"), &format!("r-{n}"), whom, &day)).collect()
        };
        let retracted = with(did("RETRACTION", "back", "", "", &day), &json!({ "retracts": "joe-k-0" }));
        recorded(&admin, [thanks("joe", 14), thanks("kim", 9), vec![retracted]].concat()).await;
        let found = findings(&admin, "").await;
        let (of_jump, of_ring) = (("JUMP".to_owned(), 13), ("RING".to_owned(), 12));
        assert_eq!(told(&found), [of_jump.clone(), of_ring.clone()]);
        let jump = &found[0];
        assert_eq!(jump["members"], json!([{ "id": member_id(&admin, "tea", "joe").await }]));
        assert_eq!((&jump["share"], &jump["credit"]), (&json!(1.0), &json!(13.0)));
        assert_eq!(jump["description"], "13.0 credit for help and thanks in 7 days, where there was none before.");
        let evidence = names(jump);
        assert!(evidence.len() == 13 && !evidence.contains(&"joe-k-0".to_owned()), "{evidence:?}");

        assert_eq!(told(&findings(&admin, "(kinds: [RING, JUMP])").await), [of_jump.clone(), of_ring.clone()]);
        assert_eq!(told(&findings(&admin, "(first: 1)").await), [of_jump]);
        assert_eq!(told(&findings(&admin, "(kinds: [RING])").await), [of_ring]);
        for first in [0, 101, -1] {
            let query = format!("{{ community(slug: \"tea\") {{ integrityFindings(first: {first}) {{ kind }} }} }}");
            assert_eq!(admin.send(&query, json!({})).await.code(), "BAD_USER_INPUT", "{first}");
            let query = format!("{{ community(slug: \"tea\") {{ integrityFindings {{ interactions(first: {first}) {{ id }} }} }} }}");
            assert_eq!(admin.send(&query, json!({})).await.code(), "BAD_USER_INPUT", "{first}");
        }
        // None of them is no question.
        let nothing = admin.send("{ community(slug: \"tea\") { integrityFindings(kinds: []) { kind } } }", json!({})).await;
        assert_eq!((nothing.code(), nothing.message().starts_with("kinds: ")), ("BAD_USER_INPUT", true), "{}", nothing.body);
    }

    async fn the_command_line_tells_what_is_found(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        regulars(&app, &admin).await;
        ring(&app, &admin).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "mia", "displayName": "Mia of the ring" })]).await;
        let folder = tempfile::tempdir().unwrap();
        let ran = run(program(folder.path(), app.database_url()).args(["score", "integrity", "--community", "tea"]));
        assert!(ran.success, "{}", ran.err);
        for part in ["tea: 1 findings", "RING  6 members without trust", "in 12 interactions", "Mia of the ring"] {
            assert!(ran.out.contains(part), "{part}: {}", ran.out);
        }
    }

    async fn findings_are_for_managers(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let agent = app.staff(&access, Role::Agent, Visibility::Private).await;
        let answer = agent.send("{ community(slug: \"tea\") { integrityFindings { kind } } }", json!({})).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        let manager = app.staff(&access, Role::Manager, Visibility::Public).await;
        assert!(findings(&manager, "").await.is_empty());
    }
}
