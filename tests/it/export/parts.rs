//! That an export is of one instant, that the change log goes on from there, and that one which broke off can be gone on with.

use std::collections::HashSet;

use entity::{Role, Visibility};
use rapport::context::Access;
use rapport::db::query::Sql;
use rapport::events::cursor::Cursor;
use rapport::events::log;
use rapport::features::access::service as access_service;
use rapport::features::export::service::{Broken, Export, Wanted};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{export, lines};
use crate::cases::Desk;
use crate::ingest::calls::{did, upsert};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

async fn begin(app: &TestApp, access: &Access, types: Option<&str>, after: Option<&str>) -> Export {
    let wanted = Wanted {
        types: types.map(ToOwned::to_owned),
        after: after.map(ToOwned::to_owned),
    };
    Export::begin(&app.app, &app.app.system("test"), access, &wanted).await.unwrap()
}

/// Some lines of an export; none after the last.
async fn some(export: &mut Export) -> Vec<Value> {
    export
        .next()
        .await
        .unwrap()
        .map(|chunk| lines(std::str::from_utf8(&chunk).unwrap()))
        .unwrap_or_default()
}

/// All that is left of an export.
async fn rest(mut export: Export) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let lines = some(&mut export).await;
        if lines.is_empty() {
            export.finish().await.unwrap();
            return all;
        }
        all.extend(lines);
    }
}

async fn given_members(app: &TestApp, count: usize) -> (Access, Client<'_>) {
    let access = app.community("tea").await;
    let admin = app.admin(&access).await;
    for start in (0..count).step_by(500) {
        let members = (start..count.min(start + 500)).map(|n| json!({ "externalId": format!("m-{n}") }));
        upsert(&admin, "tea", members.collect()).await;
    }
    (access, admin)
}

fn names<'a>(lines: impl IntoIterator<Item = &'a Value>) -> Vec<String> {
    let members = lines.into_iter().filter(|line| line["type"] == "member");
    members.map(|line| line["externalId"].as_str().unwrap().to_owned()).collect()
}

