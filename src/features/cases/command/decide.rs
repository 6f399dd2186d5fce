//! What is legal on a case as it stands, and what each command adds to its timeline. Pure.

use entity::{CaseEventKind, CaseStatus, StaffId, Timestamp, Visibility, case};
use serde_json::json;

use super::{Command, Effect};
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::lifecycle;
use crate::features::cases::timeline::NewEntry;

type Decision = Result<Effect, UserError>;

/// What a command adds to a case at an instant. Changes the row where a field is not worked out from the timeline.
///
/// # Errors
/// What is wrong, or not possible now and what is possible instead.
pub fn decide(row: &mut case::Model, command: &Command, now: Timestamp) -> Decision {
    command.check().into_iter().next().map_or(Ok(()), Err)?;
    stands(row, command)?;
    match command {
        Command::Respond { text, then } => respond(row, text, *then, now),
        Command::ReceiveMessage { text, channel } => Ok(receive(row, text, channel.as_deref(), now)),
        Command::ChangeStatus { to, message } => change_status(row, *to, message.as_deref(), now),
        Command::Resolve { message } => change_status(row, CaseStatus::Resolved, message.as_deref(), now).map_err(of_the_case),
        Command::Reopen { reason } => reopen(row, reason, now),
        Command::Close => change_status(row, CaseStatus::Closed, None, now).map_err(of_the_case),
        Command::Assign { to } => Ok(assign(row, *to, now)),
        Command::Escalate { reason } => Ok(one(NewEntry::internal(row, CaseEventKind::Escalated, now).text(reason.as_str()))),
        Command::Move { to, reason, subject } => Ok(move_to(row, *to, (reason.as_deref(), subject.as_deref()), now)),
        Command::Update { .. } => Ok(update(row, command, now)),
        Command::Note { text } => Ok(one(NewEntry::internal(row, CaseEventKind::Note, now).text(text.as_str()))),
        Command::RecordSentiment { value } => {
            row.sentiment = Some(*value);
            Ok(one(
                NewEntry::internal(row, CaseEventKind::SentimentRecorded, now).detail(json!({ "value": value }))
            ))
        }
        Command::Reapply => Ok(Effect {
            choose_promises: true,
            ..Effect::default()
        }),
    }
}

fn one(entry: NewEntry) -> Effect {
    Effect {
        entries: vec![entry],
        ..Effect::default()
    }
}

fn refused(field: &str, message: impl Into<String>) -> UserError {
    UserError::at(field, UserErrorCode::NotAllowedNow, message)
}

/// Where the input names no status, it is the case that stands in the way.
fn of_the_case(error: UserError) -> UserError {
    if error.field == ["to"] {
        return refused("caseId", error.message);
    }
    error
}

fn stands(row: &case::Model, command: &Command) -> Result<(), UserError> {
    match row.status {
        CaseStatus::Merged => Err(refused("caseId", "was merged into another case; use that one")),
        CaseStatus::Closed if !command.fits_closed() => Err(refused(
            "caseId",
            "is closed; notes and sentiment can still be recorded, and a new case can be linked to it",
        )),
        _ => Ok(()),
    }
}

/// The entries of a step in the life of a case; none when it is there already.
fn steps(row: &case::Model, to: CaseStatus, now: Timestamp) -> Result<Vec<NewEntry>, UserError> {
    if row.status == to {
        return Ok(Vec::new());
    }
    // A new case that is solved at once was open for an instant.
    if row.status == CaseStatus::New && to != CaseStatus::Open {
        lifecycle::check_reach(row.status, to)?;
        return Ok(vec![
            NewEntry::status(row, CaseStatus::New, CaseStatus::Open, now),
            NewEntry::status(row, CaseStatus::Open, to, now),
        ]);
    }
    lifecycle::check(row.status, to)?;
    Ok(vec![NewEntry::status(row, row.status, to, now)])
}

fn respond(row: &case::Model, text: &str, then: Option<CaseStatus>, now: Timestamp) -> Decision {
    let mut entries = vec![NewEntry::shown(row, CaseEventKind::Responded, now).text(text)];
    let then = then.or((row.status == CaseStatus::New).then_some(CaseStatus::Open));
    if let Some(to) = then {
        entries.extend(steps(row, to, now).map_err(|error| UserError {
            field: vec!["then".to_owned()],
            ..error
        })?);
    }
    Ok(Effect {
        entries,
        ..Effect::default()
    })
}

fn receive(row: &case::Model, text: &str, channel: Option<&str>, now: Timestamp) -> Effect {
    let mut entries = vec![
        NewEntry::shown(row, CaseEventKind::CustomerMessage, now)
            .member(row.member_id)
            .text(text)
            .detail(json!({ "channel": channel })),
    ];
    entries.extend(after_message(row, now));
    Effect {
        entries,
        customer_spoke: true,
        ..Effect::default()
    }
}

