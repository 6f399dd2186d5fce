//! Lists of calendars, proposed holidays and expectations, page by page.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use entity::{CalendarId, ProposalStatus, calendar, expectation, holiday_proposal};
use sea_orm::{ColumnTrait as _, Condition, Order};
use serde_json::json;

use super::{Calendar, Expectation, ExpectationFilter, HolidayProposal};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::expectations::store;
use crate::graphql::filters::{beyond, column};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{Cursor, Page, PageArgs};
use crate::graphql::{Maybe, maybe};

/// Declares what a list tells beside its page: how many there are.
macro_rules! totals {
    ($(#[$meta:meta])* $name:ident, $count:path) => {
        $(#[$meta])*
        pub struct $name {
            access: Access,
            condition: Condition,
        }

        $(#[$meta])*
        #[Object]
        impl $name {
            /// How many there are on all pages. Counted only when asked for.
            async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
                let app = ctx.data_unchecked::<App>();
                maybe($count(app.db.read(), self.access.community_id(), self.condition.clone()).await)
            }
        }
    };
}

totals! {
    /// What a list of calendars tells beside its page.
    CalendarTotals, store::count_calendars
}

totals! {
    /// What a list of proposed holidays tells beside its page.
    HolidayProposalTotals, store::count_proposals
}

totals! {
    /// What a list of expectations tells beside its page.
    ExpectationTotals, store::count_expectations
}

/// Promises of the community.
pub struct CommunityExpectations(pub Access);

/// Promises of the community.
#[Object]
impl CommunityExpectations {
    /// The calendars in their present versions, by name. Needs the role VIEWER or the scope expectations:read.
    async fn calendars(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Calendar, CalendarTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let present = Condition::all().add(calendar::Column::SupersededAt.is_null());
        maybe(calendars(ctx, &self.0, present, CalendarOrder::Name, &args).await)
    }

    /// Holidays that were proposed, by day. Needs the role VIEWER or the scope expectations:read.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn holiday_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those for this calendar.")] calendar: Option<ID>,
        #[graphql(desc = "Only those of which this became.")] status: Option<ProposalStatus>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, HolidayProposal, HolidayProposalTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(proposals(ctx, &self.0, calendar.as_ref(), status, &args).await)
    }

    /// Expectations in all their versions, the newest first; drafts and retired ones, too. Needs the role VIEWER or the scope
    /// expectations:read.
    async fn expectations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which expectations.")] filter: Option<ExpectationFilter>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Expectation, ExpectationTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let now = ctx.data_unchecked::<OpContext>().now;
        let found = async { expectations(ctx, &self.0, ExpectationFilter::condition(filter.as_ref(), now)?, &args).await };
        maybe(found.await)
    }
}

/// How calendars are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CalendarOrder {
    /// By name.
    Name,
    /// The newest version first.
    Newest,
}

/// A page of calendars that meet a condition.
pub(super) async fn calendars(
    ctx: &Context<'_>,
    access: &Access,
    all: Condition,
    order: CalendarOrder,
    args: &PageArgs,
) -> Result<Connection<Cursor, Calendar, CalendarTotals>> {
    access.require(Permission::ReadExpectations)?;
    let list = format!("calendars:{order:?}");
    let page = args.check::<(String, i64)>(&list)?;
    let ascending = order == CalendarOrder::Name;
    let mut condition = Condition::all().add(all.clone());
    for (key, field, forwards) in bounds(&page) {
        let Some((name, id)) = key else { continue };
        check_text(field, name)?;
        let by_id = (column(calendar::Column::Id), ascending == forwards, (*id).into());
        condition = condition.add(if ascending {
            beyond(&[(column(calendar::Column::Name), forwards, name.as_str().into()), by_id])
        } else {
            beyond(&[by_id])
        });
    }
    let direction = direction(ascending, page.backwards);
    let mut by = vec![(calendar::Column::Id, direction.clone())];
    if ascending {
        by.insert(0, (calendar::Column::Name, direction));
    }
    let app = ctx.data_unchecked::<App>();
    let rows = store::list_calendars(app.db.read(), access.community_id(), condition, by, page.size as u64 + 1).await?;
    let totals = CalendarTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page
        .slice(rows)
        .connect_with(&list, totals, |row| (json!([row.name, row.id]), Calendar::new(access, row))))
}

