//! `GET /export/{community}`: an export as a stream of JSON Lines.
//!
//! Once the stream has begun its status cannot change any more: an export without the line `end` is not whole, and the last
//! checkpoint says how to go on. The export is made by a task of its own, which is a few pages ahead of the client and no more, and
//! which lets go of the database when the client takes nothing for a while. At each checkpoint the caller is looked at anew.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{graphql::authorization, negotiation::MediaType, problem::Problem, request_id::RequestId};
use crate::{
    app::App,
    context::{Access, OpContext},
    error::{Code, Error},
    features::export::service::{Broken, Export, Wanted},
    graphql::errors::to_server_error,
};

/// What the answer is.
const NDJSON: &str = "application/x-ndjson; charset=utf-8";

/// Pages that the export may be ahead of the client.
const AHEAD: usize = 2;

/// A client that takes nothing for so long is given up: it holds a snapshot of the database.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    types: Option<String>,
    after: Option<String>,
}

/// `GET /export/{community}`.
pub(super) async fn get(request: HttpRequest, slug: web::Path<String>, app: web::Data<App>, id: RequestId) -> HttpResponse {
    let wanted = match web::Query::<Parameters>::from_query(request.query_string()) {
        Ok(web::Query(Parameters { types, after })) => Wanted { types, after },
        Err(error) => {
            let problem = Problem::BadRequest(format!("The parameters here are `types` and `after`. {error}."));
            return problem.answer(MediaType::Json, &id);
        }
    };
    let caller = Caller {
        app: App::clone(&app),
        authorization: authorization(request.headers()),
        slug: slug.into_inner(),
        id,
    };
    match begin(&caller, &wanted).await {
        Ok((export, seat)) => {
            let (sender, receiver) = mpsc::channel(AHEAD);
            tokio::spawn(send(caller, export, seat, sender));
            let chunks = stream::unfold(receiver, |mut receiver| async move {
                let chunk = receiver.recv().await?;
                Some((Ok::<Bytes, Infallible>(chunk), receiver))
            });
            HttpResponse::Ok().insert_header((header::CONTENT_TYPE, NDJSON)).streaming(chunks)
        }
        Err(Refusal::Full) => Problem::TooManyExports.answer(MediaType::Json, &caller.id),
        Err(Refusal::Error(error)) => refuse(&error, &caller.id),
    }
}

/// Who asks, and for which community.
struct Caller {
    app: App,
    authorization: Option<String>,
    slug: String,
    id: RequestId,
}

impl Caller {
    async fn identify(&self) -> Result<OpContext, Error> {
        self.app.identify(self.authorization.as_deref(), self.id.as_str()).await
    }

    /// What they may read by now.
    async fn access(&self) -> Result<Access, Error> {
        let ctx = self.identify().await?;
        ctx.community(&self.slug).cloned()
    }
}

/// Why there is no export.
enum Refusal {
    /// As many run as may.
    Full,
    /// The caller, what they ask for, or the database.
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Begins an export for a caller who may have one. Only they take a seat.
async fn begin(caller: &Caller, wanted: &Wanted) -> Result<(Export, OwnedSemaphorePermit), Refusal> {
    let ctx = caller.identify().await?;
    let access = ctx.community(&caller.slug)?;
    let seat = caller.app.exports.seat().ok_or(Refusal::Full)?;
    let export = Export::begin(&caller.app, &ctx, access, wanted).await?;
    Ok((export, seat))
}

/// Makes the export and hands it on, as fast as it is taken.
async fn send(caller: Caller, mut export: Export, _seat: OwnedSemaphorePermit, sender: mpsc::Sender<Bytes>) {
    let (app, id) = (&caller.app, &caller.id);
    loop {
        let next = tokio::select! {
            biased;
            next = export.next_for(|| caller.access()) => next,
            () = app.stopping.begun() => Ok(Some(export.broken(Broken::Stopping))),
        };
        let chunk = match next {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                tracing::error!(%error, request_id = id.as_str(), "an export broke off");
                export.broken(Broken::Failed)
            }
        };
        let sent = tokio::time::timeout(PATIENCE, sender.send(chunk.into())).await;
        if !matches!(sent, Ok(Ok(()))) {
            tracing::info!(request_id = id.as_str(), "the client has left an export");
            break;
        }
    }
    if let Err(error) = export.finish().await {
        tracing::debug!(%error, "the snapshot of an export ended by itself");
    }
}

fn refuse(error: &Error, id: &RequestId) -> HttpResponse {
    let body = json!({ "errors": [to_server_error(error, id.as_str())] });
    HttpResponse::build(status(error.code()))
        .insert_header((header::CONTENT_TYPE, MediaType::Json.content_type()))
        .body(body.to_string())
}

const fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::CursorExpired => StatusCode::GONE,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}
