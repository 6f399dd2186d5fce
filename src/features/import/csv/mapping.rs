//! Which column of a CSV file is which field of a record, and how the text of a cell becomes its value.
//!
//! Not here: reading rows, and how texts become times, numbers and the like (`values`).

use std::collections::HashSet;

use entity::{Consent, InteractionKind, Timestamp, Visibility};

use super::values::{TimeFormat, decimal, flag, one_of, time};
use crate::features::import::source::{Fault, ReadError};
use crate::features::ingest::record::{IdentityRecord, InteractionRecord, MemberRecord, Record};

/// What the rows of a CSV file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvRecordType {
    /// Each row is a member.
    Member,
    /// Each row is an interaction.
    Interaction,
}

/// How a CSV file is to be read.
///
/// Fields are named as in JSON Lines. A member has two kinds more: `identities.<provider>` is the id in another system,
/// `attributes.<name>` a text among the attributes. Topics are separated by `;`. An empty cell is an absent value.
#[derive(Clone, Debug)]
pub struct CsvMapping {
    /// Pairs of a field and the column it is read from: its name in the first row, or its number from 1.
    pub columns: Vec<(String, String)>,
    /// Pairs of a field and the value it has in every row.
    pub constants: Vec<(String, String)>,
    /// The first row holds names.
    pub has_headers: bool,
    /// What stands between columns, for example `b','`.
    pub delimiter: u8,
    /// How times are written.
    pub time_format: TimeFormat,
    /// What the rows are.
    pub record_type: CsvRecordType,
}

const MEMBER_FIELDS: [&str; 9] = [
    "source",
    "externalId",
    "displayName",
    "handle",
    "joinedAt",
    "lastActiveAt",
    "isStaff",
    "isBot",
    "consent",
];
const INTERACTION_FIELDS: [&str; 15] = [
    "source",
    "externalId",
    "kind",
    "actor",
    "target",
    "thread",
    "parent",
    "channel",
    "visibility",
    "occurredAt",
    "topics",
    "sentiment",
    "text",
    "url",
    "retracts",
];
const IDENTITIES: &str = "identities.";
const ATTRIBUTES: &str = "attributes.";

impl CsvRecordType {
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Member => &MEMBER_FIELDS,
            Self::Interaction => &INTERACTION_FIELDS,
        }
    }

    pub(super) const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Member => &["source", "externalId"],
            Self::Interaction => &["source", "externalId", "kind", "occurredAt"],
        }
    }

    fn knows(self, field: &str) -> bool {
        let below = |prefix| field.strip_prefix(prefix).is_some_and(|name: &str| !name.is_empty());
        self.fields().contains(&field) || (self == Self::Member && (below(IDENTITIES) || below(ATTRIBUTES)))
    }

    /// Values that no row keeps: required fields are always set from a column or a constant.
    fn empty_record(self) -> Record {
        match self {
            Self::Member => Record::Member(MemberRecord::default()),
            Self::Interaction => Record::Interaction(InteractionRecord {
                source: String::new(),
                external_id: String::new(),
                kind: InteractionKind::Post,
                actor: None,
                target: None,
                thread: None,
                parent: None,
                channel: None,
                visibility: Visibility::Public,
                occurred_at: Timestamp::from_micros(0),
                topics: Vec::new(),
                sentiment: None,
                text: None,
                url: None,
                retracts: None,
            }),
        }
    }
}

impl CsvMapping {
    /// A record with the constants in it, to be completed from each row.
    ///
    /// # Errors
    /// When a field is unknown, given twice, or required and absent, or a constant has a wrong value.
    pub(super) fn template(&self) -> Result<Record, ReadError> {
        let wrong = |field: &str, reason: String| ReadError::Mapping {
            field: field.to_owned(),
            reason,
        };
        let mut given = HashSet::new();
        for (field, _) in self.columns.iter().chain(&self.constants) {
            if !self.record_type.knows(field) {
                return Err(wrong(
                    field,
                    format!("there is no such field; there are {}", self.record_type.fields().join(", ")),
                ));
            }
            if !given.insert(field.as_str()) {
                return Err(wrong(field, "the field is given twice".to_owned()));
            }
        }
        if let Some(field) = self.record_type.required().iter().find(|field| !given.contains(*field)) {
            return Err(wrong(field, "every record needs one; give it a column or a constant".to_owned()));
        }
        let mut record = self.record_type.empty_record();
        for (field, value) in &self.constants {
            if value.is_empty() {
                return Err(wrong(field, "the constant is empty".to_owned()));
            }
            set(&mut record, field, value, self.time_format).map_err(|reason| wrong(field, reason))?;
        }
        Ok(record)
    }

