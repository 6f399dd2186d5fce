//! The rules of repairs: promised with a worth and a due time, delivered once. Pure.

use entity::{ApologyId, CaseId, RepairKind, Timestamp, Visibility, repair};
use serde::Serialize;

use super::due;
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::texts;

/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 2_000;

/// A repair to promise.
#[derive(Clone, Debug, Serialize)]
pub struct NewRepair {
    /// In which case.
    pub case: CaseId,
    /// The apology that it belongs to.
    pub apology: Option<ApologyId>,
    /// What it is.
    pub kind: RepairKind,
    /// In words.
    pub description: String,
    /// Its worth.
    pub amount: Option<f64>,
    /// The currency of its worth.
    pub currency: Option<String>,
    /// By when.
    pub due_at: Option<Timestamp>,
}

impl NewRepair {
    /// The least that is wrong with it, whatever case it is for.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self, now: Timestamp) -> Result<(), UserError> {
        texts::check("description", &self.description, LONGEST_DESCRIPTION)?;
        check_worth(self.amount, self.currency.as_deref())?;
        self.due_at.map_or(Ok(()), |at| due::check("dueAt", at, now))
    }
}

/// A worth is an amount with its currency, or nothing at all.
fn check_worth(amount: Option<f64>, currency: Option<&str>) -> Result<(), UserError> {
    match (amount, currency) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(UserError::at("currency", UserErrorCode::Required, "is needed with an amount")),
        (None, Some(_)) => Err(UserError::at("amount", UserErrorCode::Required, "is needed with a currency")),
        (Some(amount), Some(_)) if !amount.is_finite() || amount <= 0.0 => {
            Err(UserError::at("amount", UserErrorCode::OutOfRange, "must be more than zero"))
        }
        (Some(_), Some(currency)) if currency.len() != 3 || !currency.bytes().all(|sign| sign.is_ascii_uppercase()) => {
            let message = "must be three capital letters by ISO 4217, for example EUR";
            Err(UserError::at("currency", UserErrorCode::Invalid, message))
        }
        (Some(_), Some(_)) => Ok(()),
    }
}

/// Who is told of a repair: who may know of its case and, where it belongs to an apology, may read that.
#[must_use]
pub fn told_to(case: Visibility, apology: Option<Visibility>) -> Visibility {
    apology.map_or(case, |apology| case.max(apology))
}

/// What was promised is done.
///
/// # Errors
/// When it was done before.
pub fn deliver(row: &mut repair::Model, by: String, at: Timestamp) -> Result<(), UserError> {
    if let Some(delivered) = row.delivered_at {
        let message = format!("was delivered already, at {delivered}");
        return Err(UserError::at("repairId", UserErrorCode::NotAllowedNow, message));
    }
    row.delivered_at = Some(at);
    row.delivered_by = Some(by);
    Ok(())
}

#[cfg(test)]
mod tests {
    use entity::{CommunityId, RepairId};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn new() -> NewRepair {
        NewRepair {
            case: CaseId(1),
            apology: None,
            kind: RepairKind::Refund,
            description: "The last invoice".to_owned(),
            amount: Some(12.5),
            currency: Some("EUR".to_owned()),
            due_at: Some(NOW.plus_micros(1)),
        }
    }

    fn wrong(repair: &NewRepair) -> Option<String> {
        repair.check(NOW).err().map(|error| error.field.join("."))
    }

    #[test]
    fn a_worth_has_an_amount_and_a_currency_or_neither() {
        assert_eq!(wrong(&new()), None);
        let cases = [
            (None, None, None),
            (Some(1.0), None, Some("currency")),
            (None, Some("EUR"), Some("amount")),
            (Some(0.0), Some("EUR"), Some("amount")),
            (Some(-1.0), Some("EUR"), Some("amount")),
            (Some(f64::NAN), Some("EUR"), Some("amount")),
            (Some(1.0), Some("eur"), Some("currency")),
            (Some(1.0), Some("EURO"), Some("currency")),
            (Some(1.0), Some("€"), Some("currency")),
            (Some(1.0), Some(""), Some("currency")),
        ];
        for (amount, currency, expected) in cases {
            let repair = NewRepair {
                amount,
                currency: currency.map(ToOwned::to_owned),
                ..new()
            };
            assert_eq!(wrong(&repair).as_deref(), expected, "{amount:?} {currency:?}");
        }
    }

    #[test]
    fn repairs_are_due_in_the_future_or_whenever() {
        assert_eq!(wrong(&NewRepair { due_at: None, ..new() }), None);
        let late = NewRepair {
            due_at: Some(NOW),
            ..new()
        };
        assert_eq!(wrong(&late).as_deref(), Some("dueAt"));
        let silent = NewRepair {
            description: "  ".to_owned(),
            ..new()
        };
        assert_eq!(wrong(&silent).as_deref(), Some("description"));
    }

    #[test]
    fn what_belongs_to_a_private_apology_is_told_in_private() {
        use Visibility::{Private, Public};
        for (case, apology, expected) in [
            (Public, None, Public),
            (Public, Some(Public), Public),
            (Public, Some(Private), Private),
            (Private, None, Private),
            (Private, Some(Public), Private),
        ] {
            assert_eq!(told_to(case, apology), expected, "{case:?} {apology:?}");
        }
    }

    #[test]
    fn a_repair_is_delivered_once() {
        let mut row = repair::Model {
            community_id: CommunityId(1),
            id: RepairId(1),
            case_id: CaseId(1),
            apology_id: None,
            kind: RepairKind::Fix,
            description: "It works again".to_owned(),
            amount: None,
            currency: None,
            promised_by: "staff:1".to_owned(),
            promised_at: NOW,
            due_at: None,
            delivered_at: None,
            delivered_by: None,
        };
        deliver(&mut row, "staff:2".to_owned(), NOW).unwrap();
        assert_eq!((row.delivered_at, row.delivered_by.as_deref()), (Some(NOW), Some("staff:2")));
        let again = deliver(&mut row, "staff:3".to_owned(), NOW).unwrap_err();
        assert_eq!(again.code, UserErrorCode::NotAllowedNow);
        assert_eq!(row.delivered_by.as_deref(), Some("staff:2"));
    }
}
