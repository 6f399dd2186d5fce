//! Taking interactions: each recorded once per `(source, externalId)`, its people found or created by their external ids.

use std::collections::{HashMap, HashSet};

use entity::{CommunityId, InteractionId, MemberId, Timestamp, Visibility, interaction};
use serde_json::json;

use super::record::{InteractionRecord, MemberRecord};
use super::{Announce, members, retractions, rules, store};
use crate::context::OpContext;
use crate::db::{Tx, query};
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::features::cases;

/// An interaction to record. People are named by external id in the record, or by the ids here, which win.
#[derive(Clone, Debug, serde::Serialize)]
pub struct NewInteraction {
    /// What is told.
    pub record: InteractionRecord,
    /// Who did it, where the caller knows the member.
    pub actor_id: Option<MemberId>,
    /// Towards whom, where the caller knows the member.
    pub target_id: Option<MemberId>,
}

impl From<InteractionRecord> for NewInteraction {
    fn from(record: InteractionRecord) -> Self {
        Self {
            record,
            actor_id: None,
            target_id: None,
        }
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum InteractionOutcome {
    /// It was recorded.
    Created(InteractionId),
    /// It was on record already.
    Duplicate(InteractionId),
    /// It cannot be taken.
    Rejected(UserError),
}

/// What became of a batch.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Taken {
    /// One per record, in order.
    pub outcomes: Vec<InteractionOutcome>,
    /// How many people were named for the first time and became members.
    pub members_created: u64,
}

/// Takes a batch of interactions and says what became of each.
///
/// # Errors
/// When the database fails. A record that cannot be taken is an outcome, not an error.
pub async fn take(tx: &Tx, ctx: &OpContext, community: CommunityId, items: &[NewInteraction], announce: Announce) -> Result<Taken> {
    store::order_retractions(tx, community, items.iter().any(|item| item.record.retracts.is_some())).await?;
    let mut outcomes: Vec<Option<InteractionOutcome>> = items
        .iter()
        .map(|item| {
            rules::check_interaction(&item.record, ctx.now)
                .err()
                .map(InteractionOutcome::Rejected)
        })
        .collect();
    let recorded = {
        let open = items.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_none());
        store::recorded(tx, community, open.map(|(item, _)| key(&item.record))).await?
    };
    let people = People::find(tx, ctx, community, items, announce, &recorded, &mut outcomes).await?;
    let ids = query::reserve_ids(&**tx, "interactions", items.len()).await?;
    let mut rows: Vec<interaction::Model> = Vec::with_capacity(items.len());
    let mut first_in_batch: HashMap<store::Key<'_>, store::Recorded> = HashMap::new();
    for ((item, outcome), id) in items.iter().zip(&mut outcomes).zip(ids) {
        if outcome.is_some() {
            continue;
        }
        let row = people.row(ctx, community, InteractionId(id), item);
        let known = recorded
            .get(&owned(key(&item.record)))
            .or_else(|| first_in_batch.get(&key(&item.record)));
        *outcome = Some(match known {
            Some(known) => compare(known, &row, people.knows_all(item)),
            None => {
                first_in_batch.insert(key(&item.record), essence(&row));
                rows.push(row);
                InteractionOutcome::Created(InteractionId(id))
            }
        });
    }
    save(tx, community, items, &rows, &outcomes).await?;
    announce_interactions(tx, ctx, community, &rows, announce).await?;
    cases::threads::join(tx, ctx, community, &rows).await?;
    let outcomes = outcomes
        .into_iter()
        .map(|outcome| outcome.ok_or_else(|| Error::internal("an interaction was passed over")));
    Ok(Taken {
        outcomes: outcomes.collect::<Result<_>>()?,
        members_created: people.created,
    })
}

fn key(record: &InteractionRecord) -> store::Key<'_> {
    (&record.source, &record.external_id)
}

fn owned((source, external_id): store::Key<'_>) -> (String, String) {
    (source.to_owned(), external_id.to_owned())
}

fn essence(row: &interaction::Model) -> store::Recorded {
    store::Recorded {
        id: row.id,
        kind: row.kind,
        actor: row.actor_id,
        target: row.target_id,
        occurred_at: row.occurred_at,
    }
}

