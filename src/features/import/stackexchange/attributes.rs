//! Reads the attributes of a row: quick-xml finds them and resolves their entities, here they become values.
//!
//! Not here: what the values mean.

use std::borrow::Cow;
use std::str::FromStr;

use entity::Timestamp;
use jiff::civil;
use jiff::tz::Offset;
use quick_xml::XmlVersion;
use quick_xml::events::attributes::{Attribute, Attributes};

use crate::features::import::source::Fault;

/// The values of the wanted attributes, in that order, with entities resolved. All others are only checked for syntax.
pub(super) fn read_attributes<'a, const N: usize>(attributes: &'a str, wanted: [&str; N]) -> Result<[Option<Cow<'a, str>>; N], Fault> {
    let mut values = [const { None }; N];
    for attribute in Attributes::new(attributes, 0) {
        let attribute = attribute.map_err(|error| Fault::row(format!("not XML: {error}")))?;
        let name = attribute.key.into_inner();
        if let Some((_, value)) = wanted.iter().zip(&mut values).find(|(wanted, _)| **wanted == name) {
            *value = Some(text_of(&attribute, name)?);
        }
    }
    Ok(values)
}

fn text_of<'a>(attribute: &Attribute<'a>, name: &str) -> Result<Cow<'a, str>, Fault> {
    attribute
        .normalized_value(XmlVersion::Implicit1_0)
        .map_err(|error| Fault::field(name, error.to_string()))
}

/// A number that must be there.
pub(super) fn required<T: FromStr>(value: Option<Cow<'_, str>>, field: &str) -> Result<T, Fault> {
    number(value, field)?.ok_or_else(|| Fault::field(field, "is missing"))
}

/// A number that may be absent, but not wrong.
pub(super) fn number<T: FromStr>(value: Option<Cow<'_, str>>, field: &str) -> Result<Option<T>, Fault> {
    let wrong = |text: &str| Fault::field(field, format!("`{text}` is not a number that can stand here"));
    value.map(|text| text.parse().map_err(|_not_a_number| wrong(&text))).transpose()
}

/// A date-time, which dumps give in UTC without saying so.
pub(super) fn time(value: Option<Cow<'_, str>>, field: &str) -> Result<Timestamp, Fault> {
    let text = value.ok_or_else(|| Fault::field(field, "is missing"))?;
    // Dumps never give an offset: asking for one first would fail, and build an error, for every row.
    if let Ok(instant) = text.parse::<civil::DateTime>().and_then(|civil| Offset::UTC.to_timestamp(civil)) {
        return Ok(instant.into());
    }
    Timestamp::parse(&text).map_err(|error| Fault::field(field, error.to_string()))
}
