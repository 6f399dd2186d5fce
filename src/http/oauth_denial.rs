//! Why `/oauth/token` gives no token, in the shape of RFC 6749, section 5.2.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use serde_json::json;

use super::{answer::status_of_code, problem::Problem, request_id::RequestId};
use crate::error::Error;

/// A request for a token that is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Denial {
    /// The form is not what the RFC asks for; the text says why.
    InvalidRequest(&'static str),
    /// Credentials are missing or wrong.
    InvalidClient,
    /// The client may not have what it asks for.
    InvalidScope(String),
    /// Another grant than client credentials.
    UnsupportedGrantType,
    /// The service itself cannot or will not answer now.
    Unavailable(StatusCode),
    /// The HTTP request is wrong before its form is looked at.
    Transport(Problem),
}

impl Denial {
    pub(super) fn of_error(error: &Error, id: &RequestId) -> Self {
        match status_of_code(error.code().as_str()) {
            StatusCode::UNAUTHORIZED => Self::InvalidClient,
            // The credentials are right, so the scope is all that is left to be wrong.
            StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN => Self::InvalidScope(error.public_message()),
            status => {
                tracing::error!(request_id = id.as_str(), ?error, "no token could be issued");
                Self::Unavailable(status)
            }
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::Transport(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidScope(_) => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::Unavailable(StatusCode::INTERNAL_SERVER_ERROR) => "server_error",
            Self::Unavailable(_) => "temporarily_unavailable",
        }
    }

    fn description(&self) -> String {
        match self {
            Self::InvalidRequest(what) => (*what).to_owned(),
            Self::InvalidClient => "unknown client or wrong secret".to_owned(),
            Self::InvalidScope(message) => message.clone(),
            Self::UnsupportedGrantType => "only `client_credentials` is supported".to_owned(),
            Self::Unavailable(_) => "try again later".to_owned(),
            Self::Transport(problem) => problem.to_string(),
        }
    }

    fn begin_answer(&self) -> HttpResponseBuilder {
        match self {
            Self::Transport(problem) => problem.begin_answer(),
            Self::Unavailable(status) => HttpResponse::build(*status),
            Self::InvalidClient => {
                let mut answer = HttpResponse::Unauthorized();
                let challenge = "Basic realm=\"rapport\", charset=\"UTF-8\"";
                answer.insert_header((header::WWW_AUTHENTICATE, challenge));
                answer
            }
            _ => HttpResponse::BadRequest(),
        }
    }

    pub(super) fn answer(&self) -> HttpResponse {
        self.begin_answer()
            .insert_header((header::PRAGMA, "no-cache"))
            .json(json!({ "error": self.code(), "error_description": self.description() }))
    }
}
