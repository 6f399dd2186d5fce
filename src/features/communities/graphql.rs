//! The community in the API: its own fields here, the rest from the rooms of the other features.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, MergedObject, Object};

use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::access::graphql::CommunityAccess;
use crate::features::advocates::graphql::CommunityAdvocates;
use crate::features::cases::graphql::CommunityCases;
use crate::features::changes::graphql::CommunityChanges;
use crate::features::expectations::graphql::CommunityExpectations;
use crate::features::influence::graphql::CommunityInfluence;
use crate::features::integrity::graphql::CommunityIntegrity;
use crate::features::interactions::graphql::CommunityInteractions;
use crate::features::jobs::graphql::CommunityJobs;
use crate::features::members::graphql::CommunityMembers;
use crate::features::outreach::graphql::CommunityOutreach;
use crate::features::recovery::graphql::CommunityRecovery;
use crate::features::webhooks::graphql::CommunityWebhooks;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe};

/// A customer community: the tenant. Nothing is ever read across communities.
#[derive(MergedObject)]
#[graphql(name = "Community")]
pub struct Community(
    CommunityCore,
    CommunityMembers,
    CommunityInteractions,
    CommunityInfluence,
    CommunityAccess,
    CommunityExpectations,
    CommunityCases,
    CommunityRecovery,
    CommunityAdvocates,
    CommunityIntegrity,
    CommunityOutreach,
    CommunityJobs,
    CommunityWebhooks,
    CommunityChanges,
);

impl Community {
    /// A community as an actor may see it.
    #[must_use]
    pub fn new(access: &Access) -> Self {
        Self(
            CommunityCore(access.clone()),
            CommunityMembers(access.clone()),
            CommunityInteractions(access.clone()),
            CommunityInfluence(access.clone()),
            CommunityAccess(access.clone()),
            CommunityExpectations(access.clone()),
            CommunityCases(access.clone()),
            CommunityRecovery(access.clone()),
            CommunityAdvocates(access.clone()),
            CommunityIntegrity(access.clone()),
            CommunityOutreach(access.clone()),
            CommunityJobs(access.clone()),
            CommunityWebhooks(access.clone()),
            CommunityChanges(access.clone()),
        )
    }

    /// The global id, for the interface.
    pub(crate) async fn id(&self, ctx: &Context<'_>) -> async_graphql::Result<ID> {
        self.0.id(ctx).await
    }
}

/// The community's own fields.
pub struct CommunityCore(Access);

/// The community's own fields.
#[Object]
impl CommunityCore {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Community, self.0.community.id, self.0.community.id.0)
    }

    /// Name in addresses and on the command line.
    async fn slug(&self) -> &str {
        &self.0.community.slug
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.0.community.name
    }

    /// IANA time zone, for example `Europe/Berlin`.
    async fn timezone(&self) -> &str {
        &self.0.community.timezone
    }

    /// Whether anybody may read what it promises, and how well it keeps that, without signing in.
    async fn publishes_expectations(&self) -> bool {
        self.0.community.publishes_expectations
    }

    /// When it was set up.
    async fn created_at(&self) -> DateTime {
        self.0.community.created_at.into()
    }
}

/// Queries for communities.
#[derive(Default)]
pub struct CommunityQuery;

/// Queries for communities.
#[Object]
impl CommunityQuery {
    /// The community with this slug. NOT_FOUND when there is none in which the caller has a part.
    async fn community(&self, ctx: &Context<'_>, #[graphql(desc = "Its name in addresses.")] slug: String) -> Maybe<Community> {
        maybe(ctx.data_unchecked::<OpContext>().community(&slug).map(Community::new))
    }

    /// The communities in which the caller has a part, by name.
    async fn communities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Community>> {
        maybe(list(
            ctx.data_unchecked(),
            &PageArgs {
                first,
                after,
                last,
                before,
            },
        ))
    }
}

fn list(ctx: &OpContext, args: &PageArgs) -> Result<Connection<Cursor, Community>> {
    ctx.require_signed_in()?;
    let page = args.check::<(String, i64)>("communities")?;
    let key = |access: &Access| (access.community.name.clone(), access.community.id.0);
    let mut all: Vec<&Access> = ctx.all_access().iter().collect();
    all.sort_by_key(|access| key(access));
    all.retain(|access| {
        page.after.as_ref().is_none_or(|after| key(access) > *after) && page.before.as_ref().is_none_or(|before| key(access) < *before)
    });
    Ok(page
        .slice_of(&all)
        .connect("communities", |access| (serde_json::json!(key(access)), Community::new(access))))
}
