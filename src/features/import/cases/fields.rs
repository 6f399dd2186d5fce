//! What a row of an update log can say of a case, and how the text of a cell becomes its value.
//!
//! Not here: which column says what (`mapping`).

use entity::{CaseStatus, Severity, Timestamp, Visibility};
use jiff::tz::TimeZone;

use crate::features::cases::backdate::record::{STATUSES, VISIBILITIES};
use crate::features::import::csv::{TimeFormat, time};

/// A field of a row. Names are those of JSON Lines, and `at`, `status` and the like for the state that the row tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    /// The system that says so.
    Source,
    /// The case's id.
    ExternalId,
    /// Whose case it is.
    Member,
    /// What it is about.
    Subject,
    /// When the case was opened.
    OpenedAt,
    /// When the case was seen in the state of this row.
    At,
    /// The status.
    Status,
    /// How bad it is.
    Severity,
    /// The root cause.
    Category,
    /// Where it goes on.
    Channel,
    /// Public or private.
    Visibility,
    /// Who has it.
    Assignee,
    /// Which group has it.
    Group,
}

impl Field {
    /// Every field, in the order in which they are read: the case's id first, so that a wrong row still belongs to its case.
    pub const ALL: [Self; 13] = [
        Self::Source,
        Self::ExternalId,
        Self::Member,
        Self::Subject,
        Self::OpenedAt,
        Self::At,
        Self::Status,
        Self::Severity,
        Self::Category,
        Self::Channel,
        Self::Visibility,
        Self::Assignee,
        Self::Group,
    ];

    /// The name in a mapping.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::ExternalId => "externalId",
            Self::Member => "member",
            Self::Subject => "subject",
            Self::OpenedAt => "openedAt",
            Self::At => "at",
            Self::Status => "status",
            Self::Severity => "severity",
            Self::Category => "category",
            Self::Channel => "channel",
            Self::Visibility => "visibility",
            Self::Assignee => "assignee",
            Self::Group => "group",
        }
    }

    /// The field of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// Whether every mapping has to say where it is.
    pub const fn is_required(self) -> bool {
        matches!(
            self,
            Self::Source | Self::ExternalId | Self::Member | Self::Subject | Self::At | Self::Status
        )
    }

    /// Whether it says something of the one row, so that it cannot be the same in all of them.
    pub const fn is_of_the_row(self) -> bool {
        matches!(self, Self::ExternalId | Self::OpenedAt | Self::At | Self::Status)
    }

    /// Whether its values are names of ours, into which others can be translated.
    pub const fn is_a_choice(self) -> bool {
        matches!(self, Self::Status | Self::Severity | Self::Visibility)
    }
}

/// One row, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub source: String,
    pub external_id: String,
    pub member: String,
    pub subject: String,
    pub opened_at: Option<Timestamp>,
    pub at: Timestamp,
    pub status: CaseStatus,
    pub severity: Option<Severity>,
    pub category: Option<String>,
    pub channel: Option<String>,
    pub visibility: Visibility,
    pub assignee: Option<String>,
    pub group: Option<String>,
}

impl State {
    /// A row that says nothing yet.
    pub const fn blank() -> Self {
        Self {
            source: String::new(),
            external_id: String::new(),
            member: String::new(),
            subject: String::new(),
            opened_at: None,
            at: Timestamp::from_micros(0),
            status: CaseStatus::New,
            severity: None,
            category: None,
            channel: None,
            visibility: Visibility::Private,
            assignee: None,
            group: None,
        }
    }

    /// Sets a field from a text that is there.
    pub fn set(&mut self, field: Field, value: &str, times: &Times) -> Result<(), String> {
        let text = || Some(value.to_owned());
        match field {
            Field::Source => value.clone_into(&mut self.source),
            Field::ExternalId => value.clone_into(&mut self.external_id),
            Field::Member => value.clone_into(&mut self.member),
            Field::Subject => value.clone_into(&mut self.subject),
            Field::OpenedAt => self.opened_at = Some(times.read(value)?),
            Field::At => self.at = times.read(value)?,
            Field::Status => self.status = status(value)?,
            Field::Severity => self.severity = Some(known(value, Severity::parse(value), Severity::ALL)?),
            Field::Category => self.category = text(),
            Field::Channel => self.channel = text(),
            Field::Visibility => self.visibility = visibility(value)?,
            Field::Assignee => self.assignee = text(),
            Field::Group => self.group = text(),
        }
        Ok(())
    }
}

/// The status of that name. `MERGED` is none of a row: it needs the other case.
pub(super) fn status(value: &str) -> Result<CaseStatus, String> {
    let found = CaseStatus::parse(value).filter(|status| STATUSES.contains(status));
    known(value, found, STATUSES)
}

