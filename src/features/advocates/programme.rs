//! The rules of advocate programmes: named, running until they are ended. Pure.

use entity::{Timestamp, advocate_programme};
use serde::Serialize;

use crate::error::{UserError, UserErrorCode};
use crate::features::cases::texts;

/// Longest name, in characters.
const LONGEST_NAME: usize = 120;
/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 2_000;

/// A programme to set up.
#[derive(Clone, Debug, Serialize)]
pub struct NewProgramme {
    /// Name to show.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Since when it runs; now when not given.
    pub started_at: Option<Timestamp>,
}

impl NewProgramme {
    /// The least that is wrong with it, whatever the community.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self, now: Timestamp) -> Result<(), UserError> {
        texts::check("name", &self.name, LONGEST_NAME)?;
        texts::check_optional("description", self.description.as_deref(), LONGEST_DESCRIPTION)?;
        not_in_the_future("startedAt", self.started_at, now)
    }
}

/// What to change of a programme. What is not given stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProgrammeChanges {
    /// Name to show.
    pub name: Option<String>,
    /// What it is for; the inner `None` for nothing, which is told apart from nothing given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<String>>,
}

/// What a name is stored as: blanks around it say nothing.
#[must_use]
pub fn name_of(name: &str) -> String {
    name.trim().to_owned()
}

/// What a name is compared by.
#[must_use]
pub fn search_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Changes a programme; whether anything differs now.
///
/// # Errors
/// When it has ended, or the field that is wrong.
pub fn update(row: &mut advocate_programme::Model, changes: &ProgrammeChanges) -> Result<bool, UserError> {
    refuse_ended(row, "stays as it was")?;
    let before = row.clone();
    if let Some(name) = &changes.name {
        texts::check("name", name, LONGEST_NAME)?;
        row.name = name_of(name);
        row.search_name = search_name(name);
    }
    if let Some(description) = &changes.description {
        texts::check_optional("description", description.as_deref(), LONGEST_DESCRIPTION)?;
        row.description.clone_from(description);
    }
    Ok(*row != before)
}

/// Ends a programme. Its advocates stay what they are.
///
/// # Errors
/// When it has ended already.
pub fn end(row: &mut advocate_programme::Model, now: Timestamp) -> Result<(), UserError> {
    refuse_ended(row, "cannot end again")?;
    // It can have been set up by a clock that is a little ahead of ours.
    row.ended_at = Some(now.max(row.started_at));
    Ok(())
}

/// Passes while a programme takes new advocates.
///
/// # Errors
/// When it has ended.
pub fn check_takes_advocates(row: &advocate_programme::Model) -> Result<(), UserError> {
    refuse_ended(row, "takes no new advocates")
}

fn refuse_ended(row: &advocate_programme::Model, so: &str) -> Result<(), UserError> {
    let Some(ended) = row.ended_at else { return Ok(()) };
    let message = format!("has ended, at {ended}, and {so}");
    Err(UserError::at("programmeId", UserErrorCode::NotAllowedNow, message))
}

/// Passes when an instant, if there is one, has come.
///
/// # Errors
/// At the field.
pub fn not_in_the_future(field: &str, at: Option<Timestamp>, now: Timestamp) -> Result<(), UserError> {
    if at.is_some_and(|at| at > now) {
        return Err(UserError::at(field, UserErrorCode::OutOfRange, "must not be in the future"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use entity::{CommunityId, ProgrammeId};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn row() -> advocate_programme::Model {
        advocate_programme::Model {
            community_id: CommunityId(1),
            id: ProgrammeId(1),
            name: "Champions".to_owned(),
            search_name: "champions".to_owned(),
            description: Some("The best".to_owned()),
            started_at: NOW,
            ended_at: None,
            created_by: "staff:1".to_owned(),
            created_at: NOW,
        }
    }

    fn new() -> NewProgramme {
        NewProgramme {
            name: "Champions".to_owned(),
            description: None,
            started_at: None,
        }
    }

    #[test]
    fn bad_input_is_named() {
        let field = |new: NewProgramme| new.check(NOW).map_err(|error| error.field.join("."));
        assert_eq!(field(new()), Ok(()));
        let started = |at| NewProgramme {
            started_at: Some(at),
            ..new()
        };
        assert_eq!(field(started(NOW)), Ok(()));
        assert_eq!(field(started(NOW.plus_micros(1))), Err("startedAt".to_owned()));
        for name in [" ".to_owned(), "\0".to_owned(), "x".repeat(121)] {
            assert_eq!(field(NewProgramme { name, ..new() }), Err("name".to_owned()));
        }
        let described = NewProgramme {
            description: Some(String::new()),
            ..new()
        };
        assert_eq!(field(described), Err("description".to_owned()));
    }

    #[test]
    fn what_is_not_given_stays_and_null_empties() {
        let mut changed = row();
        assert!(!update(&mut changed, &ProgrammeChanges::default()).unwrap());
        let same = ProgrammeChanges {
            name: Some(" Champions ".to_owned()),
            description: Some(Some("The best".to_owned())),
        };
        assert!(!update(&mut changed, &same).unwrap(), "blanks around a name are no change");
        let emptied = ProgrammeChanges {
            name: Some("ÄRZTE".to_owned()),
            description: Some(None),
        };
        assert!(update(&mut changed, &emptied).unwrap());
        assert_eq!((changed.name.as_str(), changed.search_name.as_str()), ("ÄRZTE", "ärzte"));
        assert_eq!(changed.description, None);
    }

    #[test]
    fn what_has_ended_stays_as_it_was() {
        let mut ended = row();
        end(&mut ended, NOW.plus_micros(-5)).unwrap();
        assert_eq!(ended.ended_at, Some(NOW), "not before it began");
        assert_eq!(end(&mut ended, NOW).unwrap_err().code, UserErrorCode::NotAllowedNow);
        assert!(update(&mut ended, &ProgrammeChanges::default()).is_err());
        assert!(check_takes_advocates(&ended).is_err());
        assert!(check_takes_advocates(&row()).is_ok());
    }

    #[test]
    fn null_and_nothing_are_different_inputs() {
        let text = |changes: &ProgrammeChanges| serde_json::to_string(changes).unwrap();
        let emptied = ProgrammeChanges {
            description: Some(None),
            ..ProgrammeChanges::default()
        };
        assert_ne!(text(&emptied), text(&ProgrammeChanges::default()));
    }
}
