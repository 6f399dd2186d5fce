//! Changes in the API: pages of the log, and the catalogue of what can be in it.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Enum, ID, Json, Object, SimpleObject};
use entity::{Role, Visibility};

use super::service::{self, Asked, LONGEST_WAIT, MOST, MOST_SUBJECTS, Reader, USUAL};
use crate::app::App;
use crate::context::{Access, Authorization, OpContext};
use crate::error::{Error, Result, UserErrorCode};
use crate::events::cursor::Cursor;
use crate::events::log::Entry;
use crate::events::payload::{self, ActorKind};
use crate::events::{EventType, with_event_types};
use crate::graphql::global_id::GlobalId;
use crate::graphql::node::{self, Node};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// Declares the types of the log as an enum of the API.
macro_rules! change_types {
    ($($(#[$meta:meta])+ $variant:ident = $name:literal about $subject:literal for $($needs:ident),+; version $version:literal),+ $(,)?) => {
        /// What happened. The value is the name in capitals, `CASE_OPENED` for `case.opened`; `changeTypes` says more.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum ChangeType {
            $($(#[$meta])+ $variant),+
        }

        impl From<ChangeType> for EventType {
            fn from(value: ChangeType) -> Self {
                match value { $(ChangeType::$variant => Self::$variant),+ }
            }
        }

        impl From<EventType> for ChangeType {
            fn from(value: EventType) -> Self {
                match value { $(EventType::$variant => Self::$variant),+ }
            }
        }
    };
}
with_event_types!(change_types);

/// A type of change: what can be in the log, and who sees it.
#[derive(SimpleObject)]
pub struct ChangeTypeInfo {
    /// The value by which it is asked for.
    #[graphql(name = "type")]
    value: ChangeType,
    /// The name in the log, for example `case.opened`.
    name: &'static str,
    /// What it means.
    description: &'static str,
    /// The version of its data. It goes up when the data loses something or changes its meaning.
    version: i32,
    /// The type of the object that it is about.
    subject_type: &'static str,
    /// The lowest role that sees it.
    role: Role,
    /// The scopes with which an integration sees it: all of them are needed.
    scopes: Vec<&'static str>,
}

impl From<EventType> for ChangeTypeInfo {
    fn from(event_type: EventType) -> Self {
        Self {
            value: event_type.into(),
            name: event_type.as_str(),
            description: event_type.description(),
            version: event_type.version(),
            subject_type: payload::node_type(event_type.subject_type()).map_or("", |node_type| node_type.type_name()),
            role: service::least_role(event_type),
            scopes: event_type.permissions().iter().map(|permission| permission.scope()).collect(),
        }
    }
}

/// Queries for the catalogue of changes.
#[derive(Default)]
pub struct ChangeQuery;

/// Queries for the catalogue of changes.
#[Object]
impl ChangeQuery {
    /// All types of changes that the log of a community can hold.
    async fn change_types(&self) -> Vec<ChangeTypeInfo> {
        EventType::ALL.iter().copied().map(ChangeTypeInfo::from).collect()
    }
}

/// Sorts of those who act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ChangeActorType {
    /// A member of staff.
    Staff,
    /// An integration.
    Client,
    /// The program itself.
    System,
    /// Nobody who was signed in.
    Anonymous,
}

/// Who did something.
#[derive(SimpleObject)]
pub struct ChangeActor {
    /// What sort of actor.
    #[graphql(name = "type")]
    kind: ChangeActorType,
    /// Global id of the member of staff or the integration; null for others.
    id: Option<ID>,
    /// Which part of the program it was, for SYSTEM; null for others.
    name: Option<String>,
}

impl From<payload::Actor> for ChangeActor {
    fn from(actor: payload::Actor) -> Self {
        Self {
            kind: match actor.kind {
                ActorKind::Staff => ChangeActorType::Staff,
                ActorKind::Client => ChangeActorType::Client,
                ActorKind::System => ChangeActorType::System,
                ActorKind::Anonymous => ChangeActorType::Anonymous,
            },
            id: actor.id.map(ID),
            name: actor.name,
        }
    }
}

/// What a change is about.
#[derive(SimpleObject)]
pub struct ChangeSubject {
    /// The name of its type, for example `Case`.
    #[graphql(name = "type")]
    type_name: String,
    /// Global id; null when the change is about many, which its data lists.
    id: Option<ID>,
}

impl From<payload::Subject> for ChangeSubject {
    fn from(subject: payload::Subject) -> Self {
        Self {
            type_name: subject.type_name,
            id: subject.id.map(ID),
        }
    }
}

/// Something that changed, as the log tells it.
pub struct Change {
    access: Access,
    entry: Arc<Entry>,
}

impl Change {
    /// An event that an actor was found to see.
    #[must_use]
    pub fn new(access: &Access, entry: impl Into<Arc<Entry>>) -> Self {
        Self {
            access: access.clone(),
            entry: entry.into(),
        }
    }

    async fn load_node(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match payload::subject(&self.entry).id.as_deref().and_then(GlobalId::decode) {
            Some(id) => node::visible(ctx, &self.access, id).await,
            None => Ok(None),
        }
    }
}

/// Something that changed, as the log tells it. Recorded once, in the transaction that changed it.
#[Object]
impl Change {
    /// The place after it: what is asked for after this cursor comes later.
    async fn cursor(&self) -> String {
        Cursor::new(self.entry.community, self.entry.seq).encode()
    }

    /// What happened, for example `case.opened`; `changeTypes` has all.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.entry.event_type
    }

    /// The version of its data.
    async fn version(&self) -> i32 {
        payload::version(&self.entry)
    }

    /// When it was recorded.
    async fn at(&self) -> DateTime {
        self.entry.at.into()
    }

    /// Who did it.
    async fn actor(&self) -> ChangeActor {
        payload::actor(&self.entry).into()
    }

    /// The clearance that it takes to see it.
    async fn visibility(&self) -> Visibility {
        self.entry.visibility
    }

    /// What it is about.
    async fn subject(&self) -> ChangeSubject {
        payload::subject(&self.entry).into()
    }

    /// What it is about, as it is now; null when it is gone or may not be seen any more, and when the change is about many.
    async fn node(&self, ctx: &Context<'_>) -> Maybe<Node> {
        maybe_absent(self.load_node(ctx).await)
    }

    /// What is told of it, by type; `docs/events.md` says what. Ids are global ids, times are RFC 3339. Ids of objects that the
    /// caller may not see by their permissions are left out.
    async fn data(&self) -> Json<serde_json::Value> {
        Json(payload::outward_for(&self.entry, self.access.permissions))
    }
}

/// A page of the log.
#[derive(SimpleObject)]
pub struct ChangePage {
    /// What changed, in the order of the commits.
    changes: Vec<Change>,
    /// The place to go on from. It moves also when nothing was found that the caller asked for and may see.
    cursor: String,
    /// Whether there is more to look at now.
    has_more: bool,
}

/// Changes in the community.
pub struct CommunityChanges(pub Access);

/// Changes in the community.
#[Object]
impl CommunityChanges {
    /// What changed after a cursor, in the order of the commits. Whoever follows the cursor sees everything that they may see exactly
    /// once; what is gone for them they are told, too. Needs the role VIEWER or a scope that reads something; a type that is asked
    /// for by name needs what `changeTypes` says. CURSOR_EXPIRED when what came after the cursor was deleted because it was old:
    /// then read everything anew, and go on from the cursor that an export begins with, or that changesCursor gave before.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor; when not given, from the oldest on that is kept.")] after: Option<String>,
        #[graphql(desc = "Only these types; all that the caller may see when not given or empty.")] types: Option<Vec<ChangeType>>,
        #[graphql(desc = "Only about these objects, by global id, at most 100; all when not given or empty.")] subjects: Option<Vec<ID>>,
        #[graphql(desc = "This many, 1 to 500; 100 when not given.")] first: Option<i32>,
        #[graphql(
            desc = "When there is nothing, wait up to so many seconds for it, 0 to 30; 0 when not given. Not when too many wait already."
        )]
        wait_seconds: Option<i32>,
    ) -> Maybe<ChangePage> {
        let wanted = Wanted {
            after: after.as_deref(),
            types,
            subjects,
            first,
            wait_seconds,
        };
        maybe(list(ctx, &self.0, wanted).await)
    }

    /// The present end of the log: with it as `after`, changes gives what is written from now on. To read everything and then follow,
    /// ask for this first, in a request of its own.
    async fn changes_cursor(&self, ctx: &Context<'_>) -> Maybe<String> {
        let end = service::end(ctx.data_unchecked(), &self.0).await;
        maybe(end.map(Cursor::encode))
    }
}

