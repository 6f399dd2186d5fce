//! Cases as they change: one case that somebody looks at, and the queue.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, ID, SimpleObject, Subscription};
use entity::{CaseId, CommunityId};
use serde_json::Value;

use super::Case;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::events::EventType;
use crate::events::log::Entry;
use crate::features::changes::graphql::Change;
use crate::graphql::errors::ApiError;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::subscription::{Happened, Source, Told, Turn, access, cursor, follow, may_see, told, turn};

/// The queue is told of at most so often.
const PACE: Duration = Duration::from_millis(250);

/// Something happened to a case.
#[derive(SimpleObject)]
pub struct CaseUpdate {
    /// The place after it: with this as `after`, another subscription goes on from here.
    cursor: String,
    /// The case as it is now; null when it does not exist for the caller any more.
    case: Option<Case>,
    /// What happened; null when the caller may not see that.
    change: Option<Change>,
}

/// The open cases changed: which, their order, or what is shown of them.
#[derive(SimpleObject)]
pub struct CaseQueueChange {
    /// The place after it: with this as `after`, another subscription goes on from here.
    cursor: String,
    /// The cases that changed, opened, were moved or are over; to be read anew with `nodes`.
    cases: Vec<ID>,
}

/// Subscriptions to cases.
#[derive(Default)]
pub struct CaseSubscription;

/// Subscriptions to cases.
#[Subscription]
impl CaseSubscription {
    /// What happens to a case and to its clocks, breaches, apologies, repairs and follow-ups. When the case stops to exist for the
    /// caller, they are told, with null for the case, and the subscription is complete. Needs the role VIEWER or the scope
    /// cases:read.
    async fn case_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community's slug.")] community: String,
        #[graphql(desc = "Global id of the case.")] case_id: ID,
        #[graphql(desc = "Only what comes after this cursor; from now on when not given.")] after: Option<String>,
    ) -> Result<Told<CaseUpdate>, ApiError> {
        told(updated(ctx, &community, &case_id, after.as_deref()).await)
    }

    /// Says that the open cases changed, at most four times a second, with the ids of those that did. Needs the role VIEWER or the
    /// scope cases:read.
    async fn case_queue_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community's slug.")] community: String,
        #[graphql(desc = "Only what comes after this cursor; from now on when not given.")] after: Option<String>,
    ) -> Result<Told<CaseQueueChange>, ApiError> {
        told(queue_changed(ctx, &community, after.as_deref()).await)
    }
}

async fn updated(ctx: &Context<'_>, slug: &str, case: &ID, after: Option<&str>) -> Result<Option<CaseUpdate>> {
    let access = access(ctx, slug)?;
    access.require(Permission::ReadCases)?;
    let id = GlobalId::expect(case, NodeType::Case, access.community_id(), "case")?;
    match turn(ctx) {
        Turn::Start(slot) => {
            Case::find(ctx, access, CaseId(id)).await?.ok_or(Error::NotFound("case"))?;
            let follower = follow(ctx, access, after).await?;
            // Also what the caller may not see: it may be that the case is gone for them.
            slot.put(Source::new(slug.to_owned(), follower, move |_access, entry| {
                cases_of(entry).contains(&id)
            }));
            Ok(None)
        }
        Turn::Check => Ok(None),
        Turn::Event(happened) => update(ctx, access, CaseId(id), happened).await,
    }
}

async fn update(ctx: &Context<'_>, access: &Access, id: CaseId, happened: &Happened) -> Result<Option<CaseUpdate>> {
    let Some(entry) = happened.last() else { return Ok(None) };
    let is_shown = may_see(access, entry);
    let case = Case::find(ctx, access, id).await?;
    if case.is_none() {
        happened.end();
    } else if !is_shown {
        return Ok(None);
    }
    Ok(Some(CaseUpdate {
        cursor: cursor(entry),
        case,
        change: is_shown.then(|| Change::new(access, Arc::clone(entry))),
    }))
}

