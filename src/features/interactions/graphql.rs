//! Interactions and topics in the API.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use entity::{InteractionKind, MemberId, Visibility, interaction, topic};
use sea_orm::{ColumnTrait as _, Condition, Order};

use super::inputs::InteractionFilter;
use super::{service, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::Result;
use crate::features::members::Member;
use crate::graphql::filters::{SortDirection, beyond, column};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// Something that a member did. Recorded once, never changed.
pub struct Interaction {
    access: Access,
    row: interaction::Model,
}

impl Interaction {
    /// An interaction as an actor may see it; `None` above their clearance.
    #[must_use]
    pub fn new(access: &Access, row: interaction::Model) -> Option<Self> {
        service::may_read(access, row.visibility).then(|| Self {
            access: access.clone(),
            row,
        })
    }

    async fn member(&self, ctx: &Context<'_>, id: Option<MemberId>) -> Result<Option<Member>> {
        let Some(id) = id else { return Ok(None) };
        let row = ctx
            .data_unchecked::<Loaders>()
            .member(ctx.data_unchecked(), self.access.community_id(), id)
            .await?;
        Ok(row.map(|row| Member::new(&self.access, row)))
    }
}

/// Something that a member did. Recorded once, never changed.
#[Object]
impl Interaction {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Interaction, self.row.community_id, self.row.id.0)
    }

    /// What was done.
    async fn kind(&self) -> InteractionKind {
        self.row.kind
    }

    /// Who did it; null when nobody knows.
    async fn actor(&self, ctx: &Context<'_>) -> Maybe<Member> {
        maybe_absent(self.member(ctx, self.row.actor_id).await)
    }

    /// Towards whom.
    async fn target(&self, ctx: &Context<'_>) -> Maybe<Member> {
        maybe_absent(self.member(ctx, self.row.target_id).await)
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        self.row.occurred_at.into()
    }

    /// When this system recorded it.
    async fn recorded_at(&self) -> DateTime {
        self.row.recorded_at.into()
    }

    /// Who may read it.
    async fn visibility(&self) -> Visibility {
        self.row.visibility
    }

    /// The conversation, as the source names it.
    async fn thread(&self) -> Option<&str> {
        self.row.thread.as_deref()
    }

    /// The post it hangs under, as the source names it.
    async fn parent(&self) -> Option<&str> {
        self.row.parent.as_deref()
    }

    /// Where it happened, for example `forum` or `email`.
    async fn channel(&self) -> Option<&str> {
        self.row.channel.as_deref()
    }

    /// From -1 (bad) to 1 (good); null when not measured.
    async fn sentiment(&self) -> Option<f64> {
        self.row.sentiment
    }

    /// What was said, as given: escape it before showing it.
    async fn text(&self) -> Option<&str> {
        self.row.text.as_deref()
    }

    /// Where it can be seen.
    async fn url(&self) -> Option<&str> {
        self.row.url.as_deref()
    }

    /// The system that told it.
    async fn source(&self) -> &str {
        &self.row.source
    }

    /// Its id there.
    async fn external_id(&self) -> &str {
        &self.row.external_id
    }

    /// For a RETRACTION: the external id of the interaction that is taken back, in the same source.
    async fn retracts(&self) -> Option<&str> {
        self.row.retracts.as_deref()
    }

    /// What it was about, by name.
    async fn topics(&self, ctx: &Context<'_>) -> Maybe<Vec<Topic>> {
        let community = self.row.community_id;
        let found = ctx
            .data_unchecked::<Loaders>()
            .topics(ctx.data_unchecked(), community, self.row.id)
            .await;
        let topic = |(id, name): &(i64, String)| {
            Topic(topic::Model {
                community_id: community,
                id: entity::TopicId(*id),
                name: name.clone(),
            })
        };
        maybe(found.map(|found| found.iter().map(topic).collect()))
    }
}

/// Something that interactions are about.
pub struct Topic(pub topic::Model);

/// Something that interactions are about.
#[Object]
impl Topic {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Topic, self.0.community_id, self.0.id.0)
    }

    /// Its name, unique in the community.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

/// What a list of interactions tells beside its page.
pub struct InteractionTotals {
    access: Access,
    condition: Condition,
}

