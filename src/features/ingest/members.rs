//! Taking members: found by any of their accounts, created when unknown, changed only where the record says so.

use std::collections::{HashMap, HashSet};

use entity::{CommunityId, Consent, MemberId, Visibility, identity, member};
use serde_json::json;

use super::record::{Clear, IdentityRecord, MemberRecord};
use super::{Announce, rules, store};
use crate::context::OpContext;
use crate::db::{Tx, query};
use crate::error::{Result, UserError, UserErrorCode};
use crate::events::{self, EventType, NewEvent};
use crate::features::cases;

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum MemberOutcome {
    /// A new member.
    Created(MemberId),
    /// A known member; something changed.
    Updated(MemberId),
    /// A known member, as told before.
    Unchanged(MemberId),
    /// The record cannot be taken.
    Rejected(UserError),
}

type OwnedKey = (String, String);

/// The state of a batch in progress.
#[derive(Default)]
struct Batch {
    owners: HashMap<OwnedKey, store::Known>,
    rows: HashMap<MemberId, member::Model>,
    identities: HashMap<OwnedKey, identity::Model>,
    created: Vec<MemberId>,
    changed: HashSet<MemberId>,
    /// What known members had said about being scored before the batch said otherwise.
    consents: HashMap<MemberId, Consent>,
    new_identities: Vec<(MemberId, IdentityRecord)>,
    /// Where an account is in `new_identities`.
    new_places: HashMap<OwnedKey, usize>,
    changed_identities: HashSet<OwnedKey>,
}

/// Takes a batch of members, in order, and says what became of each.
///
/// # Errors
/// When the database fails. A record that cannot be taken is an outcome, not an error.
pub async fn take(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    records: &[MemberRecord],
    announce: Announce,
) -> Result<Vec<MemberOutcome>> {
    let mut batch = load(tx, community, records).await?;
    let mut ids = query::reserve_ids(&**tx, "members", records.len()).await?.into_iter().map(MemberId);
    let mut outcomes = Vec::with_capacity(records.len());
    for record in records {
        let outcome = match rules::check_member(record, ctx.now) {
            Err(error) => MemberOutcome::Rejected(error),
            Ok(()) => batch.take_one(ctx, community, record, &mut ids),
        };
        outcomes.push(outcome);
    }
    batch.save(tx, community).await?;
    announce_members(tx, ctx, community, &batch, announce).await?;
    Ok(outcomes)
}

fn all_keys(record: &MemberRecord) -> impl Iterator<Item = store::Key<'_>> {
    let own = (record.source.as_str(), record.external_id.as_str());
    std::iter::once(own).chain(
        record
            .identities
            .iter()
            .map(|identity| (identity.provider.as_str(), identity.external_id.as_str())),
    )
}

async fn load(tx: &Tx, community: CommunityId, records: &[MemberRecord]) -> Result<Batch> {
    // A NUL byte would make PostgreSQL refuse the whole lookup; such records are rejected afterwards.
    let keys = records
        .iter()
        .flat_map(all_keys)
        .filter(|(a, b)| !a.contains('\0') && !b.contains('\0'));
    let owners = store::members_by_key(tx, community, keys).await?;
    if owners.is_empty() {
        return Ok(Batch::default());
    }
    let known_keys: Vec<OwnedKey> = owners.keys().cloned().collect();
    Ok(Batch {
        // First these: whoever changes accounts holds the member.
        rows: store::lock_members(tx, community, &owners).await?,
        identities: store::identities_of(tx, community, &known_keys).await?,
        owners,
        ..Batch::default()
    })
}

impl Batch {
    fn take_one(
        &mut self,
        ctx: &OpContext,
        community: CommunityId,
        record: &MemberRecord,
        ids: &mut impl Iterator<Item = MemberId>,
    ) -> MemberOutcome {
        let known = match self.owner(record) {
            Err(error) => return MemberOutcome::Rejected(error),
            Ok(known) => known,
        };
        let (root, is_new) = match known {
            Some(root) => (root, false),
            None => match ids.next() {
                Some(id) => (id, true),
                None => return MemberOutcome::Rejected(UserError::at("", UserErrorCode::TooMany, "too many members in one batch")),
            },
        };
        if is_new {
            self.rows.insert(root, new_row(ctx, community, root, record));
            self.created.push(root);
        }
        let before = self.rows.get(&root).map(|row| row.consent);
        let fields_changed = self.rows.get_mut(&root).is_some_and(|row| apply(row, record, ctx));
        if let Some(consent) = before.filter(|_| fields_changed) {
            // The first that the batch found: it may be taken back by a later record.
            self.consents.entry(root).or_insert(consent);
        }
        let identities_changed = self.take_identities(root, record);
        if fields_changed && !is_new {
            self.changed.insert(root);
        }
        match (is_new, fields_changed || identities_changed) {
            (true, _) => MemberOutcome::Created(root),
            (false, true) => MemberOutcome::Updated(root),
            (false, false) => MemberOutcome::Unchanged(root),
        }
    }

