//! Taking cases of the past: each recorded once per `(source, externalId)`, with the promises that held then and what became of
//! them.
//!
//! A case that is on record stays as it is. The same record again is a duplicate; another one under the same key is refused,
//! also when it only tells more: the case may have gone on here meanwhile, and which of the two is right is not for an import
//! to say.

use std::collections::{HashMap, HashSet};

use entity::{CaseId, CaseStatus, CommunityId, InteractionId, MemberId, Visibility, case};
use serde_json::Value;

use super::history::{self, FINGERPRINT, Known, Said};
use super::record::{CaseRecord, What};
use super::rules;
use super::store::{self, Key, Recorded};
use crate::auth::sha256_hex;
use crate::context::OpContext;
use crate::db::{Tx, query};
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::features::cases::clocks::facts::{Fact, Happened, History, Promise};
use crate::features::cases::clocks::replay::replay;
use crate::features::cases::ledger::{self, NewCase};
use crate::features::cases::store::next_numbers;
use crate::features::cases::{summary, timeline};
use crate::features::expectations;
use crate::features::ingest::record::MemberRecord;
use crate::features::ingest::{self, Announce, MemberOutcome};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseOutcome {
    /// It was recorded.
    Created(CaseId),
    /// It was on record already.
    Duplicate(CaseId),
    /// It cannot be taken.
    Rejected(UserError),
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Taken {
    /// One per record, in order.
    pub outcomes: Vec<CaseOutcome>,
    /// How many people were named for the first time and became members.
    pub members_created: u64,
}

/// A record that is to be written.
struct Fresh<'a> {
    place: usize,
    record: &'a CaseRecord,
    fingerprint: String,
}

/// Takes a batch of cases of the past and says what became of each. Numbers are given in the order of the batch.
///
/// # Errors
/// When the database fails. A record that cannot be taken is an outcome, not an error.
pub async fn take(tx: &Tx, ctx: &OpContext, community: CommunityId, records: &[CaseRecord]) -> Result<Taken> {
    let mut outcomes: Vec<Option<CaseOutcome>> = records
        .iter()
        .map(|record| rules::check_case(record, ctx.now).err().map(CaseOutcome::Rejected))
        .collect();
    let (fresh, repeats) = sort_out(tx, community, records, &mut outcomes).await?;
    let said = interactions(tx, community, &fresh).await?;
    let fresh = check_interactions(tx, community, fresh, &said, &mut outcomes).await?;
    let (members, members_created) = people(tx, ctx, community, &fresh).await?;
    let created = write(tx, ctx, community, &fresh, &members, &said).await?;
    for (fresh, id) in fresh.iter().zip(created) {
        set(&mut outcomes, fresh.place, CaseOutcome::Created(id));
    }
    for (place, first) in repeats {
        let outcome = match outcomes.get(first) {
            Some(Some(CaseOutcome::Created(id))) => CaseOutcome::Duplicate(*id),
            Some(Some(other)) => other.clone(),
            _ => CaseOutcome::Rejected(another_history()),
        };
        set(&mut outcomes, place, outcome);
    }
    let outcomes = outcomes
        .into_iter()
        .map(|outcome| outcome.ok_or_else(|| Error::internal("a case was passed over")));
    Ok(Taken {
        outcomes: outcomes.collect::<Result<_>>()?,
        members_created,
    })
}

fn set(outcomes: &mut [Option<CaseOutcome>], place: usize, outcome: CaseOutcome) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = Some(outcome);
    }
}

fn key(record: &CaseRecord) -> Key<'_> {
    (&record.source, &record.external_id)
}

fn owned((source, external_id): Key<'_>) -> (String, String) {
    (source.to_owned(), external_id.to_owned())
}

fn another_history() -> UserError {
    UserError::at(
        "externalId",
        UserErrorCode::Conflict,
        "is already recorded with another history; a case on record is not changed by an import",
    )
}

