//! What goes out of the log: events as clients read them, by whatever outlet.
//!
//! Stored payloads hold numbers, which are nothing to anybody outside; what goes out holds global ids. Words of members or staff,
//! reasons and notes are in neither.

use entity::CommunityId;
use serde_json::{Map, Value, json};

use super::EventType;
use super::cursor::Cursor;
use super::log::Entry;
use crate::auth::{Permission, Permissions};
use crate::global_id::{GlobalId, NodeType};

/// What a number in a payload names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// A record of this type.
    This(NodeType),
    /// A record of the type that the event is about.
    Alike,
}

/// A key of stored payloads whose value is a number or a list of numbers: the key under which it goes out, what it names, and what a
/// reader needs to be told that.
struct IdKey {
    stored: &'static str,
    outward: &'static str,
    names: Names,
    needs: Option<Permission>,
}

const fn id_key(stored: &'static str, outward: &'static str, names: Names) -> IdKey {
    IdKey {
        stored,
        outward,
        names,
        needs: None,
    }
}

/// Keys that are numbers. What fields of the API hide from some readers, a key hides, too.
const ID_KEYS: [IdKey; 20] = [
    IdKey {
        needs: Some(Permission::ReadMembers),
        ..id_key("member", "memberId", Names::This(NodeType::Member))
    },
    IdKey {
        needs: Some(Permission::ReadExpectations),
        ..id_key("expectation", "expectationId", Names::This(NodeType::Expectation))
    },
    // Who may read an interaction may know whose it is.
    id_key("actorId", "actorId", Names::This(NodeType::Member)),
    id_key("targetId", "targetId", Names::This(NodeType::Member)),
    id_key("case", "caseId", Names::This(NodeType::Case)),
    id_key("parent", "parentId", Names::This(NodeType::Case)),
    id_key("clock", "clockId", Names::This(NodeType::Clock)),
    id_key("apology", "apologyId", Names::This(NodeType::Apology)),
    id_key("repairs", "repairIds", Names::This(NodeType::Repair)),
    id_key("assignee", "assigneeId", Names::This(NodeType::Staff)),
    id_key("owner", "ownerId", Names::This(NodeType::Staff)),
    id_key("programme", "programmeId", Names::This(NodeType::AdvocateProgramme)),
    id_key("proposals", "proposalIds", Names::This(NodeType::HolidayProposal)),
    id_key("approved", "approvedIds", Names::This(NodeType::HolidayProposal)),
    id_key("declined", "declinedIds", Names::This(NodeType::HolidayProposal)),
    id_key("into", "intoId", Names::Alike),
    id_key("from", "fromId", Names::Alike),
    id_key("series", "seriesId", Names::Alike),
    id_key("replaces", "replacesId", Names::Alike),
    id_key("basedOn", "basedOnId", Names::Alike),
];

/// Keys that stay inside: numbers of what the API has no ids for, notes for the keeper of scores, and a name that older events hold.
const INSIDE: [&str; 4] = ["discount", "vouch", "retractions", "handle"];

/// The kinds of subjects, and what they are in the API.
const SUBJECTS: [(&str, NodeType); 18] = [
    ("community", NodeType::Community),
    ("member", NodeType::Member),
    ("interaction", NodeType::Interaction),
    ("staff", NodeType::Staff),
    ("api_client", NodeType::ApiClient),
    ("webhook_endpoint", NodeType::WebhookEndpoint),
    ("scoring_model", NodeType::ScoringModel),
    ("job", NodeType::Job),
    ("calendar", NodeType::Calendar),
    ("expectation", NodeType::Expectation),
    ("case", NodeType::Case),
    ("breach", NodeType::Breach),
    ("apology", NodeType::Apology),
    ("repair", NodeType::Repair),
    ("follow_up", NodeType::FollowUp),
    ("advocate_programme", NodeType::AdvocateProgramme),
    ("advocate", NodeType::Advocate),
    ("touchpoint", NodeType::Touchpoint),
];

/// What a kind of subject is in the API; `None` for one that a newer version writes.
#[must_use]
pub fn node_type(subject_type: &str) -> Option<NodeType> {
    SUBJECTS
        .iter()
        .find(|(kind, _)| *kind == subject_type)
        .map(|(_, node_type)| *node_type)
}

/// The kind of subject that objects of a type are; `None` when no event is about such objects.
#[must_use]
pub fn subject_type(node_type: NodeType) -> Option<&'static str> {
    SUBJECTS.iter().find(|(_, known)| *known == node_type).map(|(kind, _)| *kind)
}

/// What an event is about, as clients read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The name of its type in the schema.
    pub type_name: String,
    /// Its global id; `None` when the event is about many, which its data lists.
    pub id: Option<String>,
}

/// What an event is about.
#[must_use]
pub fn subject(entry: &Entry) -> Subject {
    let known = node_type(&entry.subject_type);
    Subject {
        type_name: known.map_or_else(|| entry.subject_type.clone(), |node_type| node_type.type_name().to_owned()),
        id: known
            .filter(|_| entry.subject_id != 0)
            .map(|node_type| GlobalId::text(node_type, entry.community, entry.subject_id)),
    }
}

