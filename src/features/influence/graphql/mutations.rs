//! Mutations of scoring models.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ModelOrigin;

use super::models::{ScoringModelObject, version_of};
use super::terms::ScoringTermsInput;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::features::influence::lifecycle::{self, NewModel};
use crate::features::influence::store;
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// A version of the scoring model to draft.
#[derive(Clone, Debug, InputObject)]
pub struct CreateScoringModelInput {
    /// The community's slug.
    pub community: String,
    /// Name to show, 1 to 100 characters.
    pub name: String,
    /// The version that it starts from; the one in force when left out.
    pub based_on: Option<ID>,
    /// What is different in it.
    pub terms: Option<ScoringTermsInput>,
    /// The same key and input give the first answer again.
    pub idempotency_key: Option<String>,
}

/// A version of the scoring model to put in force.
#[derive(Clone, Debug, InputObject)]
pub struct ActivateScoringModelInput {
    /// The community's slug.
    pub community: String,
    /// The version.
    pub model_id: ID,
    /// The same key and input give the first answer again.
    pub idempotency_key: Option<String>,
}

/// A draft of the scoring model to drop.
#[derive(Clone, Debug, InputObject)]
pub struct DiscardScoringModelInput {
    /// The community's slug.
    pub community: String,
    /// The draft.
    pub model_id: ID,
    /// The same key and input give the first answer again.
    pub idempotency_key: Option<String>,
}

/// A version of the scoring model, or why nothing was done.
#[derive(SimpleObject)]
pub struct ScoringModelPayload {
    /// The version.
    scoring_model: Option<ScoringModelObject>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// What became of a draft that was dropped, or why nothing was done.
#[derive(SimpleObject)]
pub struct DiscardScoringModelPayload {
    /// The global id that the draft had.
    discarded_id: Option<ID>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to how scores are made.
#[derive(Default)]
pub struct InfluenceMutation;

/// Changes to how scores are made.
#[Object]
impl InfluenceMutation {
    /// Drafts a version of the scoring model. What it says never changes; look at it with `previewScoringModel` before it is put
    /// in force. Needs the role MANAGER or the scope influence:manage.
    async fn create_scoring_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] input: CreateScoringModelInput,
    ) -> Maybe<ScoringModelPayload> {
        maybe(create(ctx, input).await)
    }

    /// Puts a version of the scoring model in force, from now on; a retired one can come back. Scores of the past stay as the
    /// version of then made them. Needs the role MANAGER or the scope influence:manage.
    async fn activate_scoring_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which version.")] input: ActivateScoringModelInput,
    ) -> Maybe<ScoringModelPayload> {
        maybe(activate(ctx, input).await)
    }

    /// Drops a draft of the scoring model: its id names nothing any more, and its number is not given out again. What was ever in force
    /// cannot be dropped. Needs the role MANAGER or the scope influence:manage.
    async fn discard_scoring_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft.")] input: DiscardScoringModelInput,
    ) -> Maybe<DiscardScoringModelPayload> {
        maybe(discard(ctx, input).await)
    }
}

async fn create(ctx: &Context<'_>, input: CreateScoringModelInput) -> Result<ScoringModelPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = manager(op, &input.community)?;
    let done = async {
        let base = match &input.based_on {
            Some(id) => version_of(ctx, access, id).await.map_err(|_not_here| not_here("basedOn"))?,
            None => {
                let models = store::models(app.db.read(), access.community_id()).await?;
                std::sync::Arc::clone(models.active())
            }
        };
        let given = input.terms.unwrap_or_default();
        let lists = given.lists();
        let terms = given.onto(base.model.terms.clone());
        lifecycle::check_changes(app, access, &base.model.terms, (&lists, &terms)).await?;
        let new = NewModel {
            name: input.name,
            origin: ModelOrigin::Written,
            based_on: base.row.version,
            terms,
            backtest: None,
        };
        let key = Once::new(input.idempotency_key.as_deref(), "createScoringModel", &new)?;
        lifecycle::create(app, op, access, &new, key.as_ref()).await
    };
    payload(ctx, access, done.await).await
}

async fn activate(ctx: &Context<'_>, input: ActivateScoringModelInput) -> Result<ScoringModelPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = manager(op, &input.community)?;
    let done = async {
        let version = version_of(ctx, access, &input.model_id)
            .await
            .map_err(|_not_here| not_here("modelId"))?;
        let version = version.row.version;
        let key = Once::new(input.idempotency_key.as_deref(), "activateScoringModel", &version)?;
        lifecycle::activate(app, op, access, version, key.as_ref()).await
    };
    payload(ctx, access, done.await).await
}

async fn discard(ctx: &Context<'_>, input: DiscardScoringModelInput) -> Result<DiscardScoringModelPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = manager(op, &input.community)?;
    let community = access.community_id();
    let done = async {
        // Not looked up yet: a call that is repeated names what is not there any more.
        let id = GlobalId::expect(&input.model_id, NodeType::ScoringModel, community, "scoring model");
        let id = id.ok().and_then(|id| i32::try_from(id).ok());
        let version = id.ok_or_else(|| not_here("modelId"))?;
        let key = Once::new(input.idempotency_key.as_deref(), "discardScoringModel", &version)?;
        lifecycle::discard(app, op, access, version, key.as_ref()).await
    };
    let (discarded_id, user_errors) = match user_errors(done.await)? {
        Err(user_errors) => (None, user_errors),
        Ok(version) => (
            Some(GlobalId::encode(NodeType::ScoringModel, community, version.into())),
            Vec::new(),
        ),
    };
    Ok(DiscardScoringModelPayload { discarded_id, user_errors })
}

/// The caller's access, when they may change how scores are made; asked before the input is looked at.
fn manager<'a>(op: &'a OpContext, slug: &str) -> Result<&'a Access> {
    let access = op.community(slug)?;
    access.require(Permission::ManageInfluence)?;
    Ok(access)
}

fn not_here(field: &str) -> Error {
    Error::user(field, Code::NotFound, "is not a scoring model of this community")
}

async fn payload(ctx: &Context<'_>, access: &Access, done: Result<i32>) -> Result<ScoringModelPayload> {
    match user_errors(done)? {
        Err(user_errors) => Ok(ScoringModelPayload {
            scoring_model: None,
            user_errors,
        }),
        Ok(version) => Ok(ScoringModelPayload {
            scoring_model: ScoringModelObject::written(ctx, access, version.into()).await?,
            user_errors: Vec::new(),
        }),
    }
}
