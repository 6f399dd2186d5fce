//! What the history of a case must be like to be taken: times that do not run backwards, and steps that a case can take.
//! Pure checks that name the field. No database, no clock.

use std::collections::HashSet;

use entity::{CaseStatus, Timestamp};

use super::record::{CaseRecord, RecordedEvent, What};
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::command::Command;
use crate::features::cases::lifecycle::{self, MessageEffect};
use crate::features::cases::policy;
use crate::features::cases::texts::{self, LONGEST_MESSAGE, LONGEST_NAME, LONGEST_SUBJECT};
use crate::features::ingest::rules::{id, nested, time};

/// Most events of one case.
pub const MOST_EVENTS: usize = 50_000;

/// Checks a case of the past.
///
/// # Errors
/// The first thing that is wrong, at its field: `events.3.status`.
pub fn check_case(record: &CaseRecord, now: Timestamp) -> Result<(), UserError> {
    id("source", &record.source)?;
    id("externalId", &record.external_id)?;
    id("member", &record.member)?;
    record.origin.as_deref().map_or(Ok(()), |origin| id("origin", origin))?;
    texts::check("subject", &record.subject, LONGEST_SUBJECT)?;
    texts::check_optional("text", record.text.as_deref(), LONGEST_MESSAGE)?;
    texts::check_optional("category", record.category.as_deref(), LONGEST_NAME)?;
    texts::check_optional("channel", record.channel.as_deref(), LONGEST_NAME)?;
    policy::check_visibility("visibility", record.visibility)?;
    time("openedAt", record.opened_at, now)?;
    if record.events.len() > MOST_EVENTS {
        let message = format!("must be at most {MOST_EVENTS}");
        return Err(UserError::at("events", UserErrorCode::TooMany, message));
    }
    check_events(record, now)
}

fn check_events(record: &CaseRecord, now: Timestamp) -> Result<(), UserError> {
    let (mut before, mut status) = (record.opened_at, CaseStatus::New);
    let mut told: HashSet<&str> = record.origin.as_deref().into_iter().collect();
    for (index, event) in record.events.iter().enumerate() {
        let checked = check_time(event, record.opened_at, before, now)
            .and_then(|()| check_event(event, &record.member))
            .and_then(|()| match &event.interaction {
                Some(said) if !told.insert(said) => Err(UserError::at(
                    "interaction",
                    UserErrorCode::Conflict,
                    "is in this case already: an interaction is told once",
                )),
                _ => steps(status, &event.what),
            });
        match checked {
            Ok(taken) => status = taken.last().copied().unwrap_or(status),
            Err(error) => return Err(nested(&format!("events.{index}"), error)),
        }
        before = event.at;
    }
    Ok(())
}

fn check_time(event: &RecordedEvent, opened_at: Timestamp, before: Timestamp, now: Timestamp) -> Result<(), UserError> {
    let wrong = |message: String| Err(UserError::at("at", UserErrorCode::OutOfRange, message));
    if event.at < opened_at {
        return wrong(format!("{}: must not be before the case was opened, at {opened_at}", event.at));
    }
    if event.at < before {
        return wrong(format!("{}: must not be before the event before it, at {before}", event.at));
    }
    time("at", event.at, now)
}

fn check_event(event: &RecordedEvent, customer: &str) -> Result<(), UserError> {
    let name = event.what.name();
    // The rules for texts and values are those of the command that does the same today.
    let wrong = command(&event.what).and_then(|command| command.check().into_iter().next());
    if let Some(error) = wrong {
        return Err(UserError {
            field: vec![name.to_owned()],
            ..error
        });
    }
    if let What::Assignee(Some(to)) | What::Group(Some(to)) = &event.what {
        texts::check(name, to, LONGEST_NAME)?;
    }
    let has_words = matches!(event.what, What::Message(_) | What::Reply(_));
    if let Some(said) = &event.interaction {
        id("interaction", said)?;
        if !has_words {
            let message = "only a message or a reply is said in an interaction";
            return Err(UserError::at("interaction", UserErrorCode::Invalid, message));
        }
    }
    if let Some(by) = &event.by {
        id("by", by)?;
        if !event.what.is_said() {
            let message = "only a message, a reply or a note is said by somebody";
            return Err(UserError::at("by", UserErrorCode::Invalid, message));
        }
        if matches!(event.what, What::Reply(_)) && by == customer {
            let message = "is the customer of this case; use message";
            return Err(UserError::at("by", UserErrorCode::Invalid, message));
        }
    }
    Ok(())
}

