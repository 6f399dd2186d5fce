//! The content lines of an iCalendar file: folded ones made whole, and each taken apart into name, parameters and value.
//!
//! Not here: what they mean.

use super::{Problem, excerpt};

/// A content line: `NAME;PARAMETER=VALUE:VALUE`.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Where it begins in the file, counted from 1.
    pub(super) number: usize,
    /// In capitals.
    pub(super) name: String,
    /// Names in capitals, and values without quotation marks.
    params: Vec<(String, String)>,
    /// As it stands there.
    pub(super) value: String,
}

impl Line {
    /// The value of a parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(param, _)| param == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the value is a word, in capitals or not.
    pub(super) fn value_is(&self, word: &str) -> bool {
        self.value.trim().eq_ignore_ascii_case(word)
    }

    /// Something is wrong with it.
    pub(super) fn problem(&self, message: &str) -> Problem {
        Problem::new(self.number, format!("{}:{} {message}", self.name, excerpt(&self.value)))
    }
}

/// The lines of a file; those that are none with the reason.
pub(super) fn lines(text: &str) -> Vec<Result<Line, Problem>> {
    unfolded(text).into_iter().map(|(number, line)| parse(number, &line)).collect()
}

/// The lines with a number each. One that begins with a blank goes on with the one before.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut whole: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let (Some(more), Some((_, last))) = (line.strip_prefix([' ', '\t']), whole.last_mut()) {
            last.push_str(more);
        } else if !line.trim().is_empty() {
            whole.push((index + 1, line.to_owned()));
        }
    }
    whole
}

fn parse(number: usize, line: &str) -> Result<Line, Problem> {
    let (name, params, value) =
        take_apart(line).map_err(|message| Problem::new(number, format!("the line `{}` {message}", excerpt(line))))?;
    Ok(Line {
        number,
        name: name.to_ascii_uppercase(),
        params,
        value: value.to_owned(),
    })
}

type Parts<'a> = (&'a str, Vec<(String, String)>, &'a str);

fn take_apart(line: &str) -> Result<Parts<'_>, &'static str> {
    let (name, mut rest) = line.find([':', ';']).map(|end| line.split_at(end)).ok_or("has no colon")?;
    if !is_name(name) {
        return Err("does not begin with the name of a property");
    }
    let mut params = Vec::new();
    while let Some(param) = rest.strip_prefix(';') {
        let (param, after) = param.split_once('=').ok_or("has a parameter without a value")?;
        if !is_name(param) {
            return Err("has a parameter without a value");
        }
        let (value, after) = param_value(after)?;
        params.push((param.to_ascii_uppercase(), value));
        rest = after;
    }
    let value = rest.strip_prefix(':').ok_or("has no colon after its parameters")?;
    Ok((name, params, value))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The values of a parameter, with commas between them, and what comes after.
fn param_value(text: &str) -> Result<(String, &str), &'static str> {
    let (mut values, mut rest) = (String::new(), text);
    loop {
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or("has a quotation mark without another")?,
            None => rest.split_at(rest.find([':', ';', ',']).unwrap_or(rest.len())),
        };
        values.push_str(value);
        match after.strip_prefix(',') {
            Some(more) => {
                values.push(',');
                rest = more;
            }
            None => return Ok((values, after)),
        }
    }
}
