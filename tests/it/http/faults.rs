//! Our own faults: the caller learns that there was one, the request id to quote, and nothing of the cause.

use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{GRAPHQL_RESPONSE, JSON, post, send};
use crate::on_both_engines;
use crate::support::TestApp;

async fn break_table(app: &TestApp, table: &str) {
    app.app
        .db
        .for_migrations()
        .execute_unprepared(&format!("ALTER TABLE {table} RENAME TO gone"))
        .await
        .unwrap();
}

/// Nothing of the database's words may be in what callers read.
fn assert_tells_nothing(text: &str) {
    for word in [
        "interaction_topics",
        "grants",
        "api_clients",
        "gone",
        "table",
        "relation",
        "SELECT",
        "qlite",
        "ostgres",
        "src/",
    ] {
        assert!(!text.contains(word), "{word}: {text}");
    }
}

on_both_engines! {
    async fn given_a_broken_table_when_a_field_needs_it_then_that_field_alone_fails_and_says_nothing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        break_table(&app, "interaction_topics").await;
        let query = "{ community(slug: \"home\") { name interactions(filter: { topics: [\"x\"] }) { nodes { id } } } }";
        let authorization = format!("Bearer {}", admin.token.unwrap());
        let headers = [JSON, GRAPHQL_RESPONSE, ("authorization", authorization.as_str()), ("x-request-id", "trace-7")];

        let reply = post(&app, &headers, json!({ "query": query }).to_string()).await;

        let body = reply.json();
        assert_eq!(reply.status, 200, "{body}");
        assert_eq!(body["data"], json!({ "community": { "name": "HOME", "interactions": null } }));
        assert_eq!(body["errors"].as_array().unwrap().len(), 1);
        assert_eq!(body["errors"][0]["message"], "internal error");
        assert_eq!(body["errors"][0]["extensions"], json!({ "code": "INTERNAL", "requestId": "trace-7" }));
        assert_tells_nothing(&body["errors"].to_string());
    }

    async fn given_a_broken_table_when_the_caller_cannot_be_identified_then_it_is_500_and_says_nothing(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        break_table(&app, "grants").await;

        let answer = admin.send("{ viewer { name } }", json!({})).await;

        assert_eq!((answer.status, answer.code(), answer.message()), (500, "INTERNAL", "internal error"));
        assert_eq!(answer.body.get("data"), None);
        assert_tells_nothing(&answer.body.to_string());
        assert_eq!(app.client(None).ok("{ viewer { name } }", json!({})).await, json!({ "viewer": null }));
    }

    async fn given_a_broken_table_when_a_token_is_asked_for_then_the_error_is_that_of_the_standard_and_says_nothing(engine: Engine) {
        let app = TestApp::start(engine).await;
        break_table(&app, "api_clients").await;
        let form = ("content-type", "application/x-www-form-urlencoded");

        let reply = send(&app, reqwest::Method::POST, "/oauth/token", &[form], "grant_type=client_credentials&client_id=a&client_secret=b").await;

        assert_eq!((reply.status, &reply.json()["error"]), (500, &json!("server_error")));
        assert_tells_nothing(&reply.text());
    }

    async fn given_a_mutation_that_breaks_half_way_when_it_fails_then_nothing_of_it_is_kept(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        break_table(&app, "interaction_topics").await;
        let record = "mutation($at: DateTime!) { recordInteractions(input: { community: \"home\", interactions: [{ source: \"forum\", \
                      externalId: \"a-1\", kind: POST, actor: \"ada\", occurredAt: $at, topics: [\"x\"] }] }) { results { status } } }";

        let answer = admin.send(record, json!({ "at": app.days_ago(1.0) })).await;

        assert_eq!((answer.code(), answer.message()), ("INTERNAL", "internal error"));
        let left = admin.ok("{ community(slug: \"home\") { members { totalCount } interactions { totalCount } topics { nodes { name } } } }", json!({})).await;
        assert_eq!(left["community"], json!({ "members": { "totalCount": 0 }, "interactions": { "totalCount": 0 }, "topics": { "nodes": [] } }));
    }
}
