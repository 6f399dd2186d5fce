//! Which operations run: by POST, by GET, alone, by name and in arrays.

use rapport::context::Access;
use serde_json::{Value, json};

use super::{GRAPHQL_RESPONSE, JSON, get, post};
use crate::on_both_engines;
use crate::support::TestApp;

const RECORD: &str = "mutation Write { upsertMembers(input: { community: \"home\", members: [{ source: \"forum\", externalId: \"ada\" }] }) { results { status } } }";

/// A community and the header of its admin.
async fn given_admin(app: &TestApp) -> (Access, String) {
    let home = app.community("home").await;
    let token = app.admin(&home).await.token.unwrap();
    (home, format!("Bearer {token}"))
}

async fn members(app: &TestApp, authorization: &str) -> Value {
    let query = json!({ "query": "{ community(slug: \"home\") { members { totalCount } } }" }).to_string();
    post(app, &[JSON, ("authorization", authorization)], query).await.json()["data"]["community"]["members"]["totalCount"].clone()
}

on_both_engines! {
    async fn given_a_query_when_it_comes_by_get_then_its_parameters_count(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_, authorization) = given_admin(&app).await;
        let authorization = ("authorization", authorization.as_str());
        let query = "query($slug: String!) { community(slug: $slug) { name } }";
        let reply = get(&app, &[("query", query), ("variables", r#"{"slug":"home"}"#), ("more", "x")], &[authorization]).await;
        assert_eq!(reply.json(), json!({ "data": { "community": { "name": "HOME" } } }));
        let empty = get(&app, &[("query", "{__typename}"), ("variables", ""), ("operationName", ""), ("extensions", "")], &[]).await;
        assert_eq!(empty.json(), json!({ "data": { "__typename": "Query" } }));

        for wrong in [
            &[("x", "y")][..],
            &[("query", query), ("variables", "{")],
            &[("query", query), ("variables", "[]")],
            &[("query", query), ("extensions", "1")],
        ] {
            let reply = get(&app, wrong, &[authorization]).await;
            assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"), "{wrong:?}");
        }
    }

    async fn given_several_operations_when_one_is_named_then_that_one_runs(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_, authorization) = given_admin(&app).await;
        let authorization = ("authorization", authorization.as_str());
        let document = format!("query First {{ a: __typename }} query Second {{ b: __typename }} {RECORD}");
        let named = async |name: &str| get(&app, &[("query", document.as_str()), ("operationName", name)], &[authorization, GRAPHQL_RESPONSE]).await;

        assert_eq!(named("First").await.json(), json!({ "data": { "a": "Query" } }));
        assert_eq!(named("Second").await.json(), json!({ "data": { "b": "Query" } }));
        for nobody in ["Third", "first", ""] {
            let reply = named(nobody).await;
            assert_eq!((reply.status, reply.code().as_str()), (400, "GRAPHQL_VALIDATION_FAILED"), "{nobody:?}");
        }
        let body = json!({ "query": document, "operationName": "Second" }).to_string();
        assert_eq!(post(&app, &[JSON, authorization], body).await.json(), json!({ "data": { "b": "Query" } }));
        let other = json!({ "query": "query Only { __typename }", "operationName": "Other" }).to_string();
        assert_eq!(post(&app, &[JSON, authorization], other).await.code(), "GRAPHQL_VALIDATION_FAILED");
    }

    async fn given_a_mutation_when_it_comes_by_get_then_it_is_405_and_does_not_run(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_, authorization) = given_admin(&app).await;
        let document = format!("query Read {{ __typename }} {RECORD}");
        for accept in [("accept", "application/json"), GRAPHQL_RESPONSE] {
            let headers = [("authorization", authorization.as_str()), accept];
            for parameters in [&[("query", RECORD)][..], &[("query", document.as_str()), ("operationName", "Write")]] {
                let reply = get(&app, parameters, &headers).await;
                assert_eq!((reply.status, reply.header("allow")), (405, "POST"), "{}", reply.text());
                assert_eq!(reply.json().get("data"), None);
            }
            assert_eq!(get(&app, &[("query", document.as_str()), ("operationName", "Read")], &headers).await.status, 200);
        }
        assert_eq!(members(&app, &authorization).await, 0);
    }

    async fn given_an_array_when_it_is_within_the_limit_then_all_run_in_order(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_, authorization) = given_admin(&app).await;
        let count = json!({ "query": "{ community(slug: \"home\") { members { totalCount } } }" });
        let body = json!([count, { "query": RECORD }, { "query": "{ nope }" }, { "query": "query($x: ID!) { node(id: $x) { id } }" }, count]);
        for accept in [("accept", "application/json"), GRAPHQL_RESPONSE] {
            let reply = post(&app, &[JSON, accept, ("authorization", authorization.as_str())], body.to_string()).await;
            let answers = reply.json();
            assert_eq!((reply.status, answers.as_array().unwrap().len()), (200, 5), "{answers}");
            assert_eq!(answers[1].get("errors"), None, "{answers}");
            assert_eq!(answers[2]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
            assert_eq!(answers[3]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
            assert_eq!((answers[2].get("data"), answers[3].get("data")), (None, None));
            assert_eq!(answers[4]["data"]["community"]["members"]["totalCount"], 1);
        }
        let before = json!([count, { "query": RECORD }]);
        let reply = post(&app, &[JSON, ("authorization", authorization.as_str())], before.to_string()).await;
        assert_eq!(reply.json()[1]["data"]["upsertMembers"]["results"][0]["status"], "UNCHANGED");
    }

    async fn given_an_array_when_it_is_empty_or_too_long_or_has_no_requests_then_nothing_runs(engine: Engine) {
        let app = TestApp::start(engine).await;
        let (_, authorization) = given_admin(&app).await;
        let write = json!({ "query": RECORD });
        for (body, word) in [
            (json!([]), "empty"),
            (json!(vec![write.clone(); 11]), "limit of 10"),
            (json!([write, []]), "Operation 2"),
            (json!([write, { "query": 1 }]), "Operation 2"),
            (json!([write, null]), "Operation 2"),
        ] {
            let reply = post(&app, &[JSON, ("authorization", authorization.as_str())], body.to_string()).await;
            assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"), "{word}");
            assert!(reply.text().contains(word), "{}", reply.text());
        }
        assert_eq!(members(&app, &authorization).await, 0);
        let most = json!(vec![json!({ "query": "{__typename}" }); 10]).to_string();
        assert_eq!(post(&app, &[JSON], most).await.json().as_array().unwrap().len(), 10);
    }

    async fn given_arrays_are_switched_off_when_one_is_sent_then_it_is_refused(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.max_batch = 0).await;
        let reply = post(&app, &[JSON], r#"[{"query":"{__typename}"}]"#).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "BAD_REQUEST"));
    }

    async fn given_a_bad_token_when_an_array_is_sent_then_there_is_one_answer(engine: Engine) {
        let app = TestApp::start(engine).await;
        let reply = post(&app, &[JSON, ("authorization", "Bearer x")], r#"[{"query":"{__typename}"},{"query":"{__typename}"}]"#).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "UNAUTHENTICATED"));
    }
}
