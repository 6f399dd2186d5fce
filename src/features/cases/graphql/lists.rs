//! Lists of cases and of breaches.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use entity::{MemberId, Visibility, breach, case};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait as _, Condition};

use super::breach::Breach;
use super::case::Case;
use super::inputs::{BreachFilter, CaseFilter, CaseOrder, CaseOrderField};
use super::keyset::{Keyset, Step};
use super::queue;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::cases::{policy, store};
use crate::graphql::filters::SortDirection;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::{Maybe, maybe};

/// What a list of cases tells beside its page.
pub struct CaseTotals {
    access: Access,
    condition: Condition,
}

/// What a list of cases tells beside its page.
#[Object]
impl CaseTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_cases(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// A page of cases.
pub type CasePage = Connection<Cursor, Case, CaseTotals>;

/// What a list of breaches tells beside its page.
pub struct BreachTotals {
    access: Access,
    condition: Condition,
}

/// What a list of breaches tells beside its page.
#[Object]
impl BreachTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_breaches(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// A page of breaches.
pub type BreachPage = Connection<Cursor, Breach, BreachTotals>;

/// Cases in the community.
pub struct CommunityCases(pub Access);

/// Cases in the community.
#[Object]
impl CommunityCases {
    /// The case of this number. NOT_FOUND when there is none that the caller may see. Needs the role VIEWER or the scope
    /// cases:read.
    async fn case(&self, ctx: &Context<'_>, #[graphql(desc = "Its number in the community.")] number: i32) -> Maybe<Case> {
        maybe(by_number(ctx, &self.0, number).await)
    }

    /// Cases, as far as the caller's clearance reaches; the latest opened first unless ordered otherwise. Needs the role VIEWER or
    /// the scope cases:read.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cases.")] filter: Option<CaseFilter>,
        #[graphql(desc = "Has this in the subject, or is its number; upper and lower case are the same.")] search: Option<String>,
        #[graphql(desc = "The order; up to three steps.")] order_by: Option<Vec<CaseOrder>>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<CasePage> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let which = async {
            let which = which(ctx, &self.0, filter.as_ref(), search.as_deref())?;
            list(ctx, &self.0, which, order_by.unwrap_or_default(), &args).await
        };
        maybe(which.await)
    }

    /// The cases that are open, in the order in which they should be worked: by when the next promise is due, then by severity,
    /// then by when they were opened. Nothing that is known of members plays a part: no score, no followers, no attributes.
    /// Needs the role VIEWER or the scope cases:read.
    async fn case_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of the open cases.")] filter: Option<CaseFilter>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<CasePage> {
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        let queue = async {
            let which = which(ctx, &self.0, filter.as_ref(), None)?;
            queue::list(ctx, &self.0, which, &args).await
        };
        maybe(queue.await)
    }

    /// Promises that were broken, in cases as far as the caller's clearance reaches; the latest due first unless asked otherwise.
    /// Needs the role VIEWER or the scope cases:read.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn breaches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which breaches.")] filter: Option<BreachFilter>,
        #[graphql(
            desc = "DESC for the latest due first, ASC for the earliest.",
            default_with = "SortDirection::Desc"
        )]
        direction: SortDirection,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<BreachPage> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let breaches = async {
            let which = BreachFilter::condition(filter.as_ref(), self.0.community_id())?;
            list_breaches(ctx, &self.0, which, direction, &args).await
        };
        maybe(breaches.await)
    }
}

/// A member's cases.
pub struct MemberCases {
    /// What the caller may do.
    pub access: Access,
    /// Whose.
    pub member: MemberId,
}

/// A member's cases.
#[Object]
impl MemberCases {
    /// The member's cases, those of members merged into them included, as far as the caller's clearance reaches; the latest
    /// opened first unless ordered otherwise. Needs the role VIEWER or the scope cases:read.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cases.")] filter: Option<CaseFilter>,
        #[graphql(desc = "The order; up to three steps.")] order_by: Option<Vec<CaseOrder>>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<CasePage> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let own = store::of_members(self.access.community_id(), &[self.member]);
        let cases = async {
            let which = which(ctx, &self.access, filter.as_ref(), None)?.add(own);
            list(ctx, &self.access, which, order_by.unwrap_or_default(), &args).await
        };
        maybe(cases.await)
    }
}

async fn by_number(ctx: &Context<'_>, access: &Access, number: i32) -> Result<Case> {
    access.require(Permission::ReadCases)?;
    let app = ctx.data_unchecked::<App>();
    let row = store::case_by_number(app.db.read(), access.community_id(), number.into()).await?;
    let found = row.and_then(|row| Case::new(access, row.into()));
    found.ok_or(Error::NotFound("case"))
}

