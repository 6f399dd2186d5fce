//! Scores as they move.

use std::collections::HashSet;

use async_graphql::{Context, ID, Object, Subscription};
use entity::{Consent, MemberId, member};
use serde_json::Value;

use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::events::EventType;
use crate::events::log::Entry;
use crate::features::influence::model::Level;
use crate::features::members::Member;
use crate::graphql::errors::ApiError;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::subscription::{Happened, Source, Told, Turn, access, cursor, follow, may_see, told, turn};

/// Most members that can be asked for by id.
const MOST_MEMBERS: usize = 1_000;

/// A member's score moved.
pub struct InfluenceChange {
    access: Access,
    member: Option<member::Model>,
    cursor: String,
    data: Value,
}

/// A member's score moved by a step, changed its level or its place in front, or is gone.
#[Object]
impl InfluenceChange {
    /// The place after it: with this as `after`, another subscription goes on from here.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// Whose; null for a member who was removed.
    async fn member(&self) -> Option<Member> {
        self.member.clone().map(|row| Member::new(&self.access, row))
    }

    /// The value, 0 to 100; null when there is no score any more.
    async fn value(&self) -> Option<f64> {
        self.number("value")
    }

    /// The value that was last told; null when none was.
    async fn previous_value(&self) -> Option<f64> {
        self.number("previousValue")
    }

    /// The rank; null when there is no score any more.
    async fn rank(&self) -> Option<i32> {
        self.place("rank")
    }

    /// The rank that was last told; null when none was.
    async fn previous_rank(&self) -> Option<i32> {
        self.place("previousRank")
    }

    /// The level; null when there is no score any more.
    async fn level(&self) -> Option<Level> {
        self.named("level")
    }

    /// The level that was last told; null when none was.
    async fn previous_level(&self) -> Option<Level> {
        self.named("previousLevel")
    }
}

impl InfluenceChange {
    fn number(&self, name: &str) -> Option<f64> {
        self.data.get(name)?.as_f64()
    }

    fn place(&self, name: &str) -> Option<i32> {
        self.data.get(name)?.as_i64().and_then(|rank| i32::try_from(rank).ok())
    }

    fn named(&self, name: &str) -> Option<Level> {
        let name = self.data.get(name)?.as_str()?;
        Level::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// Subscriptions to scores.
#[derive(Default)]
pub struct InfluenceSubscription;

/// Subscriptions to scores.
#[Subscription]
impl InfluenceSubscription {
    /// Scores as they move: another level, a move of the value by a whole step, every move within the first hundred ranks, and that
    /// a score is gone. Needs the role VIEWER or the scope influence:read.
    async fn influence_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community's slug.")] community: String,
        #[graphql(desc = "Only of these members, by global id, at most 1000; of all when not given.")] member_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only what comes after this cursor; from now on when not given.")] after: Option<String>,
    ) -> Result<Told<InfluenceChange>, ApiError> {
        told(changed(ctx, &community, member_ids.as_deref(), after.as_deref()).await)
    }
}

async fn changed(ctx: &Context<'_>, slug: &str, members: Option<&[ID]>, after: Option<&str>) -> Result<Option<InfluenceChange>> {
    let access = access(ctx, slug)?;
    access.require(Permission::ReadInfluence)?;
    match turn(ctx) {
        Turn::Start(slot) => {
            let members = members.map(|ids| chosen(access, ids)).transpose()?;
            let wants = move |access: &Access, entry: &Entry| {
                let is_chosen = members.as_ref().is_none_or(|members| members.contains(&entry.subject_id));
                entry.known() == Some(EventType::ScoreChanged) && is_chosen && may_see(access, entry)
            };
            slot.put(Source::new(slug.to_owned(), follow(ctx, access, after).await?, wants));
            Ok(None)
        }
        Turn::Check => Ok(None),
        Turn::Event(happened) => change(ctx, access, happened).await,
    }
}

/// The keys of members that were asked for.
fn chosen(access: &Access, ids: &[ID]) -> Result<HashSet<i64>> {
    if ids.len() > MOST_MEMBERS {
        return Err(Error::bad_input("memberIds", format!("must be at most {MOST_MEMBERS}")));
    }
    ids.iter()
        .map(|id| GlobalId::expect(id, NodeType::Member, access.community_id(), "member"))
        .collect()
}

async fn change(ctx: &Context<'_>, access: &Access, happened: &Happened) -> Result<Option<InfluenceChange>> {
    let Some(entry) = happened.last().filter(|entry| may_see(access, entry)) else {
        return Ok(None);
    };
    let loaders = ctx.data_unchecked::<Loaders>();
    let member = loaders
        .member(ctx.data_unchecked(), access.community_id(), MemberId(entry.subject_id))
        .await?;
    let change = InfluenceChange {
        access: access.clone(),
        member,
        cursor: cursor(entry),
        data: entry.payload.clone(),
    };
    // Who opted out since is told of as gone, and not with the score that they had.
    let is_scored = change.member.as_ref().is_some_and(|member| member.consent == Consent::Scored);
    let is_gone = change.data.get("value").is_none_or(Value::is_null);
    Ok((is_scored || is_gone).then_some(change))
}
