//! Several processes on one database: whoever asks any of them finds the same, and what goes on in the background is done once.

use std::collections::HashMap;
use std::time::Duration;

use entity::{FollowUpStatus, Role, Visibility, follow_up};
use rapport::context::Access;
use rapport::events::log;
use rapport::features::access::{NewStaff, service};
use rapport::features::cases::announce;
use rapport::features::jobs::runner;
use rapport::worker;
use serde_json::{Value, json};

use crate::cases::Desk;
use crate::ingest::calls::{count, did, done, eventually, leaderboard, mutate, with};
use crate::on_both_engines;
use crate::support::{Client, Engine as Database, TestApp};

const PASSWORD: &str = "correct horse battery";
const SIGN_IN: &str =
    "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken refreshToken } userErrors { code } } }";
const REFRESH: &str =
    "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { session { accessToken refreshToken } userErrors { code } } }";

/// Three servers on one database.
async fn given_three(engine: Database) -> [TestApp; 3] {
    let first = TestApp::start(engine).await;
    let (second, third) = (first.beside().await, first.beside().await);
    [first, second, third]
}

/// Somebody as another server sees them.
fn at<'a>(server: &'a TestApp, client: &Client<'_>) -> Client<'a> {
    server.client(client.token.clone())
}

async fn given_vera(app: &TestApp, home: &Access) {
    let new = NewStaff {
        email: "vera@home.example".to_owned(),
        name: "Vera".to_owned(),
        password: Some(PASSWORD.to_owned()),
        role: Role::Viewer,
        clearance: Visibility::Public,
    };
    service::put_staff(&app.app, &app.app.system("test"), home, new).await.unwrap();
}

/// The session in a payload, as access token and refresh token, or nothing.
fn session(payload: &Value) -> Option<(String, String)> {
    let text = |field: &str| Some(payload["session"][field].as_str()?.to_owned());
    Some((text("accessToken")?, text("refreshToken")?))
}

/// Trades a refresh token at a server.
async fn refresh(server: &TestApp, token: &str) -> Option<(String, String)> {
    let input = json!({ "input": { "refreshToken": token } });
    let answer = server.client(None).send(REFRESH, input).await;
    session(&answer.body["data"]["refreshSession"])
}

async fn roles(client: &Client<'_>) -> Value {
    client.ok("{ viewer { grants { role } } }", json!({})).await["viewer"]["grants"].clone()
}

/// How many events of each type the log of a community holds.
async fn types_told(app: &TestApp, access: &Access) -> HashMap<String, usize> {
    let mut types = HashMap::new();
    for entry in log::read_all(app.app.db.read(), access.community_id(), 0, 10_000).await.unwrap() {
        *types.entry(entry.event_type).or_default() += 1;
    }
    types
}

