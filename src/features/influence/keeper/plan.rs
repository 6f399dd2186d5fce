//! What a pass over the change log has to do: which ledgers take an addition, and which are read anew.

use std::collections::{HashMap, HashSet};

use entity::CommunityId;

use crate::events::EventType;
use crate::events::feed::Seen;

/// What a pass has to do.
#[derive(Default)]
pub(super) struct Plan {
    /// Communities that are read anew.
    pub rebuild: HashSet<CommunityId>,
    /// Communities whose models are read anew.
    pub models: HashSet<CommunityId>,
    /// Members who are new or have changed.
    pub people: HashMap<CommunityId, Vec<i64>>,
    /// Interactions that are new.
    pub interactions: HashMap<CommunityId, Vec<i64>>,
}

impl Plan {
    /// What these events ask for.
    pub(super) fn of(events: &[Seen]) -> Self {
        let mut plan = Self::default();
        for event in events {
            plan.add(event);
        }
        plan
    }

    fn add(&mut self, event: &Seen) {
        let community = event.community;
        match event.event_type {
            Some(EventType::InteractionRecorded | EventType::InteractionsImported) if is_retraction(event) => {
                self.rebuild.insert(community);
            }
            Some(EventType::InteractionRecorded) => self.interactions.entry(community).or_default().push(event.subject_id),
            Some(EventType::InteractionsImported) => self.interactions.entry(community).or_default().extend(listed(event)),
            Some(EventType::MemberCreated | EventType::MemberUpdated | EventType::MemberVouched | EventType::MemberVouchWithdrawn) => {
                self.people.entry(community).or_default().push(event.subject_id);
            }
            Some(EventType::MembersImported) => self.people.entry(community).or_default().extend(listed(event)),
            Some(EventType::MemberMerged | EventType::MemberUnmerged | EventType::EvidenceDiscounted | EventType::EvidenceRestored) => {
                self.rebuild.insert(community);
            }
            Some(EventType::ScoringModelCreated | EventType::ScoringModelDiscarded) => {
                self.models.insert(community);
            }
            Some(EventType::ScoringModelActivated) => {
                self.models.insert(community);
                self.rebuild.insert(community);
            }
            _ => {}
        }
    }
}

#[derive(serde::Deserialize)]
struct Listed {
    ids: Vec<i64>,
}

fn listed(event: &Seen) -> Vec<i64> {
    serde_json::from_str::<Listed>(&event.payload)
        .map(|listed| listed.ids)
        .unwrap_or_default()
}

/// A retraction takes an earlier interaction out of the account, which only reading anew does.
fn is_retraction(event: &Seen) -> bool {
    event.payload.contains("\"retractions\":true") || event.payload.contains("\"kind\":\"RETRACTION\"")
}
