//! What an outside system says about people and what they did: the one form in which data enters,
//! from JSON Lines, CSV, a dump or a mutation alike.

use entity::{Consent, InteractionKind, Timestamp, Visibility};
use serde::{Deserialize, Serialize};

/// One line of input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Record {
    /// A person or account.
    Member(MemberRecord),
    /// Something somebody did.
    Interaction(InteractionRecord),
}

/// A member as an outside system knows them. Absent fields leave what is stored alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberRecord {
    /// The system that says so, for example `forum`.
    pub source: String,
    /// The member's id in that system.
    pub external_id: String,
    /// Name to show.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Short unique name, without `@`.
    #[serde(default)]
    pub handle: Option<String>,
    /// When they joined the community.
    #[serde(default)]
    pub joined_at: Option<Timestamp>,
    /// When they were last seen.
    #[serde(default)]
    pub last_active_at: Option<Timestamp>,
    /// Works for the company: never ranked.
    #[serde(default)]
    pub is_staff: Option<bool>,
    /// Not a person: never ranked.
    #[serde(default)]
    pub is_bot: Option<bool>,
    /// Whether they may be scored.
    #[serde(default)]
    pub consent: Option<Consent>,
    /// Free data for integrations: a JSON object.
    #[serde(default)]
    pub attributes: Option<serde_json::Value>,
    /// Who they are in other systems.
    #[serde(default)]
    pub identities: Vec<IdentityRecord>,
    /// Fields to empty; only the API can say so.
    #[serde(skip_deserializing, skip_serializing_if = "Clear::is_nothing")]
    pub clear: Clear,
}

/// Fields of a member to empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is one field of the record")]
pub struct Clear {
    /// The handle.
    pub handle: bool,
    /// When they joined.
    pub joined_at: bool,
    /// When they were last seen.
    pub last_active_at: bool,
    /// The attributes.
    pub attributes: bool,
}

impl Clear {
    /// Whether all fields stay.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A member's account in another system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityRecord {
    /// The other system, for example `twitter` or `salesforce`.
    pub provider: String,
    /// The id there.
    pub external_id: String,
    /// The name there.
    #[serde(default)]
    pub handle: Option<String>,
    /// Followers there. Weighs nothing in the default model.
    #[serde(default)]
    pub follower_count: Option<i64>,
    /// The other system vouches for it.
    #[serde(default)]
    pub verified: Option<bool>,
}

/// Something somebody did, as an outside system tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InteractionRecord {
    /// The system that says so.
    pub source: String,
    /// The id of the interaction in that system: the key by which it is recorded once.
    pub external_id: String,
    /// What was done.
    pub kind: InteractionKind,
    /// Who did it: an external id of the same source; `None` when unknown.
    #[serde(default)]
    pub actor: Option<String>,
    /// Towards whom: an external id of the same source.
    #[serde(default)]
    pub target: Option<String>,
    /// The conversation it belongs to, as the source names it.
    #[serde(default)]
    pub thread: Option<String>,
    /// The post it hangs under, as the source names it.
    #[serde(default)]
    pub parent: Option<String>,
    /// Where it happened, for example `forum` or `email`.
    #[serde(default)]
    pub channel: Option<String>,
    /// Who may read it.
    #[serde(default = "public")]
    pub visibility: Visibility,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What it was about.
    #[serde(default)]
    pub topics: Vec<String>,
    /// From −1 (bad) to 1 (good).
    #[serde(default)]
    pub sentiment: Option<f64>,
    /// What was said.
    #[serde(default)]
    pub text: Option<String>,
    /// Where it can be seen.
    #[serde(default)]
    pub url: Option<String>,
    /// For a `RETRACTION`: the external id of the interaction that is taken back.
    #[serde(default)]
    pub retracts: Option<String>,
}

fn public() -> Visibility {
    Visibility::Public
}
