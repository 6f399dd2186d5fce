//! Scalars of our own: instants and durations.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use entity::Timestamp;

const NOT_AN_INSTANT: &str = "must be an instant by RFC 3339, for example 2026-11-22T09:30:00Z";

/// An instant in UTC by RFC 3339, for example `2026-11-22T09:30:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct DateTime(pub Timestamp);

/// An instant in UTC by RFC 3339, for example `2026-11-22T09:30:00Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            // A date alone names no instant.
            Value::String(text) if text.contains(['T', 't', ' ']) => Timestamp::parse(text)
                .map(Self)
                .map_err(|_reason| InputValueError::custom(NOT_AN_INSTANT)),
            Value::String(_) => Err(InputValueError::custom(NOT_AN_INSTANT)),
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
        parse_duration(text).ok_or_else(|| {
            InputValueError::custom("must be a duration by ISO 8601 in weeks, days, hours, minutes or seconds, for example P30D")
        })
    }

    fn to_value(&self) -> Value {
        let text = jiff::Span::new().try_microseconds(self.micros).map(|span| {
            let round = jiff::SpanRound::new().largest(jiff::Unit::Day).days_are_24_hours();
            span.round(round).unwrap_or(span).to_string()
        });
        text.map_or(Value::Null, Value::String)
    }
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
