//! The rules of repairs: promised with a worth and a due time, delivered once, or cancelled when promised by mistake. Pure.

use entity::{ApologyId, CaseId, RepairId, RepairKind, Timestamp, Visibility, repair};
use serde::Serialize;

use super::due;
use crate::error::{UserError, UserErrorCode};
use crate::features::cases::texts::{self, LONGEST_REASON};

/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 2_000;

/// A repair that was promised by mistake.
#[derive(Clone, Debug, Serialize)]
pub struct Mistake {
    /// Which.
    pub repair: RepairId,
    /// Why.
    pub reason: String,
}

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
    /// Everything that is wrong with it, whatever case it is for.
    #[must_use]
    pub fn check(&self, now: Timestamp) -> Vec<UserError> {
        let checks = [
            texts::check("description", &self.description, LONGEST_DESCRIPTION),
            check_amount(self.amount, self.currency.is_some()),
            check_currency(self.currency.as_deref(), self.amount.is_some()),
            self.due_at.map_or(Ok(()), |at| due::check("dueAt", at, now)),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }
}

/// Most that a repair is worth, in any currency.
const LARGEST_AMOUNT: f64 = 1e9;

/// Most decimals of an amount: no currency has more.
const MOST_DECIMALS: usize = 3;

/// The currencies by ISO 4217 in which people pay; funds, metals and codes for tests are left out. In the order of the alphabet.
#[rustfmt::skip]
const CURRENCIES: [&str; 154] = [
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF", "BMD", "BND", "BOB", "BRL",
    "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG",
    "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK",
    "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR",
    "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP",
    "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VES", "VND", "VUV",
    "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

/// A worth is an amount with its currency, or nothing at all.
fn check_amount(amount: Option<f64>, has_currency: bool) -> Result<(), UserError> {
    let wrong = |code, message: String| Err(UserError::at("amount", code, message));
    match amount {
        None if has_currency => wrong(UserErrorCode::Required, "is needed with a currency".to_owned()),
        None => Ok(()),
        Some(amount) if !amount.is_finite() || amount <= 0.0 => wrong(UserErrorCode::OutOfRange, "must be more than zero".to_owned()),
        Some(amount) if amount > LARGEST_AMOUNT => wrong(UserErrorCode::OutOfRange, "must be at most 1,000,000,000".to_owned()),
        Some(amount) if decimals(amount) > MOST_DECIMALS => {
            wrong(UserErrorCode::Invalid, format!("must have at most {MOST_DECIMALS} decimals"))
        }
        Some(_) => Ok(()),
    }
}

/// See [`check_amount`].
fn check_currency(currency: Option<&str>, has_amount: bool) -> Result<(), UserError> {
    match currency {
        None if has_amount => Err(UserError::at("currency", UserErrorCode::Required, "is needed with an amount")),
        Some(currency) if CURRENCIES.binary_search(&currency).is_err() => {
            let message = "must be the three capital letters of a currency by ISO 4217, for example EUR";
            Err(UserError::at("currency", UserErrorCode::Invalid, message))
        }
        None | Some(_) => Ok(()),
    }
}

/// How many decimals the shortest text has that means the same number.
fn decimals(amount: f64) -> usize {
    let text = amount.to_string();
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// Who is told of a repair: who may know of its case and, where it belongs to an apology, may read that.
#[must_use]
pub fn told_to(case: Visibility, apology: Option<Visibility>) -> Visibility {
    apology.map_or(case, |apology| case.max(apology))
}

/// What was promised is done.
///
/// # Errors
/// When it was delivered or cancelled before.
pub fn deliver(row: &mut repair::Model, by: String, at: Timestamp) -> Result<(), UserError> {
    check_owed(row)?;
    row.delivered_at = Some(at);
    row.delivered_by = Some(by);
    Ok(())
}

/// It had been promised by mistake: nobody owes it.
///
/// # Errors
/// When it was delivered or cancelled before; when there is no reason.
pub fn cancel(row: &mut repair::Model, reason: &str, by: String, at: Timestamp) -> Result<(), UserError> {
    texts::check("reason", reason, LONGEST_REASON)?;
    check_owed(row)?;
    row.cancelled_at = Some(at);
    row.cancelled_by = Some(by);
    row.cancel_reason = Some(reason.to_owned());
    Ok(())
}

/// Passes while it is owed.
fn check_owed(row: &repair::Model) -> Result<(), UserError> {
    let message = match (row.delivered_at, row.cancelled_at) {
        (None, None) => return Ok(()),
        (Some(delivered), _) => format!("was delivered already, at {delivered}"),
        (None, Some(cancelled)) => format!("was cancelled, at {cancelled}: promise another one"),
    };
    Err(UserError::at("repairId", UserErrorCode::NotAllowedNow, message))
}

#[cfg(test)]
mod tests {
    use entity::CommunityId;

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
        let wrong = repair.check(NOW);
        assert!(wrong.len() < 2, "{wrong:?}");
        wrong.first().map(|error| error.field.join("."))
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
    fn all_that_is_wrong_is_told_at_once() {
        let wrong = NewRepair {
            description: String::new(),
            amount: Some(-1.0),
            currency: Some("eur".to_owned()),
            due_at: Some(NOW),
            ..new()
        };
        let fields: Vec<String> = wrong.check(NOW).iter().map(|error| error.field.join(".")).collect();
        assert_eq!(fields, ["description", "amount", "currency", "dueAt"]);
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
            cancelled_at: None,
            cancelled_by: None,
            cancel_reason: None,
        };
        let mut mistaken = row.clone();
        deliver(&mut row, "staff:2".to_owned(), NOW).unwrap();
        assert_eq!((row.delivered_at, row.delivered_by.as_deref()), (Some(NOW), Some("staff:2")));
        let again = deliver(&mut row, "staff:3".to_owned(), NOW).unwrap_err();
        assert_eq!(again.code, UserErrorCode::NotAllowedNow);
        assert_eq!(row.delivered_by.as_deref(), Some("staff:2"));
        assert!(
            cancel(&mut row, "By mistake", "staff:3".to_owned(), NOW).is_err(),
            "it was delivered"
        );

        let silent = cancel(&mut mistaken, " ", "staff:2".to_owned(), NOW).unwrap_err();
        assert_eq!(silent.field, ["reason"]);
        cancel(&mut mistaken, "The wrong case", "staff:2".to_owned(), NOW).unwrap();
        assert_eq!(
            (mistaken.cancelled_at, mistaken.cancel_reason.as_deref()),
            (Some(NOW), Some("The wrong case"))
        );
        assert!(cancel(&mut mistaken, "Once more", "staff:2".to_owned(), NOW).is_err());
        assert!(deliver(&mut mistaken, "staff:2".to_owned(), NOW).is_err());
    }

    #[test]
    fn a_worth_is_one_that_can_be_paid() {
        let worth = |amount: f64, currency: &str| {
            wrong(&NewRepair {
                amount: Some(amount),
                currency: Some(currency.to_owned()),
                ..new()
            })
        };
        for (amount, currency) in [(0.001, "BHD"), (12.5, "EUR"), (1e9, "JPY"), (999_999_999.999, "KWD")] {
            assert_eq!(worth(amount, currency), None, "{amount} {currency}");
        }
        for (amount, currency, field) in [
            (1_000_000_001.0, "EUR", "amount"),
            (1e300, "EUR", "amount"),
            (f64::INFINITY, "EUR", "amount"),
            (0.000_1, "EUR", "amount"),
            (1.234_5, "EUR", "amount"),
            (1.0, "XXQ", "currency"),
            (1.0, "ABC", "currency"),
        ] {
            assert_eq!(worth(amount, currency).as_deref(), Some(field), "{amount} {currency}");
        }
        assert!(CURRENCIES.is_sorted(), "they are searched");
    }
}
