//! What is followed live: over WebSockets and as event streams, from any process, for as long as somebody may.

mod protocol;
mod resuming;
mod slow;
mod stopping;
mod streams;
mod told;
mod who;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rapport::context::Access;
use rapport::db::Tx;
use rapport::events::cursor::Cursor;
use rapport::events::{self, EventType, NewEvent};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Answer, Client, TestApp};

/// How long anything may take that is only a matter of getting round to it.
const PATIENCE: Duration = Duration::from_secs(15);

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// The subscription that most tests use.
const CHANGES: &str =
    "subscription($slug: String!, $after: String) { changes(community: $slug, after: $after) { cursor type subject { id } } }";

/// What comes over a WebSocket.
#[derive(Debug)]
enum Heard {
    Message(Value),
    Closed(u16, String),
}

impl Heard {
    fn message(self) -> Value {
        match self {
            Self::Message(message) => message,
            Self::Closed(code, reason) => panic!("closed: {code} {reason}"),
        }
    }

    fn closed(self) -> (u16, String) {
        match self {
            Self::Closed(code, reason) => (code, reason),
            Self::Message(message) => panic!("not closed, but {message:#}"),
        }
    }
}

/// A client of `graphql-transport-ws`.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects; the status when that is refused.
    async fn dial(app: &TestApp, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        Self::dial_to(&app.base, headers).await
    }

    async fn dial_to(base: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let address = format!("{}/graphql", base.replacen("http", "ws", 1));
        let mut request = address.as_str().into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, _response)) => Ok(Self(stream)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Connects as somebody, and is let in.
    async fn open(who: &Client<'_>) -> Self {
        let mut socket = Self::dial(who.app, &[PROTOCOL]).await.unwrap();
        socket.init(who.token.as_deref()).await;
        assert_eq!(socket.hear().await.message(), json!({ "type": "connection_ack" }));
        socket
    }

    async fn init(&mut self, token: Option<&str>) {
        let payload = token.map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Begins an operation.
    async fn begin(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// Follows the changes of a community.
    async fn follow(&mut self, id: &str, slug: &str, after: Option<&str>) {
        self.begin(id, CHANGES, json!({ "slug": slug, "after": after })).await;
    }

    /// The next message, or how the connection ended.
    async fn hear(&mut self) -> Heard {
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing came");
            match heard {
                Some(Ok(Message::Close(Some(frame)))) => return Heard::Closed(frame.code.into(), frame.reason.to_string()),
                Some(Ok(message)) if message.is_text() => return Heard::Message(serde_json::from_str(message.to_text().unwrap()).unwrap()),
                Some(Ok(Message::Close(None))) | None => return Heard::Closed(1005, String::new()),
                Some(Ok(_ping)) => {}
                Some(Err(error)) => return Heard::Closed(1006, error.to_string()),
            }
        }
    }

    /// The data of the next result, which has no errors.
    async fn data(&mut self) -> Value {
        let message = self.hear().await.message();
        assert!(
            message["type"] == "next" && message["payload"].get("errors").is_none(),
            "{message:#}"
        );
        message["payload"]["data"].clone()
    }

    /// The code and the message with which an operation fails.
    async fn failure(&mut self) -> (String, String) {
        let message = self.hear().await.message();
        assert_eq!(message["type"], "error", "{message:#}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let error = &message["payload"][0];
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }

    /// The cursors of the next changes.
    async fn cursors(&mut self, count: usize) -> Vec<String> {
        let mut cursors = Vec::new();
        while cursors.len() < count {
            cursors.push(cursor_of(&self.data().await["changes"]));
        }
        cursors
    }
}

fn cursor_of(change: &Value) -> String {
    change["cursor"].as_str().unwrap().to_owned()
}

/// An event stream, as it comes.
struct Events {
    response: Response,
    text: String,
}

impl Events {
    /// Asks for an operation with an event stream.
    async fn ask(who: &Client<'_>, query: &str, variables: Value) -> Response {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = who.app.http.post(format!("{}/graphql", who.app.base)).body(body);
        let request = request
            .header("content-type", "application/json")
            .header("accept", "text/event-stream");
        let request = match &who.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn open(who: &Client<'_>, query: &str, variables: Value) -> Self {
        let response = Self::ask(who, query, variables).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event and its data; `None` at the end of the stream. Comments are passed over.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let Some(kind) = field("event:") else { continue };
                let data = field("data:")
                    .filter(|data| !data.is_empty())
                    .map_or(Value::Null, |data| serde_json::from_str(&data).unwrap());
                return Some((kind, data));
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk())
                .await
                .expect("nothing came")
                .unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The data of the next result, which has no errors.
    async fn data(&mut self) -> Value {
        let (kind, data) = self.next().await.expect("an event");
        assert!(kind == "next" && data.get("errors").is_none(), "{kind}: {data:#}");
        data["data"].clone()
    }

    /// The code of the error after which the stream is complete and ends.
    async fn failure(&mut self) -> String {
        let (kind, data) = self.next().await.expect("an event");
        assert_eq!((kind.as_str(), data.get("data")), ("next", None), "{data:#}");
        assert_eq!(self.next().await, Some(("complete".to_owned(), Value::Null)));
        assert_eq!(self.next().await, None);
        data["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    }
}

/// The first event of a subscription, or why there is none, as an answer.
pub async fn first_event(who: &Client<'_>, document: &str) -> Answer {
    let (_, body) = Events::open(who, document, json!({})).await.next().await.expect("an event");
    Answer {
        status: 200,
        body: Arc::new(body),
    }
}

/// Why a subscription does not begin; `None` when it does.
pub async fn refusal(who: &Client<'_>, document: &str, variables: Value) -> Option<String> {
    let mut response = Events::ask(who, document, variables).await;
    let chunk = tokio::time::timeout(PATIENCE, response.chunk())
        .await
        .expect("nothing came")
        .unwrap();
    let text = String::from_utf8(chunk.unwrap_or_default().to_vec()).unwrap();
    // A stream under way begins with a comment.
    (!text.starts_with(':')).then_some(text)
}

/// The present end of a community's log.
async fn end(who: &Client<'_>, slug: &str) -> String {
    let data = who
        .ok(
            "query($slug: String!) { community(slug: $slug) { changesCursor } }",
            json!({ "slug": slug }),
        )
        .await;
    data["community"]["changesCursor"].as_str().unwrap().to_owned()
}

/// The cursor before everything.
pub fn beginning(access: &Access) -> String {
    Cursor::new(access.community_id(), 0).encode()
}

/// All changes after a cursor, as the query has them: what a stream must tell.
async fn all_after(who: &Client<'_>, slug: &str, after: &str) -> Vec<String> {
    let query = "query($slug: String!, $after: String) { community(slug: $slug) { changes(after: $after, first: 500) { changes { cursor } cursor hasMore } } }";
    let (mut all, mut after) = (Vec::new(), after.to_owned());
    loop {
        let data = who.ok(query, json!({ "slug": slug, "after": after })).await;
        let page = &data["community"]["changes"];
        all.extend(page["changes"].as_array().unwrap().iter().map(cursor_of));
        after = page["cursor"].as_str().unwrap().to_owned();
        if page["hasMore"] == false {
            return all;
        }
    }
}

/// Adds members of a community, one change for each.
async fn add_members(who: &Client<'_>, slug: &str, names: impl IntoIterator<Item = String>) {
    let members: Vec<Value> = names
        .into_iter()
        .map(|name| json!({ "source": "forum", "externalId": name }))
        .collect();
    let query = "mutation($input: UpsertMembersInput!) { upsertMembers(input: $input) { userErrors { message } } }";
    let data = who.ok(query, json!({ "input": { "community": slug, "members": members } })).await;
    assert_eq!(data["upsertMembers"]["userErrors"], json!([]));
}

/// Writes an event as background work does.
pub async fn write_event(app: &TestApp, access: &Access, event_type: EventType, subject: i64, payload: Value) {
    let (ctx, payload) = (&app.app.system("test"), &payload);
    let written = app
        .app
        .db
        .write(|tx: Tx| async move {
            let event = NewEvent::public(event_type, subject, payload.clone());
            events::append(&tx, ctx, access.community_id(), vec![event]).await
        })
        .await;
    written.unwrap();
}