/// What a list of interactions tells beside its page.
#[Object]
impl InteractionTotals {
    /// How many there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        maybe(
            store::count(
                ctx.data_unchecked::<App>().db.read(),
                self.access.community_id(),
                self.condition.clone(),
            )
            .await,
        )
    }
}

/// Interactions in the community.
pub struct CommunityInteractions(pub Access);

/// Interactions in the community.
#[Object]
impl CommunityInteractions {
    /// What members did, as far as the caller's clearance reaches; newest first unless asked otherwise.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn interactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which interactions.")] filter: Option<InteractionFilter>,
        #[graphql(desc = "DESC for newest first, ASC for oldest first.", default_with = "SortDirection::Desc")] direction: SortDirection,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Interaction, InteractionTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(list(ctx, &self.0, None, filter.as_ref(), direction, &args).await)
    }

    /// What interactions are about, by name.
    async fn topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "This many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Connection<Cursor, Topic>> {
        maybe(
            list_topics(
                ctx,
                &self.0,
                &PageArgs {
                    first,
                    after,
                    ..PageArgs::default()
                },
            )
            .await,
        )
    }
}

async fn list_topics(ctx: &Context<'_>, access: &Access, args: &PageArgs) -> Result<Connection<Cursor, Topic>> {
    access.require(Permission::ReadMembers)?;
    let page = args.check::<String>("topics")?;
    let app = ctx.data_unchecked::<App>();
    let after = page.after.as_deref().filter(|name| !name.contains('\0'));
    let rows = store::topics(app.db.read(), access.community_id(), after, page.size as u64 + 1).await?;
    Ok(page.slice(rows).connect("topics", |row| (row.name.clone().into(), Topic(row))))
}

/// A member's interactions.
pub struct MemberInteractions {
    /// What the caller may do.
    pub access: Access,
    /// Whose.
    pub member: MemberId,
}

/// A member's interactions.
#[Object]
impl MemberInteractions {
    /// What the member did or what was done towards them, as far as the caller's clearance reaches; newest first unless asked
    /// otherwise.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn interactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which interactions.")] filter: Option<InteractionFilter>,
        #[graphql(desc = "DESC for newest first, ASC for oldest first.", default_with = "SortDirection::Desc")] direction: SortDirection,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Interaction, InteractionTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(list(ctx, &self.access, Some(self.member), filter.as_ref(), direction, &args).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    access: &Access,
    member: Option<MemberId>,
    filter: Option<&InteractionFilter>,
    direction: SortDirection,
    args: &PageArgs,
) -> Result<Connection<Cursor, Interaction, InteractionTotals>> {
    access.require(Permission::ReadInteractions)?;
    let community = access.community_id();
    let ascending = direction == SortDirection::Asc;
    let name = format!("interactions:{direction:?}");
    let page = args.check::<(i64, i64)>(&name)?;
    let mut all = InteractionFilter::condition(filter, community)?.add(interaction::Column::Visibility.lte(access.clearance));
    if let Some(member) = member {
        let own =
            [interaction::Column::ActorId, interaction::Column::TargetId].map(|column| store::by_member(community, column, &[member]));
        all = all.add(own.into_iter().fold(Condition::any(), Condition::add));
    }
    let mut condition = Condition::all().add(all.clone());
    for (key, forwards) in [(page.after, true), (page.before, false)] {
        if let Some((at, id)) = key {
            let onward = ascending == forwards;
            let keys = [
                (column(interaction::Column::OccurredAt), onward, at.into()),
                (column(interaction::Column::Id), onward, id.into()),
            ];
            condition = condition.add(beyond(&keys));
        }
    }
    let order = if ascending == page.backwards { Order::Desc } else { Order::Asc };
    let rows = store::list(
        ctx.data_unchecked::<App>().db.read(),
        community,
        condition,
        order,
        page.size as u64 + 1,
    )
    .await?;
    let totals = InteractionTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page.slice(rows).connect_with(&name, totals, |row| {
        (
            serde_json::json!([row.occurred_at.as_micros(), row.id]),
            Interaction {
                access: access.clone(),
                row,
            },
        )
    }))
}
