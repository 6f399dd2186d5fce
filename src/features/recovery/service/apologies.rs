//! The use cases of apologies.

use entity::{ApologyId, ApologyStatus, BreachId, CaseEventKind, Timestamp, Visibility, apology, case};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Known, case_to_add_to, lock, now_on, refuse_merged, refused, tell};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode, UserErrors};
use crate::events::{self, EventType, NewEvent};
use crate::features::cases::timeline::{self, NewEntry};
use crate::features::recovery::apology::{self as rules, Answer, ApologyChanges, Components, NewApology, Past, Warning};
use crate::features::recovery::policy;
use crate::features::recovery::store::{self, Kind};
use crate::idempotency::{Once, in_transaction};

/// An apology that was recorded or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apologized {
    /// Which.
    pub apology: ApologyId,
    /// What is worth thinking over about it; only when it was recorded, changed or sent.
    pub warnings: Vec<Warning>,
}

/// What the customer made of an apology.
#[derive(Clone, Debug, Serialize)]
pub struct Response {
    /// Which apology.
    pub apology: ApologyId,
    /// What they made of it.
    pub answer: Answer,
    /// When; now when not given.
    pub responded_at: Option<Timestamp>,
}

/// An apology to take back.
#[derive(Clone, Debug, Serialize)]
pub struct Retraction {
    /// Which.
    pub apology: ApologyId,
    /// Why.
    pub reason: String,
}

/// Records an apology: as a draft, or sent at once.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when the case is not there or goes on as another
/// one, a breach is not one of this case or of one that was merged into it, or naming the field that is wrong.
pub async fn record(app: &App, ctx: &OpContext, access: &Access, new: &NewApology, key: Option<&Once>) -> Result<Apologized> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        record_in(&tx, ctx, access, new).await
    })
    .await
}

async fn record_in(tx: &Tx, ctx: &OpContext, access: &Access, new: &NewApology) -> Result<Apologized> {
    // Not before the idempotency key is taken, so that a retry is not judged once more.
    let mut errors = UserErrors::from(new.check(ctx.now));
    let case = errors.value(case_to_add_to(tx, access, new.case, Kind::Apologies).await)?;
    let case = errors.done(case)?;
    let mut errors = UserErrors::default();
    errors.check(rules::check_heard(new.heard_at, case.opened_at));
    let breaches = errors.value(breaches_of(tx, access, &case, &new.breaches).await)?;
    let visibility = errors.value(visibility(access, &case, new.visibility))?;
    let (breaches, visibility) = errors.done(breaches.zip(visibility))?;
    let now = now_on(ctx, &case);
    let mut row = drafted(ctx, &case, new, visibility);
    if new.send {
        rules::send(&mut row, now).map_err(refused)?;
    }
    let row = store::insert_apology(tx, row, &breaches).await?;
    if new.send {
        tell_sent(tx, ctx, &case, &row, now).await?;
    } else {
        let entry = NewEntry::internal(&case, CaseEventKind::ApologyDrafted, now);
        tell_of(tx, ctx, &row, entry, event(&case, &row, EventType::ApologyDrafted, now)).await?;
    }
    let warnings = warnings(tx, &row, &breaches).await?;
    Ok(Apologized { apology: row.id, warnings })
}

/// The row of an apology that nobody has sent yet.
fn drafted(ctx: &OpContext, case: &case::Model, new: &NewApology, visibility: Visibility) -> apology::Model {
    apology::Model {
        community_id: case.community_id,
        // The database gives it.
        id: ApologyId(0),
        case_id: case.id,
        status: ApologyStatus::Draft,
        author: ctx.actor_label(),
        visibility,
        text: new.text.clone(),
        components: new.components.iter().copied().collect::<Components>().bits(),
        heard_at: new.heard_at,
        created_at: now_on(ctx, case),
        sent_at: None,
        responded_at: None,
        retracted_at: None,
        retraction_reason: None,
    }
}

/// The breaches that an apology answers, each once. Those of cases that were merged into this one are answered here: nothing
/// new is done over there.
async fn breaches_of(tx: &Tx, access: &Access, case: &case::Model, named: &[BreachId]) -> Result<Vec<BreachId>> {
    let here = store::breaches_on(tx, case, named, access.clearance).await?;
    let missing: Vec<UserError> = named
        .iter()
        .enumerate()
        .filter(|(_, breach)| !here.contains(breach))
        .map(|(place, _)| {
            let field = format!("breachIds.{place}");
            UserError::at(
                &field,
                UserErrorCode::NotFound,
                "is not a breach in this case or in one that was merged into it",
            )
        })
        .collect();
    if !missing.is_empty() {
        return Err(Error::User(missing));
    }
    let mut breaches: Vec<BreachId> = here.into_iter().collect();
    breaches.sort_unstable();
    Ok(breaches)
}

