//! Follow-ups as they fall due.

use async_graphql::{Context, SimpleObject, Subscription};
use entity::FollowUpId;

use super::FollowUp;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, Actor, OpContext};
use crate::error::{Error, Result};
use crate::events::EventType;
use crate::events::log::Entry;
use crate::graphql::errors::ApiError;
use crate::graphql::subscription::{Happened, Source, Told, Turn, access, cursor, follow, may_see, told, turn};

/// The day of a follow-up has come.
#[derive(SimpleObject)]
pub struct DueFollowUp {
    /// The place after it: with this as `after`, another subscription goes on from here.
    cursor: String,
    /// The follow-up as it is now.
    follow_up: FollowUp,
}

/// Subscriptions to what is done to make cases right.
#[derive(Default)]
pub struct RecoverySubscription;

/// Subscriptions to what is done to make cases right.
#[Subscription]
impl RecoverySubscription {
    /// Follow-ups whose day has come. Needs the role VIEWER or the scope cases:read.
    async fn follow_ups_due(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community's slug.")] community: String,
        #[graphql(desc = "Only those that the caller owns; false when not given. Integrations own none.")] mine: Option<bool>,
        #[graphql(desc = "Only what comes after this cursor; from now on when not given.")] after: Option<String>,
    ) -> Result<Told<DueFollowUp>, ApiError> {
        told(due(ctx, &community, mine.unwrap_or(false), after.as_deref()).await)
    }
}

async fn due(ctx: &Context<'_>, slug: &str, mine: bool, after: Option<&str>) -> Result<Option<DueFollowUp>> {
    let access = access(ctx, slug)?;
    access.require(Permission::ReadCases)?;
    let actor = &ctx.data_unchecked::<OpContext>().actor;
    if mine && !matches!(actor, Actor::Staff { .. }) {
        return Err(Error::bad_input("mine", "must be false for integrations, which own no follow-ups"));
    }
    match turn(ctx) {
        Turn::Start(slot) => {
            let wants = |access: &Access, entry: &Entry| entry.known() == Some(EventType::FollowUpDue) && may_see(access, entry);
            slot.put(Source::new(slug.to_owned(), follow(ctx, access, after).await?, wants));
            Ok(None)
        }
        Turn::Check => Ok(None),
        Turn::Event(happened) => fallen_due(ctx.data_unchecked(), actor, access, happened, mine).await,
    }
}

async fn fallen_due(app: &App, actor: &Actor, access: &Access, happened: &Happened, mine: bool) -> Result<Option<DueFollowUp>> {
    let Some(entry) = happened.last().filter(|entry| may_see(access, entry)) else {
        return Ok(None);
    };
    let Some(follow_up) = FollowUp::find(app, access, FollowUpId(entry.subject_id)).await? else {
        return Ok(None);
    };
    let is_theirs = matches!(actor, Actor::Staff { id, .. } if follow_up.owner() == Some(*id));
    Ok((is_theirs || !mine).then(|| DueFollowUp {
        cursor: cursor(entry),
        follow_up,
    }))
}
