//! Conversations that cases come from: what is said in a case's thread joins its timeline, in the transaction that records it.

use std::collections::{BTreeMap, HashMap};

use entity::{CaseEventKind, CaseId, CaseStatus, CommunityId, InteractionKind, MemberId, Timestamp, case, interaction};
use serde_json::json;

use super::command;
use super::opening::{self, Draft};
use super::store::{self, Person};
use super::timeline::{self, NewEntry};
use super::{service, settle};
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::Result;
use crate::events::{self, EventType, NewEvent};
use crate::features::recovery;

/// Kinds that say something, as opposed to votes and the like.
const fn is_said(kind: InteractionKind) -> bool {
    use InteractionKind as K;
    matches!(
        kind,
        K::Question | K::Post | K::Review | K::Complaint | K::Praise | K::Answer | K::Reply | K::Message | K::Comment
    )
}

/// What an interaction is in a case's timeline: the customer's word, a person of the company's, or somebody else's.
fn entry(row: &case::Model, said: &interaction::Model, author: Option<Person>, customer: MemberId) -> NewEntry {
    let kind = match author {
        Some(person) if person.root == customer => CaseEventKind::CustomerMessage,
        Some(person) if person.is_staff && !person.is_bot => CaseEventKind::Responded,
        _ => CaseEventKind::CommunityMessage,
    };
    let mut entry = NewEntry::new(row, kind, said.occurred_at, timeline::audience(said.visibility));
    entry.member = said.actor_id;
    entry.text.clone_from(&said.text);
    entry.interaction(said.id).detail(json!({ "channel": said.channel }))
}

/// What was said in a thread after the interaction that opens a case.
///
/// # Errors
/// When the database fails.
pub async fn since(tx: &Tx, row: &case::Model, origin: &interaction::Model) -> Result<Vec<NewEntry>> {
    let Some(thread) = &origin.thread else { return Ok(Vec::new()) };
    let said = store::thread(tx, row.community_id, &origin.source, thread).await?;
    let later = |said: &interaction::Model| (said.occurred_at, said.id) > (origin.occurred_at, origin.id) && is_said(said.kind);
    let said: Vec<_> = said.into_iter().filter(later).collect();
    let people = people(tx, row.community_id, &said, &[row.member_id]).await?;
    let customer = people.get(&row.member_id).map_or(row.member_id, |person| person.root);
    Ok(said
        .iter()
        .map(|said| entry(row, said, author(said, &people), customer))
        .flat_map(|entry| {
            // The company's first word takes the case up.
            let taken_up = entry.kind == CaseEventKind::Responded;
            let step = taken_up.then(|| NewEntry::status(row, CaseStatus::New, CaseStatus::Open, entry.at));
            [Some(entry), step]
        })
        .flatten()
        .scan(false, |taken_up, entry| {
            let is_step = entry.kind == CaseEventKind::StatusChanged;
            let again = is_step && *taken_up;
            *taken_up |= is_step;
            Some((!again).then_some(entry))
        })
        .flatten()
        .collect())
}

fn author(said: &interaction::Model, people: &HashMap<MemberId, Person>) -> Option<Person> {
    people.get(&said.actor_id?).copied()
}

