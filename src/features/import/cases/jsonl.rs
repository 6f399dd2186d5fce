//! Reads cases from JSON Lines: one case a line, with all that happened to it.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::{CaseItem, RowCount};
use crate::features::cases::backdate::record::CaseRecord;
use crate::features::import::input::Input;
use crate::features::import::jsonl::{JsonLines, Object};
use crate::features::import::source::{Fault, Progress, ReadError};

/// The cases of a JSON Lines file, in its order.
pub struct CaseLines {
    lines: JsonLines,
    rows: RowCount,
}

impl CaseLines {
    /// Opens a file, or the standard input when the path is `-`; gzip and zip are recognised by their first bytes.
    ///
    /// # Errors
    /// When it cannot be opened or is not UTF-8 from the start.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Input::open(path).map(Self::new)
    }

    /// Takes any source of bytes; `place` names it in messages, `total` is its size when that is known.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub fn from_reader(reader: impl Read + Send + 'static, place: &str, total: Option<u64>) -> Result<Self, ReadError> {
        Input::from_reader(reader, place, total).map(Self::new)
    }

    fn new(input: Input) -> Self {
        Self {
            lines: JsonLines::new(input),
            rows: RowCount::default(),
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.lines.progress()
    }

    /// How many lines it has read.
    #[must_use]
    pub fn rows(&self) -> RowCount {
        RowCount::clone(&self.rows)
    }
}

impl Iterator for CaseLines {
    type Item = Result<CaseItem, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.lines.next_item(read_case)?;
        self.rows.fetch_add(u64::from(item.is_ok()), Ordering::Relaxed);
        Some(item)
    }
}

fn read_case(line: &[u8]) -> Result<CaseRecord, Fault> {
    let object = Object::of(line)?;
    match object.kind.as_deref() {
        Some("case") => object.read(),
        _ => Err(object.of_no_use("`case`")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::features::import::source::ReadOutcome;

    const CASE: &str = r#"{"type":"case","source":"desk","externalId":"c-1","member":"ada","subject":"Silence","openedAt":"2024-06-03T08:00:00Z","events":[{"at":"2024-06-03T10:00:00Z","status":"RESOLVED"}]}"#;

    fn read(text: &str) -> Vec<CaseItem> {
        let lines = CaseLines::from_reader(Cursor::new(text.to_owned()), "cases.jsonl", None).unwrap();
        lines.map(Result::unwrap).collect()
    }

    fn blamed(from: &str, to: &str) -> String {
        let line = CASE.replace(from, to);
        assert_ne!(line, CASE, "{from}");
        match read(&line).pop().unwrap().outcome {
            ReadOutcome::Rejected { field, reason } => field.unwrap_or(reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_is_a_case_with_its_events() {
        let lines = CaseLines::from_reader(Cursor::new(format!("{CASE}\n\n{CASE}\n")), "cases.jsonl", None).unwrap();
        let rows = lines.rows();
        let items: Vec<CaseItem> = lines.map(Result::unwrap).collect();
        assert_eq!(items.iter().map(|item| item.line).collect::<Vec<_>>(), [1, 3]);
        assert!(matches!(&items[0].outcome, ReadOutcome::Record(record) if record.events.len() == 1));
        assert_eq!(rows.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_wrong_value_names_its_field() {
        assert_eq!(blamed("\"case\"", "\"member\""), "type");
        assert_eq!(blamed("subject", "title"), "title");
        assert_eq!(blamed("\"openedAt\":\"2024-06-03T08:00:00Z\"", "\"openedAt\":\"then\""), "openedAt");
        assert_eq!(blamed("RESOLVED", "DONE"), "events.0.status");
        assert_eq!(blamed("2024-06-03T10:00:00Z", "then"), "events.0.at");
        assert_eq!(
            blamed("\"status\":\"RESOLVED\"", "\"status\":\"RESOLVED\",\"note\":\"x\""),
            "events.0"
        );
        let reason = |from: &str, to: &str| match read(&CASE.replace(from, to)).pop().unwrap().outcome {
            ReadOutcome::Rejected { reason, .. } => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            reason("RESOLVED", "DONE"),
            "`DONE` is none of NEW, OPEN, WAITING_ON_CUSTOMER, ON_HOLD, RESOLVED, CLOSED"
        );
        assert!(reason("2024-06-03T10:00:00Z", "then").starts_with("`then` is not an instant"));
        assert_eq!(reason("\"member\":\"ada\"", "\"member\":5"), "must be a text, not integer `5`");
    }
}
