//! Opening a case: by hand, from a complaint, or because a customer wrote again when the old case was closed.

use entity::{
    CaseEventKind, CaseId, CaseStatus, CommunityId, InteractionId, MemberId, Severity, StaffId, Timestamp, Visibility, case, interaction,
};
use serde::Serialize;
use serde_json::json;

use super::clocks::facts::Happened;
use super::ledger::{self, NewCase};
use super::summary::{self, NEVER};
use super::texts::{self, LONGEST_MESSAGE, LONGEST_NAME, LONGEST_SUBJECT};
use super::timeline::{self, NewEntry};
use super::{policy, promises, rows, settle, store, subject, threads};
use crate::context::OpContext;
use crate::db::Tx;
use crate::db::query::reserve_ids;
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::events::{self, EventType, NewEvent};

/// A case to open, as somebody asks for it.
#[derive(Clone, Debug, Serialize)]
pub struct Opening {
    /// Whose case it is.
    pub member: MemberId,
    /// The interaction it comes from, usually a complaint of the member.
    pub origin: Option<InteractionId>,
    /// What it is about; the start of the origin's or the message's text when not given.
    pub subject: Option<String>,
    /// Root cause.
    pub category: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it came in.
    pub channel: Option<String>,
    /// Public or private; as the origin, or private without one.
    pub visibility: Option<Visibility>,
    /// Who works on it.
    pub assignee: Option<StaffId>,
    /// What the customer wrote, where there is no origin.
    pub message: Option<String>,
    /// The case it is linked to.
    pub parent: Option<CaseId>,
}

impl Opening {
    /// Everything that is wrong with it, whatever the community.
    #[must_use]
    pub fn check(&self) -> Vec<UserError> {
        let checks = [
            self.check_words(),
            texts::check_optional("message", self.message.as_deref(), LONGEST_MESSAGE),
            texts::check_optional("subject", self.subject.as_deref(), LONGEST_SUBJECT),
            texts::check_optional("category", self.category.as_deref(), LONGEST_NAME),
            texts::check_optional("channel", self.channel.as_deref(), LONGEST_NAME),
            self.visibility.map_or(Ok(()), |to| policy::check_visibility("visibility", to)),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }

    /// Passes when one thing says what it is about.
    fn check_words(&self) -> Result<(), UserError> {
        if self.origin.is_some() && self.message.is_some() {
            let message = "cannot be given together with originId: the interaction holds what was said";
            return Err(UserError::at("message", UserErrorCode::Invalid, message));
        }
        if self.subject.is_none() && self.origin.is_none() && self.message.is_none() {
            let message = "is needed when neither an interaction nor a message says what it is about";
            return Err(UserError::at("subject", UserErrorCode::Required, message));
        }
        Ok(())
    }

    /// Whether the subject is words that were said in private, when the case is opened with this visibility.
    #[must_use]
    pub fn has_private_subject(&self, origin: Option<&interaction::Model>, visibility: Visibility) -> bool {
        let said = origin.map_or(visibility, |origin| origin.visibility);
        self.subject.is_none() && said > Visibility::Public
    }

    /// The subject: as given, or the first line of what was said.
    #[must_use]
    pub fn subject(&self, origin: Option<&interaction::Model>) -> String {
        let said = origin.and_then(|origin| origin.text.as_deref()).or(self.message.as_deref());
        let line = said.and_then(|text| text.lines().map(str::trim).find(|line| !line.is_empty()));
        match (&self.subject, line) {
            (Some(subject), _) => subject.trim().to_owned(),
            (None, Some(line)) => shortened(line),
            (None, None) => origin.map_or_else(|| "Case".to_owned(), |origin| origin.kind.to_string()),
        }
    }
}

fn shortened(line: &str) -> String {
    if line.chars().count() <= LONGEST_SUBJECT {
        return line.to_owned();
    }
    line.chars().take(LONGEST_SUBJECT - 1).chain(['…']).collect()
}

/// What is settled about a case before it is written.
#[derive(Debug)]
pub struct Draft {
    /// Whose it is, after merges.
    pub member: MemberId,
    /// What it comes from.
    pub origin: Option<interaction::Model>,
    /// What it is about.
    pub subject: String,
    /// Whether those are words that were said in private.
    pub has_private_subject: bool,
    /// Root cause.
    pub category: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it came in.
    pub channel: Option<String>,
    /// Public or private.
    pub visibility: Visibility,
    /// Who works on it.
    pub assignee: Option<StaffId>,
    /// What the customer wrote.
    pub message: Option<String>,
    /// The case it is linked to.
    pub parent: Option<CaseId>,
    /// The member's score now, kept for audit.
    pub influence: Option<f64>,
}

impl Draft {
    /// A case that takes up one that is over, because its customer wrote again. The score is not looked up: nothing of the old
    /// case's audit is repeated.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn again(tx: &Tx, closed: &case::Model, origin: Option<interaction::Model>, message: Option<String>) -> Result<Self> {
        let has_private_subject = subject::is_private(tx, closed).await?;
        Ok(Self {
            member: closed.member_id,
            origin,
            subject: closed.subject.clone(),
            has_private_subject,
            category: closed.category.clone(),
            severity: closed.severity,
            channel: closed.channel.clone(),
            visibility: closed.visibility,
            assignee: closed.assignee_id,
            message,
            parent: Some(closed.id),
            influence: None,
        })
    }
}

