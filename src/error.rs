//! What can go wrong, in one place, with one code each.
//!
//! Which to use: [`Error::User`] for what the person who asks can mend (it becomes `userErrors` of a mutation),
//! the other named ones for what stops a request, and [`Error::Internal`] for our own faults, whose cause is logged
//! with the request id and never shown.

use std::fmt::Display;

use sea_orm::DbErr;

/// Stable names of top-level errors, as clients see them in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Nobody is signed in, or the token is not good.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// There is no such thing, or none that the caller may see.
    NotFound,
    /// An argument is wrong.
    BadUserInput,
    /// The idempotency key was used for something else.
    IdempotencyKeyReused,
    /// The document does not parse.
    ParseFailed,
    /// The document does not fit the schema.
    ValidationFailed,
    /// The document asks for too much.
    TooComplex,
    /// The cursor is older than what the change log keeps.
    CursorExpired,
    /// The database is busy or away; the same request may succeed later.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Code {
    /// The name in `extensions.code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::TooComplex => "TOO_COMPLEX",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// What a person can mend, by field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UserError {
    /// Stable name.
    pub code: UserErrorCode,
    /// For people.
    pub message: String,
    /// Path of the input field, for example `["interactions", "3", "sentiment"]`.
    pub field: Vec<String>,
}

impl UserError {
    /// An error at one field of the input.
    #[must_use]
    pub fn at(field: &str, code: UserErrorCode, message: impl Into<String>) -> Self {
        let field = field.split('.').filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect();
        Self {
            code,
            message: message.into(),
            field,
        }
    }
}

/// What the caller can mend, collected from checks that do not depend on each other: all of it is told at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserErrors(Vec<UserError>);

impl UserErrors {
    /// Takes in what a check found.
    pub fn check(&mut self, checked: Result<(), UserError>) {
        self.0.extend(checked.err());
    }

    /// Takes in what several checks found.
    pub fn add(&mut self, errors: impl IntoIterator<Item = UserError>) {
        self.0.extend(errors);
    }

    /// The value of a step; there is none when the step was refused, which is taken in.
    ///
    /// # Errors
    /// What the caller cannot mend.
    pub fn value<T>(&mut self, step: Result<T>) -> Result<Option<T>> {
        match step {
            Ok(value) => Ok(Some(value)),
            Err(Error::User(errors)) => {
                self.0.extend(errors);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What was made of the values, when nothing is wrong.
    ///
    /// # Errors
    /// [`Error::User`] with all that was taken in.
    pub fn done<T>(self, made: Option<T>) -> Result<T> {
        made.filter(|_made| self.0.is_empty()).ok_or(Error::User(self.0))
    }
}

impl From<Vec<UserError>> for UserErrors {
    fn from(errors: Vec<UserError>) -> Self {
        Self(errors)
    }
}

/// Names of what a person can mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
pub enum UserErrorCode {
    /// The value cannot be used here.
    Invalid,
    /// A value is needed.
    Required,
    /// Longer than allowed.
    TooLong,
    /// More items than one call takes.
    TooMany,
    /// Outside the range allowed.
    OutOfRange,
    /// Refers to something that is not in this community.
    NotFound,
    /// Already in use by another record.
    Taken,
    /// Already recorded with other content.
    Conflict,
    /// Not possible in the present state.
    NotAllowedNow,
}

/// Why a request could not be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not signed in, or the token is not good; the text says what is wrong with it, never its content.
    #[error("{0}")]
    Unauthenticated(String),
    /// Not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// Not there, or not for this caller.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A wrong argument.
    #[error("{field}: {message}")]
    BadInput {
        /// The argument.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// What the caller can mend in the input of a mutation.
    #[error("{}", list(.0))]
    User(Vec<UserError>),
    /// The key was used with another input.
    #[error("idempotencyKey was already used with another input")]
    IdempotencyKeyReused,
    /// The cursor is older than what the change log keeps.
    #[error(
        "the cursor is older than the change log: what came after it was deleted. Read everything anew (an export, or the lists), \
         and go on from the cursor that the export begins with, or that changesCursor gave before"
    )]
    CursorExpired,
    /// The database is busy or away.
    #[error("the service is busy; try again")]
    Unavailable(#[source] DbErr),
    /// The database went away while it committed.
    #[error("the service went away; the write was made or was not: look, or repeat it with its idempotencyKey")]
    Unclear(#[source] DbErr),
    /// Another writer was faster; the same transaction will see its work when it is run again.
    #[error("the service is busy; try again")]
    Raced,
    /// The database failed.
    #[error("database: {0}")]
    // Not marked as the source: whoever prints the chain would print it twice.
    Database(DbErr),
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

fn list(errors: &[UserError]) -> String {
    let texts: Vec<String> = errors
        .iter()
        .map(|error| format!("{}: {}", error.field.join("."), error.message))
        .collect();
    texts.join("; ")
}

impl Error {
    /// A wrong argument.
    pub fn bad_input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadInput {
            field: field.into(),
            message: message.into(),
        }
    }

    /// One thing that the caller can mend.
    pub fn user(field: &str, code: UserErrorCode, message: impl Into<String>) -> Self {
        Self::User(vec![UserError::at(field, code, message)])
    }

    /// A fault of ours, in words for the log.
    pub fn internal(cause: impl Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// The code that clients see.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Unauthenticated(_) => Code::Unauthenticated,
            Self::Forbidden(_) => Code::Forbidden,
            Self::NotFound(_) => Code::NotFound,
            Self::BadInput { .. } | Self::User(_) => Code::BadUserInput,
            Self::IdempotencyKeyReused => Code::IdempotencyKeyReused,
            Self::CursorExpired => Code::CursorExpired,
            Self::Unavailable(_) | Self::Unclear(_) | Self::Raced => Code::Unavailable,
            Self::Database(_) | Self::Internal(_) => Code::Internal,
        }
    }

    /// What a client may read. Internal causes stay inside.
    #[must_use]
    pub fn public_message(&self) -> String {
        match self {
            Self::Database(_) | Self::Internal(_) => "internal error".to_owned(),
            other => other.to_string(),
        }
    }

    /// Whether the same transaction may succeed when it is run again.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Raced)
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if crate::db::is_transient(&error) {
            Self::Unavailable(error)
        } else {
            Self::Database(error)
        }
    }
}

/// What services return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
