//! What an export holds, for whom, and how it is refused.

use std::io::Read as _;

use entity::{Role, Visibility};
use rapport::events::cursor::Cursor;
use rapport::events::log;
use rapport::features::access::{NewApiClient, service};
use serde_json::{Value, json};

use super::{export, given_a_community, lines};
use crate::ingest::calls::{member, member_id};
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_a_community_when_an_admin_exports_it_then_everything_is_in_it_as_the_api_shows_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_community(&app).await;
        let client = desk.client();
        let all = export(&client, "tea", "").await;
        assert_eq!(all.status, 200);
        let (head, end) = (&all.lines[0], all.lines.last().unwrap());
        assert_eq!((&head["type"], &head["version"], &head["community"], &head["resumed"]), (&json!("export"), &json!(1), &json!("tea"), &json!(false)));
        let seq = log::end(app.app.db.read(), desk.access.community_id()).await.unwrap();
        assert_eq!(head["cursor"], Cursor::new(desk.access.community_id(), seq).encode());
        let counts = json!({
            "members": 2, "interactions": 4, "expectations": 1, "cases": 2, "apologies": 2, "repairs": 1, "follow_ups": 2, "advocates": 1, "scores": 1,
        });
        assert_eq!((&end["type"], &end["counts"], &end["cursor"]), (&json!("end"), &counts, &head["cursor"]));
        assert_eq!(all.of("checkpoint").len(), 8, "one between all types");

        let ada = all.of("member").into_iter().find(|line| line["handle"] == "ada").unwrap().clone();
        assert_eq!(ada["id"], member_id(&client, "tea", "ada").await);
        assert_eq!((&ada["source"], &ada["externalId"], &ada["displayName"]), (&json!("forum"), &json!("ada"), &json!("Ada 🦊")));
        assert_eq!((&ada["attributes"], &ada["consent"], &ada["joinedAt"]), (&json!({ "plan": "gold" }), &json!("SCORED"), &json!("2024-05-01T00:00:00Z")));
        let crm = json!({ "provider": "crm", "externalId": "c-1", "handle": null, "followerCount": 7, "verified": true });
        assert!(ada["identities"].as_array().unwrap().contains(&crm), "{ada:#}");

        let query = "{ community(slug: \"tea\") { interactions { nodes { id externalId kind occurredAt visibility actor { id } } } \
                     cases { nodes { id number subject status visibility severity member { id } openedAt version } } \
                     followUps { nodes { id status description dueAt } } \
                     expectations { nodes { id name target warnBefore status } } advocates { nodes { id since reason member { id } } } \
                     leaderboard { nodes { rank value points influence { level } member { id } } } } }";
        let shown = client.ok(query, json!({})).await["community"].clone();
        for (line_type, list, fields) in [
            ("interaction", "interactions", &["externalId", "kind", "occurredAt", "visibility"][..]),
            ("case", "cases", &["number", "subject", "status", "visibility", "severity", "openedAt", "version"]),
            ("follow_up", "followUps", &["status", "description", "dueAt"]),
            ("expectation", "expectations", &["name", "target", "warnBefore", "status"]),
            ("advocate", "advocates", &["since", "reason"]),
        ] {
            let nodes = shown[list]["nodes"].as_array().unwrap();
            let found = all.of(line_type);
            assert_eq!(found.len(), nodes.len(), "{line_type}");
            for node in nodes {
                let line = found.iter().find(|line| line["id"] == node["id"]).unwrap_or_else(|| panic!("{line_type} {node:#}"));
                for field in fields {
                    assert_eq!(line[*field], node[*field], "{line_type}.{field}");
                }
                for (reference, field) in [("member", "memberId"), ("actor", "actorId")] {
                    if node.get(reference).is_some() {
                        assert_eq!(line[field], node[reference]["id"], "{line_type}.{field}");
                    }
                }
            }
        }
        let question = all.of("interaction").into_iter().find(|line| line["externalId"] == "q-1").unwrap();
        assert_eq!((&question["topics"], &question["text"], &question["actor"]), (&json!(["lids", "pots"]), &json!("Which pot?\n\"This\"?"), &json!("ben")));
        let score = all.only("score");
        let leader = &shown["leaderboard"]["nodes"][0];
        assert_eq!((&score["memberId"], &score["rank"], &score["level"]), (&leader["member"]["id"], &json!(1), &leader["influence"]["level"]));
        let sent = all.of("apology").into_iter().find(|line| line["status"] == "SENT").unwrap();
        let repair = all.only("repair");
        assert_eq!((&repair["apologyId"], &repair["amount"], &repair["currency"]), (&sent["id"], &json!(12.5), &json!("EUR")));
        assert_eq!(sent["components"], json!(["REGRET", "RESPONSIBILITY"]));
    }

    async fn given_somebody_who_may_read_less_when_they_export_then_the_rest_is_not_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_community(&app).await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Public).await;
        let seen = export(&viewer.client(), "tea", "").await;
        assert_eq!(seen.status, 200);
        assert_eq!(seen.lines[0]["types"], json!(["members", "interactions", "expectations", "cases", "apologies", "repairs", "follow_ups", "scores"]));
        for line in seen.of("member") {
            for data in ["source", "externalId", "attributes", "identities"] {
                assert!(line.get(data).is_none(), "{data}: {line}");
            }
        }
        let interactions = seen.of("interaction");
        assert!(interactions.len() == 3 && interactions.iter().all(|line| line["visibility"] == "PUBLIC" && line.get("actor").is_none()));
        assert!(interactions.iter().any(|line| line["actorId"].is_string()), "who acted is told as in the API");
        assert_eq!(seen.only("case")["subject"], "It is cold");
        assert_eq!(seen.only("case")["influenceAtOpen"], Value::Null);
        assert_eq!(seen.only("apology")["status"], "SENT", "a draft is for those who work on cases");
        let words: Vec<&Value> = seen.of("follow_up").into_iter().map(|line| &line["description"]).collect();
        assert_eq!(words, [&json!("Is it warm?"), &Value::Null]);
        let text = serde_json::to_string(&seen.lines).unwrap();
        for secret in ["between us", "A secret", "c-1", "gold", "A draft", "Ask again", "She helps"] {
            assert!(!text.contains(secret), "{secret}");
        }
        let refused = export(&viewer.client(), "tea", "?types=members,advocates").await;
        assert_eq!((refused.status, refused.code()), (403, "FORBIDDEN"));
        let some = export(&viewer.client(), "tea", "?types=scores,members").await;
        assert_eq!(some.lines[0]["types"], json!(["members", "scores"]));
        assert_eq!(some.lines.last().unwrap()["counts"], json!({ "members": 2, "scores": 1 }));
    }

    async fn given_an_integration_when_it_exports_then_its_scopes_decide(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_community(&app).await;
        let new = NewApiClient {
            name: "CRM".to_owned(),
            scopes: vec!["members:read".to_owned(), "members:data".to_owned()],
            clearance: Visibility::Public,
        };
        let (made, secret) = service::create_api_client(&app.app, &app.app.system("test"), &desk.access, new).await.unwrap();
        let token = app.app.issue_client_token(&made.client_id, &secret, None, "test").await.unwrap();
        let crm = app.client(Some(token.access_token));
        let seen = export(&crm, "tea", "").await;
        assert_eq!((seen.status, &seen.lines[0]["types"]), (200, &json!(["members"])));
        assert_eq!(seen.of("member").len(), 2);
        assert!(seen.of("member").iter().all(|line| line["identities"].is_array()));
        assert_eq!(export(&crm, "tea", "?types=cases").await.code(), "FORBIDDEN");

        // Whose a case is only those are told who may read members, as in the API.
        let new = NewApiClient {
            name: "Queue".to_owned(),
            scopes: vec!["cases:read".to_owned()],
            clearance: Visibility::Private,
        };
        let (made, secret) = service::create_api_client(&app.app, &app.app.system("test"), &desk.access, new).await.unwrap();
        let token = app.app.issue_client_token(&made.client_id, &secret, None, "test").await.unwrap();
        let cases = export(&app.client(Some(token.access_token)), "tea", "?types=cases").await;
        assert_eq!(cases.of("case").len(), 2);
        assert!(cases.of("case").iter().all(|line| line["memberId"].is_null() && line["subject"].is_string()));
    }

    async fn given_anything_wrong_when_an_export_is_asked_for_then_it_is_said_before_it_begins(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_community(&app).await;
        let client = desk.client();
        app.community("coffee").await;
        let nobody = app.client(None);
        for (who, community, query, status, code) in [
            (&nobody, "tea", "", 401, "UNAUTHENTICATED"),
            (&app.client(Some("nonsense".to_owned())), "tea", "", 401, "UNAUTHENTICATED"),
            (&client, "coffee", "", 404, "NOT_FOUND"),
            (&client, "nowhere", "", 404, "NOT_FOUND"),
            (&client, "tea", "?types=member", 400, "BAD_USER_INPUT"),
            (&client, "tea", "?types=", 400, "BAD_USER_INPUT"),
            (&client, "tea", "?after=nonsense", 400, "BAD_USER_INPUT"),
            (&client, "tea", "?first=10", 400, "BAD_REQUEST"),
            (&client, "tea", "?types=members&types=cases", 400, "BAD_REQUEST"),
        ] {
            let refused = export(who, community, query).await;
            assert_eq!((refused.status, refused.code()), (status, code), "{community}{query}");
        }
        let posted = app.http.post(format!("{}/export/tea", app.base)).send().await.unwrap();
        assert_eq!((posted.status().as_u16(), posted.headers()["allow"].to_str().unwrap()), (405, "GET, OPTIONS"));
        // As many as run at once hold a connection each; one more is told to come back.
        let seats: Vec<_> = std::iter::from_fn(|| app.app.exports.seat()).collect();
        assert!(!seats.is_empty());
        assert_eq!(export(&client, "tea", "").await.status, 429);
        drop(seats);
        assert_eq!(export(&client, "tea", "?types=members").await.status, 200);
    }

    async fn given_a_client_that_takes_gzip_when_it_exports_then_it_gets_gzip(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_community(&app).await;
        let token = desk.client().token.unwrap();
        let request = app.http.get(format!("{}/export/tea", app.base)).bearer_auth(token).header("accept-encoding", "gzip");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/x-ndjson"));
        let packed = response.bytes().await.unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed.as_ref()).read_to_string(&mut text).unwrap();
        assert_eq!(lines(&text).last().unwrap()["type"], "end");
    }

    async fn given_a_member_who_was_merged_when_it_is_exported_then_what_they_did_is_the_others(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = given_a_community(&app).await;
        let client = desk.client();
        let (ada, ben) = (member_id(&client, "tea", "ada").await, member_id(&client, "tea", "ben").await);
        crate::ingest::calls::merge(&client, json!({ "community": "tea", "memberId": ben, "intoId": ada })).await;
        assert_eq!(member(&client, "tea", "ben", "id").await["id"], ada);
        let all = export(&client, "tea", "").await;
        assert_eq!(all.only("member")["id"], ada);
        assert_eq!(all.only("member")["identities"].as_array().unwrap().len(), 3);
        let question = all.of("interaction").into_iter().find(|line| line["externalId"] == "q-1").unwrap();
        assert_eq!((&question["actor"], &question["actorId"]), (&json!("ben"), &json!(ada)), "by the account that acted, and by who it is now");
        assert!(all.of("case").iter().all(|line| line["memberId"] == ada));
    }
}
