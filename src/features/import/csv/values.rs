//! How the text of a CSV cell becomes a time, a number, a flag or a name from a list.
//!
//! Not here: which cell belongs to which field.

use entity::Timestamp;

/// How a CSV file writes times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// `2024-06-01T10:00:00Z`; without an offset it is UTC.
    Rfc3339,
    /// Seconds since 1970, with decimals if need be.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

/// The value that a name stands for, or all names there are.
pub(super) fn one_of<T: Copy + std::fmt::Display>(value: &str, found: Option<T>, all: &[T]) -> Result<T, String> {
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(T::to_string).collect();
        format!("`{value}` is none of {}", names.join(", "))
    })
}

/// A yes or no, in the spellings of spreadsheets.
pub(super) fn flag(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(format!("`{value}` is neither true nor false")),
    }
}

/// A finite number.
pub(super) fn decimal(value: &str) -> Result<f64, String> {
    let number = value.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`{value}` is not a number"))
}

/// An instant.
pub(in crate::features::import) fn time(value: &str, format: TimeFormat) -> Result<Timestamp, String> {
    let micros = match format {
        TimeFormat::Rfc3339 => {
            let wrong = |_reason| format!("`{value}` is not an instant by RFC 3339, such as 2026-11-22T09:30:00Z");
            return Timestamp::parse(value).map_err(wrong);
        }
        TimeFormat::UnixSeconds => scaled(value, 6),
        TimeFormat::UnixMillis => scaled(value, 3),
    };
    micros
        .map(Timestamp::from_micros)
        .ok_or_else(|| format!("`{value}` is not a time since 1970"))
}

/// A decimal number times a power of ten; digits beyond that are cut off. Floating point would lose microseconds.
fn scaled(value: &str, digits: usize) -> Option<i64> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let whole_digits = whole.strip_prefix('-').unwrap_or(whole);
    if whole_digits.is_empty() || !whole_digits.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = fraction.get(..digits).unwrap_or(fraction);
    format!("{whole}{kept:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_since_1970_keep_their_decimals() {
        let micros = |value, format| time(value, format).map(Timestamp::as_micros);
        assert_eq!(micros("1289241911.72836", TimeFormat::UnixSeconds), Ok(1_289_241_911_728_360));
        assert_eq!(micros("-1.5", TimeFormat::UnixSeconds), Ok(-1_500_000));
        assert_eq!(micros("1289241911728.1234", TimeFormat::UnixMillis), Ok(1_289_241_911_728_123));
        for wrong in ["", "-", "+1", "1e9", "1.x", "99999999999999999999", "10:00"] {
            assert!(micros(wrong, TimeFormat::UnixSeconds).is_err(), "{wrong}");
        }
    }
}
