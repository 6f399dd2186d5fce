//! Errors as clients see them: a message for people, `extensions.code` for programs, `extensions.requestId` for support.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError};

use crate::error::{Code, Error, UserError, UserErrorCode};

/// An error on its way through the executor, which wants to copy it.
#[derive(Clone, Debug)]
pub struct ApiError(Arc<Error>);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.public_message())
    }
}

/// An error that stands for the whole request.
#[must_use]
pub fn to_server_error(error: &Error, request_id: &str) -> ServerError {
    log(error, request_id);
    let mut server_error = ServerError::new(error.public_message(), None);
    mark(&mut server_error, error.code(), request_id);
    server_error
}

/// An error of a document that was not executed.
#[must_use]
pub fn refusal(code: Code, message: impl Into<String>, position: Option<Pos>, request_id: &str) -> ServerError {
    let mut error = ServerError::new(message, position);
    mark(&mut error, code, request_id);
    error
}

/// Gives every error of a response its code and the request id; hides and logs internal causes.
pub fn finish(response: &mut Response, request_id: &str) {
    for server_error in &mut response.errors {
        let code = match server_error.source::<ApiError>() {
            Some(ApiError(error)) => {
                log(error, request_id);
                let (message, code) = (error.public_message(), error.code());
                server_error.message = message;
                code
            }
            // What the library itself refuses is about arguments, variables or the document.
            None => Code::BadUserInput,
        };
        mark(server_error, code, request_id);
    }
}

fn mark(error: &mut ServerError, code: Code, request_id: &str) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code.as_str());
    }
    extensions.set("requestId", request_id);
    error.source = None;
}

/// Our own faults are logged here, once, with the id that the client got.
fn log(error: &Error, request_id: &str) {
    if matches!(error.code(), Code::Internal | Code::Unavailable) {
        tracing::error!(request_id, %error, "request failed");
    }
}

/// What the caller of a mutation can mend.
#[derive(Clone, Debug, async_graphql::SimpleObject)]
#[graphql(name = "UserError")]
pub struct UserErrorObject {
    /// Stable name, for programs.
    pub code: UserErrorCode,
    /// For people.
    pub message: String,
    /// Path of the field in `input`, for example `["interactions", "3", "sentiment"]`; empty when it is about the whole.
    pub field: Vec<String>,
}

impl From<UserError> for UserErrorObject {
    fn from(error: UserError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            field: error.field,
        }
    }
}

/// Splits what the caller can mend from what stops the request.
///
/// # Errors
/// Everything but [`Error::User`].
pub fn user_errors<T>(result: Result<T, Error>) -> Result<Result<T, Vec<UserErrorObject>>, Error> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Error::User(errors)) => Ok(Err(errors.into_iter().map(UserErrorObject::from).collect())),
        Err(error) => Err(error),
    }
}
