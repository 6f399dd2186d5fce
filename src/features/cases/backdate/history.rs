//! From a case of the past to the timeline that follows from it: what each event adds, and which promises hold from when on.
//! No database, no clock: whoever and whatever the record names was looked up before.

use std::collections::HashMap;

use entity::{CaseEventKind, InteractionId, MemberId, StaffId, Timestamp, Visibility, case};
use serde_json::{Map, Value, json};

use super::record::{CaseRecord, RecordedEvent, What};
use super::rules;
use crate::error::UserError;
use crate::features::cases::command;
use crate::features::cases::timeline::{self, NewEntry};
use crate::features::expectations::service::{Catalogue, Promised};

/// What records name, by `(source, external id)`; staff by e-mail address in small letters.
pub struct Known<'a> {
    /// Members, as they are after merges.
    pub members: &'a HashMap<(String, String), MemberId>,
    /// Interactions.
    pub interactions: &'a HashMap<(String, String), Said>,
    /// Staff who may be given cases.
    pub staff: &'a HashMap<String, Worker>,
    /// What was promised when.
    pub promises: &'a Catalogue,
}

/// Somebody of staff who may be given the cases that they can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Who.
    pub id: StaffId,
    /// The highest visibility they may read.
    pub clearance: Visibility,
}

/// What a case needs to know of an interaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Key.
    pub id: InteractionId,
    /// The conversation, as the source names it.
    pub thread: Option<String>,
    /// What was said.
    pub text: Option<String>,
    /// In which mood.
    pub sentiment: Option<f64>,
    /// Who could know of it.
    pub visibility: Visibility,
}

/// Under which name the timeline keeps what tells a record told again from another one.
pub const FINGERPRINT: &str = "record";

/// The timeline of a case: leaves the row as it is at the end, but for what is worked out from the timeline.
///
/// # Errors
/// Where the record would have to be refused; the checks have seen to that before.
pub fn entries(row: &mut case::Model, record: &CaseRecord, known: &Known<'_>, fingerprint: &str) -> Result<Vec<NewEntry>, UserError> {
    let mut telling = Telling::open(row, record, known, fingerprint);
    for instant in record.events.chunk_by(|one, next| one.at == next.at) {
        let Some(at) = instant.first().map(|event| event.at) else {
            continue;
        };
        telling.assign(instant, at);
        for event in instant {
            telling.tell(event)?;
        }
        telling.choose(at);
    }
    Ok(telling.entries)
}

/// Who has a case. People of other systems need not be staff here: then only their names are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Hands {
    staff: Option<StaffId>,
    name: Option<String>,
    group: Option<String>,
}

struct Telling<'a> {
    row: &'a mut case::Model,
    record: &'a CaseRecord,
    known: &'a Known<'a>,
    hands: Hands,
    held: Vec<Promised>,
    /// Something changed by which promises are chosen.
    changed: bool,
    entries: Vec<NewEntry>,
}

impl<'a> Telling<'a> {
    fn open(row: &'a mut case::Model, record: &'a CaseRecord, known: &'a Known<'a>, fingerprint: &str) -> Self {
        let origin = record.origin.as_ref().and_then(|origin| said(known, record, origin));
        let mut detail = Map::new();
        detail.insert(FINGERPRINT.to_owned(), fingerprint.into());
        let mut opened = NewEntry::shown(row, CaseEventKind::Opened, row.opened_at)
            .member(row.member_id)
            .detail(detail.into());
        if let Some(origin) = origin {
            tells_of(&mut opened, origin);
        }
        opened.text = record.text.clone().or_else(|| origin.and_then(|origin| origin.text.clone()));
        let mut telling = Self {
            row,
            record,
            known,
            hands: Hands::default(),
            held: Vec::new(),
            changed: false,
            entries: vec![opened],
        };
        telling.held = telling.promised(telling.row.opened_at);
        telling
            .entries
            .push(NewEntry::promises(telling.row, telling.row.opened_at, &telling.held));
        telling
    }

