//! Lists of recovery: what hangs on a case, and the follow-ups of the community.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use entity::{CaseId, follow_up};
use sea_orm::{Condition, Order};

use super::filter::{FollowUpDue, FollowUpFilter};
use super::follow_ups::FollowUp;
use super::loaders::RecoveryLoaders;
use super::types::{Apology, Repair};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::recovery::store;
use crate::graphql::filters::{beyond, column};
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::{Maybe, maybe};

/// The name of the list in its cursors.
const FOLLOW_UPS: &str = "followUps";

/// What the company does to make a case right.
pub struct CaseRecovery {
    /// What the caller may do.
    pub access: Access,
    /// Which case; the caller may see it.
    pub case: CaseId,
}

/// What the company does to make a case right.
#[Object]
impl CaseRecovery {
    /// The apologies, the oldest first; at most 100. Drafts need the role AGENT or the scope cases:notes.
    async fn apologies(&self, ctx: &Context<'_>) -> Maybe<Vec<Apology>> {
        let loaders = ctx.data_unchecked::<RecoveryLoaders>();
        let rows = loaders.apologies(ctx.data_unchecked(), self.access.community_id(), self.case).await;
        maybe(rows.map(|rows| rows.iter().filter_map(|row| Apology::new(&self.access, row.clone())).collect()))
    }

    /// The repairs, those on cases that were merged into it included, the oldest first. One that belongs to an apology is for those
    /// who may read that.
    async fn repairs(&self, ctx: &Context<'_>) -> Maybe<Vec<Repair>> {
        maybe(Repair::on_case(ctx, &self.access, self.case).await)
    }

    /// The follow-ups, the first due first.
    async fn follow_ups(&self, ctx: &Context<'_>) -> Maybe<Vec<FollowUp>> {
        let loaders = ctx.data_unchecked::<RecoveryLoaders>();
        let rows = loaders
            .follow_ups(ctx.data_unchecked(), self.access.community_id(), self.case)
            .await;
        maybe(rows.map(|rows| rows.iter().map(|row| FollowUp::new(&self.access, row.clone())).collect()))
    }
}

/// What a list of follow-ups tells beside its page.
pub struct FollowUpTotals {
    access: Access,
    condition: Condition,
}

/// What a list of follow-ups tells beside its page.
#[Object]
impl FollowUpTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_follow_ups(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// Follow-ups in the community.
pub struct CommunityRecovery(pub Access);

/// Follow-ups in the community.
#[Object]
impl CommunityRecovery {
    /// Follow-ups, the first due first. Those on cases above the caller's clearance are not listed. Needs the role VIEWER or
    /// the scope cases:read.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn follow_ups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which follow-ups.")] filter: Option<FollowUpFilter>,
        #[graphql(desc = "Only what is still to be done, by when.")] due: Option<FollowUpDue>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, FollowUp, FollowUpTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(list(ctx, &self.0, filter.as_ref(), due, &args).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    access: &Access,
    filter: Option<&FollowUpFilter>,
    due: Option<FollowUpDue>,
    args: &PageArgs,
) -> Result<Connection<Cursor, FollowUp, FollowUpTotals>> {
    access.require(Permission::ReadCases)?;
    let (community, now) = (access.community_id(), ctx.data_unchecked::<OpContext>().now);
    let page = args.check::<(i64, i64)>(FOLLOW_UPS)?;
    let mut all = FollowUpFilter::condition(filter, community, now)?.add(store::on_seen_cases(access.clearance));
    if let Some(due) = due {
        all = all.add(due.condition(now, &access.community.timezone));
    }
    let mut condition = Condition::all().add(all.clone());
    for (key, onward) in [(page.after, true), (page.before, false)] {
        if let Some((at, id)) = key {
            let keys = [
                (column(follow_up::Column::DueAt), onward, at.into()),
                (column(follow_up::Column::Id), onward, id.into()),
            ];
            condition = condition.add(beyond(&keys));
        }
    }
    let order = if page.backwards { Order::Desc } else { Order::Asc };
    let app = ctx.data_unchecked::<App>();
    let rows = store::list_follow_ups(app.db.read(), community, condition, order, page.size as u64 + 1).await?;
    let totals = FollowUpTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page.slice(rows).connect_with(FOLLOW_UPS, totals, |row| {
        (
            serde_json::json!([row.due_at.as_micros(), row.id]),
            FollowUp::new(access, Arc::new(row)),
        )
    }))
}
