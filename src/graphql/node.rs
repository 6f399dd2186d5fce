//! Any object by its global id.

use async_graphql::{Context, ID, Interface, Object};
use entity::{
    AdvocateId, ApologyId, BreachId, CalendarId, CaseEventId, CaseId, ClockId, ExpectationId, FollowUpId, HolidayProposalId, IdentityId,
    InteractionId, JobId, MemberId, ProgrammeId, RepairId, TouchpointId, WebhookDeliveryId, WebhookEndpointId,
};

use super::global_id::{GlobalId, NodeType};
use super::loaders::Loaders;
use super::{Maybe, maybe};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::access::graphql::{ApiClientObject, StaffMember};
use crate::features::access::service as access_service;
use crate::features::advocates::graphql::{Advocate, AdvocateProgramme, Touchpoint};
use crate::features::cases::graphql::{Breach, Case, CaseEvent, Clock};
use crate::features::communities::graphql::Community;
use crate::features::expectations;
use crate::features::expectations::graphql::{Calendar, Expectation, HolidayProposal};
use crate::features::influence::graphql::ScoringModelObject;
use crate::features::interactions::graphql::Topic;
use crate::features::interactions::{self, Interaction};
use crate::features::jobs::graphql::Job;
use crate::features::members::graphql::Identity;
use crate::features::members::{self, Member};
use crate::features::recovery::graphql::{Apology, FollowUp, Repair};
use crate::features::webhooks::graphql::{WebhookDelivery, WebhookEndpoint};

/// Most ids in one call.
const MAX_IDS: usize = 100;

/// An object with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    /// A community.
    Community(Community),
    /// A member.
    Member(Member),
    /// A member's account in another system.
    Identity(Identity),
    /// An interaction.
    Interaction(Interaction),
    /// A topic.
    Topic(Topic),
    /// A scoring model.
    ScoringModel(ScoringModelObject),
    /// A member of staff.
    StaffMember(StaffMember),
    /// An integration's credentials.
    ApiClient(ApiClientObject),
    /// A version of a calendar.
    Calendar(Calendar),
    /// A holiday proposed for a calendar.
    HolidayProposal(HolidayProposal),
    /// A version of an expectation.
    Expectation(Expectation),
    /// A case.
    Case(Case),
    /// An entry of a case's timeline.
    CaseEvent(CaseEvent),
    /// A clock that runs on a case.
    Clock(Clock),
    /// A promise that was broken.
    Breach(Breach),
    /// An apology.
    Apology(Apology),
    /// A repair.
    Repair(Repair),
    /// A follow-up.
    FollowUp(FollowUp),
    /// Work in the background.
    Job(Job),
    /// An advocate programme.
    AdvocateProgramme(AdvocateProgramme),
    /// A member in an advocate programme.
    Advocate(Advocate),
    /// A note that staff took care of a member.
    Touchpoint(Touchpoint),
    /// Where changes are sent.
    WebhookEndpoint(WebhookEndpoint),
    /// One change for one endpoint.
    WebhookDelivery(WebhookDelivery),
}

/// Queries for any object.
#[derive(Default)]
pub struct NodeQuery;