    /// The one member to whom the record's accounts lead, if any.
    fn owner(&self, record: &MemberRecord) -> Result<Option<MemberId>, UserError> {
        let mut owner: Option<MemberId> = None;
        for (index, (provider, external_id)) in all_keys(record).enumerate() {
            let Some(known) = self.owners.get(&(provider.to_owned(), external_id.to_owned())) else {
                continue;
            };
            match owner {
                None => owner = Some(known.root),
                Some(first) if first == known.root => {}
                Some(_) => {
                    let field = format!("identities.{}", index.saturating_sub(1));
                    return Err(UserError::at(
                        &field,
                        UserErrorCode::Taken,
                        "belongs to another member; merge the two members if they are one person",
                    ));
                }
            }
        }
        Ok(owner)
    }

    fn take_identities(&mut self, member: MemberId, record: &MemberRecord) -> bool {
        let own = IdentityRecord {
            provider: record.source.clone(),
            external_id: record.external_id.clone(),
            handle: record.handle.clone(),
            ..IdentityRecord::default()
        };
        let mut changed = false;
        for identity in std::iter::once(&own).chain(&record.identities) {
            let key = (identity.provider.clone(), identity.external_id.clone());
            if let Some(row) = self.identities.get_mut(&key) {
                if apply_identity(row, identity) {
                    self.changed_identities.insert(key);
                    changed = true;
                }
            } else if let Some((_, told)) = self.new_places.get(&key).and_then(|place| self.new_identities.get_mut(*place)) {
                changed |= complete(told, identity);
            } else if !self.owners.contains_key(&key) {
                self.new_places.insert(key.clone(), self.new_identities.len());
                self.new_identities.push((member, identity.clone()));
                changed = true;
                self.owners.insert(key, store::Known { member, root: member });
            }
        }
        changed
    }

    /// Known members who may be scored and might not before, or the other way round, in the order of their ids.
    fn consents_changed(&self) -> impl Iterator<Item = (MemberId, EventType)> {
        let is_known = |id: &MemberId| !self.created.contains(id);
        let mut known: Vec<(MemberId, Consent)> = self.consents.iter().map(|(id, before)| (*id, *before)).collect();
        known.retain(|(id, _)| is_known(id));
        known.sort_unstable_by_key(|(id, _)| *id);
        known.into_iter().filter_map(|(id, before)| {
            let now = self.rows.get(&id)?.consent;
            (now != before).then_some(match now {
                Consent::OptedOut => (id, EventType::MemberOptedOut),
                Consent::Scored => (id, EventType::MemberOptedIn),
            })
        })
    }

    async fn save(&mut self, tx: &Tx, community: CommunityId) -> Result<()> {
        let created: Vec<member::Model> = self.created.iter().filter_map(|id| self.rows.get(id).cloned()).collect();
        store::insert_members(tx, &created).await?;
        for id in &self.changed {
            if let Some(row) = self.rows.get(id).filter(|_| !self.created.contains(id)) {
                store::update_member(tx, row.clone()).await?;
            }
        }
        let opted_out: Vec<MemberId> = self
            .changed
            .iter()
            .copied()
            .filter(|id| self.rows.get(id).is_some_and(|row| row.consent == Consent::OptedOut))
            .collect();
        if !opted_out.is_empty() {
            cases::store::forget_influence(tx, community, &opted_out).await?;
            events::forget_scores(tx, community, &opted_out).await?;
        }
        // In one order for all writers, so that two of them never wait for each other in a ring.
        let mut accounts = self.new_identities.clone();
        accounts.sort_by(|(_, a), (_, b)| (&a.provider, &a.external_id).cmp(&(&b.provider, &b.external_id)));
        store::insert_identities(tx, community, &accounts).await?;
        for key in &self.changed_identities {
            if let Some(row) = self.identities.get(key) {
                store::update_identity(tx, row.clone()).await?;
            }
        }
        Ok(())
    }
}

