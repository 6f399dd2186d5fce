//! The use cases of cases: who may, under the lock of the case, one transaction, its events.

use entity::{BreachId, CaseEventKind, CaseId, CaseStatus, CommunityId, StaffId, Timestamp, Visibility, case};
use serde_json::json;

use super::command::{self, Command, Effect};
use super::opening::{self, Draft};
use super::timeline::{self, NewEntry};
use super::{drafting, going_on, lifecycle, policy, promises, rows, settle, store, subject, texts};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode, UserErrors};
use crate::events::{self, EventType, NewEvent};
use crate::features::influence::keeper::Scope;
use crate::features::recovery;
use crate::idempotency::{Once, in_transaction};

pub use super::merge::merge;
pub use super::opening::Opening;

/// Opens a case.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] naming the field.
pub async fn open(app: &App, ctx: &OpContext, access: &Access, opening: &Opening, key: Option<&Once>) -> Result<CaseId> {
    access.require(Permission::WriteCases)?;
    UserErrors::from(opening.check()).done(Some(()))?;
    // Read before the transaction: the score is kept for audit and decides nothing.
    let influence = influence_of(app, ctx, access.community_id(), opening)
        .await
        .inspect_err(|error| tracing::warn!(%error, "a case is opened without the score of its member"))
        .unwrap_or(None);
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let draft = drafting::draft(&tx, access, opening, influence).await?;
        Ok(opening::write(&tx, ctx, access.community_id(), draft).await?.id)
    })
    .await
}

async fn influence_of(app: &App, ctx: &OpContext, community: CommunityId, opening: &Opening) -> Result<Option<f64>> {
    let ranking = app.scores.ranking(Scope { community, topic: None }, ctx.now).await?;
    let root = super::store::root_of(app.db.read(), community, opening.member).await?;
    Ok(root.and_then(|root| ranking.standing(root).map(|standing| ranking.model.value(standing.total))))
}

/// Passes when somebody may work on a case of this visibility.
pub(super) async fn assignable(tx: &Tx, community: CommunityId, staff: Option<StaffId>, visibility: Visibility) -> Result<()> {
    let Some(staff) = staff else { return Ok(()) };
    if store::may_be_assigned(tx, community, staff, visibility).await? {
        return Ok(());
    }
    let message = "is not somebody who may work such cases in this community";
    Err(Error::user("assigneeId", UserErrorCode::NotFound, message))
}

/// Does one command to a case. Returns the case that it changed, which is another one when a customer's message to a case that is
/// over went on to the case in which that goes on, or opened a linked one.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::WriteCases`]; [`Error::User`] at `caseId` for a case that is not there or may not
/// be seen, at `expectedVersion` when somebody else was faster, and naming the field of what is wrong or not possible now.
pub async fn change(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    target: (CaseId, Option<i64>),
    command: &Command,
    key: Option<&Once>,
) -> Result<CaseId> {
    access.require(Permission::WriteCases)?;
    UserErrors::from(command.check()).done(Some(()))?;
    in_transaction(&app.db, ctx, access.community_id(), key, |tx| async move {
        let row = locked(&tx, access, target, "caseId").await?;
        if let Command::Move { to, .. } = command
            && *to > access.clearance
        {
            let message = "is above your clearance: you would not see the case any more";
            return Err(Error::user("to", UserErrorCode::NotAllowedNow, message));
        }
        if !matches!(command, Command::ReceiveMessage { .. }) {
            refuse_merged(&tx, access, &row, "caseId").await?;
        }
        if let Command::ReceiveMessage { text, channel } = command {
            return Box::pin(receive(&tx, ctx, row, text, channel.as_deref())).await;
        }
        Box::pin(perform(&tx, ctx, row, command)).await
    })
    .await
}

/// Passes when a case was not merged into another one: nothing is done on it any more, and the answer says where it goes on.
///
/// # Errors
/// [`Error::User`] at the field that names the case.
pub async fn refuse_merged(tx: &Tx, access: &Access, row: &case::Model, field: &str) -> Result<()> {
    if row.status != CaseStatus::Merged {
        return Ok(());
    }
    let goes_on = store::continuation(tx, row).await?;
    // A case that the actor may not see is not named.
    let message = match goes_on.filter(|other| policy::visible(access, other)) {
        Some(other) => format!("case {} was merged into case {}: go on there", row.number, other.number),
        None => format!("case {} was merged into another one", row.number),
    };
    Err(Error::user(field, UserErrorCode::NotAllowedNow, message))
}

