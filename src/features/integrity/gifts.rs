//! Who gave whom credit when: the acts of a record, as a model credits them. Pure.

use entity::Timestamp;

use crate::features::evaluation::record::{Act, View};
use crate::features::influence::model::{Beneficiary, ScoringModel, Signal};

/// Credit that somebody was given, before it fades. Members stand by their places in the record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gift {
    /// Who gave it; `None` when nobody knows.
    pub giver: Option<u32>,
    /// Who was given it.
    pub beneficiary: u32,
    /// What for.
    pub signal: Signal,
    /// How much; always more than nothing.
    pub value: f64,
    /// When.
    pub at: Timestamp,
}

/// The gifts of a view in order of time. What counts against somebody is none, nor is an invitation: whether that counts is up to
/// what the newcomer does.
#[must_use]
pub fn gifts(view: &View<'_>, model: &ScoringModel) -> Vec<Gift> {
    view.acts.iter().filter_map(|act| gift(act, model)).collect()
}

fn gift(act: &Act, model: &ScoringModel) -> Option<Gift> {
    let rule = model.rule(act.kind)?;
    let (beneficiary, giver) = match rule.to {
        Beneficiary::Actor => (act.actor?, act.target),
        Beneficiary::Target => (act.target?, act.actor),
    };
    let value = rule.value * act.factor;
    let counts = value > 0.0 && giver != Some(beneficiary) && rule.signal != Signal::Advocacy;
    counts.then_some(Gift {
        giver,
        beneficiary,
        signal: rule.signal,
        value,
        at: act.at,
    })
}
