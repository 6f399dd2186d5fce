//! What another model would change, in the API.

use async_graphql::{Context, ID, SimpleObject};

use super::models::version_of;
use super::terms::ScoringTermsInput;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::influence::preview::{self as rules, Move};
use crate::features::influence::{lifecycle, store, validation};
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
    let base = match model {
        Some(id) => version_of(ctx, access, id).await?.model.terms.clone(),
        None => store::models(app.db.read(), community).await?.active().model.terms.clone(),
    };
    let terms = terms.unwrap_or_default().onto(base);
    if let Some((field, message)) = validation::check(&terms).into_iter().next() {
        return Err(Error::bad_input(format!("terms.{field}"), message));
    }
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