/// Parts what is new from what is on record, and from what the batch tells twice: those repeats come with the place of the first.
async fn sort_out<'a>(
    tx: &Tx,
    community: CommunityId,
    records: &'a [CaseRecord],
    outcomes: &mut [Option<CaseOutcome>],
) -> Result<(Vec<Fresh<'a>>, Vec<(usize, usize)>)> {
    let open = records.iter().zip(outcomes.iter()).filter(|(_, outcome)| outcome.is_none());
    let keys: Vec<Key<'_>> = open.map(|(record, _)| key(record)).collect();
    let recorded = store::recorded(tx, community, &keys).await?;
    let (mut fresh, mut repeats): (Vec<Fresh<'_>>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let mut first_in_batch: HashMap<Key<'_>, usize> = HashMap::new();
    for (place, record) in records.iter().enumerate() {
        if !matches!(outcomes.get(place), Some(None)) {
            continue;
        }
        let fingerprint = sha256_hex(serde_json::to_string(record).map_err(Error::internal)?);
        let first = first_in_batch.get(&key(record)).and_then(|index| fresh.get(*index));
        match (recorded.get(&owned(key(record))), first) {
            (Some(known), _) => set(outcomes, place, compare(known, &fingerprint)),
            (None, Some(first)) if first.fingerprint == fingerprint => repeats.push((place, first.place)),
            (None, Some(_)) => set(outcomes, place, CaseOutcome::Rejected(another_history())),
            (None, None) => {
                first_in_batch.insert(key(record), fresh.len());
                fresh.push(Fresh {
                    place,
                    record,
                    fingerprint,
                });
            }
        }
    }
    Ok((fresh, repeats))
}

fn compare(known: &Recorded, fingerprint: &str) -> CaseOutcome {
    let opened: Option<Value> = known.opened.as_deref().and_then(|detail| serde_json::from_str(detail).ok());
    let before = opened.as_ref().and_then(|detail| detail.get(FINGERPRINT)).and_then(Value::as_str);
    if before == Some(fingerprint) {
        CaseOutcome::Duplicate(known.id)
    } else {
        CaseOutcome::Rejected(another_history())
    }
}

/// The interactions that a record names, with the field that names each.
fn named_interactions(record: &CaseRecord) -> impl Iterator<Item = (String, &str)> {
    let origin = record.origin.as_deref().map(|origin| ("origin".to_owned(), origin));
    let told = record.events.iter().enumerate();
    let told = told.filter_map(|(index, event)| Some((format!("events.{index}.interaction"), event.interaction.as_deref()?)));
    origin.into_iter().chain(told)
}

async fn interactions(tx: &Tx, community: CommunityId, fresh: &[Fresh<'_>]) -> Result<HashMap<(String, String), Said>> {
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for fresh in fresh {
        let source = fresh.record.source.as_str();
        keys.extend(fresh.record.origin.as_deref().map(|id| (source, id)));
        keys.extend(
            fresh
                .record
                .events
                .iter()
                .filter_map(|event| Some((source, event.interaction.as_deref()?))),
        );
    }
    keys.sort_unstable();
    keys.dedup();
    store::interactions(tx, community, &keys).await
}

/// Leaves out the records that name interactions which are not here, or from which a case was opened already.
async fn check_interactions<'a>(
    tx: &Tx,
    community: CommunityId,
    fresh: Vec<Fresh<'a>>,
    said: &HashMap<(String, String), Said>,
    outcomes: &mut [Option<CaseOutcome>],
) -> Result<Vec<Fresh<'a>>> {
    let find = |source: &str, id: &str| said.get(&(source.to_owned(), id.to_owned()));
    let origin = |fresh: &Fresh<'_>| find(fresh.record.source.as_str(), fresh.record.origin.as_deref()?).map(|said| said.id);
    let ids: Vec<InteractionId> = fresh.iter().filter_map(origin).collect();
    let mut taken: HashSet<InteractionId> = store::origins(tx, community, &ids).await?;
    let mut kept = Vec::with_capacity(fresh.len());
    for fresh in fresh {
        let missing = named_interactions(fresh.record).find(|(_, id)| find(fresh.record.source.as_str(), id).is_none());
        let error = match (missing, origin(&fresh)) {
            (Some((field, _)), _) => UserError::at(&field, UserErrorCode::NotFound, "is not an interaction of this source here"),
            (None, Some(id)) if !taken.insert(id) => UserError::at("origin", UserErrorCode::Taken, "another case was opened from it"),
            _ => {
                kept.push(fresh);
                continue;
            }
        };
        set(outcomes, fresh.place, CaseOutcome::Rejected(error));
    }
    Ok(kept)
}

