//! What is wrong with a command in itself, whatever case it is for. Pure.

use entity::CaseStatus;

use super::Command;
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::policy;
use crate::features::cases::texts::{self, LONGEST_MESSAGE, LONGEST_NAME, LONGEST_REASON, LONGEST_SUBJECT};

type Checked = Result<(), UserError>;

impl Command {
    /// Everything that is wrong with the command, whatever case it is for.
    #[must_use]
    pub fn check(&self) -> Vec<UserError> {
        let checks = match self {
            Self::Respond { text, then } => vec![texts::check("text", text, LONGEST_MESSAGE), check_then(*then)],
            Self::Note { text } => vec![texts::check("text", text, LONGEST_MESSAGE)],
            Self::ReceiveMessage { text, channel } => vec![
                texts::check("text", text, LONGEST_MESSAGE),
                texts::check_optional("channel", channel.as_deref(), LONGEST_NAME),
            ],
            Self::ChangeStatus { to, message } => vec![check_to(*to), check_message(message.as_deref())],
            Self::Resolve { message } => vec![check_message(message.as_deref())],
            Self::Escalate { reason } | Self::Reopen { reason } => vec![texts::check("reason", reason, LONGEST_REASON)],
            Self::Move { to, reason, subject } => vec![
                policy::check_visibility("to", *to),
                texts::check_optional("reason", reason.as_deref(), LONGEST_REASON),
                texts::check_optional("subject", subject.as_deref(), LONGEST_SUBJECT),
            ],
            Self::Update {
                subject,
                category,
                channel,
                ..
            } => vec![
                texts::check_optional("subject", subject.as_deref(), LONGEST_SUBJECT),
                texts::check_optional("category", category.as_ref().and_then(|text| text.as_deref()), LONGEST_NAME),
                texts::check_optional("channel", channel.as_ref().and_then(|text| text.as_deref()), LONGEST_NAME),
            ],
            Self::RecordSentiment { value } => vec![check_sentiment(*value)],
            Self::Assign { .. } | Self::Close | Self::Reapply => Vec::new(),
        };
        checks.into_iter().filter_map(Result::err).collect()
    }
}

fn check_then(then: Option<CaseStatus>) -> Checked {
    match then {
        Some(CaseStatus::New | CaseStatus::Closed | CaseStatus::Merged) => {
            let message = "must be OPEN, WAITING_ON_CUSTOMER, ON_HOLD or RESOLVED";
            Err(UserError::at("then", UserErrorCode::Invalid, message))
        }
        _ => Ok(()),
    }
}

fn check_to(to: CaseStatus) -> Checked {
    if to == CaseStatus::Merged {
        return Err(UserError::at("to", UserErrorCode::Invalid, "is reached by mergeCases only"));
    }
    Ok(())
}

fn check_message(message: Option<&str>) -> Checked {
    texts::check_optional("message", message, LONGEST_MESSAGE)
}

fn check_sentiment(value: f64) -> Checked {
    if (-1.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(UserError::at("value", UserErrorCode::OutOfRange, "must be between -1 and 1"))
}

#[cfg(test)]
mod tests {
    use entity::Visibility;

    use super::*;

    /// Fields and codes of what is wrong with a command.
    fn wrong(command: &Command) -> Vec<String> {
        let line = |error: UserError| format!("{} {:?}", error.field.join("."), error.code);
        command.check().into_iter().map(line).collect()
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let respond = Command::Respond {
            text: " ".to_owned(),
            then: Some(CaseStatus::Merged),
        };
        assert_eq!(wrong(&respond), ["text Required", "then Invalid"]);
        let step = Command::ChangeStatus {
            to: CaseStatus::Merged,
            message: Some(String::new()),
        };
        assert_eq!(wrong(&step), ["to Invalid", "message Required"]);
        let away = Command::Move {
            to: Visibility::SemiPrivate,
            reason: Some("x".repeat(2_001)),
            subject: Some(String::new()),
        };
        assert_eq!(wrong(&away), ["to Invalid", "reason TooLong", "subject Required"]);
        let update = Command::Update {
            subject: Some("x".repeat(201)),
            category: Some(Some(" ".to_owned())),
            severity: None,
            channel: Some(Some("a\0b".to_owned())),
        };
        assert_eq!(wrong(&update), ["subject TooLong", "category Required", "channel Invalid"]);
        assert_eq!(wrong(&Command::RecordSentiment { value: f64::NAN }), ["value OutOfRange"]);
    }

    #[test]
    fn what_is_left_out_is_fine() {
        let update = Command::Update {
            subject: None,
            category: Some(None),
            severity: None,
            channel: None,
        };
        let respond = Command::Respond {
            text: "Hello".to_owned(),
            then: None,
        };
        for command in [update, respond, Command::Close, Command::RecordSentiment { value: -1.0 }] {
            assert_eq!(wrong(&command), [""; 0], "{command:?}");
        }
    }
}
