//! Which column of an update log says what of a case: a TOML file, written once for a system and kept beside its exports.
//!
//! ```toml
//! time_format = "%d/%m/%Y %H:%M"
//! zone = "UTC"
//! missing = ["?"]
//! never_read = ["resolved_at"]
//!
//! [columns]
//! externalId = "number"
//! status = "state"
//!
//! [constants]
//! source = "helpdesk"
//! subject = "{product}: {symptom}"
//!
//! [values.status]
//! "Awaiting user" = "WAITING_ON_CUSTOMER"
//! ```

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use super::fields::{Field, State, Times};
use crate::features::import::csv::Layout;
use crate::features::import::source::ReadError;

/// A mapping file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default = "comma")]
    delimiter: char,
    #[serde(default = "yes")]
    has_headers: bool,
    #[serde(default = "rfc3339")]
    time_format: String,
    #[serde(default = "utc")]
    zone: String,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    never_read: Vec<String>,
    columns: BTreeMap<String, String>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

const fn comma() -> char {
    ','
}

const fn yes() -> bool {
    true
}

fn rfc3339() -> String {
    "rfc3339".to_owned()
}

fn utc() -> String {
    "UTC".to_owned()
}

/// How an update log is to be read.
#[derive(Clone, Debug)]
pub struct CaseMapping {
    pub(super) layout: Layout,
    pub(super) times: Times,
    /// Texts that say nothing, beside the empty one.
    pub(super) missing: Vec<String>,
    /// Columns that tell of later rows; nothing here reads them.
    pub(super) never_read: Vec<String>,
    /// Fields and their columns.
    pub(super) columns: Vec<(Field, String)>,
    /// A row with the constants in it.
    pub(super) template: State,
    /// The subject, put together from columns; empty when a column is the subject.
    pub(super) subject: Vec<Part>,
    /// What values of a field mean.
    pub(super) values: HashMap<Field, HashMap<String, String>>,
}

/// A piece of a text that is put together for each case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// As it stands.
    Text(String),
    /// The cell of this column.
    Column(String),
}

