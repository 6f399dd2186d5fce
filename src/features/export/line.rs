//! How an object is written: one line of JSON, its `type` first, then its fields under the names of the API. Pure.
//!
//! Fields mean what they mean in the API; their descriptions stand in the schema. What has no value is null. What only those may see who may read the data of members is left out for others. Members and
//! interactions have the fields by which the import of JSON Lines knows them, so that an export can be imported.

use entity::{
    AdvocateStatus, ApologyComponent, ApologyStatus, CaseStatus, CommunityId, Consent, ExpectationStatus, FollowUpKind, FollowUpStatus,
    InteractionKind, Metric, RepairKind, Severity, Timestamp, Visibility, identity,
};
use serde::Serialize;

use super::kind::Kind;
use crate::error::{Error, Result};
use crate::global_id::{GlobalId, NodeType};

/// The version of what the lines hold. It goes up when something is left out or changes its meaning.
pub const VERSION: u32 = 1;

/// Adds a line.
///
/// # Errors
/// When it cannot be written as JSON, which is our own fault.
pub fn add(lines: &mut Vec<u8>, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *lines, line).map_err(Error::internal)?;
    lines.push(b'\n');
    Ok(())
}

/// The global ids of a community's objects.
#[derive(Clone, Copy, Debug)]
pub struct Ids(pub CommunityId);

impl Ids {
    /// The global id of an object.
    #[must_use]
    pub fn of(self, node_type: NodeType, key: i64) -> String {
        GlobalId::text(node_type, self.0, key)
    }
}

/// The first line.
#[derive(Serialize)]
pub struct Head<'a> {
    /// `export`.
    pub r#type: &'static str,
    /// [`VERSION`].
    pub version: u32,
    /// The slug.
    pub community: &'a str,
    /// From where the change log goes on.
    pub cursor: &'a str,
    /// When the export, or this part of it, began.
    pub at: Timestamp,
    /// Whether it goes on where another one broke off.
    pub resumed: bool,
    /// What comes.
    pub types: Vec<&'static str>,
}

/// A line that says how to go on should the rest not arrive.
#[derive(Serialize)]
pub struct Checkpoint<'a> {
    /// `checkpoint`, or `aborted` for the last line of an export that is not whole.
    pub r#type: &'static str,
    /// Why it is not whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// What to ask with.
    pub resume: &'a str,
}

/// The last line of an export that is whole.
#[derive(Serialize)]
pub struct End<'a> {
    /// `end`.
    pub r#type: &'static str,
    /// From where the change log goes on.
    pub cursor: &'a str,
    /// How many lines of each type there are, in all parts together.
    pub counts: serde_json::Map<String, serde_json::Value>,
}

/// A member.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member<'a> {
    pub r#type: &'static str,
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<&'a str>,
    pub display_name: &'a str,
    pub handle: Option<&'a str>,
    pub joined_at: Option<Timestamp>,
    pub last_active_at: Option<Timestamp>,
    pub is_staff: bool,
    pub is_bot: bool,
    pub consent: Consent,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<&'a serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Vec<Identity<'a>>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A member's account in another system.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity<'a> {
    provider: &'a str,
    external_id: &'a str,
    handle: Option<&'a str>,
    follower_count: Option<i64>,
    verified: bool,
}

impl<'a> From<&'a identity::Model> for Identity<'a> {
    fn from(row: &'a identity::Model) -> Self {
        Self {
            provider: &row.provider,
            external_id: &row.external_id,
            handle: row.handle.as_deref(),
            follower_count: row.follower_count,
            verified: row.verified,
        }
    }
}

/// An interaction. `actor` and `target` are external ids of its source, where the people have an account there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interaction<'a> {
    pub r#type: &'static str,
    pub id: String,
    pub source: &'a str,
    pub external_id: &'a str,
    pub kind: InteractionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<&'a str>,
    pub actor_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<&'a str>,
    pub target_id: Option<String>,
    pub thread: Option<&'a str>,
    pub parent: Option<&'a str>,
    pub channel: Option<&'a str>,
    pub visibility: Visibility,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    pub topics: Vec<&'a str>,
    pub sentiment: Option<f64>,
    pub text: Option<&'a str>,
    pub url: Option<&'a str>,
    pub retracts: Option<&'a str>,
}

