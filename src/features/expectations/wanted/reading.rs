//! Reading promises from a TOML file: each field by itself, so that all that is wrong is told at once, each at its path:
//! `expectations.First answer.target`.

use std::borrow::Cow;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_path_to_error::Segment;
use toml::{Table, Value};

use super::{Promises, WantedCalendar, WantedExpectation, WantedHours};
use crate::error::{UserError, UserErrorCode as Code};

impl Promises {
    /// Reads a file.
    ///
    /// # Errors
    /// All that is wrong, each at its path. A text that is no TOML is wrong at one line, which is all that can be told of it.
    pub fn read(text: &str) -> Result<Self, Vec<UserError>> {
        let table: Table = toml::from_str(text).map_err(|error| vec![UserError::at("", Code::Invalid, error.to_string())])?;
        let mut errors = Vec::new();
        let mut file = Entry {
            table,
            path: Vec::new(),
            known: Vec::new(),
            errors: &mut errors,
        };
        let calendars = file.tables("calendars", calendar);
        let expectations = file.tables("expectations", expectation);
        file.done();
        match (calendars, expectations) {
            (Ok(calendars), Ok(expectations)) if errors.is_empty() => Ok(Self {
                calendars: calendars.unwrap_or_default(),
                expectations: expectations.unwrap_or_default(),
            }),
            _ => Err(errors),
        }
    }
}

fn calendar(mut entry: Entry<'_>) -> Read<WantedCalendar> {
    let name = entry.needed("name");
    let zone = entry.needed("zone");
    let found = entry.tables("hours", hours);
    let hours = entry.there("hours", found);
    let holidays = entry.list("holidays");
    entry.done();
    Ok(WantedCalendar {
        name: name?,
        zone: zone?,
        hours: hours?,
        holidays: holidays?.unwrap_or_default(),
    })
}

fn hours(mut entry: Entry<'_>) -> Read<WantedHours> {
    let found = entry.list("days");
    let days = entry.there("days", found);
    let opens = entry.needed("opens");
    let closes = entry.needed("closes");
    entry.done();
    Ok(WantedHours {
        days: days?,
        opens: opens?,
        closes: closes?,
    })
}

fn expectation(mut entry: Entry<'_>) -> Read<WantedExpectation> {
    let name = entry.needed("name");
    let public_text = entry.needed("publicText");
    let metric = entry.needed("metric");
    let target = entry.needed::<Length>("target");
    let warn_before = entry.optional::<Length>("warnBefore");
    let calendar = entry.optional("calendar");
    let severities = entry.list("severities");
    let categories = entry.list("categories");
    let channels = entry.list("channels");
    let pause_on = entry.list("pauseOn");
    let effective_from = entry.optional("effectiveFrom");
    entry.done();
    Ok(WantedExpectation {
        name: name?,
        public_text: public_text?,
        metric: metric?,
        target: target?.0,
        warn_before: warn_before?.map_or(0, |length| length.0),
        calendar: calendar?,
        severities: severities?.unwrap_or_default(),
        categories: categories?.unwrap_or_default(),
        channels: channels?.unwrap_or_default(),
        pause_on: pause_on?,
        effective_from: effective_from?,
    })
}

/// Something is wrong, and it was noted.
struct Noted;

type Read<T> = Result<T, Noted>;

/// A table that is read field by field.
struct Entry<'a> {
    /// What was not asked for yet.
    table: Table,
    /// What leads to it: fields, and the names or numbers of the tables in them.
    path: Vec<String>,
    /// The fields that were asked for.
    known: Vec<&'static str>,
    errors: &'a mut Vec<UserError>,
}