/// Writes a new case: the promises that hold for it, its clocks, what was said in its thread since, and its event.
///
/// # Errors
/// When the database fails.
pub async fn write(tx: &Tx, ctx: &OpContext, community: CommunityId, draft: Draft) -> Result<case::Model> {
    let origin = draft.origin.as_ref();
    if let Some((source, thread)) = origin.and_then(|origin| Some((origin.source.as_str(), origin.thread.as_deref()?))) {
        store::lock_threads(tx, community, &[(source, thread)]).await?;
    }
    let id = reserve_ids(&**tx, "cases", 1).await?.into_iter().next();
    let id = CaseId(id.ok_or_else(|| Error::internal("no id for a case"))?);
    let number = store::next_numbers(tx, community, 1).await?;
    let opened_at = draft.origin.as_ref().map_or(ctx.now, |origin| origin.occurred_at.min(ctx.now));
    let mut row = row(ctx, community, id, number, opened_at, &draft);
    // Who worked on a case before may have left since, or may not see this one.
    if let Some(assignee) = row.assignee_id
        && !store::may_be_assigned(tx, community, assignee, row.visibility).await?
    {
        row.assignee_id = None;
    }
    let mut entries = vec![opened(&row, &draft)];
    let promised = promises::at_opening(tx, &row).await?;
    entries.push(NewEntry::promises(&row, opened_at, &promised));
    if let Some(to) = row.assignee_id {
        let detail = json!({ "from": null, "to": to });
        entries.push(NewEntry::internal(&row, CaseEventKind::Assigned, ctx.now.max(opened_at)).detail(detail));
    }
    if let Some(origin) = &draft.origin {
        entries.extend(threads::since(tx, ctx.now, &row, origin).await?);
    }
    let facts: Vec<Happened> = timeline::facts_of(&entries);
    let clocks = settle::clocks_of(tx, ctx.now, &row, &facts).await?;
    summary::summarize(&mut row, &facts);
    row.queue_due_at = summary::queue_due_at(&clocks);
    let mut told = vec![NewEvent {
        event_type: EventType::CaseOpened,
        subject_id: id.0,
        visibility: row.visibility,
        payload: rows::state_with(&row, "parent", row.parent_id),
    }];
    let case = NewCase {
        row: row.clone(),
        entries,
        clocks,
    };
    told.extend(ledger::insert(tx, ctx, vec![case]).await?);
    events::append(tx, ctx, community, told).await?;
    Ok(row)
}

fn row(ctx: &OpContext, community: CommunityId, id: CaseId, number: i64, opened_at: Timestamp, draft: &Draft) -> case::Model {
    let origin = draft.origin.as_ref();
    case::Model {
        community_id: community,
        id,
        number,
        member_id: draft.member,
        origin_interaction_id: origin.map(|origin| origin.id),
        source: origin.map(|origin| origin.source.clone()),
        external_id: None,
        thread: origin.and_then(|origin| origin.thread.clone()),
        search_subject: draft.subject.to_lowercase(),
        subject: draft.subject.clone(),
        category: draft.category.clone(),
        severity: draft.severity,
        channel: draft.channel.clone(),
        visibility: draft.visibility,
        assignee_id: draft.assignee,
        status: CaseStatus::New,
        opened_at,
        first_response_at: None,
        waiting_since: None,
        resolved_at: None,
        first_resolved_at: None,
        closed_at: None,
        reopen_count: 0,
        parent_id: draft.parent,
        merged_into: None,
        influence_at_open: draft.influence,
        // What was said in private does not show on a public case.
        sentiment: origin
            .filter(|origin| origin.visibility <= draft.visibility)
            .and_then(|origin| origin.sentiment),
        queue_due_at: NEVER,
        backdated: false,
        version: 1,
        recorded_at: ctx.now,
        updated_at: ctx.now,
    }
}

fn opened(row: &case::Model, draft: &Draft) -> NewEntry {
    let mut entry = NewEntry::shown(row, CaseEventKind::Opened, row.opened_at).member(row.member_id);
    if let Some(origin) = &draft.origin {
        entry = entry.interaction(origin.id);
        // What was said in private stays there, also when the case is public.
        entry.audience = entry.audience.max(timeline::audience(origin.visibility));
    }
    entry.text = draft
        .message
        .clone()
        .or_else(|| draft.origin.as_ref().and_then(|origin| origin.text.clone()));
    entry.detail(json!({ (subject::IS_PRIVATE): draft.has_private_subject }))
}