/// A version of an expectation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expectation<'a> {
    pub r#type: &'static str,
    pub id: String,
    pub version: i32,
    pub status: ExpectationStatus,
    pub name: &'a str,
    pub public_text: &'a str,
    pub metric: Metric,
    pub target: String,
    pub warn_before: String,
    pub severities: Vec<Severity>,
    pub categories: Vec<String>,
    pub channels: Vec<String>,
    pub pause_on: Vec<CaseStatus>,
    pub effective_from: Option<Timestamp>,
    pub effective_to: Option<Timestamp>,
    pub published_at: Option<Timestamp>,
}

/// A case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Case<'a> {
    pub r#type: &'static str,
    pub id: String,
    pub number: i64,
    pub member_id: Option<String>,
    pub subject: &'a str,
    pub category: Option<&'a str>,
    pub severity: Severity,
    pub channel: Option<&'a str>,
    pub visibility: Visibility,
    pub status: CaseStatus,
    pub assignee_id: Option<String>,
    pub opened_at: Timestamp,
    pub first_response_at: Option<Timestamp>,
    pub waiting_since: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub first_resolved_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub reopen_count: i32,
    pub next_due_at: Option<Timestamp>,
    pub sentiment: Option<f64>,
    pub parent_id: Option<String>,
    pub merged_into_id: Option<String>,
    pub origin_interaction_id: Option<String>,
    pub influence_at_open: Option<f64>,
    pub backdated: bool,
    pub version: i64,
    pub updated_at: Timestamp,
}

/// An apology.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Apology<'a> {
    pub r#type: &'static str,
    pub id: String,
    pub case_id: String,
    pub status: ApologyStatus,
    pub author: &'a str,
    pub visibility: Visibility,
    pub text: &'a str,
    pub components: Vec<ApologyComponent>,
    pub breach_ids: Vec<String>,
    pub heard_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub responded_at: Option<Timestamp>,
    pub retracted_at: Option<Timestamp>,
    pub retraction_reason: Option<&'a str>,
}

/// A repair.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repair<'a> {
    pub r#type: &'static str,
    pub id: String,
    pub case_id: String,
    pub apology_id: Option<String>,
    pub kind: RepairKind,
    pub description: &'a str,
    pub amount: Option<f64>,
    pub currency: Option<&'a str>,
    pub promised_by: &'a str,
    pub promised_at: Timestamp,
    pub due_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub delivered_by: Option<&'a str>,
    pub cancelled_at: Option<Timestamp>,
    pub cancelled_by: Option<&'a str>,
    pub cancel_reason: Option<&'a str>,
}

/// A follow-up.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowUp<'a> {
    pub r#type: &'static str,
    pub id: String,
    pub case_id: String,
    pub kind: FollowUpKind,
    pub status: FollowUpStatus,
    pub description: Option<&'a str>,
    pub promised_to_member: bool,
    pub owner_id: Option<String>,
    pub created_by: &'a str,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub rescheduled_from: Option<Timestamp>,
    pub kept_by_original_due: Option<bool>,
    pub completed_at: Option<Timestamp>,
    pub outcome: Option<&'a str>,
    pub cancelled_at: Option<Timestamp>,
    pub cancel_reason: Option<&'a str>,
}

/// A member in an advocate programme.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Advocate<'a> {
    pub r#type: &'static str,
    pub id: String,
    pub programme_id: String,
    pub programme: Option<&'a str>,
    pub member_id: Option<String>,
    pub since: Timestamp,
    pub reason: &'a str,
    pub status: AdvocateStatus,
    pub added_by: &'a str,
    pub added_at: Timestamp,
    pub left_at: Option<Timestamp>,
    pub left_reason: Option<&'a str>,
}

/// A score of the present.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    pub r#type: &'static str,
    pub member_id: String,
    pub value: f64,
    pub points: f64,
    pub rank: usize,
    pub percentile: f64,
    pub level: &'static str,
    pub computed_at: Timestamp,
}

/// The counts of the last line.
#[must_use]
pub fn counts(kinds: &[Kind], counts: &super::resume::Counts) -> serde_json::Map<String, serde_json::Value> {
    let counted = Kind::ALL.into_iter().zip(counts).filter(|(kind, _)| kinds.contains(kind));
    counted.map(|(kind, count)| (kind.as_str().to_owned(), (*count).into())).collect()
}