    fn promised(&self, at: Timestamp) -> Vec<Promised> {
        let row = &self.row;
        self.known
            .promises
            .promises_at(at, row.severity, row.category.as_deref(), row.channel.as_deref())
    }

    /// Tells once who got the case at an instant, however many of its events say so.
    fn assign(&mut self, instant: &[RecordedEvent], at: Timestamp) {
        let mut hands = self.hands.clone();
        for event in instant {
            match &event.what {
                What::Assignee(to) => {
                    let worker = to.as_ref().and_then(|to| self.known.staff.get(&to.to_lowercase()));
                    let worker = worker.filter(|worker| worker.clearance >= self.row.visibility);
                    hands.staff = worker.map(|worker| worker.id);
                    hands.name.clone_from(to);
                }
                What::Group(to) => hands.group.clone_from(to),
                _ => {}
            }
        }
        if hands == self.hands {
            return;
        }
        let mut entry = NewEntry::internal(self.row, CaseEventKind::Assigned, at).detail(passed_on(&self.hands, &hands));
        entry.text = named(&hands);
        self.entries.push(entry);
        self.row.assignee_id = hands.staff;
        self.hands = hands;
    }

    fn tell(&mut self, event: &RecordedEvent) -> Result<(), UserError> {
        let steps = rules::steps(self.row.status, &event.what)?;
        if let Some(command) = rules::command(&event.what) {
            let effect = command::decide(self.row, &command, event.at)?;
            self.changed |= effect.choose_promises;
            let mut entries = effect.entries;
            if let Some(entry) = entries.first_mut() {
                self.attribute(entry, event);
            }
            self.entries.append(&mut entries);
            self.row.status = steps.last().copied().unwrap_or(self.row.status);
            return Ok(());
        }
        for to in steps {
            self.entries.push(NewEntry::status(self.row, self.row.status, to, event.at));
            self.row.status = to;
        }
        Ok(())
    }

    /// Writes down who said something, and in which interaction.
    fn attribute(&self, entry: &mut NewEntry, event: &RecordedEvent) {
        if let Some(by) = &event.by {
            let member = self.known.members.get(&(self.record.source.clone(), by.clone()));
            entry.member = member.copied().or(entry.member);
        }
        if let Some(id) = &event.interaction
            && let Some(said) = said(self.known, self.record, id)
        {
            tells_of(entry, said);
        }
    }

    /// Settles at the end of an instant which promises hold from then on.
    fn choose(&mut self, at: Timestamp) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let now = self.promised(at);
        let row = &self.row;
        let chosen = self
            .known
            .promises
            .keep_given(&self.held, now, row.severity, row.category.as_deref(), row.channel.as_deref());
        if chosen != self.held {
            self.entries.push(NewEntry::promises(self.row, at, &chosen));
            self.held = chosen;
        }
    }
}

fn said<'a>(known: &'a Known<'_>, record: &CaseRecord, id: &str) -> Option<&'a Said> {
    known.interactions.get(&(record.source.clone(), id.to_owned()))
}

/// Makes an entry tell of an interaction. What was said in private stays there, also when the case is public.
fn tells_of(entry: &mut NewEntry, said: &Said) {
    entry.interaction = Some(said.id);
    entry.audience = entry.audience.max(timeline::audience(said.visibility));
}

/// What a reassignment tells: staff by id as always, and the names that the other system has.
fn passed_on(before: &Hands, after: &Hands) -> Value {
    let mut detail = Map::new();
    detail.insert("from".to_owned(), json!(before.staff));
    detail.insert("to".to_owned(), json!(after.staff));
    for (from, to, before, after) in [
        ("fromName", "toName", &before.name, &after.name),
        ("fromGroup", "toGroup", &before.group, &after.group),
    ] {
        if before != after {
            detail.insert(from.to_owned(), json!(before));
            detail.insert(to.to_owned(), json!(after));
        }
    }
    detail.into()
}

/// Who has the case, in words.
fn named(hands: &Hands) -> Option<String> {
    let names: Vec<&str> = hands.name.iter().chain(&hands.group).map(String::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