    /// Sets one field from a cell that may be empty.
    pub(super) fn set(&self, record: &mut Record, field: &str, cell: &str) -> Result<(), Fault> {
        if cell.is_empty() {
            if self.record_type.required().contains(&field) {
                return Err(Fault::field(field, "is empty"));
            }
            return Ok(());
        }
        set(record, field, cell, self.time_format).map_err(|reason| Fault::field(field, reason))
    }
}

fn set(record: &mut Record, field: &str, value: &str, format: TimeFormat) -> Result<(), String> {
    match record {
        Record::Member(member) => set_member(member, field, value, format),
        Record::Interaction(interaction) => set_interaction(interaction, field, value, format),
    }
}

fn set_member(member: &mut MemberRecord, field: &str, value: &str, format: TimeFormat) -> Result<(), String> {
    match field {
        "source" => value.clone_into(&mut member.source),
        "externalId" => value.clone_into(&mut member.external_id),
        "displayName" => member.display_name = Some(value.to_owned()),
        "handle" => member.handle = Some(value.to_owned()),
        "joinedAt" => member.joined_at = Some(time(value, format)?),
        "lastActiveAt" => member.last_active_at = Some(time(value, format)?),
        "isStaff" => member.is_staff = Some(flag(value)?),
        "isBot" => member.is_bot = Some(flag(value)?),
        "consent" => member.consent = Some(one_of(value, Consent::parse(value), Consent::ALL)?),
        other => {
            if let Some(provider) = other.strip_prefix(IDENTITIES) {
                member.identities.push(IdentityRecord {
                    provider: provider.to_owned(),
                    external_id: value.to_owned(),
                    ..IdentityRecord::default()
                });
            } else if let Some(name) = other.strip_prefix(ATTRIBUTES) {
                let attributes = member
                    .attributes
                    .get_or_insert_with(|| serde_json::Value::Object(serde_json::Map::new()));
                if let Some(attributes) = attributes.as_object_mut() {
                    attributes.insert(name.to_owned(), value.into());
                }
            } else {
                return Err("there is no such field".to_owned());
            }
        }
    }
    Ok(())
}

fn set_interaction(record: &mut InteractionRecord, field: &str, value: &str, format: TimeFormat) -> Result<(), String> {
    let text = || Some(value.to_owned());
    match field {
        "source" => value.clone_into(&mut record.source),
        "externalId" => value.clone_into(&mut record.external_id),
        "kind" => record.kind = one_of(value, InteractionKind::parse(value), InteractionKind::ALL)?,
        "actor" => record.actor = text(),
        "target" => record.target = text(),
        "thread" => record.thread = text(),
        "parent" => record.parent = text(),
        "channel" => record.channel = text(),
        "visibility" => {
            record.visibility = one_of(value, Visibility::parse(value), Visibility::ALL)?;
        }
        "occurredAt" => record.occurred_at = time(value, format)?,
        "topics" => {
            record.topics = value
                .split(';')
                .map(str::trim)
                .filter(|topic| !topic.is_empty())
                .map(str::to_owned)
                .collect();
        }
        "sentiment" => record.sentiment = Some(decimal(value)?),
        "text" => record.text = text(),
        "url" => record.url = text(),
        "retracts" => record.retracts = text(),
        _ => return Err("there is no such field".to_owned()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_can_be_set() {
        for record_type in [CsvRecordType::Member, CsvRecordType::Interaction] {
            for field in record_type.fields() {
                let mut record = record_type.empty_record();
                let before = record.clone();
                let tries = ["x", "QUESTION", "PRIVATE", "OPTED_OUT", "2024-06-01T10:00:00Z", "1"];
                assert!(
                    tries
                        .iter()
                        .any(|value| set(&mut record, field, value, TimeFormat::Rfc3339).is_ok()),
                    "{field}"
                );
                assert_ne!(record, before, "{field}");
            }
        }
    }
}