/// Queries for any object.
#[Object]
impl NodeQuery {
    /// The object with this global id. NOT_FOUND when there is none that the caller may see.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "A global id.")] id: ID) -> Maybe<Node> {
        maybe(find(ctx, &id).await)
    }

    /// The objects with these global ids, in the same order; null, with an error, for those that the caller may not see.
    async fn nodes(&self, ctx: &Context<'_>, #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>) -> Maybe<Vec<Maybe<Node>>> {
        if ids.len() > MAX_IDS {
            return maybe(Err(Error::bad_input("ids", format!("must be at most {MAX_IDS}"))));
        }
        let found = futures_util::future::join_all(ids.iter().map(|id| find(ctx, id))).await;
        maybe(Ok(found.into_iter().map(maybe).collect()))
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Node> {
    let op = ctx.data_unchecked::<OpContext>();
    op.require_signed_in()?;
    let missing = || Error::NotFound("object");
    let id = GlobalId::decode(id).ok_or_else(missing)?;
    let access = op.access_to(id.community).ok_or_else(missing)?;
    load(ctx, access, id).await?.ok_or_else(missing)
}

/// An object of a community; `None` when there is none that an actor may see, for whatever reason.
///
/// # Errors
/// When the database fails.
pub async fn visible(ctx: &Context<'_>, access: &Access, id: GlobalId) -> Result<Option<Node>> {
    if id.community != access.community_id() {
        return Ok(None);
    }
    match Box::pin(load(ctx, access, id)).await {
        Err(Error::Forbidden(_) | Error::NotFound(_)) => Ok(None),
        found => found,
    }
}

async fn load(ctx: &Context<'_>, access: &Access, id: GlobalId) -> Result<Option<Node>> {
    let app = ctx.data_unchecked::<App>();
    let loaders = ctx.data_unchecked::<Loaders>();
    let community = access.community_id();
    Ok(match id.node_type {
        NodeType::Community => (id.key == community.0).then(|| Node::Community(Community::new(access))),
        NodeType::Member => {
            access.require(Permission::ReadMembers)?;
            loaders
                .member(app, community, MemberId(id.key))
                .await?
                .map(|row| Node::Member(Member::new(access, row)))
        }
        NodeType::Identity => {
            access.require(Permission::ReadMemberData)?;
            members::store::identity(app.db.read(), community, IdentityId(id.key).0)
                .await?
                .map(|row| Node::Identity(Identity(row)))
        }
        NodeType::Interaction => {
            access.require(Permission::ReadInteractions)?;
            let row = loaders.interaction(app, community, InteractionId(id.key)).await?;
            row.and_then(|row| Interaction::new(access, row)).map(Node::Interaction)
        }
        NodeType::Topic => {
            access.require(Permission::ReadMembers)?;
            interactions::store::topic(app.db.read(), community, id.key)
                .await?
                .map(|row| Node::Topic(Topic(row)))
        }
        NodeType::ScoringModel => ScoringModelObject::by_version(ctx, access, id.key).await?.map(Node::ScoringModel),
        NodeType::Staff => {
            let all = access_service::staff_of(app, access).await?;
            all.into_iter()
                .find(|(person, _)| person.id.0 == id.key)
                .map(|(person, grant)| Node::StaffMember(StaffMember::new(person, grant)))
        }
        NodeType::ApiClient => {
            let all = access_service::clients_of(app, access).await?;
            all.into_iter()
                .find(|client| client.id.0 == id.key)
                .map(|client| Node::ApiClient(ApiClientObject(client)))
        }
        NodeType::Calendar | NodeType::HolidayProposal | NodeType::Expectation => load_promise(ctx, access, id).await?,
        NodeType::Case | NodeType::CaseEvent | NodeType::Clock | NodeType::Breach => load_of_case(ctx, access, id).await?,
        NodeType::Apology => Apology::find(app, access, ApologyId(id.key)).await?.map(Node::Apology),
        NodeType::Repair => Repair::find(app, access, RepairId(id.key)).await?.map(Node::Repair),
        NodeType::FollowUp => FollowUp::find(app, access, FollowUpId(id.key)).await?.map(Node::FollowUp),
        NodeType::Job => Job::find(app, access, JobId(id.key)).await?.map(Node::Job),
        NodeType::AdvocateProgramme | NodeType::Advocate | NodeType::Touchpoint => load_of_advocates(ctx, access, id).await?,
        NodeType::WebhookEndpoint | NodeType::WebhookDelivery => load_of_webhooks(app, access, id).await?,
    })
}

async fn load_of_case(ctx: &Context<'_>, access: &Access, id: GlobalId) -> Result<Option<Node>> {
    access.require(Permission::ReadCases)?;
    Ok(match id.node_type {
        NodeType::Case => Case::find(ctx, access, CaseId(id.key)).await?.map(Node::Case),
        NodeType::CaseEvent => CaseEvent::find(ctx, access, CaseEventId(id.key)).await?.map(Node::CaseEvent),
        NodeType::Clock => Clock::find(ctx, access, ClockId(id.key)).await?.map(Node::Clock),
        NodeType::Breach => Breach::find(ctx, access, BreachId(id.key)).await?.map(Node::Breach),
        _ => None,
    })
}

async fn load_of_advocates(ctx: &Context<'_>, access: &Access, id: GlobalId) -> Result<Option<Node>> {
    let app = ctx.data_unchecked::<App>();
    Ok(match id.node_type {
        NodeType::AdvocateProgramme => AdvocateProgramme::find(ctx, access, ProgrammeId(id.key))
            .await?
            .map(Node::AdvocateProgramme),
        NodeType::Advocate => Advocate::find(app, access, AdvocateId(id.key)).await?.map(Node::Advocate),
        NodeType::Touchpoint => Touchpoint::find(app, access, TouchpointId(id.key)).await?.map(Node::Touchpoint),
        _ => None,
    })
}

async fn load_of_webhooks(app: &App, access: &Access, id: GlobalId) -> Result<Option<Node>> {
    Ok(match id.node_type {
        NodeType::WebhookEndpoint => WebhookEndpoint::find(app, access, WebhookEndpointId(id.key))
            .await?
            .map(Node::WebhookEndpoint),
        NodeType::WebhookDelivery => WebhookDelivery::find(app, access, WebhookDeliveryId(id.key))
            .await?
            .map(Node::WebhookDelivery),
        _ => None,
    })
}

async fn load_promise(ctx: &Context<'_>, access: &Access, id: GlobalId) -> Result<Option<Node>> {
    access.require(Permission::ReadExpectations)?;
    let app = ctx.data_unchecked::<App>();
    let loaders = &ctx.data_unchecked::<Loaders>().promises;
    let community = access.community_id();
    Ok(match id.node_type {
        NodeType::Calendar => {
            let row = loaders.calendar(app, community, CalendarId(id.key)).await?;
            row.map(|row| Node::Calendar(Calendar::new(access, row)))
        }
        NodeType::Expectation => {
            let row = loaders.expectation(app, community, ExpectationId(id.key)).await?;
            row.map(|row| Node::Expectation(Expectation::new(access, row)))
        }
        NodeType::HolidayProposal => {
            let mut rows = expectations::store::proposals_by_ids(app.db.read(), community, &[HolidayProposalId(id.key)]).await?;
            rows.pop().map(|row| Node::HolidayProposal(HolidayProposal::new(access, row)))
        }
        _ => None,
    })
}
