//! Who may follow, and for how long: what somebody may do counts as it is now, not as it was when they began.

use entity::{Role, StaffId, Visibility};
use rapport::context::Access;
use rapport::events::EventType;
use rapport::features::access::{NewStaff, service};
use rapport::graphql::subscription::{Heard, Source};
use serde_json::json;

use super::{CHANGES, Events, PATIENCE, Socket, add_members, end, write_event};
use crate::cases::Desk;
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const FOLLOWED: [(&str, &str); 4] = [
    ("caseQueueChanged", "{ cursor }"),
    ("influenceChanged", "{ cursor }"),
    ("followUpsDue", "{ cursor }"),
    ("changes", "{ cursor }"),
];

async fn person(app: &TestApp, client: &Client<'_>) -> StaffId {
    let data = client.ok("{ viewer { email } }", json!({})).await;
    service::staff_id(&app.app, data["viewer"]["email"].as_str().unwrap())
        .await
        .unwrap()
}

async fn given_clearance(app: &TestApp, access: &Access, name: &str, clearance: Visibility) {
    let new = NewStaff {
        email: format!("{}@desk.example", name.to_lowercase()),
        name: name.to_owned(),
        password: None,
        role: Role::Viewer,
        clearance,
    };
    service::put_staff(&app.app, &app.app.system("test"), access, new).await.unwrap();
}

