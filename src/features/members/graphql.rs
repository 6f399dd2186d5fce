//! Members in the API.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Json, MergedObject, Object, SimpleObject};
use entity::{Consent, MemberId, identity, member};
use sea_orm::{Condition, Order};

use super::inputs::{MemberFilter, MemberOrder, MemberOrderField};
use super::{service, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::Access;
use crate::error::{Error, Result};
use crate::features::advocates::graphql::MemberAdvocates;
use crate::features::cases::graphql::MemberCases;
use crate::features::influence::graphql::MemberInfluence;
use crate::features::integrity::graphql::MemberIntegrity;
use crate::features::interactions::graphql::MemberInteractions;
use crate::features::outreach::graphql::MemberOutreach;
use crate::graphql::filters::{SortDirection, beyond, column};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// A person or account of the community.
#[derive(MergedObject)]
#[graphql(name = "Member")]
pub struct Member(
    MemberCore,
    MemberInteractions,
    MemberInfluence,
    MemberCases,
    MemberAdvocates,
    MemberOutreach,
    MemberIntegrity,
);

impl Member {
    /// A member as an actor may see them.
    #[must_use]
    pub fn new(access: &Access, row: member::Model) -> Self {
        let influence = MemberInfluence::new(access, &row);
        let outreach = MemberOutreach::new(access, &row);
        Self(
            MemberCore {
                access: access.clone(),
                row: row.clone(),
            },
            MemberInteractions {
                access: access.clone(),
                member: row.id,
            },
            influence,
            MemberCases {
                access: access.clone(),
                member: row.id,
            },
            MemberAdvocates {
                access: access.clone(),
                member: row.id,
            },
            outreach,
            MemberIntegrity {
                access: access.clone(),
                member: row.id,
            },
        )
    }

    /// The global id, for the interface.
    pub(crate) async fn id(&self, ctx: &Context<'_>) -> async_graphql::Result<ID> {
        self.0.id(ctx).await
    }
}

/// The member's own fields.
pub struct MemberCore {
    access: Access,
    row: member::Model,
}

/// The member's own fields.
#[Object]
impl MemberCore {
    /// Global id.
    pub async fn id(&self) -> ID {
        member_id(&self.access, self.row.id)
    }

    /// Name to show.
    async fn display_name(&self) -> &str {
        &self.row.display_name
    }

    /// Short name, without `@`.
    async fn handle(&self) -> Option<&str> {
        self.row.handle.as_deref()
    }

    /// When they joined the community.
    async fn joined_at(&self) -> Option<DateTime> {
        self.row.joined_at.map(DateTime)
    }

    /// When they last did something.
    async fn last_active_at(&self) -> Option<DateTime> {
        self.row.last_active_at.map(DateTime)
    }

    /// Works for the company: never ranked.
    async fn is_staff(&self) -> bool {
        self.row.is_staff
    }

    /// Not a person: never ranked.
    async fn is_bot(&self) -> bool {
        self.row.is_bot
    }

    /// Whether they may be scored. Opted out: no score is computed, stored or shown.
    async fn consent(&self) -> Consent {
        self.row.consent
    }

    /// Free data of integrations. Needs the role AGENT or the scope members:data.
    async fn attributes(&self) -> Maybe<Json<serde_json::Value>> {
        maybe(
            self.access
                .require(Permission::ReadMemberData)
                .map(|()| Json(self.row.attributes.clone())),
        )
    }

    /// Who they are in other systems, those of members merged into them included. Needs the role AGENT or the scope members:data.
    async fn identities(&self, ctx: &Context<'_>) -> Maybe<Vec<Identity>> {
        maybe(self.load_identities(ctx).await)
    }

    /// Members who were merged into this one.
    async fn merged_members(&self, ctx: &Context<'_>) -> Maybe<Vec<MergedMember>> {
        let app = ctx.data_unchecked::<App>();
        let rows = store::merged_into(app.db.read(), self.access.community_id(), self.row.id).await;
        maybe(rows.map(|rows| {
            rows.into_iter()
                .map(|row| MergedMember {
                    id: member_id(&self.access, row.id),
                    display_name: row.display_name,
                })
                .collect()
        }))
    }
}

impl MemberCore {
    async fn load_identities(&self, ctx: &Context<'_>) -> Result<Vec<Identity>> {
        self.access.require(Permission::ReadMemberData)?;
        let found = ctx
            .data_unchecked::<Loaders>()
            .identities(ctx.data_unchecked(), self.access.community_id(), self.row.id)
            .await?;
        Ok(found.iter().cloned().map(Identity).collect())
    }
}

/// The global id of a member.
#[must_use]
pub fn member_id(access: &Access, id: MemberId) -> ID {
    GlobalId::encode(NodeType::Member, access.community_id(), id.0)
}

/// A member who was merged into another.
#[derive(SimpleObject)]
pub struct MergedMember {
    /// Global id, with which the merge can be taken back.
    id: ID,
    /// Name to show.
    display_name: String,
}

/// A member's account in another system.
pub struct Identity(pub identity::Model);

/// A member's account in another system.
#[Object]
impl Identity {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::Identity, self.0.community_id, self.0.id.0)
    }

    /// The other system, for example `twitter` or `salesforce`.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The id there.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// The name there.
    async fn handle(&self) -> Option<&str> {
        self.0.handle.as_deref()
    }

    /// Followers there; zero or more. Weighs nothing in the default model.
    async fn follower_count(&self) -> Option<i32> {
        self.0.follower_count.map(|count| i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// Whether the other system vouches for it.
    async fn verified(&self) -> bool {
        self.0.verified
    }
}

/// What a list of members tells beside its page.
pub struct MemberTotals {
    access: Access,
    condition: Condition,
}

/// What a list of members tells beside its page.
#[Object]
impl MemberTotals {
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

/// Members in the community.
pub struct CommunityMembers(pub Access);

/// Members in the community.
#[Object]
impl CommunityMembers {
    /// Members, by name unless ordered otherwise. Those merged into others are not listed.
    #[expect(clippy::too_many_arguments, reason = "each is one argument of the field")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which members.")] filter: Option<MemberFilter>,
        #[graphql(desc = "Has this in the name or handle; upper and lower case are the same.")] search: Option<String>,
        #[graphql(desc = "The order; up to three steps.")] order_by: Option<Vec<MemberOrder>>,
        #[graphql(desc = "This many from the start, 1 to 100; 20 when neither first nor last is given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "This many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<Cursor, Member, MemberTotals>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        maybe(
            list(
                ctx,
                &self.0,
                filter.as_ref(),
                search.as_deref(),
                order_by.unwrap_or_default(),
                &args,
            )
            .await,
        )
    }

    /// The member to whom an account in another system belongs; null when nobody's does.
    async fn member_by_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The other system, for example `salesforce`.")] provider: String,
        #[graphql(desc = "The id there.")] external_id: String,
    ) -> Maybe<Member> {
        let found = service::by_identity(ctx.data_unchecked(), &self.0, &provider, &external_id).await;
        maybe_absent(found.map(|row| row.map(|row| Member::new(&self.0, row))))
    }
}

