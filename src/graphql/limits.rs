//! What a document may cost before anything runs: nesting, and fields after fragments are spread.
//!
//! Fragments that spread others double with every step; counting each fragment once and multiplying finds the true size in
//! the time it takes to read the document.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value};

use super::documents::Flaw;
use super::page;
use crate::error::Code;
use crate::features::changes::service;

/// Most fields of a document, fragments spread.
const MOST_FIELDS: u64 = 5_000;
/// Most fields of an answer, lists within lists multiplied by their page sizes.
const MOST_ANSWERS: u64 = 100_000;
/// Deepest nesting of fields.
const MOST_DEPTH: u64 = 20;
/// Deepest nesting of fields and fragments together; the executor follows both by recursion.
pub const MOST_NESTING: usize = 60;
/// Deepest nesting of brackets in the text, values included.
const MOST_BRACKETS: u32 = 60;

/// Checks the nesting of brackets, which parsers follow by recursion.
///
/// # Errors
/// When they are nested too deep.
pub fn check_text(text: &str) -> Result<(), Flaw> {
    let mut depth: u32 = 0;
    let mut rest = text;
    while let Some(sign) = rest.bytes().next() {
        rest = match sign {
            // Texts and comments may hold any number of brackets.
            b'"' => after_text(rest),
            b'#' => rest.split_once('\n').map_or("", |(_, next)| next),
            _ => {
                match sign {
                    b'{' | b'[' | b'(' => depth += 1,
                    b'}' | b']' | b')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                let next = rest.char_indices().nth(1).map_or(rest.len(), |(at, _)| at);
                rest.get(next..).unwrap_or_default()
            }
        };
        if depth > MOST_BRACKETS {
            return Err(Flaw::new(
                Code::TooComplex,
                format!("the document is nested deeper than {MOST_BRACKETS} brackets"),
            ));
        }
    }
    Ok(())
}

/// What follows the text at the start; nothing when it does not end, which the parser will say.
fn after_text(source: &str) -> &str {
    let (mark, escape) = if source.starts_with("\"\"\"") {
        ("\"\"\"", "\\\"\"\"")
    } else {
        ("\"", "\\")
    };
    let mut rest = source.get(mark.len()..).unwrap_or_default();
    loop {
        let Some(end) = rest.find(mark) else { return "" };
        let Some(escaped) = rest.find(escape).filter(|at| *at < end) else {
            return rest.get(end + mark.len()..).unwrap_or_default();
        };
        // The escape takes the sign after it along: a quotation mark, or in block texts nothing more.
        let skip = escaped
            + escape.len()
            + if mark.len() == 1 {
                rest.get(escaped + 1..)
                    .and_then(|tail| tail.chars().next())
                    .map_or(0, char::len_utf8)
            } else {
                0
            };
        rest = rest.get(skip..).unwrap_or_default();
    }
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
        if size.answers > MOST_ANSWERS {
            let answers = size.answers;
            let message = format!(
                "the operation may answer with {answers} fields, lists within lists multiplied; at most {MOST_ANSWERS} are allowed"
            );
            return Err(Flaw::new(Code::TooComplex, message));
        }
        if size.nesting > MOST_NESTING as u64 {
            let nesting = size.nesting;
            return Err(Flaw::new(
                Code::TooComplex,
                format!("the operation nests {nesting} fields and fragments; at most {MOST_NESTING} are allowed"),
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
    answers: u64,
    depth: u64,
    nesting: u64,
}

impl Size {
    /// One fragment further in.
    const fn within(mut self) -> Self {
        self.nesting += 1;
        self
    }

    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.answers = self.answers.saturating_add(other.answers);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
    }
}

/// Lists on the items of other lists that give many items also when no page is asked, and how many are reckoned with.
const LISTS: [(&str, u64); 7] = [
    ("clocks", 20),
    ("breaches", 20),
    ("linkedCases", 20),
    ("mergedCases", 20),
    ("followUps", 20),
    // Nobody apologizes twenty times.
    ("apologies", 5),
    ("repairs", 5),
];

/// The one list with larger pages, and what it gives when no page is asked.
const CHANGES: (&str, u64) = ("changes", 100);

/// Whether a field is the page of the log, and not the list in that page, or the changes of details that an entry of a timeline lists
/// under the same name: only the page has arguments, and lists changes itself.
fn is_log(field: &Field) -> bool {
    let of_page = ["changes", "hasMore"];
    let selects = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(inner) => of_page.contains(&inner.node.name.node.as_str()),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => false,
    };
    let mut selected = field.selection_set.node.items.iter();
    field.name.node.as_str() == CHANGES.0 && (!field.arguments.is_empty() || selected.any(selects))
}

/// How many items a field may give: what it is asked for; the most where a variable says it; where no page is asked, what is
/// reckoned with for its name, or one.
fn page_size(field: &Field) -> u64 {
    let asked = ["first", "last"].into_iter().find_map(|name| field.get_argument(name));
    let is_log = is_log(field);
    let most = if is_log { service::MOST } else { page::MAX_PAGE };
    let most = most.unsigned_abs().into();
    // A value that is no constant is a variable.
    match asked.map(|value| value.node.clone().into_const()) {
        None if is_log => CHANGES.1,
        None => {
            let known = LISTS.iter().find(|(name, _)| field.name.node.as_str() == *name);
            known.map_or(1, |(_, usual)| *usual)
        }
        Some(Some(Value::Number(number))) => number.as_u64().unwrap_or(1).clamp(1, most),
        Some(_) => most,
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
                    answers: inner.answers.saturating_mul(page_size(&field.node)).saturating_add(1),
                    depth: inner.depth + 1,
                    nesting: inner.nesting + 1,
                });
            }
            Selection::InlineFragment(fragment) => size.add(measure(document, &fragment.node.selection_set.node, counted).within()),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(known) = counted.get(name) {
                    size.add(known.unwrap_or_default().within());
                } else if let Some((name, fragment)) = document.fragments.get_key_value(name) {
                    counted.insert(name, None);
                    let inner = measure(document, &fragment.node.selection_set.node, counted);
                    counted.insert(name, Some(inner));
                    size.add(inner.within());
                }
            }
        }
    }
    size
}
