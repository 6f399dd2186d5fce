//! Lists of advocates: programmes and advocates of the community, what a member is an advocate in, and how staff took care of them.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use entity::{MemberId, advocate, advocate_programme, touchpoint};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{Condition, Order};
use serde_json::json;

use super::filter::AdvocateFilter;
use super::loaders::AdvocateLoaders;
use super::programme::AdvocateProgramme;
use super::touchpoint::Touchpoint;
use super::types::Advocate;
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::advocates::store;
use crate::graphql::filters::{beyond, column};
use crate::graphql::page::{Cursor, Page, PageArgs};
use crate::graphql::{Maybe, maybe};

/// The names of the lists in their cursors.
const PROGRAMMES: &str = "advocateProgrammes";
const ADVOCATES: &str = "advocates";
const TOUCHPOINTS: &str = "touchpoints";

/// What a list of programmes tells beside its page.
pub struct ProgrammeTotals {
    access: Access,
    condition: Condition,
}

/// What a list of programmes tells beside its page.
#[Object]
impl ProgrammeTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_programmes(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// What a list of advocates tells beside its page.
pub struct AdvocateTotals {
    access: Access,
    condition: Condition,
}

/// What a list of advocates tells beside its page.
#[Object]
impl AdvocateTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_advocates(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// A page of advocates.
pub type AdvocatePage = Connection<Cursor, Advocate, AdvocateTotals>;

/// What a list of touchpoints tells beside its page.
pub struct TouchpointTotals {
    access: Access,
    condition: Condition,
}

/// What a list of touchpoints tells beside its page.
#[Object]
impl TouchpointTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_touchpoints(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// A page of touchpoints.
pub type TouchpointPage = Connection<Cursor, Touchpoint, TouchpointTotals>;

/// Advocates in the community.
pub struct CommunityAdvocates(pub Access);

/// Advocates in the community.
#[Object]
impl CommunityAdvocates {
    /// Advocate programmes, by name. Needs the role AGENT or the scope advocates:read.
    async fn advocate_programmes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those that have ended, too.", default = false)] include_ended: bool,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, AdvocateProgramme, ProgrammeTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(programmes(ctx, &self.0, include_ended, &args).await)
    }

    /// Advocates of all programmes, the newest first. Nothing here goes by scores. Needs the role AGENT or the scope advocates:read.
    async fn advocates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which advocates.")] filter: Option<AdvocateFilter>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<AdvocatePage> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(advocates(ctx, &self.0, filter.as_ref(), Condition::all(), &args).await)
    }
}

/// How a member is nurtured.
pub struct MemberAdvocates {
    /// What the caller may do.
    pub access: Access,
    /// Whom.
    pub member: MemberId,
}

/// How a member is nurtured.
#[Object]
impl MemberAdvocates {
    /// What the member is or was an advocate in, with what those merged into them were; the newest first, at most 100. It stays when
    /// they opt out of being scored: it is a record of care, and no score. Needs the role AGENT or the scope advocates:read.
    async fn advocacies(&self, ctx: &Context<'_>) -> Maybe<Vec<Advocate>> {
        maybe(advocacies(ctx, &self.access, self.member).await)
    }

    /// How staff took care of the member, and of those merged into them; the latest first. Needs the role AGENT or the scope
    /// advocates:read.
    async fn touchpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Those that were retracted, too.", default = false)] include_retracted: bool,
    ) -> Maybe<TouchpointPage> {
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        maybe(touchpoints(ctx, &self.access, self.member, include_retracted, &args).await)
    }
}