async fn list(
    ctx: &Context<'_>,
    access: &Access,
    filter: Option<&MemberFilter>,
    search: Option<&str>,
    order: Vec<MemberOrder>,
    args: &PageArgs,
) -> Result<Connection<Cursor, Member, MemberTotals>> {
    access.require(Permission::ReadMembers)?;
    if order.len() > 3 {
        return Err(Error::bad_input("orderBy", "must have at most three steps"));
    }
    let order = if order.is_empty() {
        vec![MemberOrder {
            field: MemberOrderField::DisplayName,
            direction: SortDirection::Asc,
        }]
    } else {
        order
    };
    let name = format!("members:{order:?}");
    let page = args.check::<Vec<serde_json::Value>>(&name)?;
    let all = MemberFilter::condition(filter, search)?;
    let mut condition = Condition::all().add(all.clone());
    for (key, field, forwards) in [(&page.after, "after", true), (&page.before, "before", false)] {
        if let Some(key) = key {
            condition = condition
                .add(after_key(&order, key, forwards).ok_or_else(|| Error::bad_input(field, "is not a cursor of this list and order"))?);
        }
    }
    let towards = |ascending: bool| if ascending == page.backwards { Order::Desc } else { Order::Asc };
    let mut by: Vec<_> = order
        .iter()
        .map(|step| (step.field.expression(), towards(step.direction == SortDirection::Asc)))
        .collect();
    by.push((column(member::Column::Id), towards(true)));
    let app = ctx.data_unchecked::<App>();
    let rows = store::list(app.db.read(), access.community_id(), condition, by, page.size as u64 + 1).await?;
    let totals = MemberTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page.slice(rows).connect_with(&name, totals, |row| {
        let mut key: Vec<serde_json::Value> = order.iter().map(|step| step.field.key(&row)).collect();
        key.push(row.id.0.into());
        (key.into(), Member::new(access, row))
    }))
}

fn after_key(order: &[MemberOrder], key: &[serde_json::Value], forwards: bool) -> Option<Condition> {
    let (id, values) = key.split_last()?;
    if values.len() != order.len() {
        return None;
    }
    let mut keys = Vec::with_capacity(key.len());
    for (step, value) in order.iter().zip(values) {
        keys.push((
            step.field.expression(),
            (step.direction == SortDirection::Asc) == forwards,
            step.field.value(value)?,
        ));
    }
    keys.push((column(member::Column::Id), forwards, id.as_i64()?.into()));
    Some(beyond(&keys))
}
