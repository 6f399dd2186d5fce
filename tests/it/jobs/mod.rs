//! Jobs: asked for, done in the background, called off, taken up again.

use entity::{JobStatus, job};
use rapport::features::jobs::runner;
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::ingest::calls::{did, done, mendable, mutate, payload, program, run, with};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

const JOB: &str = "job { id kind status progress error finishedAt backtest { members interactions methods { name ndcg50 cuts { ndcg50 } } } \
                   calibration { windows scoringModel { version status origin } backtest { methods { name } } } attack { name fresh tried } }";

async fn act(client: &Client<'_>, mutation: &str, input: Value) -> Value {
    done(&mutate(client, "tea", mutation, JOB, input).await, mutation)["job"].clone()
}

async fn refused(client: &Client<'_>, mutation: &str, input: Value) -> Vec<String> {
    let payload = payload(&mutate(client, "tea", mutation, JOB, input).await, mutation);
    assert!(payload["job"].is_null(), "{payload:#}");
    mendable(&payload)
}

/// A job as it is now.
async fn now(client: &Client<'_>, job: &Value) -> Value {
    let fields = JOB.trim_start_matches("job {").trim_end_matches('}');
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Job {{ {fields} }} }} }}");
    client.ok(&query, json!({ "id": job["id"] })).await["node"].clone()
}

/// A year of answers: some help many, some few.
async fn a_year(app: &TestApp, client: &Client<'_>) {
    let told: Vec<Value> = (0..240)
        .flat_map(|n| {
            let at = app.days_ago(360.0 - 1.5 * f64::from(n));
            let (helper, asker) = (format!("h-{}", (n * n) % 7), format!("p-{}", n % 30));
            [
                did("ANSWER", &format!("a-{n}"), &helper, &asker, &at),
                did("KUDOS", &format!("k-{n}"), &asker, &helper, &at),
            ]
        })
        .collect();
    for batch in told.chunks(100) {
        client.record("tea", batch.to_vec()).await;
    }
}

/// Two questions, so many days apart: enough to ask for jobs.
async fn a_little_past(app: &TestApp, client: &Client<'_>, days: f64) {
    let asked = |id: &str, ago: f64| did("QUESTION", id, "ada", "", &app.days_ago(ago));
    client.record("tea", vec![asked("q-1", days + 1.0), asked("q-2", 1.0)]).await;
}

#[test]
fn on_the_command_line_a_backtest_looks_at_one_instant_at_least() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["score", "backtest", "--community", "tea", "--cuts", "0"];
    let ran = run(program(folder.path(), "sqlite://none.db").args(args));
    assert!(!ran.success && ran.err.contains("must be a number between 1 and 1000"), "{ran:?}");
}

