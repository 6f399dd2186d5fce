//! The letter of `graphql-transport-ws`: who may say what when, and with which code a connection ends.

use futures_util::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{Heard, PATIENCE, PROTOCOL, Socket, add_members, end};
use crate::ingest::calls::eventually;
use crate::on_both_engines;
use crate::support::TestApp;

on_both_engines! {
    async fn given_a_client_of_another_protocol_when_it_connects_then_4406(engine: Engine) {
        let app = TestApp::start(engine).await;
        let mut socket = Socket::dial(&app, &[]).await.unwrap();
        assert_eq!(socket.hear().await.closed(), (4406, "Subprotocol not acceptable".to_owned()));
        let among_others = ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws");
        let mut socket = Socket::dial(&app, &[among_others]).await.unwrap();
        socket.init(None).await;
        assert_eq!(socket.hear().await.message(), json!({ "type": "connection_ack" }));
    }

    async fn given_a_client_that_says_nothing_when_three_seconds_are_over_then_4408(engine: Engine) {
        let app = TestApp::start(engine).await;
        let mut socket = Socket::dial(&app, &[PROTOCOL]).await.unwrap();
        assert_eq!(socket.hear().await.closed(), (4408, "Connection initialisation timeout".to_owned()));
    }

    async fn given_a_client_that_was_not_let_in_when_it_subscribes_then_4401(engine: Engine) {
        let app = TestApp::start(engine).await;
        let mut socket = Socket::dial(&app, &[PROTOCOL]).await.unwrap();
        socket.begin("1", "{ __typename }", json!({})).await;
        assert_eq!(socket.hear().await.closed(), (4401, "Unauthorized".to_owned()));
    }

    async fn given_a_bad_token_when_a_client_introduces_itself_then_4403(engine: Engine) {
        let app = TestApp::start(engine).await;
        let mut socket = Socket::dial(&app, &[PROTOCOL]).await.unwrap();
        socket.init(Some("nonsense")).await;
        let (code, reason) = socket.hear().await.closed();
        assert!(code == 4403 && reason.starts_with("the token is malformed"), "{code} {reason}");
        for authorization in [json!("Basic x"), json!(""), json!(7)] {
            let mut socket = Socket::dial(&app, &[PROTOCOL]).await.unwrap();
            socket.say(json!({ "type": "connection_init", "payload": { "Authorization": authorization } })).await;
            assert_eq!(socket.hear().await.closed().0, 4403, "{authorization}");
        }
    }

    async fn given_a_token_in_the_header_when_a_client_introduces_itself_then_it_counts_unless_it_gives_another(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let authorization = format!("Bearer {}", admin.token.as_deref().unwrap());
        let headers = [PROTOCOL, ("authorization", authorization.as_str())];
        let mut socket = Socket::dial(&app, &headers).await.unwrap();
        socket.init(None).await;
        assert_eq!(socket.hear().await.message(), json!({ "type": "connection_ack" }));
        socket.begin("1", "{ viewer { kind } }", json!({})).await;
        assert_eq!(socket.data().await, json!({ "viewer": { "kind": "STAFF" } }));
        let mut other = Socket::dial(&app, &headers).await.unwrap();
        other.init(Some("nonsense")).await;
        assert_eq!(other.hear().await.closed().0, 4403);
    }

    async fn given_a_client_when_it_introduces_itself_twice_then_4429(engine: Engine) {
        let app = TestApp::start(engine).await;
        let mut socket = Socket::open(&app.client(None)).await;
        socket.init(None).await;
        assert_eq!(socket.hear().await.closed(), (4429, "Too many initialisation requests".to_owned()));
    }

    async fn given_an_operation_when_another_takes_its_id_then_4409_unless_it_is_over(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let mut socket = Socket::open(&admin).await;
        for _ in 0..2 {
            socket.begin("1", "{ __typename }", json!({})).await;
            assert_eq!(socket.data().await, json!({ "__typename": "Query" }));
            assert_eq!(socket.hear().await.message(), json!({ "id": "1", "type": "complete" }));
        }
        socket.follow("1", "home", None).await;
        socket.say(json!({ "id": "1", "type": "complete" })).await;
        socket.follow("1", "home", None).await;
        socket.follow("1", "home", None).await;
        assert_eq!(socket.hear().await.closed(), (4409, "Subscriber for 1 already exists".to_owned()));
    }

    async fn given_a_client_when_it_says_what_is_no_message_then_4400(engine: Engine) {
        let app = TestApp::start(engine).await;
        for wrong in ["", "{", "[]", "7", r#"{"type":"hello"}"#, r#"{"type":"subscribe","id":"1"}"#, r#"{"type":"next","id":"1","payload":{}}"#] {
            let mut socket = Socket::open(&app.client(None)).await;
            socket.0.send(Message::text(wrong.to_owned())).await.unwrap();
            assert_eq!(socket.hear().await.closed().0, 4400, "{wrong}");
        }
        let mut socket = Socket::open(&app.client(None)).await;
        socket.0.send(Message::binary(b"{\"type\":\"ping\"}".to_vec())).await.unwrap();
        assert_eq!(socket.hear().await.closed().0, 4400);
    }

    async fn given_a_message_that_is_too_large_when_it_comes_then_1009(engine: Engine) {
        let app = TestApp::start(engine).await;
        let mut socket = Socket::open(&app.client(None)).await;
        let large = json!({ "type": "ping", "payload": { "text": "x".repeat(1_100_000) } });
        socket.0.send(Message::text(large.to_string())).await.unwrap();
        assert_eq!(socket.hear().await.closed().0, 1009);
    }

    async fn given_a_client_when_it_asks_whether_we_are_there_then_we_are_in_both_ways(engine: Engine) {
        let app = TestApp::start(engine).await;
        let mut socket = Socket::dial(&app, &[PROTOCOL]).await.unwrap();
        socket.say(json!({ "type": "ping" })).await;
        assert_eq!(socket.hear().await.message(), json!({ "type": "pong" }), "also before it was let in");
        socket.init(None).await;
        assert_eq!(socket.hear().await.message(), json!({ "type": "connection_ack" }));
        socket.say(json!({ "type": "pong" })).await;
        socket.say(json!({ "type": "ping", "payload": { "at": 7 } })).await;
        assert_eq!(socket.hear().await.message(), json!({ "type": "pong", "payload": { "at": 7 } }));
        socket.0.send(Message::Ping(b"x".to_vec().into())).await.unwrap();
        socket.0.close(None).await.unwrap();
        assert!(matches!(socket.hear().await, Heard::Closed(..)));
    }

    async fn given_a_query_or_mutation_when_it_comes_over_a_socket_then_it_takes_the_same_way(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let mut socket = Socket::open(&admin).await;
        let before = end(&admin, "home").await;
        let mutation = "mutation { upsertMembers(input: { community: \"home\", members: [{ source: \"forum\", externalId: \"ada\" }] }) { userErrors { code } } }";
        socket.begin("m", mutation, json!({})).await;
        assert_eq!(socket.data().await, json!({ "upsertMembers": { "userErrors": [] } }));
        assert_eq!(socket.hear().await.message(), json!({ "id": "m", "type": "complete" }));
        assert_ne!(end(&admin, "home").await, before);
        for (query, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
            ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { ...f } fragment f on Subscription { changes(community: \"home\") { cursor } }", "GRAPHQL_VALIDATION_FAILED"),
        ] {
            socket.begin("q", query, json!({})).await;
            assert_eq!(socket.failure().await.0, code, "{query}");
        }
        // What fails in a field is told with its result.
        socket.begin("q", "{ community(slug: \"nowhere\") { name } }", json!({})).await;
        let message = socket.hear().await.message();
        assert_eq!((&message["type"], &message["payload"]["data"]), (&json!("next"), &json!({ "community": null })));
        assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }

    async fn given_a_hundred_operations_when_another_is_asked_for_then_it_alone_is_refused(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let mut socket = Socket::open(&admin).await;
        for number in 0..100 {
            socket.follow(&number.to_string(), "home", None).await;
        }
        socket.follow("one more", "home", None).await;
        let (code, message) = socket.failure().await;
        assert!(code == "TOO_COMPLEX" && message.starts_with("at most 100 operations"), "{code}: {message}");
        socket.say(json!({ "id": "0", "type": "complete" })).await;
        socket.begin("one more", "{ __typename }", json!({})).await;
        assert_eq!(socket.data().await, json!({ "__typename": "Query" }));
    }

    async fn given_operations_that_go_on_when_the_client_gives_them_up_then_they_count_until_they_are_over(engine: Engine) {
        let app = TestApp::start(engine).await;
        let admin = app.admin(&app.community("home").await).await;
        let mut socket = Socket::open(&admin).await;
        let (query, start) = ("query($after: String) { community(slug: \"home\") { changes(after: $after, waitSeconds: 30) { cursor } } }", end(&admin, "home").await);
        for number in 0..100 {
            let id = number.to_string();
            socket.begin(&id, query, json!({ "after": start })).await;
            socket.say(json!({ "id": id, "type": "complete" })).await;
        }
        socket.begin("one more", "{ __typename }", json!({})).await;
        assert_eq!(socket.failure().await.0, "TOO_COMPLEX");
        // What they wait for comes.
        add_members(&admin, "home", ["ada".to_owned()]).await;
        let over = async || {
            socket.begin("one more", "{ __typename }", json!({})).await;
            (socket.hear().await.message()["type"] == "next").then_some(())
        };
        eventually(PATIENCE, over).await.expect("they are over");
    }

    async fn given_as_many_subscribers_as_may_be_when_another_comes_then_it_is_sent_away(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| settings.max_subscribers = 1).await;
        let admin = app.admin(&app.community("home").await).await;
        let mut first = Socket::open(&admin).await;
        let mut second = Socket::dial(&app, &[PROTOCOL]).await.unwrap();
        assert_eq!(second.hear().await.closed().0, 1013);
        let refused = crate::live::Events::ask(&admin, crate::live::CHANGES, json!({ "slug": "home" })).await;
        assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].as_bytes()), (503, b"5".as_slice()));
        first.begin("1", "{ __typename }", json!({})).await;
        assert_eq!(first.data().await, json!({ "__typename": "Query" }));
    }

    async fn given_a_page_of_another_origin_when_it_connects_then_only_one_that_is_listed_may(engine: Engine) {
        let app = TestApp::start_with(engine, |settings| "https://app.example".clone_into(&mut settings.cors_origins)).await;
        let origin = |origin| [PROTOCOL, ("origin", origin)];
        assert_eq!(Socket::dial(&app, &origin("https://evil.example")).await.err(), Some(403));
        assert!(Socket::dial(&app, &origin("https://app.example")).await.is_ok());
        assert!(Socket::dial(&app, &origin(&app.base)).await.is_ok(), "our own page");
    }
}