/// The people whom the records name; who is named for the first time becomes a member.
async fn people(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    fresh: &[Fresh<'_>],
) -> Result<(HashMap<(String, String), MemberId>, u64)> {
    // In the order of the batch, so that an imported community gets the same ids every time.
    let mut asked: HashSet<Key<'_>> = HashSet::new();
    let mut named = Vec::new();
    for Fresh { record, .. } in fresh {
        let by = record.events.iter().filter_map(|event| event.by.as_deref());
        for external_id in std::iter::once(record.member.as_str()).chain(by) {
            if asked.insert((record.source.as_str(), external_id)) {
                named.push(MemberRecord {
                    source: record.source.clone(),
                    external_id: external_id.to_owned(),
                    ..MemberRecord::default()
                });
            }
        }
    }
    let outcomes = ingest::members::take(tx, ctx, community, &named, Announce::Bulk).await?;
    let mut created = 0;
    for outcome in outcomes {
        match outcome {
            MemberOutcome::Created(_) => created += 1,
            MemberOutcome::Updated(_) | MemberOutcome::Unchanged(_) => {}
            MemberOutcome::Rejected(error) => return Err(Error::User(vec![error])),
        }
    }
    let keys = named.iter().map(|record| (record.source.as_str(), record.external_id.as_str()));
    let known = ingest::members_by_key(tx, community, keys).await?;
    // The people themselves, not those they were merged into: a merge can be taken back.
    Ok((known.into_iter().map(|(key, known)| (key, known.member)).collect(), created))
}

/// Writes the cases; their ids, in order.
async fn write(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    fresh: &[Fresh<'_>],
    members: &HashMap<(String, String), MemberId>,
    said: &HashMap<(String, String), Said>,
) -> Result<Vec<CaseId>> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let mut emails: Vec<String> = fresh.iter().flat_map(|fresh| emails(fresh.record)).collect();
    emails.sort_unstable();
    emails.dedup();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    let staff = store::staff(tx, community, &emails).await?;
    let catalogue = expectations::service::catalogue(&**tx, community).await?;
    let known = Known {
        members,
        interactions: said,
        staff: &staff,
        promises: &catalogue,
    };
    let first_number = next_numbers(tx, community, fresh.len()).await?;
    let ids = query::reserve_ids(&**tx, "cases", fresh.len()).await?;
    let mut cases = Vec::with_capacity(fresh.len());
    for ((fresh, id), number) in fresh.iter().zip(&ids).zip(first_number..) {
        let mut row = row(ctx, community, CaseId(*id), number, fresh.record, &known)?;
        let entries = history::entries(&mut row, fresh.record, &known, &fresh.fingerprint).map_err(|error| Error::User(vec![error]))?;
        cases.push(NewCase {
            row,
            entries,
            clocks: Vec::new(),
        });
    }
    let facts: Vec<Vec<Happened>> = cases.iter().map(|case| timeline::facts_of(&case.entries)).collect();
    let promises = promises(tx, community, &facts).await?;
    for (case, facts) in cases.iter_mut().zip(&facts) {
        let history = History {
            facts,
            promises: &promises,
        };
        case.clocks = replay(&history, ctx.now);
        summary::summarize(&mut case.row, facts);
        case.row.queue_due_at = summary::queue_due_at(&case.clocks);
    }
    let imported = imported(&cases);
    // Warnings and breaches of the past are facts of the timelines, not news.
    let _not_announced = ledger::insert(tx, ctx, cases).await?;
    events::append(tx, ctx, community, imported).await?;
    Ok(ids.into_iter().map(CaseId).collect())
}

/// The e-mail addresses among the people to whom a case was given.
fn emails(record: &CaseRecord) -> impl Iterator<Item = String> {
    record.events.iter().filter_map(|event| match &event.what {
        What::Assignee(Some(to)) if to.contains('@') => Some(to.to_lowercase()),
        _ => None,
    })
}

/// All promises that the facts of a batch name.
async fn promises(tx: &Tx, community: CommunityId, facts: &[Vec<Happened>]) -> Result<Vec<Promise>> {
    let mut named = Vec::new();
    for happened in facts.iter().flatten() {
        if let Fact::Promises(promises) = &happened.fact {
            named.extend(promises.iter().copied());
        }
    }
    named.sort_unstable();
    named.dedup();
    expectations::service::promises_by_id(&**tx, community, &named).await
}

fn row(ctx: &OpContext, community: CommunityId, id: CaseId, number: i64, record: &CaseRecord, known: &Known<'_>) -> Result<case::Model> {
    let member = known.members.get(&(record.source.clone(), record.member.clone()));
    let member_id = *member.ok_or_else(|| Error::internal("a case without its member"))?;
    let origin = record.origin.as_ref();
    let origin = origin.and_then(|origin| known.interactions.get(&(record.source.clone(), origin.clone())));
    Ok(case::Model {
        community_id: community,
        id,
        number,
        member_id,
        origin_interaction_id: origin.map(|origin| origin.id),
        source: Some(record.source.clone()),
        external_id: Some(record.external_id.clone()),
        thread: origin.and_then(|origin| origin.thread.clone()),
        search_subject: record.subject.to_lowercase(),
        subject: record.subject.clone(),
        category: record.category.clone(),
        severity: record.severity,
        channel: record.channel.clone(),
        visibility: record.visibility,
        assignee_id: None,
        status: CaseStatus::New,
        opened_at: record.opened_at,
        first_response_at: None,
        waiting_since: None,
        resolved_at: None,
        first_resolved_at: None,
        closed_at: None,
        reopen_count: 0,
        parent_id: None,
        merged_into: None,
        // Nobody knew a score then. Reports work out the influence of that time; to freeze today's would tell something else.
        influence_at_open: None,
        // What was said in private does not show on a public case.
        sentiment: origin
            .filter(|origin| origin.visibility <= record.visibility)
            .and_then(|origin| origin.sentiment),
        queue_due_at: summary::NEVER,
        backdated: true,
        version: 1,
        recorded_at: ctx.now,
        updated_at: ctx.now,
    })
}

/// One event per visibility that lists the cases.
fn imported(cases: &[NewCase]) -> Vec<NewEvent> {
    let listed = |visibility: &Visibility| {
        let ids: Vec<i64> = cases
            .iter()
            .filter(|case| case.row.visibility == *visibility)
            .map(|case| case.row.id.0)
            .collect();
        (!ids.is_empty()).then(|| NewEvent::bulk(EventType::CasesImported, *visibility, &ids))
    };
    Visibility::ALL.iter().filter_map(listed).collect()
}
