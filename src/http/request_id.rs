//! One id for each request, in its answer, its log line and every error it causes.
//!
//! The caller may choose it, so that a trace can be followed through several systems.

use std::future::{Ready, ready};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};

/// The header that carries the id, both ways.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 64;

/// The id of the request being answered: 1 to 64 of `A-Z a-z 0-9 . _ -`, safe in logs and headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new random id in the form of a UUID (version 4).
    #[must_use]
    pub fn generate() -> Self {
        let random: u128 = rand::random();
        let bits = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        Self(format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            (bits >> 80) & 0xffff,
            (bits >> 64) & 0xffff,
            (bits >> 48) & 0xffff,
            bits & 0xffff_ffff_ffff,
        ))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The caller's id, if it sent exactly one and it is harmless.
    fn from_caller(headers: &HeaderMap) -> Option<Self> {
        let mut sent = headers.get_all(&HEADER);
        let (Some(id), None) = (sent.next(), sent.next()) else {
            return None;
        };
        let id = id.to_str().ok()?;
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        ((1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(harmless)).then(|| Self(id.to_owned()))
    }
}

/// Middleware: settles the id before anything else runs and puts it on the answer.
pub(super) async fn assign(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = RequestId::from_caller(request.headers()).unwrap_or_else(RequestId::generate);
    // Every id is made of visible ASCII, so this cannot fail; without a value there is no header.
    let header = HeaderValue::from_str(id.as_str());
    request.extensions_mut().insert(id);
    let mut response = next.call(request).await?;
    if let Ok(value) = header {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}

/// The id that [`assign`] gave to this request.
pub(super) fn of(request: &impl HttpMessage) -> RequestId {
    request.extensions().get::<RequestId>().cloned().unwrap_or_else(RequestId::generate)
}

impl FromRequest for RequestId {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(of(request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_str(value).unwrap());
        }
        RequestId::from_caller(&headers).map(|id| id.0)
    }

    #[test]
    fn keeps_a_harmless_id_of_the_caller() {
        assert_eq!(sent(&["Trace-7.a_b"]).as_deref(), Some("Trace-7.a_b"));
        assert!(sent(&[&"a".repeat(64)]).is_some());
    }

    #[test]
    fn ignores_what_could_forge_a_log_line_or_is_ambiguous() {
        for values in [&[""][..], &["a b"], &["a\"b"], &["é"], &[&"a".repeat(65)], &["a", "b"], &[]] {
            assert_eq!(sent(values), None, "{values:?}");
        }
    }

    #[test]
    fn generated_ids_are_version_4_uuids() {
        let id = RequestId::generate().0;
        let shape: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(shape, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(id.chars().nth(14), Some('4'), "{id}");
        assert!(matches!(id.chars().nth(19), Some('8' | '9' | 'a' | 'b')), "{id}");
        assert_ne!(id, RequestId::generate().0);
    }
}
