//! Reads update logs: CSV with a row for every state in which a case was seen. Rows of a case stand together, in the order
//! in which they were written; the cases themselves may come in any order.
//!
//! Not here: what the states of a case tell (`states`), and what columns mean (`mapping`).

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::Ordering;

use rustc_hash::FxHashSet;

use super::fields::{Field, State};
use super::mapping::{CaseMapping, Part};
use super::{CaseItem, RowCount, states};
use crate::features::import::csv::Rows;
use crate::features::import::input::Input;
use crate::features::import::source::{Fault, Progress, ReadError, ReadItem, ReadOutcome};

/// Most rows of one case: more than people write, and few enough to be kept while a case is read.
const MOST_ROWS: usize = 20_000;

/// The cases of an update log.
pub struct CaseLog {
    rows: Rows,
    mapping: CaseMapping,
    /// The place of the column for each entry of `mapping.columns`.
    places: Vec<usize>,
    /// The columns that the subject is put together from, in its order.
    subject_places: Vec<usize>,
    case: Option<Case>,
    /// Cases that were read, by the hash of their id: eight bytes each, however long the file.
    seen: FxHashSet<u64>,
    ready: VecDeque<Result<CaseItem, ReadError>>,
    count: RowCount,
    ended: bool,
    warnings: Vec<String>,
}

/// The case that is being read.
struct Case {
    external_id: String,
    states: Vec<State>,
    /// Line and text of each state, to show those that are left out.
    stood: Vec<(u64, Vec<u8>)>,
    /// Rows between its rows that could not be read: they are handed on with those that are left out, in the order of the file.
    unreadable: Vec<CaseItem>,
}

impl CaseLog {
    /// Opens a file, or the standard input when the path is `-`; gzip and zip are recognised by their first bytes. A file is
    /// first looked through for cases whose rows are not together, so that no part of it is stored then; the standard input
    /// can only be read once, and stops where that shows.
    ///
    /// # Errors
    /// When it cannot be opened, the mapping does not fit it, or rows of a case are not together.
    pub fn open(path: &Path, mapping: CaseMapping) -> Result<Self, ReadError> {
        let is_file = path.as_os_str() != "-" && std::fs::metadata(path).is_ok_and(|data| data.is_file());
        if is_file {
            Self::new(Input::open(path)?, mapping.clone())?.check_together()?;
        }
        Self::new(Input::open(path)?, mapping)
    }

    /// Takes any source of bytes; `place` names it in messages, `total` is its size when that is known.
    ///
    /// # Errors
    /// When its first bytes cannot be read or the mapping does not fit it.
    pub fn from_reader(
        reader: impl Read + Send + 'static,
        place: &str,
        total: Option<u64>,
        mapping: CaseMapping,
    ) -> Result<Self, ReadError> {
        Self::new(Input::from_reader(reader, place, total)?, mapping)
    }

    fn new(input: Input, mapping: CaseMapping) -> Result<Self, ReadError> {
        let rows = Rows::new(input, mapping.layout)?;
        let place = |field: &str, column: &str| {
            rows.column(column).map_err(|reason| ReadError::Mapping {
                field: field.to_owned(),
                reason,
            })
        };
        let mut places = Vec::with_capacity(mapping.columns.len());
        for (field, column) in &mapping.columns {
            places.push(place(field.as_str(), column)?);
        }
        let mut subject_places = Vec::new();
        for column in mapping.subject_columns() {
            subject_places.push(place("subject", column)?);
        }
        // What is not there is not read; but a slip in a name here would let the column be read under its right one.
        let absent = mapping.never_read.iter().filter_map(|column| rows.column(column).err());
        let warnings = absent.map(|reason| format!("never_read: {reason}")).collect();
        Ok(Self {
            warnings,
            rows,
            mapping,
            places,
            subject_places,
            case: None,
            seen: FxHashSet::default(),
            ready: VecDeque::new(),
            count: RowCount::default(),
            ended: false,
        })
    }