/// A repetition is welcome; the same key with another story is not, because what is recorded is never rewritten.
fn compare(known: &store::Recorded, row: &interaction::Model, knows_all: bool) -> InteractionOutcome {
    let told = store::Recorded {
        id: known.id,
        ..essence(row)
    };
    if knows_all && told == *known {
        return InteractionOutcome::Duplicate(known.id);
    }
    InteractionOutcome::Rejected(UserError::at(
        "externalId",
        UserErrorCode::Conflict,
        "is already recorded with another kind, actor, target or time",
    ))
}

/// The people whom a batch speaks of.
struct People {
    by_key: HashMap<(String, String), MemberId>,
    created: u64,
}

impl People {
    /// Finds them, creating those who are named for the first time; rejects items that name members who are not here.
    async fn find(
        tx: &Tx,
        ctx: &OpContext,
        community: CommunityId,
        items: &[NewInteraction],
        announce: Announce,
        recorded: &HashMap<(String, String), store::Recorded>,
        outcomes: &mut [Option<InteractionOutcome>],
    ) -> Result<Self> {
        reject_strangers(tx, community, items, outcomes).await?;
        let open = || {
            items
                .iter()
                .zip(outcomes.iter())
                .filter(|(_, outcome)| outcome.is_none())
                .map(|(item, _)| item)
        };
        let keys: HashSet<store::Key<'_>> = open().flat_map(named).collect();
        let known = store::members_by_key(tx, community, keys.iter().copied()).await?;
        let mut by_key: HashMap<(String, String), MemberId> = known.into_iter().map(|(key, known)| (key, known.member)).collect();
        // In the order of the batch, so that a seeded or imported community gets the same ids every time.
        let mut asked = HashSet::new();
        let strangers: Vec<MemberRecord> = open()
            // What is on record stays as it is: whom a contradiction names does not become a member by it.
            .filter(|item| !recorded.contains_key(&owned(key(&item.record))))
            .flat_map(named)
            .filter(|key| asked.insert(*key) && !by_key.contains_key(&owned(*key)))
            .map(|(source, external_id)| MemberRecord {
                source: source.to_owned(),
                external_id: external_id.to_owned(),
                ..MemberRecord::default()
            })
            .collect();
        let created = members::take(tx, ctx, community, &strangers, announce).await?;
        let mut count = 0;
        for (record, outcome) in strangers.into_iter().zip(created) {
            match outcome {
                members::MemberOutcome::Created(id) => {
                    count += 1;
                    by_key.insert((record.source, record.external_id), id);
                }
                // Another writer made a member of them since we looked: look again.
                members::MemberOutcome::Updated(_) | members::MemberOutcome::Unchanged(_) => return Err(Error::Raced),
                members::MemberOutcome::Rejected(_) => {}
            }
        }
        Ok(Self { by_key, created: count })
    }

    fn member(&self, source: &str, external_id: Option<&String>, given: Option<MemberId>) -> Option<MemberId> {
        given.or_else(|| self.by_key.get(&(source.to_owned(), external_id?.clone())).copied())
    }

    /// Whether everybody whom the item names is a member.
    fn knows_all(&self, item: &NewInteraction) -> bool {
        named(item).all(|key| self.by_key.contains_key(&owned(key)))
    }

    fn row(&self, ctx: &OpContext, community: CommunityId, id: InteractionId, item: &NewInteraction) -> interaction::Model {
        let record = &item.record;
        interaction::Model {
            community_id: community,
            id,
            kind: record.kind,
            actor_id: self.member(&record.source, record.actor.as_ref(), item.actor_id),
            target_id: self.member(&record.source, record.target.as_ref(), item.target_id),
            thread: record.thread.clone(),
            parent: record.parent.clone(),
            channel: record.channel.clone(),
            visibility: record.visibility,
            occurred_at: record.occurred_at,
            sentiment: record.sentiment,
            text: record.text.clone(),
            url: record.url.clone(),
            source: record.source.clone(),
            external_id: record.external_id.clone(),
            retracts: record.retracts.clone(),
            recorded_at: ctx.now,
        }
    }
}

