//! Conversations that cases come from: what is said in a case's thread joins its timeline, in the transaction that records it.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{CaseEventKind, CaseId, CaseStatus, CommunityId, InteractionKind, MemberId, Timestamp, Visibility, case, interaction};
use serde_json::json;

use super::command;
use super::opening::{self, Draft};
use super::store::{self, Person};
use super::timeline::{self, NewEntry};
use super::{going_on, rows, service, settle};
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

/// What an interaction is in a case's timeline: the customer's word, a person of the company's, or somebody else's. What was
/// said in private between others is nothing to it: the customer could not see it, or did not say it to the company.
fn entry(
    row: &case::Model,
    said: &interaction::Model,
    people: &HashMap<MemberId, Person>,
    customer: MemberId,
    now: Timestamp,
) -> Option<NewEntry> {
    let person = |id: Option<MemberId>| people.get(&id?).copied();
    let (author, target) = (person(said.actor_id), person(said.target_id));
    let speaks_for_us = author.is_some_and(|person| person.is_staff && !person.is_bot);
    let is_customer = author.is_some_and(|person| person.root == customer);
    if let Some(target) = target.filter(|_| said.visibility == Visibility::Private) {
        let to_customer = target.root == customer;
        if !(to_customer || is_customer && target.is_staff) {
            return None;
        }
    }
    let kind = match () {
        () if is_customer => CaseEventKind::CustomerMessage,
        () if speaks_for_us => CaseEventKind::Responded,
        () => CaseEventKind::CommunityMessage,
    };
    // Senders' clocks may be a little ahead of ours.
    let mut entry = NewEntry::new(row, kind, said.occurred_at.min(now), timeline::audience(said.visibility));
    entry.member = said.actor_id;
    entry.text.clone_from(&said.text);
    Some(entry.interaction(said.id).detail(json!({ "channel": said.channel })))
}

