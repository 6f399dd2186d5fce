//! What somebody of the staff owes today in a community.

use async_graphql::{Context, Object};
use entity::{StaffId, Timestamp, breach, case};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait as _, Condition};

use super::lists::{BreachPage, CasePage, list_breaches, which};
use super::{at_most, queue};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, Actor, OpContext};
use crate::error::{Error, Result};
use crate::features::cases::store;
use crate::features::recovery::due;
use crate::features::recovery::graphql::{FollowUp, Repair};
use crate::features::recovery::store as recovery;
use crate::graphql::filters::SortDirection;
use crate::graphql::page::PageArgs;
use crate::graphql::{Maybe, maybe};

/// What a member of staff owes in a community.
pub struct ViewerWork {
    access: Access,
    staff: StaffId,
}

impl ViewerWork {
    /// The work of an actor in a community; `None` for integrations, which owe nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a community in which they have no part; [`Error::Forbidden`] without [`Permission::ReadCases`].
    pub fn of(actor: &Actor, slug: &str) -> Result<Option<Self>> {
        let (Actor::Staff { access, .. } | Actor::Client { access, .. }) = actor else {
            return Ok(None);
        };
        let own = access.iter().find(|access| access.community.slug == slug);
        let own = own.ok_or(Error::NotFound("community"))?;
        own.require(Permission::ReadCases)?;
        let Actor::Staff { id, .. } = actor else { return Ok(None) };
        Ok(Some(Self {
            access: own.clone(),
            staff: *id,
        }))
    }

    /// When today ends where the community lives.
    fn end_of_today(&self, ctx: &Context<'_>) -> Timestamp {
        let now = ctx.data_unchecked::<OpContext>().now;
        due::day(now, &self.access.community.timezone).1
    }

    /// A page of their open cases that meet a condition, the most urgent first.
    async fn cases(&self, ctx: &Context<'_>, condition: Condition, first: Option<i32>, after: Option<String>) -> Result<CasePage> {
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        let own = which(ctx, &self.access, None, None)?.add(case::Column::AssigneeId.eq(self.staff));
        queue::list(ctx, &self.access, own.add(condition), &args).await
    }

    async fn load_follow_ups(&self, ctx: &Context<'_>) -> Result<Vec<FollowUp>> {
        let app = ctx.data_unchecked::<App>();
        let (community, clearance) = (self.access.community_id(), self.access.clearance);
        let rows = recovery::follow_ups_owed(app.db.read(), community, self.staff, self.end_of_today(ctx), clearance).await?;
        Ok(rows.into_iter().map(|row| FollowUp::new(&self.access, row.into())).collect())
    }

    async fn load_repairs(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Repair>> {
        let app = ctx.data_unchecked::<App>();
        let owner = (self.staff, self.access.clearance);
        let limit = at_most(first)?;
        let rows = recovery::repairs_owed(app.db.read(), self.access.community_id(), owner, self.end_of_today(ctx), limit).await?;
        Ok(rows.into_iter().map(|row| Repair::new(&self.access, row.into())).collect())
    }
}

/// What a member of staff owes in a community. Needs the role VIEWER or the scope cases:read there.
#[Object]
impl ViewerWork {
    /// The open cases that they have, in the order of the queue.
    async fn my_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<CasePage> {
        maybe(self.cases(ctx, Condition::all(), first, after).await)
    }

    /// Those of their open cases on which a promise is due before today ends in the community's time zone, or overdue; in the
    /// order of the queue.
    async fn cases_due(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<CasePage> {
        let due = Condition::all().add(case::Column::QueueDueAt.lt(self.end_of_today(ctx)));
        maybe(self.cases(ctx, due, first, after).await)
    }

    /// The follow-ups that they are to do before today ends in the community's time zone, and those that they should have done;
    /// the first due first, at most 100.
    async fn follow_ups(&self, ctx: &Context<'_>) -> Maybe<Vec<FollowUp>> {
        maybe(self.load_follow_ups(ctx).await)
    }

    /// The repairs on their cases, and on cases that were merged into them, that are to be delivered before today ends in the
    /// community's time zone, or should have been; the first due first.
    async fn repairs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
    ) -> Maybe<Vec<Repair>> {
        maybe(self.load_repairs(ctx, first).await)
    }

    /// The broken promises on their cases for which the customer has no apology and which were not excused, the first due first.
    async fn unanswered_breaches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<BreachPage> {
        let community = self.access.community_id();
        let owed = Condition::all()
            .add(breach::Column::ExcusedAt.is_null())
            .add(store::is_answered(community).not())
            .add(store::on_cases_of(community, self.staff));
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        maybe(list_breaches(ctx, &self.access, owed, SortDirection::Asc, &args).await)
    }
}
