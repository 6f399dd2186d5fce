//! What is old is deleted, in one piece and never unsaid.

use entity::{StaffId, Timestamp, refresh_token};
use rapport::db::query::Sql;
use rapport::events::retention::{Deleted, run_once};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _};
use serde_json::json;

use super::{all_after, ask, end, page, types};
use crate::cases::Desk;
use crate::ingest::calls::{UPSERT, count, upsert};
use crate::on_both_engines;
use crate::support::TestApp;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Events deleted.
async fn deleted(app: &TestApp, now: Timestamp) -> u64 {
    run_once(&app.app, now).await.unwrap().events
}

on_both_engines! {
    async fn given_events_when_they_are_old_then_they_go_and_whoever_comes_too_late_is_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let start = app.now();
        let first = page(&desk.client(), "tea", json!({ "first": 1 })).await["cursor"].clone();
        upsert(&desk.client(), "tea", vec![json!({ "externalId": "ada" })]).await;
        let old = end(&desk.client(), "tea").await;
        app.app.clock.advance_micros(20 * DAY);
        upsert(&desk.client(), "tea", vec![json!({ "externalId": "ben" })]).await;
        let young = end(&desk.client(), "tea").await;

        assert_eq!(deleted(&app, start.plus_micros(29 * DAY)).await, 0);
        assert_eq!(deleted(&app, start.plus_micros(31 * DAY)).await, 3, "the community, its admin, and Ada");
        assert_eq!(deleted(&app, start.plus_micros(31 * DAY)).await, 0);
        for wait in [0, 1] {
            let late = ask(&desk.client(), "tea", json!({ "after": first, "wait": wait })).await;
            assert_eq!((late.status, late.code()), (200, "CURSOR_EXPIRED"));
            assert!(late.message().contains("Read everything anew") && late.message().contains("export"), "{}", late.message());
        }
        let oldest = page(&desk.client(), "tea", json!({})).await;
        assert_eq!(types(oldest["changes"].as_array().unwrap()), ["member.created"]);
        assert_eq!(oldest["changes"][0]["data"]["displayName"], "ben");
        assert_eq!(all_after(&desk.client(), "tea", &old, json!({})).await.len(), 1, "nothing after it was deleted");

        assert_eq!(deleted(&app, start.plus_micros(60 * DAY)).await, 1);
        assert_eq!(end(&desk.client(), "tea").await, young, "the end stays where it is");
        assert_eq!(page(&desk.client(), "tea", json!({ "after": young })).await["changes"], json!([]));
        assert_eq!(page(&desk.client(), "tea", json!({})).await["cursor"], young);
        assert_eq!(ask(&desk.client(), "tea", json!({ "after": old })).await.code(), "CURSOR_EXPIRED");
        upsert(&desk.client(), "tea", vec![json!({ "externalId": "cid" })]).await;
        assert_eq!(all_after(&desk.client(), "tea", &young, json!({})).await.len(), 1);
    }

    async fn given_events_for_ever_when_they_are_old_then_they_stay(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.log_retention_days = 0).await;
        let access = app.community("tea").await;
        assert_eq!(deleted(&app, app.now().plus_micros(10_000 * DAY)).await, 0);
        assert_eq!(count(&app, "events", access.community_id()).await, 1);
    }

    async fn given_many_old_events_when_they_go_then_all_of_them_do(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        for batch in 0..5 {
            upsert(&admin, "tea", (0..900).map(|n| json!({ "externalId": format!("m-{batch}-{n}") })).collect()).await;
        }
        assert_eq!(deleted(&app, app.now().plus_micros(31 * DAY)).await, 4_502);
        assert_eq!(count(&app, "events", access.community_id()).await, 0);
    }

    async fn given_a_webhook_endpoint_when_it_is_behind_then_it_is_waited_for_twice_the_time(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let start = app.now();
        let all = page(&desk.client(), "tea", json!({})).await;
        let read_to = crate::changes::seq(&desk.access, &all["changes"][0]);
        let columns = "INSERT INTO webhook_endpoints (community_id, url, scopes, clearance, status, read_to, secret, secret_at, created_by, created_at) VALUES (";
        let community = desk.access.community_id().0;
        app.app.db.write(|tx| async move {
            let sql = Sql::new(tx.get_database_backend(), columns).value(community).text(", 'https://crm.example', '', 0, 1, ").value(read_to);
            tx.execute_raw(sql.text(", 'secret', 0, 'staff:1', 0)").build()).await?;
            Ok(())
        }).await.unwrap();
        assert_eq!(deleted(&app, start.plus_micros(31 * DAY)).await, 1, "what it was given");
        assert_eq!(deleted(&app, start.plus_micros(59 * DAY)).await, 0);
        assert_eq!(deleted(&app, start.plus_micros(61 * DAY)).await, 1);
    }

    async fn given_keys_and_tokens_when_they_have_lapsed_then_they_go(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let start = app.now();
        let input = json!({ "community": "tea", "members": [{ "source": "forum", "externalId": "ada" }], "idempotencyKey": "once" });
        desk.client().ok(UPSERT, json!({ "input": input })).await;
        for (hash, days) in [("a", 1), ("b", 3)] {
            let row = refresh_token::Model {
                token_hash: hash.to_owned(),
                family: hash.to_owned(),
                staff_id: StaffId(desk.id.0),
                issued_at: start,
                expires_at: start.plus_micros(days * DAY),
                used_at: None,
                revoked_at: None,
            };
            app.app.db.write(|tx| {
                let row = row.clone().into_active_model().reset_all();
                async move {
                    row.insert(&*tx).await?;
                    Ok(())
                }
            }).await.unwrap();
        }
        assert_eq!(run_once(&app.app, start.plus_micros(23 * HOUR)).await.unwrap(), Deleted::default());
        let lapsed = run_once(&app.app, start.plus_micros(49 * HOUR)).await.unwrap();
        assert_eq!((lapsed.idempotency_keys, lapsed.refresh_tokens), (1, 1));
        assert_eq!(count(&app, "idempotency_keys", desk.access.community_id()).await, 0);
        let left = refresh_token::Entity::find().all(app.app.db.read()).await.unwrap();
        assert_eq!(left.iter().map(|row| row.token_hash.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}
