//! The rules of apologies: what one is made of, how it goes from a draft to its answer, and what is worth a warning. Pure.
//!
//! The components and their weight are those of Lewicki, Polin and Lount, "An Exploration of the Structure of Effective
//! Apologies" (2016): taking responsibility matters most, then the offer of repair. Halperin, Ho, List and Muir, "Toward an
//! Understanding of the Economics of Apologies" (2022), found that repeated apologies without repair can be worse than none.
//! That is said as a warning; nobody is kept from apologizing.

use entity::{ApologyComponent, ApologyId, ApologyStatus, BreachId, CaseId, Timestamp, Visibility, apology};
use serde::{Deserialize, Serialize};

use crate::error::{UserError, UserErrorCode};
use crate::features::cases::policy::check_visibility;
use crate::features::cases::texts::{self, LONGEST_MESSAGE, LONGEST_REASON};

/// Most breaches that one apology names.
pub const MOST_BREACHES: usize = 100;

/// What an apology is made of: a set, stored as bits, the lowest for the first component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Components(i16);

impl Components {
    /// From the stored bits; those that stand for nothing are ignored.
    #[must_use]
    pub fn from_bits(bits: i16) -> Self {
        let known = |component: &ApologyComponent| bits & Self::bit(*component) != 0;
        ApologyComponent::ALL.iter().copied().filter(known).collect()
    }

    /// The bits to store.
    #[must_use]
    pub const fn bits(self) -> i16 {
        self.0
    }

    /// Whether it has a component.
    #[must_use]
    pub const fn contains(self, component: ApologyComponent) -> bool {
        self.0 & Self::bit(component) != 0
    }

    const fn bit(component: ApologyComponent) -> i16 {
        1_i16 << (component as i16 - 1)
    }
}

impl FromIterator<ApologyComponent> for Components {
    fn from_iter<T: IntoIterator<Item = ApologyComponent>>(components: T) -> Self {
        Self(components.into_iter().fold(0, |bits, component| bits | Self::bit(component)))
    }
}

impl From<Vec<ApologyComponent>> for Components {
    fn from(components: Vec<ApologyComponent>) -> Self {
        components.into_iter().collect()
    }
}

impl From<Components> for Vec<ApologyComponent> {
    fn from(components: Components) -> Self {
        let has = |component: &ApologyComponent| components.contains(*component);
        ApologyComponent::ALL.iter().copied().filter(has).collect()
    }
}

/// An apology to record.
#[derive(Clone, Debug, Serialize)]
pub struct NewApology {
    /// In which case.
    pub case: CaseId,
    /// The breaches that it answers.
    pub breaches: Vec<BreachId>,
    /// What is said.
    pub text: String,
    /// What it is made of.
    pub components: Vec<ApologyComponent>,
    /// Who may read it; as the case when not given.
    pub visibility: Option<Visibility>,
    /// When the customer was heard out.
    pub heard_at: Option<Timestamp>,
    /// The customer gets it now; otherwise it is a draft.
    pub send: bool,
}

