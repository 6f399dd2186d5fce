//! The messages of `graphql-transport-ws`: those of clients read strictly, those of the server written.

use async_graphql::{Response, ServerError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{graphql::GraphqlRequest, http::operations};

/// The longest id of an operation, in bytes: it comes back with every message.
const LONGEST_ID: usize = 256;

/// A message of a client.
#[derive(Debug)]
pub(super) enum Incoming {
    /// It introduces itself.
    Init(Map<String, Value>),
    /// It asks whether we are there.
    Ping(Option<Map<String, Value>>),
    /// It is there.
    Pong,
    /// It begins an operation.
    Subscribe {
        /// By which both speak of it.
        id: String,
        /// What it is.
        request: Box<GraphqlRequest>,
    },
    /// It does not want to hear of an operation any more.
    Complete {
        /// Of which.
        id: String,
    },
}

/// Reads a message.
///
/// # Errors
/// What is wrong with it, for people.
pub(super) fn parse(text: &str) -> Result<Incoming, String> {
    let message: Value = serde_json::from_str(text).map_err(|error| format!("a message is not valid JSON: {error}"))?;
    let Value::Object(mut message) = message else {
        return Err("a message must be a JSON object".to_owned());
    };
    let Some(Value::String(kind)) = message.remove("type") else {
        return Err("`type` must be a string".to_owned());
    };
    match kind.as_str() {
        "connection_init" => Ok(Incoming::Init(take_payload(&mut message)?.unwrap_or_default())),
        "ping" => take_payload(&mut message).map(Incoming::Ping),
        "pong" => take_payload(&mut message).map(|_payload| Incoming::Pong),
        "subscribe" => {
            let id = take_id(&mut message)?;
            let payload = take_payload(&mut message)?.ok_or("`payload` is missing")?;
            let request = operations::from_members(payload, true).map_err(|problem| problem.to_string())?;
            Ok(Incoming::Subscribe {
                id,
                request: Box::new(request),
            })
        }
        "complete" => take_id(&mut message).map(|id| Incoming::Complete { id }),
        _ => Err("`type` is none that a client sends".to_owned()),
    }
}

fn take_payload(message: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, String> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err("`payload` must be an object".to_owned()),
    }
}

fn take_id(message: &mut Map<String, Value>) -> Result<String, String> {
    match message.remove("id") {
        Some(Value::String(id)) if (1..=LONGEST_ID).contains(&id.len()) => Ok(id),
        _ => Err(format!("`id` must be a string of 1 to {LONGEST_ID} bytes")),
    }
}

/// A message of the server.
#[derive(Serialize)]
struct Outgoing<'a, P> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

fn write<P: Serialize>(id: Option<&str>, kind: &'static str, payload: Option<P>) -> String {
    serde_json::to_string(&Outgoing { id, kind, payload }).unwrap_or_else(|error| {
        tracing::error!(%error, "a message cannot be written as JSON");
        String::new()
    })
}

/// The client is let in.
pub(super) fn ack() -> String {
    write(None, "connection_ack", None::<()>)
}

/// We are there.
pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    write(None, "pong", payload)
}

/// A result of an operation.
pub(super) fn next(id: &str, response: &Response) -> String {
    write(Some(id), "next", Some(response))
}

/// An operation failed, and is over.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    write(Some(id), "error", Some(errors))
}

/// An operation is over.
pub(super) fn complete(id: &str) -> String {
    write(Some(id), "complete", None::<()>)
}

#[cfg(test)]
mod tests {
    use async_graphql::Value as GraphqlValue;

    use super::*;

    fn refusal(text: &str) -> String {
        parse(text).err().unwrap_or_else(|| panic!("accepted: {text}"))
    }

    #[test]
    fn messages_of_clients_are_read() {
        let Ok(Incoming::Init(payload)) = parse(r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#) else {
            panic!("no init");
        };
        assert_eq!(payload["authorization"], "Bearer x");
        assert!(matches!(parse(r#"{"type":"connection_init","payload":null}"#), Ok(Incoming::Init(payload)) if payload.is_empty()));
        assert!(matches!(parse(r#"{"type":"ping","payload":{"a":1}}"#), Ok(Incoming::Ping(Some(_)))));
        assert!(matches!(parse(r#"{"type":"ping"}"#), Ok(Incoming::Ping(None))));
        assert!(matches!(parse(r#"{"type":"pong"}"#), Ok(Incoming::Pong)));
        assert!(matches!(parse(r#"{"id":"1","type":"complete"}"#), Ok(Incoming::Complete { id }) if id == "1"));
        let text = r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":{"x":1},"operationName":null}}"#;
        let Ok(Incoming::Subscribe { id, request }) = parse(text) else {
            panic!("no subscribe");
        };
        assert_eq!((id.as_str(), request.query.as_str(), request.allow_mutation), ("1", "{a}", true));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("{", "not valid JSON"),
            ("[]", "must be a JSON object"),
            ("{}", "`type` must be a string"),
            (r#"{"type":1}"#, "`type` must be a string"),
            (r#"{"type":"connection_ack"}"#, "none that a client sends"),
            (r#"{"type":"next","id":"1","payload":{}}"#, "none that a client sends"),
            (r#"{"type":"connection_init","payload":"x"}"#, "`payload` must be an object"),
            (r#"{"type":"ping","payload":[]}"#, "`payload` must be an object"),
            (r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, "`id` must be a string"),
            (r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#, "`id` must be a string"),
            (r#"{"type":"subscribe","id":"1"}"#, "`payload` is missing"),
            (r#"{"type":"subscribe","id":"1","payload":{}}"#, "`query` is missing."),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
                "`variables` must be an object",
            ),
            (r#"{"type":"complete","id":7}"#, "`id` must be a string"),
        ] {
            let said = refusal(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
        let long = "x".repeat(LONGEST_ID + 1);
        assert!(refusal(&format!(r#"{{"type":"complete","id":"{long}"}}"#)).contains("`id`"));
        assert!(refusal(&"[".repeat(100_000)).contains("recursion limit"));
    }

    #[test]
    fn messages_of_the_server_have_nothing_that_is_not_needed() {
        assert_eq!(ack(), r#"{"type":"connection_ack"}"#);
        assert_eq!(pong(None), r#"{"type":"pong"}"#);
        assert_eq!(
            pong(Some(Map::from_iter([("a".to_owned(), 1.into())]))),
            r#"{"type":"pong","payload":{"a":1}}"#
        );
        assert_eq!(complete("7"), r#"{"id":"7","type":"complete"}"#);
        let response = Response::new(GraphqlValue::Null);
        assert_eq!(next("7", &response), r#"{"id":"7","type":"next","payload":{"data":null}}"#);
        let errors = [ServerError::new("no", None)];
        assert_eq!(error("7", &errors), r#"{"id":"7","type":"error","payload":[{"message":"no"}]}"#);
    }
}
