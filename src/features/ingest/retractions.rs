//! Telling which interactions a batch took back: a retraction is an interaction of its own, which not everybody may see who could see
//! what it takes back.

use std::collections::{HashMap, HashSet};

use entity::{CommunityId, Visibility, interaction};
use serde_json::json;

use super::{Announce, store};
use crate::db::Tx;
use crate::error::Result;
use crate::events::{EventType, NewEvent};

/// The events of what a batch that was just written took back, and of what it brings that had been taken back before: each when that
/// becomes so, and to those who may see the interaction itself.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &Tx, community: CommunityId, rows: &[interaction::Model], announce: Announce) -> Result<Vec<NewEvent>> {
    let mut taken_back_here: HashMap<store::Key<'_>, i64> = HashMap::new();
    let mut recorded_here: HashSet<store::Key<'_>> = HashSet::new();
    for row in rows {
        match &row.retracts {
            Some(retracted) => *taken_back_here.entry((row.source.as_str(), retracted.as_str())).or_default() += 1,
            None => {
                recorded_here.insert((row.source.as_str(), row.external_id.as_str()));
            }
        }
    }
    let keys = taken_back_here.keys().chain(&recorded_here).copied();
    let mut found = store::retracted(tx, community, keys).await?;
    found.retain(|one| {
        let key = (one.source.as_str(), one.external_id.as_str());
        // One that was taken back before, too, was told of then.
        recorded_here.contains(&key) || taken_back_here.get(&key) == Some(&one.times)
    });
    found.sort_unstable_by_key(|one| one.id);
    Ok(match announce {
        Announce::Each => found.iter().map(event).collect(),
        Announce::Bulk => Visibility::ALL
            .iter()
            .filter_map(|visibility| listed(&found, *visibility))
            .collect(),
    })
}

fn event(one: &store::Retracted) -> NewEvent {
    NewEvent {
        event_type: EventType::InteractionRetracted,
        subject_id: one.id.0,
        visibility: one.visibility,
        payload: json!({ "source": one.source, "externalId": one.external_id }),
    }
}

fn listed(found: &[store::Retracted], visibility: Visibility) -> Option<NewEvent> {
    let ids: Vec<i64> = found
        .iter()
        .filter(|one| one.visibility == visibility)
        .map(|one| one.id.0)
        .collect();
    (!ids.is_empty()).then(|| NewEvent::bulk(EventType::InteractionsRetracted, visibility, &ids))
}
