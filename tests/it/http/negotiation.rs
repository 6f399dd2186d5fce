//! Media types, methods, sizes, and the status codes of GraphQL over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use super::{GRAPHQL_RESPONSE, JSON, get, post, send};
use crate::on_both_engines;
use crate::support::TestApp;

const QUERY: &str = r#"{"query":"{__typename}"}"#;

on_both_engines! {
    async fn given_an_accept_header_when_asking_then_the_answer_has_that_type(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (json, newer) = ("application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8");
        for (accept, expected) in [
            (None, json),
            (Some(""), json),
            (Some("*/*"), json),
            (Some("application/*"), json),
            (Some("application/json"), json),
            (Some("text/html, application/json;q=0.1"), json),
            (Some("application/graphql-response+json"), newer),
            (Some("application/graphql-response+json, application/json;q=0.9"), newer),
            (Some("application/graphql-response+json;q=0.2, application/json;q=0.9"), json),
        ] {
            let mut headers = vec![JSON];
            headers.extend(accept.map(|accept| ("accept", accept)));
            let reply = post(&app, &headers, QUERY).await;
            assert_eq!((reply.status, reply.header("content-type")), (200, expected), "{accept:?}");
            assert_eq!(reply.json(), json!({ "data": { "__typename": "Query" } }), "{accept:?}");
        }
        for accept in ["text/html", "application/json;q=0", "application/graphql-response+json;charset=utf-16"] {
            let reply = post(&app, &[JSON, ("accept", accept)], QUERY).await;
            assert_eq!((reply.status, reply.code().as_str()), (406, "NOT_ACCEPTABLE"), "{accept}");
            assert_eq!(get(&app, &[("query", "{__typename}")], &[("accept", accept)]).await.status, 406, "{accept}");
        }
    }

    async fn given_a_document_that_cannot_run_when_it_is_sent_then_the_status_depends_on_the_media_type(engine: Engine) {
        let app = TestApp::start(engine).await;
        for (query, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("", "GRAPHQL_PARSE_FAILED"),
            ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("query A { __typename } query B { __typename }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { x }", "GRAPHQL_VALIDATION_FAILED"),
            ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
        ] {
            let body = json!({ "query": query }).to_string();
            for (accept, status) in [(("accept", "application/json"), 200), (GRAPHQL_RESPONSE, 400)] {
                let reply = post(&app, &[JSON, accept], body.clone()).await;
                assert_eq!((reply.status, reply.code().as_str()), (status, code), "{query:?} {accept:?}: {}", reply.text());
                assert_eq!(reply.json().get("data"), None, "{query:?}");
            }
            assert_eq!(get(&app, &[("query", query)], &[GRAPHQL_RESPONSE]).await.status, 400, "{query:?}");
        }
    }

    async fn given_an_error_in_a_field_when_the_rest_ran_then_the_status_is_200_in_both_media_types(engine: Engine) {
        let app = TestApp::start(engine).await;
        let body = json!({ "query": "{ __typename community(slug: \"x\") { name } }" }).to_string();
        for accept in [("accept", "application/json"), GRAPHQL_RESPONSE] {
            let reply = post(&app, &[JSON, accept], body.clone()).await;
            assert_eq!((reply.status, reply.code().as_str()), (200, "UNAUTHENTICATED"));
            assert_eq!(reply.json()["data"], json!({ "__typename": "Query", "community": null }));
            assert_eq!(reply.json()["errors"][0]["path"], json!(["community"]));
        }
    }

    async fn given_a_bad_token_when_asking_then_the_status_is_401_in_both_media_types(engine: Engine) {
        let app = TestApp::start(engine).await;
        for accept in [("accept", "application/json"), GRAPHQL_RESPONSE] {
            let bad = ("authorization", "Bearer x");
            for reply in [post(&app, &[JSON, accept, bad], QUERY).await, get(&app, &[("query", "{__typename}")], &[accept, bad]).await] {
                assert_eq!((reply.status, reply.code().as_str()), (401, "UNAUTHENTICATED"));
                assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"rapport\"");
                assert!(reply.header("content-type").starts_with(accept.1));
                assert_eq!(reply.json().get("data"), None);
            }
        }
    }

    async fn given_a_body_that_is_not_declared_as_json_when_it_is_sent_then_it_is_415_and_nothing_runs(engine: Engine) {
        let app = TestApp::start(engine).await;
        for content_type in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=application/json"),
            Some("application/graphql"),
            Some("application/json; charset=latin1"),
            Some("text/plain, application/json"),
        ] {
            let headers: Vec<_> = content_type.map(|content_type| ("content-type", content_type)).into_iter().collect();
            let reply = post(&app, &headers, QUERY).await;
            assert_eq!((reply.status, reply.code().as_str()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{content_type:?}");
            assert_eq!(reply.header("accept"), "application/json", "{content_type:?}");
        }
        let twice = post(&app, &[JSON, ("content-type", "text/plain")], QUERY).await;
        assert_eq!(twice.status, 415);
        let packed = post(&app, &[JSON, ("content-encoding", "gzip")], QUERY).await;
        assert_eq!((packed.status, packed.header("accept-encoding")), (415, "identity"));
        let charset = post(&app, &[("content-type", "Application/JSON; charset=\"UTF-8\"")], QUERY).await;
        assert_eq!(charset.status, 200);
    }

    async fn given_a_method_that_a_path_does_not_have_when_it_is_used_then_it_is_405_with_those_it_has(engine: Engine) {
        let app = TestApp::start(engine).await;
        for (path, methods, allow) in [
            ("/graphql", ["PUT", "DELETE", "PATCH"], "GET, POST, OPTIONS"),
            ("/oauth/token", ["GET", "PUT", "DELETE"], "POST, OPTIONS"),
            ("/healthz", ["POST", "PUT", "DELETE"], "GET, HEAD"),
            ("/readyz", ["POST", "PUT", "DELETE"], "GET, HEAD"),
            ("/", ["POST", "PUT", "DELETE"], "GET, HEAD"),
        ] {
            for method in methods {
                let reply = send(&app, method.parse().unwrap(), path, &[JSON], QUERY).await;
                assert_eq!((reply.status, reply.header("allow")), (405, allow), "{method} {path}");
            }
        }
        for path in ["/graphql", "/oauth/token"] {
            let reply = send(&app, Method::OPTIONS, path, &[], "").await;
            assert_eq!(reply.status, 204, "{path}");
            assert!(reply.header("allow").contains("POST"), "{path}");
        }
        for path in ["/graphiql", "/graphql/", "/api", "/..%2f", "/oauth"] {
            let reply = send(&app, Method::GET, path, &[], "").await;
            assert_eq!((reply.status, reply.code().as_str()), (404, "NOT_FOUND"), "{path}");
        }
    }

    async fn given_a_body_over_the_limit_when_it_is_sent_then_it_is_413(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.max_body_bytes = 1_000).await;
        let body = |size: usize| {
            let around = json!({ "query": "{__typename}", "extensions": { "pad": "" } }).to_string().len();
            json!({ "query": "{__typename}", "extensions": { "pad": "x".repeat(size - around) } }).to_string()
        };
        assert_eq!(post(&app, &[JSON], body(1_000)).await.status, 200);

        let reply = post(&app, &[JSON], body(1_001)).await;

        assert_eq!((reply.status, reply.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
        assert!(reply.json()["errors"][0]["message"].as_str().unwrap().contains("1000"));
    }

    async fn given_bodies_that_are_no_request_when_they_are_sent_then_they_are_400_and_say_why(engine: Engine) {
        let app = TestApp::start(engine).await;
        for (body, word) in [
            ("", "empty"),
            ("{\"query", "JSON"),
            ("\"{__typename}\"", "object"),
            ("null", "object"),
            ("{}", "`query` is missing"),
            ("{\"query\":1}", "`query` must be a string"),
            ("{\"query\":\"{__typename}\",\"variables\":\"{}\"}", "`variables`"),
            ("{\"query\":\"{__typename}\",\"variables\":[]}", "`variables`"),
            ("{\"query\":\"{__typename}\",\"operationName\":1}", "`operationName`"),
            ("{\"query\":\"{__typename}\",\"extensions\":1}", "`extensions`"),
            ("{\"query\":\"{__typename}\"} {}", "JSON"),
        ] {
            for accept in [("accept", "application/json"), GRAPHQL_RESPONSE] {
                let reply = post(&app, &[JSON, accept], body).await;
                assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"), "{body}");
                let message = reply.json()["errors"][0]["message"].as_str().unwrap().to_owned();
                assert!(message.contains(word), "{body}: {message}");
            }
        }
        assert_eq!(post(&app, &[JSON], b"{\"query\":\"\xff\"}".to_vec()).await.status, 400);
        assert_eq!(post(&app, &[JSON], format!("{{\"query\":\"{{__typename}}\",\"variables\":{}", "{\"a\":".repeat(50_000))).await.status, 400);
        let nulls = post(&app, &[JSON], r#"{"query":"{__typename}","variables":null,"operationName":null,"extensions":null,"more":1}"#).await;
        assert_eq!(nulls.json()["data"], json!({ "__typename": "Query" }));
        assert_eq!(nulls.json().get("errors"), None::<&Value>);
    }
}
