//! How a calendar is written down: what the API takes and the tables keep.
//!
//! Not here: whether it makes sense (`validation`), and what it means (`hours`).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Open hours of a week in a time zone, with holidays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarDefinition {
    /// IANA time zone, for example `Europe/Berlin`.
    pub zone: String,
    /// The hours of a week, in any order; they may touch and must not overlap.
    pub hours: Vec<OpenHours>,
    /// The days, or parts of days, that are closed, in any order; they may overlap.
    pub holidays: Vec<Holiday>,
}

/// Hours at which it is open on one day of every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenHours {
    /// The day on which it opens.
    pub day: Weekday,
    /// When it opens, before `24:00`.
    pub opens: DayTime,
    /// When it closes; when that is before `opens`, on the next day. `24:00` is the end of the day.
    pub closes: DayTime,
}

/// A day that is closed, wholly or in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holiday {
    /// The date in the zone of the calendar.
    #[serde(with = "iso_date")]
    pub date: Date,
    /// What the day is called.
    pub name: String,
    /// From when until when it is closed; `None` for the whole day.
    #[serde(default)]
    pub closed: Option<(DayTime, DayTime)>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Weekday {
    /// The first day.
    Monday,
    /// The second day.
    Tuesday,
    /// The third day.
    Wednesday,
    /// The fourth day.
    Thursday,
    /// The fifth day.
    Friday,
    /// The sixth day.
    Saturday,
    /// The seventh day.
    Sunday,
}

impl Weekday {
    /// All of them, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// How many days after Monday.
    #[must_use]
    pub const fn days_after_monday(self) -> u8 {
        match self {
            Self::Monday => 0,
            Self::Tuesday => 1,
            Self::Wednesday => 2,
            Self::Thursday => 3,
            Self::Friday => 4,
            Self::Saturday => 5,
            Self::Sunday => 6,
        }
    }
}

/// A time of the day in seconds since its midnight, from `00:00` to `24:00`. Written as `09:30`, or `09:30:15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayTime(u32);

impl DayTime {
    /// `00:00`.
    pub const MIDNIGHT: Self = Self(0);
    /// `24:00`.
    pub const END_OF_DAY: Self = Self(86_400);

    /// From seconds since midnight; `None` past `24:00`.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds > Self::END_OF_DAY.0 { None } else { Some(Self(seconds)) }
    }

    /// Seconds since midnight.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

/// A text that is not a time of the day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time of day, written as 09:30 or 09:30:15, from 00:00 to 24:00")]
pub struct NotADayTime(pub String);

impl FromStr for DayTime {
    type Err = NotADayTime;

    fn from_str(text: &str) -> Result<Self, NotADayTime> {
        let parts: Vec<&str> = text.split(':').collect();
        let seconds = match parts.as_slice() {
            [hours, minutes] => seconds_of(hours, minutes, "00"),
            [hours, minutes, seconds] => seconds_of(hours, minutes, seconds),
            _ => None,
        };
        seconds.and_then(Self::from_seconds).ok_or_else(|| NotADayTime(text.to_owned()))
    }
}

fn seconds_of(hours: &str, minutes: &str, seconds: &str) -> Option<u32> {
    Some(two_digits(hours, 24)? * 3_600 + two_digits(minutes, 59)? * 60 + two_digits(seconds, 59)?)
}

fn two_digits(text: &str, most: u32) -> Option<u32> {
    let are_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<u32>().ok().filter(|number| are_digits && *number <= most)
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3_600, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{hours:02}:{minutes:02}")?;
        if seconds > 0 { write!(f, ":{seconds:02}") } else { Ok(()) }
    }
}

impl Serialize for DayTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Dates as `2026-12-25` and in no other form.
mod iso_date {
    use super::{Cow, Date, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        let date: Date = text.parse().map_err(<D::Error as serde::de::Error>::custom)?;
        if date.to_string() == text {
            Ok(date)
        } else {
            Err(serde::de::Error::custom(format!("`{text}` is not a date, written as 2026-12-25")))
        }
    }
}