impl CaseMapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// When it cannot be read, or what it says does not work.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ReadError::Open {
            path: path.display().to_string(),
            cause,
        })?;
        Self::parse(&text).map_err(|reason| ReadError::MappingFile {
            path: path.display().to_string(),
            reason,
        })
    }

    /// Reads a mapping from its text.
    ///
    /// # Errors
    /// What does not work, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        let times = Times::new(&written.time_format, &written.zone)?;
        let delimiter = u8::try_from(written.delimiter).map_err(|_not_ascii| "delimiter: must be one ASCII character".to_owned())?;
        let mut columns = Vec::new();
        for (name, column) in &written.columns {
            columns.push((field(name)?, column.clone()));
        }
        // In the order of reading, whatever the order in the file.
        columns.sort_unstable();
        let (template, subject) = constants(&written, &times)?;
        let mapping = Self {
            layout: Layout {
                delimiter,
                has_headers: written.has_headers,
            },
            times,
            values: values(&written)?,
            missing: written.missing,
            never_read: written.never_read,
            columns,
            template,
            subject,
        };
        mapping.check(&written.constants)?;
        Ok(mapping)
    }

    /// The columns that the subject is put together from.
    pub(super) fn subject_columns(&self) -> impl Iterator<Item = &str> {
        self.subject.iter().filter_map(|part| match part {
            Part::Column(column) => Some(column.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Whether a cell says nothing.
    pub(super) fn is_missing(&self, cell: &str) -> bool {
        cell.is_empty() || self.missing.iter().any(|missing| missing == cell)
    }

    /// Whether the mapping says what this value of a field means.
    pub(super) fn is_given_meaning(&self, field: Field, cell: &str) -> bool {
        self.values.get(&field).is_some_and(|meanings| meanings.contains_key(cell))
    }

    /// What a value of a field means; as it is, where nothing is said of the field.
    pub(super) fn meaning<'a>(&'a self, field: Field, cell: &'a str) -> Result<&'a str, String> {
        let Some(meanings) = self.values.get(&field) else {
            return Ok(cell);
        };
        match meanings.get(cell) {
            Some(meaning) => Ok(meaning),
            // A free text that nothing is said of stays; a state that nothing is said of would be a guess.
            None if !field.is_a_choice() => Ok(cell),
            None => {
                let mut known: Vec<&str> = meanings.keys().map(String::as_str).collect();
                known.sort_unstable();
                Err(format!(
                    "`{cell}` is none of the values that the mapping knows: {}",
                    known.join(", ")
                ))
            }
        }
    }

    fn check(&self, constants: &BTreeMap<String, String>) -> Result<(), String> {
        for field in Field::ALL {
            let name = field.as_str();
            let has_column = self.columns.iter().any(|(mapped, _)| *mapped == field);
            let has_constant = constants.contains_key(name);
            if has_column && has_constant {
                return Err(format!("{name}: has a column and a constant; one of them is too much"));
            }
            if field.is_required() && !has_column && !has_constant {
                return Err(format!("{name}: every case needs one; give it a column or a constant"));
            }
        }
        let read = self.columns.iter().map(|(_, column)| column.as_str()).chain(self.subject_columns());
        for column in read {
            if self.never_read.iter().any(|forbidden| forbidden == column) {
                return Err(format!("`{column}` is listed under never_read, and read all the same"));
            }
        }
        Ok(())
    }
}

fn field(name: &str) -> Result<Field, String> {
    Field::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
        format!("{name}: there is no such field; there are {}", names.join(", "))
    })
}

/// A row with the constants in it, and what the subject is put together from.
fn constants(written: &Written, times: &Times) -> Result<(State, Vec<Part>), String> {
    let mut template = State::blank();
    let mut subject = Vec::new();
    for (name, value) in &written.constants {
        let field = field(name)?;
        if field.is_of_the_row() {
            return Err(format!("{name}: differs from row to row, so it needs a column"));
        }
        if value.is_empty() {
            return Err(format!("{name}: the constant is empty"));
        }
        if field == Field::Subject {
            subject = parts(value)?;
        } else {
            template.set(field, value, times).map_err(|reason| format!("{name}: {reason}"))?;
        }
    }
    Ok((template, subject))
}

/// What the values of fields mean; names of ours are looked at now, so that a slip shows before the first row.
fn values(written: &Written) -> Result<HashMap<Field, HashMap<String, String>>, String> {
    let mut values = HashMap::new();
    for (name, meanings) in &written.values {
        let field = field(name)?;
        for meaning in meanings.values().filter(|_| field.is_a_choice()) {
            let mut scratch = State::blank();
            let checked = scratch.set(field, meaning, &Times::Known(crate::features::import::csv::TimeFormat::Rfc3339));
            checked.map_err(|reason| format!("values.{name}: {reason}"))?;
        }
        let meanings = meanings.iter().map(|(value, meaning)| (value.clone(), meaning.clone()));
        values.insert(field, meanings.collect());
    }
    Ok(values)
}

/// Splits `{product}: {symptom}` into its pieces.
fn parts(template: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((column, after)) = after.split_once('}') else {
            return Err("subject: a `{` without its `}`".to_owned());
        };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(Part::Column(column.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = r#"
        missing = ["?"]
        never_read = ["ended"]
        [columns]
        externalId = "id"
        member = "who"
        openedAt = "opened"
        at = "seen"
        status = "state"
        [constants]
        source = "desk"
        subject = "{product}: {symptom}"
        [values.status]
        New = "NEW"
        Done = "RESOLVED"
        [values.channel]
        Phone = "phone"
    "#;

    fn refused(from: &str, to: &str) -> String {
        let text = MAPPING.replace(from, to);
        assert_ne!(text, MAPPING, "{from}");
        CaseMapping::parse(&text).err().unwrap_or_else(|| panic!("accepted: {text}"))
    }

    #[test]
    fn a_mapping_says_what_cells_mean() {
        let mapping = CaseMapping::parse(MAPPING).unwrap();
        assert_eq!(mapping.meaning(Field::Status, "Done"), Ok("RESOLVED"));
        assert!(mapping.meaning(Field::Status, "-100").unwrap_err().contains("Done, New"));
        assert_eq!(mapping.meaning(Field::Channel, "Fax"), Ok("Fax"));
        assert_eq!(mapping.meaning(Field::Severity, "HIGH"), Ok("HIGH"));
        assert!(mapping.is_missing("?") && mapping.is_missing("") && !mapping.is_missing("-"));
        assert_eq!(mapping.subject_columns().collect::<Vec<_>>(), ["product", "symptom"]);
        assert_eq!(mapping.columns.first(), Some(&(Field::ExternalId, "id".to_owned())));
    }

    #[test]
    fn a_mapping_that_cannot_work_says_why() {
        assert!(refused("status = \"state\"", "").contains("status: every case needs one"));
        assert!(refused("member = ", "colour = ").contains("colour: there is no such field"));
        assert!(refused("Done = \"RESOLVED\"", "Done = \"DONE\"").contains("values.status: `DONE` is none of NEW"));
        assert!(refused("Done = \"RESOLVED\"", "Done = \"MERGED\"").contains("MERGED"));
        assert!(refused("seen", "ended").contains("never_read"));
        assert!(refused("{symptom}", "{ended}").contains("never_read"));
        assert!(refused("{symptom}", "{symptom").contains("without its"));
        assert!(refused("source = \"desk\"", "source = \"desk\"\nmember = \"x\"").contains("one of them is too much"));
        assert!(refused("source = \"desk\"", "source = \"desk\"\nstatus = \"NEW\"").contains("needs a column"));
        assert!(refused("source = \"desk\"", "source = \"desk\"\nseverity = \"BAD\"").contains("severity: `BAD`"));
        assert!(refused("missing =", "time_format = \"%H\"\nmissing =").contains("time_format"));
        assert!(refused("missing =", "delimiter = \"→\"\nmissing =").contains("delimiter"));
        assert!(refused("missing =", "nothing =").contains("nothing"));
    }
}
