//! What another model would change, in the API.

use async_graphql::{Context, ID, SimpleObject};

use super::models::version_of;
use super::terms::ScoringTermsInput;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::influence::model::Terms;
use crate::features::influence::preview::{self as rules, Move};
use crate::features::influence::{lifecycle, store};
use crate::features::members::{self, Member};

/// What another model would change.
#[derive(SimpleObject)]
pub struct ScoringModelPreview {
    /// How many of the present first fifty would be among the first fifty.
    top_kept: usize,
    /// Of how many: fifty, or as many as have points.
    top_compared: usize,
    /// The first under the other model.
    top: Vec<RankChange>,
    /// Who would rise most, the farthest first.
    rising: Vec<RankChange>,
    /// Who would fall most, the farthest first.
    falling: Vec<RankChange>,
}

/// A member's place under two models.
#[derive(SimpleObject)]
pub struct RankChange {
    /// Who; null for a member who was removed a moment ago.
    member: Option<Member>,
    /// Present rank; null without points.
    rank: Option<usize>,
    /// Rank under the other model; null without points.
    new_rank: Option<usize>,
    /// Present value, 0 to 100.
    value: f64,
    /// Value under the other model, 0 to 100.
    new_value: f64,
}

/// What is wrong with an argument: the first of what there is to mend.
fn as_argument(error: Error) -> Error {
    match error {
        Error::User(wrong) => match wrong.into_iter().next() {
            Some(first) => Error::bad_input(first.field.join("."), first.message),
            None => Error::internal("nothing is wrong with the terms"),
        },
        other => other,
    }
}

/// The terms to try: a version's, or those of the one in force, with changes.
async fn tried(ctx: &Context<'_>, access: &Access, model: Option<&ID>, given: ScoringTermsInput) -> Result<Terms> {
    let app = ctx.data_unchecked::<App>();
    let base = match model {
        Some(id) => version_of(ctx, access, id).await?.model.terms.clone(),
        None => {
            let models = store::models(app.db.read(), access.community_id()).await?;
            models.active().model.terms.clone()
        }
    };
    let lists = given.lists();
    let terms = given.onto(base.clone());
    lifecycle::check_changes(app, access, &base, (&lists, &terms))
        .await
        .map_err(as_argument)?;
    Ok(terms)
}

/// Compares the ranking under a version, or under terms that are only tried, with the present one.
pub(super) async fn preview(
    ctx: &Context<'_>,
    access: &Access,
    model: Option<&ID>,
    terms: Option<ScoringTermsInput>,
    first: i32,
) -> Result<ScoringModelPreview> {
    access.require(Permission::ManageInfluence)?;
    let most = usize::try_from(first).ok().filter(|most| (1..=100).contains(most));
    let most = most.ok_or_else(|| Error::bad_input("first", "must be between 1 and 100"))?;
    let app = ctx.data_unchecked::<App>();
    let community = access.community_id();
    let terms = tried(ctx, access, model, terms.unwrap_or_default()).await?;
    let now = ctx.data_unchecked::<OpContext>().now;
    let found = rules::preview(app, community, lifecycle::trial(terms), now, most).await?;
    let ids: Vec<_> = [&found.top, &found.rising, &found.falling]
        .into_iter()
        .flatten()
        .map(|one| one.member)
        .collect();
    let rows = members::store::by_ids(app.db.read(), community, &ids).await?;
    let shown = |moves: Vec<Move>| -> Vec<RankChange> {
        let shown = |one: Move| RankChange {
            member: rows.get(&one.member).map(|row| Member::new(access, row.clone())),
            rank: one.rank,
            new_rank: one.new_rank,
            value: one.value,
            new_value: one.new_value,
        };
        moves.into_iter().map(shown).collect()
    };
    Ok(ScoringModelPreview {
        top_kept: found.kept,
        top_compared: found.of,
        top: shown(found.top),
        rising: shown(found.rising),
        falling: shown(found.falling),
    })
}