fn new_row(ctx: &OpContext, community: CommunityId, id: MemberId, record: &MemberRecord) -> member::Model {
    let display_name = record
        .display_name
        .as_ref()
        .or(record.handle.as_ref())
        .unwrap_or(&record.external_id)
        .clone();
    member::Model {
        community_id: community,
        id,
        search_name: display_name.to_lowercase(),
        display_name,
        handle: record.handle.clone(),
        search_handle: record.handle.as_deref().map(str::to_lowercase),
        joined_at: record.joined_at,
        last_active_at: record.last_active_at,
        is_staff: record.is_staff.unwrap_or(false),
        is_bot: record.is_bot.unwrap_or(false),
        consent: record.consent.unwrap_or(Consent::Scored),
        attributes: record.attributes.clone().unwrap_or_else(|| json!({})),
        merged_into: None,
        root_id: None,
        created_at: ctx.now,
        updated_at: ctx.now,
    }
}

/// Writes what the record says into the row; whether that changed anything.
fn apply(row: &mut member::Model, record: &MemberRecord, ctx: &OpContext) -> bool {
    let before = row.clone();
    if let Some(name) = &record.display_name {
        row.search_name = name.to_lowercase();
        row.display_name.clone_from(name);
    }
    if record.handle.is_some() {
        row.handle.clone_from(&record.handle);
        row.search_handle = record.handle.as_deref().map(str::to_lowercase);
    }
    row.joined_at = record.joined_at.or(row.joined_at);
    // Activity is the latest that any source knows, so that the order of records does not matter.
    row.last_active_at = record.last_active_at.max(row.last_active_at);
    row.is_staff = record.is_staff.unwrap_or(row.is_staff);
    row.is_bot = record.is_bot.unwrap_or(row.is_bot);
    row.consent = record.consent.unwrap_or(row.consent);
    if let Some(attributes) = &record.attributes {
        row.attributes.clone_from(attributes);
    }
    clear(row, record.clear);
    let changed = *row != before;
    if changed {
        row.updated_at = ctx.now;
    }
    changed
}

fn clear(row: &mut member::Model, fields: Clear) {
    if fields.handle {
        row.handle = None;
        row.search_handle = None;
    }
    if fields.joined_at {
        row.joined_at = None;
    }
    if fields.last_active_at {
        row.last_active_at = None;
    }
    if fields.attributes {
        row.attributes = json!({});
    }
}

/// Adds what a later record of the same batch tells of an account.
fn complete(told: &mut IdentityRecord, record: &IdentityRecord) -> bool {
    let before = told.clone();
    if record.handle.is_some() {
        told.handle.clone_from(&record.handle);
    }
    told.follower_count = record.follower_count.or(told.follower_count);
    told.verified = record.verified.or(told.verified);
    *told != before
}

fn apply_identity(row: &mut identity::Model, record: &IdentityRecord) -> bool {
    let before = row.clone();
    if record.handle.is_some() {
        row.handle.clone_from(&record.handle);
    }
    row.follower_count = record.follower_count.or(row.follower_count);
    row.verified = record.verified.unwrap_or(row.verified);
    *row != before
}

async fn announce_members(tx: &Tx, ctx: &OpContext, community: CommunityId, batch: &Batch, announce: Announce) -> Result<()> {
    let given = batch.new_identities.iter().map(|(member, _)| *member);
    let mut updated: Vec<MemberId> = batch
        .changed
        .iter()
        .copied()
        .chain(given)
        .filter(|id| !batch.created.contains(id))
        .collect();
    updated.extend(
        batch
            .changed_identities
            .iter()
            .filter_map(|key| batch.owners.get(key))
            .map(|known| known.root),
    );
    updated.sort_unstable();
    updated.dedup();
    if batch.created.is_empty() && updated.is_empty() {
        return Ok(());
    }
    let event = |event_type, id: &MemberId| NewEvent::public(event_type, id.0, batch.rows.get(id).map_or_else(|| json!({}), described));
    let mut events: Vec<NewEvent> = match announce {
        Announce::Bulk => {
            let ids: Vec<i64> = batch.created.iter().chain(&updated).map(|id| id.0).collect();
            vec![NewEvent::bulk(EventType::MembersImported, Visibility::Public, &ids)]
        }
        Announce::Each => {
            let created = batch.created.iter().map(|id| event(EventType::MemberCreated, id));
            created
                .chain(updated.iter().map(|id| event(EventType::MemberUpdated, id)))
                .collect()
        }
    };
    // Each by itself, also in an import: whoever keeps a score has to forget it.
    events.extend(batch.consents_changed().map(|(id, event_type)| event(event_type, &id)));
    events::append(tx, ctx, community, events).await
}

/// What the change log tells of a member.
#[must_use]
pub fn described(row: &member::Model) -> serde_json::Value {
    json!({ "displayName": row.display_name, "isStaff": row.is_staff, "isBot": row.is_bot, "consent": row.consent })
}