impl Entry<'_> {
    fn wrong(&mut self, steps: Vec<String>, code: Code, message: impl Into<String>) -> Noted {
        self.errors.push(UserError {
            code,
            message: message.into(),
            field: self.path.iter().cloned().chain(steps).collect(),
        });
        Noted
    }

    fn take(&mut self, field: &'static str) -> Option<Value> {
        self.known.push(field);
        self.table.remove(field)
    }

    /// A field that may be left out.
    fn optional<T: DeserializeOwned>(&mut self, field: &'static str) -> Read<Option<T>> {
        let value = self.take(field);
        value.map(|value| self.typed(vec![field.to_owned()], value)).transpose()
    }

    fn needed<T: DeserializeOwned>(&mut self, field: &'static str) -> Read<T> {
        let found = self.optional(field);
        self.there(field, found)
    }

    /// A list that may be left out, each item by itself.
    fn list<T: DeserializeOwned>(&mut self, field: &'static str) -> Read<Option<Vec<T>>> {
        self.items(field, |entry, steps, item| entry.typed(steps, item))
    }

    /// A list of tables that may be left out.
    fn tables<T>(&mut self, field: &'static str, read: fn(Entry<'_>) -> Read<T>) -> Read<Option<Vec<T>>> {
        self.items(field, |entry, steps, item| {
            let Value::Table(table) = item else {
                return Err(entry.wrong(steps, Code::Invalid, "must be a table"));
            };
            // Who has a name is called by it.
            let name = table
                .get("name")
                .and_then(Value::as_str)
                .filter(|name| !crate::text::is_blank(name));
            let mut path = [entry.path.clone(), steps].concat();
            if let (Some(name), Some(last)) = (name, path.last_mut()) {
                name.clone_into(last);
            }
            read(Entry {
                table,
                path,
                known: Vec::new(),
                errors: &mut *entry.errors,
            })
        })
    }

    /// The items of a list; all are read, also after one that is wrong.
    fn items<T>(&mut self, field: &'static str, read: impl Fn(&mut Self, Vec<String>, Value) -> Read<T>) -> Read<Option<Vec<T>>> {
        let items = match self.take(field) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.wrong(vec![field.to_owned()], Code::Invalid, "must be a list")),
        };
        let mut read_all = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            read_all.push(read(self, vec![field.to_owned(), index.to_string()], item));
        }
        read_all.into_iter().collect::<Read<Vec<T>>>().map(Some)
    }

    fn there<T>(&mut self, field: &str, found: Read<Option<T>>) -> Read<T> {
        found?.ok_or_else(|| self.wrong(vec![field.to_owned()], Code::Required, "is missing"))
    }

    fn typed<T: DeserializeOwned>(&mut self, mut steps: Vec<String>, value: Value) -> Read<T> {
        serde_path_to_error::deserialize(value).map_err(|error: serde_path_to_error::Error<toml::de::Error>| {
            steps.extend(error.path().iter().filter_map(|segment| match segment {
                Segment::Seq { index } => Some(index.to_string()),
                Segment::Map { key } => Some(key.clone()),
                Segment::Enum { .. } | Segment::Unknown => None,
            }));
            self.wrong(steps, Code::Invalid, error.inner().message())
        })
    }

    /// Notes the fields that nobody asked for.
    fn done(mut self) {
        let known = self.known.join(", ");
        let unknown: Vec<String> = self.table.keys().cloned().collect();
        for field in unknown {
            self.wrong(vec![field], Code::Invalid, format!("there is no such field; there are {known}"));
        }
    }
}

/// A length of time by ISO 8601, in microseconds.
struct Length(i64);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        let wrong = || {
            let message = format!("`{text}` is not a length of time by ISO 8601 in weeks, days, hours, minutes or seconds, such as PT4H");
            D::Error::custom(message)
        };
        // The parser knows other spellings, too; files keep to the one that the API has.
        if !text.starts_with('P') {
            return Err(wrong());
        }
        let span: jiff::Span = text.parse().map_err(|_reason: jiff::Error| wrong())?;
        let length = span
            .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
            .map_err(|_reason| wrong())?;
        i64::try_from(length.as_micros()).map(Self).map_err(|_reason| wrong())
    }
}

#[cfg(test)]
mod tests {
    use entity::{Metric, Severity};

    use super::*;
    use crate::features::expectations::schedule::{DayTime, Weekday};

    const FILE: &str = r#"
        [[calendars]]
        name = "Desk"
        zone = "Europe/Berlin"
        hours = [{ days = ["MONDAY", "FRIDAY"], opens = "09:00", closes = "17:30" }]
        holidays = [{ date = "2024-12-25", name = "Christmas" }, { date = "2024-12-24", name = "Eve", closed = ["12:00", "24:00"] }]