/// The case, locked, when the actor may see it and it has the version they expect.
pub(super) async fn locked(tx: &Tx, access: &Access, (id, expected): (CaseId, Option<i64>), field: &str) -> Result<case::Model> {
    let row = store::lock(tx, access.community_id(), id).await?;
    let row = row
        .filter(|row| policy::visible(access, row))
        .ok_or_else(|| Error::user(field, UserErrorCode::NotFound, "is not a case of this community"))?;
    if let Some(expected) = expected.filter(|expected| *expected != row.version) {
        let message = format!(
            "is {expected}, but the case is at version {}: read it again and decide anew",
            row.version
        );
        return Err(Error::user("expectedVersion", UserErrorCode::Conflict, message));
    }
    Ok(row)
}

async fn perform(tx: &Tx, ctx: &OpContext, mut row: case::Model, command: &Command) -> Result<CaseId> {
    let id = row.id;
    let seen_by = row.visibility;
    let now = store::present(tx, ctx.now, &row).await?;
    if let Command::Assign { to } = command {
        assignable(tx, row.community_id, *to, row.visibility).await?;
    }
    let needs_subject = command.publishes_subject() && subject::is_private(tx, &row).await?;
    let Effect {
        mut entries,
        choose_promises,
        customer_spoke,
    } = command::decide(&mut row, command, now).map_err(|error| Error::User(vec![error]))?;
    if needs_subject {
        let message = "is needed: what was said in private does not become the subject of a public case";
        return Err(Error::user("subject", UserErrorCode::Required, message));
    }
    if choose_promises {
        let facts = settle::standing(tx, ctx, &row).await?.facts;
        let chosen = match command {
            Command::Reapply => promises::in_force(tx, ctx, &row).await?,
            _ => promises::after_change(tx, ctx, &row, &facts).await?,
        };
        if chosen != promises::held(&facts) {
            entries.push(NewEntry::promises(&row, now, &chosen));
        }
    }
    if matches!(command, Command::Move { .. }) && !entries.is_empty() {
        entries.extend(released(tx, &mut row, now).await?);
    }
    if entries.is_empty() {
        // It is so already: the same command again changes nothing.
        return Ok(id);
    }
    timeline::add_all(tx, ctx, &entries).await?;
    if customer_spoke {
        recovery::service::customer_replied(tx, ctx, &row, now).await?;
    }
    let row = settle::settle(tx, ctx, row).await?;
    if matches!(command, Command::Move { .. }) {
        recovery::service::release_on(tx, ctx, &row).await?;
    }
    // Who can see it no more is told that it is gone; who still can hears that, too, and then that it is there.
    let gone = (row.visibility > seen_by).then(|| withdrawn(&row, seen_by));
    let news = gone.into_iter().chain([told(&row, command)]).collect();
    events::append(tx, ctx, row.community_id, news).await?;
    Ok(id)
}

/// What those are told who cannot see a case any more: nothing but that.
fn withdrawn(row: &case::Model, seen_by: Visibility) -> NewEvent {
    NewEvent {
        event_type: EventType::CaseWithdrawn,
        subject_id: row.id.0,
        visibility: seen_by,
        payload: json!({}),
    }
}

/// Takes a case from whoever works on it and may not see it any more.
async fn released(tx: &Tx, row: &mut case::Model, now: Timestamp) -> Result<Option<NewEntry>> {
    let Some(assignee) = row.assignee_id else { return Ok(None) };
    if store::may_be_assigned(tx, row.community_id, assignee, row.visibility).await? {
        return Ok(None);
    }
    row.assignee_id = None;
    let detail = json!({ "from": assignee, "to": null });
    Ok(Some(NewEntry::internal(row, CaseEventKind::Assigned, now).detail(detail)))
}

