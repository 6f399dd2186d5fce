//! A case as an outside system tells it, with all that happened to it: the form in which cases of the past come in, from
//! JSON Lines, an update log or the demo alike.

use std::fmt::Display;

use entity::{CaseStatus, Severity, Timestamp, Visibility};
use serde::{Deserialize, Deserializer, Serialize};

/// The statuses that a case can be told to have come to. `MERGED` needs the other case.
pub const STATUSES: &[CaseStatus] = &[
    CaseStatus::New,
    CaseStatus::Open,
    CaseStatus::WaitingOnCustomer,
    CaseStatus::OnHold,
    CaseStatus::Resolved,
    CaseStatus::Closed,
];

/// Who can know of a case.
pub const VISIBILITIES: &[Visibility] = &[Visibility::Public, Visibility::Private];

/// A case of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseRecord {
    /// The system that says so, for example `helpdesk`.
    pub source: String,
    /// The case's id in that system: the key by which it is recorded once.
    pub external_id: String,
    /// Whose case it is: a member's external id of the same source.
    pub member: String,
    /// The interaction that it was opened from: an external id of the same source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What it is about.
    pub subject: String,
    /// What the customer wrote first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The root cause, when it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How bad it was for the customer, when it was opened.
    #[serde(default = "normal", deserialize_with = "severity")]
    pub severity: Severity,
    /// Where it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Who could know of it when it was opened: `PUBLIC` or `PRIVATE`.
    #[serde(default = "private", deserialize_with = "visibility")]
    pub visibility: Visibility,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// What happened since, in the order in which it happened.
    #[serde(default)]
    pub events: Vec<RecordedEvent>,
}

const fn normal() -> Severity {
    Severity::Normal
}

const fn private() -> Visibility {
    Visibility::Private
}

/// Something that happened to a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Told", into = "Told")]
pub struct RecordedEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// Who said it, for messages, replies and notes: a member's external id of the same source.
    pub by: Option<String>,
    /// The interaction in which it was said, for messages and replies: an external id of the same source.
    pub interaction: Option<String>,
}

impl RecordedEvent {
    /// Something that happened at an instant.
    #[must_use]
    pub const fn new(at: Timestamp, what: What) -> Self {
        Self {
            at,
            what,
            by: None,
            interaction: None,
        }
    }
}

/// What can happen to a case.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It came to this status.
    Status(CaseStatus),
    /// It became this severe.
    Severity(Severity),
    /// It got this root cause, or none.
    Category(Option<String>),
    /// It went on at this place, or at none in particular.
    Channel(Option<String>),
    /// This person got it, or nobody: the e-mail address of a member of staff, or any name.
    Assignee(Option<String>),
    /// This group got it, or none.
    Group(Option<String>),
    /// The customer wrote this.
    Message(String),
    /// A person of the company replied this, where the customer could see it.
    Reply(String),
    /// Somebody of the company noted this.
    Note(String),
    /// It went public or private.
    Visibility(Visibility),
    /// The customer felt like this, from −1 to 1.
    Sentiment(f64),
}

impl What {
    /// The name of what happened: the field that tells it in JSON Lines.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Severity(_) => "severity",
            Self::Category(_) => "category",
            Self::Channel(_) => "channel",
            Self::Assignee(_) => "assignee",
            Self::Group(_) => "group",
            Self::Message(_) => "message",
            Self::Reply(_) => "reply",
            Self::Note(_) => "note",
            Self::Visibility(_) => "visibility",
            Self::Sentiment(_) => "sentiment",
        }
    }

    /// Whether it is something that somebody said.
    #[must_use]
    pub const fn is_said(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Reply(_) | Self::Note(_))
    }
}

/// An event as JSON tells it: a time, and one field that says what happened. Null empties what can be empty.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Told {
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interaction: Option<String>,
    #[serde(default, deserialize_with = "given_status", skip_serializing_if = "Option::is_none")]
    status: Option<CaseStatus>,
    #[serde(default, deserialize_with = "given_severity", skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    category: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    channel: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    assignee: Option<Option<String>>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    group: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, deserialize_with = "given_visibility", skip_serializing_if = "Option::is_none")]
    visibility: Option<Visibility>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sentiment: Option<f64>,
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    named(&String::deserialize(deserializer)?, Severity::parse, Severity::ALL)
}

fn visibility<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Visibility, D::Error> {
    named(&String::deserialize(deserializer)?, Visibility::parse, VISIBILITIES)
}

fn given_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CaseStatus>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| named(&text, CaseStatus::parse, STATUSES)).transpose()
}

