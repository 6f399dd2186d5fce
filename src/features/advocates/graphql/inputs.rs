//! Inputs of the mutations of advocates, and the commands that they are.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::{AdvocateId, CommunityId, MemberId, ProgrammeId, TouchpointId, TouchpointKind};

use crate::error::{Error, Result, UserErrorCode};
use crate::features::advocates::advocate::{Leave, NewAdvocate};
use crate::features::advocates::programme::{NewProgramme, ProgrammeChanges};
use crate::features::advocates::touchpoint::{NewTouchpoint, Retraction};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;

/// The key that an id of the input names.
fn key(community: CommunityId, id: &ID, node_type: NodeType, field: &str, what: &str) -> Result<i64> {
    GlobalId::expect(id, node_type, community, "object")
        .map_err(|_not_here| Error::user(field, UserErrorCode::NotFound, format!("is not {what} of this community")))
}

fn programme_key(community: CommunityId, id: &ID) -> Result<ProgrammeId> {
    key(community, id, NodeType::AdvocateProgramme, "programmeId", "a programme").map(ProgrammeId)
}

fn member_key(community: CommunityId, id: &ID) -> Result<MemberId> {
    key(community, id, NodeType::Member, "memberId", "a member").map(MemberId)
}

/// A programme to set up.
#[derive(Clone, Debug, InputObject)]
pub struct CreateAdvocateProgrammeInput {
    /// The community's slug.
    pub community: String,
    /// Name to show: 1 to 120 characters. No two programmes that have not ended have the same, upper and lower case being the same.
    pub name: String,
    /// What it is for: 1 to 2,000 characters, kept as given.
    pub description: Option<String>,
    /// Since when it runs: not in the future; now when not given.
    pub started_at: Option<DateTime>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl CreateAdvocateProgrammeInput {
    /// The programme.
    #[must_use]
    pub fn command(&self) -> NewProgramme {
        NewProgramme {
            name: self.name.clone(),
            description: self.description.clone(),
            started_at: self.started_at.map(|at| at.0),
        }
    }
}

/// Changes to a programme. Fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateAdvocateProgrammeInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the programme.
    pub programme_id: ID,
    /// Name to show: 1 to 120 characters. No two programmes that have not ended have the same, upper and lower case being the same.
    pub name: MaybeUndefined<String>,
    /// What it is for: 1 to 2,000 characters, kept as given; null for nothing.
    pub description: MaybeUndefined<String>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl UpdateAdvocateProgrammeInput {
    /// The programme, and what to change of it.
    ///
    /// # Errors
    /// When the id names nothing in the community, or the name is null.
    pub fn command(&self, community: CommunityId) -> Result<(ProgrammeId, ProgrammeChanges)> {
        let id = programme_key(community, &self.programme_id)?;
        if self.name.is_null() {
            let message = "cannot be emptied; leave it out to keep it";
            return Err(Error::user("name", UserErrorCode::Invalid, message));
        }
        let description = match &self.description {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(text) => Some(Some(text.clone())),
        };
        let name = self.name.clone().take();
        Ok((id, ProgrammeChanges { name, description }))
    }
}

/// A programme to end.
#[derive(Clone, Debug, InputObject)]
pub struct EndAdvocateProgrammeInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the programme.
    pub programme_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl EndAdvocateProgrammeInput {
    /// The programme.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<ProgrammeId> {
        programme_key(community, &self.programme_id)
    }
}

/// A member to take into a programme.
#[derive(Clone, Debug, InputObject)]
pub struct AddAdvocateInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the programme, which must not have ended.
    pub programme_id: ID,
    /// Global id of the member: a person who does not work for the company and has not opted out. Somebody who was merged stands for
    /// whom they were merged into.
    pub member_id: ID,
    /// Since when: not in the future; now when not given.
    pub since: Option<DateTime>,
    /// Why: 1 to 2,000 characters, kept as given.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl AddAdvocateInput {
    /// The advocate.
    ///
    /// # Errors
    /// When an id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<NewAdvocate> {
        Ok(NewAdvocate {
            programme: programme_key(community, &self.programme_id)?,
            member: member_key(community, &self.member_id)?,
            since: self.since.map(|at| at.0),
            reason: self.reason.clone(),
        })
    }
}

/// An advocate who leaves their programme.
#[derive(Clone, Debug, InputObject)]
pub struct RemoveAdvocateInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the advocate.
    pub advocate_id: ID,
    /// Why: 1 to 2,000 characters, kept as given.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RemoveAdvocateInput {
    /// Who leaves, and why.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Leave> {
        let advocate = key(community, &self.advocate_id, NodeType::Advocate, "advocateId", "an advocate")?;
        Ok(Leave {
            advocate: AdvocateId(advocate),
            reason: self.reason.clone(),
        })
    }
}

/// How staff took care of a member.
#[derive(Clone, Debug, InputObject)]
pub struct RecordTouchpointInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the member, who need not be an advocate.
    pub member_id: ID,
    /// Global id of the programme that it was part of, which may have ended.
    pub programme_id: Option<ID>,
    /// How.
    pub kind: TouchpointKind,
    /// What there is to say of it: 1 to 10,000 characters, kept as given.
    pub note: String,
    /// When: not in the future; now when not given.
    pub happened_at: Option<DateTime>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RecordTouchpointInput {
    /// The touchpoint.
    ///
    /// # Errors
    /// When an id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<NewTouchpoint> {
        let programme = self.programme_id.as_ref();
        Ok(NewTouchpoint {
            member: member_key(community, &self.member_id)?,
            programme: programme.map(|id| programme_key(community, id)).transpose()?,
            kind: self.kind,
            note: self.note.clone(),
            happened_at: self.happened_at.map(|at| at.0),
        })
    }
}

/// A touchpoint to take back.
#[derive(Clone, Debug, InputObject)]
pub struct RetractTouchpointInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the touchpoint.
    pub touchpoint_id: ID,
    /// Why: 1 to 2,000 characters, kept as given.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

impl RetractTouchpointInput {
    /// What is taken back, and why.
    ///
    /// # Errors
    /// When the id names nothing in the community.
    pub fn command(&self, community: CommunityId) -> Result<Retraction> {
        let touchpoint = key(community, &self.touchpoint_id, NodeType::Touchpoint, "touchpointId", "a touchpoint")?;
        Ok(Retraction {
            touchpoint: TouchpointId(touchpoint),
            reason: self.reason.clone(),
        })
    }
}
