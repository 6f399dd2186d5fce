//! Event streams at `/graphql`: one operation for each request, as the "distinct connections mode" of `graphql-sse` has it.
//!
//! Each stream is one task of its own that puts events into a small channel, from which the HTTP layer takes them as the client
//! reads. A place in it is kept for the last event, so that whoever is sent away can be told why.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    body::{BodySize, MessageBody},
    http::header,
    web::{self, Bytes},
};
use async_graphql::ServerError;
use futures_util::{FutureExt as _, StreamExt as _};
use serde::Serialize;
use tokio::{
    sync::{
        OwnedSemaphorePermit,
        mpsc::{self, OwnedPermit},
    },
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::{
    answer::Answer as HttpAnswer,
    health::Draining,
    line::Line,
    negotiation::MediaType,
    problem::Problem,
    request_id::RequestId,
    subscribers::{Farewell, GOODBYE, Subscribers, end_of},
};
use crate::{
    app::App,
    error::Error,
    graphql::{
        Answer, Answers, GraphqlRequest, Outcome, Running,
        errors::{refusal, to_server_error},
        subscription::at,
    },
};

/// How often something is sent, so that nobody in between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(12);
/// What is sent then: a comment.
const COMMENT: &str = ":\n\n";
/// How many events may wait.
const WAITING: usize = 4;

/// What a stream needs to know of the server.
pub(super) struct Stage {
    pub(super) draining: Draining,
    pub(super) subscribers: Subscribers,
    pub(super) line: Line,
}

/// Answers an operation with an event stream. Errors of the transport, and callers who are not who they say, get a plain answer.
pub(super) async fn answer(
    app: &web::Data<App>,
    id: &RequestId,
    authorization: Option<&str>,
    media_type: MediaType,
    stage: Stage,
    operation: GraphqlRequest,
) -> HttpResponse {
    let Some(permit) = stage.subscribers.admit() else {
        return Problem::Full.answer(media_type, id);
    };
    let (context, until) = match app.identify_until(authorization, id.as_str()).await {
        Ok(identified) => identified,
        Err(error) => return HttpAnswer::of_error(&error, id).send(media_type),
    };
    let expires = end_of(until, context.now);
    let run = Box::pin(app.engine.run(app, context, authorization, &operation));
    let Ok(running) = AssertUnwindSafe(run).catch_unwind().await else {
        tracing::error!(request_id = id.as_str(), "the execution panicked");
        return Problem::Internal.answer(media_type, id);
    };
    let answers = match running {
        Running::Stream(answers) => answers,
        Running::Once(outcome) => {
            let events = match &*outcome {
                Outcome::MutationOverGet(_) => return HttpAnswer::of_outcome(&outcome, media_type, id).send(media_type),
                Outcome::Executed(response) => next(response) + &complete(),
                Outcome::Refused(response) => failure(&response.errors),
            };
            return begin().body(events);
        }
    };
    let (sender, receiver) = mpsc::channel(WAITING + 1);
    let Ok(last) = sender.clone().reserve_owned().await else {
        return Problem::Internal.answer(media_type, id);
    };
    let stream = Stream {
        id: id.clone(),
        sender,
        last,
        patience: Duration::from_secs(app.config.http.slow_client_seconds),
        permit,
    };
    actix_web::rt::spawn(stream.serve(answers, expires, stage));
    begin().body(Events { receiver, is_over: false })
}

fn begin() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        // Packed, or kept back by a proxy, events would wait for each other.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .force_close();
    response
}

/// What the channel carries.
enum Part {
    /// Something follows.
    More(Bytes),
    /// Nothing follows.
    Last(Bytes),
}

/// How a stream goes on: it does, it ends with an event, or the client has gone.
type Step = Result<(), Option<String>>;

/// A stream under way.
struct Stream {
    id: RequestId,
    sender: mpsc::Sender<Part>,
    last: OwnedPermit<Part>,
    patience: Duration,
    permit: OwnedSemaphorePermit,
}