/// The arguments of a page.
struct Wanted<'a> {
    after: Option<&'a str>,
    types: Option<Vec<ChangeType>>,
    subjects: Option<Vec<ID>>,
    first: Option<i32>,
    wait_seconds: Option<i32>,
}

async fn list(ctx: &Context<'_>, access: &Access, wanted: Wanted<'_>) -> Result<ChangePage> {
    let community = access.community_id();
    let first = wanted.first.unwrap_or(USUAL);
    let first = u64::try_from(first).ok().filter(|_| (1..=MOST).contains(&first));
    let first = first.ok_or_else(|| Error::bad_input("first", format!("must be between 1 and {MOST}")))?;
    let wait = wanted.wait_seconds.unwrap_or(0);
    let wait = u64::try_from(wait).ok().filter(|_| wait <= LONGEST_WAIT);
    let wait = wait.ok_or_else(|| Error::bad_input("waitSeconds", format!("must be between 0 and {LONGEST_WAIT}")))?;
    let types = wanted.types.map(|types| types.into_iter().map(EventType::from).collect());
    let subjects = wanted.subjects.map(|ids| subjects(access, &ids)).transpose()?;
    let reader = Reader {
        authorization: ctx.data_opt::<Authorization>().cloned(),
        request_id: Arc::clone(&ctx.data_unchecked::<OpContext>().request_id),
        types,
        subjects,
    };
    let asked = Asked {
        after: wanted.after.map(|text| Cursor::decode(text, community)).transpose()?,
        first,
        wait: Duration::from_secs(wait),
    };
    let (page, access) = service::page(ctx.data_unchecked::<App>(), &reader, access, &asked).await?;
    Ok(ChangePage {
        changes: page.entries.into_iter().map(|entry| Change::new(&access, entry)).collect(),
        cursor: Cursor::new(community, page.end).encode(),
        has_more: page.has_more,
    })
}

/// The records that global ids name, as the log knows them.
///
/// # Errors
/// [`Error::User`] that names the id which is none of this community, or of something that no change is about.
pub fn subjects(access: &Access, ids: &[ID]) -> Result<Vec<(String, i64)>> {
    if ids.len() > MOST_SUBJECTS {
        let message = format!("must be at most {MOST_SUBJECTS}");
        return Err(Error::user("subjects", UserErrorCode::TooMany, message));
    }
    let subject = |(place, id): (usize, &ID)| {
        let at = format!("subjects.{place}");
        let id = GlobalId::decode(id)
            .filter(|id| id.community == access.community_id())
            .ok_or_else(|| Error::user(&at, UserErrorCode::NotFound, "is not an object of this community"))?;
        let kind = payload::subject_type(id.node_type).ok_or_else(|| {
            let message = "is of a type that no change is about; ask for what it belongs to";
            Error::user(&at, UserErrorCode::Invalid, message)
        })?;
        Ok((kind.to_owned(), id.key))
    };
    ids.iter().enumerate().map(subject).collect()
}
