//! Whoever follows the cursor sees every event once, in the order of the commits, also while many write.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use entity::Visibility;
use rapport::context::Access;
use rapport::events::{EventType, NewEvent};
use rapport::graphql::global_id::GlobalId;
use serde_json::{Value, json};

use super::{end, page, seq, tell};
use crate::ingest::calls::{count, did, member, member_id, upsert};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const WRITERS: usize = 8;
const WRITES: usize = 12;

/// One writer: a member whose name goes up with every write, and now and then an interaction.
async fn write(client: &Client<'_>, writer: usize) {
    for n in 0..WRITES {
        let name = format!("m-{writer}");
        let told = upsert(client, "tea", vec![json!({ "externalId": name, "displayName": format!("{n:02}") })]).await;
        assert_eq!(told["userErrors"], json!([]));
        if n % 3 == 0 {
            let at = client.app.days_ago(1.0);
            let others = (0..3)
                .map(|k| did("ANSWER", &format!("a-{writer}-{n}-{k}"), &name, "ada", &at))
                .collect();
            client.record("tea", others).await;
        }
    }
}

/// Follows the log until the writers are done and nothing is left.
async fn follow(client: &Client<'_>, from: &str, asked: Value, done: &AtomicBool) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), from.to_owned());
    loop {
        // Looked at before the page is asked for: what was written by then is on it or on a later one.
        let is_over = done.load(Ordering::SeqCst);
        let mut asked = asked.clone();
        asked["after"] = json!(after);
        let page = page(client, "tea", asked).await;
        let changes = page["changes"].as_array().unwrap();
        all.extend(changes.iter().cloned());
        after = page["cursor"].as_str().unwrap().to_owned();
        if is_over && changes.is_empty() && page["hasMore"] == json!(false) {
            return all;
        }
    }
}

/// Passes when the events are in order and none comes twice.
fn check_order(access: &Access, changes: &[Value]) {
    let places: Vec<i64> = changes.iter().map(|change| seq(access, change)).collect();
    assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    let cursors: HashSet<&str> = changes.iter().map(|change| change["cursor"].as_str().unwrap()).collect();
    assert_eq!(cursors.len(), changes.len());
}

on_both_engines! {
    async fn given_eight_writers_when_somebody_follows_then_they_see_everything_once_and_in_order(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let before = count(&app, "events", access.community_id()).await;
        let from = end(&admin, "tea").await;
        let done = AtomicBool::new(false);
        let writers = async {
            futures_util::future::join_all((0..WRITERS).map(|writer| write(&admin, writer))).await;
            done.store(true, Ordering::SeqCst);
        };
        let ((), all, members) = tokio::join!(
            writers,
            follow(&admin, &from, json!({ "first": 3, "wait": 1 }), &done),
            follow(&admin, &from, json!({ "first": 1, "types": ["MEMBER_CREATED", "MEMBER_UPDATED"] }), &done),
        );

        check_order(&access, &all);
        check_order(&access, &members);
        let written = count(&app, "events", access.community_id()).await - before;
        assert_eq!(i64::try_from(all.len()).unwrap(), written, "everything, and nothing twice");
        let recorded = all.iter().filter(|change| change["type"] == "interaction.recorded").count();
        assert_eq!(recorded, WRITERS * WRITES.div_ceil(3) * 3);
        for changes in [&all, &members] {
            let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for change in changes.iter().filter(|change| change["subject"]["type"] == "Member") {
                names.entry(change["subject"]["id"].as_str().unwrap()).or_default().push(change["data"]["displayName"].as_str().unwrap());
            }
            names.retain(|_, told| *told != ["ada"]);
            assert_eq!(names.len(), WRITERS);
            let expected: Vec<String> = (0..WRITES).map(|n| format!("{n:02}")).collect();
            assert!(names.values().all(|told| *told == expected), "{names:#?}");
        }
        let again = follow(&admin, &from, json!({ "first": 500 }), &done).await;
        assert_eq!(again, all, "whoever comes later reads the same");
    }

    async fn given_writers_of_one_member_when_they_meet_then_the_log_ends_with_what_is_stored(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "ada", "displayName": "first" })]).await;
        let from = end(&admin, "tea").await;
        let writers = (0..WRITERS).map(|writer| {
            let admin = &admin;
            async move {
                for n in 0..6 {
                    upsert(admin, "tea", vec![json!({ "externalId": "ada", "displayName": format!("{writer}-{n}") })]).await;
                }
            }
        });
        futures_util::future::join_all(writers).await;
        let done = AtomicBool::new(true);
        let told = follow(&admin, &from, json!({}), &done).await;
        check_order(&access, &told);
        let now = member(&admin, "tea", "ada", "displayName").await;
        assert_eq!(told.last().unwrap()["data"]["displayName"], now["displayName"]);
    }

    async fn given_a_page_when_nothing_fits_then_the_cursor_moves_all_the_same(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        let from = end(&admin, "tea").await;
        upsert(&admin, "tea", vec![json!({ "externalId": "ada" })]).await;
        let cases = page(&admin, "tea", json!({ "after": from, "types": ["CASE_OPENED"] })).await;
        assert_eq!((&cases["changes"], &cases["hasMore"]), (&json!([]), &json!(false)));
        assert_eq!(cases["cursor"], end(&admin, "tea").await);
        let first = page(&admin, "tea", json!({ "first": 1 })).await;
        assert_eq!((&first["changes"][0]["type"], &first["hasMore"]), (&json!("community.created"), &json!(true)));
        assert_eq!(first["changes"][0]["cursor"], first["cursor"]);
    }

    async fn given_subjects_when_an_import_lists_one_of_them_then_it_is_told(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        upsert(&admin, "tea", vec![json!({ "externalId": "ada" }), json!({ "externalId": "ben" })]).await;
        let ada = member_id(&admin, "tea", "ada").await;
        let from = end(&admin, "tea").await;
        let key = GlobalId::decode(&ada).unwrap().key;
        for ids in [vec![key, key + 1_000], vec![key + 1_000]] {
            tell(&app, &access, NewEvent::bulk(EventType::MembersImported, Visibility::Public, &ids)).await;
        }
        let told = page(&admin, "tea", json!({ "after": from, "subjects": [ada] })).await;
        assert_eq!(told["changes"].as_array().unwrap().len(), 1, "{told:#}");
        assert_eq!((&told["changes"][0]["type"], &told["changes"][0]["subject"]), (&json!("members.imported"), &json!({ "type": "Member", "id": null })));
        assert_eq!(told["changes"][0]["data"]["ids"][0], ada);
    }
}