impl NewApology {
    /// Everything that is wrong with it, whatever case it is for.
    #[must_use]
    pub fn check(&self, now: Timestamp) -> Vec<UserError> {
        let checks = [
            texts::check("text", &self.text, LONGEST_MESSAGE),
            check_breaches(&self.breaches),
            self.visibility.map_or(Ok(()), |to| check_visibility("visibility", to)),
            check_heard_by(self.heard_at, now),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }
}

/// Changes to a draft. What is `None` stays.
#[derive(Clone, Debug, Serialize)]
pub struct ApologyChanges {
    /// Of which.
    pub apology: ApologyId,
    /// The breaches that it answers, in place of all there are.
    pub breaches: Option<Vec<BreachId>>,
    /// What is said.
    pub text: Option<String>,
    /// What it is made of, in place of all there is.
    pub components: Option<Vec<ApologyComponent>>,
    /// Who may read it.
    pub visibility: Option<Visibility>,
    /// When the customer was heard out; `Some(None)` when they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Option<Timestamp>>,
}

impl ApologyChanges {
    /// Everything that is wrong with them, whatever draft they are for.
    #[must_use]
    pub fn check(&self, now: Timestamp) -> Vec<UserError> {
        let checks = [
            texts::check_optional("text", self.text.as_deref(), LONGEST_MESSAGE),
            self.breaches.as_deref().map_or(Ok(()), check_breaches),
            self.visibility.map_or(Ok(()), |to| check_visibility("visibility", to)),
            check_heard_by(self.heard_at.flatten(), now),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }
}

fn check_breaches(breaches: &[BreachId]) -> Result<(), UserError> {
    if breaches.len() > MOST_BREACHES {
        let message = format!("must be at most {MOST_BREACHES}");
        return Err(UserError::at("breachIds", UserErrorCode::TooMany, message));
    }
    Ok(())
}

fn check_heard_by(heard_at: Option<Timestamp>, now: Timestamp) -> Result<(), UserError> {
    if heard_at.is_some_and(|at| at > now) {
        return Err(UserError::at("heardAt", UserErrorCode::OutOfRange, "must not be in the future"));
    }
    Ok(())
}

/// Passes when nobody was heard out before there was a case.
///
/// # Errors
/// At `heardAt`.
pub fn check_heard(heard_at: Option<Timestamp>, opened_at: Timestamp) -> Result<(), UserError> {
    if heard_at.is_some_and(|at| at < opened_at) {
        let message = format!("must not be before the case was opened, at {opened_at}");
        return Err(UserError::at("heardAt", UserErrorCode::OutOfRange, message));
    }
    Ok(())
}

/// What the customer made of an apology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// They accepted it.
    Accepted,
    /// They rejected it.
    Rejected,
    /// They never answered.
    NoReply,
}

impl Answer {
    /// Where the apology stands with that answer.
    #[must_use]
    pub const fn status(self) -> ApologyStatus {
        match self {
            Self::Accepted => ApologyStatus::Accepted,
            Self::Rejected => ApologyStatus::Rejected,
            Self::NoReply => ApologyStatus::NoReply,
        }
    }
}

/// Where an apology stands. A draft that was withdrawn stays one in the records, as the customer never had it, and is told as
/// retracted.
#[must_use]
pub fn status(row: &apology::Model) -> ApologyStatus {
    if row.status == ApologyStatus::Draft && row.retracted_at.is_some() {
        return ApologyStatus::Retracted;
    }
    row.status
}

/// Whether the customer has the apology and the company stands by it: only then is a breach answered.
#[must_use]
pub const fn stands(status: ApologyStatus) -> bool {
    match status {
        ApologyStatus::Sent | ApologyStatus::Accepted | ApologyStatus::Rejected | ApologyStatus::NoReply => true,
        ApologyStatus::Draft | ApologyStatus::Retracted => false,
    }
}

/// The company changes a draft. Says whether anything of it is other than before.
///
/// # Errors
/// When it is no draft any more.
pub fn update(row: &mut apology::Model, changes: &ApologyChanges) -> Result<bool, UserError> {
    if status(row) != ApologyStatus::Draft {
        return Err(not_now(status(row)));
    }
    let before = row.clone();
    if let Some(text) = &changes.text {
        row.text.clone_from(text);
    }
    if let Some(components) = &changes.components {
        row.components = components.iter().copied().collect::<Components>().bits();
    }
    row.visibility = changes.visibility.unwrap_or(row.visibility);
    row.heard_at = changes.heard_at.unwrap_or(row.heard_at);
    Ok(*row != before)
}

/// The customer gets a draft.
///
/// # Errors
/// When it is no draft any more.
pub fn send(row: &mut apology::Model, at: Timestamp) -> Result<(), UserError> {
    if status(row) != ApologyStatus::Draft {
        return Err(not_now(status(row)));
    }
    row.status = ApologyStatus::Sent;
    row.sent_at = Some(at);
    Ok(())
}

/// The customer answered, or it is settled that they did not; `at` is now when nobody says otherwise.
///
/// # Errors
/// When no answer is awaited, or it would have come in the future or before the apology.
pub fn answer(row: &mut apology::Model, answer: Answer, at: Option<Timestamp>, now: Timestamp) -> Result<(), UserError> {
    let (ApologyStatus::Sent, Some(sent_at)) = (row.status, row.sent_at) else {
        return Err(not_now(status(row)));
    };
    let wrong = |message: String| Err(UserError::at("respondedAt", UserErrorCode::OutOfRange, message));
    let at = at.unwrap_or_else(|| now.max(sent_at));
    if at < sent_at {
        return wrong(format!("must not be before the apology was sent, at {sent_at}"));
    }
    if at > now.max(sent_at) {
        return wrong("must not be in the future".to_owned());
    }
    row.status = answer.status();
    row.responded_at = Some(at);
    Ok(())
}

/// The company takes an apology back, or gives up a draft of one.
///
/// # Errors
/// When it was answered or retracted already; when there is no reason.
pub fn retract(row: &mut apology::Model, reason: &str, at: Timestamp) -> Result<(), UserError> {
    texts::check("reason", reason, LONGEST_REASON)?;
    match status(row) {
        ApologyStatus::Draft => {}
        ApologyStatus::Sent => row.status = ApologyStatus::Retracted,
        other => return Err(not_now(other)),
    }
    row.retracted_at = Some(at);
    row.retraction_reason = Some(reason.to_owned());
    Ok(())
}

fn not_now(status: ApologyStatus) -> UserError {
    let legal = match status {
        ApologyStatus::Draft => "is a draft: it can be changed, sent or retracted",
        ApologyStatus::Sent => "was sent: the answer can be recorded, or it can be retracted",
        ApologyStatus::Accepted => "was accepted: nothing more can be done with it",
        ApologyStatus::Rejected => "was rejected: nothing more can be done with it; record another one",
        ApologyStatus::NoReply => "was never answered, and that is settled; record another one",
        ApologyStatus::Retracted => "was retracted: nothing more can be done with it; record another one",
    };
    UserError::at("apologyId", UserErrorCode::NotAllowedNow, legal)
}

/// What is worth thinking over about an apology. It hinders nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Warning {
    /// It does not take responsibility.
    NoResponsibility,
    /// There was an apology for the same breach before, and no repair was promised since.
    RepeatedWithoutRepair,
}

