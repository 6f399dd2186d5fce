//! The root of the schema.

use async_graphql::{MergedObject, Schema, SchemaBuilder};

use super::node::NodeQuery;
use super::subscription::Subscription;
use super::viewer::ViewerQuery;
use crate::features::access::mutations::AccessMutation;
use crate::features::advocates::graphql::AdvocateMutation;
use crate::features::cases::graphql::mutations::CaseMutation;
use crate::features::changes::graphql::ChangeQuery;
use crate::features::communities::graphql::CommunityQuery;
use crate::features::communities::mutations::CommunityMutation;
use crate::features::expectations::graphql::ExpectationQuery;
use crate::features::expectations::mutations::ExpectationMutation;
use crate::features::influence::graphql::mutations::InfluenceMutation;
use crate::features::integrity::graphql::{IntegrityMutation, VouchMutation};
use crate::features::interactions::mutations::InteractionMutation;
use crate::features::jobs::graphql::JobMutation;
use crate::features::members::mutations::MemberMutation;
use crate::features::recovery::graphql::RecoveryMutation;
use crate::features::webhooks::graphql::WebhookMutation;

/// Deepest nesting of fields.
const MAX_DEPTH: usize = 20;

/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(ViewerQuery, NodeQuery, CommunityQuery, ExpectationQuery, ChangeQuery);

/// What can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AccessMutation,
    CommunityMutation,
    MemberMutation,
    InteractionMutation,
    InfluenceMutation,
    JobMutation,
    ExpectationMutation,
    CaseMutation,
    RecoveryMutation,
    AdvocateMutation,
    IntegrityMutation,
    WebhookMutation,
    VouchMutation,
);

/// The schema.
pub type ApiSchema = Schema<Query, Mutation, Subscription>;

/// The schema before it is finished.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_depth(MAX_DEPTH)
        .limit_recursive_depth(2 * super::limits::MOST_NESTING)
}

/// The schema as text: the contract that is checked in.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl()
}
