//! The one representation of an instant: microseconds since 1970-01-01T00:00:00Z.
//!
//! A 64-bit integer sorts, compares and indexes the same on every engine, takes 8 bytes, and keeps what JSON, XML
//! and PostgreSQL can express. Zones and calendars are applied where they matter, never stored.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in UTC with microsecond precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339; a date-time without offset is taken as UTC.
    ///
    /// # Errors
    /// When the text is not a date-time.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        match text.parse::<jiff::Timestamp>() {
            Ok(instant) => Ok(instant.into()),
            Err(error) => match text.parse::<jiff::civil::DateTime>() {
                Ok(civil) => Ok(civil.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().into()),
                Err(_not_civil_either) => Err(error),
            },
        }
    }

    /// This instant moved by a number of microseconds, clamped to what 64 bits hold.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(value: jiff::Timestamp) -> Self {
        Self(value.as_microsecond())
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => instant.fmt(f),
            Err(_out_of_calendar) => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let wrong = |_reason| serde::de::Error::custom(format!("`{text}` is not an instant by RFC 3339, such as 2026-11-22T09:30:00Z"));
        Self::parse(&text).map_err(wrong)
    }
}
