//! Changes as they happen: the stream beside the pages.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription};

use super::graphql::{Change, ChangeType, subjects};
use super::service;
use crate::context::Access;
use crate::error::Result;
use crate::events::EventType;
use crate::events::log::Entry;
use crate::graphql::errors::ApiError;
use crate::graphql::subscription::{Source, Told, Turn, access, follow, told, turn};

/// Subscriptions to changes.
#[derive(Default)]
pub struct ChangeSubscription;

/// Subscriptions to changes.
#[Subscription]
impl ChangeSubscription {
    /// What changes, in the order of the commits: the query of the same name as a stream. Whoever goes on with the cursor of the last
    /// change sees everything that they may see exactly once. Needs the role VIEWER or a scope that reads something; a type that is
    /// asked for by name needs what `changeTypes` says. CURSOR_EXPIRED when what came after the cursor was deleted because it was
    /// old.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community's slug.")] community: String,
        #[graphql(desc = "Only what comes after this cursor; from now on when not given.")] after: Option<String>,
        #[graphql(desc = "Only these types; all that the caller may see when not given or empty.")] types: Option<Vec<ChangeType>>,
        #[graphql(desc = "Only about these objects, by global id, at most 100; all when not given or empty.")] subjects: Option<Vec<ID>>,
    ) -> Result<Told<Change>, ApiError> {
        let wanted = Wanted {
            community,
            after,
            types,
            subjects,
        };
        told(changes(ctx, wanted).await)
    }
}

/// The arguments of a subscription.
struct Wanted {
    community: String,
    after: Option<String>,
    types: Option<Vec<ChangeType>>,
    subjects: Option<Vec<ID>>,
}

async fn changes(ctx: &Context<'_>, wanted: Wanted) -> Result<Option<Change>> {
    let access = access(ctx, &wanted.community)?;
    let types = wanted.types.map(|types| types.into_iter().map(EventType::from).collect());
    let about = wanted.subjects.map(|ids| subjects(access, &ids)).transpose()?;
    let mut reading = service::reading(access, types, about)?;
    match turn(ctx) {
        Turn::Start(slot) => {
            let follower = follow(ctx, access, wanted.after.as_deref()).await?;
            let wants = move |access: &Access, entry: &Entry| {
                (reading.permissions, reading.clearance) = (access.permissions, access.clearance);
                reading.shows(entry)
            };
            slot.put(Source::new(wanted.community, follower, wants));
            Ok(None)
        }
        Turn::Check => Ok(None),
        Turn::Event(happened) => {
            let shown = happened.last().filter(|entry| reading.shows(entry));
            Ok(shown.map(|entry| Change::new(access, Arc::clone(entry))))
        }
    }
}
