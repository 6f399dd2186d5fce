//! Everybody sees what they may see: by clearance, by role, by scope; and what a field would hide, an event hides, too.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, all_after, ask, end, integration, page, types};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::support::TestApp;

fn subjects(changes: &[Value]) -> Vec<&str> {
    changes.iter().map(|change| change["subject"]["id"].as_str().unwrap()).collect()
}

on_both_engines! {
    async fn given_a_private_case_when_somebody_below_follows_then_they_hear_of_the_public_one_only(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Public).await;
        let from = end(&desk.client(), "tea").await;
        let public = desk.case("ada", json!({})).await;
        let private = desk.case("ada", json!({ "visibility": "PRIVATE" })).await;
        for case in [&public, &private] {
            desk.change("addCaseNote", case, json!({ "text": "a secret" })).await;
            desk.change("resolveCase", case, json!({ "message": "a secret" })).await;
        }
        let asked = json!({ "types": ["CASE_OPENED", "CASE_RESOLVED"] });
        let all = all_after(&desk.client(), "tea", &from, asked.clone()).await;
        assert_eq!(types(&all), ["case.opened", "case.opened", "case.resolved", "case.resolved"]);
        let seen = all_after(&viewer.client(), "tea", &from, asked).await;
        assert_eq!(types(&seen), ["case.opened", "case.resolved"]);
        assert_eq!(subjects(&seen), [public["id"].as_str().unwrap(); 2]);

        let all = all_after(&desk.client(), "tea", &from, json!({})).await;
        let seen = all_after(&viewer.client(), "tea", &from, json!({})).await;
        assert!(types(&all).contains(&"case.noted") && !types(&seen).contains(&"case.noted"), "{seen:#?}");
        assert!(!Value::from(all.clone()).to_string().contains("a secret"), "words stay out");
        assert!(!Value::from(seen).to_string().contains(private["id"].as_str().unwrap()));
        assert!(all.iter().all(|change| change["actor"] == json!({ "type": "STAFF", "id": desk.staff_id(), "name": null })));
    }

    async fn given_a_draft_when_somebody_without_notes_follows_then_they_hear_of_it_once_it_is_sent(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let case = desk.case("ada", json!({})).await;
        let from = end(&desk.client(), "tea").await;
        let draft = json!({ "caseId": case["id"], "text": "Sorry", "components": ["RESPONSIBILITY"], "send": false });
        let apology = desk.act("recordApology", draft.clone()).await["apology"]["id"].clone();
        let repair = json!({ "caseId": case["id"], "apologyId": apology, "kind": "REPLACEMENT", "description": "A new pot" });
        let repair = desk.act("promiseRepair", repair).await["repair"]["id"].clone();
        let given_up = desk.act("recordApology", draft).await["apology"]["id"].clone();
        act(&desk, "retractApology", "apology { id }", json!({ "apologyId": given_up, "reason": "Not ours" })).await;
        let inside = all_after(&desk.client(), "tea", &from, json!({})).await;
        assert_eq!(types(&inside), ["apology.drafted", "repair.promised", "apology.drafted", "apology.retracted"]);
        assert_eq!(all_after(&viewer.client(), "tea", &from, json!({})).await, Vec::<Value>::new());

        act(&desk, "sendApology", "apology { id }", json!({ "apologyId": apology })).await;
        desk.act("deliverRepair", json!({ "repairId": repair })).await;
        let seen = all_after(&viewer.client(), "tea", &from, json!({})).await;
        assert_eq!(types(&seen), ["apology.sent", "repair.delivered"]);
        assert_eq!(seen[0]["data"]["repairIds"], json!([repair]));
        assert_eq!(seen[1]["data"]["apologyId"], apology);
        assert_eq!((&seen[0]["node"]["id"], &seen[1]["node"]["id"]), (&apology, &repair));
    }

    async fn given_scopes_when_an_integration_follows_then_it_hears_what_they_allow(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let access = &desk.access;
        let from = end(&desk.client(), "tea").await;
        let case = desk.case("ada", json!({})).await;

        let members = integration(&app, access, "members:read", Visibility::Private).await;
        assert_eq!(types(&all_after(&members, "tea", &from, json!({})).await), ["member.created"]);
        let refused = ask(&members, "tea", json!({ "types": ["MEMBER_CREATED", "CASE_OPENED"] })).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        assert_eq!(refused.message(), "case.opened needs the role VIEWER or the scope cases:read in this community");
        let noted = ask(&members, "tea", json!({ "types": ["CASE_NOTED"] })).await;
        assert_eq!(noted.message(), "case.noted needs the role AGENT or the scope cases:notes cases:read in this community");

        let cases = integration(&app, access, "cases:read", Visibility::Public).await;
        let seen = all_after(&cases, "tea", &from, json!({})).await;
        assert_eq!(types(&seen), ["case.opened"]);
        assert_eq!(seen[0]["node"]["id"], case["id"]);
        assert_eq!(seen[0]["data"].get("memberId"), None, "it may not see whose case it is");
        let both = integration(&app, access, "cases:read members:read", Visibility::Public).await;
        let seen = all_after(&both, "tea", &from, json!({ "types": ["CASE_OPENED"] })).await;
        assert_eq!(seen[0]["data"]["memberId"], desk.member("ada").await);

        let writes = integration(&app, access, "cases:write", Visibility::Public).await;
        for asked in [json!({}), json!({ "types": [] })] {
            assert_eq!(ask(&writes, "tea", asked).await.code(), "FORBIDDEN", "there is nothing that it may read");
        }
        let nobody = app.client(None);
        assert_eq!(ask(&nobody, "tea", json!({})).await.code(), "UNAUTHENTICATED");
        let elsewhere = app.community("coffee").await;
        let stranger = app.admin(&elsewhere).await;
        assert_eq!(ask(&stranger, "tea", json!({})).await.code(), "NOT_FOUND");
    }

    async fn given_an_admins_events_when_others_follow_then_those_are_for_admins(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let manager = desk.beside("Mona", Role::Manager, Visibility::Private).await;
        let all = all_after(&desk.client(), "tea", page(&desk.client(), "tea", json!({ "first": 1 })).await["cursor"].as_str().unwrap(), json!({})).await;
        assert_eq!(types(&all), ["grant.set", "grant.set"]);
        assert_eq!(all[1]["subject"], json!({ "type": "StaffMember", "id": manager.staff_id() }));
        assert_eq!(all[1]["data"], json!({ "role": "MANAGER", "clearance": "PRIVATE" }));
        assert_eq!(all[1]["actor"], json!({ "type": "SYSTEM", "id": null, "name": "test" }));
        assert_eq!(types(page(&manager.client(), "tea", json!({})).await["changes"].as_array().unwrap()), ["community.created"]);
    }

    async fn given_a_type_or_a_subject_when_it_is_asked_for_then_nothing_else_comes(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let from = end(&desk.client(), "tea").await;
        let (one, two) = (desk.case("ada", json!({})).await, desk.case("ben", json!({})).await);
        for case in [&one, &two] {
            desk.change("escalateCase", case, json!({ "reason": "It got worse" })).await;
        }
        let of_two = all_after(&desk.client(), "tea", &from, json!({ "subjects": [two["id"]] })).await;
        assert_eq!(types(&of_two), ["case.opened", "case.updated"]);
        assert_eq!(subjects(&of_two), [two["id"].as_str().unwrap(); 2]);
        let both = json!({ "subjects": [two["id"], desk.member("ada").await], "types": ["CASE_UPDATED", "MEMBER_CREATED"] });
        assert_eq!(types(&all_after(&desk.client(), "tea", &from, both).await), ["member.created", "case.updated"]);

        for (subject, message) in [
            (json!("nonsense"), "subjects.0: is not an object of this community"),
            (desk.read(&one, "timeline(first: 1) { nodes { id } }").await["timeline"]["nodes"][0]["id"].clone(), "subjects.0: is of a type that no change is about; ask for what it belongs to"),
        ] {
            let refused = ask(&desk.client(), "tea", json!({ "subjects": [subject] })).await;
            assert_eq!((refused.code(), refused.message()), ("BAD_USER_INPUT", message));
        }
        for (asked, message) in [(json!({ "first": 0 }), "first: must be between 1 and 500"), (json!({ "first": 501 }), "first: must be between 1 and 500"), (json!({ "wait": 31 }), "waitSeconds: must be between 0 and 30")] {
            let refused = ask(&desk.client(), "tea", asked).await;
            assert_eq!((refused.code(), refused.message()), ("BAD_USER_INPUT", message));
        }
    }
}
