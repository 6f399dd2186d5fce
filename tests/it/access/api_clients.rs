//! Integrations: credentials shown once, tokens for a while, scopes that bind.

use entity::Visibility;
use rapport::auth::Permission;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// The credentials of an integration.
struct Credentials {
    id: String,
    client_id: String,
    secret: String,
}

const CREATE: &str = "mutation($input: CreateApiClientInput!) { createApiClient(input: $input) { \
     apiClient { id clientId name scopes clearance createdAt revokedAt } secret userErrors { code field } } }";

async fn create(admin: &Client<'_>, scopes: &[&str], clearance: Visibility) -> Credentials {
    let input = json!({ "community": "home", "name": "CRM", "scopes": scopes, "clearance": clearance });
    let payload = admin.ok(CREATE, json!({ "input": input })).await["createApiClient"].clone();
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no credentials: {payload:#}")).to_owned();
    Credentials {
        id: text(&payload["apiClient"]["id"]),
        client_id: text(&payload["apiClient"]["clientId"]),
        secret: text(&payload["secret"]),
    }
}

async fn revoke(admin: &Client<'_>, credentials: &Credentials) {
    let revoke = "mutation($id: ID!) { revokeApiClient(input: { community: \"home\", apiClientId: $id }) { apiClient { revokedAt } userErrors { code } } }";
    let payload = admin.ok(revoke, json!({ "id": credentials.id })).await["revokeApiClient"].clone();
    assert!(payload["apiClient"]["revokedAt"].is_string(), "{payload:#}");
}

fn token_request(app: &TestApp, form: &str) -> RequestBuilder {
    let request = app.http.post(format!("{}/oauth/token", app.base));
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["pragma"], "no-cache");
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Asks for a token with the credentials in the header.
async fn trade(app: &TestApp, credentials: &Credentials, scope: Option<&str>) -> (u16, Value) {
    let scope = scope.map_or_else(String::new, |scope| format!("&scope={}", scope.replace(' ', "+")));
    let request = token_request(app, &format!("grant_type=client_credentials{scope}"));
    answer(request.basic_auth(&credentials.client_id, Some(&credentials.secret))).await
}

fn holder<'a>(app: &'a TestApp, token: &Value) -> Client<'a> {
    app.client(Some(
        token["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("no token: {token}"))
            .to_owned(),
    ))
}

const MEMBERS: &str = "{ community(slug: \"home\") { members { totalCount } } }";
fn ada(fields: &str) -> String {
    format!("{{ community(slug: \"home\") {{ memberByIdentity(provider: \"forum\", externalId: \"ada\") {{ {fields} }} }} }}")
}

const LEADERBOARD: &str = "{ community(slug: \"home\") { leaderboard { totalCount } } }";