impl Stream {
    async fn serve(self, answers: Answers, expires: Option<Instant>, stage: Stage) {
        let end = self.tell(answers, expires, &stage.draining).await;
        if let Some(end) = end {
            let _channel = self.last.send(Part::Last(end.into()));
            stage.line.down_within(GOODBYE).await;
        }
        drop(self.permit);
    }

    /// Tells events until the stream ends; what to say then, unless the client has gone.
    async fn tell(&self, mut answers: Answers, expires: Option<Instant>, draining: &Draining) -> Option<String> {
        let mut stopping = pin!(draining.begun());
        let mut alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Something is sent at once: the client learns that it is connected.
        let mut step = self.send(COMMENT.to_owned()).await;
        loop {
            if let Err(end) = step {
                return end;
            }
            step = tokio::select! {
                answer = AssertUnwindSafe(answers.next()).catch_unwind() => match answer {
                    Ok(Some(Answer::Next(response))) => self.send(next(&response)).await,
                    Ok(Some(Answer::Failed(errors))) => Err(Some(failure(&errors))),
                    Ok(None) => Err(Some(complete())),
                    Err(_panic) => Err(Some(self.fault())),
                },
                _instant = alive.tick() => self.send(COMMENT.to_owned()).await,
                () = at(expires) => Err(Some(self.farewell(Farewell::Expired))),
                () = &mut stopping => Err(Some(self.farewell(Farewell::Stopping))),
                () = self.sender.closed() => Err(None),
            };
        }
    }

    async fn send(&self, text: String) -> Step {
        match timeout(self.patience, self.sender.send(Part::More(text.into()))).await {
            Ok(sent) => sent.map_err(|_gone| None),
            Err(_too_slow) => Err(Some(self.farewell(Farewell::Slow))),
        }
    }

    fn farewell(&self, why: Farewell) -> String {
        failure(&[refusal(why.code(), why.reason(), None, self.id.as_str())])
    }

    fn fault(&self) -> String {
        failure(&[to_server_error(&Error::internal("the execution panicked"), self.id.as_str())])
    }
}

/// The body: what the channel carries.
struct Events {
    receiver: mpsc::Receiver<Part>,
    is_over: bool,
}

impl MessageBody for Events {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        this.receiver.poll_recv(context).map(|part| match part? {
            Part::More(bytes) => Some(Ok(bytes)),
            Part::Last(bytes) => {
                this.is_over = true;
                Some(Ok(bytes))
            }
        })
    }
}

/// The event of a result.
fn next(result: &impl Serialize) -> String {
    // JSON written so has no line breaks, which would end the data.
    serde_json::to_string(result).map_or_else(
        |error| {
            tracing::error!(%error, "an event cannot be written as JSON");
            String::new()
        },
        |data| format!("event: next\ndata: {data}\n\n"),
    )
}

/// The event after which nothing comes. Without data browsers would not hear of it.
fn complete() -> String {
    "event: complete\ndata:\n\n".to_owned()
}

/// The events of what broke off, or was not executed.
fn failure(errors: &[ServerError]) -> String {
    #[derive(Serialize)]
    struct Failure<'a> {
        errors: &'a [ServerError],
    }
    next(&Failure { errors }) + &complete()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_those_of_the_protocol() {
        let response = async_graphql::Response::new(async_graphql::Value::from("a\nb"));
        assert_eq!(next(&response), "event: next\ndata: {\"data\":\"a\\nb\"}\n\n");
        assert_eq!(
            failure(&[ServerError::new("no", None)]),
            "event: next\ndata: {\"errors\":[{\"message\":\"no\"}]}\n\nevent: complete\ndata:\n\n"
        );
    }

    #[tokio::test]
    async fn the_last_event_has_a_place_however_many_wait() {
        let (sender, receiver) = mpsc::channel(WAITING + 1);
        let last = sender.clone().reserve_owned().await.unwrap();
        for number in 0..WAITING {
            sender.try_send(Part::More(number.to_string().into())).ok().unwrap();
        }
        assert!(sender.try_send(Part::More("more".into())).is_err());
        last.send(Part::Last("last".into()));
        let mut body = pin!(Events { receiver, is_over: false });
        let mut seen = String::new();
        while let Some(chunk) = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await {
            seen.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
        assert_eq!(seen, "0123last");
    }
}
