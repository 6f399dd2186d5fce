//! The timeline of a case: entries are added, never changed. What clocks need to know of it is read from it as facts.

use entity::{
    Audience, CalendarId, CaseEventId, CaseEventKind, CaseId, CaseStatus, CommunityId, ExpectationId, InteractionId, MemberId, Timestamp,
    Visibility, case,
};
use serde_json::{Value, json};

use super::clocks::facts::{Carried, Fact, Happened};
use super::store;
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::Result;

/// An entry about to be written.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Tenant.
    pub community: CommunityId,
    /// Of which case.
    pub case: CaseId,
    /// What happened.
    pub kind: CaseEventKind,
    /// When it happened, which may be before it is recorded.
    pub at: Timestamp,
    /// Who was meant to see it.
    pub audience: Audience,
    /// The member who did it, when a member did.
    pub member: Option<MemberId>,
    /// The interaction it tells of.
    pub interaction: Option<InteractionId>,
    /// What was said.
    pub text: Option<String>,
    /// What else belongs to it: a JSON object.
    pub detail: Value,
}

impl NewEntry {
    /// An entry of a case.
    #[must_use]
    pub fn new(case: &case::Model, kind: CaseEventKind, at: Timestamp, audience: Audience) -> Self {
        Self {
            community: case.community_id,
            case: case.id,
            kind,
            at,
            audience,
            member: None,
            interaction: None,
            text: None,
            detail: json!({}),
        }
    }

    /// An entry that the customer can see, where the case is now.
    #[must_use]
    pub fn shown(case: &case::Model, kind: CaseEventKind, at: Timestamp) -> Self {
        Self::new(case, kind, at, audience(case.visibility))
    }

    /// An entry for the company only.
    #[must_use]
    pub fn internal(case: &case::Model, kind: CaseEventKind, at: Timestamp) -> Self {
        Self::new(case, kind, at, Audience::Internal)
    }

    /// With what was said.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With a JSON object of what else belongs to it.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// With one more thing that belongs to it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Some(detail) = self.detail.as_object_mut() {
            detail.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Done by a member.
    #[must_use]
    pub fn member(mut self, member: MemberId) -> Self {
        self.member = Some(member);
        self
    }

    /// Telling of an interaction.
    #[must_use]
    pub fn interaction(mut self, interaction: InteractionId) -> Self {
        self.interaction = Some(interaction);
        self
    }

    /// A change of status, under the name that the step has.
    #[must_use]
    pub fn status(case: &case::Model, from: CaseStatus, to: CaseStatus, at: Timestamp) -> Self {
        let kind = match (from, to) {
            (_, CaseStatus::Resolved) => CaseEventKind::Resolved,
            (_, CaseStatus::Closed) => CaseEventKind::Closed,
            (CaseStatus::Resolved, CaseStatus::Open) => CaseEventKind::Reopened,
            _ => CaseEventKind::StatusChanged,
        };
        Self::shown(case, kind, at).detail(json!({ "from": from, "to": to }))
    }

    /// Which promises hold from now on.
    #[must_use]
    pub fn promises(case: &case::Model, at: Timestamp, promises: &[(ExpectationId, Option<CalendarId>)]) -> Self {
        Self::internal(case, CaseEventKind::PromisesChosen, at).detail(json!({ "promises": promises }))
    }
}

/// Who can see what happens on a case of this visibility in front of the customer.
#[must_use]
pub const fn audience(visibility: Visibility) -> Audience {
    match visibility {
        Visibility::Public => Audience::Public,
        Visibility::SemiPrivate | Visibility::Private => Audience::Customer,
    }
}

/// Writes an entry.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &Tx, ctx: &OpContext, entry: NewEntry) -> Result<CaseEventId> {
    let ids = add_all(tx, ctx, std::slice::from_ref(&entry)).await?;
    ids.first()
        .copied()
        .ok_or_else(|| crate::error::Error::internal("an entry without an id"))
}

/// Writes entries, in their order.
///
/// # Errors
/// When the database fails.
pub async fn add_all(tx: &Tx, ctx: &OpContext, entries: &[NewEntry]) -> Result<Vec<CaseEventId>> {
    store::insert_entries(tx, &ctx.actor_label(), ctx.now, entries).await
}

/// What the clocks of a case go by, from rows of its timeline.
#[must_use]
pub fn facts(rows: &[store::FactRow]) -> Vec<Happened> {
    rows.iter()
        .flat_map(|row| {
            let detail = serde_json::from_str(&row.detail).unwrap_or(Value::Null);
            happened(row.kind, row.at, &detail)
        })
        .collect()
}

/// What the clocks of a case go by, from entries that are about to be written.
#[must_use]
pub fn facts_of(entries: &[NewEntry]) -> Vec<Happened> {
    entries
        .iter()
        .flat_map(|entry| happened(entry.kind, entry.at, &entry.detail))
        .collect()
}

fn happened(kind: CaseEventKind, at: Timestamp, detail: &Value) -> impl Iterator<Item = Happened> + use<> {
    // A customer who waited in a case that was merged into this one, without a clock that came along, waits here since then.
    let waited = (kind == CaseEventKind::Absorbed)
        .then(|| read::<Timestamp>(detail, "waitsSince"))
        .flatten();
    let facts = [waited.map(Fact::Waited), fact(kind, detail)];
    facts.into_iter().flatten().map(move |fact| Happened { at, fact })
}

fn fact(kind: CaseEventKind, detail: &Value) -> Option<Fact> {
    use CaseEventKind as K;
    match kind {
        K::Opened => Some(Fact::Opened),
        K::CustomerMessage => (!is_thanks(detail)).then_some(Fact::CustomerMessage),
        K::Responded => Some(Fact::Reply),
        K::StatusChanged | K::Resolved | K::Reopened | K::Closed => {
            let to = detail.get("to").and_then(Value::as_str).and_then(CaseStatus::parse);
            to.map(Fact::Status)
        }
        K::PromisesChosen => read(detail, "promises").map(Fact::Promises),
        K::Absorbed => read::<Vec<Carried>>(detail, "carried").map(Fact::Absorbed),
        K::Merged => Some(Fact::MergedAway),
        _ => None,
    }
}

/// The detail of a customer's message that asks nothing: thanks for what was solved. Nobody owes an answer to it.
pub const THANKS: &str = "thanks";

fn is_thanks(detail: &Value) -> bool {
    detail.get(THANKS).and_then(Value::as_bool) == Some(true)
}

fn read<T: serde::de::DeserializeOwned>(detail: &Value, name: &str) -> Option<T> {
    serde_json::from_value(detail.get(name)?.clone()).ok()
}
