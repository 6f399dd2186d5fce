//! The page at `/`: it is there, it is locked down, and its examples run.

use reqwest::Method;
use serde_json::{Value, json};

use super::send;
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_a_browser_when_it_opens_the_root_then_the_explorer_comes_with_a_strict_policy(engine: Engine) {
        let app = TestApp::start(engine).await;

        let page = send(&app, Method::GET, "/", &[], "").await;

        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'sha256-", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{part}: {policy}");
        }
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
        assert!(!scripts.contains("unsafe") && !scripts.contains('*'), "{scripts}");
        assert!(page.text().contains("cdn.jsdelivr.net"), "the page says where its scripts come from");
        assert_eq!(send(&app, Method::HEAD, "/", &[], "").await.status, 200);
    }

    async fn given_the_examples_of_the_page_when_they_are_sent_then_they_run(engine: Engine) {
        let app = TestApp::start(engine).await;
        let demo = app.community("demo").await;
        let admin = app.admin(&demo).await;
        let answer = json!({ "externalId": "a-1", "kind": "ANSWER", "actor": "ada", "target": "bob", "occurredAt": app.days_ago(1.0) });
        admin.record("demo", vec![answer]).await;
        app.scores_settled(&demo).await;
        let page = send(&app, Method::GET, "/", &[], "").await.text();
        let (_, after) = page.split_once("<script type=\"application/json\" id=\"examples\">").unwrap();
        let examples: Vec<Value> = serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap();
        assert!(examples.len() >= 3);

        for example in examples {
            let data = admin.ok(example["query"].as_str().unwrap(), example["variables"].clone()).await;
            let first = data.as_object().unwrap().values().next().unwrap();
            assert!(!first.is_null(), "{}: {data:#}", example["name"]);
            if !first["leaderboard"].is_null() {
                assert_eq!(first["leaderboard"]["nodes"][0]["member"]["displayName"], "ada");
            }
        }
    }

    async fn given_the_explorer_is_switched_off_when_the_root_is_opened_then_there_is_nothing(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.explorer = false).await;
        assert_eq!(send(&app, Method::GET, "/", &[], "").await.status, 404);
    }
}