async fn people(tx: &Tx, community: CommunityId, said: &[interaction::Model], more: &[MemberId]) -> Result<HashMap<MemberId, Person>> {
    let mut ids: Vec<MemberId> = said.iter().filter_map(|said| said.actor_id).chain(more.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    store::people(tx, community, &ids).await
}

/// Lets interactions that were just recorded join the cases of their threads.
///
/// # Errors
/// When the database fails.
pub async fn join(tx: &Tx, ctx: &OpContext, community: CommunityId, recorded: &[interaction::Model]) -> Result<()> {
    let said: Vec<&interaction::Model> = recorded.iter().filter(|row| is_said(row.kind) && row.thread.is_some()).collect();
    let mut threads: Vec<&str> = said.iter().filter_map(|row| row.thread.as_deref()).collect();
    threads.sort_unstable();
    threads.dedup();
    if threads.is_empty() {
        return Ok(());
    }
    let cases = store::in_threads(tx, community, &threads).await?;
    if cases.is_empty() {
        return Ok(());
    }
    // The latest case of a thread takes what is said there.
    let by_thread: HashMap<(&str, &str), CaseId> = cases
        .iter()
        .filter_map(|case| Some(((case.source.as_deref()?, case.thread.as_deref()?), case.id)))
        .collect();
    let mut groups: BTreeMap<CaseId, Vec<interaction::Model>> = BTreeMap::new();
    for row in said {
        let thread = row.thread.as_deref().map(|thread| (row.source.as_str(), thread));
        if let Some(case) = thread.and_then(|thread| by_thread.get(&thread)) {
            groups.entry(*case).or_default().push(row.clone());
        }
    }
    for (case, mut said) in groups {
        said.sort_by_key(|row| (row.occurred_at, row.id));
        Box::pin(join_case(tx, ctx, community, case, said)).await?;
    }
    Ok(())
}

async fn join_case(tx: &Tx, ctx: &OpContext, community: CommunityId, case: CaseId, said: Vec<interaction::Model>) -> Result<()> {
    let Some(mut row) = store::lock(tx, community, case).await? else {
        return Ok(());
    };
    while let (CaseStatus::Merged, Some(into)) = (row.status, row.merged_into) {
        match store::lock(tx, community, into).await? {
            Some(next) => row = next,
            None => return Ok(()),
        }
    }
    let people = people(tx, community, &said, &[row.member_id]).await?;
    let customer = people.get(&row.member_id).map_or(row.member_id, |person| person.root);
    let last_step = store::last_step(tx, community, row.id).await?;
    let mut joined = Joined::default();
    for said in said {
        // What was said before the complaint is not part of the case.
        if said.occurred_at < row.opened_at {
            continue;
        }
        let entry = entry(&row, &said, author(&said, &people), customer);
        if row.status == CaseStatus::Closed && entry.kind == CaseEventKind::CustomerMessage && row.closed_at < Some(said.occurred_at) {
            joined.write(tx, ctx, &row).await?;
            let linked = opening::write(tx, ctx, community, Draft::again(&row, Some(said), None)).await?;
            service::link(tx, ctx, &row, linked.id).await?;
            row = linked;
            joined = Joined::default();
            continue;
        }
        joined.add(&mut row, entry, last_step);
    }
    joined.write(tx, ctx, &row).await
}

/// What joins one case.
#[derive(Default)]
struct Joined {
    entries: Vec<NewEntry>,
    customer_spoke: bool,
    company_spoke: bool,
}

impl Joined {
    /// Adds what was said, and the step that it makes. What arrives late, after the status has changed for a later reason,
    /// makes none.
    fn add(&mut self, row: &mut case::Model, entry: NewEntry, last_step: Option<Timestamp>) {
        let in_time = last_step.is_none_or(|step| entry.at >= step);
        let step = match entry.kind {
            CaseEventKind::CustomerMessage => {
                self.customer_spoke = true;
                command::after_message(row, entry.at)
            }
            CaseEventKind::Responded => {
                self.company_spoke = true;
                (row.status == CaseStatus::New).then(|| NewEntry::status(row, CaseStatus::New, CaseStatus::Open, entry.at))
            }
            _ => None,
        };
        self.entries.push(entry);
        if let Some(step) = step.filter(|_| in_time) {
            row.status = CaseStatus::Open;
            self.entries.push(step);
        }
    }

    async fn write(&self, tx: &Tx, ctx: &OpContext, row: &case::Model) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        timeline::add_all(tx, ctx, &self.entries).await?;
        if self.customer_spoke {
            recovery::service::customer_replied(tx, ctx, row).await?;
        }
        let row = settle::settle(tx, ctx, row.clone()).await?;
        let event_type = if self.customer_spoke {
            EventType::CaseMessageReceived
        } else if self.company_spoke {
            EventType::CaseResponded
        } else {
            EventType::CaseUpdated
        };
        let event = NewEvent {
            event_type,
            subject_id: row.id.0,
            visibility: row.visibility,
            payload: json!({ "number": row.number, "status": row.status, "severity": row.severity, "assignee": row.assignee_id, "version": row.version }),
        };
        events::append(tx, ctx, row.community_id, vec![event]).await
    }
}