on_both_engines! {
    async fn given_a_past_when_it_is_tested_fitted_and_attacked_then_each_job_tells_what_it_found(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_year(&app, &admin).await;
        let backtest = act(&admin, "startBacktest", json!({ "horizon": "P30D", "cuts": 2 })).await;
        assert_eq!((&backtest["kind"], &backtest["status"], &backtest["progress"]), (&json!("BACKTEST"), &json!("QUEUED"), &json!(0.0)));
        let fit = act(&admin, "calibrateScoringModel", json!({ "horizon": "P30D", "name": "Ours" })).await;
        let attack = act(&admin, "simulateAttack", json!({ "mostAccounts": 4 })).await;
        for _ in 0..3 {
            assert!(runner::run_once(&app.app).await.unwrap());
        }
        assert!(!runner::run_once(&app.app).await.unwrap(), "all is done");

        let found = now(&admin, &backtest).await;
        assert_eq!((&found["status"], &found["progress"], &found["error"]), (&json!("DONE"), &json!(1.0), &Value::Null));
        let methods = found["backtest"]["methods"].as_array().unwrap();
        assert_eq!(methods.len(), 10);
        for method in methods {
            assert_eq!(method["cuts"].as_array().unwrap().len(), 2);
            assert!((0.0..=1.0).contains(&method["ndcg50"].as_f64().unwrap()));
        }
        assert_eq!(found["backtest"]["interactions"], 480);
        let found = now(&admin, &fit).await;
        assert_eq!(found["calibration"]["scoringModel"], json!({ "version": 2, "status": "DRAFT", "origin": "CALIBRATED" }));
        let found = now(&admin, &attack).await;
        assert_eq!(found["attack"].as_array().unwrap().len(), 9);
        assert_eq!(found["attack"][0]["tried"], 4);
        let list = admin.ok("{ community(slug: \"tea\") { jobs { totalCount nodes { kind } } } }", json!({})).await;
        let kinds = json!({ "totalCount": 3, "nodes": [{ "kind": "ATTACK" }, { "kind": "CALIBRATION" }, { "kind": "BACKTEST" }] });
        assert_eq!(list["community"]["jobs"], kinds);
    }

    async fn given_too_little_past_when_a_job_is_asked_for_then_it_says_so_at_once(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        for mutation in ["startBacktest", "calibrateScoringModel", "simulateAttack"] {
            assert_eq!(refused(&admin, mutation, json!({})).await, [" NOT_ALLOWED_NOW"], "{mutation}: nothing is on record");
        }
        a_little_past(&app, &admin, 40.0).await;
        for (mutation, fits, too_long) in [("startBacktest", "P21D", "P23D"), ("calibrateScoringModel", "P23D", "P25D")] {
            assert_eq!(refused(&admin, mutation, json!({ "horizon": too_long })).await, ["horizon OUT_OF_RANGE"], "{mutation}");
            act(&admin, mutation, json!({ "horizon": fits })).await;
            act(&admin, mutation, json!({})).await;
        }
        act(&admin, "simulateAttack", json!({})).await;
    }

    async fn given_a_past_that_was_taken_back_when_it_is_tested_then_the_job_says_so(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_little_past(&app, &admin, 100.0).await;
        admin.record("tea", vec![with(did("RETRACTION", "r-1", "", "", &app.days_ago(0.5)), &json!({ "retracts": "q-1" }))]).await;
        let job = act(&admin, "startBacktest", json!({ "horizon": "P30D" })).await;
        assert!(runner::run_once(&app.app).await.unwrap());
        let found = now(&admin, &job).await;
        assert_eq!(found["status"], "FAILED");
        assert!(found["error"].as_str().unwrap().contains("too little on record"), "{found}");
    }

    async fn given_a_job_when_it_is_called_off_then_nobody_does_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_little_past(&app, &admin, 40.0).await;
        let job = act(&admin, "startBacktest", json!({})).await;
        let off = act(&admin, "cancelJob", json!({ "jobId": job["id"] })).await;
        assert_eq!(off["status"], "CANCELLED");
        assert_eq!(act(&admin, "cancelJob", json!({ "jobId": job["id"] })).await["finishedAt"], off["finishedAt"], "it is done");
        assert!(!runner::run_once(&app.app).await.unwrap());
    }

    async fn given_a_job_whose_process_died_when_a_minute_has_passed_then_another_takes_it_up(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_little_past(&app, &admin, 40.0).await;
        let job = act(&admin, "startBacktest", json!({})).await;
        let row = job::Entity::in_community(access.community_id()).one(app.app.db.read()).await.unwrap().unwrap();
        let (id, seen) = (row.id, app.now());
        app.app
            .db
            .write(|tx| async move {
                let mut lost: job::ActiveModel = job::Entity::find().filter(job::Column::Id.eq(id)).one(&*tx).await?.unwrap().into();
                lost.status = Set(JobStatus::Running);
                lost.started_at = Set(Some(seen));
                lost.seen_at = Set(Some(seen));
                lost.update(&*tx).await?;
                Ok(())
            })
            .await
            .unwrap();
        assert!(!runner::run_once(&app.app).await.unwrap(), "somebody is at it");
        app.app.clock.advance_micros(61 * 1_000_000);
        assert!(runner::run_once(&app.app).await.unwrap());
        assert_eq!(now(&admin, &job).await["status"], "DONE");
    }

    async fn given_a_draft_that_was_discarded_when_a_job_about_it_is_begun_then_it_fails_and_says_so(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        a_little_past(&app, &admin, 40.0).await;
        let drafted = mutate(&admin, "tea", "createScoringModel", "scoringModel { id }", json!({ "name": "Other" })).await;
        let draft = done(&drafted, "createScoringModel")["scoringModel"]["id"].clone();
        let job = act(&admin, "startBacktest", json!({ "modelId": draft })).await;
        let discarded = mutate(&admin, "tea", "discardScoringModel", "discardedId", json!({ "modelId": draft })).await;
        assert_eq!(done(&discarded, "discardScoringModel")["discardedId"], draft);
        assert_eq!(refused(&admin, "startBacktest", json!({ "modelId": draft })).await, ["modelId NOT_FOUND"]);
        assert_eq!(refused(&admin, "calibrateScoringModel", json!({ "basedOn": draft })).await, ["basedOn NOT_FOUND"]);
        assert!(runner::run_once(&app.app).await.unwrap());
        let found = now(&admin, &job).await;
        assert_eq!((&found["status"], &found["error"]), (&json!("FAILED"), &json!("model version 2 was discarded before the job was begun")));
    }

    async fn given_wrong_input_when_a_job_is_asked_for_then_the_field_is_named(engine: Engine) {
        let app = TestApp::start(engine).await;
        let access = app.community("tea").await;
        let admin = app.admin(&access).await;
        for (mutation, input, expected) in [
            ("startBacktest", json!({ "cuts": 0 }), "cuts OUT_OF_RANGE"),
            ("startBacktest", json!({ "cuts": 21 }), "cuts OUT_OF_RANGE"),
            ("startBacktest", json!({ "horizon": "PT1H" }), "horizon OUT_OF_RANGE"),
            ("startBacktest", json!({ "modelId": "nonsense" }), "modelId NOT_FOUND"),
            ("calibrateScoringModel", json!({ "name": " " }), "name INVALID"),
            ("simulateAttack", json!({ "mostAccounts": 1001 }), "mostAccounts OUT_OF_RANGE"),
            ("cancelJob", json!({ "jobId": "nonsense" }), "jobId NOT_FOUND"),
        ] {
            assert_eq!(refused(&admin, mutation, input.clone()).await, [expected], "{mutation} {input}");
        }
        a_little_past(&app, &admin, 40.0).await;
        for _ in 0..10 {
            act(&admin, "startBacktest", json!({})).await;
        }
        assert_eq!(refused(&admin, "startBacktest", json!({})).await, [" TOO_MANY"]);
        let key = json!({ "cuts": 3, "idempotencyKey": "k-1" });
        assert_eq!(refused(&admin, "startBacktest", key.clone()).await, [" TOO_MANY"], "a call that failed leaves its key free");
        let any = admin.ok("{ community(slug: \"tea\") { jobs(first: 1) { nodes { id } } } }", json!({})).await;
        act(&admin, "cancelJob", json!({ "jobId": any["community"]["jobs"]["nodes"][0]["id"] })).await;
        let first = act(&admin, "startBacktest", key.clone()).await;
        assert_eq!(act(&admin, "startBacktest", key.clone()).await, first);
        let other = mutate(&admin, "tea", "startBacktest", JOB, with(key, &json!({ "cuts": 4 }))).await;
        assert_eq!(other.code(), "IDEMPOTENCY_KEY_REUSED");
    }
}