impl Warning {
    /// For people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoResponsibility => {
                "The apology does not say that it was our fault. Of all its parts, taking responsibility matters most \
                 (Lewicki et al. 2016)."
            }
            Self::RepeatedWithoutRepair => {
                "There was an apology for this before, and no repair was promised since. Apologizing again without making it right \
                 can be worse than not apologizing (Halperin et al. 2022)."
            }
        }
    }
}

/// What happened on a case before an apology.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// When the last apology for one of the same breaches was sent that the company stands by.
    pub apologized_at: Option<Timestamp>,
    /// When a repair was last promised; one that belongs to an apology counts from when that was sent.
    pub repair_promised_at: Option<Timestamp>,
}

/// What is worth thinking over about an apology with these components.
#[must_use]
pub fn warnings(components: Components, past: Past) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !components.contains(ApologyComponent::Responsibility) {
        warnings.push(Warning::NoResponsibility);
    }
    let repaired_since = |apologized: Timestamp| past.repair_promised_at.is_some_and(|promised| promised >= apologized);
    let repeated = past.apologized_at.is_some_and(|apologized| !repaired_since(apologized));
    if repeated && !components.contains(ApologyComponent::Repair) {
        warnings.push(Warning::RepeatedWithoutRepair);
    }
    warnings
}

#[cfg(test)]
mod tests;