/// The accounts that an item names and does not give by id.
fn named(item: &NewInteraction) -> impl Iterator<Item = store::Key<'_>> {
    let record = &item.record;
    let actor = record.actor.as_deref().filter(|_| item.actor_id.is_none());
    let target = record.target.as_deref().filter(|_| item.target_id.is_none());
    actor
        .into_iter()
        .chain(target)
        .map(|external_id| (record.source.as_str(), external_id))
}

async fn reject_strangers(
    tx: &Tx,
    community: CommunityId,
    items: &[NewInteraction],
    outcomes: &mut [Option<InteractionOutcome>],
) -> Result<()> {
    let ids: HashSet<MemberId> = items
        .iter()
        .flat_map(|item| item.actor_id.into_iter().chain(item.target_id))
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let here = store::members_by_id(tx, community, ids).await?;
    for (item, outcome) in items.iter().zip(outcomes) {
        for (field, id) in [("actorId", item.actor_id), ("targetId", item.target_id)] {
            if outcome.is_none() && id.is_some_and(|id| !here.contains_key(&id)) {
                *outcome = Some(InteractionOutcome::Rejected(UserError::at(
                    field,
                    UserErrorCode::NotFound,
                    "is not a member of this community",
                )));
            }
        }
    }
    Ok(())
}

async fn save(
    tx: &Tx,
    community: CommunityId,
    items: &[NewInteraction],
    rows: &[interaction::Model],
    outcomes: &[Option<InteractionOutcome>],
) -> Result<()> {
    let written = store::insert_interactions(tx, rows).await?;
    if written.len() != rows.len() {
        // Another writer recorded one of them since we looked: look again.
        return Err(Error::Raced);
    }
    let tagged: Vec<(InteractionId, &str)> = items
        .iter()
        .zip(outcomes)
        .filter_map(|(item, outcome)| match outcome {
            Some(InteractionOutcome::Created(id)) => Some((*id, item)),
            _ => None,
        })
        .flat_map(|(id, item)| item.record.topics.iter().map(move |topic| (id, topic.trim())))
        .collect();
    if !tagged.is_empty() {
        let mut names: Vec<&str> = tagged.iter().map(|(_, topic)| *topic).collect();
        names.sort_unstable();
        names.dedup();
        let topics = store::topics_by_name(tx, community, &names).await?;
        let mut pairs: Vec<_> = tagged.iter().filter_map(|(id, topic)| Some((*topics.get(*topic)?, *id))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        store::insert_interaction_topics(tx, community, &pairs).await?;
    }
    let mut latest: HashMap<MemberId, Timestamp> = HashMap::new();
    for row in rows {
        if let Some(actor) = row.actor_id {
            let seen = latest.entry(actor).or_insert(row.occurred_at);
            *seen = row.occurred_at.max(*seen);
        }
    }
    store::touch_members(tx, community, &latest).await
}

async fn announce_interactions(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    rows: &[interaction::Model],
    announce: Announce,
) -> Result<()> {
    let mut events: Vec<NewEvent> = match announce {
        Announce::Each => rows.iter().map(recorded_event).collect(),
        Announce::Bulk => Visibility::ALL
            .iter()
            .filter_map(|visibility| {
                let ids: Vec<i64> = rows
                    .iter()
                    .filter(|row| row.visibility == *visibility)
                    .map(|row| row.id.0)
                    .collect();
                let mut event = NewEvent::bulk(EventType::InteractionsImported, *visibility, &ids);
                let retracts = rows.iter().any(|row| row.visibility == *visibility && row.retracts.is_some());
                if retracts && let Some(payload) = event.payload.as_object_mut() {
                    payload.insert("retractions".to_owned(), true.into());
                }
                (!ids.is_empty()).then_some(event)
            })
            .collect(),
    };
    events.extend(retractions::told(tx, community, rows, announce).await?);
    events::append(tx, ctx, community, events).await
}

fn recorded_event(row: &interaction::Model) -> NewEvent {
    NewEvent {
        event_type: EventType::InteractionRecorded,
        subject_id: row.id.0,
        visibility: row.visibility,
        payload: json!({
            "kind": row.kind, "actorId": row.actor_id, "targetId": row.target_id, "thread": row.thread,
            "occurredAt": row.occurred_at, "source": row.source, "externalId": row.external_id,
        }),
    }
}
