//! One log line for each request, written when its answer has left (or was abandoned).
//!
//! It tells method, path, status, duration and size. Never here: query strings, bodies, headers or
//! tokens, because people's names and questions are in them.

use std::{
    error::Error as StdError,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
    web::Bytes,
};

use super::request_id::{self, RequestId};

/// What is logged when a request was given up before it had a status (as nginx does): the caller
/// reset the connection, or the shutdown could not wait any longer.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Longest part of a path that is logged; a path is the caller's text.
const MAX_PATH: usize = 200;

/// Middleware: measures a request and logs it.
pub(super) async fn record(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut line = Line::begin(&request);
    let response = match next.call(request).await {
        Ok(response) => response,
        Err(error) => {
            line.status = error.as_response_error().status_code().as_u16();
            return Err(error);
        }
    };
    line.status = response.status().as_u16();
    Ok(response.map_body(|_, body| BoxBody::new(Measured { body: body.boxed(), line })))
}

/// The line in the making. Logging on drop also covers requests that were given up half-way.
struct Line {
    method: Method,
    path: String,
    request_id: RequestId,
    started: Instant,
    status: u16,
    bytes: u64,
}

impl Line {
    fn begin(request: &ServiceRequest) -> Self {
        Self {
            method: request.method().clone(),
            path: request.path().chars().take(MAX_PATH).collect(),
            request_id: request_id::of(request),
            started: Instant::now(),
            status: CLIENT_CLOSED_REQUEST,
            bytes: 0,
        }
    }

    /// Probes come every few seconds and say nothing, unless they fail.
    fn is_quiet(&self) -> bool {
        self.status == StatusCode::OK && matches!(self.path.as_str(), "/healthz" | "/readyz")
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Self {
            method,
            path,
            request_id,
            status,
            bytes,
            ..
        } = &*self;
        let (method, request_id) = (method.as_str(), request_id.as_str());
        let milliseconds = self.started.elapsed().as_micros() as f64 / 1000.0;
        if self.is_quiet() {
            tracing::debug!(method, path, status, milliseconds, bytes, request_id, "request");
        } else {
            tracing::info!(method, path, status, milliseconds, bytes, request_id, "request");
        }
    }
}

/// A body that counts what is sent of it and carries the line until it is done.
struct Measured {
    body: BoxBody,
    line: Line,
}

impl MessageBody for Measured {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_next(context);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            this.line.bytes += chunk.len() as u64;
        }
        polled
    }
}