on_both_engines! {
    async fn given_somebody_who_may_not_when_they_follow_then_it_looks_as_it_does_in_queries(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (app.community("home").await, app.community("away").await);
        app.admin(&home).await;
        let scopes = app.admin(&home).await.ok(
            "mutation { createApiClient(input: { community: \"home\", name: \"blind\", scopes: [\"members:merge\"] }) { apiClient { clientId } } }",
            json!({}),
        ).await;
        let id = scopes["createApiClient"]["apiClient"]["clientId"].as_str().unwrap();
        let blind = app.client(Some(app.app.tokens.issue_client(id, "members:merge", app.now(), 900).unwrap()));
        for (who, code) in [(app.client(None), "UNAUTHENTICATED"), (app.admin(&away).await, "NOT_FOUND"), (blind, "FORBIDDEN")] {
            let mut socket = Socket::open(&who).await;
            for (field, selection) in FOLLOWED {
                socket.begin("1", &format!("subscription {{ {field}(community: \"home\") {selection} }}"), json!({})).await;
                assert_eq!(socket.failure().await.0, code, "{field}");
            }
            assert_eq!(Events::open(&who, CHANGES, json!({ "slug": "home" })).await.failure().await, code);
        }
        // A type that is asked for by name must be one that they may see.
        let viewer = app.staff(&home, Role::Viewer, Visibility::Private).await;
        let mut socket = Socket::open(&viewer).await;
        socket.begin("1", "subscription { changes(community: \"home\", types: [GRANT_SET]) { cursor } }", json!({})).await;
        assert_eq!(socket.failure().await.0, "FORBIDDEN");
        socket.begin("1", "subscription { changes(community: \"nowhere\") { cursor } }", json!({})).await;
        assert_eq!(socket.failure().await.0, "NOT_FOUND");
    }

    async fn given_a_grant_when_it_is_taken_away_then_the_streams_end_and_nothing_more_is_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let viewer = app.staff(&home, Role::Viewer, Visibility::Public).await;
        let start = end(&viewer, "home").await;
        let mut socket = Socket::open(&viewer).await;
        socket.follow("changes", "home", Some(&start)).await;
        socket.begin("queue", "subscription($after: String) { caseQueueChanged(community: \"home\", after: $after) { cursor } }", json!({ "after": start })).await;
        let mut events = Events::open(&viewer, CHANGES, json!({ "slug": "home", "after": start })).await;
        add_members(&admin, "home", ["before".to_owned()]).await;
        assert_eq!(socket.cursors(1).await.len(), 1);
        assert_eq!(events.data().await["changes"]["type"], "member.created");

        service::revoke_grant(&app.app, &app.app.system("test"), &home, person(&app, &viewer).await).await.unwrap();
        add_members(&admin, "home", ["after".to_owned()]).await;

        for _ in 0..2 {
            assert_eq!(socket.failure().await.0, "FORBIDDEN");
        }
        assert_eq!(events.failure().await, "FORBIDDEN");
        // The connection is still there; it is good for nothing in this community.
        socket.follow("again", "home", Some(&start)).await;
        assert!(matches!(socket.failure().await.0.as_str(), "UNAUTHENTICATED" | "NOT_FOUND"));
    }

    async fn given_a_clearance_when_it_changes_then_what_is_told_changes_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "home").await;
        let reader = desk.beside("Rita", Role::Viewer, Visibility::Private).await.client();
        let mut socket = Socket::open(&reader).await;
        let opened = "subscription($after: String) { changes(community: \"home\", types: [CASE_OPENED], after: $after) { visibility } }";
        socket.begin("1", opened, json!({ "after": end(&reader, "home").await })).await;
        let visibility = |name: &'static str| json!({ "visibility": name });
        desk.case("ada", visibility("PRIVATE")).await;
        assert_eq!(socket.data().await["changes"], visibility("PRIVATE"));
        given_clearance(&app, &desk.access, "Rita", Visibility::Public).await;
        desk.case("bob", visibility("PRIVATE")).await;
        desk.case("cyd", visibility("PUBLIC")).await;
        assert_eq!(socket.data().await["changes"], visibility("PUBLIC"), "the private one is passed over");
        given_clearance(&app, &desk.access, "Rita", Visibility::Private).await;
        desk.case("dan", visibility("PRIVATE")).await;
        assert_eq!(socket.data().await["changes"], visibility("PRIVATE"));
    }

    async fn given_a_grant_among_what_happened_when_somebody_listens_then_they_are_looked_at_before_it_and_what_comes_after(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let follower = app.app.hub.follow(home.community_id(), None).await.unwrap();
        let mut source = Source::new("home".to_owned(), follower, |_access, _entry| true);
        write_event(&app, &home, EventType::CaseUpdated, 1, json!({})).await;
        given_clearance(&app, &home, "Rita", Visibility::Public).await;
        write_event(&app, &home, EventType::CaseUpdated, 2, json!({})).await;
        let mut heard = Vec::new();
        while heard.len() < 4 {
            let next = tokio::time::timeout(PATIENCE, source.next(&home)).await.expect("nothing came").unwrap();
            heard.push(match next {
                Heard::Entries(entries) => entries[0].event_type.clone(),
                Heard::AccessChanged(_place) => "look".to_owned(),
            });
        }
        assert_eq!(heard, ["case.updated", "look", "grant.set", "case.updated"]);
    }

    async fn given_a_token_when_its_time_is_over_then_the_client_is_sent_for_another_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let start = end(&admin, "home").await;
        let staff = person(&app, &admin).await;
        let brief = app.client(Some(app.app.tokens.issue_staff(staff, app.now(), 4).unwrap()));
        let mut socket = Socket::open(&brief).await;
        socket.follow("1", "home", Some(&start)).await;
        let mut events = Events::open(&brief, CHANGES, json!({ "slug": "home", "after": start })).await;
        add_members(&admin, "home", ["before".to_owned()]).await;
        assert_eq!(socket.cursors(1).await.len(), 1);
        assert_eq!(events.data().await["changes"]["type"], "member.created");
        assert_eq!(socket.hear().await.closed(), (4403, "token expired".to_owned()));
        assert_eq!(events.failure().await, "UNAUTHENTICATED");
    }

    async fn given_an_integration_when_its_credentials_are_revoked_then_its_streams_end(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        let created = admin.ok(
            "mutation { createApiClient(input: { community: \"home\", name: \"crm\", scopes: [\"members:read\"] }) { apiClient { id clientId } } }",
            json!({}),
        ).await["createApiClient"]["apiClient"].clone();
        let token = app.app.tokens.issue_client(created["clientId"].as_str().unwrap(), "members:read", app.now(), 900).unwrap();
        let crm = app.client(Some(token));
        let start = end(&crm, "home").await;
        let mut socket = Socket::open(&crm).await;
        socket.follow("1", "home", Some(&start)).await;
        add_members(&admin, "home", ["before".to_owned()]).await;
        assert_eq!(socket.data().await["changes"]["type"], "member.created");
        let revoke = "mutation($id: ID!) { revokeApiClient(input: { community: \"home\", apiClientId: $id }) { userErrors { code } } }";
        admin.ok(revoke, json!({ "id": created["id"] })).await;
        assert_eq!(socket.failure().await.0, "FORBIDDEN");
    }
}

#[test]
fn every_subscription_is_looked_at() {
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
    let schema = async_graphql::parser::parse_schema(rapport::graphql::sdl()).unwrap();
    let root = schema.definitions.into_iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) if definition.node.name.node == "Subscription" => Some(definition.node.kind),
        _ => None,
    });
    let Some(TypeKind::Object(root)) = root else {
        panic!("there are no subscriptions")
    };
    let mut names: Vec<String> = root.fields.iter().map(|field| field.node.name.node.to_string()).collect();
    names.sort_unstable();
    // One needs a case to look at: that is in `told`.
    let mut known: Vec<&str> = FOLLOWED.iter().map(|(name, _)| *name).chain(["caseUpdated"]).collect();
    known.sort_unstable();
    assert_eq!(names, known);
}