on_both_engines! {
    async fn given_a_sign_in_at_one_server_when_others_refresh_it_then_it_goes_on_and_reuse_ends_it_everywhere(engine: Engine) {
        let [one, two, three] = given_three(engine).await;
        let home = one.community("home").await;
        given_vera(&one, &home).await;
        let input = json!({ "input": { "email": "vera@home.example", "password": PASSWORD } });
        let signed_in = one.client(None).ok(SIGN_IN, input).await;
        let (access, first) = session(&signed_in["signIn"]).unwrap();
        for server in [&one, &two, &three] {
            assert_eq!(roles(&server.client(Some(access.clone()))).await, json!([{ "role": "VIEWER" }]));
        }
        let (_, second) = refresh(&two, &first).await.expect("another server knows the session");
        let (_, third) = refresh(&three, &second).await.expect("and a third one");
        // Somebody has a copy of the first.
        assert_eq!(refresh(&one, &first).await, None);
        for server in [&one, &two, &three] {
            assert_eq!(refresh(server, &third).await, None, "the whole sign-in has ended");
        }
    }

    async fn given_a_grant_when_it_is_revoked_at_one_server_then_no_other_lets_them_in(engine: Engine) {
        let [one, two, three] = given_three(engine).await;
        let home = one.community("home").await;
        let admin = one.admin(&home).await;
        let agent = one.staff(&home, Role::Agent, Visibility::Public).await;
        for server in [&one, &two, &three] {
            assert_eq!(roles(&at(server, &agent)).await, json!([{ "role": "AGENT" }]));
        }
        let found = admin.ok("{ community(slug: \"home\") { staff { id role } } }", json!({})).await;
        let staff = found["community"]["staff"].as_array().unwrap().iter().find(|one| one["role"] == "AGENT").unwrap().clone();
        done(&mutate(&at(&two, &admin), "home", "revokeAccess", "", json!({ "staffId": staff["id"] })).await, "revokeAccess");
        for server in [&one, &two, &three] {
            let answer = at(server, &agent).send("{ community(slug: \"home\") { name } }", json!({})).await;
            assert!(!answer.code().is_empty(), "{:#}", answer.body);
        }
    }

    async fn given_one_key_when_fifty_requests_come_to_three_servers_at_once_then_one_case_is_opened_and_all_are_told_of_it(engine: Engine) {
        let servers = given_three(engine).await;
        let desk = Desk::open(&servers[0], "tea").await;
        let ada = desk.member("ada").await;
        let client = desk.client();
        let before = types_told(&servers[0], &desk.access).await;
        let input = json!({ "memberId": ada, "message": "It is cold", "visibility": "PUBLIC", "idempotencyKey": "once" });
        let callers: Vec<Client<'_>> = servers.iter().map(|server| at(server, &client)).collect();
        let open = |n: usize| mutate(&callers[n % 3], "tea", "openCase", "case { id number version }", input.clone());
        let answers = futures_util::future::join_all((0..50).map(open)).await;
        let first = done(&answers[0], "openCase");
        assert_eq!(first["case"]["number"], 1);
        for answer in &answers {
            assert_eq!(done(answer, "openCase"), first);
        }
        let community = desk.access.community_id();
        assert_eq!((count(&servers[0], "cases", community).await, count(&servers[0], "idempotency_keys", community).await), (1, 1));
        let after = types_told(&servers[1], &desk.access).await;
        assert_eq!(after["case.opened"] - before.get("case.opened").copied().unwrap_or_default(), 1);
        // The same key with another input is refused, wherever it comes to.
        let other = with(input.clone(), &json!({ "message": "It is hot" }));
        for server in &servers {
            let answer = mutate(&at(server, &client), "tea", "openCase", "case { id }", other.clone()).await;
            assert_eq!(answer.code(), "IDEMPOTENCY_KEY_REUSED");
        }
    }

    async fn given_what_is_recorded_at_one_server_when_all_are_asked_then_scores_agree_within_a_second(engine: Engine) {
        let servers = given_three(engine).await;
        let access = servers[0].community("tea").await;
        let admin = servers[0].admin(&access).await;
        for server in &servers {
            server.scores_settled(&access).await;
        }
        let when = servers[0].days_ago(3.0);
        // The best of a few: other tests use the same two cores.
        let mut best = Duration::MAX;
        for n in 0..4 {
            let who = format!("m-{n}");
            at(&servers[n % 3], &admin).record("tea", vec![did("KUDOS", &format!("k-{n}"), "giver", &who, &when)]).await;
            let mut slowest = Duration::ZERO;
            for server in &servers {
                let client = at(server, &admin);
                let look = async || leaderboard(&client, "tea", "", "").await.contains_key(&who).then_some(());
                let (_, took) = eventually(Duration::from_secs(10), look).await.expect("it shows");
                slowest += took;
            }
            best = best.min(slowest);
        }
        assert!(best < Duration::from_secs(1), "{best:?}");
        let mut boards = Vec::new();
        for server in &servers {
            let board = leaderboard(&at(server, &admin), "tea", "", "").await;
            boards.push(board.into_iter().map(|(who, node)| (who, node["rank"].clone())).collect::<Vec<_>>());
        }
        assert_eq!(boards[0], boards[1]);
        assert_eq!(boards[1], boards[2]);
    }

    async fn given_what_is_due_when_several_processes_announce_it_then_each_thing_is_told_once(engine: Engine) {
        let servers = given_three(engine).await;
        let desk = Desk::open(&servers[0], "tea").await;
        desk.promise("FIRST_RESPONSE", "PT1H", json!({ "warnBefore": "PT10M" })).await;
        for n in 0..12 {
            let case = desk.case(&format!("m-{n}"), json!({})).await;
            let due = servers[0].now().plus_micros(3_600_000_000).to_string();
            let input = json!({ "caseId": case["id"], "kind": "PROMISE", "description": "Call back", "dueAt": due });
            desk.act("scheduleFollowUp", input).await;
        }
        let late = servers[0].now().plus_micros(7_200_000_000);
        let announce = async |server: &TestApp| announce::run_once(&server.app, late).await.unwrap();
        let told = tokio::join!(announce(&servers[0]), announce(&servers[1]), announce(&servers[2]));
        // What one was working on was passed over by the others, and whoever looks again finds nothing.
        let again = announce(&servers[1]).await;
        let types = types_told(&servers[2], &desk.access).await;
        for name in ["clock.warned", "clock.breached", "follow_up.missed"] {
            assert_eq!(types.get(name), Some(&12), "{name}: {types:?}");
        }
        // Whether their day begins with the telling depends on the hour.
        let due = types.get("follow_up.due").copied().unwrap_or_default();
        assert!(due <= 12);
        // Two of each clock; a follow-up is counted once, however much there is to tell of it.
        assert_eq!(told.0 + told.1 + told.2 + again, 36);
        let rows = follow_up::Entity::in_community(desk.access.community_id()).all(servers[0].app.db.read()).await.unwrap();
        assert!(rows.len() == 12 && rows.iter().all(|row| row.status == FollowUpStatus::Missed));
    }

    async fn given_a_job_when_several_processes_look_for_work_then_one_does_it(engine: Engine) {
        let servers = given_three(engine).await;
        let access = servers[0].community("tea").await;
        let admin = servers[0].admin(&access).await;
        let asked = |id: &str, ago: f64| did("QUESTION", id, "ada", "", &servers[0].days_ago(ago));
        admin.record("tea", vec![asked("q-1", 400.0), asked("q-2", 1.0)]).await;
        done(&mutate(&admin, "tea", "startBacktest", "job { id }", json!({})).await, "startBacktest");
        let work = async |server: &TestApp| runner::run_once(&server.app).await.unwrap();
        let (one, two, three) = tokio::join!(work(&servers[0]), work(&servers[1]), work(&servers[2]));
        assert_eq!([one, two, three].into_iter().filter(|did| *did).count(), 1);
        assert_eq!(types_told(&servers[0], &access).await["job.finished"], 1);
    }

    async fn given_background_work_in_all_processes_when_scores_move_then_it_is_told_once_and_all_stop_when_asked(engine: Engine) {
        let servers = given_three(engine).await;
        let access = servers[0].community("tea").await;
        let admin = servers[0].admin(&access).await;
        let workers: Vec<_> = servers.iter().map(|server| worker::spawn(&server.app)).collect();
        let when = servers[0].days_ago(1.0);
        at(&servers[1], &admin).record("tea", vec![did("KUDOS", "k-1", "giver", "ada", &when)]).await;
        let look = async || types_told(&servers[2], &access).await.get("score.changed").copied();
        let (times, _) = eventually(Duration::from_secs(20), look).await.expect("it is told");
        assert_eq!(times, 1);
        for worker in workers {
            let stop = worker.stop(Duration::from_secs(20));
            tokio::time::timeout(Duration::from_secs(10), stop).await.expect("whoever rests stops at once");
        }
        assert_eq!(types_told(&servers[0], &access).await["score.changed"], 1);
    }
}
