//! Event streams by the "distinct connections mode" of `graphql-sse`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CHANGES, Events, add_members, all_after, cursor_of, end};
use crate::on_both_engines;
use crate::support::{Client, TestApp};

/// Sends a body with headers, and does not read the answer.
async fn send(who: &Client<'_>, method: Method, address: &str, accept: &str, body: Option<&Value>) -> reqwest::Response {
    let request = who
        .app
        .http
        .request(method, format!("{}/graphql{address}", who.app.base))
        .header("accept", accept);
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_string()),
        None => request,
    };
    request.bearer_auth(who.token.as_deref().unwrap()).send().await.unwrap()
}

on_both_engines! {
    async fn given_a_stream_when_things_change_then_they_come_as_events_and_a_cursor_resumes_it(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let start = end(&admin, "home").await;
        let mut events = Events::open(&admin, CHANGES, json!({ "slug": "home", "after": start })).await;
        let mut seen = Vec::new();
        for round in 0..3 {
            add_members(&admin, "home", [format!("there-{round}")]).await;
            seen.push(cursor_of(&events.data().await["changes"]));
        }
        drop(events);
        add_members(&admin, "home", (0..3).map(|number| format!("away-{number}"))).await;
        let mut events = Events::open(&admin, CHANGES, json!({ "slug": "home", "after": seen.last() })).await;
        for _ in 0..3 {
            seen.push(cursor_of(&events.data().await["changes"]));
        }
        assert_eq!(seen, all_after(&admin, "home", &start).await);
    }

    async fn given_what_is_answered_once_when_a_stream_is_asked_for_then_it_is_one_event_and_complete(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let mut events = Events::open(&admin, "{ __typename }", json!({})).await;
        assert_eq!(events.data().await, json!({ "__typename": "Query" }));
        assert_eq!(events.next().await, Some(("complete".to_owned(), Value::Null)));
        assert_eq!(events.next().await, None);
        for (query, code) in [("{", "GRAPHQL_PARSE_FAILED"), ("{ nope }", "GRAPHQL_VALIDATION_FAILED"), ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED")] {
            assert_eq!(Events::open(&admin, query, json!({})).await.failure().await, code, "{query}");
        }
    }

    async fn given_a_stream_when_it_is_asked_for_by_get_then_it_comes_unpacked_and_unbuffered(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let query = "?query=subscription%7Bchanges(community%3A%22home%22)%7Bcursor%7D%7D";
        let reply = send(&admin, Method::GET, query, "text/event-stream", None).await;
        assert_eq!(reply.status(), 200);
        let header = |name: &str| reply.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_eq!(header("content-type"), "text/event-stream; charset=utf-8");
        assert_eq!((header("x-accel-buffering"), header("cache-control")), ("no".to_owned(), "no-store".to_owned()));
        assert!(matches!(header("content-encoding").as_str(), "" | "identity"));
        let mutation = send(&admin, Method::GET, "?query=mutation%7B__typename%7D", "text/event-stream", None).await;
        assert_eq!(mutation.status(), 405);
    }

    async fn given_a_caller_that_takes_both_when_it_asks_then_only_a_subscription_is_a_stream(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let both = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";
        let (query, subscription) = (json!({ "query": "{ __typename }" }), json!({ "query": "subscription { changes(community: \"home\") { cursor } }" }));
        let kind = |reply: &reqwest::Response| reply.headers()["content-type"].to_str().unwrap().to_owned();
        let once = send(&admin, Method::POST, "", both, Some(&query)).await;
        assert_eq!((once.status().as_u16(), kind(&once)), (200, "application/graphql-response+json; charset=utf-8".to_owned()));
        let stream = send(&admin, Method::POST, "", both, Some(&subscription)).await;
        assert_eq!((stream.status().as_u16(), kind(&stream)), (200, "text/event-stream; charset=utf-8".to_owned()));
        for accept in ["application/json", "*/*"] {
            let plain = send(&admin, Method::POST, "", accept, Some(&subscription)).await;
            assert_eq!(plain.status(), 200);
            let body: Value = plain.json().await.unwrap();
            assert_eq!(body["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{accept}");
            assert_eq!(body.get("data"), None);
        }
        let plain = send(&admin, Method::POST, "", "application/graphql-response+json", Some(&subscription)).await;
        assert_eq!(plain.status(), 400);
    }

    async fn given_what_is_wrong_with_the_request_when_a_stream_is_asked_for_then_the_status_says_so(engine: Engine) {
        let app = TestApp::start(engine).await;
        let wrong = app.client(Some("nonsense".to_owned()));
        assert_eq!(Events::ask(&wrong, CHANGES, json!({ "slug": "home" })).await.status(), 401);
        let admin = app.admin(&app.community("home").await).await;
        let batch = json!([{ "query": "{ __typename }" }]);
        assert_eq!(send(&admin, Method::POST, "", "text/event-stream", Some(&batch)).await.status(), 400);
        assert_eq!(send(&admin, Method::POST, "", "text/event-stream", Some(&json!({ "query": 7 }))).await.status(), 400);
    }
}