/// What was said in a thread after the interaction that opens a case.
///
/// # Errors
/// When the database fails.
pub async fn since(tx: &Tx, now: Timestamp, row: &case::Model, origin: &interaction::Model) -> Result<Vec<NewEntry>> {
    let Some(thread) = &origin.thread else { return Ok(Vec::new()) };
    let said = store::thread(tx, row.community_id, (&origin.source, thread), origin.occurred_at).await?;
    let later = |said: &interaction::Model| (said.occurred_at, said.id) > (origin.occurred_at, origin.id) && is_said(said.kind);
    let said: Vec<_> = said.into_iter().filter(later).collect();
    let people = people(tx, row.community_id, &said, &[row.member_id]).await?;
    let customer = people.get(&row.member_id).map_or(row.member_id, |person| person.root);
    Ok(said
        .iter()
        .filter_map(|said| entry(row, said, &people, customer, now))
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

async fn people(tx: &Tx, community: CommunityId, said: &[interaction::Model], more: &[MemberId]) -> Result<HashMap<MemberId, Person>> {
    let named = said.iter().flat_map(|said| said.actor_id.into_iter().chain(said.target_id));
    let mut ids: Vec<MemberId> = named.chain(more.iter().copied()).collect();
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
    let places: Vec<(&str, &str)> = said
        .iter()
        .filter_map(|row| Some((row.source.as_str(), row.thread.as_deref()?)))
        .collect();
    store::lock_threads(tx, community, &places).await?;
    let cases = store::in_threads(tx, community, &threads).await?;
    let estranged = going_on::estranged(tx, &cases).await?;
    let mut groups: BTreeMap<CaseId, Vec<interaction::Model>> = BTreeMap::new();
    for row in said {
        for case in concerned(&cases, &estranged, row) {
            groups.entry(case).or_default().push(row.clone());
        }
    }
    for (case, mut said) in groups {
        said.sort_by_key(|row| (row.occurred_at, row.id));
        let mut next = Some((case, said));
        while let Some((case, said)) = next {
            next = Box::pin(join_case(tx, ctx, community, case, said)).await?;
        }
    }
    Ok(())
}

/// The cases that something said in a thread belongs to: all that come from the thread, had been opened by then and are not
/// over; when there is none, the last of those that are. A merged case passes it on, unless it went to somebody else.
fn concerned(cases: &[case::Model], estranged: &HashSet<CaseId>, said: &interaction::Model) -> Vec<CaseId> {
    let here = |case: &&case::Model| {
        case.source.as_deref() == Some(said.source.as_str()) && case.thread == said.thread && case.opened_at <= said.occurred_at
    };
    let at_work = |case: &&case::Model| case.status != CaseStatus::Closed && !estranged.contains(&case.id);
    let open: Vec<CaseId> = cases.iter().filter(here).filter(at_work).map(|case| case.id).collect();
    if open.is_empty() {
        return cases.iter().rev().find(here).map(|case| case.id).into_iter().collect();
    }
    open
}

/// Lets what was said join a case; what is left when that is over and the customer goes on, and the case that takes it.
async fn join_case(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    case: CaseId,
    said: Vec<interaction::Model>,
) -> Result<Option<(CaseId, Vec<interaction::Model>)>> {
    let Some(own) = store::lock(tx, community, case).await? else {
        return Ok(None);
    };
    let mut row = going_on::after_merges(tx, own).await?;
    let people = people(tx, community, &said, &[row.member_id]).await?;
    let customer = people.get(&row.member_id).map_or(row.member_id, |person| person.root);
    let (last_step, _) = store::last_steps(tx, community, row.id).await?;
    let mut joined = Joined::default();
    let mut said = said.into_iter();
    while let Some(one) = said.next() {
        let Some(entry) = entry(&row, &one, &people, customer, ctx.now) else {
            continue;
        };
        let is_customers = entry.kind == CaseEventKind::CustomerMessage;
        let is_thanks = is_customers && one.kind == InteractionKind::Praise;
        // Thanks open nothing, and a case that went to somebody else takes nothing.
        if row.status == CaseStatus::Closed && is_thanks || row.status == CaseStatus::Merged && (is_thanks || !is_customers) {
            continue;
        }
        let is_after_the_end = row.status == CaseStatus::Merged || row.status == CaseStatus::Closed && row.closed_at < Some(entry.at);
        if is_customers && is_after_the_end {
            joined.write(tx, ctx, &row).await?;
            let left: Vec<interaction::Model> = std::iter::once(one).chain(said).collect();
            return go_on(tx, ctx, &row, left).await;
        }
        joined.add(&mut row, entry, last_step, is_thanks);
    }
    joined.write(tx, ctx, &row).await?;
    Ok(None)
}

/// What the customer of a case that is over says belongs to the case that goes on from it; a linked one is opened when there is
/// none.
async fn go_on(
    tx: &Tx,
    ctx: &OpContext,
    over: &case::Model,
    left: Vec<interaction::Model>,
) -> Result<Option<(CaseId, Vec<interaction::Model>)>> {
    if let Some(open) = going_on::successor(tx, over).await? {
        return Ok(Some((open.id, left)));
    }
    // Whatever else was said in the thread since then comes along.
    let first = left.into_iter().next();
    let draft = Draft::again(tx, over, first, None).await?;
    let linked = opening::write(tx, ctx, over.community_id, draft).await?;
    service::link(tx, ctx, over, linked.id).await?;
    Ok(None)
}

/// What joins one case.
#[derive(Default)]
struct Joined {
    entries: Vec<NewEntry>,
    /// When the customer last spoke.
    customer_spoke: Option<Timestamp>,
    company_spoke: bool,
}

impl Joined {
    /// Adds what was said, and the step that it makes. What arrives late, after the status has changed for a later reason,
    /// makes none, and neither do thanks for what is solved.
    fn add(&mut self, row: &mut case::Model, entry: NewEntry, last_step: Option<Timestamp>, is_thanks: bool) {
        let asks_nothing = is_thanks && row.status == CaseStatus::Resolved;
        let in_time = !asks_nothing && last_step.is_none_or(|step| entry.at >= step);
        let step = match entry.kind {
            CaseEventKind::CustomerMessage => {
                self.customer_spoke = self.customer_spoke.max(Some(entry.at));
                command::after_message(row, entry.at)
            }
            CaseEventKind::Responded => {
                self.company_spoke = true;
                (row.status == CaseStatus::New).then(|| NewEntry::status(row, CaseStatus::New, CaseStatus::Open, entry.at))
            }
            _ => None,
        };
        self.entries
            .push(if asks_nothing { entry.with(timeline::THANKS, true) } else { entry });
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
        if let Some(at) = self.customer_spoke {
            recovery::service::customer_replied(tx, ctx, row, at).await?;
        }
        let row = settle::settle(tx, ctx, row.clone()).await?;
        let event_type = if self.customer_spoke.is_some() {
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
            payload: rows::state(&row),
        };
        events::append(tx, ctx, row.community_id, vec![event]).await
    }
}
