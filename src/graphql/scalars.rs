//! Scalars of our own: instants and durations.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, InputValueError, InputValueResult, OutputType, Positioned, Scalar, ScalarType, ServerResult, Value,
};
use entity::Timestamp;

const NOT_AN_INSTANT: &str = "must be an instant by RFC 3339 with its offset, for example 2026-11-22T09:30:00Z";
const NOT_A_DURATION: &str =
    "must be a length of time by ISO 8601 in weeks, days, hours, minutes or seconds, not negative, for example P30D or PT12H";

/// What is wrong with a value of one of the scalars here, as far as it is a text; nothing for other scalars.
#[must_use]
pub fn fault(scalar: &str, text: Option<&str>) -> Option<&'static str> {
    match scalar {
        "DateTime" if text.and_then(parse_instant).is_none() => Some(NOT_AN_INSTANT),
        "Duration" if text.and_then(parse_duration).is_none() => Some(NOT_A_DURATION),
        _ => None,
    }
}

/// An instant by RFC 3339, for example `2026-11-22T09:30:00Z`. It is given with its offset and told in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct DateTime(pub Timestamp);

/// An instant by RFC 3339, for example `2026-11-22T09:30:00Z`. It is given with its offset and told in UTC.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => parse_instant(text).map(Self).ok_or_else(|| InputValueError::custom(NOT_AN_INSTANT)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Timestamp> for DateTime {
    fn from(value: Timestamp) -> Self {
        Self(value)
    }
}

/// A length of time by ISO 8601 without months or years, for example `P30D` or `PT12H`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    /// In microseconds; never negative.
    pub micros: i64,
}

/// A length of time by ISO 8601 without months or years, for example `P30D` or `PT12H`.
#[Scalar(name = "Duration", specified_by_url = "https://www.iso.org/iso-8601-date-and-time-format.html")]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        parse_duration(text).ok_or_else(|| InputValueError::custom(NOT_A_DURATION))
    }

    fn to_value(&self) -> Value {
        written(self.micros, jiff::Unit::Day)
    }
}

/// A length of time that was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised {
    /// In microseconds; never negative.
    pub micros: i64,
    /// Whether only open time counts. It is written in hours and less then: how many open hours a day has is the calendar's matter.
    pub is_open_time: bool,
}

impl Promised {
    const fn largest(self) -> jiff::Unit {
        if self.is_open_time { jiff::Unit::Hour } else { jiff::Unit::Day }
    }

    /// As the API writes it.
    #[must_use]
    pub fn text(self) -> String {
        text_of(self.micros, self.largest()).unwrap_or_default()
    }
}

impl OutputType for Promised {
    fn type_name() -> Cow<'static, str> {
        <Duration as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Duration as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _ctx: &ContextSelectionSet<'_>, _field: &Positioned<Field>) -> ServerResult<Value> {
        Ok(written(self.micros, self.largest()))
    }
}

/// A length of time by ISO 8601, with nothing larger than a unit in it.
fn written(micros: i64, largest: jiff::Unit) -> Value {
    text_of(micros, largest).map_or(Value::Null, Value::String)
}

fn text_of(micros: i64, largest: jiff::Unit) -> Option<String> {
    let span = jiff::Span::new().try_microseconds(micros).ok()?;
    let round = jiff::SpanRound::new().largest(largest).days_are_24_hours();
    Some(span.round(round).unwrap_or(span).to_string())
}

fn parse_instant(text: &str) -> Option<Timestamp> {
    // A date alone names no instant, and a time without an offset means another one at every place.
    if !text.contains(['T', 't', ' ']) {
        return None;
    }
    text.parse::<jiff::Timestamp>().ok().map(Timestamp::from)
}

fn parse_duration(text: &str) -> Option<Duration> {
    // The parser reads other spellings, too, which the scalar does not promise.
    let span: jiff::Span = Some(text).filter(|text| text.starts_with('P'))?.parse().ok()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let micros = span
        .total((jiff::Unit::Microsecond, jiff::SpanRelativeTo::days_are_24_hours()))
        .ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "checked against the range of spans just before")]
    (0.0..9.0e18).contains(&micros).then_some(Duration { micros: micros as i64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    #[test]
    fn an_instant_has_its_offset() {
        for wrong in [
            "2026-11-22",
            "2026-11-22T09:30:00",
            "2026-11-22 09:30",
            "soon",
            "",
            "2026-02-30T09:30:00Z",
            "2026-11-22T09:30:00[Europe/Berlin]",
        ] {
            assert_eq!(fault("DateTime", Some(wrong)), Some(NOT_AN_INSTANT), "{wrong}");
        }
        for right in ["2026-11-22T09:30:00Z", "2026-11-22T10:30:00+01:00", "2026-11-22 09:30:00.5-08:00"] {
            assert_eq!(fault("DateTime", Some(right)), None, "{right}");
        }
        assert_eq!(fault("DateTime", None), Some(NOT_AN_INSTANT));
    }

    #[test]
    fn a_length_of_time_is_not_negative_and_has_no_months() {
        for wrong in ["-PT4H", "PT-4H", "P1M", "P1Y", "4 hours", "", "PT"] {
            assert_eq!(fault("Duration", Some(wrong)), Some(NOT_A_DURATION), "{wrong}");
        }
        assert_eq!(fault("Duration", Some("P1DT2H")), None);
        assert_eq!(fault("String", None), None);
    }

    #[test]
    fn open_time_is_written_in_hours() {
        assert_eq!(written(45 * HOUR, jiff::Unit::Hour), Value::String("PT45H".to_owned()));
        assert_eq!(written(45 * HOUR, jiff::Unit::Day), Value::String("P1DT21H".to_owned()));
        assert_eq!(written(0, jiff::Unit::Hour), Value::String("PT0S".to_owned()));
        assert_eq!(written(HOUR + 1_500_000, jiff::Unit::Hour), Value::String("PT1H1.5S".to_owned()));
    }
}
