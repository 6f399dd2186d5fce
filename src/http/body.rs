//! Reading a request body without trusting what it says of itself.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
    web,
};
use futures_util::StreamExt;

use super::problem::Problem;

/// A whole body must arrive in this time, so that idle senders cannot hold memory for ever.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Memory reserved on the word of the caller; the rest is reserved as it arrives.
const TRUSTED_LENGTH: usize = 64 * 1024;

/// The body, at most `limit` bytes, counted as they arrive whatever the headers say.
///
/// # Errors
/// [`Problem::Compressed`], [`Problem::TooLarge`], [`Problem::TooSlow`], or
/// [`Problem::BadRequest`] if it broke off.
pub(super) async fn read(request: &HttpRequest, payload: web::Payload, limit: usize) -> Result<Vec<u8>, Problem> {
    if is_compressed(request.headers()) {
        return Err(Problem::Compressed);
    }
    let declared = declared_length(request.headers());
    if declared.is_some_and(|length| length > limit) {
        return Err(Problem::TooLarge { limit });
    }
    let buffer = Vec::with_capacity(declared.unwrap_or(0).min(TRUSTED_LENGTH));
    tokio::time::timeout(TIME_LIMIT, collect(payload, buffer, limit))
        .await
        .unwrap_or(Err(Problem::TooSlow))
}

async fn collect(mut payload: web::Payload, mut buffer: Vec<u8>, limit: usize) -> Result<Vec<u8>, Problem> {
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::BadRequest(format!("The body broke off: {error}")))?;
        if chunk.len() > limit.saturating_sub(buffer.len()) {
            return Err(Problem::TooLarge { limit });
        }
        buffer.extend_from_slice(&chunk);
    }
    Ok(buffer)
}

fn is_compressed(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
