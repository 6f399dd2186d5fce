//! From an outcome to status, headers and body.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::{negotiation::MediaType, problem::Problem, request_id::RequestId};
use crate::{error::Error, graphql::Outcome, graphql::errors::to_server_error};

/// The answer to one operation, ready to be sent or to be put into an array.
pub(super) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

/// The body of what was not executed: without `data`, not even null.
#[derive(Serialize)]
struct Unexecuted<'a> {
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl Answer {
    /// Status and body as GraphQL over HTTP asks for.
    pub(super) fn of_outcome(outcome: &Outcome, media_type: MediaType, id: &RequestId) -> Self {
        match outcome {
            Outcome::Executed(response) => Self::new(StatusCode::OK, response, id),
            Outcome::MutationOverGet(response) => Self::unexecuted(StatusCode::METHOD_NOT_ALLOWED, response, id),
            Outcome::Refused(response) => {
                let status = match media_type {
                    MediaType::Json => StatusCode::OK,
                    MediaType::GraphqlResponse => status_of_refusal(response),
                };
                Self::unexecuted(status, response, id)
            }
        }
    }

    /// For a caller that could not be identified. That is about the HTTP request rather than the
    /// document, so the status tells in both media types.
    pub(super) fn of_error(error: &Error, id: &RequestId) -> Self {
        let response = Response::from_errors(vec![to_server_error(error, id.as_str())]);
        Self::unexecuted(status_of_code(error.code().as_str()), &response, id)
    }

    /// For an operation that met a problem of ours, alone or in an array.
    pub(super) fn of_problem(problem: &Problem, id: &RequestId) -> Self {
        Self {
            status: problem.status(),
            body: problem.body(id).into_bytes(),
        }
    }

    fn unexecuted(status: StatusCode, response: &Response, id: &RequestId) -> Self {
        let Response { errors, extensions, .. } = response;
        Self::new(status, &Unexecuted { errors, extensions }, id)
    }

    fn new(status: StatusCode, body: &impl Serialize, id: &RequestId) -> Self {
        serde_json::to_vec(body).map(|body| Self { status, body }).unwrap_or_else(|error| {
            tracing::error!(request_id = id.as_str(), %error, "an answer cannot be written as JSON");
            Self::of_problem(&Problem::Internal, id)
        })
    }

    /// The HTTP response for this one answer.
    pub(super) fn send(self, media_type: MediaType) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => response.insert_header((header::ALLOW, "POST")),
            StatusCode::UNAUTHORIZED => response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"rapport\"")),
            _ => &mut response,
        };
        response
            .insert_header((header::CONTENT_TYPE, media_type.content_type()))
            .body(self.body)
    }

    /// The HTTP response for many: 200, each of them says for itself what became of it.
    pub(super) fn send_all(answers: &[Self], media_type: MediaType) -> HttpResponse {
        let bodies: Vec<&[u8]> = answers.iter().map(|answer| answer.body.as_slice()).collect();
        let body = [b"[".as_slice(), &bodies.join(b",".as_slice()), b"]"].concat();
        Self {
            status: StatusCode::OK,
            body,
        }
        .send(media_type)
    }
}

fn status_of_refusal(response: &Response) -> StatusCode {
    let extensions = response.errors.first().and_then(|error| error.extensions.as_ref());
    match extensions.and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => status_of_code(code),
        Some(Value::Enum(code)) => status_of_code(code),
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The status for an operation of which nothing was executed, by the code of its first error.
pub(super) fn status_of_code(code: &str) -> StatusCode {
    match code {
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "FORBIDDEN" => StatusCode::FORBIDDEN,
        "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: Option<&str>) -> Outcome {
        let mut error = ServerError::new("no", None);
        if let Some(code) = code {
            error.extensions.get_or_insert_default().set("code", code);
        }
        Outcome::Refused(Response::from_errors(vec![error]))
    }

    fn answer(outcome: &Outcome, media_type: MediaType) -> (u16, String) {
        let answer = Answer::of_outcome(outcome, media_type, &RequestId::generate());
        (answer.status.as_u16(), String::from_utf8(answer.body).unwrap())
    }

    #[test]
    fn refusals_have_no_data_and_a_status_by_media_type() {
        let (status, body) = answer(&refusal(None), MediaType::GraphqlResponse);
        assert_eq!((status, body.as_str()), (400, r#"{"errors":[{"message":"no"}]}"#));
        assert_eq!(answer(&refusal(None), MediaType::Json).0, 200);
        assert_eq!(answer(&refusal(Some("UNAUTHENTICATED")), MediaType::GraphqlResponse).0, 401);
        assert_eq!(answer(&refusal(Some("UNAUTHENTICATED")), MediaType::Json).0, 200);
    }

    #[test]
    fn executed_operations_are_200_and_keep_their_data() {
        let mut response = Response::new(Value::Null);
        response.errors.push(ServerError::new("no", None));
        let (status, body) = answer(&Outcome::Executed(response), MediaType::GraphqlResponse);
        assert_eq!((status, body.as_str()), (200, r#"{"errors":[{"message":"no"}],"data":null}"#));
    }

    #[test]
    fn many_answers_are_an_array() {
        let answers = ["{}", "[]"].map(|body| Answer {
            status: StatusCode::OK,
            body: body.into(),
        });
        let response = Answer::send_all(&answers, MediaType::Json);
        let body = actix_web::body::MessageBody::try_into_bytes(response.into_body());
        assert_eq!(body.ok().unwrap(), "[{},[]]");
    }
}