/// Who may read an apology: as the case, unless it is private in a public case.
fn visibility(access: &Access, case: &case::Model, asked: Option<Visibility>) -> Result<Visibility> {
    let chosen = asked.unwrap_or(case.visibility);
    let no = |message: &str| Err(Error::user("visibility", UserErrorCode::NotAllowedNow, message));
    if chosen < case.visibility {
        return no("must be PRIVATE, as the case is");
    }
    if chosen > access.clearance {
        return no("is above your clearance: apologize in PUBLIC");
    }
    Ok(chosen)
}

async fn warnings(tx: &Tx, row: &apology::Model, breaches: &[BreachId]) -> Result<Vec<Warning>> {
    let mut past = Past::default();
    if !breaches.is_empty() {
        past.apologized_at = store::last_apology(tx, row.community_id, row.id, breaches).await?;
    }
    if past.apologized_at.is_some() {
        past.repair_promised_at = store::last_repair(tx, row.community_id, row.case_id).await?;
    }
    Ok(rules::warnings(Components::from_bits(row.components), past))
}

/// Changes a draft.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there, is no draft, its case goes on as
/// another one, a breach is not one of this case or of one that was merged into it, or naming the field that is wrong.
pub async fn update(app: &App, ctx: &OpContext, access: &Access, changes: &ApologyChanges, key: Option<&Once>) -> Result<Apologized> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        update_in(&tx, ctx, access, changes).await
    })
    .await
}

async fn update_in(tx: &Tx, ctx: &OpContext, access: &Access, changes: &ApologyChanges) -> Result<Apologized> {
    let mut errors = UserErrors::from(changes.check(ctx.now));
    let found = errors.value(named(tx, access, changes.apology).await)?;
    let (case, mut row) = errors.done(found)?;
    refuse_merged(tx, access, &case, "apologyId").await?;
    let seen_by = case.visibility.max(row.visibility);
    let mut is_other = rules::update(&mut row, changes).map_err(refused)?;
    let mut errors = UserErrors::default();
    errors.check(rules::check_heard(row.heard_at, case.opened_at));
    if changes.visibility.is_some() {
        errors.value(visibility(access, &case, changes.visibility))?;
    }
    let before = store::breaches_of(&**tx, row.community_id, &[row.id]).await?.remove(&row.id);
    let before = before.unwrap_or_default();
    let breaches = match &changes.breaches {
        Some(named) => errors.value(breaches_of(tx, access, &case, named).await)?,
        None => Some(before.clone()),
    };
    let breaches = errors.done(breaches)?;
    if breaches != before {
        store::set_breaches(tx, &row, &breaches).await?;
        is_other = true;
    }
    if is_other {
        store::update_apology(tx, row.clone()).await?;
        if case.visibility.max(row.visibility) > seen_by {
            tell_withdrawn(tx, ctx, &row, seen_by).await?;
        }
        let now = now_on(ctx, &case);
        let entry = NewEntry::internal(&case, CaseEventKind::ApologyUpdated, now);
        tell_of(tx, ctx, &row, entry, event(&case, &row, EventType::ApologyUpdated, now)).await?;
    }
    let warnings = warnings(tx, &row, &breaches).await?;
    Ok(Apologized { apology: row.id, warnings })
}

/// Sends a draft.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there, is no draft, or its case goes
/// on as another one.
pub async fn send(app: &App, ctx: &OpContext, access: &Access, id: ApologyId, key: Option<&Once>) -> Result<Apologized> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        send_in(&tx, ctx, access, id).await
    })
    .await
}

async fn send_in(tx: &Tx, ctx: &OpContext, access: &Access, id: ApologyId) -> Result<Apologized> {
    let (case, mut row) = named(tx, access, id).await?;
    refuse_merged(tx, access, &case, "apologyId").await?;
    let now = now_on(ctx, &case);
    rules::send(&mut row, now).map_err(refused)?;
    // The case may have gone private since the draft was written.
    row.visibility = row.visibility.max(case.visibility);
    store::update_apology(tx, row.clone()).await?;
    tell_sent(tx, ctx, &case, &row, now).await?;
    let breaches = store::breaches_of(&**tx, row.community_id, &[id]).await?.remove(&id);
    let warnings = warnings(tx, &row, &breaches.unwrap_or_default()).await?;
    Ok(Apologized { apology: id, warnings })
}

