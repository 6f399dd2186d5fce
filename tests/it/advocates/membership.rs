//! Advocates: who is taken in and who is not, how they leave and come back, how they are found; merged members.

use entity::{Role, Visibility};
use serde_json::{Value, json};

use super::{act, add, from_now, node, programme, refused, selection, send, somebody, thank, told, types_told};
use crate::cases::Desk;
use crate::ingest::calls::{member, merge, mutate, walk, with};
use crate::on_both_engines;
use crate::promises::HOUR;
use crate::support::{Client, TestApp};

/// The names of the advocates that a filter lets through, in the order of the letters.
async fn through(desk: &Desk<'_>, filter: &Value) -> Vec<String> {
    let query = "query($slug: String!, $filter: AdvocateFilter) { community(slug: $slug) { advocates(filter: $filter, first: 100) { \
                 totalCount nodes { member { displayName } } } } }";
    let found = desk.client().ok(query, json!({ "slug": desk.slug(), "filter": filter })).await["community"]["advocates"].clone();
    let nodes = found["nodes"].as_array().unwrap();
    assert_eq!(found["totalCount"], nodes.len());
    let name = |node: &Value| node["member"]["displayName"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = nodes.iter().map(name).collect();
    names.sort_unstable();
    names
}

/// The fewest statements of several tries: the keeper of scores looks at the log in between.
async fn fewest(client: &Client<'_>, query: &str) -> u64 {
    let mut fewest = u64::MAX;
    for _try in 0..15 {
        let before = client.app.app.db.statements();
        client.ok(query, json!({})).await;
        fewest = fewest.min(client.app.app.db.statements() - before);
    }
    fewest
}

on_both_engines! {
    async fn given_a_member_when_they_join_leave_and_come_back_then_each_time_is_on_record(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        let text = "Answers <i>every</i> evening\n";
        let first = add(&desk, &champions, "ada", json!({ "reason": text, "since": "2026-05-01T00:00:00Z" })).await;
        assert_eq!((&first["reason"], &first["status"]), (&json!(text), &json!("ACTIVE")), "words stay as they were given");
        assert_eq!((&first["since"], &first["addedBy"]), (&json!("2026-05-01T00:00:00Z"), &json!(format!("staff:{}", desk.id))));
        assert_eq!((&first["programme"]["name"], &first["member"]["displayName"]), (&json!("Champions"), &json!("ada")));
        for nothing in ["leftAt", "leftReason", "lastTouchpointAt"] {
            assert!(first[nothing].is_null(), "{nothing}");
        }
        let again = json!({ "programmeId": champions, "memberId": desk.member("ada").await, "reason": "Twice" });
        assert_eq!(refused(&desk, "addAdvocate", again).await, ["memberId TAKEN"]);

        let leave = json!({ "advocateId": first["id"], "reason": "Moved on" });
        let left = act(&desk, "removeAdvocate", leave.clone()).await;
        assert_eq!((&left["status"], &left["leftReason"]), (&json!("LEFT"), &json!("Moved on")));
        assert!(left["leftAt"].is_string());
        assert_eq!(refused(&desk, "removeAdvocate", leave).await, ["advocateId NOT_ALLOWED_NOW"], "once");
        let second = add(&desk, &champions, "ada", json!({})).await;
        assert_ne!(second["id"], first["id"]);

        let fields = "advocacies { id status programme { name activeCount } }";
        let of = |row: &Value, status: &str| json!({ "id": row["id"], "status": status, "programme": { "name": "Champions", "activeCount": 1 } });
        let read = member(&desk.client(), "tea", "ada", fields).await;
        assert_eq!(read["advocacies"], json!([of(&second, "ACTIVE"), of(&first, "LEFT")]), "the newest first");
        let read = node(&desk, &first["id"], "id ... on Advocate { status touchpoints { totalCount } }").await.unwrap();
        assert_eq!(read, json!({ "id": first["id"], "status": "LEFT", "touchpoints": { "totalCount": 0 } }));

        let expected = ["advocate_programme.created", "advocate.added", "advocate.removed", "advocate.added"];
        assert_eq!(types_told(&desk).await, expected);
        for (name, event) in told(&desk).await {
            assert_eq!(event.visibility, Visibility::Private, "{name}");
            assert!(!event.payload.contains("evening") && !event.payload.contains("Moved on"), "{}", event.payload);
        }
    }

    async fn given_members_who_cannot_be_advocates_when_they_are_added_then_each_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let foreign = (programme(&elsewhere, "Roasters").await, elsewhere.member("ada").await);
        let ada = desk.member("ada").await;
        let (staff, bot, out) = (
            somebody(&desk, "sue", json!({ "isStaff": true })).await,
            somebody(&desk, "robo", json!({ "isBot": true })).await,
            somebody(&desk, "olga", json!({ "consent": "OPTED_OUT" })).await,
        );
        for (more, expected) in [
            (json!({ "memberId": staff }), "memberId INVALID"),
            (json!({ "memberId": bot }), "memberId INVALID"),
            (json!({ "memberId": out }), "memberId NOT_ALLOWED_NOW"),
            (json!({ "memberId": foreign.1 }), "memberId NOT_FOUND"),
            (json!({ "memberId": "nonsense" }), "memberId NOT_FOUND"),
            (json!({ "memberId": champions }), "memberId NOT_FOUND"),
            (json!({ "programmeId": foreign.0 }), "programmeId NOT_FOUND"),
            (json!({ "programmeId": ada }), "programmeId NOT_FOUND"),
            (json!({ "since": from_now(&app, HOUR) }), "since OUT_OF_RANGE"),
            (json!({ "reason": " \n" }), "reason REQUIRED"),
            (json!({ "reason": "a\u{0}b" }), "reason INVALID"),
            (json!({ "reason": "x".repeat(2_001) }), "reason TOO_LONG"),
            (json!({ "idempotencyKey": "" }), "idempotencyKey INVALID"),
        ] {
            let input = json!({ "programmeId": champions, "memberId": ada, "reason": "Helps" });
            assert_eq!(refused(&desk, "addAdvocate", with(input, &more)).await, [expected], "{more}");
        }
        let added = add(&desk, &champions, "ada", json!({ "reason": "x".repeat(2_000) })).await;
        let theirs = add(&elsewhere, &foreign.0, "ada", json!({})).await;
        for (more, expected) in [
            (json!({ "reason": "" }), "reason REQUIRED"),
            (json!({ "reason": "x".repeat(2_001) }), "reason TOO_LONG"),
            (json!({ "advocateId": theirs["id"] }), "advocateId NOT_FOUND"),
            (json!({ "advocateId": champions }), "advocateId NOT_FOUND"),
        ] {
            let input = json!({ "advocateId": added["id"], "reason": "Moved on" });
            assert_eq!(refused(&desk, "removeAdvocate", with(input, &more)).await, [expected], "{more}");
        }
        assert_eq!(through(&desk, &json!({})).await, ["ada"]);
        let ben = desk.beside("Ben", Role::Admin, Visibility::Private).await;
        assert_eq!(node(&ben, &theirs["id"], "id").await, Err("NOT_FOUND".to_owned()));
        // What cannot be read is nothing that the filter knows.
        let query = "query($filter: AdvocateFilter) { community(slug: \"tea\") { advocates(filter: $filter) { totalCount } } }";
        for filter in [json!({ "programme": { "eq": foreign.0 } }), json!({ "member": { "in": [foreign.1] } }), json!({ "programme": { "in": ["x"] } })] {
            assert_eq!(desk.client().send(query, json!({ "filter": filter })).await.code(), "BAD_USER_INPUT", "{filter}");
        }
    }

    async fn given_an_advocate_when_they_opt_out_then_the_record_of_care_stays(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        let added = add(&desk, &champions, "ada", json!({})).await;
        somebody(&desk, "ada", json!({ "consent": "OPTED_OUT" })).await;
        let read = member(&desk.client(), "tea", "ada", "consent advocacies { id status } influence { value }").await;
        assert_eq!(read["advocacies"], json!([{ "id": added["id"], "status": "ACTIVE" }]));
        assert_eq!((&read["consent"], &read["influence"]), (&json!("OPTED_OUT"), &Value::Null));
        // One may take care of them all the same.
        thank(&desk, "ada", json!({})).await;
        act(&desk, "removeAdvocate", json!({ "advocateId": added["id"], "reason": "They asked for it" })).await;
        let back = json!({ "programmeId": champions, "memberId": desk.member("ada").await, "reason": "Again" });
        assert_eq!(refused(&desk, "addAdvocate", back).await, ["memberId NOT_ALLOWED_NOW"]);
    }

    async fn given_two_advocates_when_they_turn_out_to_be_one_person_then_they_are_read_as_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        let ada = add(&desk, &champions, "ada", json!({ "since": "2027-01-01T00:00:00Z" })).await;
        let bob = add(&desk, &champions, "bob", json!({ "since": "2027-02-01T00:00:00Z" })).await;
        let called = thank(&desk, "bob", json!({ "kind": "CALL", "happenedAt": "2027-02-20T09:00:00Z" })).await;
        let ids = json!({ "community": "tea", "memberId": bob["member"]["id"], "intoId": ada["member"]["id"] });
        let old = json!({ "member": { "eq": ada["member"]["id"] } });
        let untouched = json!({ "lastTouchedBefore": "2027-02-15T00:00:00Z" });
        assert_eq!(through(&desk, &untouched).await, ["ada"]);

        merge(&desk.client(), ids).await;
        let fields = "advocacies { id lastTouchpointAt member { displayName } } touchpoints { totalCount nodes { id member { displayName } } }";
        let read = member(&desk.client(), "tea", "ada", fields).await;
        let of = |row: &Value| json!({ "id": row["id"], "lastTouchpointAt": "2027-02-20T09:00:00Z", "member": { "displayName": "ada" } });
        assert_eq!(read["advocacies"], json!([of(&bob), of(&ada)]));
        let touchpoints = json!({ "totalCount": 1, "nodes": [{ "id": called["id"], "member": { "displayName": "ada" } }] });
        assert_eq!(read["touchpoints"], touchpoints);
        for row in [&ada, &bob] {
            let read = node(&desk, &row["id"], "... on Advocate { programme { activeCount } touchpoints { nodes { id } } }").await.unwrap();
            assert_eq!(read, json!({ "programme": { "activeCount": 1 }, "touchpoints": { "nodes": [{ "id": called["id"] }] } }));
        }
        assert_eq!(through(&desk, &old).await, ["ada", "ada"]);
        assert_eq!(through(&desk, &untouched).await, [""; 0], "whoever cared for one cared for both");
        // Whoever was merged stands for whom they were merged into.
        let again = json!({ "programmeId": champions, "memberId": bob["member"]["id"], "reason": "Again" });
        assert_eq!(refused(&desk, "addAdvocate", again.clone()).await, ["memberId TAKEN"]);
        act(&desk, "removeAdvocate", json!({ "advocateId": ada["id"], "reason": "Twice" })).await;
        assert_eq!(refused(&desk, "addAdvocate", again.clone()).await, ["memberId TAKEN"], "the other row is active still");
        act(&desk, "removeAdvocate", json!({ "advocateId": bob["id"], "reason": "For now" })).await;
        let back = act(&desk, "addAdvocate", again).await;
        assert_eq!(back["member"]["id"], ada["member"]["id"]);

        merge(&desk.client(), json!({ "community": "tea", "memberId": bob["member"]["id"] })).await;
        let read = member(&desk.client(), "tea", "bob", "advocacies { id } touchpoints { nodes { id } }").await;
        assert_eq!(read, json!({ "advocacies": [{ "id": bob["id"] }], "touchpoints": { "nodes": [{ "id": called["id"] }] } }));
    }

    async fn given_advocates_when_a_filter_asks_then_it_means_what_it_says(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let (champions, bakers) = (programme(&desk, "Champions").await, programme(&desk, "Bakers").await);
        let since = |day: &str| json!({ "since": format!("{day}T09:00:00Z") });
        let touched = |day: &str| json!({ "happenedAt": format!("{day}T09:00:00Z") });
        let ada = add(&desk, &champions, "ada", since("2026-01-01")).await;
        add(&desk, &champions, "bob", since("2026-02-01")).await;
        add(&desk, &bakers, "cyd", since("2026-03-01")).await;
        add(&desk, &bakers, "dan", since("2026-04-01")).await;
        let eve = add(&desk, &bakers, "eve", since("2026-05-01")).await;
        act(&desk, "removeAdvocate", json!({ "advocateId": eve["id"], "reason": "Moved on" })).await;
        for (name, day) in [("ada", "2027-01-01"), ("ada", "2027-02-20"), ("bob", "2027-01-10"), ("dan", "2027-01-05"), ("guest", "2027-02-28")] {
            thank(&desk, name, touched(day)).await;
        }
        let mistaken = thank(&desk, "dan", touched("2027-02-25")).await;
        act(&desk, "retractTouchpoint", json!({ "touchpointId": mistaken["id"], "reason": "It was not Dan" })).await;
        for (filter, expected) in [
            (json!(null), vec!["ada", "bob", "cyd", "dan", "eve"]),
            (json!({ "programme": { "eq": champions } }), vec!["ada", "bob"]),
            (json!({ "programme": { "in": [champions, bakers] } }), vec!["ada", "bob", "cyd", "dan", "eve"]),
            (json!({ "programme": { "in": [] } }), vec![]),
            (json!({ "status": { "eq": "ACTIVE" } }), vec!["ada", "bob", "cyd", "dan"]),
            (json!({ "status": { "ne": "ACTIVE" } }), vec!["eve"]),
            (json!({ "member": { "eq": ada["member"]["id"] } }), vec!["ada"]),
            (json!({ "since": { "gte": "2026-03-01T09:00:00Z" } }), vec!["cyd", "dan", "eve"]),
            (json!({ "since": { "lt": "2026-03-01T09:00:00Z" } }), vec!["ada", "bob"]),
            (json!({ "lastTouchedBefore": "2027-02-01T00:00:00Z" }), vec!["bob", "cyd", "dan"]),
            (json!({ "lastTouchedBefore": "2027-01-08T00:00:00Z" }), vec!["cyd", "dan"]),
            (json!({ "lastTouchedBefore": "2020-01-01T00:00:00Z" }), vec!["cyd"]),
            // Exactly then is not before.
            (json!({ "lastTouchedBefore": "2027-02-20T09:00:00Z" }), vec!["bob", "cyd", "dan"]),
            (json!({ "lastTouchedBefore": "2027-02-20T09:00:00.000001Z" }), vec!["ada", "bob", "cyd", "dan"]),
            (json!({ "lastTouchedBefore": "2027-02-01T00:00:00Z", "programme": { "eq": bakers } }), vec!["cyd", "dan"]),
            (json!({ "not": { "lastTouchedBefore": "2027-02-01T00:00:00Z" } }), vec!["ada", "eve"]),
            (json!({ "or": [{ "status": { "eq": "LEFT" } }, { "programme": { "eq": champions } }] }), vec!["ada", "bob", "eve"]),
            (json!({ "and": [{ "status": { "eq": "ACTIVE" } }, { "since": { "gt": "2026-03-01T09:00:00Z" } }] }), vec!["dan"]),
        ] {
            assert_eq!(through(&desk, &filter).await, expected, "{filter}");
        }
        // A programme's own list takes the same filter.
        let own = "... on AdvocateProgramme { activeCount advocates(filter: { status: { eq: ACTIVE } }) { totalCount nodes { member { displayName } } } }";
        let own = node(&desk, &bakers, own).await.unwrap();
        let expected = json!({ "totalCount": 2, "nodes": [{ "member": { "displayName": "dan" } }, { "member": { "displayName": "cyd" } }] });
        assert_eq!((&own["activeCount"], &own["advocates"]), (&json!(2), &expected), "the newest first");
        let last = member(&desk.client(), "tea", "dan", "advocacies { lastTouchpointAt }").await;
        assert_eq!(last["advocacies"][0]["lastTouchpointAt"], "2027-01-05T09:00:00Z", "what was retracted does not count");
    }

    async fn pages_of_advocates_make_the_whole_and_cost_as_much_as_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        app.set_clock("2027-03-01T09:00:00Z");
        let desk = Desk::open(&app, "tea").await;
        let programmes = [programme(&desk, "Champions").await, programme(&desk, "Bakers").await];
        let mut expected = Vec::new();
        for n in 0..20 {
            // Many came on the same day.
            let more = json!({ "since": format!("2026-0{}-01T00:00:00Z", 1 + n / 5) });
            let added = add(&desk, &programmes[n % 2], &format!("m-{n}"), more).await;
            thank(&desk, &format!("m-{n}"), json!({})).await;
            expected.insert(0, json!({ "id": added["id"] }));
        }
        for size in [3, 20] {
            for forwards in [true, false] {
                assert_eq!(walk(&desk.client(), "tea", &["advocates(PAGE)"], "id", size, forwards).await, expected, "{size} {forwards}");
            }
        }
        let query = |first: usize| {
            format!(
                "{{ community(slug: \"tea\") {{ advocates(first: {first}) {{ nodes {{ since member {{ displayName advocacies {{ id }} }} \
                 programme {{ name activeCount }} lastTouchpointAt }} }} }} }}"
            )
        };
        // Access, page, members, what they are advocates in, programmes, how many are in them, when they were last cared for.
        assert!(fewest(&desk.client(), &query(20)).await <= 7);
    }

    async fn given_a_key_when_an_advocate_is_added_again_then_there_is_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        let input = json!({ "programmeId": champions, "memberId": desk.member("ada").await, "reason": "Helps", "idempotencyKey": "k-1" });
        let first = act(&desk, "addAdvocate", input.clone()).await;
        assert_eq!(act(&desk, "addAdvocate", input.clone()).await, first);
        let leave = json!({ "advocateId": first["id"], "reason": "Moved on", "idempotencyKey": "k-2" });
        let left = act(&desk, "removeAdvocate", leave.clone()).await;
        assert_eq!(act(&desk, "removeAdvocate", leave.clone()).await, left);
        for (mutation, other) in [
            ("addAdvocate", with(input, &json!({ "reason": "Helps a lot" }))),
            ("removeAdvocate", with(leave, &json!({ "idempotencyKey": "k-1" }))),
        ] {
            assert_eq!(send(&desk, mutation, other).await.code(), "IDEMPOTENCY_KEY_REUSED", "{mutation}");
        }
        assert_eq!(types_told(&desk).await, ["advocate_programme.created", "advocate.added", "advocate.removed"]);
    }

    async fn given_two_requests_at_once_when_both_add_a_member_then_they_are_in_it_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let input = json!({ "programmeId": programme(&desk, "Champions").await, "memberId": desk.member("ada").await, "reason": "Helps" });
        let want = || send(&desk, "addAdvocate", input.clone());
        let (a, b, c) = tokio::join!(want(), want(), want());
        let got = [a, b, c].into_iter().filter(|answer| answer.body["data"]["addAdvocate"]["advocate"].is_object());
        assert_eq!(got.count(), 1);
        assert_eq!(through(&desk, &json!({})).await, ["ada"]);
    }

    async fn given_roles_when_advocates_are_read_or_changed_then_agents_may_and_viewers_may_not(engine: Engine) {
        let app = TestApp::start(engine).await;
        let desk = Desk::open(&app, "tea").await;
        let champions = programme(&desk, "Champions").await;
        let added = add(&desk, &champions, "ada", json!({})).await;
        let calls = [
            ("addAdvocate", json!({ "programmeId": champions, "memberId": desk.member("bob").await, "reason": "Helps" })),
            ("removeAdvocate", json!({ "advocateId": added["id"], "reason": "Moved on" })),
        ];
        let viewer = desk.beside("Vera", Role::Viewer, Visibility::Private).await;
        let elsewhere = Desk::open(&app, "coffee").await;
        let stranger = elsewhere.beside("Stanley", Role::Admin, Visibility::Private).await;
        let callers = [(app.client(None), "UNAUTHENTICATED"), (viewer.client(), "FORBIDDEN"), (stranger.client(), "NOT_FOUND")];
        let reads = [
            "{ community(slug: \"tea\") { advocates { nodes { reason } } } }",
            "{ community(slug: \"tea\") { memberByIdentity(provider: \"forum\", externalId: \"ada\") { advocacies { reason } } } }",
        ];
        for (caller, code) in &callers {
            for (mutation, input) in &calls {
                let answer = mutate(caller, "tea", mutation, selection(mutation), input.clone()).await;
                assert_eq!(answer.code(), *code, "{mutation}: {}", answer.body);
            }
            for query in reads {
                let answer = caller.send(query, json!({})).await;
                assert_eq!(answer.code(), *code, "{query}: {}", answer.body);
                assert!(!answer.body.to_string().contains("helps"), "{}", answer.body);
            }
        }
        assert_eq!(node(&viewer, &added["id"], "id").await, Err("FORBIDDEN".to_owned()));
        let agent = desk.beside("Ben", Role::Agent, Visibility::Public).await;
        for (mutation, input) in calls {
            act(&agent, mutation, input).await;
        }
        assert_eq!(through(&agent, &json!({ "status": { "eq": "ACTIVE" } })).await, ["bob"]);
    }
}