fn visibility(value: &str) -> Result<Visibility, String> {
    let found = Visibility::parse(value).filter(|visibility| VISIBILITIES.contains(visibility));
    known(value, found, VISIBILITIES)
}

fn known<T: Copy + std::fmt::Display>(value: &str, found: Option<T>, all: &[T]) -> Result<T, String> {
    found.ok_or_else(|| {
        let names: Vec<String> = all.iter().map(T::to_string).collect();
        format!("`{value}` is none of {}", names.join(", "))
    })
}

/// How times are written.
#[derive(Clone, Debug)]
pub(super) enum Times {
    /// In a form that says all by itself.
    Known(TimeFormat),
    /// By a pattern, in a zone unless the pattern tells the offset.
    Pattern {
        /// For `strptime`, for example `%d/%m/%Y %H:%M`.
        pattern: String,
        /// Whose clocks are meant.
        zone: TimeZone,
    },
}

impl Times {
    /// The format of that name, or else the pattern.
    pub fn new(format: &str, zone: &str) -> Result<Self, String> {
        match format {
            "rfc3339" => return Ok(Self::Known(TimeFormat::Rfc3339)),
            "unix-seconds" => return Ok(Self::Known(TimeFormat::UnixSeconds)),
            "unix-millis" => return Ok(Self::Known(TimeFormat::UnixMillis)),
            _ => {}
        }
        let no_zone = |_reason| format!("zone: `{zone}` is not a time zone of the IANA database, such as Europe/Berlin");
        let zone = TimeZone::get(zone).map_err(no_zone)?;
        let sample = jiff::civil::date(2016, 2, 29).at(13, 7, 0, 0).to_zoned(zone.clone());
        let sample = sample.map_err(no_zone)?;
        let times = Self::Pattern {
            pattern: format.to_owned(),
            zone,
        };
        // A pattern that cannot read its own writing would fail at every row.
        let no_pattern = |_reason| format!("time_format: `{format}` is not a pattern that times can be written by, such as %d/%m/%Y %H:%M");
        let written = jiff::fmt::strtime::format(format, &sample).map_err(no_pattern)?;
        times.read(&written).map_err(|reason| format!("time_format: {reason}"))?;
        Ok(times)
    }

    /// The instant that a text says.
    pub fn read(&self, text: &str) -> Result<Timestamp, String> {
        match self {
            Self::Known(format) => time(text, *format),
            Self::Pattern { pattern, zone } => {
                let wrong = |_reason: jiff::Error| format!("`{text}` is not a time as `{pattern}` writes it");
                let parts = jiff::fmt::strtime::parse(pattern, text).map_err(wrong)?;
                if parts.offset().is_some() {
                    return parts.to_timestamp().map(Timestamp::from).map_err(wrong);
                }
                let local = parts.to_datetime().map_err(wrong)?;
                // Where clocks were set forward or back: the later or the earlier of the two, as calendars take it.
                let zoned = local.to_zoned(zone.clone()).map_err(wrong)?;
                Ok(zoned.timestamp().into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_by_a_pattern_in_a_zone() {
        let utc = Times::new("%d/%m/%Y %H:%M", "UTC").unwrap();
        let at = |times: &Times, text| times.read(text).map(|at| at.to_string());
        assert_eq!(at(&utc, "29/2/2016 01:16").unwrap(), "2016-02-29T01:16:00Z");
        assert_eq!(at(&utc, "3/12/2016 1:06").unwrap(), "2016-12-03T01:06:00Z");
        let berlin = Times::new("%d.%m.%Y %H:%M", "Europe/Berlin").unwrap();
        assert_eq!(at(&berlin, "1.7.2024 12:00").unwrap(), "2024-07-01T10:00:00Z");
        let told = Times::new("%Y-%m-%dT%H:%M:%S%z", "Europe/Berlin").unwrap();
        assert_eq!(at(&told, "2024-07-01T12:00:00-0400").unwrap(), "2024-07-01T16:00:00Z");
        for wrong in ["30/2/2016 01:16", "29/2/2016", "?", "", "29/2/2016 01:16 pm"] {
            assert!(at(&utc, wrong).is_err(), "{wrong}");
        }
        assert_eq!(at(&Times::new("unix-seconds", "").unwrap(), "0").unwrap(), "1970-01-01T00:00:00Z");
        assert!(Times::new("%H:%M", "UTC").is_err());
        assert!(Times::new("%d/%m/%Y %H:%M", "Mars/Olympus").is_err());
    }

    #[test]
    fn names_that_a_row_cannot_have_are_refused() {
        assert_eq!(status("ON_HOLD"), Ok(CaseStatus::OnHold));
        assert!(status("MERGED").unwrap_err().contains("none of NEW, OPEN"));
        assert!(visibility("SEMI_PRIVATE").is_err());
    }

    #[test]
    fn every_field_has_one_name() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.as_str()), Some(field));
        }
    }
}
