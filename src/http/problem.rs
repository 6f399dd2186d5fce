//! Refusals that concern the transport: nothing was executed, and the fault is in the HTTP request.
//!
//! What concerns the document or the data is in [`crate::error`]. Both look alike to a client.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
};
use serde_json::json;

use super::{negotiation::MediaType, request_id::RequestId};

/// Why a request is answered without being looked at any closer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The request is not what the endpoint expects; the text says what is wrong with it.
    #[error("{0}")]
    BadRequest(String),
    /// No such path.
    #[error("There is nothing at this path. The API is at /graphql.")]
    NotFound,
    /// The path exists, but not for this method.
    #[error("This method is not allowed here. Allowed: {allow}.")]
    MethodNotAllowed {
        /// Value of the `Allow` header.
        allow: &'static str,
    },
    /// The caller accepts none of our media types.
    #[error("Answers are `application/graphql-response+json`, `application/json` or `text/event-stream`; `Accept` allows none of them.")]
    NotAcceptable,
    /// The body is not declared as JSON.
    #[error("Send JSON, with the header `Content-Type: application/json`.")]
    NotJson,
    /// The body is compressed. A few bytes of it could unpack to gigabytes.
    #[error("Compressed request bodies are not accepted; send the body as it is.")]
    Compressed,
    /// The body is longer than allowed.
    #[error("The request body is larger than the limit of {limit} bytes.")]
    TooLarge {
        /// Most bytes that a body may have.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("The request body did not arrive in time.")]
    TooSlow,
    /// As many exports run as may.
    #[error("As many exports are under way as this server makes at once; try again a little later.")]
    TooManyExports,
    /// A page of another origin, which is not allowed, wants to open a WebSocket.
    #[error("Pages of this origin may not connect.")]
    OtherOrigin,
    /// As many follow already as this process lets in.
    #[error("There are too many subscribers; try again later.")]
    Full,
    /// We broke.
    #[error("Something went wrong on our side. Please quote the request id.")]
    Internal,
}

impl Problem {
    /// The status code that fits.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::NotJson | Self::Compressed => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::OtherOrigin => StatusCode::FORBIDDEN,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyExports => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code for programs, in `extensions.code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "BAD_REQUEST",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed { .. } => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::NotJson | Self::Compressed => "UNSUPPORTED_MEDIA_TYPE",
            Self::TooLarge { .. } => "PAYLOAD_TOO_LARGE",
            Self::TooSlow => "REQUEST_TIMEOUT",
            Self::OtherOrigin => "FORBIDDEN",
            Self::Full => "UNAVAILABLE",
            Self::TooManyExports => "TOO_MANY_EXPORTS",
            Self::Internal => "INTERNAL",
        }
    }

    /// The answer, with a body in the shape of GraphQL errors.
    pub(super) fn answer(&self, media_type: MediaType, request_id: &RequestId) -> HttpResponse {
        self.begin_answer()
            .insert_header((header::CONTENT_TYPE, media_type.content_type()))
            .body(self.body(request_id))
    }

    /// The body of [`Self::answer`].
    pub(super) fn body(&self, request_id: &RequestId) -> String {
        let (message, code) = (json!(self.to_string()), json!(self.code()));
        let id = json!(request_id.as_str());
        // Put together by hand only so that people read the message first.
        format!(r#"{{"errors":[{{"message":{message},"extensions":{{"code":{code},"requestId":{id}}}}}]}}"#)
    }

    /// The answer without its body, for endpoints whose errors have another shape.
    pub(super) fn begin_answer(&self) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(self.status());
        if let Some(header) = self.remedy() {
            answer.insert_header(header);
        }
        if matches!(self, Self::TooLarge { .. } | Self::TooSlow) {
            // The rest of the body is still on its way; do not let it hold the connection.
            answer.force_close();
        }
        answer
    }

    /// The header that says what would have been right.
    fn remedy(&self) -> Option<(HeaderName, &'static str)> {
        match self {
            Self::MethodNotAllowed { allow } => Some((header::ALLOW, allow)),
            Self::NotJson => Some((header::ACCEPT, "application/json")),
            Self::Compressed => Some((header::ACCEPT_ENCODING, "identity")),
            Self::Full => Some((header::RETRY_AFTER, "5")),
            Self::TooManyExports => Some((header::RETRY_AFTER, "30")),
            _ => None,
        }
    }
}
