//! The mutations of vouching: vouching for members, and withdrawing that.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{MemberId, VouchId};

use super::vouch::Vouch;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::features::integrity::vouch::{FIELD, Order};
use crate::features::integrity::{store, vouches};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// A member to vouch for.
#[derive(Clone, Debug, InputObject)]
pub struct VouchForMemberInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the member: a person who does not work for the company and has not opted out. Somebody who was merged stands for
    /// whom they were merged into.
    pub member_id: ID,
    /// Why: 1 to 500 characters, kept as given. Whoever may see scores may read it.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A member to vouch for no longer.
#[derive(Clone, Debug, InputObject)]
pub struct WithdrawVouchInput {
    /// The community's slug.
    pub community: String,
    /// Global id of the member. Somebody who was merged stands for whom they were merged into.
    pub member_id: ID,
    /// Why: 1 to 500 characters, kept as given. Whoever may see scores may read it.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// The vouch as it is now, or why nothing changed.
#[derive(SimpleObject)]
pub struct VouchPayload {
    /// The vouch.
    vouch: Option<Vouch>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to whom staff vouch for.
#[derive(Default)]
pub struct VouchMutation;

/// Changes to whom staff vouch for.
#[Object]
impl VouchMutation {
    /// Vouches for a member whom staff know: from now on their credit is trusted from the start, as that of members with a verified
    /// identity is, in scores of the past, too. It is on record with its reason, and can be taken back by `withdrawVouch`. Needs the
    /// role MANAGER or the scope influence:manage.
    async fn vouch_for_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and why.")] input: VouchForMemberInput,
    ) -> Maybe<VouchPayload> {
        maybe(vouch(ctx, input).await)
    }

    /// Vouches for a member no longer: their credit is trusted as far as others gave them credit. Where two who were vouched for became
    /// one by a merge, both vouches end. Needs the role MANAGER or the scope influence:manage.
    async fn withdraw_vouch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and why.")] input: WithdrawVouchInput,
    ) -> Maybe<VouchPayload> {
        maybe(withdraw(ctx, input).await)
    }
}

/// The operation, and the access of a caller who may decide what counts; asked before the input is looked at.
fn manager<'a>(ctx: &'a Context<'_>, community: &str) -> Result<(&'a OpContext, &'a Access)> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(community)?;
    access.require(Permission::ManageInfluence)?;
    Ok((op, access))
}

fn order(access: &Access, member: &ID, reason: String) -> Result<Order> {
    let member = GlobalId::expect(member, NodeType::Member, access.community_id(), "member")
        .map(MemberId)
        .map_err(|_not_here| Error::user(FIELD, Code::NotFound, "is not a member of this community"))?;
    Ok(Order { member, reason })
}

async fn vouch(ctx: &Context<'_>, input: VouchForMemberInput) -> Result<VouchPayload> {
    let (op, access) = manager(ctx, &input.community)?;
    let done = async {
        let order = order(access, &input.member_id, input.reason)?;
        let key = Once::new(input.idempotency_key.as_deref(), "vouchForMember", &order)?;
        vouches::vouch(ctx.data_unchecked(), op, access, &order, key.as_ref()).await
    };
    payload(ctx, access, done.await).await
}

async fn withdraw(ctx: &Context<'_>, input: WithdrawVouchInput) -> Result<VouchPayload> {
    let (op, access) = manager(ctx, &input.community)?;
    let done = async {
        let order = order(access, &input.member_id, input.reason)?;
        let key = Once::new(input.idempotency_key.as_deref(), "withdrawVouch", &order)?;
        vouches::withdraw(ctx.data_unchecked(), op, access, &order, key.as_ref()).await
    };
    payload(ctx, access, done.await).await
}

async fn payload(ctx: &Context<'_>, access: &Access, done: Result<VouchId>) -> Result<VouchPayload> {
    match user_errors(done)? {
        Err(user_errors) => Ok(VouchPayload { vouch: None, user_errors }),
        Ok(id) => {
            let app = ctx.data_unchecked::<App>();
            let row = store::vouch(app.db.read(), access.community_id(), id).await?;
            Ok(VouchPayload {
                vouch: row.map(|row| Vouch::new(access, Arc::new(row))),
                user_errors: Vec::new(),
            })
        }
    }
}