/// What a message of the customer does to the status: who waited for it goes on, and what was thought solved is not.
#[must_use]
pub fn after_message(row: &case::Model, at: Timestamp) -> Option<NewEntry> {
    use lifecycle::MessageEffect as E;
    match lifecycle::on_customer_message(row.status) {
        E::Open | E::Reopen => Some(NewEntry::status(row, row.status, CaseStatus::Open, at)),
        E::Stay | E::LinkedCase | E::Forward => None,
    }
}

fn change_status(row: &case::Model, to: CaseStatus, message: Option<&str>, now: Timestamp) -> Decision {
    let entries = steps(row, to, now)?;
    if entries.is_empty() && message.is_none() {
        return Ok(Effect::default());
    }
    let unanswered = row.waiting_since.is_some() && message.is_none();
    match to {
        // What was said before does not tell the customer that they are waited for, or that they wait.
        CaseStatus::WaitingOnCustomer | CaseStatus::OnHold if message.is_none() && !entries.is_empty() => Err(UserError::at(
            "message",
            UserErrorCode::Required,
            "is needed: the customer must be told what is waited for",
        )),
        CaseStatus::Resolved if unanswered => Err(UserError::at(
            "message",
            UserErrorCode::Required,
            "is needed: the customer was not answered yet, and a status is no answer",
        )),
        _ => {
            let reply = message.map(|text| NewEntry::shown(row, CaseEventKind::Responded, now).text(text));
            Ok(Effect {
                entries: reply.into_iter().chain(entries).collect(),
                ..Effect::default()
            })
        }
    }
}

fn reopen(row: &case::Model, reason: &str, now: Timestamp) -> Decision {
    if row.status != CaseStatus::Resolved {
        return Err(refused(
            "caseId",
            format!("only a RESOLVED case can be reopened; this one is {}", row.status),
        ));
    }
    // That it is open again may be seen; why is for the company.
    Ok(Effect {
        entries: vec![
            NewEntry::status(row, row.status, CaseStatus::Open, now),
            NewEntry::internal(row, CaseEventKind::Note, now).text(reason),
        ],
        ..Effect::default()
    })
}

fn assign(row: &mut case::Model, to: Option<StaffId>, now: Timestamp) -> Effect {
    if row.assignee_id == to {
        return Effect::default();
    }
    let entry = NewEntry::internal(row, CaseEventKind::Assigned, now).detail(json!({ "from": row.assignee_id, "to": to }));
    row.assignee_id = to;
    one(entry)
}

fn move_to(row: &mut case::Model, to: Visibility, (reason, subject): (Option<&str>, Option<&str>), now: Timestamp) -> Effect {
    if row.visibility == to {
        return Effect::default();
    }
    let mut effect = Effect::default();
    if let Some(subject) = subject.map(str::trim).filter(|subject| *subject != row.subject) {
        // What it was before may be words that were said in private.
        let from = (to > Visibility::Public).then(|| row.subject.clone());
        let changed = json!({ "subject": { "from": from, "to": subject } });
        effect
            .entries
            .push(NewEntry::internal(row, CaseEventKind::DetailsChanged, now).detail(changed));
        subject.clone_into(&mut row.subject);
        row.search_subject = subject.to_lowercase();
    }
    let mut entry = NewEntry::internal(row, CaseEventKind::VisibilityMoved, now).detail(json!({ "from": row.visibility, "to": to }));
    entry.text = reason.map(ToOwned::to_owned);
    row.visibility = to;
    effect.entries.push(entry);
    effect
}

fn update(row: &mut case::Model, command: &Command, now: Timestamp) -> Effect {
    let Command::Update {
        subject,
        category,
        severity,
        channel,
    } = command
    else {
        return Effect::default();
    };
    let mut effect = Effect::default();
    if let Some(to) = severity.filter(|to| *to != row.severity) {
        let entry = NewEntry::internal(row, CaseEventKind::SeverityChanged, now).detail(json!({ "from": row.severity, "to": to }));
        effect.entries.push(entry);
        effect.choose_promises = true;
        row.severity = to;
    }
    let mut changed = serde_json::Map::new();
    if let Some(subject) = subject.as_ref().filter(|subject| **subject != row.subject) {
        changed.insert("subject".to_owned(), json!({ "from": row.subject, "to": subject }));
        row.subject.clone_from(subject);
        row.search_subject = subject.to_lowercase();
    }
    for (name, given, field) in [("category", category, &mut row.category), ("channel", channel, &mut row.channel)] {
        if let Some(to) = given.as_ref().filter(|to| *to != field) {
            changed.insert(name.to_owned(), json!({ "from": field, "to": to }));
            field.clone_from(to);
            effect.choose_promises = true;
        }
    }
    if !changed.is_empty() {
        effect
            .entries
            .push(NewEntry::internal(row, CaseEventKind::DetailsChanged, now).detail(changed.into()));
    }
    effect
}
