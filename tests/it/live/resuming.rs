//! Resuming: whoever goes on with a cursor misses nothing and sees nothing twice, wherever they go on.

use entity::{Role, Visibility};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{CHANGES, Events, Socket, add_members, all_after, beginning, end};
use crate::on_both_engines;
use crate::support::TestApp;

fn names(prefix: &str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("{prefix}-{number}"))
}

on_both_engines! {
    async fn given_somebody_who_was_away_when_they_resume_then_they_see_each_change_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let start = end(&admin, "home").await;
        let mut socket = Socket::open(&admin).await;
        socket.follow("1", "home", Some(&start)).await;
        add_members(&admin, "home", names("there", 5)).await;
        let mut seen = socket.cursors(5).await;
        drop(socket);

        add_members(&admin, "home", names("away", 10)).await;
        let mut socket = Socket::open(&admin).await;
        socket.follow("again", "home", seen.last().map(String::as_str)).await;
        add_members(&admin, "home", names("back", 5)).await;
        seen.extend(socket.cursors(15).await);

        assert_eq!(seen, all_after(&admin, "home", &start).await);
    }

    async fn given_a_long_past_when_somebody_follows_from_the_beginning_then_they_see_all_of_it_and_what_comes(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let admin = app.admin(&home).await;
        add_members(&admin, "home", names("past", 100)).await;
        add_members(&admin, "home", names("later", 60)).await;
        let past = all_after(&admin, "home", &beginning(&home)).await;
        assert!(past.len() >= 160, "{}", past.len());

        // Two at once: one reads pages while the ring of the other is filled.
        let (mut reader, mut present) = (Socket::open(&admin).await, Socket::open(&admin).await);
        present.follow("now", "home", past.last().map(String::as_str)).await;
        reader.follow("all", "home", Some(&beginning(&home))).await;
        add_members(&admin, "home", names("present", 30)).await;
        let news = present.cursors(30).await;
        assert_eq!(reader.cursors(past.len() + 30).await, [past, news].concat());
    }

    async fn given_writers_at_once_when_several_follow_then_all_see_the_same_in_the_same_order(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let start = end(&admin, "home").await;
        let mut sockets = Vec::new();
        for _ in 0..3 {
            let mut socket = Socket::open(&admin).await;
            socket.follow("1", "home", Some(&start)).await;
            sockets.push(socket);
        }
        let writes = (0..8).map(|writer| {
            let admin = admin.clone();
            async move {
                for round in 0..3 {
                    add_members(&admin, "home", names(&format!("w{writer}-{round}"), 2)).await;
                }
            }
        });
        futures_util::future::join_all(writes).await;
        let all = all_after(&admin, "home", &start).await;
        assert_eq!(all.len(), 48);
        for socket in &mut sockets {
            assert_eq!(socket.cursors(48).await, all);
        }
    }

    async fn given_two_processes_when_one_writes_then_those_who_follow_the_other_see_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let other = app.beside().await;
        let admin = app.admin(&app.community("home").await).await;
        let start = end(&admin, "home").await;
        let mut socket = Socket::open(&other.client(admin.token.clone())).await;
        socket.follow("1", "home", Some(&start)).await;
        let mut seen = Vec::new();
        for round in 0..3 {
            add_members(&admin, "home", names(&format!("r{round}"), 2)).await;
            seen.extend(socket.cursors(2).await);
        }
        assert_eq!(seen, all_after(&admin, "home", &start).await);
    }

    async fn given_types_and_subjects_when_somebody_follows_then_they_see_those_only(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let start = end(&admin, "home").await;
        add_members(&admin, "home", ["ada".to_owned(), "bob".to_owned()]).await;
        let member = "query($id: String!) { community(slug: \"home\") { memberByIdentity(provider: \"forum\", externalId: $id) { id } } }";
        let ada = admin.ok(member, json!({ "id": "ada" })).await["community"]["memberByIdentity"]["id"].clone();
        let query = "subscription($after: String, $subjects: [ID!], $types: [ChangeType!]) { \
                     changes(community: \"home\", after: $after, subjects: $subjects, types: $types) { type subject { id } } }";
        let mut socket = Socket::open(&admin).await;
        socket.begin("1", query, json!({ "after": start, "subjects": [ada], "types": ["MEMBER_CREATED", "MEMBER_UPDATED"] })).await;
        assert_eq!(socket.data().await["changes"], json!({ "type": "member.created", "subject": { "id": ada } }));
        let rename = "mutation($name: String!, $id: String!) { upsertMembers(input: { community: \"home\", members: [{ source: \"forum\", externalId: $id, displayName: $name }] }) { userErrors { code } } }";
        for (id, name) in [("bob", "Bob"), ("ada", "Ada")] {
            admin.ok(rename, json!({ "id": id, "name": name })).await;
        }
        assert_eq!(socket.data().await["changes"], json!({ "type": "member.updated", "subject": { "id": ada } }));
        socket.begin("2", query, json!({ "subjects": ["nonsense"] })).await;
        assert_eq!(socket.failure().await.0, "BAD_USER_INPUT");
    }

    async fn given_a_cursor_of_another_log_or_none_at_all_when_somebody_resumes_then_the_stream_fails(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (home, away) = (app.community("home").await, app.community("away").await);
        let admin = app.admin(&home).await;
        let mut socket = Socket::open(&admin).await;
        for wrong in ["", "nonsense", beginning(&away).as_str()] {
            socket.follow("1", "home", Some(wrong)).await;
            let (code, message) = socket.failure().await;
            assert!(code == "BAD_USER_INPUT" && message.starts_with("after: is not a cursor"), "{code}: {message}");
        }
        // The failed ones are over, and the connection is not.
        let start = end(&admin, "home").await;
        socket.follow("1", "home", Some(&start)).await;
        add_members(&admin, "home", names("m", 1)).await;
        assert_eq!(socket.cursors(1).await.len(), 1);
    }

    async fn given_a_cursor_that_is_too_old_when_somebody_resumes_then_they_are_told_to_read_anew(engine: Engine) {
        let app = TestApp::start(engine).await;
        let home = app.community("home").await;
        let viewer = app.staff(&home, Role::Viewer, Visibility::Public).await;
        let start = end(&viewer, "home").await;
        let floor = format!(
            "INSERT INTO log_floors (community_id, floor_seq) SELECT community_id, MAX(seq) FROM events WHERE community_id = {} GROUP BY community_id",
            home.community_id()
        );
        app.app.db.for_migrations().execute_unprepared(&floor).await.unwrap();
        let mut socket = Socket::open(&viewer).await;
        socket.follow("old", "home", Some(&beginning(&home))).await;
        let (code, message) = socket.failure().await;
        assert!(code == "CURSOR_EXPIRED" && message.contains("export"), "{code}: {message}");
        let old = json!({ "slug": "home", "after": beginning(&home) });
        assert_eq!(Events::open(&viewer, CHANGES, old).await.failure().await, "CURSOR_EXPIRED");
        // The end is not too old, with nothing left before it.
        socket.follow("end", "home", Some(&start)).await;
        add_members(&app.admin(&home).await, "home", names("m", 1)).await;
        let change = socket.data().await;
        assert_eq!(change["changes"]["type"], "member.created");
    }
}