/// The command that does today what happened then; `None` for what is told in another way: the steps of the status, which
/// logs leave out in part, and people who need not be staff here.
#[must_use]
pub fn command(what: &What) -> Option<Command> {
    let update = |severity, category, channel| Command::Update {
        subject: None,
        category,
        severity,
        channel,
    };
    Some(match what {
        What::Status(_) | What::Assignee(_) | What::Group(_) => return None,
        What::Severity(to) => update(Some(*to), None, None),
        What::Category(to) => update(None, Some(to.clone()), None),
        What::Channel(to) => update(None, None, Some(to.clone())),
        What::Message(text) => Command::ReceiveMessage {
            text: text.clone(),
            channel: None,
        },
        What::Reply(text) => Command::Respond {
            text: text.clone(),
            then: None,
        },
        What::Note(text) => Command::Note { text: text.clone() },
        What::Visibility(to) => Command::Move {
            to: *to,
            reason: None,
            subject: None,
        },
        What::Sentiment(value) => Command::RecordSentiment { value: *value },
    })
}

/// The statuses through which something takes a case, in their order; none when it stays.
///
/// # Errors
/// When a case of this status cannot take such a step.
pub fn steps(status: CaseStatus, what: &What) -> Result<Vec<CaseStatus>, UserError> {
    let refused = |message: String| UserError::at(what.name(), UserErrorCode::NotAllowedNow, message);
    match what {
        What::Note(_) | What::Sentiment(_) => Ok(Vec::new()),
        // To be told twice that a case is closed does no harm.
        What::Status(CaseStatus::Closed) if status == CaseStatus::Closed => Ok(Vec::new()),
        _ if status == CaseStatus::Closed => Err(refused(
            "the case is CLOSED by then; only notes and sentiment can follow".to_owned(),
        )),
        What::Status(CaseStatus::Merged) => Err(UserError::at(
            "status",
            UserErrorCode::Invalid,
            "MERGED needs the other case: take both in, and merge them then",
        )),
        What::Status(to) => lifecycle::path(status, *to).ok_or_else(|| refused(format!("{to} cannot come after {status}"))),
        What::Reply(_) if status == CaseStatus::New => Ok(vec![CaseStatus::Open]),
        What::Message(_) => Ok(match lifecycle::on_customer_message(status) {
            MessageEffect::Open | MessageEffect::Reopen => vec![CaseStatus::Open],
            MessageEffect::Stay | MessageEffect::LinkedCase | MessageEffect::Forward => Vec::new(),
        }),
        _ => Ok(Vec::new()),
    }
}