/// Records what the customer made of an apology, or that they never answered.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there, no answer is awaited, or the
/// time cannot be.
pub async fn record_response(app: &App, ctx: &OpContext, access: &Access, response: &Response, key: Option<&Once>) -> Result<Apologized> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let (case, mut row) = named(&tx, access, response.apology).await?;
        let now = now_on(ctx, &case);
        rules::answer(&mut row, response.answer, response.responded_at, now).map_err(refused)?;
        store::update_apology(&tx, row.clone()).await?;
        let at = row.responded_at.unwrap_or(now);
        let entry = shown(&case, &row, CaseEventKind::ApologyAnswered, at);
        tell_of(&tx, ctx, &row, entry, event(&case, &row, EventType::ApologyAnswered, at)).await?;
        Ok(done(&row))
    })
    .await
}

/// Takes an apology back, or gives up a draft of one. It stays on record.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] when it is not there, was answered or retracted
/// already, or there is no reason.
pub async fn retract(app: &App, ctx: &OpContext, access: &Access, retraction: &Retraction, key: Option<&Once>) -> Result<Apologized> {
    access.require(Permission::WriteCases)?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let (case, mut row) = named(&tx, access, retraction.apology).await?;
        let now = now_on(ctx, &case);
        rules::retract(&mut row, &retraction.reason, now).map_err(refused)?;
        store::update_apology(&tx, row.clone()).await?;
        // The reason is for the company; it is with the apology. Of a draft nobody else knows anything.
        let entry = match row.sent_at {
            Some(_) => shown(&case, &row, CaseEventKind::ApologyRetracted, now),
            None => NewEntry::internal(&case, CaseEventKind::ApologyRetracted, now),
        };
        tell_of(&tx, ctx, &row, entry, event(&case, &row, EventType::ApologyRetracted, now)).await?;
        Ok(done(&row))
    })
    .await
}

/// The apology that a command names, with its case, which is locked.
async fn named(tx: &Tx, access: &Access, id: ApologyId) -> Result<(case::Model, apology::Model)> {
    let not_here = || Error::user("apologyId", UserErrorCode::NotFound, "is not an apology in this community");
    let community = access.community_id();
    let found = store::apology(tx, community, id).await?.ok_or_else(not_here)?;
    let case = lock(tx, access, found.case_id).await?.ok_or_else(not_here)?;
    // Read again under the lock.
    let found = store::apology(tx, community, id).await?;
    let found = found.filter(|row| policy::may_read(access, row)).ok_or_else(not_here)?;
    Ok((case, found))
}

const fn done(row: &apology::Model) -> Apologized {
    Apologized {
        apology: row.id,
        warnings: Vec::new(),
    }
}

async fn tell_sent(tx: &Tx, ctx: &OpContext, case: &case::Model, row: &apology::Model, at: Timestamp) -> Result<()> {
    let entry = shown(case, row, CaseEventKind::ApologySent, at).text(row.text.as_str());
    let mut event = event(case, row, EventType::ApologySent, at);
    // Until now, nobody else knew of what was promised with it.
    let repairs = store::repairs_with(tx, row).await?;
    if let Some(payload) = event.payload.as_object_mut() {
        payload.insert("repairs".to_owned(), json!(repairs));
    }
    tell_of(tx, ctx, row, entry, event).await
}

/// Tells those who cannot see a draft any more that it is gone, and so is what was promised with it: nothing but that.
async fn tell_withdrawn(tx: &Tx, ctx: &OpContext, row: &apology::Model, seen_by: Visibility) -> Result<()> {
    let gone = |event_type, subject_id| NewEvent {
        event_type,
        subject_id,
        visibility: seen_by,
        payload: json!({}),
    };
    let repairs = store::repairs_with(tx, row).await?;
    let repairs = repairs.into_iter().map(|repair| gone(EventType::RepairWithdrawn, repair.0));
    let news = repairs.chain([gone(EventType::ApologyWithdrawn, row.id.0)]).collect();
    events::append_internal(tx, ctx, row.community_id, news).await
}

async fn tell_of(tx: &Tx, ctx: &OpContext, row: &apology::Model, entry: NewEntry, event: NewEvent) -> Result<()> {
    tell(tx, ctx, entry.detail(json!({ "apology": row.id })), (event, known(row))).await
}

/// Who may know of an apology: of one that was never sent, also when it was given up, only who works on cases.
pub(super) fn known(row: &apology::Model) -> Known {
    if row.status == ApologyStatus::Draft {
        Known::Inside
    } else {
        Known::ToReaders
    }
}

/// An entry for those who can see the apology: a private one can be given in a public case.
fn shown(case: &case::Model, row: &apology::Model, kind: CaseEventKind, at: Timestamp) -> NewEntry {
    NewEntry::new(case, kind, at, timeline::audience(case.visibility.max(row.visibility)))
}

fn event(case: &case::Model, row: &apology::Model, event_type: EventType, at: Timestamp) -> NewEvent {
    NewEvent {
        event_type,
        subject_id: row.id.0,
        visibility: case.visibility.max(row.visibility),
        payload: json!({ "case": case.id, "status": rules::status(row), "at": at }),
    }
}
