//! The lists, page by page: each is at hand whole, as it follows from a ranking in memory.

use std::collections::HashMap;

use async_graphql::Context;
use async_graphql::connection::Connection;
use entity::MemberId;
use serde_json::json;

use super::types::{MemberAtRisk, MovingMember, OutreachTotals, QuietInfluencer};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::influence;
use crate::features::influence::snapshot::{Snapshot, Standing};
use crate::features::members::{self, Member};
use crate::features::outreach::service::{self, Moves};
use crate::graphql::page::{Cursor, Exact, Page, PageArgs, Slice};

/// Where somebody stands in a list: by how much, and who.
type Key = (Exact, i64);

/// The page of a list that is ordered by a size, the largest first, and then by member. Sizes change between requests: a page goes on
/// after the member with whom the last one ended, wherever they stand now.
fn page_of<T: Clone>(page: &Page<Key>, all: &[T], key: impl Fn(&T) -> (f64, MemberId)) -> Slice<T> {
    let start = page.after.map_or(0, |(Exact(size), id)| {
        let comes_first = |one: &T| {
            let (own, member) = key(one);
            own > size || (own.total_cmp(&size).is_eq() && member.0 < id)
        };
        let place = all.iter().position(|one| key(one).1.0 == id);
        place.map_or_else(|| all.partition_point(comes_first), |place| place + 1)
    });
    page.slice_of(all.get(start..).unwrap_or_default())
}

fn key_of(size: f64, member: MemberId) -> serde_json::Value {
    json!([Exact(size), member])
}

/// The members of a page.
struct People<'a> {
    access: &'a Access,
    rows: HashMap<MemberId, entity::member::Model>,
}

impl<'a> People<'a> {
    async fn load(ctx: &Context<'_>, access: &'a Access, ids: Vec<MemberId>) -> Result<Self> {
        let app = ctx.data_unchecked::<App>();
        let rows = members::store::by_ids(app.db.read(), access.community_id(), &ids).await?;
        Ok(Self { access, rows })
    }

    fn get(&self, member: MemberId) -> Option<Member> {
        self.rows.get(&member).map(|row| Member::new(self.access, row.clone()))
    }
}

/// Members with influence whom few follow.
pub(super) async fn quiet(
    ctx: &Context<'_>,
    access: &Access,
    most: i32,
    topic: Option<&str>,
    args: &PageArgs,
) -> Result<Connection<Cursor, QuietInfluencer, OutreachTotals>> {
    access.require(Permission::ReadInfluence)?;
    let scope = influence::graphql::scope(ctx, access, topic).await?;
    let name = format!("quietInfluencers:{most}:{:?}", scope.topic);
    let page = args.check::<Key>(&name)?;
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let found = service::quiet_influencers(app, op, access, scope, most).await?;
    let slice = page_of(&page, &found.items, |one| (one.standing.total, one.standing.member));
    let people = People::load(ctx, access, slice.items.iter().map(|one| one.standing.member).collect()).await?;
    let totals = OutreachTotals(found.items.len());
    Ok(slice.connect_with(&name, totals, |one| {
        let Standing {
            member, total, evidence, ..
        } = one.standing;
        let node = QuietInfluencer {
            member: people.get(member),
            value: found.ranking.model.value(total),
            points: total,
            level: found.ranking.model.level(total, evidence),
            rank: found.ranking.rank(total),
            followers: one.followers,
        };
        (key_of(total, member), node)
    }))
}

/// Members who rose or fell.
pub(super) async fn moving(
    ctx: &Context<'_>,
    access: &Access,
    which: Moves,
    topic: Option<&str>,
    args: &PageArgs,
) -> Result<Connection<Cursor, MovingMember, OutreachTotals>> {
    access.require(Permission::ReadInfluence)?;
    let scope = influence::graphql::scope(ctx, access, topic).await?;
    let Moves {
        direction,
        over,
        with_emerging,
    } = which;
    let name = format!("{direction:?}Members:{over}:{with_emerging}:{:?}", scope.topic);
    let page = args.check::<Key>(&name)?;
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let found = service::moving_members(app, op, access, scope, which).await?;
    let slice = page_of(&page, &found, |one| (one.size().abs(), one.member));
    let people = People::load(ctx, access, slice.items.iter().map(|one| one.member).collect()).await?;
    Ok(slice.connect_with(&name, OutreachTotals(found.len()), |one| {
        let node = MovingMember {
            member: people.get(one.member),
            value: one.now.value,
            points: one.now.points,
            level: one.now.level,
            rank: one.now.rank,
            change: one.size(),
            value_before: one.before.value,
            level_before: one.before.level,
            rank_before: one.before.rank,
        };
        (key_of(one.size().abs(), one.member), node)
    }))
}

/// Members with influence who may be lost.
pub(super) async fn at_risk(
    ctx: &Context<'_>,
    access: &Access,
    args: &PageArgs,
) -> Result<Connection<Cursor, MemberAtRisk, OutreachTotals>> {
    let name = "membersAtRisk";
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    access.require(Permission::ReadInfluence)?;
    let page = args.check::<Key>(name)?;
    let found = service::members_at_risk(app, op, access).await?;
    let slice = page_of(&page, &found.items, |one| (one.standing.total, one.standing.member));
    let people = People::load(ctx, access, slice.items.iter().map(|one| one.standing.member).collect()).await?;
    let ranking: &Snapshot = &found.ranking;
    Ok(slice.connect_with(name, OutreachTotals(found.items.len()), |one| {
        let Standing {
            member, total, evidence, ..
        } = one.standing;
        let node = MemberAtRisk {
            member: people.get(member),
            value: ranking.model.value(total),
            points: total,
            level: ranking.model.level(total, evidence),
            rank: ranking.rank(total),
            reasons: one.reasons.into_iter().map(Into::into).collect(),
            open_cases: one.cases.open,
            sentiment: one.mood.recent.measured(),
            sentiment_before: one.mood.before.measured(),
        };
        (key_of(total, member), node)
    }))
}
