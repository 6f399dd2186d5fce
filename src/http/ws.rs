//! WebSockets at `/graphql`: the subprotocol `graphql-transport-ws`, for operations of all kinds.
//!
//! Each connection is one task of its own with bounded buffers, so that nobody waits for anybody else ([`connection`]). Operations
//! take the same way as those over HTTP ([`underway`]).

mod connection;
mod flow;
mod message;
mod underway;

use std::rc::Rc;

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    guard::GuardContext,
    http::header::{self, HeaderMap},
    web,
};
use actix_ws::{CloseCode, CloseReason, Session};

use self::{
    connection::Connection,
    flow::{Flow, Metered},
};
use super::{
    cors, graphql,
    health::Draining,
    line::Line,
    negotiation::MediaType,
    problem::Problem,
    request_id::RequestId,
    subscribers::{Farewell, GOODBYE, Subscribers},
};
use crate::app::App;

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// The largest message that is taken, in bytes.
const LARGEST_MESSAGE: usize = 1024 * 1024;

/// Whether a request asks for a WebSocket.
pub(super) fn is_asked_for(request: &GuardContext<'_>) -> bool {
    let asked = request.head().headers().get(header::UPGRADE);
    asked.is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// `GET /graphql` with `Upgrade: websocket`.
pub(super) async fn open(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
    draining: web::Data<Draining>,
    subscribers: web::Data<Subscribers>,
    id: RequestId,
) -> HttpResponse {
    // Browsers let any page open one, and say which it is.
    if !cors::admits(request.headers(), &app.config.http.cors_origins) {
        return Problem::OtherOrigin.answer(MediaType::Json, &id);
    }
    let (response, session, incoming) = match actix_ws::handle_with_protocols(&request, payload, &[PROTOCOL]) {
        Ok(opened) => opened,
        Err(error) => return HttpResponse::from_error(error),
    };
    let flow = Rc::new(Flow::default());
    let metered = Rc::clone(&flow);
    let response = response.map_body(|_, body| BoxBody::new(Metered::new(body, metered)));
    let line = Line::of(&request);
    let refusal = if offers_protocol(request.headers()) {
        None
    } else {
        Some(closing(4406, "Subprotocol not acceptable"))
    };
    match (refusal, subscribers.admit()) {
        (Some(reason), _) => refuse(session, line, reason),
        (None, None) => refuse(session, line, farewell(Farewell::Full)),
        (None, Some(permit)) => {
            let connection = Connection {
                authorization: graphql::authorization(request.headers()),
                app,
                id,
                session,
                incoming: incoming
                    .max_frame_size(LARGEST_MESSAGE)
                    .aggregate_continuations()
                    .max_continuation_size(LARGEST_MESSAGE),
                flow,
                line,
                draining: draining.get_ref().clone(),
                subscribers: subscribers.get_ref().clone(),
                permit,
            };
            actix_web::rt::spawn(connection.serve());
        }
    }
    response
}

fn offers_protocol(headers: &HeaderMap) -> bool {
    let offered = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).any(|name| name.trim() == PROTOCOL)
}

/// Closes what was only opened so that the client can be told why.
fn refuse(session: Session, line: Line, reason: CloseReason) {
    actix_web::rt::spawn(say_goodbye(session, line, Some(reason)));
}

/// Closes a connection, and hangs up when the client does not take the end.
async fn say_goodbye(session: Session, line: Line, reason: Option<CloseReason>) {
    let _was_closed = session.close(reason).await.is_err();
    line.down_within(GOODBYE).await;
}

fn closing(code: u16, reason: impl Into<String>) -> CloseReason {
    CloseReason {
        code: CloseCode::from(code),
        description: Some(reason.into()),
    }
}

fn farewell(why: Farewell) -> CloseReason {
    closing(why.close_code(), why.reason())
}
