//! Headers: other origins, compression, request ids, and what browsers are told to be careful about.

use std::io::Read as _;

use reqwest::Method;
use serde_json::json;

use super::{JSON, Reply, get, post, send};
use crate::on_both_engines;
use crate::support::TestApp;

const QUERY: &str = r#"{"query":"{__typename}"}"#;
const LISTED: &str = "https://app.example";
const UNLISTED: &str = "https://evil.example";

async fn preflight(app: &TestApp, origin: &str) -> Reply {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-request-id"),
    ];
    send(app, Method::OPTIONS, "/graphql", &headers, "").await
}

/// The access-control headers of an answer.
fn grants(reply: &Reply) -> Vec<&str> {
    reply
        .headers
        .keys()
        .map(reqwest::header::HeaderName::as_str)
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

on_both_engines! {
    async fn given_no_origins_when_a_page_of_another_origin_calls_then_no_header_lets_it_read(engine: Engine) {
        let app = TestApp::start(engine).await;
        assert!(grants(&preflight(&app, LISTED).await).is_empty());
        let reply = post(&app, &[JSON, ("origin", LISTED)], QUERY).await;
        assert!(reply.status == 200 && grants(&reply).is_empty(), "{reply:?}");
    }

    async fn given_a_listed_origin_when_it_calls_then_it_may_read_and_no_other(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.cors_origins = format!("{LISTED}, http://localhost:5173")).await;
        for origin in [LISTED, "http://localhost:5173"] {
            let asked = preflight(&app, origin).await;
            assert_eq!((asked.status, asked.header("access-control-allow-origin")), (200, origin));
            assert!(asked.header("access-control-allow-methods").contains("POST"), "{asked:?}");
            for header in ["authorization", "content-type", "x-request-id"] {
                assert!(asked.header("access-control-allow-headers").to_lowercase().contains(header), "{header}: {asked:?}");
            }
            let reply = post(&app, &[JSON, ("origin", origin)], QUERY).await;
            assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, origin));
            assert!(reply.header("access-control-expose-headers").to_lowercase().contains("x-request-id"), "{reply:?}");
            assert!(reply.header("vary").to_lowercase().contains("origin"), "{reply:?}");
            assert_eq!(reply.header("access-control-allow-credentials"), "");
        }
        for origin in [UNLISTED, "https://app.example.evil.example", "http://app.example", "null"] {
            assert_eq!(preflight(&app, origin).await.header("access-control-allow-origin"), "", "{origin}");
            let reply = post(&app, &[JSON, ("origin", origin)], QUERY).await;
            assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
        }
        assert_eq!(post(&app, &[JSON], QUERY).await.status, 200);
    }

    async fn given_a_star_when_any_origin_calls_then_it_may_read_and_never_with_credentials(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| "*".clone_into(&mut settings.cors_origins)).await;
        for reply in [preflight(&app, UNLISTED).await, post(&app, &[JSON, ("origin", UNLISTED)], QUERY).await] {
            assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, "*"));
            assert_eq!(reply.header("access-control-allow-credentials"), "");
        }
        let refused = post(&app, &[JSON, ("origin", UNLISTED), ("authorization", "Bearer x")], QUERY).await;
        assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, "*"), "a page must be able to read why");
    }

    async fn given_a_caller_that_unpacks_when_it_asks_then_the_answer_comes_packed_and_is_the_same(engine: Engine) {
        let app = TestApp::start(engine).await;
        let query = [("query", "{ __schema { types { name description fields { name description } } } }")];
        let plain = get(&app, &query, &[]).await;
        assert_eq!(plain.header("content-encoding"), "");

        let packed = get(&app, &query, &[("accept-encoding", "gzip")]).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(packed.header("vary").to_lowercase().contains("accept-encoding"), "{:?}", packed.headers);
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.text());
        assert!(packed.body.len() * 3 < unpacked.len());

        assert_eq!(get(&app, &query, &[("accept-encoding", "br, gzip;q=0.5")]).await.header("content-encoding"), "br");
        assert_eq!(get(&app, &query, &[("accept-encoding", "identity")]).await.header("content-encoding"), "");
    }

    async fn given_a_request_id_when_it_is_harmless_then_it_comes_back_and_otherwise_there_is_a_new_one(engine: Engine) {
        let app = TestApp::start(engine).await;
        let wrong = json!({ "query": "{ nope }" }).to_string();
        let longest = "a".repeat(64);
        for id in ["trace-1", "A.b_c-9", longest.as_str()] {
            let reply = post(&app, &[JSON, ("x-request-id", id)], wrong.clone()).await;
            assert_eq!(reply.header("x-request-id"), id);
            assert_eq!(reply.json()["errors"][0]["extensions"]["requestId"], id);
        }
        let too_long = "a".repeat(65);
        let mut seen = std::collections::BTreeSet::new();
        for id in ["", "a b", "a\"b", "<script>", too_long.as_str()] {
            let reply = post(&app, &[JSON, ("x-request-id", id)], wrong.clone()).await;
            let given = reply.header("x-request-id").to_owned();
            assert!(given.len() == 36 && given != id, "{id:?}: {given:?}");
            assert_eq!(reply.json()["errors"][0]["extensions"]["requestId"], given);
            assert!(seen.insert(given));
        }
        let twice = post(&app, &[JSON, ("x-request-id", "one"), ("x-request-id", "two")], wrong).await;
        assert_eq!(twice.header("x-request-id").len(), 36);
        for path in ["/healthz", "/nowhere", "/"] {
            assert_eq!(send(&app, Method::GET, path, &[("x-request-id", "t")], "").await.header("x-request-id"), "t", "{path}");
        }
    }

    async fn given_any_answer_when_it_arrives_then_browsers_are_told_to_be_careful(engine: Engine) {
        let app = TestApp::start(engine).await;
        for reply in [
            post(&app, &[JSON], QUERY).await,
            post(&app, &[JSON], "{").await,
            post(&app, &[JSON, ("authorization", "Bearer x")], QUERY).await,
            send(&app, Method::POST, "/oauth/token", &[], "").await,
            send(&app, Method::GET, "/healthz", &[], "").await,
            send(&app, Method::GET, "/nowhere", &[], "").await,
        ] {
            assert_eq!(reply.header("x-content-type-options"), "nosniff", "{reply:?}");
            assert_eq!(reply.header("x-frame-options"), "DENY", "{reply:?}");
            assert_eq!(reply.header("referrer-policy"), "no-referrer", "{reply:?}");
            assert_eq!(reply.header("cache-control"), "no-store", "{reply:?}");
            assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{reply:?}");
        }
    }
}