/// Sorts of those who act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A member of staff.
    Staff,
    /// An integration.
    Client,
    /// The program itself.
    System,
    /// Nobody who was signed in.
    Anonymous,
}

impl ActorKind {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "STAFF",
            Self::Client => "CLIENT",
            Self::System => "SYSTEM",
            Self::Anonymous => "ANONYMOUS",
        }
    }
}

/// Who did something, as clients read it: by id, which everybody may know who may know of the deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What sort of actor.
    pub kind: ActorKind,
    /// Global id of the member of staff or the integration.
    pub id: Option<String>,
    /// Which part of the program, for the program itself.
    pub name: Option<String>,
}

/// Who did it.
#[must_use]
pub fn actor(entry: &Entry) -> Actor {
    let (kind, rest) = entry.actor.split_once(':').unwrap_or((entry.actor.as_str(), ""));
    let id = |node_type| rest.parse().ok().map(|key| GlobalId::text(node_type, entry.community, key));
    let (kind, id, name) = match kind {
        "staff" => (ActorKind::Staff, id(NodeType::Staff), None),
        "client" => (ActorKind::Client, id(NodeType::ApiClient), None),
        "system" => (ActorKind::System, None, Some(rest.to_owned())),
        _ => (ActorKind::Anonymous, None, None),
    };
    Actor { kind, id, name }
}

/// The version of an event's data.
#[must_use]
pub fn version(entry: &Entry) -> i32 {
    entry.known().map_or(1, EventType::version)
}

/// The data of an event as it goes out to whoever may see all that hangs on it.
#[must_use]
pub fn outward(entry: &Entry) -> Value {
    outward_for(entry, Permissions::ALL)
}

/// The data of an event as it goes out to a reader with these permissions: ids are left out that the API would not tell them.
#[must_use]
pub fn outward_for(entry: &Entry, permissions: Permissions) -> Value {
    let own = node_type(&entry.subject_type);
    let mut data = Map::new();
    for (key, value) in entry.payload.as_object().into_iter().flatten() {
        if INSIDE.contains(&key.as_str()) {
            continue;
        }
        let Some(id_key) = ID_KEYS.iter().find(|known| known.stored == key) else {
            let value = match own.filter(|_| key == "ids") {
                Some(node_type) => ids(value, node_type, entry.community),
                None => value.clone(),
            };
            data.insert(key.clone(), value);
            continue;
        };
        let names = match id_key.names {
            Names::This(node_type) => Some(node_type),
            Names::Alike => own,
        };
        let may_know = id_key.needs.is_none_or(|needed| permissions.contains(needed));
        if let Some(node_type) = names.filter(|_| may_know) {
            data.insert(id_key.outward.to_owned(), ids(value, node_type, entry.community));
        }
    }
    if entry.known() == Some(EventType::ScoreChanged) && data.get("value").is_none_or(Value::is_null) {
        // Of somebody who has no score any more, perhaps because they said so, none is told.
        data.retain(|key, _| !key.starts_with("previous"));
    }
    Value::Object(data)
}

/// Takes out of data that went out to somebody what a reader with these permissions may not know; whether there was any.
pub fn withhold(data: &mut Value, permissions: Permissions) -> bool {
    let Some(data) = data.as_object_mut() else { return false };
    let mut found = false;
    for key in &ID_KEYS {
        if key.needs.is_some_and(|needed| !permissions.contains(needed)) {
            found |= data.remove(key.outward).is_some();
        }
    }
    found
}

/// Numbers as global ids: one, or a list; what is nothing stays nothing.
fn ids(value: &Value, node_type: NodeType, community: CommunityId) -> Value {
    match value {
        Value::Array(all) => all.iter().map(|one| ids(one, node_type, community)).collect(),
        one => one
            .as_i64()
            .map_or(Value::Null, |key| GlobalId::text(node_type, community, key).into()),
    }
}

/// An event as it goes out whole: the body of webhooks, and lines of an export.
#[must_use]
pub fn envelope(entry: &Entry, slug: &str) -> Value {
    envelope_for(entry, slug, Permissions::ALL)
}

/// As [`envelope`], for a reader with these permissions, see [`outward_for`].
#[must_use]
pub fn envelope_for(entry: &Entry, slug: &str, permissions: Permissions) -> Value {
    let (actor, subject) = (actor(entry), subject(entry));
    json!({
        "id": Cursor::new(entry.community, entry.seq).encode(),
        "type": entry.event_type,
        "version": version(entry),
        "timestamp": entry.at,
        "community": slug,
        "actor": { "type": actor.kind.as_str(), "id": actor.id, "name": actor.name },
        "visibility": entry.visibility,
        "subject": { "type": subject.type_name, "id": subject.id },
        "data": outward_for(entry, permissions),
    })
}

#[cfg(test)]
mod tests;
