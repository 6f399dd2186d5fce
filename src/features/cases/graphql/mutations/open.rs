//! Opening a case.

use async_graphql::{Context, ID, InputObject, Object};
use entity::{CaseId, InteractionId, MemberId, Severity, StaffId, Visibility};

use super::{CasePayload, key_of};
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Result, UserErrors};
use crate::features::cases::service::{self, Opening};
use crate::graphql::global_id::NodeType;
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// A case to open.
#[derive(Clone, Debug, InputObject)]
pub struct OpenCaseInput {
    /// The community's slug.
    pub community: String,
    /// Whose case it is.
    pub member_id: ID,
    /// The interaction it comes from, usually a complaint of the member. It opens one case at most; the case then follows its
    /// thread.
    pub origin_id: Option<ID>,
    /// What the customer wrote, where there is no interaction: at most 20,000 characters, kept as given.
    pub message: Option<String>,
    /// What it is about, at most 200 characters; the first line of what was said when not given.
    pub subject: Option<String>,
    /// Root cause, at most 100 characters.
    pub category: Option<String>,
    /// How bad it is for the customer.
    #[graphql(default_with = "Severity::Normal")]
    pub severity: Severity,
    /// Where it came in, for example `email`, at most 100 characters; that of the interaction when not given.
    pub channel: Option<String>,
    /// PUBLIC or PRIVATE; as public as the interaction when not given, PRIVATE without one.
    pub visibility: Option<Visibility>,
    /// Global id of the member of staff who works on it.
    pub assignee_id: Option<ID>,
    /// Global id of the case that it goes on from.
    pub parent_id: Option<ID>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Stands for what an id does not name. It is refused, so nothing is ever looked up by it.
const NOBODY: i64 = 0;

impl OpenCaseInput {
    /// The case to open; it is of no use when an id names nothing, which is noted.
    fn into_opening(self, access: &Access, errors: &mut UserErrors) -> Result<Opening> {
        let mut key = |id: &ID, node_type: NodeType, field: &str| -> Result<i64> {
            let found = errors.value(key_of(access, id, node_type, field))?;
            Ok(found.unwrap_or(NOBODY))
        };
        let member = MemberId(key(&self.member_id, NodeType::Member, "memberId")?);
        let mut optional = |id: Option<&ID>, node_type, field| id.map(|id| key(id, node_type, field)).transpose();
        let origin = optional(self.origin_id.as_ref(), NodeType::Interaction, "originId")?.map(InteractionId);
        let assignee = optional(self.assignee_id.as_ref(), NodeType::Staff, "assigneeId")?.map(StaffId);
        let parent = optional(self.parent_id.as_ref(), NodeType::Case, "parentId")?.map(CaseId);
        Ok(Opening {
            member,
            origin,
            assignee,
            parent,
            subject: self.subject,
            category: self.category,
            severity: self.severity,
            channel: self.channel,
            visibility: self.visibility,
            message: self.message,
        })
    }
}

/// Opening cases.
#[derive(Default)]
pub struct OpenMutation;

/// Opening cases.
#[Object]
impl OpenMutation {
    /// Opens a case for a member. The expectations that hold at that moment hold for it; their clocks count from when the
    /// customer spoke. Needs the role AGENT or the scope cases:write.
    async fn open_case(&self, ctx: &Context<'_>, #[graphql(desc = "The case.")] input: OpenCaseInput) -> Maybe<CasePayload> {
        maybe(open(ctx, input).await)
    }
}

async fn open(ctx: &Context<'_>, input: OpenCaseInput) -> Result<CasePayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = op.community(&input.community)?;
    access.require(Permission::WriteCases)?;
    let opened = async {
        // All that is wrong with the input is told at once.
        let mut errors = UserErrors::default();
        let idempotency_key = input.idempotency_key.clone();
        let opening = input.into_opening(access, &mut errors)?;
        errors.add(opening.check());
        let key = errors.value(Once::new(idempotency_key.as_deref(), "openCase", &opening))?;
        let key = errors.done(key)?;
        service::open(ctx.data_unchecked(), op, access, &opening, key.as_ref()).await
    };
    CasePayload::new(ctx, access, opened.await).await
}
