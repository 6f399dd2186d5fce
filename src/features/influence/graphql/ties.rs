//! Who influences whom.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, SimpleObject};
use entity::{Consent, MemberId};

use crate::app::App;
use crate::context::{Access, OpContext};
use crate::error::Result;
use crate::features::influence::evidence::{Side, Tie, ties};
use crate::features::influence::keeper::Scope;
use crate::features::interactions;
use crate::features::members::{self, Member};
use crate::graphql::loaders::Loaders;
use crate::graphql::page::{Cursor, Exact, PageArgs};

/// A tie between two members.
#[derive(SimpleObject)]
pub struct InfluenceTie {
    /// The other member.
    member: Member,
    /// The points that the evidence between the two makes by itself, as far as the caller may read it.
    strength: f64,
    /// How many interactions it rests on.
    interactions: u32,
}

/// The ties of a member: by evidence received, those they influence; by evidence given, those who influence them.
pub async fn list(
    ctx: &Context<'_>,
    access: &Access,
    member: MemberId,
    side: Side,
    args: &PageArgs,
) -> Result<Connection<Cursor, InfluenceTie>> {
    let name = format!("ties:{side:?}:{member}");
    let page = args.check::<(Exact, i64)>(&name)?;
    let app = ctx.data_unchecked::<App>();
    let scope = Scope {
        community: access.community_id(),
        topic: None,
    };
    let now = ctx.data_unchecked::<OpContext>().now;
    let model = Arc::clone(&app.scores.ranking(scope, now).await?.model);
    let evidence = ctx.data_unchecked::<Loaders>().evidence(app, &model, scope, side, member).await?;
    let readable = evidence
        .iter()
        .filter(|(_, item)| interactions::service::may_read(access, item.visibility));
    let mut found = ties(&model, readable, now, |(beneficiary, item)| match side {
        Side::Received => item.giver,
        Side::Given => Some(*beneficiary).filter(|beneficiary| *beneficiary != member),
    });
    if let Some((Exact(strength), id)) = page.after {
        // Strengths fade between requests, all alike: the page goes on after the member it ended with, wherever they stand now.
        match found.iter().position(|tie| tie.other.0 == id) {
            Some(place) => {
                found.drain(..=place);
            }
            None => found.retain(|tie| tie.strength < strength),
        }
    }
    // People who may not appear are dropped before the page is cut, so that pages stay full.
    let ids: Vec<MemberId> = found.iter().map(|tie| tie.other).collect();
    let mut rows: HashMap<_, _> = members::store::by_ids(app.db.read(), access.community_id(), &ids).await?;
    rows.retain(|_, row| row.consent == Consent::Scored && (side == Side::Received || (!row.is_staff && !row.is_bot)));
    found.retain(|tie| rows.contains_key(&tie.other));
    let with_rows: Vec<(Tie, entity::member::Model)> = found
        .into_iter()
        .take(page.size + 1)
        .filter_map(|tie| rows.remove(&tie.other).map(|row| (tie, row)))
        .collect();
    Ok(page.slice(with_rows).connect(&name, |(tie, row)| {
        let node = InfluenceTie {
            member: Member::new(access, row),
            strength: tie.strength,
            interactions: u32::try_from(tie.interactions).unwrap_or(u32::MAX),
        };
        (serde_json::json!([Exact(tie.strength), tie.other]), node)
    }))
}
