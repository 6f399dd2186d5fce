//! Documents: parsed, checked strictly against the schema, and remembered by their text, so that a client pays once for each.
//!
//! The check is a full validator's, because the executor's own lets conflicting selections, strings for enums and missing
//! variables through.

use std::sync::Arc;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use async_graphql::Pos;
use async_graphql::parser::types::ExecutableDocument as ParsedDocument;
use quick_cache::sync::Cache;

use super::limits;
use super::values::{self, Compared};
use crate::error::{Code, Error, Result};

/// How many documents are remembered.
const REMEMBERED: usize = 1_000;
/// Longer ones are not: applications send few and short documents.
const LONGEST_REMEMBERED: usize = 16 * 1024;
/// The longest document that is looked at, in bytes.
const LONGEST: usize = 128 * 1024;
/// Most errors told about one document, or its variables.
pub const MOST_ERRORS: usize = 10;

/// A document that may be executed.
#[derive(Debug)]
pub struct Document {
    /// For the executor.
    pub parsed: ParsedDocument,
    /// For variables.
    pub checked: Valid<ExecutableDocument>,
    /// Variables that must not be null, because something is compared with them.
    pub compared: Vec<Compared>,
}

/// Why a document may not be executed.
#[derive(Debug)]
pub struct Flaw {
    /// What kind of flaw.
    pub code: Code,
    /// In words.
    pub message: String,
    /// Where.
    pub position: Option<Pos>,
}

impl Flaw {
    /// A flaw of the document as a whole.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            position: None,
        }
    }
}

/// The documents of an installation.
pub struct Documents {
    schema: Valid<Schema>,
    known: Cache<String, Arc<Document>>,
}

impl Documents {
    /// An empty store for a schema.
    ///
    /// # Errors
    /// When the schema is not valid, which is a fault of ours.
    pub fn new(sdl: &str) -> Result<Self> {
        let schema = Schema::parse_and_validate(sdl, "schema.graphql").map_err(|error| Error::internal(error.errors))?;
        Ok(Self {
            schema,
            known: Cache::new(REMEMBERED),
        })
    }

    /// The schema, for coercing variables.
    pub const fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// The document of a text.
    ///
    /// # Errors
    /// All flaws that were found.
    pub fn get(&self, text: &str) -> Result<Arc<Document>, Vec<Flaw>> {
        if let Some(known) = self.known.get(text) {
            return Ok(known);
        }
        let document = Arc::new(self.check(text)?);
        if text.len() <= LONGEST_REMEMBERED {
            self.known.insert(text.to_owned(), Arc::clone(&document));
        }
        Ok(document)
    }

    fn check(&self, text: &str) -> Result<Document, Vec<Flaw>> {
        if text.len() > LONGEST {
            return Err(vec![Flaw::new(
                Code::TooComplex,
                format!("the document is longer than {LONGEST} bytes"),
            )]);
        }
        limits::check_text(text).map_err(|flaw| vec![flaw])?;
        let parsed = async_graphql::parser::parse_query(text).map_err(|error| {
            let position = error.positions().next();
            vec![Flaw {
                code: Code::ParseFailed,
                message: error.to_string(),
                position,
            }]
        })?;
        // Before anything walks the fragments, which may multiply.
        limits::check_document(&parsed).map_err(|flaw| vec![flaw])?;
        let checked = ExecutableDocument::parse_and_validate(&self.schema, text, "document.graphql").map_err(|invalid| {
            let flaw = |error: apollo_compiler::response::GraphQLError| Flaw {
                code: Code::ValidationFailed,
                position: error.locations.first().map(|at| Pos {
                    line: at.line,
                    column: at.column,
                }),
                message: error.message,
            };
            invalid
                .errors
                .iter()
                .take(MOST_ERRORS)
                .map(|error| flaw(error.to_json()))
                .collect::<Vec<_>>()
        })?;
        let (faults, compared) = values::look_through(&self.schema, &checked);
        if faults.is_empty() {
            return Ok(Document { parsed, checked, compared });
        }
        let flaw = |fault: values::Fault| Flaw {
            code: Code::BadUserInput,
            message: fault.message,
            position: fault.position,
        };
        Err(faults.into_iter().take(MOST_ERRORS).map(flaw).collect())
    }
}