    /// What is odd about the mapping and does no harm by itself.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.rows.progress()
    }

    /// How many rows it has read.
    #[must_use]
    pub fn rows(&self) -> RowCount {
        RowCount::clone(&self.count)
    }

    /// Looks only at the ids of the cases, to the end of the file.
    fn check_together(mut self) -> Result<(), ReadError> {
        let mut last: Option<String> = None;
        while self.rows.advance()? {
            let Ok(id) = self.case_id() else { continue };
            if last.as_ref() != Some(&id) {
                self.first_time(&id)?;
                last = Some(id);
            }
        }
        Ok(())
    }

    /// Passes when no row of the case came before.
    fn first_time(&mut self, id: &str) -> Result<(), ReadError> {
        if self.seen.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(id)) {
            return Ok(());
        }
        Err(ReadError::NotTogether {
            place: self.rows.place().to_string(),
            line: self.rows.line(),
            case: id.to_owned(),
        })
    }

    /// The id of the present row's case.
    fn case_id(&mut self) -> Result<String, Fault> {
        self.rows.check_width()?;
        let name = Field::ExternalId.as_str();
        let column = self.mapping.columns.iter().position(|(field, _)| *field == Field::ExternalId);
        let place = column.and_then(|column| self.places.get(column)).copied();
        let cell = self.rows.cell(name, place.unwrap_or(usize::MAX))?;
        if self.mapping.is_missing(cell) {
            return Err(Fault::field(name, "is empty"));
        }
        Ok(cell.to_owned())
    }

    /// Takes the present row to its case.
    fn take_row(&mut self) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let id = match self.case_id() {
            Ok(id) => id,
            Err(fault) => return self.reject(fault),
        };
        if self.case.as_ref().is_none_or(|case| case.external_id != id) {
            self.finish_case();
            if let Err(error) = self.first_time(&id) {
                self.ended = true;
                self.ready.push_back(Err(error));
                return;
            }
            self.case = Some(Case {
                external_id: id,
                states: Vec::new(),
                stood: Vec::new(),
                unreadable: Vec::new(),
            });
        }
        match self.read_state() {
            Ok(state) => self.add(state),
            Err(fault) => self.reject(fault),
        }
    }

    fn add(&mut self, state: State) {
        let stood = (self.rows.line(), self.rows.shown());
        if self.case.as_ref().is_none_or(|case| case.states.len() >= MOST_ROWS) {
            return self.reject(Fault::row(format!("the case has more than {MOST_ROWS} rows")));
        }
        if let Some(case) = &mut self.case {
            case.states.push(state);
            case.stood.push(stood);
        }
    }

    fn read_state(&self) -> Result<State, Fault> {
        let mut state = self.mapping.template.clone();
        for ((field, _), place) in self.mapping.columns.iter().zip(&self.places) {
            let name = field.as_str();
            let cell = self.rows.cell(name, *place)?;
            // A text that says nothing may still have been given a meaning.
            if self.mapping.is_missing(cell) && !self.mapping.is_given_meaning(*field, cell) {
                if field.is_required() {
                    return Err(Fault::field(name, "is empty"));
                }
                continue;
            }
            let blame = |reason: String| Fault::field(name, reason);
            let value = self.mapping.meaning(*field, cell).map_err(blame)?;
            state.set(*field, value, &self.mapping.times).map_err(blame)?;
        }
        if !self.mapping.subject.is_empty() {
            state.subject = self.subject()?;
        }
        Ok(state)
    }

    /// The subject of the present row, put together from its columns. A cell that says nothing shows as a dash.
    fn subject(&self) -> Result<String, Fault> {
        let mut places = self.subject_places.iter();
        let mut subject = String::new();
        for part in &self.mapping.subject {
            match part {
                Part::Text(text) => subject.push_str(text),
                Part::Column(_) => {
                    let place = places.next().copied().unwrap_or(usize::MAX);
                    let cell = self.rows.cell(Field::Subject.as_str(), place)?;
                    subject.push_str(if self.mapping.is_missing(cell) { "–" } else { cell });
                }
            }
        }
        Ok(subject)
    }

    fn reject(&mut self, fault: Fault) {
        let item = ReadItem::new(self.rows.place(), self.rows.line(), Err(fault), &self.rows.shown());
        match &mut self.case {
            Some(case) if case.unreadable.len() < MOST_ROWS => case.unreadable.push(item),
            _ => self.ready.push_back(Ok(item)),
        }
    }

    /// Hands on the case that was read, and then its rows that are left out: whoever writes those down in the order of the file knows
    /// by then whether the case itself waits.
    fn finish_case(&mut self) {
        let Some(case) = self.case.take() else { return };
        let story = states::tell(&case.states);
        let place = self.rows.place();
        let line = case.stood.first().map_or(0, |(line, _)| *line);
        if let Some(record) = story.record {
            self.ready
                .push_back(Ok(ReadItem::new(place, line, Ok(ReadOutcome::Record(record)), &[])));
        }
        let mut rejected = case.unreadable;
        for (index, fault) in story.rejected {
            let (line, raw) = case.stood.get(index).map_or((0, &[][..]), |(line, raw)| (*line, raw.as_slice()));
            rejected.push(ReadItem::new(place, line, Err(fault), raw));
        }
        rejected.sort_by_key(|item| item.line);
        self.ready.extend(rejected.into_iter().map(Ok));
        for _ in 0..story.other_members {
            let reason = states::OTHER_MEMBER.into();
            self.ready
                .push_back(Ok(ReadItem::new(place, line, Ok(ReadOutcome::Skipped { reason }), &[])));
        }
    }
}

impl Iterator for CaseLog {
    type Item = Result<CaseItem, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if self.ended {
                return None;
            }
            match self.rows.advance() {
                Ok(true) => self.take_row(),
                Ok(false) => {
                    self.ended = true;
                    self.finish_case();
                }
                // What was read of the last case may not be all of it.
                Err(error) => {
                    self.ended = true;
                    let unreadable = self.case.take().map(|case| case.unreadable);
                    self.ready.extend(unreadable.into_iter().flatten().map(Ok));
                    self.ready.push_back(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