on_both_engines! {
    async fn given_an_admin_when_credentials_are_made_then_the_secret_is_in_that_answer_and_nowhere_else(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;

        let made = create(&admin, &["members:read", "influence:read"], Visibility::Public).await;

        assert!(made.client_id.starts_with("rc_") && made.secret.len() >= 43, "{} {}", made.client_id, made.secret);
        let listed = admin.send("{ community(slug: \"home\") { apiClients { id clientId name scopes clearance createdAt revokedAt } } }", json!({})).await;
        let client = &listed.body["data"]["community"]["apiClients"][0];
        assert_eq!(client["scopes"], json!(["members:read", "influence:read"]));
        assert_eq!((&client["clearance"], &client["revokedAt"]), (&json!("PUBLIC"), &Value::Null));
        assert!(!listed.body.to_string().contains(&made.secret));
        let row = <entity::api_client::Entity as sea_orm::EntityTrait>::find().one(app.app.db.read()).await.unwrap().unwrap();
        assert!(!format!("{row:?}").contains(&made.secret));
    }

    async fn given_wrong_input_when_credentials_are_made_then_the_field_is_named_and_nothing_is_made(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        for (name, scopes, code, field) in [
            ("", json!(["members:read"]), "INVALID", json!(["name"])),
            ("a\0b", json!(["members:read"]), "INVALID", json!(["name"])),
            ("CRM", json!([]), "REQUIRED", json!(["scopes"])),
            ("CRM", json!(["members:read", "everything"]), "INVALID", json!(["scopes", "1"])),
            ("CRM", json!(["members:read influence:read"]), "INVALID", json!(["scopes", "0"])),
        ] {
            let payload = admin.ok(CREATE, json!({ "input": { "community": "home", "name": name, "scopes": scopes } })).await["createApiClient"].clone();
            assert_eq!(payload, json!({ "apiClient": null, "secret": null, "userErrors": [{ "code": code, "field": field }] }), "{name:?} {scopes}");
        }
        let listed = admin.ok("{ community(slug: \"home\") { apiClients { id } } }", json!({})).await;
        assert_eq!(listed["community"]["apiClients"], json!([]));
    }

    async fn given_credentials_when_they_come_by_header_or_by_form_then_there_is_a_token(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let made = create(&app.admin(&home).await, &["members:read", "influence:read"], Visibility::Public).await;
        let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", made.client_id, made.secret);

        for (status, token) in [trade(&app, &made, None).await, answer(token_request(&app, &form)).await] {
            assert_eq!(status, 200, "{token}");
            assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
            assert_eq!(token["scope"], "members:read influence:read");
            let crm = holder(&app, &token);
            assert_eq!(crm.ok(MEMBERS, json!({})).await["community"]["members"]["totalCount"], 0);
            let viewer = crm.ok("{ viewer { kind name email grants { role scopes clearance community { slug } } } }", json!({})).await["viewer"].clone();
            let grant = json!({ "role": null, "scopes": ["members:read", "influence:read"], "clearance": "PUBLIC", "community": { "slug": "home" } });
            assert_eq!(viewer, json!({ "kind": "API_CLIENT", "name": "CRM", "email": null, "grants": [grant] }));
        }
    }

    async fn given_credentials_when_fewer_scopes_are_asked_for_then_the_token_has_no_others(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let made = create(&app.admin(&home).await, &["members:read", "influence:read"], Visibility::Public).await;

        let (status, token) = trade(&app, &made, Some("members:read")).await;

        assert_eq!((status, &token["scope"]), (200, &json!("members:read")));
        let crm = holder(&app, &token);
        assert_eq!(crm.send(MEMBERS, json!({})).await.code(), "");
        assert_eq!(crm.send(LEADERBOARD, json!({})).await.code(), "FORBIDDEN");
    }

    async fn given_wrong_requests_when_a_token_is_asked_for_then_the_error_is_that_of_the_standard(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let made = create(&app.admin(&home).await, &["members:read"], Visibility::Public).await;
        for scope in ["influence:read", "members:read influence:read", "no-such-scope", "MEMBERS:READ"] {
            let (status, body) = trade(&app, &made, Some(scope)).await;
            assert_eq!((status, &body["error"]), (400, &json!("invalid_scope")), "{scope}");
            assert_eq!(body.get("access_token"), None, "{scope}");
        }

        let right = (made.client_id.as_str(), made.secret.as_str());
        let grant = "grant_type=client_credentials";
        let basic = |form: &str, (id, secret): (&str, &str)| token_request(&app, form).basic_auth(id, Some(secret));
        let in_both = format!("{grant}&client_id={}&client_secret={}", right.0, right.1);
        let cases = [
            (basic(grant, (right.0, "wrong")), 401, "invalid_client"),
            (basic(grant, (right.0, "")), 401, "invalid_client"),
            (basic(grant, ("rc_unknown", right.1)), 401, "invalid_client"),
            (basic(grant, ("rc\0", right.1)), 401, "invalid_client"),
            (token_request(&app, grant), 401, "invalid_client"),
            (token_request(&app, &format!("{grant}&client_id={}", right.0)), 401, "invalid_client"),
            (token_request(&app, grant).bearer_auth("x"), 401, "invalid_client"),
            (basic("grant_type=password", right), 400, "unsupported_grant_type"),
            (basic("", right), 400, "invalid_request"),
            (basic(&format!("{grant}&{grant}"), right), 400, "invalid_request"),
            (basic(&in_both, right), 400, "invalid_request"),
            (app.http.post(format!("{}/oauth/token", app.base)).body(grant).basic_auth(right.0, Some(right.1)), 400, "invalid_request"),
        ];
        let mut unknown = Vec::new();
        for (number, (request, status, error)) in cases.into_iter().enumerate() {
            let (given, body) = answer(request).await;
            assert_eq!((given, &body["error"]), (status, &json!(error)), "case {number}: {body}");
            if number < 3 {
                unknown.push(body);
            }
        }
        assert!(unknown.iter().all(|body| *body == unknown[0]), "an unknown client looks like a wrong secret: {unknown:?}");
        let refused = token_request(&app, grant).send().await.unwrap();
        assert!(refused.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic "));
    }

    async fn given_a_token_when_its_credentials_are_revoked_then_it_stops_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let (made, other) = (create(&admin, &["members:read"], Visibility::Public).await, create(&admin, &["members:read"], Visibility::Public).await);
        let (crm, others) = (holder(&app, &trade(&app, &made, None).await.1), holder(&app, &trade(&app, &other, None).await.1));
        assert_eq!(crm.send(MEMBERS, json!({})).await.code(), "");

        revoke(&admin, &made).await;

        let refused = crm.send(MEMBERS, json!({})).await;
        assert_eq!((refused.status, refused.code()), (401, "UNAUTHENTICATED"));
        assert_eq!(trade(&app, &made, None).await.1["error"], "invalid_client");
        assert_eq!(others.send(MEMBERS, json!({})).await.code(), "");
        revoke(&admin, &made).await;
    }

    async fn given_a_token_when_its_hour_is_over_then_it_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let made = create(&app.admin(&home).await, &["members:read"], Visibility::Public).await;
        let crm = holder(&app, &trade(&app, &made, None).await.1);
        app.app.clock.advance_micros(3_590_000_000);
        assert_eq!(crm.send(MEMBERS, json!({})).await.status, 200);
        app.app.clock.advance_micros(20_000_000);
        assert_eq!(crm.send(MEMBERS, json!({})).await.status, 401);
    }

    async fn given_an_integration_when_it_reaches_for_another_community_then_there_is_none(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        app.community("away").await;
        let made = create(&app.admin(&home).await, &["members:read"], Visibility::Public).await;
        let crm = holder(&app, &trade(&app, &made, None).await.1);
        assert_eq!(crm.send("{ community(slug: \"away\") { name } }", json!({})).await.code(), "NOT_FOUND");
        assert_eq!(crm.ok("{ communities { nodes { slug } } }", json!({})).await["communities"]["nodes"], json!([{ "slug": "home" }]));
    }

    async fn given_all_scopes_but_one_when_a_field_needs_that_one_then_it_is_forbidden(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let all = Permission::ALL.map(Permission::scope);
        let made = create(&admin, &all, Visibility::Private).await;
        let seen = json!({ "externalId": "a-1", "kind": "ANSWER", "actor": "ada", "target": "bob", "occurredAt": app.days_ago(1.0) });
        admin.record("home", vec![seen]).await;
        let found = admin.ok(&ada("id"), json!({})).await;
        let unmerge = format!("memberId: {}", found["community"]["memberByIdentity"]["id"]);
        let token = async |scopes: Vec<&str>| holder(&app, &trade(&app, &made, Some(&scopes.join(" "))).await.1);
        let listed = |field: &str| format!("{{ community(slug: \"home\") {{ {field} {{ totalCount }} }} }}");
        let change = |field: &str, input: &str| format!("mutation {{ {field}(input: {{ community: \"home\", {input} }}) {{ userErrors {{ code }} }} }}");

        for (scope, document) in [
            ("members:read", MEMBERS.to_owned()),
            ("members:read", ada("displayName")),
            ("members:read", "{ community(slug: \"home\") { topics { nodes { name } } } }".to_owned()),
            ("members:data", ada("attributes")),
            ("members:data", ada("identities { externalId }")),
            ("influence:read", LEADERBOARD.to_owned()),
            ("influence:read", ada("influence { value }")),
            ("influence:read", ada("influences { nodes { strength } }")),
            ("influence:read", "{ community(slug: \"home\") { scoringModel { version } } }".to_owned()),
            ("interactions:read", "{ community(slug: \"home\") { interactions { totalCount } } }".to_owned()),
            ("interactions:read", ada("interactions { totalCount }")),
            ("members:write", change("upsertMembers", "members: []")),
            ("interactions:write", change("recordInteractions", "interactions: []")),
            ("members:merge", change("unmergeMembers", &unmerge)),
            ("access:manage", "{ community(slug: \"home\") { staff { role } apiClients { name } } }".to_owned()),
            ("access:manage", change("createApiClient", "name: \"more\", scopes: [\"members:read\"]")),
            ("access:manage", change("updateCommunity", "name: \"Home\"")),
            ("expectations:read", listed("calendars")),
            ("expectations:read", listed("holidayProposals")),
            ("expectations:read", listed("expectations")),
            ("expectations:write", change("updateCommunity", "publishExpectations: true")),
            ("expectations:write", change("updateCalendar", "calendarId: \"none\"")),
            ("expectations:write", change("publishExpectation", "expectationId: \"none\"")),
            ("cases:read", listed("cases")),
            ("cases:read", listed("caseQueue")),
            ("cases:read", listed("breaches")),
            ("cases:read", listed("followUps")),
            ("cases:read", ada("cases { totalCount }")),
            ("cases:read", "{ viewer { work(community: \"home\") { myCases { totalCount } } } }".to_owned()),
            // Who may not see cases cannot work on them either.
            ("cases:read", change("openCase", "memberId: \"none\", message: \"x\"")),
            ("cases:read", change("addCaseNote", "caseId: \"none\", text: \"x\"")),
            ("cases:read", change("mergeCases", "caseId: \"none\", intoId: \"none\"")),
            ("cases:write", change("addCaseNote", "caseId: \"none\", text: \"x\"")),
            ("cases:write", change("promiseRepair", "caseId: \"none\", kind: FIX, description: \"x\"")),
            ("cases:manage", change("mergeCases", "caseId: \"none\", intoId: \"none\"")),
            ("cases:manage", change("excuseBreach", "breachId: \"none\", reason: \"x\"")),
            ("advocates:read", listed("advocateProgrammes")),
            ("advocates:read", listed("advocates")),
            ("advocates:read", ada("advocacies { id }")),
            ("advocates:read", ada("touchpoints { totalCount }")),
            ("advocates:write", change("removeAdvocate", "advocateId: \"none\", reason: \"x\"")),
            ("advocates:write", change("retractTouchpoint", "touchpointId: \"none\", reason: \"x\"")),
            ("advocates:manage", change("endAdvocateProgramme", "programmeId: \"none\"")),
        ] {
            let with = token(all.to_vec()).await.send(&document, json!({})).await;
            assert_eq!(with.code(), "", "{scope} {document}: {}", with.body);
            let others: Vec<&str> = all.into_iter().filter(|other| *other != scope).collect();
            let without = token(others).await.send(&document, json!({})).await;
            assert_eq!(without.code(), "FORBIDDEN", "{scope} {document}: {}", without.body);
            if scope == "cases:read" {
                assert!(without.message().contains(scope), "{document}: {}", without.message());
            }
        }
    }

    async fn given_a_token_that_claims_more_scopes_than_were_granted_when_it_is_used_then_the_grant_counts(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let made = create(&app.admin(&home).await, &["members:read"], Visibility::Public).await;
        let token = app.app.tokens.issue_client(&made.client_id, "members:read influence:read access:manage", app.now(), 900).unwrap();
        let crm = app.client(Some(token));
        assert_eq!(crm.send(MEMBERS, json!({})).await.code(), "");
        assert_eq!(crm.send(LEADERBOARD, json!({})).await.code(), "FORBIDDEN");
        assert_eq!(crm.send("{ community(slug: \"home\") { staff { email } } }", json!({})).await.code(), "FORBIDDEN");
    }
}
