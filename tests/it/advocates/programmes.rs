//! Programmes: set up, changed and ended; which names are free; how they are listed.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, add, from_now, node, programme, refused, selection, send, types_told};
use crate::cases::Desk;
use crate::ingest::calls::{connection, mutate, page, walk, with};
use crate::on_both_engines;
use crate::promises::HOUR;
use crate::support::TestApp;

/// The names of the programmes in a list of the community.
async fn listed(desk: &Desk<'_>, arguments: &str) -> Vec<Value> {
    let query =
        format!("query($slug: String!) {{ community(slug: $slug) {{ advocateProgrammes{arguments} {{ totalCount nodes {{ name }} }} }} }}");
    let found = desk.client().ok(&query, json!({ "slug": desk.slug() })).await["community"]["advocateProgrammes"].clone();
    let nodes = found["nodes"].as_array().unwrap();
    assert_eq!(found["totalCount"], nodes.len());
    nodes.iter().map(|node| node["name"].clone()).collect()
}

on_both_engines! {
    async fn given_a_programme_when_it_is_changed_and_ended_then_that_is_on_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let text = "For <b>those</b> who help\n";
        let input = json!({ "name": "  Champions ", "description": text, "startedAt": "2027-01-01T00:00:00Z" });
        let made = act(&desk, "createAdvocateProgramme", input).await;
        assert_eq!((&made["name"], &made["description"]), (&json!("Champions"), &json!(text)), "words stay as they were given");
        assert_eq!((&made["startedAt"], &made["endedAt"]), (&json!("2027-01-01T00:00:00Z"), &Value::Null));
        assert_eq!((&made["activeCount"], &made["createdBy"]), (&json!(0), &json!(format!("staff:{}", desk.id))));

        let which = json!({ "programmeId": made["id"] });
        let named = act(&desk, "updateAdvocateProgramme", with(which.clone(), &json!({ "name": "Helpers" }))).await;
        assert_eq!((&named["name"], &named["description"]), (&json!("Helpers"), &json!(text)), "what is left out stays");
        let emptied = act(&desk, "updateAdvocateProgramme", with(which.clone(), &json!({ "description": null }))).await;
        assert_eq!((&emptied["name"], &emptied["description"]), (&json!("Helpers"), &Value::Null));
        assert_eq!(act(&desk, "updateAdvocateProgramme", which.clone()).await, emptied, "nothing differs");

        add(&desk, &made["id"], "ada", json!({})).await;
        let ended = act(&desk, "endAdvocateProgramme", which.clone()).await;
        assert!(ended["endedAt"].as_str().unwrap().starts_with("2027-03-01T09:0"), "{ended}");
        assert_eq!(ended["activeCount"], 1, "who is in it stays in it");
        for (mutation, more) in [("endAdvocateProgramme", json!({})), ("updateAdvocateProgramme", json!({ "name": "Again" }))] {
            assert_eq!(refused(&desk, mutation, with(which.clone(), &more)).await, ["programmeId NOT_ALLOWED_NOW"], "{mutation}");
        }
        let eve = json!({ "programmeId": made["id"], "memberId": desk.member("eve").await, "reason": "Too late" });
        assert_eq!(refused(&desk, "addAdvocate", eve).await, ["programmeId NOT_ALLOWED_NOW"]);

        let expected = [
            "advocate_programme.created", "advocate_programme.updated", "advocate_programme.updated", "advocate.added",
            "advocate_programme.ended",
        ];
        assert_eq!(types_told(&desk).await, expected);
        let read = node(&desk, &made["id"], "id ... on AdvocateProgramme { name advocates { totalCount nodes { member { displayName } } } }").await.unwrap();
        assert_eq!((&read["id"], &read["name"]), (&made["id"], &json!("Helpers")));
        assert_eq!(read["advocates"], json!({ "totalCount": 1, "nodes": [{ "member": { "displayName": "ada" } }] }));
    }

    async fn given_a_name_when_another_programme_runs_under_it_then_it_is_taken(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let first = programme(&desk, "Ärzte").await;
        let second = programme(&desk, "Bakers").await;
        for name in ["Ärzte", "ÄRZTE", " ärzte "] {
            assert_eq!(refused(&desk, "createAdvocateProgramme", json!({ "name": name })).await, ["name TAKEN"], "{name}");
            let change = json!({ "programmeId": second, "name": name });
            assert_eq!(refused(&desk, "updateAdvocateProgramme", change).await, ["name TAKEN"], "{name}");
        }
        // Its own name is free for itself, and for others once it has ended.
        let own = act(&desk, "updateAdvocateProgramme", json!({ "programmeId": first, "name": "ÄRZTE" })).await;
        assert_eq!(own["name"], "ÄRZTE");
        act(&desk, "endAdvocateProgramme", json!({ "programmeId": first })).await;
        programme(&desk, "ärzte").await;
        // Another community has names of its own.
        programme(&Desk::open(&app, "coffee").await, "Bakers").await;
        // Where letters beyond a to z come is up to the database.
        for (arguments, expected) in [("", vec!["Bakers", "ärzte"]), ("(includeEnded: true)", vec!["Bakers", "ÄRZTE", "ärzte"])] {
            let mut names = listed(&desk, arguments).await;
            names.sort_by_key(ToString::to_string);
            assert_eq!(names, expected, "{arguments}");
        }
    }

    async fn given_two_requests_at_once_when_both_want_a_name_then_one_gets_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let want = || send(&desk, "createAdvocateProgramme", json!({ "name": "Champions" }));
        let (a, b, c) = tokio::join!(want(), want(), want());
        let got = [a, b, c].into_iter().filter(|answer| answer.body["data"]["createAdvocateProgramme"]["programme"].is_object());
        assert_eq!(got.count(), 1);
        assert_eq!(listed(&desk, "").await, ["Champions"]);
    }

    async fn given_wrong_programmes_when_they_are_set_up_then_each_is_refused_by_field(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let made = programme(&desk, "Champions").await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let foreign = programme(&elsewhere, "Roasters").await;
        for (more, expected) in [
            (json!({ "name": " " }), "name REQUIRED"),
            (json!({ "name": "a\u{0}b" }), "name INVALID"),
            (json!({ "name": "x".repeat(121) }), "name TOO_LONG"),
            (json!({ "description": "" }), "description REQUIRED"),
            (json!({ "description": "x".repeat(2_001) }), "description TOO_LONG"),
        ] {
            assert_eq!(refused(&desk, "createAdvocateProgramme", with(json!({ "name": "New" }), &more)).await, [expected], "{more}");
            assert_eq!(refused(&desk, "updateAdvocateProgramme", with(json!({ "programmeId": made }), &more)).await, [expected], "{more}");
        }
        for (mutation, input, expected) in [
            ("createAdvocateProgramme", json!({ "name": "New", "startedAt": from_now(&app, HOUR) }), "startedAt OUT_OF_RANGE"),
            ("createAdvocateProgramme", json!({ "name": "New", "idempotencyKey": "" }), "idempotencyKey INVALID"),
            ("updateAdvocateProgramme", json!({ "programmeId": made, "name": null }), "name INVALID"),
            ("updateAdvocateProgramme", json!({ "programmeId": foreign, "name": "Ours" }), "programmeId NOT_FOUND"),
            ("updateAdvocateProgramme", json!({ "programmeId": "nonsense", "name": "Ours" }), "programmeId NOT_FOUND"),
            ("endAdvocateProgramme", json!({ "programmeId": foreign }), "programmeId NOT_FOUND"),
            ("endAdvocateProgramme", json!({ "programmeId": desk.member("ada").await }), "programmeId NOT_FOUND"),
        ] {
            assert_eq!(refused(&desk, mutation, input.clone()).await, [expected], "{mutation} {input}");
        }
        assert_eq!(listed(&desk, "").await, ["Champions"]);
        let ben = desk.beside("Ben", Role::Admin, Visibility::Private).await;
        assert_eq!(node(&ben, &foreign, "id").await, Err("NOT_FOUND".to_owned()));
    }

    async fn given_roles_when_programmes_are_managed_then_managers_may_and_agents_only_read(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let made = programme(&desk, "Champions").await;
        let calls = [
            ("createAdvocateProgramme", json!({ "name": "Others" })),
            ("updateAdvocateProgramme", json!({ "programmeId": made, "name": "The others" })),
            ("endAdvocateProgramme", json!({ "programmeId": made })),
        ];
        let agent = desk.beside("Ben", Role::Agent, Visibility::Private).await;
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let stranger = Desk::open(&app, "coffee").await;
        let callers = [
            (app.client(None), "UNAUTHENTICATED"),
            (viewer.client(), "FORBIDDEN"),
            (agent.client(), "FORBIDDEN"),
            (stranger.beside("Stanley", Role::Admin, Visibility::Private).await.client(), "NOT_FOUND"),
        ];
        for (mutation, input) in &calls {
            for (caller, code) in &callers {
                let answer = mutate(caller, "tea", mutation, selection(mutation), input.clone()).await;
                assert_eq!(answer.code(), *code, "{mutation}: {}", answer.body);
            }
        }
        assert_eq!(listed(&agent, "").await, ["Champions"]);
        let list = "{ community(slug: \"tea\") { advocateProgrammes { nodes { name } } } }";
        assert_eq!(viewer.client().send(list, json!({})).await.code(), "FORBIDDEN");
        assert_eq!(node(&viewer, &made, "id").await, Err("FORBIDDEN".to_owned()));
        let manager = desk.beside("Max", Role::Manager, Visibility::Public).await;
        for (mutation, input) in calls {
            act(&manager, mutation, input).await;
        }
    }

    async fn given_a_key_when_a_programme_is_set_up_again_then_there_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let input = json!({ "name": "Champions", "idempotencyKey": "k-1" });
        let first = act(&desk, "createAdvocateProgramme", input.clone()).await;
        assert_eq!(act(&desk, "createAdvocateProgramme", input.clone()).await, first);
        let empty = json!({ "programmeId": first["id"], "description": null, "idempotencyKey": "k-2" });
        act(&desk, "updateAdvocateProgramme", empty.clone()).await;
        act(&desk, "updateAdvocateProgramme", empty).await;
        for (mutation, other) in [
            ("createAdvocateProgramme", with(input, &json!({ "name": "Others" }))),
            // Null and nothing are not the same.
            ("updateAdvocateProgramme", json!({ "programmeId": first["id"], "idempotencyKey": "k-2" })),
        ] {
            assert_eq!(send(&desk, mutation, other).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation}");
        }
        assert_eq!(listed(&desk, "").await, ["Champions"]);
    }

    async fn pages_of_programmes_make_the_whole(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        for name in ["echo", "Alpha", "delta", "Bravo", "charlie"] {
            programme(&desk, name).await;
        }
        let path = ["advocateProgrammes(PAGE)"];
        let expected = ["Alpha", "Bravo", "charlie", "delta", "echo"].map(|name| json!({ "name": name }));
        for size in [1, 2, 5] {
            for forwards in [true, false] {
                assert_eq!(walk(&desk.client(), "tea", &path, "name", size, forwards).await, expected, "{size} {forwards}");
            }
        }
        let first = connection(&page(&desk.client(), "tea", &path, "name", &json!({ "first": 2 })).await, &path);
        let cursor = &first["totals"]["endCursor"];
        let elsewhere = page(&desk.client(), "tea", &["advocates(PAGE)"], "id", &json!({ "first": 2, "after": cursor })).await;
        assert_eq!(elsewhere.code(), "BAD_USER_INPUT", "a cursor of another list");
        for wrong in [json!({ "first": 0 }), json!({ "first": 101 }), json!({ "first": 1, "last": 1 }), json!({ "after": "nonsense" })] {
            assert_eq!(page(&desk.client(), "tea", &path, "name", &wrong).await.code(), "BAD_USER_INPUT", "{wrong}");
        }
    }
}
