//! The API: the schema's root, and what all rooms share: ids, pages, filters, scalars, batching.
//!
//! Not here: the types of each feature (`features::*::graphql`), HTTP (`http`).

pub mod batch;
mod documents;
mod engine;
pub mod errors;
pub mod filters;
pub mod global_id;
mod limits;
pub mod loaders;
pub mod node;
pub mod page;
pub mod scalars;
mod schema;
mod stream;
pub mod subscription;
mod values;
mod variables;
mod viewer;

pub use engine::{Engine, GraphqlRequest, Outcome};
pub use schema::sdl;
pub use stream::{Answer, Answers, Running};
pub use viewer::Viewer;

use crate::error::Result;

/// The value of a nullable field that may fail: an error nulls the field and leaves its siblings alone.
pub type Maybe<T> = Option<Result<T, errors::ApiError>>;

/// A field that is always there unless it fails.
pub fn maybe<T>(result: Result<T>) -> Maybe<T> {
    Some(result.map_err(errors::ApiError::from))
}

/// A field that may be absent.
pub fn maybe_absent<T>(result: Result<Option<T>>) -> Maybe<T> {
    result.map_err(errors::ApiError::from).transpose()
}
