//! One connection: what the client may say when, and how it ends.
//!
//! A reader follows the protocol and begins operations; a writer sends, in order, what both have to say. Between them is a bounded
//! queue. So a client that does not read slows down nobody but itself, and what waits for it is bounded; when it takes nothing for
//! too long it is told so, as far as it still listens, and the connection is closed.

use std::{pin::pin, rc::Rc, time::Duration};

use actix_web::web::{self, Bytes};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseReason, Closed, ProtocolError, Session};
use serde_json::{Map, Value};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout},
};

use super::{
    closing, farewell,
    flow::Flow,
    message::{self, Incoming},
    say_goodbye,
    underway::{Call, Underway},
};
use crate::{
    app::App,
    error::{Code, Error},
    graphql::{GraphqlRequest, errors::refusal, subscription::at},
    http::{
        health::Draining,
        line::Line,
        request_id::RequestId,
        subscribers::{Farewell, Subscribers, end_of},
    },
};

/// A client must introduce itself within this time.
const INIT_WITHIN: Duration = Duration::from_secs(3);
/// How often we ask whether a client is there.
const PING_EVERY: Duration = Duration::from_secs(25);
/// A client of which nothing came for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// Most operations at once on one connection.
const MOST_OPERATIONS: usize = 100;
/// How much may wait for the writer.
const OUTBOX: usize = 8;

/// What the writer is to send.
#[derive(Debug)]
pub(super) enum Out {
    /// A message.
    Text(String),
    /// Whether the client is there.
    Ping,
    /// That we are there.
    Pong(Bytes),
    /// Nothing more.
    End(End),
}

/// How a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// The client has gone.
    Gone,
    /// It is closed.
    Close(Option<CloseReason>),
}

/// What the reader goes on with, or how it ends.
type Step = Result<(), End>;

/// The end with a close code.
fn close(code: u16, reason: impl Into<String>) -> End {
    End::Close(Some(closing(code, reason)))
}

fn send_away(why: Farewell) -> End {
    End::Close(Some(farewell(why)))
}

/// A connection that was opened.
pub(super) struct Connection {
    pub(super) app: web::Data<App>,
    pub(super) id: RequestId,
    /// What the request that opened it was authorized by.
    pub(super) authorization: Option<String>,
    pub(super) session: Session,
    pub(super) incoming: AggregatedMessageStream,
    pub(super) flow: Rc<Flow>,
    pub(super) line: Line,
    pub(super) draining: Draining,
    pub(super) subscribers: Subscribers,
    pub(super) permit: OwnedSemaphorePermit,
}

impl Connection {
    /// Serves until it ends.
    pub(super) async fn serve(self) {
        let patience = Duration::from_secs(self.app.config.http.slow_client_seconds);
        let (outbox, queue) = mpsc::channel(OUTBOX);
        let mut writer = pin!(write(queue, self.session.clone(), &self.flow, patience));
        let reader = Reader {
            app: self.app,
            id: self.id,
            authorization: self.authorization,
            subscribers: self.subscribers,
            unknown: None,
            is_open: false,
            init_by: Some(Instant::now() + INIT_WITHIN),
            expires: None,
            heard_at: Instant::now(),
            outbox,
            underway: Underway::default(),
        };
        let end = tokio::select! {
            end = &mut writer => end,
            // What it still had to say, and the end.
            () = reader.run(self.incoming, self.draining) => writer.await,
        };
        if let End::Close(reason) = end {
            say_goodbye(self.session, self.line, reason).await;
        }
        drop(self.permit);
    }
}

/// Sends what comes in the queue.
async fn write(mut queue: mpsc::Receiver<Out>, mut session: Session, flow: &Flow, patience: Duration) -> End {
    loop {
        let out = tokio::select! {
            out = queue.recv() => out,
            () = flow.is_stuck_for(patience) => return send_away(Farewell::Slow),
        };
        let out = match out {
            None => return End::Gone,
            Some(Out::End(end)) => return end,
            Some(out) => out,
        };
        match timeout(patience, send(&mut session, flow, out)).await {
            Ok(Ok(())) => {}
            Ok(Err(Closed)) => return End::Gone,
            Err(_too_slow) => return send_away(Farewell::Slow),
        }
    }
}

async fn send(session: &mut Session, flow: &Flow, out: Out) -> Result<(), Closed> {
    flow.room().await;
    match out {
        Out::Text(text) => {
            flow.add(text.len());
            session.text(text).await
        }
        Out::Ping => {
            flow.add(0);
            session.ping(b"").await
        }
        Out::Pong(payload) => {
            flow.add(payload.len());
            session.pong(&payload).await
        }
        Out::End(_) => Ok(()),
    }
}

