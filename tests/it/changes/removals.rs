//! What is gone for somebody they are told, in a form that they may see.

use entity::{Consent, Role, Visibility};
use rapport::events::{EventType, NewEvent};
use rapport::features::ingest::record::{InteractionRecord, MemberRecord};
use rapport::features::ingest::{self, Announce};
use rapport::graphql::global_id::GlobalId;
use serde_json::{Value, json};

use super::{all_after, end, page, tell, types};
use crate::cases::Desk;
use crate::ingest::calls::{did, member_id, merge, upsert, with};
use crate::on_both_engines;
use crate::support::TestApp;

/// Type and visibility of each change.
fn seen(changes: &[Value]) -> Vec<(&str, &str)> {
    types(changes)
        .into_iter()
        .zip(changes.iter().map(|change| change["visibility"].as_str().unwrap()))
        .collect()
}

on_both_engines! {
    async fn given_a_public_case_when_it_goes_private_and_back_then_it_is_withdrawn_and_appears(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let below = desk.beside("Vera", Role::Viewer, Visibility::SemiPrivate).await;
        let case = desk.case("ada", json!({ "subject": "Cold tea", "assigneeId": desk.staff_id() })).await;
        let from = end(&desk.client(), "tea").await;
        desk.change("moveCase", &case, json!({ "to": "PRIVATE", "reason": "A name" })).await;
        desk.change("assignCase", &case, json!({ "assigneeId": null })).await;

        let gone = all_after(&below.client(), "tea", &from, json!({})).await;
        assert_eq!(seen(&gone), [("case.withdrawn", "PUBLIC")]);
        assert_eq!((&gone[0]["subject"]["id"], &gone[0]["data"], &gone[0]["node"]), (&case["id"], &json!({}), &Value::Null));
        let all = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(seen(&all), [("case.withdrawn", "PUBLIC"), ("case.moved", "PRIVATE"), ("case.assigned", "PRIVATE")]);
        assert_eq!(all[1]["data"]["visibility"], "PRIVATE");
        assert_eq!(all[1]["node"]["id"], case["id"]);

        let from = end(&desk.client(), "tea").await;
        desk.change("moveCase", &case, json!({ "to": "PUBLIC" })).await;
        for who in [&below, &desk] {
            let back = all_after(&who.client(), "tea", &from, json!({})).await;
            assert_eq!(seen(&back), [("case.moved", "PUBLIC")]);
            assert_eq!(back[0]["data"]["number"], case["number"]);
            assert_eq!(back[0]["data"]["memberId"], desk.member("ada").await);
        }
    }

    async fn given_a_public_draft_when_it_goes_private_then_it_is_withdrawn_with_its_repairs(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let below = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Public).await;
        let case = desk.case("ada", json!({})).await;
        let draft = json!({ "caseId": case["id"], "text": "Sorry.", "components": ["REPAIR"], "send": false });
        let draft = desk.act("recordApology", draft).await["apology"]["id"].clone();
        let repair = json!({ "caseId": case["id"], "apologyId": draft, "kind": "REPLACEMENT", "description": "A new pot" });
        let repair = desk.act("promiseRepair", repair).await["repair"]["id"].clone();
        let from = end(&desk.client(), "tea").await;
        crate::changes::act(&desk, "updateApology", "apology { id }", json!({ "apologyId": draft, "visibility": "PRIVATE" })).await;

        let gone = all_after(&below.client(), "tea", &from, json!({})).await;
        assert_eq!(seen(&gone), [("repair.withdrawn", "PUBLIC"), ("apology.withdrawn", "PUBLIC")]);
        for (told, id) in gone.iter().zip([&repair, &draft]) {
            assert_eq!((&told["subject"]["id"], &told["data"], &told["node"]), (id, &json!({}), &Value::Null));
        }
        assert!(all_after(&viewer.client(), "tea", &from, json!({})).await.is_empty(), "of drafts they know nothing");
        let all = all_after(&desk.client(), "tea", &from, json!({ "types": ["APOLOGY_WITHDRAWN", "APOLOGY_UPDATED"] })).await;
        assert_eq!(seen(&all), [("apology.withdrawn", "PUBLIC"), ("apology.updated", "PRIVATE")]);
    }

    async fn given_a_public_interaction_when_it_is_taken_back_in_private_then_all_who_saw_it_are_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let below = desk.beside("Vera", Role::Viewer, Visibility::Public).await;
        let at = app.days_ago(2.0);
        let thanks = desk.said("KUDOS", "k-1", "ben", json!({ "target": "ada" })).await;
        let from = end(&desk.client(), "tea").await;
        let back = with(did("RETRACTION", "r-1", "ben", "", &at), &json!({ "retracts": "k-1", "visibility": "PRIVATE" }));
        desk.client().record("tea", vec![back.clone()]).await;
        let told = all_after(&below.client(), "tea", &from, json!({})).await;
        assert_eq!(seen(&told), [("interaction.retracted", "PUBLIC")]);
        assert_eq!((&told[0]["subject"]["id"], &told[0]["data"]), (&json!(thanks), &json!({ "source": "forum", "externalId": "k-1" })));
        let all = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(seen(&all), [("interaction.recorded", "PRIVATE"), ("interaction.retracted", "PUBLIC")]);

        // Once is enough; and what comes in after it was taken back is told at once.
        let from = end(&desk.client(), "tea").await;
        let again = with(back, &json!({ "externalId": "r-2" }));
        let ahead = with(did("RETRACTION", "r-3", "ben", "", &at), &json!({ "retracts": "k-2" }));
        desk.client().record("tea", vec![again, ahead]).await;
        desk.said("KUDOS", "k-2", "ben", json!({ "target": "ada" })).await;
        let all = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(types(&all), ["interaction.recorded", "interaction.recorded", "interaction.recorded", "interaction.retracted"]);
        assert_eq!(all[3]["data"]["externalId"], "k-2");
    }

    async fn given_an_import_when_it_takes_back_then_one_event_lists_what(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let mut ids = Vec::new();
        for n in 0..3 {
            ids.push(desk.said("KUDOS", &format!("k-{n}"), "ben", json!({ "target": "ada", "visibility": if n == 2 { "PRIVATE" } else { "PUBLIC" } })).await);
        }
        let from = end(&desk.client(), "tea").await;
        let records: Vec<InteractionRecord> = (0..3)
            .map(|n| {
                let retraction = json!({ "source": "forum", "externalId": format!("r-{n}"), "kind": "RETRACTION", "actor": "ben", "retracts": format!("k-{n}"), "occurredAt": app.days_ago(0.5), "visibility": "PUBLIC" });
                serde_json::from_value(retraction).unwrap()
            })
            .collect();
        let items: Vec<_> = records.into_iter().map(ingest::NewInteraction::from).collect();
        let ctx = app.app.system("import");
        let (ctx, items, community) = (&ctx, &items, desk.access.community_id());
        app.app.db.write(|tx| async move { Box::pin(ingest::interactions::take(&tx, ctx, community, items, Announce::Bulk)).await }).await.unwrap();
        let told = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(seen(&told), [("interactions.imported", "PUBLIC"), ("interactions.retracted", "PUBLIC"), ("interactions.retracted", "PRIVATE")]);
        assert_eq!(told[1]["data"], json!({ "ids": [ids[0], ids[1]] }));
        assert_eq!(told[2]["data"], json!({ "ids": [ids[2]] }));
        assert_eq!(told[1]["subject"], json!({ "type": "Interaction", "id": null }));
        assert_eq!(told[0]["data"].as_object().unwrap().len(), 1, "what the keeper of scores needs stays inside");
    }

    async fn given_a_member_when_they_opt_out_and_in_then_it_is_told_and_their_scores_are_forgotten(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ada = desk.member("ada").await;
        let key = GlobalId::decode(&ada).unwrap().key;
        let start = end(&desk.client(), "tea").await;
        tell(&app, &desk.access, NewEvent::public(EventType::ScoreChanged, key, json!({ "value": 41.5, "rank": 3 }))).await;
        let scores = json!({ "types": ["SCORE_CHANGED"] });
        assert_eq!(all_after(&desk.client(), "tea", &start, scores.clone()).await[0]["data"], json!({ "value": 41.5, "rank": 3 }));

        let from = end(&desk.client(), "tea").await;
        for consent in ["OPTED_OUT", "OPTED_OUT", "SCORED"] {
            upsert(&desk.client(), "tea", vec![json!({ "externalId": "ada", "consent": consent })]).await;
        }
        let told = all_after(&desk.client(), "tea", &from, json!({ "types": ["MEMBER_UPDATED", "MEMBER_OPTED_OUT", "MEMBER_OPTED_IN"] })).await;
        assert_eq!(types(&told), ["member.updated", "member.opted_out", "member.updated", "member.opted_in"]);
        assert_eq!((&told[1]["subject"]["id"], &told[1]["data"]["consent"]), (&json!(ada), &json!("OPTED_OUT")));
        let forgotten = all_after(&desk.client(), "tea", &start, scores).await;
        assert_eq!((forgotten.len(), &forgotten[0]["data"]), (1, &json!({})), "that it changed stays, to what does not");
    }

    async fn given_an_import_when_somebody_opts_out_in_it_then_that_is_told_by_itself(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let ada = desk.member("ada").await;
        let from = end(&desk.client(), "tea").await;
        let record = |name: &str| MemberRecord {
            source: "forum".to_owned(),
            external_id: name.to_owned(),
            consent: Some(Consent::OptedOut),
            ..MemberRecord::default()
        };
        let records = [record("ada"), record("new")];
        let ctx = app.app.system("import");
        let (ctx, records, community) = (&ctx, &records, desk.access.community_id());
        app.app.db.write(|tx| async move { Box::pin(ingest::members::take(&tx, ctx, community, records, Announce::Bulk)).await }).await.unwrap();
        let told = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(types(&told), ["members.imported", "member.opted_out"], "a newcomer had no score that anybody could keep");
        assert_eq!(told[1]["subject"]["id"], ada);
    }

    async fn given_two_members_when_they_become_one_then_both_that_and_what_follows_is_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (ada, ben) = (desk.member("ada").await, desk.member("ben").await);
        upsert(&desk.client(), "tea", vec![json!({ "externalId": "ben", "consent": "OPTED_OUT" })]).await;
        let key = GlobalId::decode(&ada).unwrap().key;
        let start = end(&desk.client(), "tea").await;
        tell(&app, &desk.access, NewEvent::public(EventType::ScoreChanged, key, json!({ "value": 41.5 }))).await;
        let from = end(&desk.client(), "tea").await;
        let merged = merge(&desk.client(), json!({ "community": "tea", "memberId": ben, "intoId": ada })).await;
        assert_eq!(merged["userErrors"], json!([]));
        let told = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(types(&told), ["member.updated", "member.opted_out", "member.merged"]);
        assert_eq!((&told[1]["subject"]["id"], &told[2]["subject"]["id"], &told[2]["data"]), (&json!(ada), &json!(ben), &json!({ "intoId": ada })));
        assert_eq!(told[2]["node"]["id"], ada, "whoever asks for the one finds the other");
        let scores = all_after(&desk.client(), "tea", &start, json!({ "types": ["SCORE_CHANGED"] })).await;
        assert_eq!(scores[0]["data"], json!({}));
        let from = end(&desk.client(), "tea").await;
        merge(&desk.client(), json!({ "community": "tea", "memberId": ben })).await;
        let told = page(&desk.client(), "tea", json!({ "after": from })).await;
        assert_eq!((&told["changes"][0]["type"], &told["changes"][0]["data"]), (&json!("member.unmerged"), &json!({ "fromId": ada })));
        assert_eq!(member_id(&desk.client(), "tea", "ben").await, ben);
    }

    async fn given_somebody_who_was_merged_when_who_they_became_opts_out_then_all_their_scores_are_forgotten(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (ada, ben) = (desk.member("ada").await, desk.member("ben").await);
        let key = GlobalId::decode(&ada).unwrap().key;
        let start = end(&desk.client(), "tea").await;
        tell(&app, &desk.access, NewEvent::public(EventType::ScoreChanged, key, json!({ "value": 41.5 }))).await;
        let scores = json!({ "types": ["SCORE_CHANGED"] });
        merge(&desk.client(), json!({ "community": "tea", "memberId": ada, "intoId": ben })).await;
        assert_eq!(all_after(&desk.client(), "tea", &start, scores.clone()).await[0]["data"], json!({ "value": 41.5 }));
        upsert(&desk.client(), "tea", vec![json!({ "externalId": "ben", "consent": "OPTED_OUT" })]).await;
        let told = all_after(&desk.client(), "tea", &start, scores).await;
        assert_eq!((told.len(), &told[0]["data"]), (1, &json!({})));
    }

    async fn given_an_interaction_when_it_is_recorded_and_taken_back_at_once_then_that_is_told_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (client, at) = (desk.client(), app.days_ago(2.0));
        for n in 0..12 {
            let from = end(&client, "tea").await;
            let back = |time: usize| {
                let retraction = did("RETRACTION", &format!("r-{n}-{time}"), "ben", "", &at);
                client.record("tea", vec![with(retraction, &json!({ "retracts": format!("k-{n}") }))])
            };
            let said = client.record("tea", vec![did("KUDOS", &format!("k-{n}"), "ben", "ada", &at)]);
            tokio::join!(back(0), said, back(1));
            let told = all_after(&client, "tea", &from, json!({ "types": ["INTERACTION_RETRACTED"] })).await;
            assert_eq!(told.len(), 1, "{n}");
        }
    }

    async fn given_cases_of_one_member_when_they_are_merged_then_both_and_the_follow_ups_are_told_of(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (one, two) = (desk.case("ada", json!({})).await, desk.case("ada", json!({})).await);
        let tomorrow = app.days_ago(-1.0);
        let follow_up = desk.act("scheduleFollowUp", json!({ "caseId": one["id"], "kind": "NUDGE", "description": "Ask", "dueAt": tomorrow })).await;
        let from = end(&desk.client(), "tea").await;
        desk.change("mergeCases", &one, json!({ "intoId": two["id"] })).await;
        let told = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(types(&told), ["case.merged", "case.absorbed", "follow_up.moved"]);
        assert_eq!((&told[0]["data"]["intoId"], &told[0]["data"]["status"]), (&two["id"], &json!("MERGED")));
        assert_eq!((&told[1]["subject"]["id"], &told[1]["data"]["fromId"]), (&two["id"], &one["id"]));
        assert_eq!((&told[2]["subject"]["id"], &told[2]["data"]["caseId"]), (&follow_up["followUp"]["id"], &two["id"]));
    }
}
