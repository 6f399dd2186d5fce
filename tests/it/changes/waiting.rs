//! A page with nothing in it waits: until there is something, and no longer than asked.

use std::time::{Duration, Instant};

use entity::{Role, Visibility};
use rapport::context::Access;
use rapport::features::access::{NewStaff, service};
use serde_json::{Value, json};

use super::{ask, end, page, types};
use crate::cases::Desk;
use crate::ingest::calls::{upsert, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// Longer than anything that happens at once takes, and much shorter than the longest wait.
const SOON: Duration = Duration::from_secs(12);

/// Asks for what comes next while something is written a little later; the page, and how long it took.
async fn wait_while<T>(client: &Client<'_>, asked: Value, work: impl Future<Output = T>) -> (Value, Duration) {
    let started = Instant::now();
    let later = async {
        // The request has to be there first.
        tokio::time::sleep(Duration::from_millis(300)).await;
        work.await
    };
    let (page, _done) = tokio::join!(page(client, "tea", asked), later);
    (page, started.elapsed())
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
    async fn given_a_reader_who_waits_when_something_is_written_then_they_get_it_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let from = end(&admin, "tea").await;
        let write = upsert(&admin, "tea", vec![json!({ "externalId": "ada" })]);
        let (page, took) = wait_while(&admin, json!({ "after": from, "wait": 30 }), write).await;
        assert_eq!(types(page["changes"].as_array().unwrap()), ["member.created"]);
        assert!(took < SOON, "{took:?}");
    }

    async fn given_a_reader_who_waits_when_another_server_writes_then_they_get_it_soon(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let other = app.beside().await;
        let there = other.client(admin.token.clone());
        let from = end(&admin, "tea").await;
        let write = upsert(&there, "tea", vec![json!({ "externalId": "ada" })]);
        let (page, took) = wait_while(&admin, json!({ "after": from, "wait": 30 }), write).await;
        assert_eq!(types(page["changes"].as_array().unwrap()), ["member.created"]);
        assert!(took < SOON, "{took:?}");
    }

    async fn given_nothing_new_when_the_time_is_over_then_the_page_is_empty(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let from = end(&admin, "tea").await;
        let started = Instant::now();
        let empty = page(&admin, "tea", json!({ "after": from, "wait": 1 })).await;
        let took = started.elapsed();
        assert_eq!((&empty["changes"], &empty["cursor"], &empty["hasMore"]), (&json!([]), &json!(from), &json!(false)));
        assert!(took >= Duration::from_secs(1) && took < SOON, "{took:?}");
        let at_once = page(&admin, "tea", json!({ "after": from })).await;
        assert_eq!(at_once, empty);
    }

    async fn given_a_reader_of_cases_when_members_are_written_then_they_wait_on_and_the_cursor_moves(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let from = end(&admin, "tea").await;
        let write = upsert(&admin, "tea", vec![json!({ "externalId": "ada" })]);
        let (page, took) = wait_while(&admin, json!({ "after": from, "wait": 2, "types": ["CASE_OPENED"] }), write).await;
        assert_eq!((&page["changes"], &page["cursor"]), (&json!([]), &json!(end(&admin, "tea").await)));
        assert!(took >= Duration::from_secs(2), "{took:?}");
    }

    async fn given_something_to_read_when_the_reader_would_wait_then_they_do_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let started = Instant::now();
        let page = page(&admin, "tea", json!({ "wait": 30, "first": 1 })).await;
        assert_eq!((types(page["changes"].as_array().unwrap()), &page["hasMore"]), (vec!["community.created"], &json!(true)));
        assert!(started.elapsed() < SOON);
    }

    async fn given_a_reader_who_waits_when_the_server_stops_then_they_are_answered(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let from = end(&admin, "tea").await;
        let stopping = app.app.stopping.clone();
        let (page, took) = wait_while(&admin, json!({ "after": from, "wait": 30 }), async move { stopping.begin() }).await;
        assert_eq!((&page["changes"], &page["cursor"]), (&json!([]), &json!(from)));
        assert!(took < SOON, "{took:?}");
    }

    async fn given_a_reader_who_waits_when_their_access_is_taken_away_then_they_are_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let reader = desk.beside("Rita", Role::Viewer, Visibility::Private).await;
        let from = end(&reader.client(), "tea").await;
        let started = Instant::now();
        let work = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            service::revoke_grant(&app.app, &app.app.system("test"), &desk.access, reader.id).await.unwrap();
            desk.case("ada", json!({})).await;
        };
        let client = reader.client();
        let (answer, ()) = tokio::join!(ask(&client, "tea", json!({ "after": from, "wait": 30 })), work);
        assert!(matches!(answer.code(), "UNAUTHENTICATED" | "NOT_FOUND"), "{:#}", answer.body);
        assert_eq!(answer.body["data"]["community"]["changes"], Value::Null);
        assert!(started.elapsed() < SOON);
    }

    async fn given_a_reader_who_waits_when_their_clearance_changes_then_they_read_by_the_new_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let (reader, member) = (desk.beside("Rita", Role::Viewer, Visibility::Private).await.client(), desk.member("ada").await);
        let opened = json!({ "memberId": member, "message": "Help" });
        for (clearance, visible) in [(Visibility::Public, false), (Visibility::Private, true)] {
            let from = end(&reader, "tea").await;
            let work = async {
                given_clearance(&app, &desk.access, "Rita", clearance).await;
                desk.act("openCase", with(opened.clone(), &json!({ "visibility": "PRIVATE" }))).await;
            };
            let (page, _took) = wait_while(&reader, json!({ "after": from, "wait": 3, "types": ["CASE_OPENED"] }), work).await;
            let changes = page["changes"].as_array().unwrap();
            assert_eq!(changes.len(), usize::from(visible), "{clearance:?}");
            assert!(changes.iter().all(|change| change["node"]["id"].is_string()), "{page:#}");
        }
    }
}