/// Follows the protocol.
struct Reader {
    app: web::Data<App>,
    id: RequestId,
    authorization: Option<String>,
    subscribers: Subscribers,
    /// The place of a client that did not sign in.
    unknown: Option<OwnedSemaphorePermit>,
    /// Whether the client was let in.
    is_open: bool,
    /// Until when it must introduce itself; `None` once it has.
    init_by: Option<Instant>,
    /// When its token ends.
    expires: Option<Instant>,
    /// When something last came.
    heard_at: Instant,
    outbox: mpsc::Sender<Out>,
    underway: Underway,
}

impl Reader {
    async fn run(mut self, mut incoming: AggregatedMessageStream, draining: Draining) {
        let mut stopping = pin!(draining.begun());
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = loop {
            let step = tokio::select! {
                message = incoming.recv() => self.hear(message).await,
                _instant = ping.tick() => self.say(Out::Ping).await,
                () = sleep_until(self.heard_at + SILENCE) => Err(close(1001, "nothing came for a minute")),
                () = at(self.init_by) => Err(close(4408, "Connection initialisation timeout")),
                () = at(self.expires) => Err(send_away(Farewell::Expired)),
                () = &mut stopping => Err(send_away(Farewell::Stopping)),
            };
            if let Err(end) = step {
                break end;
            }
        };
        let _is_gone = self.outbox.send(Out::End(end)).await.is_err();
    }

    async fn say(&self, out: Out) -> Step {
        self.outbox.send(out).await.map_err(|_gone| End::Gone)
    }

    async fn hear(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Step {
        self.heard_at = Instant::now();
        match message {
            None => Err(End::Gone),
            Some(Err(error)) => Err(end_after(&error)),
            Some(Ok(AggregatedMessage::Text(text))) => match message::parse(&text) {
                Ok(message) => self.obey(message).await,
                Err(reason) => Err(close(4400, reason)),
            },
            Some(Ok(AggregatedMessage::Binary(_))) => Err(close(4400, "messages are text")),
            Some(Ok(AggregatedMessage::Ping(payload))) => self.say(Out::Pong(payload)).await,
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            // A close is answered with the same.
            Some(Ok(AggregatedMessage::Close(reason))) => Err(End::Close(reason)),
        }
    }

    async fn obey(&mut self, message: Incoming) -> Step {
        match message {
            Incoming::Init(payload) => self.let_in(payload).await,
            Incoming::Ping(payload) => self.say(Out::Text(message::pong(payload))).await,
            Incoming::Pong => Ok(()),
            Incoming::Subscribe { id, request } => self.begin(id, *request).await,
            Incoming::Complete { id } => {
                self.underway.end(&id);
                Ok(())
            }
        }
    }

    async fn let_in(&mut self, payload: Map<String, Value>) -> Step {
        if self.init_by.take().is_none() {
            return Err(close(4429, "Too many initialisation requests"));
        }
        match payload.get("authorization").or_else(|| payload.get("Authorization")) {
            None | Some(Value::Null) => {}
            Some(Value::String(given)) => self.authorization = Some(given.clone()),
            Some(_) => return Err(close(4403, "`authorization` must be a string")),
        }
        if self.authorization.is_none() {
            self.unknown = self.subscribers.keep_unknown();
            if self.unknown.is_none() {
                return Err(send_away(Farewell::Full));
            }
        }
        let identified = Box::pin(self.app.identify_until(self.authorization.as_deref(), self.id.as_str())).await;
        match identified {
            Ok((ctx, until)) => {
                self.is_open = true;
                self.expires = end_of(until, ctx.now);
                self.say(Out::Text(message::ack())).await
            }
            Err(Error::Unauthenticated(reason)) => Err(close(4403, reason)),
            Err(error) => {
                tracing::error!(request_id = self.id.as_str(), %error, "a caller could not be identified");
                Err(close(1013, "try again later"))
            }
        }
    }

    async fn begin(&mut self, id: String, request: GraphqlRequest) -> Step {
        if !self.is_open {
            return Err(close(4401, "Unauthorized"));
        }
        if self.underway.has(&id) {
            return Err(close(4409, format!("Subscriber for {id} already exists")));
        }
        if self.underway.count() >= MOST_OPERATIONS {
            let message = format!("at most {MOST_OPERATIONS} operations are under way on one connection; complete one, or open another");
            let error = refusal(Code::TooComplex, message, None, self.id.as_str());
            return self.say(Out::Text(message::error(&id, &[error]))).await;
        }
        self.underway.begin(Call {
            app: self.app.clone(),
            id: self.id.clone(),
            authorization: self.authorization.clone(),
            operation: id,
            request,
            outbox: self.outbox.clone(),
        });
        Ok(())
    }
}

/// What broke the rules of WebSocket, as far as the library tells.
fn end_after(error: &ProtocolError) -> End {
    match error {
        ProtocolError::Overflow => close(1009, "the message is too large"),
        ProtocolError::Io(cause) if cause.kind() == std::io::ErrorKind::InvalidData => close(1007, "the text is not UTF-8"),
        // Too many fragments for one message; or the connection broke, which nobody hears of.
        ProtocolError::Io(_) => close(1009, "the message is too large"),
        _ => close(1002, "not WebSocket"),
    }
}
