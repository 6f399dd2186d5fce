//! Mutations of members: creating, changing, merging.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::MemberId;

use super::graphql::{Member, member_id};
use super::inputs::{MergeMembersInput, UnmergeMembersInput, UpsertMembersInput};
use super::{service, store};
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode};
use crate::features::ingest::{MemberOutcome, rules};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// What became of a record of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MemberResultStatus {
    /// A new member.
    Created,
    /// A known member; something changed.
    Updated,
    /// A known member, as told before.
    Unchanged,
    /// The record cannot be taken; see the error.
    Rejected,
}

/// What became of one record.
#[derive(SimpleObject)]
pub struct MemberResult {
    /// Which record, counted from 0.
    index: u32,
    /// What became of it.
    status: MemberResultStatus,
    /// The member; null when the record was rejected.
    member_id: Option<ID>,
    /// Why it was rejected.
    error: Option<UserErrorObject>,
}

/// What became of the records.
#[derive(Default, SimpleObject)]
pub struct UpsertMembersPayload {
    /// One per record, in order; empty when the call as a whole was refused.
    results: Vec<MemberResult>,
    /// What the caller can mend, those of single records included.
    user_errors: Vec<UserErrorObject>,
}

/// The member who stays, or why nothing was merged.
#[derive(Default, SimpleObject)]
pub struct MergeMembersPayload {
    /// The member as they are now.
    member: Option<Member>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to members.
#[derive(Default)]
pub struct MemberMutation;

/// Changes to members.
#[Object]
impl MemberMutation {
    /// Creates members and changes known ones, by `(source, externalId)` or any identity they list. Each record is taken or
    /// rejected by itself; sending the same again changes nothing. Needs the role AGENT or the scope members:write.
    async fn upsert_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The members.")] input: UpsertMembersInput,
    ) -> Maybe<UpsertMembersPayload> {
        maybe(upsert(ctx, input).await)
    }

    /// Makes two members one person, with the accounts and the evidence of both; it can be taken back. Needs the role MANAGER
    /// or the scope members:merge.
    async fn merge_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which members.")] input: MergeMembersInput,
    ) -> Maybe<MergeMembersPayload> {
        maybe(merge(ctx, input).await)
    }

    /// Takes a merge back: the member is a person of their own again. Needs the role MANAGER or the scope members:merge.
    async fn unmerge_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which member.")] input: UnmergeMembersInput,
    ) -> Maybe<MergeMembersPayload> {
        maybe(unmerge(ctx, input).await)
    }
}

async fn upsert(ctx: &Context<'_>, input: UpsertMembersInput) -> Result<UpsertMembersPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&input.community)?;
    // Records with a null that cannot be are set aside, so that the others keep their places.
    let (mut records, mut places, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for (place, member) in input.members.into_iter().enumerate() {
        match member.into_record() {
            Ok(record) => {
                records.push(record);
                places.push(place);
                outcomes.push(None);
            }
            Err(error) => outcomes.push(Some(MemberOutcome::Rejected(error))),
        }
    }
    let taken = async {
        let key = Once::new(input.idempotency_key.as_deref(), "upsertMembers", &(&records, &outcomes))?;
        service::upsert(ctx.data_unchecked(), op, access, &records, key.as_ref()).await
    };
    match user_errors(taken.await)? {
        Err(user_errors) => Ok(UpsertMembersPayload {
            user_errors,
            ..UpsertMembersPayload::default()
        }),
        Ok(taken) => {
            for (place, outcome) in places.into_iter().zip(taken) {
                if let Some(slot) = outcomes.get_mut(place) {
                    *slot = Some(outcome);
                }
            }
            Ok(describe(access, outcomes.into_iter().flatten()))
        }
    }
}

fn describe(access: &Access, outcomes: impl Iterator<Item = MemberOutcome>) -> UpsertMembersPayload {
    let mut payload = UpsertMembersPayload::default();
    for (index, outcome) in (0_u32..).zip(outcomes) {
        use MemberResultStatus as S;
        let (status, member, error) = match outcome {
            MemberOutcome::Created(id) => (S::Created, Some(id), None),
            MemberOutcome::Updated(id) => (S::Updated, Some(id), None),
            MemberOutcome::Unchanged(id) => (S::Unchanged, Some(id), None),
            MemberOutcome::Rejected(error) => (
                S::Rejected,
                None,
                Some(UserErrorObject::from(rules::nested(&format!("members.{index}"), error))),
            ),
        };
        payload.user_errors.extend(error.clone());
        payload.results.push(MemberResult {
            index,
            status,
            member_id: member.map(|id| member_id(access, id)),
            error,
        });
    }
    payload
}

async fn merge(ctx: &Context<'_>, input: MergeMembersInput) -> Result<MergeMembersPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&input.community)?;
    let merged = async {
        let (member, into) = (
            key_of(access, &input.member_id, "memberId")?,
            key_of(access, &input.into_id, "intoId")?,
        );
        let key = Once::new(input.idempotency_key.as_deref(), "mergeMembers", &(member, into))?;
        service::merge(ctx.data_unchecked(), op, access, member, into, key.as_ref()).await
    };
    payload(ctx, access, merged.await).await
}

async fn unmerge(ctx: &Context<'_>, input: UnmergeMembersInput) -> Result<MergeMembersPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&input.community)?;
    let unmerged = async {
        let member = key_of(access, &input.member_id, "memberId")?;
        let key = Once::new(input.idempotency_key.as_deref(), "unmergeMembers", &member)?;
        service::unmerge(ctx.data_unchecked(), op, access, member, key.as_ref()).await
    };
    payload(ctx, access, unmerged.await).await
}

async fn payload(ctx: &Context<'_>, access: &Access, done: Result<MemberId>) -> Result<MergeMembersPayload> {
    match user_errors(done)? {
        Err(user_errors) => Ok(MergeMembersPayload { member: None, user_errors }),
        Ok(id) => {
            let app = ctx.data_unchecked::<App>();
            let row = store::by_ids(app.db.read(), access.community_id(), &[id]).await?.remove(&id);
            Ok(MergeMembersPayload {
                member: row.map(|row| Member::new(access, row)),
                user_errors: Vec::new(),
            })
        }
    }
}

fn key_of(access: &Access, id: &ID, field: &str) -> Result<MemberId> {
    GlobalId::expect(id, NodeType::Member, access.community_id(), "member")
        .map(MemberId)
        .map_err(|_not_here| Error::user(field, UserErrorCode::NotFound, "is not a member of this community"))
}
