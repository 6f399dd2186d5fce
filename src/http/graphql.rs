//! `/graphql`: what is asked, by whom, and how it is answered.

use std::panic::AssertUnwindSafe;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
    web,
};
use futures_util::FutureExt;

use super::{
    answer::Answer,
    body,
    health::Draining,
    line::Line,
    negotiation::{self, MediaType, Streaming},
    operations::{self, Operations},
    problem::Problem,
    request_id::RequestId,
    sse::{self, Stage},
    subscribers::Subscribers,
};
use crate::{app::App, context::OpContext, error::Error, graphql::GraphqlRequest};

/// What subscriptions need to know of the server.
type Following = (web::Data<Draining>, web::Data<Subscribers>);

/// `GET /graphql`: one query or subscription, never a mutation.
pub(super) async fn get(request: HttpRequest, app: web::Data<App>, following: Following, id: RequestId) -> HttpResponse {
    let Some(caller) = Caller::of(&request, app, following, id.clone()) else {
        return Problem::NotAcceptable.answer(MediaType::Json, &id);
    };
    let operation = operations::from_query_string(request.query_string());
    caller.answer(operation.map(Operations::One)).await
}

/// `POST /graphql`: one operation, or an array of them.
pub(super) async fn post(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
    following: Following,
    id: RequestId,
) -> HttpResponse {
    let Some(caller) = Caller::of(&request, app, following, id.clone()) else {
        return Problem::NotAcceptable.answer(MediaType::Json, &id);
    };
    let operations = receive(&request, payload, &caller.app).await;
    caller.answer(operations).await
}

async fn receive(request: &HttpRequest, payload: web::Payload, app: &App) -> Result<Operations, Problem> {
    if !negotiation::is_json(request.headers()) {
        return Err(Problem::NotJson);
    }
    let body = body::read(request, payload, app.config.http.max_body_bytes).await?;
    operations::from_json(&body, app.config.http.max_batch)
}

/// The raw `Authorization` header. Several of them, or bytes that are not text, become a value that
/// is no token either, so that they are refused rather than ignored.
pub(super) fn authorization(headers: &HeaderMap) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(header::AUTHORIZATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Who waits for the answer, and in which form.
struct Caller {
    app: web::Data<App>,
    id: RequestId,
    authorization: Option<String>,
    media_type: MediaType,
    streaming: Streaming,
    stage: Stage,
}

impl Caller {
    /// Who sent a request; `None` when no form of answer suits them.
    fn of(request: &HttpRequest, app: web::Data<App>, (draining, subscribers): Following, id: RequestId) -> Option<Self> {
        let headers = request.headers();
        let streaming = negotiation::event_stream(headers);
        let media_type = match negotiation::negotiate(headers) {
            Some(media_type) => media_type,
            // Who takes nothing but a stream reads what is none by its status.
            None if streaming == Streaming::Always => MediaType::Json,
            None => return None,
        };
        Some(Self {
            stage: Stage {
                draining: draining.get_ref().clone(),
                subscribers: subscribers.get_ref().clone(),
                line: Line::of(request),
            },
            authorization: authorization(headers),
            app,
            id,
            media_type,
            streaming,
        })
    }

    async fn answer(self, operations: Result<Operations, Problem>) -> HttpResponse {
        match operations {
            Ok(Operations::One(operation)) if self.streams(&operation) => self.answer_stream(operation).await,
            Ok(Operations::One(operation)) => self.answer_one(operation).await,
            Ok(Operations::Batch(_)) if self.streaming == Streaming::Always => {
                let message = "One operation is answered with an event stream; send one object, or accept JSON.".to_owned();
                Problem::BadRequest(message).answer(self.media_type, &self.id)
            }
            Ok(Operations::Batch(operations)) => self.answer_all(operations).await,
            Err(problem) => problem.answer(self.media_type, &self.id),
        }
    }

    /// Whether an operation is to be answered with an event stream.
    fn streams(&self, operation: &GraphqlRequest) -> bool {
        match self.streaming {
            Streaming::Never => false,
            Streaming::IfNeeded => self.app.engine.is_subscription(operation),
            Streaming::Always => true,
        }
    }

    async fn answer_stream(self, operation: GraphqlRequest) -> HttpResponse {
        let authorization = self.authorization.as_deref();
        sse::answer(&self.app, &self.id, authorization, self.media_type, self.stage, operation).await
    }

    async fn answer_one(&self, operation: GraphqlRequest) -> HttpResponse {
        let answer = match self.identify().await {
            Ok(context) => self.execute(context, operation).await,
            Err(error) => Answer::of_error(&error, &self.id),
        };
        answer.send(self.media_type)
    }

    /// In order, one after the other: a later operation may build on an earlier one.
    ///
    /// Each is identified for itself: a grant that is revoked meanwhile counts at once, and what
    /// one operation has loaded is never shown to the next.
    async fn answer_all(&self, operations: Vec<GraphqlRequest>) -> HttpResponse {
        let mut answers = Vec::with_capacity(operations.len());
        for operation in operations {
            let answer = match self.identify().await {
                Ok(context) => self.execute(context, operation).await,
                Err(error) => {
                    let answer = Answer::of_error(&error, &self.id);
                    if answers.is_empty() {
                        // Nothing was executed: one clear status instead of an array of errors.
                        return answer.send(self.media_type);
                    }
                    answer
                }
            };
            answers.push(answer);
        }
        Answer::send_all(&answers, self.media_type)
    }

    async fn identify(&self) -> Result<OpContext, Error> {
        self.app.identify(self.authorization.as_deref(), self.id.as_str()).await
    }

    async fn execute(&self, context: OpContext, operation: GraphqlRequest) -> Answer {
        let authorization = self.authorization.as_deref();
        let execution = Box::pin(self.app.engine.execute(&self.app, context, authorization, operation));
        // Without this a bug in one resolver would close the connection without any answer. What
        // the execution had borrowed is gone with it, so nothing half-changed can be seen later.
        if let Ok(outcome) = AssertUnwindSafe(execution).catch_unwind().await {
            return Answer::of_outcome(&outcome, self.media_type, &self.id);
        }
        tracing::error!(request_id = self.id.as_str(), "the execution panicked");
        Answer::of_problem(&Problem::Internal, &self.id)
    }
}
