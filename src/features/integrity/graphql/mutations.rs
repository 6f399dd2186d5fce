//! The mutations of integrity: discounting evidence, and restoring it.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{CommunityId, EvidenceDiscountId, InteractionId};

use super::discount::EvidenceDiscount;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::integrity::discount::{MOST_INTERACTIONS, Order};
use crate::features::integrity::{discounts, store};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// Interactions to take out of the account.
#[derive(Clone, Debug, InputObject)]
pub struct DiscountEvidenceInput {
    /// The community's slug.
    pub community: String,
    /// Global ids of the interactions, 1 to 100. All are discounted, or none.
    pub interaction_ids: Vec<ID>,
    /// Why: 1 to 2,000 characters, kept as given. Whoever may see scores may read it.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Discounted interactions to put back into the account.
#[derive(Clone, Debug, InputObject)]
pub struct RestoreEvidenceInput {
    /// The community's slug.
    pub community: String,
    /// Global ids of the interactions, 1 to 100. All are restored, or none.
    pub interaction_ids: Vec<ID>,
    /// Why: 1 to 2,000 characters, kept as given. Whoever may see scores may read it.
    pub reason: String,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// The order that ids and a reason are. Ids beyond the most that one order takes are not looked at.
fn order(community: CommunityId, ids: &[ID], reason: &str) -> Order {
    let id = |id: &ID| {
        GlobalId::expect(id, NodeType::Interaction, community, "interaction")
            .ok()
            .map(InteractionId)
    };
    Order {
        interactions: ids.iter().take(MOST_INTERACTIONS + 1).map(id).collect(),
        reason: reason.to_owned(),
    }
}

/// The discounts as they are now, or why nothing changed.
#[derive(Default, SimpleObject)]
pub struct EvidenceDiscountPayload {
    /// One per interaction, in the order of the input.
    discounts: Vec<EvidenceDiscount>,
    /// How many interactions were discounted or restored.
    count: usize,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to what counts as evidence.
#[derive(Default)]
pub struct IntegrityMutation;

/// Changes to what counts as evidence.
#[Object]
impl IntegrityMutation {
    /// Takes interactions out of the account: from now on they give no credit and no trust, and are no receipts. Scores of the past
    /// stay as they were. It is on record with its reason, and can be taken back by `restoreEvidence`. Needs the role MANAGER or the
    /// scope influence:manage.
    async fn discount_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which interactions, and why.")] input: DiscountEvidenceInput,
    ) -> Maybe<EvidenceDiscountPayload> {
        maybe(discount(ctx, input).await)
    }

    /// Puts discounted interactions back into the account, from now on; that they did not count in between stays so. Needs the role
    /// MANAGER or the scope influence:manage.
    async fn restore_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which interactions, and why.")] input: RestoreEvidenceInput,
    ) -> Maybe<EvidenceDiscountPayload> {
        maybe(restore(ctx, input).await)
    }
}

/// The operation, and the access of a caller who may decide what counts; asked before the input is looked at.
fn manager<'a>(ctx: &'a Context<'_>, community: &str) -> Result<(&'a OpContext, &'a Access)> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(community)?;
    access.require(Permission::ManageInfluence)?;
    Ok((op, access))
}

async fn discount(ctx: &Context<'_>, input: DiscountEvidenceInput) -> Result<EvidenceDiscountPayload> {
    let (op, access) = manager(ctx, &input.community)?;
    let done = async {
        let order = order(access.community_id(), &input.interaction_ids, &input.reason);
        let key = Once::new(input.idempotency_key.as_deref(), "discountEvidence", &order)?;
        discounts::discount(ctx.data_unchecked(), op, access, &order, key.as_ref()).await
    };
    payload(ctx, access, done.await).await
}

async fn restore(ctx: &Context<'_>, input: RestoreEvidenceInput) -> Result<EvidenceDiscountPayload> {
    let (op, access) = manager(ctx, &input.community)?;
    let done = async {
        let order = order(access.community_id(), &input.interaction_ids, &input.reason);
        let key = Once::new(input.idempotency_key.as_deref(), "restoreEvidence", &order)?;
        discounts::restore(ctx.data_unchecked(), op, access, &order, key.as_ref()).await
    };
    payload(ctx, access, done.await).await
}

async fn payload(ctx: &Context<'_>, access: &Access, done: Result<Vec<EvidenceDiscountId>>) -> Result<EvidenceDiscountPayload> {
    let ids = match user_errors(done)? {
        Ok(ids) => ids,
        Err(user_errors) => {
            return Ok(EvidenceDiscountPayload {
                user_errors,
                ..EvidenceDiscountPayload::default()
            });
        }
    };
    let app = ctx.data_unchecked::<App>();
    let mut rows = store::by_ids(app.db.read(), access.community_id(), &ids).await?;
    let discounts: Vec<EvidenceDiscount> = ids
        .iter()
        .filter_map(|id| rows.remove(id))
        .map(|row| EvidenceDiscount::new(access, row))
        .collect();
    Ok(EvidenceDiscountPayload {
        count: discounts.len(),
        discounts,
        user_errors: Vec::new(),
    })
}