/// How often a history that passed the checks reopens its case.
#[must_use]
pub fn reopenings(record: &CaseRecord) -> u64 {
    let (mut status, mut count) = (CaseStatus::New, 0);
    for event in &record.events {
        for next in steps(status, &event.what).unwrap_or_default() {
            count += u64::from(status == CaseStatus::Resolved && next == CaseStatus::Open);
            status = next;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use entity::{Severity, Visibility};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
    const MINUTE: i64 = 60_000_000;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).plus_micros(minute * MINUTE)
    }

    fn case(events: Vec<RecordedEvent>) -> CaseRecord {
        CaseRecord {
            source: "desk".to_owned(),
            external_id: "c-1".to_owned(),
            member: "ada".to_owned(),
            origin: None,
            subject: "Silence".to_owned(),
            text: None,
            category: None,
            severity: Severity::Normal,
            channel: None,
            visibility: Visibility::Private,
            opened_at: at(0),
            events,
        }
    }

    fn happened(told: &[(i64, What)]) -> CaseRecord {
        case(
            told.iter()
                .map(|(minute, what)| RecordedEvent::new(at(*minute), what.clone()))
                .collect(),
        )
    }

    fn blamed(told: &[(i64, What)]) -> String {
        check_case(&happened(told), NOW).unwrap_err().field.join(".")
    }

    use CaseStatus::{Closed, Merged, New, OnHold, Open, Resolved, WaitingOnCustomer};

    fn reply() -> What {
        What::Reply("We are on it.".to_owned())
    }

    #[test]
    fn a_history_that_can_have_happened_passes() {
        let told = [
            (0, What::Status(WaitingOnCustomer)),
            (5, What::Message("Here you are.".to_owned())),
            (5, What::Assignee(Some("tom@example.com".to_owned()))),
            (9, What::Status(Resolved)),
            (12, What::Message("Not yet.".to_owned())),
            (20, reply()),
            (30, What::Status(Closed)),
            (30, What::Status(Closed)),
            (40, What::Note("Was a loose cable.".to_owned())),
            (41, What::Sentiment(0.3)),
        ];
        let record = happened(&told);
        assert_eq!(check_case(&record, NOW), Ok(()));
        assert_eq!(reopenings(&record), 1);
        assert_eq!(reopenings(&happened(&[])), 0);
    }

    #[test]
    fn time_runs_forwards() {
        assert_eq!(blamed(&[(-1, reply())]), "events.0.at");
        assert_eq!(blamed(&[(5, reply()), (4, reply())]), "events.1.at");
        assert_eq!(blamed(&[(3_000_000, reply())]), "events.0.at");
        let late = CaseRecord {
            opened_at: NOW.plus_micros(3_600_000_000),
            ..case(Vec::new())
        };
        assert_eq!(check_case(&late, NOW).unwrap_err().field, ["openedAt"]);
    }

    #[test]
    fn a_case_takes_only_steps_that_cases_take() {
        assert_eq!(blamed(&[(1, What::Status(Open)), (2, What::Status(New))]), "events.1.status");
        assert_eq!(blamed(&[(1, What::Status(Closed)), (2, What::Status(Open))]), "events.1.status");
        assert_eq!(blamed(&[(1, What::Status(Closed)), (2, reply())]), "events.1.reply");
        assert_eq!(blamed(&[(1, What::Status(Merged))]), "events.0.status");
        assert_eq!(steps(New, &What::Status(Resolved)), Ok(vec![Open, Resolved]));
        assert_eq!(steps(WaitingOnCustomer, &What::Status(OnHold)), Ok(vec![Open, OnHold]));
        assert_eq!(steps(Open, &What::Status(Open)), Ok(vec![]));
    }

    #[test]
    fn values_are_those_of_today() {
        assert_eq!(blamed(&[(1, What::Sentiment(1.5))]), "events.0.sentiment");
        assert_eq!(blamed(&[(1, What::Note(" ".to_owned()))]), "events.0.note");
        assert_eq!(blamed(&[(1, What::Visibility(Visibility::SemiPrivate))]), "events.0.visibility");
        assert_eq!(blamed(&[(1, What::Group(Some("g".repeat(101))))]), "events.0.group");
        let mut record = happened(&[(1, What::Status(Open))]);
        record.events[0].by = Some("tom".to_owned());
        assert_eq!(check_case(&record, NOW).unwrap_err().field.join("."), "events.0.by");
        let mut record = happened(&[(1, reply()), (2, reply())]);
        record.events[0].by = Some("tom".to_owned());
        record.events[1].by = Some("ada".to_owned());
        let error = check_case(&record, NOW).unwrap_err();
        assert_eq!(
            (error.field.join(".").as_str(), error.message.contains("use message")),
            ("events.1.by", true)
        );
        record.events[1].what = What::Message("Still nothing.".to_owned());
        assert_eq!(check_case(&record, NOW), Ok(()));
        let mut record = happened(&[(1, reply()), (2, reply())]);
        record.events[0].interaction = Some("re-1".to_owned());
        record.events[1].interaction = Some("re-1".to_owned());
        assert_eq!(check_case(&record, NOW).unwrap_err().field.join("."), "events.1.interaction");
        let semi = CaseRecord {
            visibility: Visibility::SemiPrivate,
            ..case(Vec::new())
        };
        assert_eq!(check_case(&semi, NOW).unwrap_err().field, ["visibility"]);
    }
}
