//! The one object of a line: its type first, then its fields straight into their struct, and the field that is to blame
//! when that fails.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

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
        self.read_as::<T, false>()
    }

    /// Reads the fields other than the type and those that only an export writes.
    pub fn read_exported<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.read_as::<T, true>()
    }

    /// Whether it is a line of an export that knows who acted, or towards whom, by ids of that system only.
    pub fn names_nobody(&self) -> bool {
        if !self.text.contains("\"actorId\"") && !self.text.contains("\"targetId\"") {
            return false;
        }
        let is_unnamed = |name: Option<IgnoredAny>, id: Option<IgnoredAny>| id.is_some() && name.is_none();
        serde_json::from_str::<People>(self.text)
            .is_ok_and(|people| is_unnamed(people.actor, people.actor_id) || is_unnamed(people.target, people.target_id))
    }

    fn read_as<T: DeserializeOwned, const EXPORTED: bool>(&self) -> Result<T, Fault> {
        serde_json::from_str::<Untagged<T, EXPORTED>>(self.text)
            .map(|read| read.0)
            .or_else(|_again_with_its_path| {
                let mut json = serde_json::Deserializer::from_str(self.text);
                serde_path_to_error::deserialize::<_, Untagged<T, EXPORTED>>(&mut json)
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

/// Names the field and says in plain words what is wrong: serde gives the path to the object, and in its own words which of its
/// fields is missing or unknown.
fn explain(path: &str, error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let said = text.rfind(" at line ").and_then(|end| text.get(..end)).unwrap_or(&text);
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| said.strip_prefix(start)?.split('`').next());
    // Paths are written as those of the API are: `events.3.at`.
    let path = path.replace('[', ".").replace(']', "");
    let path = Some(path.trim_start_matches('.')).filter(|path| !matches!(*path, "" | "?"));
    let field = match (path, named) {
        (Some(path), Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => Some(format!("{path}.{name}")),
        (Some(path), _) => Some(path.to_owned()),
        (None, name) => name.map(str::to_owned),
    };
    let reason = if error.is_data() {
        in_plain_words(said)
    } else {
        format!("the line is not JSON from column {} on", error.column())
    };
    Fault { field, reason }
}

/// What serde says, for people who do not know it.
fn in_plain_words(said: &str) -> String {
    let after = |start: &str| said.strip_prefix(start);
    // "`a`, expected one of `b`, `c`", with other words where there are fewer.
    let choice = |rest: &str| {
        let mut quoted = rest.split('`').skip(1).step_by(2);
        let given = quoted.next().unwrap_or_default().to_owned();
        (given, quoted.collect::<Vec<_>>().join(", "))
    };
    if after("missing field ").is_some() {
        "is missing".to_owned()
    } else if after("duplicate field ").is_some() {
        "is given twice".to_owned()
    } else if let Some(rest) = after("unknown field ") {
        let (_, known) = choice(rest);
        format!("there is no such field; there are {known}")
    } else if let Some(rest) = after("unknown variant ") {
        let (given, known) = choice(rest);
        format!("`{given}` is none of {known}")
    } else if let Some((found, wanted)) = after("invalid type: ")
        .or_else(|| after("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    {
        format!("must be {}, not {}", plain_kind(wanted), plain_kind(found))
    } else {
        said.to_owned()
    }
}

/// The name that people have for a kind of value.
fn plain_kind(kind: &str) -> &str {
    match kind {
        "map" | "a map" => "an object",
        "sequence" | "a sequence" => "a list",
        "a string" | "a borrowed string" | "str" | "string" => "a text",
        "a boolean" | "bool" => "true or false",
        "f64" | "f32" | "i64" | "u64" | "i32" | "u32" => "a number",
        kind if kind.starts_with("struct ") => "an object",
        kind => kind,
    }
}

/// Who acted and towards whom, in a line of an export.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct People {
    actor: Option<IgnoredAny>,
    actor_id: Option<IgnoredAny>,
    target: Option<IgnoredAny>,
    target_id: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, default)]
    r#type: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_plain_words() {
        for (said, plain) in [
            ("missing field `member`", "is missing"),
            ("duplicate field `at`", "is given twice"),
            (
                "unknown field `x`, expected one of `a`, `b`, `c`",
                "there is no such field; there are a, b, c",
            ),
            ("unknown field `x`, expected `a` or `b`", "there is no such field; there are a, b"),
            (
                "unknown variant `DONE`, expected `OPEN` or `CLOSED`",
                "`DONE` is none of OPEN, CLOSED",
            ),
            ("invalid type: integer `5`, expected a string", "must be a text, not integer `5`"),
            ("invalid type: map, expected a sequence", "must be a list, not an object"),
            ("invalid type: null, expected struct CaseRecord", "must be an object, not null"),
            ("`then` is no time", "`then` is no time"),
        ] {
            assert_eq!(in_plain_words(said), plain);
        }
    }
}