/// The condition of the cases that an actor asks for and may know of.
pub(super) fn which(ctx: &Context<'_>, access: &Access, filter: Option<&CaseFilter>, search: Option<&str>) -> Result<Condition> {
    access.require(Permission::ReadCases)?;
    let asked = (access.community_id(), ctx.data_unchecked::<OpContext>().now);
    Ok(Condition::all()
        .add(CaseFilter::condition(filter, search, asked)?)
        .add(readable(access)))
}

/// The condition that a case exists for an actor.
fn readable(access: &Access) -> SimpleExpr {
    case::Column::Visibility.lte(access.clearance)
}

impl CaseOrderField {
    fn step(self, ascending: bool) -> Step<case::Model> {
        use case::Column as C;
        match self {
            Self::OpenedAt => Step::new(C::OpenedAt, ascending, |row: &case::Model| row.opened_at.as_micros()),
            Self::UpdatedAt => Step::new(C::UpdatedAt, ascending, |row: &case::Model| row.updated_at.as_micros()),
            Self::Severity => Step::new(C::Severity, ascending, |row: &case::Model| row.severity as i64),
            Self::NextDue => Step::new(C::QueueDueAt, ascending, |row: &case::Model| row.queue_due_at.as_micros()),
        }
    }
}

/// The order that is asked for; where cases are equal, the direction of the last step decides between their ids.
fn ordered(mut order: Vec<CaseOrder>) -> Result<Keyset<case::Model>> {
    if order.len() > 3 {
        return Err(Error::bad_input("orderBy", "must have at most three steps"));
    }
    if order.is_empty() {
        order.push(CaseOrder {
            field: CaseOrderField::OpenedAt,
            direction: SortDirection::Desc,
        });
    }
    let ascends = |step: &CaseOrder| step.direction == SortDirection::Asc;
    let mut steps: Vec<Step<case::Model>> = order.iter().map(|step| step.field.step(ascends(step))).collect();
    steps.push(Step::new(
        case::Column::Id,
        order.last().is_none_or(ascends),
        |row: &case::Model| row.id.0,
    ));
    Ok(Keyset::new(format!("cases:{order:?}"), steps))
}

async fn list(ctx: &Context<'_>, access: &Access, which: Condition, order: Vec<CaseOrder>, args: &PageArgs) -> Result<CasePage> {
    page_of(ctx, access, which, &ordered(order)?, args).await
}

/// A page of the cases that meet a condition, in an order.
pub(super) async fn page_of(
    ctx: &Context<'_>,
    access: &Access,
    which: Condition,
    keyset: &Keyset<case::Model>,
    args: &PageArgs,
) -> Result<CasePage> {
    let page = keyset.page(args)?;
    let condition = Condition::all().add(which.clone()).add(keyset.bounds(&page)?);
    let app = ctx.data_unchecked::<App>();
    let community = access.community_id();
    let mut rows = store::list_cases(app.db.read(), community, condition, keyset.order(&page), page.size as u64 + 1).await?;
    // The condition says so already: what is private never leaves by a forgotten condition.
    rows.retain(|row| policy::visible(access, row));
    let totals = CaseTotals {
        access: access.clone(),
        condition: which,
    };
    Ok(page.slice(rows).connect_with(keyset.name(), totals, |row| {
        (keyset.key(&row), Case::of_visible(access, row.into()))
    }))
}

/// A page of the breaches that meet a condition, in cases that the actor may see.
pub(super) async fn list_breaches(
    ctx: &Context<'_>,
    access: &Access,
    which: Condition,
    direction: SortDirection,
    args: &PageArgs,
) -> Result<BreachPage> {
    access.require(Permission::ReadCases)?;
    let community = access.community_id();
    let ascending = direction == SortDirection::Asc;
    let steps = vec![
        Step::new(breach::Column::DueAt, ascending, |row: &breach::Model| row.due_at.as_micros()),
        Step::new(breach::Column::Id, ascending, |row: &breach::Model| row.id.0),
    ];
    let keyset = Keyset::new(format!("breaches:{direction:?}"), steps);
    let page = keyset.page(args)?;
    let mut all = Condition::all().add(which);
    if access.clearance < Visibility::Private {
        all = all.add(store::in_case(community, Condition::all().add(readable(access))));
    }
    let condition = all.clone().add(keyset.bounds(&page)?);
    let app = ctx.data_unchecked::<App>();
    let rows = store::list_breaches(app.db.read(), community, condition, keyset.order(&page), page.size as u64 + 1).await?;
    let totals = BreachTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page
        .slice(rows)
        .connect_with(keyset.name(), totals, |row| (keyset.key(&row), Breach::new(access, row.into()))))
}
