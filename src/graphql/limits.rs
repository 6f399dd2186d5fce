//! What a document may cost before anything runs: nesting, and fields after fragments are spread.
//!
//! Fragments that spread others double with every step; counting each fragment once and multiplying finds the true size in
//! the time it takes to read the document.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::documents::Flaw;
use crate::error::Code;

/// Most fields of a document, fragments spread.
const MOST_FIELDS: u64 = 5_000;
/// Deepest nesting of fields.
const MOST_DEPTH: u64 = 20;
/// Deepest nesting of brackets in the text, values included.
const MOST_BRACKETS: u32 = 60;

/// Checks the nesting of brackets, which parsers follow by recursion.
///
/// # Errors
/// When they are nested too deep.
pub fn check_text(text: &str) -> Result<(), Flaw> {
    let mut depth: u32 = 0;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_BRACKETS {
            return Err(Flaw::new(
                Code::TooComplex,
                format!("the document is nested deeper than {MOST_BRACKETS} brackets"),
            ));
        }
    }
    Ok(())
}

/// Checks the size of every operation.
///
/// # Errors
/// When it is too large, saying how large.
pub fn check_document(document: &ExecutableDocument) -> Result<(), Flaw> {
    let mut counted = HashMap::new();
    for (_, operation) in document.operations.iter() {
        let size = measure(document, &operation.node.selection_set.node, &mut counted);
        if size.fields > MOST_FIELDS {
            return Err(Flaw::new(
                Code::TooComplex,
                format!("the operation selects {} fields; at most {MOST_FIELDS} are allowed", size.fields),
            ));
        }
        if size.depth > MOST_DEPTH {
            return Err(Flaw::new(
                Code::TooComplex,
                format!("the operation is {} levels deep; at most {MOST_DEPTH} are allowed", size.depth),
            ));
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Size {
    fields: u64,
    depth: u64,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
    }
}

/// `counted` holds `None` for a fragment in progress: one that spreads itself counts nothing here, the validator refuses it.
fn measure<'a>(document: &'a ExecutableDocument, selections: &'a SelectionSet, counted: &mut HashMap<&'a Name, Option<Size>>) -> Size {
    let mut size = Size::default();
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => {
                let inner = measure(document, &field.node.selection_set.node, counted);
                size.add(Size {
                    fields: inner.fields.saturating_add(1),
                    depth: inner.depth + 1,
                });
            }
            Selection::InlineFragment(fragment) => size.add(measure(document, &fragment.node.selection_set.node, counted)),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(known) = counted.get(name) {
                    size.add(known.unwrap_or_default());
                } else if let Some((name, fragment)) = document.fragments.get_key_value(name) {
                    counted.insert(name, None);
                    let inner = measure(document, &fragment.node.selection_set.node, counted);
                    counted.insert(name, Some(inner));
                    size.add(inner);
                }
            }
        }
    }
    size
}
