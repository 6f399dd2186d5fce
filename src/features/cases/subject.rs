//! Whether what a case says of itself is words that were said in private: such a subject is not published with the case.

use entity::{Audience, CaseEventKind, Visibility, case};
use serde_json::Value;

use super::store::{self, SubjectRow};
use crate::db::Tx;
use crate::error::Result;

/// The detail of the entry OPENED that says whether the subject was taken from words that were said in private.
pub const IS_PRIVATE: &str = "privateSubject";

/// Whether the subject of a case is words that were said in private: it was not given when the case was opened, and nobody has
/// changed it since.
///
/// # Errors
/// When the database fails.
pub async fn is_private(tx: &Tx, row: &case::Model) -> Result<bool> {
    // What is public was shown already, and what was imported came with a subject of its own.
    if row.visibility == Visibility::Public || row.backdated {
        return Ok(false);
    }
    let history = store::subject_rows(tx, row.community_id, row.id).await?;
    Ok(is_from_private_words(&history))
}

/// Cases that were opened before this was noted count by who could see how they were opened.
fn is_from_private_words(history: &[SubjectRow]) -> bool {
    let detail = |row: &SubjectRow| serde_json::from_str::<Value>(&row.detail).unwrap_or_default();
    let was_changed = history
        .iter()
        .any(|row| row.kind == CaseEventKind::DetailsChanged && detail(row).get("subject").is_some());
    let opened = history.iter().find(|row| row.kind == CaseEventKind::Opened);
    let was_private = opened.is_some_and(|row| {
        let noted = detail(row).get(IS_PRIVATE).and_then(Value::as_bool);
        noted.unwrap_or(row.audience > Audience::Public)
    });
    was_private && !was_changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(audience: Audience, detail: &str) -> SubjectRow {
        SubjectRow {
            kind: CaseEventKind::Opened,
            audience,
            detail: detail.to_owned(),
        }
    }

    fn changed(detail: &str) -> SubjectRow {
        SubjectRow {
            kind: CaseEventKind::DetailsChanged,
            ..opened(Audience::Internal, detail)
        }
    }

    #[test]
    fn a_subject_is_private_until_somebody_words_it_anew() {
        let words = || opened(Audience::Customer, r#"{"privateSubject":true}"#);
        assert!(is_from_private_words(&[words()]));
        assert!(is_from_private_words(&[
            words(),
            changed(r#"{"category":{"from":null,"to":"tea"}}"#)
        ]));
        assert!(!is_from_private_words(&[words(), changed(r#"{"subject":{"from":"a","to":"b"}}"#)]));
        assert!(!is_from_private_words(&[opened(Audience::Customer, r#"{"privateSubject":false}"#)]));
    }

    #[test]
    fn where_nothing_was_noted_it_counts_how_the_case_was_opened() {
        assert!(is_from_private_words(&[opened(Audience::Customer, "{}")]));
        assert!(!is_from_private_words(&[opened(Audience::Public, "{}")]));
    }
}
