//! Whether there is enough past for a job, as far as the first and the last instant on record tell. Pure.
//!
//! What is retracted or discounted does not count, and is not looked for here: a job may still find that it has too little.

use entity::{InteractionKind, JobKind, Timestamp};

use super::work::NewJob;
use crate::error::{UserError, UserErrorCode as Code};
use crate::features::evaluation::record::Record;
use crate::features::evaluation::service::usual_horizon;
use crate::features::evaluation::walk;
use crate::features::influence::ledger::Entry;
use crate::features::influence::model::ScoringModel;

/// Passes when a job has something to work on.
///
/// # Errors
/// At the horizon, when a shorter one would do; otherwise about the whole.
pub fn check(new: &NewJob, model: &ScoringModel, span: Option<(Timestamp, Timestamp)>) -> Result<(), UserError> {
    let Some((first, last)) = span else {
        return Err(UserError::at("", Code::NotAllowedNow, "nothing is on record yet"));
    };
    let record = ends(first, last);
    let usual = usual_horizon(&record, model);
    let suffices = |horizon: i64| match new.kind {
        JobKind::Backtest => walk::plan(&record, new.work.cuts, horizon).is_some(),
        JobKind::Calibration => horizon > 0 && has_past_to_fit((first, last), horizon),
        JobKind::Attack => true,
    };
    if suffices(new.work.horizon.unwrap_or(usual)) {
        return Ok(());
    }
    let what = "there must be a past to learn from and a time after it to look at";
    Err(if suffices(usual) {
        UserError::at("horizon", Code::OutOfRange, format!("leaves too little on record: {what}"))
    } else {
        UserError::at("", Code::NotAllowedNow, format!("there is too little on record yet: {what}"))
    })
}

/// A record of nothing but a first and a last act.
fn ends(first: Timestamp, last: Timestamp) -> Record {
    let act = |at: Timestamp| Entry {
        kind: InteractionKind::Question,
        actor: None,
        target: None,
        at,
        factor: 1.0,
    };
    Record::new(&[], &[act(first), act(last)])
}

/// Whether anything lies before the instants at which a fit is tested: three, a third of a horizon apart, the last one a horizon
/// before the end. A fit needs three microseconds.
fn has_past_to_fit((first, last): (Timestamp, Timestamp), horizon: i64) -> bool {
    let tested_from = last.as_micros() - horizon - 2 * (horizon / 3);
    tested_from - first.as_micros() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::jobs::work::Work;

    const DAY: i64 = 86_400_000_000;

    fn fault(kind: JobKind, horizon_days: Option<i64>, span_days: Option<i64>) -> Option<String> {
        let new = NewJob {
            kind,
            work: Work {
                model: 1,
                horizon: horizon_days.map(|days| days * DAY),
                cuts: 3,
                most: 10,
                name: None,
            },
        };
        let first = Timestamp::from_micros(1_700_000_000_000_000);
        let span = span_days.map(|days| (first, first.plus_micros(days * DAY)));
        let error = check(&new, &ScoringModel::default(), span).err()?;
        Some(format!("{} {:?}", error.field.join("."), error.code))
    }

    #[test]
    fn a_backtest_needs_time_before_and_after_its_cuts() {
        let fault = |horizon, span| fault(JobKind::Backtest, horizon, span);
        assert_eq!(fault(None, Some(10)), None);
        assert_eq!(fault(Some(54), Some(100)), None);
        assert_eq!(fault(Some(55), Some(100)).as_deref(), Some("horizon OutOfRange"));
        assert_eq!(fault(Some(30), Some(0)).as_deref(), Some(" NotAllowedNow"));
        assert_eq!(fault(None, None).as_deref(), Some(" NotAllowedNow"));
    }

    #[test]
    fn a_fit_needs_time_before_the_cuts_it_is_tested_at() {
        let fault = |horizon, span| fault(JobKind::Calibration, horizon, span);
        assert_eq!(fault(None, Some(10)), None);
        assert_eq!(fault(Some(30), Some(51)), None);
        assert_eq!(fault(Some(30), Some(50)).as_deref(), Some("horizon OutOfRange"));
        assert_eq!(fault(None, Some(0)).as_deref(), Some(" NotAllowedNow"));
    }

    #[test]
    fn an_attack_needs_anything() {
        assert_eq!(fault(JobKind::Attack, None, Some(0)), None);
        assert_eq!(fault(JobKind::Attack, None, None).as_deref(), Some(" NotAllowedNow"));
    }
}
