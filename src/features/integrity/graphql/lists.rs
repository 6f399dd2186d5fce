//! What a community tells of integrity: findings, discounts, and vouches.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use serde_json::json;

use super::discount::EvidenceDiscount;
use super::finding::{IntegrityFinding, IntegrityFindingKind};
use super::vouch::Vouch;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::integrity::finding::Kind;
use crate::features::integrity::service;
use crate::features::integrity::store::{self, Which};
use crate::graphql::page::{Cursor, MAX_PAGE, PageArgs};
use crate::graphql::{Maybe, maybe};

/// What a list of discounts tells beside its page.
pub struct DiscountTotals {
    access: Access,
    which: Which,
}

/// What a list of discounts tells beside its page.
#[Object]
impl DiscountTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<i64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count(app.db.read(), self.access.community_id(), self.which).await)
    }
}

type DiscountPage = Connection<Cursor, EvidenceDiscount, DiscountTotals>;

/// What a list of vouches tells beside its page.
pub struct VouchTotals {
    access: Access,
    in_force: Option<bool>,
}

/// What a list of vouches tells beside its page.
#[Object]
impl VouchTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<i64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_vouches(app.db.read(), self.access.community_id(), self.in_force).await)
    }
}

type VouchPage = Connection<Cursor, Vouch, VouchTotals>;

/// Integrity in the community.
pub struct CommunityIntegrity(pub Access);

/// Integrity in the community.
#[Object]
impl CommunityIntegrity {
    /// Evidence that looks arranged, for people to judge; what has the most credit in question first. It changes nothing by itself.
    /// A look reads all that counts in the community, one look at a time; it is remembered until anything is recorded, for an hour
    /// at most. Needs the role MANAGER or the scope influence:manage.
    async fn integrity_findings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these kinds, at least one; all when not given.")] kinds: Option<Vec<IntegrityFindingKind>>,
        #[graphql(desc = "This many, 1 to 100.", default = 20)] first: i32,
    ) -> Maybe<Vec<IntegrityFinding>> {
        maybe(findings(ctx, &self.0, kinds, first).await)
    }

    /// What staff took out of the account, and what they put back, of interactions within the caller's clearance; the newest first.
    /// Needs the role VIEWER or the scope influence:read.
    async fn evidence_discounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "true: only those in force; false: only those that were restored.")] in_force: Option<bool>,
    ) -> Maybe<DiscountPage> {
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        maybe(discounts(ctx, &self.0, in_force, &args).await)
    }

    /// For whom staff vouched and vouch, the newest first. Needs the role VIEWER or the scope influence:read.
    async fn member_vouches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "true: only those in force; false: only those that were withdrawn.")] in_force: Option<bool>,
    ) -> Maybe<VouchPage> {
        let args = PageArgs {
            first,
            after,
            ..PageArgs::default()
        };
        maybe(vouches(ctx, &self.0, in_force, &args).await)
    }
}

async fn findings(
    ctx: &Context<'_>,
    access: &Access,
    kinds: Option<Vec<IntegrityFindingKind>>,
    first: i32,
) -> Result<Vec<IntegrityFinding>> {
    access.require(Permission::ManageInfluence)?;
    if kinds.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::bad_input("kinds", "must name at least one kind; leave it out for all"));
    }
    let size = usize::try_from(first).ok().filter(|_| (1..=MAX_PAGE).contains(&first));
    let size = size.ok_or_else(|| Error::bad_input("first", format!("must be between 1 and {MAX_PAGE}")))?;
    let kinds: Vec<Kind> = kinds.into_iter().flatten().map(Kind::from).collect();
    let now = ctx.data_unchecked::<OpContext>().now;
    let found = service::findings(ctx.data_unchecked(), access, &kinds, now).await?;
    Ok(found
        .into_iter()
        .take(size)
        .map(|finding| IntegrityFinding::new(access, finding))
        .collect())
}

async fn discounts(ctx: &Context<'_>, access: &Access, in_force: Option<bool>, args: &PageArgs) -> Result<DiscountPage> {
    access.require(Permission::ReadInfluence)?;
    let name = format!("evidenceDiscounts:{in_force:?}");
    let page = args.check::<(i64, i64)>(&name)?;
    let which = Which {
        clearance: access.clearance,
        in_force,
    };
    let app = ctx.data_unchecked::<App>();
    let limit = i64::try_from(page.size).unwrap_or(0) + 1;
    let rows = store::list(app.db.read(), access.community_id(), which, page.after, limit).await?;
    let totals = DiscountTotals {
        access: access.clone(),
        which,
    };
    Ok(page.slice(rows).connect_with(&name, totals, |row| {
        (json!([row.discounted_at.as_micros(), row.id]), EvidenceDiscount::new(access, row))
    }))
}

async fn vouches(ctx: &Context<'_>, access: &Access, in_force: Option<bool>, args: &PageArgs) -> Result<VouchPage> {
    access.require(Permission::ReadInfluence)?;
    let name = format!("memberVouches:{in_force:?}");
    let page = args.check::<(i64, i64)>(&name)?;
    let app = ctx.data_unchecked::<App>();
    let limit = i64::try_from(page.size).unwrap_or(0) + 1;
    let rows = store::list_vouches(app.db.read(), access.community_id(), in_force, page.after, limit).await?;
    let totals = VouchTotals {
        access: access.clone(),
        in_force,
    };
    Ok(page.slice(rows).connect_with(&name, totals, |row| {
        (json!([row.vouched_at.as_micros(), row.id]), Vouch::new(access, Arc::new(row)))
    }))
}