fn given_severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| named(&text, Severity::parse, Severity::ALL)).transpose()
}

fn given_visibility<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Visibility>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| named(&text, Visibility::parse, VISIBILITIES)).transpose()
}

/// The value of that name. Names of ours that have no use here are told apart by the rules, which say why.
fn named<T: Display, E: serde::de::Error>(text: &str, parse: impl Fn(&str) -> Option<T>, usual: &[T]) -> Result<T, E> {
    parse(text).ok_or_else(|| {
        let names: Vec<String> = usual.iter().map(T::to_string).collect();
        E::custom(format!("`{text}` is none of {}", names.join(", ")))
    })
}

/// Tells a null from a field that is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TryFrom<Told> for RecordedEvent {
    type Error = String;

    fn try_from(told: Told) -> Result<Self, String> {
        let found = [
            told.status.map(What::Status),
            told.severity.map(What::Severity),
            told.category.map(What::Category),
            told.channel.map(What::Channel),
            told.assignee.map(What::Assignee),
            told.group.map(What::Group),
            told.message.map(What::Message),
            told.reply.map(What::Reply),
            told.note.map(What::Note),
            told.visibility.map(What::Visibility),
            told.sentiment.map(What::Sentiment),
        ];
        let mut found = found.into_iter().flatten();
        let (Some(what), None) = (found.next(), found.next()) else {
            return Err(
                "an event says exactly one of status, severity, category, channel, assignee, group, message, reply, note, visibility \
                        and sentiment"
                    .to_owned(),
            );
        };
        Ok(Self {
            at: told.at,
            what,
            by: told.by,
            interaction: told.interaction,
        })
    }
}

impl From<RecordedEvent> for Told {
    fn from(event: RecordedEvent) -> Self {
        let mut told = Self {
            at: event.at,
            by: event.by,
            interaction: event.interaction,
            status: None,
            severity: None,
            category: None,
            channel: None,
            assignee: None,
            group: None,
            message: None,
            reply: None,
            note: None,
            visibility: None,
            sentiment: None,
        };
        match event.what {
            What::Status(to) => told.status = Some(to),
            What::Severity(to) => told.severity = Some(to),
            What::Category(to) => told.category = Some(to),
            What::Channel(to) => told.channel = Some(to),
            What::Assignee(to) => told.assignee = Some(to),
            What::Group(to) => told.group = Some(to),
            What::Message(text) => told.message = Some(text),
            What::Reply(text) => told.reply = Some(text),
            What::Note(text) => told.note = Some(text),
            What::Visibility(to) => told.visibility = Some(to),
            What::Sentiment(value) => told.sentiment = Some(value),
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = r#"{"source":"desk","externalId":"c-1","member":"ada","subject":"Silence","openedAt":"2024-06-03T08:00:00Z","events":[
        {"at":"2024-06-03T09:00:00Z","reply":"We are on it.","by":"tom"},{"at":"2024-06-03T09:00:00Z","category":null},
        {"at":"2024-06-03T10:00:00Z","status":"RESOLVED"},{"at":"2024-06-03T11:00:00Z","sentiment":0.5}]}"#;

    #[test]
    fn a_case_is_read_as_it_is_told_and_told_as_it_was_read() {
        let record: CaseRecord = serde_json::from_str(CASE).unwrap();
        assert_eq!((record.severity, record.visibility), (Severity::Normal, Visibility::Private));
        let what: Vec<&What> = record.events.iter().map(|event| &event.what).collect();
        let expected = [
            What::Reply("We are on it.".to_owned()),
            What::Category(None),
            What::Status(CaseStatus::Resolved),
            What::Sentiment(0.5),
        ];
        assert_eq!(what, expected.iter().collect::<Vec<_>>());
        assert_eq!(record.events[0].by.as_deref(), Some("tom"));
        let again: CaseRecord = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(again, record);
    }

    #[test]
    fn an_event_says_one_thing() {
        for wrong in [
            r#"{"at":"2024-06-03T09:00:00Z"}"#,
            r#"{"at":"2024-06-03T09:00:00Z","status":"OPEN","note":"x"}"#,
            r#"{"at":"2024-06-03T09:00:00Z","status":"DONE"}"#,
            r#"{"at":"2024-06-03T09:00:00Z","mood":1}"#,
            r#"{"status":"OPEN"}"#,
        ] {
            assert!(serde_json::from_str::<RecordedEvent>(wrong).is_err(), "{wrong}");
        }
    }
}