async fn queue_changed(ctx: &Context<'_>, slug: &str, after: Option<&str>) -> Result<Option<CaseQueueChange>> {
    let access = access(ctx, slug)?;
    access.require(Permission::ReadCases)?;
    match turn(ctx) {
        Turn::Start(slot) => {
            let wants = |access: &Access, entry: &Entry| moves_queue(entry) && may_see(access, entry);
            let source = Source::new(slug.to_owned(), follow(ctx, access, after).await?, wants);
            slot.put(source.gathering(PACE));
            Ok(None)
        }
        Turn::Check => Ok(None),
        Turn::Event(happened) => Ok(change_of_queue(access.community_id(), access, happened)),
    }
}

fn change_of_queue(community: CommunityId, access: &Access, happened: &Happened) -> Option<CaseQueueChange> {
    let shown = happened.entries().iter().filter(|entry| may_see(access, entry));
    let mut ids: Vec<i64> = shown.flat_map(|entry| cases_of(entry)).collect();
    ids.sort_unstable();
    ids.dedup();
    let last = happened.last().filter(|_| !ids.is_empty())?;
    Some(CaseQueueChange {
        cursor: cursor(last),
        cases: ids.into_iter().map(|id| GlobalId::encode(NodeType::Case, community, id)).collect(),
    })
}

/// Whether an entry is about something that the queue shows.
fn moves_queue(entry: &Entry) -> bool {
    let Some(event_type) = entry.known() else { return false };
    let is_talk = matches!(event_type, EventType::CaseNoted | EventType::CaseSentimentRecorded);
    matches!(event_type.subject_type(), "case" | "breach") && !is_talk
}

/// The cases that an entry is about, by itself or through what hangs on them.
fn cases_of(entry: &Entry) -> Vec<i64> {
    let listed = |ids: &Value| ids.as_array().map(|ids| ids.iter().filter_map(Value::as_i64).collect());
    let payload = &entry.payload;
    match (entry.subject_type.as_str(), entry.subject_id) {
        ("case", 0) => payload.get("ids").and_then(listed).unwrap_or_default(),
        ("case", id) => vec![id],
        _ => payload.get("case").and_then(Value::as_i64).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use entity::{Timestamp, Visibility};
    use serde_json::json;

    use super::*;

    fn entry(event_type: EventType, subject_id: i64, payload: Value) -> Entry {
        Entry {
            community: CommunityId(1),
            seq: 1,
            event_type: event_type.as_str().to_owned(),
            subject_type: event_type.subject_type().to_owned(),
            subject_id,
            at: Timestamp::from_micros(0),
            actor: "staff:1".to_owned(),
            visibility: Visibility::Public,
            internal: false,
            payload,
        }
    }

    #[test]
    fn an_entry_names_its_cases() {
        assert_eq!(cases_of(&entry(EventType::CaseOpened, 7, json!({ "case": 8 }))), [7]);
        assert_eq!(cases_of(&entry(EventType::CasesImported, 0, json!({ "ids": [3, 4] }))), [3, 4]);
        assert_eq!(cases_of(&entry(EventType::ApologySent, 2, json!({ "case": 9 }))), [9]);
        assert!(cases_of(&entry(EventType::MemberUpdated, 2, json!({}))).is_empty());
    }

    #[test]
    fn the_queue_moves_with_what_it_shows() {
        for moving in [
            EventType::CaseOpened,
            EventType::CaseMoved,
            EventType::ClockBreached,
            EventType::BreachExcused,
        ] {
            assert!(moves_queue(&entry(moving, 1, json!({}))), "{moving:?}");
        }
        for still in [
            EventType::CaseNoted,
            EventType::CaseSentimentRecorded,
            EventType::ApologySent,
            EventType::MemberUpdated,
        ] {
            assert!(!moves_queue(&entry(still, 1, json!({}))), "{still:?}");
        }
    }
}
