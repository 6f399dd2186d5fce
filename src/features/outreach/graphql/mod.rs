//! Outreach in the API: lists of members to turn to, and what a member's help led to.

mod effect;
mod lists;
mod loaders;
mod types;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use entity::{Consent, MemberId, member};

pub use loaders::OutreachLoaders;

use self::effect::AfterEffect;
use self::types::{MemberAtRisk, MovingMember, OutreachTotals, QuietInfluencer};
use super::after_effect::Effect;
use super::change::Direction;
use super::service::{self, Moves, Period};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::Duration;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// A page of members to turn to.
type Page<N> = Connection<Cursor, N, OutreachTotals>;

const fn days(days: i64) -> Duration {
    Duration {
        micros: days * 86_400_000_000,
    }
}

fn onward(first: Option<i32>, after: Option<String>) -> PageArgs {
    PageArgs {
        first,
        after,
        ..PageArgs::default()
    }
}

const fn moves(direction: Direction, over: Duration, with_emerging: bool) -> Moves {
    Moves {
        direction,
        over: over.micros,
        with_emerging,
    }
}

/// Whom to turn to in the community.
pub struct CommunityOutreach(pub Access);

/// Whom to turn to in the community.
#[Object]
impl CommunityOutreach {
    /// Members whom others rely on and few follow elsewhere: with the level ESTABLISHED or higher, most points first. Needs the role
    /// VIEWER or the scope influence:read.
    async fn quiet_influencers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many followers, over all accounts of theirs. An account whose followers nobody told counts as none.",
            default = 100
        )]
        max_followers: i32,
        #[graphql(desc = "Only what was about this topic, by name.")] topic: Option<String>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Page<QuietInfluencer>> {
        maybe(lists::quiet(ctx, &self.0, max_followers, topic.as_deref(), &onward(first, after)).await)
    }

    /// Members whose value rose, the farthest first. The earlier ranking is that of a whole hour. Needs the role VIEWER or the scope
    /// influence:read.
    async fn rising_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Since so long ago, P1D to P730D.", default_with = "days(30)")] over: Duration,
        #[graphql(desc = "Only what was about this topic, by name.")] topic: Option<String>,
        #[graphql(
            desc = "Those whose level is EMERGING now, too: there is too little evidence to say much of them.",
            default = false
        )]
        include_emerging: bool,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Page<MovingMember>> {
        let which = moves(Direction::Rising, over, include_emerging);
        maybe(lists::moving(ctx, &self.0, which, topic.as_deref(), &onward(first, after)).await)
    }

    /// Members whose value fell, the farthest first. Who stops fades: this is how those show who have become silent. The earlier
    /// ranking is that of a whole hour. Needs the role VIEWER or the scope influence:read.
    async fn fading_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Since so long ago, P1D to P730D.", default_with = "days(30)")] over: Duration,
        #[graphql(desc = "Only what was about this topic, by name.")] topic: Option<String>,
        #[graphql(
            desc = "Those whose level was EMERGING then, too: there was too little evidence to say much of them.",
            default = false
        )]
        include_emerging: bool,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Page<MovingMember>> {
        let which = moves(Direction::Fading, over, include_emerging);
        maybe(lists::moving(ctx, &self.0, which, topic.as_deref(), &onward(first, after)).await)
    }

    /// Members with the level ESTABLISHED or higher whom the company may lose, most points first. Looked at are the first 1000 by
    /// points; cases and interactions only as far as the caller's clearance reaches. It orders people to care for and never cases.
    /// Needs the role VIEWER, or the scopes influence:read and cases:read; sentiments also need interactions:read.
    async fn members_at_risk(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Page<MemberAtRisk>> {
        maybe(lists::at_risk(ctx, &self.0, &onward(first, after)).await)
    }
}

/// What a member's help led to.
#[derive(Clone)]
pub struct MemberOutreach {
    access: Access,
    member: MemberId,
    /// Neither staff nor bot nor opted out.
    is_scored: bool,
}

impl MemberOutreach {
    /// What a member's help led to, as an actor may see it.
    #[must_use]
    pub fn new(access: &Access, row: &member::Model) -> Self {
        Self {
            access: access.clone(),
            member: row.id,
            is_scored: !row.is_staff && !row.is_bot && row.consent == Consent::Scored,
        }
    }

    async fn effect(&self, ctx: &Context<'_>, over: Duration) -> Result<Option<AfterEffect>> {
        let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
        if !self.is_scored {
            return self.access.require(Permission::ReadInfluence).map(|()| None);
        }
        let Some(period) = Period::of(op, &self.access, over.micros)? else {
            return Ok(Some(Effect::default().into()));
        };
        let loaders = ctx.data_unchecked::<OutreachLoaders>();
        let effect = loaders.effect(app, op, period, self.member).await?;
        effect.map(|effect| Some(effect.into())).ok_or_else(service::too_much)
    }
}

/// What a member's help led to.
#[Object]
impl MemberOutreach {
    /// What became of those whom this member helped, beside comparable people whom nobody helped. Null for staff, bots and those who
    /// opted out. Only interactions within the caller's clearance count: with a clearance below PRIVATE the numbers may be others. It
    /// reads all that happened in the time; for the members of a list that is done once. BAD_USER_INPUT at `over` when more than 200000
    /// interactions would have to be read. Needs the role VIEWER or the scope influence:read; without interactions:read there is nothing
    /// to count.
    async fn after_effect(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Questions of so long a time, P1D to P730D. It ends 30 days ago, so that it is known what came after.",
            default_with = "days(90)"
        )]
        over: Duration,
    ) -> Maybe<AfterEffect> {
        maybe_absent(self.effect(ctx, over).await)
    }
}