async fn proposals(
    ctx: &Context<'_>,
    access: &Access,
    calendar: Option<&ID>,
    status: Option<ProposalStatus>,
    args: &PageArgs,
) -> Result<Connection<Cursor, HolidayProposal, HolidayProposalTotals>> {
    use holiday_proposal::Column as C;
    access.require(Permission::ReadExpectations)?;
    let list = "holidayProposals";
    let page = args.check::<(String, i64)>(list)?;
    let mut all = Condition::all();
    if let Some(id) = calendar {
        all = all.add(C::CalendarSeriesId.eq(series_of(ctx, access, id).await?));
    }
    if let Some(status) = status {
        all = all.add(C::Status.eq(status));
    }
    let mut condition = Condition::all().add(all.clone());
    for (key, field, forwards) in bounds(&page) {
        let Some((date, id)) = key else { continue };
        check_text(field, date)?;
        let keys = [
            (column(C::Date), forwards, date.as_str().into()),
            (column(C::Id), forwards, (*id).into()),
        ];
        condition = condition.add(beyond(&keys));
    }
    let (app, community) = (ctx.data_unchecked::<App>(), access.community_id());
    let order = direction(true, page.backwards);
    let rows = store::list_proposals(app.db.read(), community, condition, order, page.size as u64 + 1).await?;
    let totals = HolidayProposalTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page
        .slice(rows)
        .connect_with(list, totals, |row| (json!([row.date, row.id]), HolidayProposal::new(access, row))))
}

/// A page of expectations that meet a condition, the newest version first.
pub(super) async fn expectations(
    ctx: &Context<'_>,
    access: &Access,
    all: Condition,
    args: &PageArgs,
) -> Result<Connection<Cursor, Expectation, ExpectationTotals>> {
    access.require(Permission::ReadExpectations)?;
    let list = "expectations";
    let page = args.check::<i64>(list)?;
    let mut condition = Condition::all().add(all.clone());
    for (key, _field, forwards) in bounds(&page) {
        if let Some(id) = key {
            condition = condition.add(beyond(&[(column(expectation::Column::Id), !forwards, (*id).into())]));
        }
    }
    let (app, community) = (ctx.data_unchecked::<App>(), access.community_id());
    let order = direction(false, page.backwards);
    let rows = store::list_expectations(app.db.read(), community, condition, order, page.size as u64 + 1).await?;
    let totals = ExpectationTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page
        .slice(rows)
        .connect_with(list, totals, |row| (json!(row.id), Expectation::new(access, row))))
}

/// The series of the calendar that an id names.
async fn series_of(ctx: &Context<'_>, access: &Access, id: &ID) -> Result<CalendarId> {
    let missing = || Error::bad_input("calendar", "is not a calendar of this community");
    let community = access.community_id();
    let id = GlobalId::expect(id, NodeType::Calendar, community, "calendar").map_err(|_not_here| missing())?;
    let loaders = &ctx.data_unchecked::<Loaders>().promises;
    let row = loaders.calendar(ctx.data_unchecked(), community, CalendarId(id)).await?;
    Ok(row.ok_or_else(missing)?.series_id)
}

/// The cursors of a page, each with its argument and whether rows after it are wanted.
fn bounds<K>(page: &Page<K>) -> [(Option<&K>, &'static str, bool); 2] {
    [(page.after.as_ref(), "after", true), (page.before.as_ref(), "before", false)]
}

const fn direction(ascending: bool, backwards: bool) -> Order {
    if ascending == backwards { Order::Desc } else { Order::Asc }
}

/// A text from a cursor can be compared.
fn check_text(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::bad_input(field, "is not a cursor of this list and order"));
    }
    Ok(())
}