        [[expectations]]
        name = "Solved"
        publicText = "We solve it within a week."
        metric = "TOTAL_RESOLUTION"
        target = "P1W"
        severities = ["HIGH"]
        effectiveFrom = "2016-01-01T00:00:00Z"
    "#;

    /// What is wrong with a text: the paths, and the messages.
    fn told(text: &str) -> (Vec<String>, Vec<String>) {
        let errors = Promises::read(text).unwrap_err();
        errors.into_iter().map(|error| (error.field.join("."), error.message)).unzip()
    }

    #[test]
    fn a_file_says_what_shall_be() {
        let promises = Promises::read(FILE).unwrap();
        let calendar = &promises.calendars[0];
        assert_eq!(
            (calendar.name.as_str(), calendar.hours[0].days.as_slice()),
            ("Desk", &[Weekday::Monday, Weekday::Friday][..])
        );
        assert_eq!(
            (calendar.holidays.len(), calendar.hours[0].closes),
            (2, "17:30".parse::<DayTime>().unwrap())
        );
        let solved = &promises.expectations[0];
        assert_eq!(
            (solved.metric, solved.target, solved.warn_before),
            (Metric::TotalResolution, 7 * 86_400_000_000, 0)
        );
        assert_eq!(
            (solved.severities.as_slice(), &solved.pause_on, &solved.calendar),
            (&[Severity::High][..], &None, &None)
        );
        assert!(solved.effective_from.is_some());
        assert_eq!(Promises::read(""), Ok(Promises::default()));
        for wrong in ["P1M", "4 hours", "", "-PT"] {
            assert_eq!(told(&FILE.replace("P1W", wrong)).0, ["expectations.Solved.target"], "{wrong}");
        }
    }

    #[test]
    fn all_that_does_not_fit_is_told_with_its_path() {
        let text = r#"
            more = 1

            [[calendars]]
            zone = 1
            hours = [
                { days = ["MONDAY", "Moonday"], opens = "9", closes = "25:00" },
                { days = "FRIDAY", opens = "09:00" },
                5,
            ]
            holidays = [{ date = "25.12.2024", name = "Christmas" }, { date = "2024-12-24", name = "Eve", closed = ["12:00", "noon"] }]

            [[expectations]]
            name = "First answer"
            text = "Soon."
            metric = "FIRST_WORD"
            target = "soon"
            warnBefore = 5
            severities = "HIGH"
            pauseOn = ["ON_HOLD", "ASLEEP"]
            effectiveFrom = "then"

            [[expectations]]
            metric = "UPDATE"
        "#;
        let (paths, messages) = told(text);
        let expected = [
            "calendars.0.name",
            "calendars.0.zone",
            "calendars.0.hours.0.days.1",
            "calendars.0.hours.0.opens",
            "calendars.0.hours.0.closes",
            "calendars.0.hours.1.days",
            "calendars.0.hours.1.closes",
            "calendars.0.hours.2",
            "calendars.0.holidays.0.date",
            "calendars.0.holidays.1.closed.1",
            "expectations.First answer.publicText",
            "expectations.First answer.metric",
            "expectations.First answer.target",
            "expectations.First answer.warnBefore",
            "expectations.First answer.severities",
            "expectations.First answer.pauseOn.1",
            "expectations.First answer.effectiveFrom",
            "expectations.First answer.text",
            "expectations.1.name",
            "expectations.1.publicText",
            "expectations.1.target",
            "more",
        ];
        assert_eq!(paths, expected, "{messages:#?}");
        assert_eq!(messages[0], "is missing");
        assert!(messages[2].contains("Moonday"), "{}", messages[2]);
        assert_eq!(messages[21], "there is no such field; there are calendars, expectations");
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let (paths, messages) = told("[[calendars]]\nname = ");
        assert_eq!(paths, [""]);
        assert!(messages[0].contains("line 2"), "{messages:?}");
        assert_eq!(told("calendars = 1").0, ["calendars"]);
    }
}