on_both_engines! {
    async fn given_an_export_when_others_write_meanwhile_then_it_shows_one_instant_and_the_log_goes_on_from_there(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, admin) = given_members(&app, 700).await;
        let mut export = begin(&app, &access, None, None).await;
        let head = some(&mut export).await.remove(0);
        let mut all = some(&mut export).await;
        assert_eq!(names(&all).len(), 500, "a page");

        upsert(&admin, "tea", vec![json!({ "externalId": "late" }), json!({ "externalId": "m-699", "displayName": "Renamed" })]).await;
        admin.record("tea", vec![did("POST", "p-1", "m-1", "", &app.days_ago(1.0))]).await;

        all.extend(rest(export).await);
        let seen: HashSet<String> = names(&all).into_iter().collect();
        assert_eq!((seen.len(), seen.contains("late")), (700, false));
        assert!(all.iter().all(|line| line["displayName"] != "Renamed" && line["type"] != "interaction"));
        assert_eq!(all.last().unwrap()["counts"]["interactions"], 0);
        // Everything that it does not show comes after its cursor, and nothing else.
        let cursor = Cursor::decode(head["cursor"].as_str().unwrap(), access.community_id()).unwrap();
        let since = log::read_all(app.app.db.read(), access.community_id(), cursor.seq, 100).await.unwrap();
        let mut types: Vec<&str> = since.iter().map(|entry| entry.event_type.as_str()).collect();
        types.sort_unstable();
        assert_eq!(types, ["interaction.recorded", "member.created", "member.updated"]);
    }

    async fn given_an_export_that_broke_off_when_it_is_gone_on_with_then_both_parts_are_the_whole(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, admin) = given_members(&app, 1_300).await;
        let mut first = begin(&app, &access, Some("members,scores"), None).await;
        let head = some(&mut first).await.remove(0);
        let mut read = Vec::new();
        while !read.iter().any(|line: &Value| line["type"] == "checkpoint") {
            read.extend(some(&mut first).await);
        }
        assert_eq!(names(&read).len(), 1_000);
        let token = read.last().unwrap()["resume"].as_str().unwrap().to_owned();
        drop(first);

        upsert(&admin, "tea", vec![json!({ "externalId": "late" })]).await;
        let second = rest(begin(&app, &access, None, Some(&token)).await).await;
        assert_eq!((&second[0]["resumed"], &second[0]["cursor"], &second[0]["types"]), (&json!(true), &head["cursor"], &json!(["members", "scores"])));
        let all: Vec<String> = names(read.iter().chain(&second));
        assert_eq!(all.len(), 1_301, "with who came since: the rows are at least as new as the cursor");
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1_301, "nobody twice");
        assert_eq!(second.last().unwrap()["counts"], json!({ "members": 1_301, "scores": 0 }));

        // What is asked for does not change on the way, and tokens are those of this community.
        let refused = super::export(&admin, "tea", &format!("?after={token}&types=members")).await;
        assert_eq!((refused.status, refused.code()), (400, "BAD_USER_INPUT"));
        let other = app.community("coffee").await;
        let there = app.admin(&other).await;
        assert_eq!(super::export(&there, "coffee", &format!("?after={token}")).await.status, 400);
        let whole = super::export(&admin, "tea", &format!("?after={token}&types=scores,members")).await;
        assert_eq!((whole.status, names(&whole.lines).len()), (200, 301));
    }

    async fn given_a_log_that_was_deleted_up_to_later_when_an_export_is_gone_on_with_then_it_is_said(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, admin) = given_members(&app, 3).await;
        let whole = export(&admin, "tea", "?types=members,scores").await;
        let token = whole.only("checkpoint")["resume"].as_str().unwrap().to_owned();
        assert_eq!(export(&admin, "tea", &format!("?after={token}")).await.status, 200);
        upsert(&admin, "tea", vec![json!({ "externalId": "late" })]).await;
        let end = log::end(app.app.db.read(), access.community_id()).await.unwrap();
        let community = access.community_id().0;
        app.app
            .db
            .write(|tx| async move {
                let sql = Sql::new(tx.get_database_backend(), "INSERT INTO log_floors (community_id, floor_seq) VALUES (")
                    .value(community)
                    .text(", ")
                    .value(end)
                    .text(")");
                tx.execute_raw(sql.build()).await?;
                Ok(())
            })
            .await
            .unwrap();
        let expired = export(&admin, "tea", &format!("?after={token}")).await;
        assert_eq!((expired.status, expired.code()), (410, "CURSOR_EXPIRED"));
        assert_eq!(export(&admin, "tea", "").await.status, 200, "a new one begins at the end of the log");
    }

    async fn given_an_export_under_way_when_its_reader_may_read_less_then_it_ends_at_the_checkpoint(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, _admin) = given_members(&app, 1_300).await;
        let reader = Desk::hire(&app, &access, "Vera", Role::Viewer, Visibility::Public).await;
        let header = format!("Bearer {}", reader.client().token.unwrap());
        let look = || async {
            let ctx = app.app.identify(Some(&header), "test").await?;
            ctx.community("tea").cloned()
        };
        let seen = look().await.unwrap();
        let mut export = begin(&app, &seen, Some("members,scores"), None).await;
        let mut read = Vec::new();
        while !read.iter().any(|line: &Value| line["type"] == "checkpoint") {
            let chunk = export.next_for(look).await.unwrap().unwrap();
            read.extend(lines(std::str::from_utf8(&chunk).unwrap()));
        }
        let system = app.app.system("test");
        access_service::revoke_grant(&app.app, &system, &access, reader.id).await.unwrap();
        let last = lines(std::str::from_utf8(&export.next_for(look).await.unwrap().unwrap()).unwrap());
        assert_eq!((last.len(), &last[0]["type"], &last[0]["resume"]), (1, &json!("aborted"), &read.last().unwrap()["resume"]));
        assert!(export.next_for(look).await.unwrap().is_none(), "nothing comes after it");

        let mut wide = begin(&app, &access, Some("members"), None).await;
        some(&mut wide).await;
        let narrowed = wide.next_for(|| async { Ok(seen.clone()) }).await.unwrap().unwrap();
        assert_eq!(lines(std::str::from_utf8(&narrowed).unwrap())[0]["type"], "aborted");
    }

    async fn given_an_export_that_is_broken_off_when_it_is_read_then_its_last_line_says_how_to_go_on(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (access, _admin) = given_members(&app, 600).await;
        let mut export = begin(&app, &access, None, None).await;
        some(&mut export).await;
        let read = some(&mut export).await;
        let last = lines(std::str::from_utf8(&export.broken(Broken::TookTooLong)).unwrap()).remove(0);
        assert_eq!((&last["type"], last["reason"].is_string()), (&json!("aborted"), true));
        assert!(export.next().await.unwrap().is_none(), "nothing comes after it");
        let second = rest(begin(&app, &access, None, last["resume"].as_str()).await).await;
        let all: HashSet<String> = names(read.iter().chain(&second)).into_iter().collect();
        assert_eq!((all.len(), names(&second).len()), (600, 100));
    }
}
