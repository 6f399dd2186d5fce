//! The one object of a line: its type first, then its fields straight into their struct, and the field that is to blame
//! when that fails.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::lines::MAX_LINE_BYTES;
use super::untagged::{TYPE, Untagged};
use crate::features::import::source::Fault;

/// A line that holds an object.
pub(in crate::features::import) struct Object<'a> {
    text: &'a str,
    /// What its `type` says, if it has one.
    pub kind: Option<Cow<'a, str>>,
}

impl<'a> Object<'a> {
    /// Looks at a line.
    pub fn of(line: &'a [u8]) -> Result<Self, Fault> {
        if line.len() > MAX_LINE_BYTES {
            return Err(Fault::row(format!("the line is longer than {MAX_LINE_BYTES} bytes")));
        }
        let text = std::str::from_utf8(line)
            .map_err(|error| Fault::row(format!("the line is not UTF-8 (byte {})", error.valid_up_to().saturating_add(1))))?;
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Fault::row("the line is not a JSON object"));
        }
        // The type first, then straight into its struct: a tagged enum would buffer every field, and lose its path.
        let tag: Tag<'_> = serde_json::from_str(text).map_err(|error| {
            let path = if error.is_data() { TYPE } else { "" };
            explain(path, &error)
        })?;
        Ok(Self { text, kind: tag.r#type })
    }

    /// Reads the fields other than the type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_str::<Untagged<T>>(self.text)
            .map(|read| read.0)
            .or_else(|_again_with_its_path| {
                let mut json = serde_json::Deserializer::from_str(self.text);
                serde_path_to_error::deserialize::<_, Untagged<T>>(&mut json)
                    .map(|read| read.0)
                    .map_err(|error| explain(&error.path().to_string(), error.inner()))
            })
    }

    /// What is wrong with the type when only `expected` would do.
    pub fn of_no_use(&self, expected: &str) -> Fault {
        let reason = match self.kind.as_deref() {
            Some(other) => format!("unknown type `{other}`, expected {expected}"),
            None => format!("is missing, expected {expected}"),
        };
        Fault::field(TYPE, reason)
    }
}

/// Names the field: serde says the path to the object and, in words, which of its fields is missing or unknown.
fn explain(path: &str, error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let reason = match text.rfind(" at line ") {
        Some(end) => format!("{} (column {})", text.get(..end).unwrap_or(&text), error.column()),
        None => text,
    };
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| reason.strip_prefix(start)?.split('`').next());
    let path = Some(path).filter(|path| !matches!(*path, "" | "." | "?"));
    let field = match (path, named) {
        (Some(path), Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => Some(format!("{path}.{name}")),
        (Some(path), _) => Some(path.to_owned()),
        (None, name) => name.map(str::to_owned),
    };
    Fault { field, reason }
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, default)]
    r#type: Option<Cow<'a, str>>,
}