async fn programmes(
    ctx: &Context<'_>,
    access: &Access,
    include_ended: bool,
    args: &PageArgs,
) -> Result<Connection<Cursor, AdvocateProgramme, ProgrammeTotals>> {
    use advocate_programme::Column as C;
    access.require(Permission::ReadAdvocates)?;
    let page = args.check::<(String, i64)>(PROGRAMMES)?;
    let mut all = Condition::all();
    if !include_ended {
        all = all.add(column(C::EndedAt).is_null());
    }
    let mut condition = Condition::all().add(all.clone());
    for (key, field, onward) in [(&page.after, "after", true), (&page.before, "before", false)] {
        let Some((name, id)) = key else { continue };
        if name.contains('\0') {
            return Err(Error::bad_input(field, "is not a cursor of this list and order"));
        }
        let keys = [
            (column(C::SearchName), onward, name.as_str().into()),
            (column(C::Id), onward, (*id).into()),
        ];
        condition = condition.add(beyond(&keys));
    }
    let order = if page.backwards { Order::Desc } else { Order::Asc };
    let (app, community) = (ctx.data_unchecked::<App>(), access.community_id());
    let rows = store::list_programmes(app.db.read(), community, condition, order, page.size as u64 + 1).await?;
    let totals = ProgrammeTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page.slice(rows).connect_with(PROGRAMMES, totals, |row| {
        (json!([row.search_name, row.id]), AdvocateProgramme::new(access, Arc::new(row)))
    }))
}

/// A page of advocates that a filter lets through and that meet a condition, the newest first.
pub(super) async fn advocates(
    ctx: &Context<'_>,
    access: &Access,
    filter: Option<&AdvocateFilter>,
    among: Condition,
    args: &PageArgs,
) -> Result<AdvocatePage> {
    access.require(Permission::ReadAdvocates)?;
    let community = access.community_id();
    let page = args.check::<(i64, i64)>(ADVOCATES)?;
    let all = AdvocateFilter::condition(filter, community)?.add(among);
    let bounds = bounds(&page, advocate::Column::Since, advocate::Column::Id);
    let condition = Condition::all().add(all.clone()).add(bounds);
    let app = ctx.data_unchecked::<App>();
    let rows = store::list_advocates(app.db.read(), community, condition, newest_first(&page), page.size as u64 + 1).await?;
    let totals = AdvocateTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page.slice(rows).connect_with(ADVOCATES, totals, |row| {
        (json!([row.since.as_micros(), row.id]), Advocate::new(access, Arc::new(row)))
    }))
}

/// A page of the touchpoints of a member, the latest first.
pub(super) async fn touchpoints(
    ctx: &Context<'_>,
    access: &Access,
    member: MemberId,
    include_retracted: bool,
    args: &PageArgs,
) -> Result<TouchpointPage> {
    use touchpoint::Column as C;
    access.require(Permission::ReadAdvocates)?;
    let community = access.community_id();
    let page = args.check::<(i64, i64)>(TOUCHPOINTS)?;
    let mut all = Condition::all().add(store::touching(community, &[member]));
    if !include_retracted {
        all = all.add(column(C::RetractedAt).is_null());
    }
    let condition = Condition::all().add(all.clone()).add(bounds(&page, C::HappenedAt, C::Id));
    let app = ctx.data_unchecked::<App>();
    let rows = store::list_touchpoints(app.db.read(), community, condition, newest_first(&page), page.size as u64 + 1).await?;
    let totals = TouchpointTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page.slice(rows).connect_with(TOUCHPOINTS, totals, |row| {
        (json!([row.happened_at.as_micros(), row.id]), Touchpoint::new(access, row))
    }))
}

async fn advocacies(ctx: &Context<'_>, access: &Access, member: MemberId) -> Result<Vec<Advocate>> {
    access.require(Permission::ReadAdvocates)?;
    let loaders = ctx.data_unchecked::<AdvocateLoaders>();
    let rows = loaders.advocacies(ctx.data_unchecked(), access.community_id(), member).await?;
    Ok(rows.iter().map(|row| Advocate::new(access, row.clone())).collect())
}

/// The condition of the rows after and before the cursors of a page, in the order of an instant and the id, the newest first.
fn bounds<C: sea_orm::ColumnTrait>(page: &Page<(i64, i64)>, at: C, id: C) -> Condition {
    let mut bounds = Condition::all();
    for (key, onward) in [(page.after, true), (page.before, false)] {
        if let Some((instant, number)) = key {
            bounds = bounds.add(beyond(&[
                (column(at), !onward, instant.into()),
                (column(id), !onward, number.into()),
            ]));
        }
    }
    bounds
}

const fn newest_first<K>(page: &Page<K>) -> Order {
    if page.backwards { Order::Asc } else { Order::Desc }
}