/// Takes what the customer wrote to the case where it belongs: where theirs goes on, or a linked one that is opened for it.
async fn receive(tx: &Tx, ctx: &OpContext, own: case::Model, text: &str, channel: Option<&str>) -> Result<CaseId> {
    let row = going_on::after_merges(tx, own).await?;
    let open = if lifecycle::is_over(row.status) {
        going_on::successor(tx, &row).await?
    } else {
        Some(row.clone())
    };
    if let Some(open) = open {
        let command = Command::ReceiveMessage {
            text: text.to_owned(),
            channel: channel.map(ToOwned::to_owned),
        };
        return Box::pin(perform(tx, ctx, open, &command)).await;
    }
    let draft = Draft::again(tx, &row, None, Some(text.to_owned())).await?;
    let linked = opening::write(tx, ctx, row.community_id, draft).await?;
    link(tx, ctx, &row, linked.id).await?;
    Ok(linked.id)
}

/// Notes in a case that is over that it goes on in another one.
pub(super) async fn link(tx: &Tx, ctx: &OpContext, closed: &case::Model, linked: CaseId) -> Result<()> {
    let entry = NewEntry::internal(closed, CaseEventKind::Linked, ctx.now.max(closed.opened_at)).detail(json!({ "case": linked }));
    timeline::add(tx, ctx, entry).await?;
    Ok(())
}

fn told(row: &case::Model, command: &Command) -> NewEvent {
    let event_type = match command {
        Command::Respond { .. } => EventType::CaseResponded,
        Command::ReceiveMessage { .. } => EventType::CaseMessageReceived,
        Command::ChangeStatus { .. } | Command::Close => EventType::CaseStatusChanged,
        Command::Assign { .. } => EventType::CaseAssigned,
        Command::Move { .. } => EventType::CaseMoved,
        Command::Resolve { .. } => EventType::CaseResolved,
        Command::Reopen { .. } => EventType::CaseReopened,
        Command::Note { .. } => EventType::CaseNoted,
        Command::RecordSentiment { .. } => EventType::CaseSentimentRecorded,
        Command::Escalate { .. } | Command::Update { .. } | Command::Reapply => EventType::CaseUpdated,
    };
    NewEvent {
        event_type,
        subject_id: row.id.0,
        visibility: row.visibility,
        payload: rows::state(row),
    }
}

/// Passes for a reason to excuse a breach with.
///
/// # Errors
/// At `reason`.
pub fn check_excuse(reason: &str) -> Result<(), UserError> {
    texts::check("reason", reason, texts::LONGEST_REASON)
}

/// Excuses a breach, with the reason. It stays on record.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageCases`]; [`Error::User`] when it is not there or excused already.
pub async fn excuse_breach(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    breach: BreachId,
    reason: &str,
    key: Option<&Once>,
) -> Result<CaseId> {
    access.require(Permission::ManageCases)?;
    check_excuse(reason).map_err(|error| Error::User(vec![error]))?;
    let community = access.community_id();
    in_transaction(&app.db, ctx, community, key, |tx| async move {
        let not_here = || Error::user("breachId", UserErrorCode::NotFound, "is not a breach in this community");
        let found = store::breach(&tx, community, breach).await?.ok_or_else(not_here)?;
        let case = store::lock(&tx, community, found.case_id).await?;
        let case = case.filter(|case| policy::visible(access, case)).ok_or_else(not_here)?;
        // Read again under the lock.
        let found = store::breach(&tx, community, breach).await?.ok_or_else(not_here)?;
        if found.excused_at.is_some() {
            return Err(Error::user("breachId", UserErrorCode::NotAllowedNow, "is excused already"));
        }
        store::excuse_breach(&tx, community, breach, (ctx.now, ctx.actor_label().as_str(), reason)).await?;
        let entry = NewEntry::internal(&case, CaseEventKind::BreachExcused, ctx.now);
        timeline::add(&tx, ctx, entry.text(reason).detail(json!({ "breach": breach }))).await?;
        let event = rows::breach_event(&case, &found, EventType::BreachExcused);
        events::append(&tx, ctx, community, vec![event]).await?;
        Ok(case.id)
    })
    .await
}
