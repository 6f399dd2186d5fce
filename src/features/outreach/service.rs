//! The use cases of outreach: who may ask, and what there is to answer with.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{CommunityId, MemberId, Timestamp, Visibility};
use tokio::sync::Semaphore;

use super::after_effect::{AFTER, Askers, Effect};
use super::change::{Change, Direction, changes};
use super::risk::{CaseSigns, Mood, Reason, reasons};
use super::store;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result};
use crate::features::influence::keeper::Scope;
use crate::features::influence::model::Level;
use crate::features::influence::snapshot::{Snapshot, Standing};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// The shortest and the longest time to look back over.
const SPANS: std::ops::RangeInclusive<i64> = DAY..=730 * DAY;
/// Of so many members, the first by points, is it looked who is at risk.
pub const MOST_AT_RISK: usize = 1_000;

/// One story is read at a time: it may be long, and a request can ask for several periods.
static TURN: Semaphore = Semaphore::const_new(1);

/// Somebody with influence and few followers.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    /// Where they stand.
    pub standing: Standing,
    /// How many follow them, as far as that is known.
    pub followers: i64,
}

/// Somebody with influence who may be lost.
#[derive(Clone, Debug)]
pub struct AtRisk {
    /// Where they stand.
    pub standing: Standing,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
    /// What their open cases say.
    pub cases: CaseSigns,
    /// How they feel and felt.
    pub mood: Mood,
}

/// A list out of a ranking.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The ranking.
    pub ranking: Arc<Snapshot>,
    /// What is listed, in its order.
    pub items: Vec<T>,
}

/// Members with the level ESTABLISHED or higher, most points first.
fn established(ranking: &Snapshot) -> impl Iterator<Item = &Standing> {
    let level = move |standing: &Standing| ranking.model.level(standing.total, standing.evidence);
    ranking
        .between(None, None)
        .iter()
        .filter(move |standing| level(standing) >= Level::Established)
}

fn check_span(over: i64) -> Result<()> {
    if SPANS.contains(&over) {
        return Ok(());
    }
    Err(Error::bad_input("over", "must be between P1D and P730D"))
}

/// Members with influence whom few follow, most points first.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ReadInfluence`]; [`Error::BadInput`] for a number below zero.
pub async fn quiet_influencers(app: &App, ctx: &OpContext, access: &Access, scope: Scope, most: i32) -> Result<Listed<Quiet>> {
    access.require(Permission::ReadInfluence)?;
    if most < 0 {
        return Err(Error::bad_input("maxFollowers", "must be zero or more"));
    }
    let ranking = app.scores.ranking(scope, ctx.now).await?;
    let ids: Vec<MemberId> = established(&ranking).map(|standing| standing.member).collect();
    let known = store::followers(app.db.read(), access.community_id(), &ids).await?;
    let quiet = |standing: &Standing| Quiet {
        standing: *standing,
        followers: known.get(&standing.member).copied().unwrap_or_default(),
    };
    let items = established(&ranking)
        .map(quiet)
        .filter(|one| one.followers <= i64::from(most))
        .collect();
    Ok(Listed { ranking, items })
}

/// Which changes are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Moves {
    /// Which way.
    pub direction: Direction,
    /// Over how long, in microseconds.
    pub over: i64,
    /// Those of whom there is too little evidence, too.
    pub with_emerging: bool,
}

/// Members who rose or fell, the farthest first.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ReadInfluence`]; [`Error::BadInput`] for a time that is too short or too long.
pub async fn moving_members(app: &App, ctx: &OpContext, access: &Access, scope: Scope, which: Moves) -> Result<Vec<Change>> {
    access.require(Permission::ReadInfluence)?;
    check_span(which.over)?;
    let at = ctx.now.as_micros() - which.over;
    // Rankings of the past are remembered by their instant: those who ask within an hour share one.
    let at = Timestamp::from_micros(at - at.rem_euclid(HOUR));
    let present = app.scores.ranking(scope, ctx.now).await?;
    let past = app.scores.past(scope, at, ctx.now).await?;
    Ok(changes(&past, &present, which.direction, which.with_emerging))
}

/// Members with influence who may be lost, most points first.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ReadInfluence`] and [`Permission::ReadCases`].
pub async fn members_at_risk(app: &App, ctx: &OpContext, access: &Access) -> Result<Listed<AtRisk>> {
    access.require(Permission::ReadInfluence)?;
    access.require(Permission::ReadCases)?;
    let community = access.community_id();
    let scope = Scope { community, topic: None };
    let ranking = app.scores.ranking(scope, ctx.now).await?;
    let ids: Vec<MemberId> = established(&ranking).take(MOST_AT_RISK).map(|standing| standing.member).collect();
    let (db, within) = (app.db.read(), (access.clearance, ctx.now));
    let cases = store::case_signs(db, community, &ids, within).await?;
    let moods = if access.permissions.contains(Permission::ReadInteractions) {
        store::moods(db, community, &ids, within).await?
    } else {
        HashMap::new()
    };
    let at_risk = |standing: &Standing| {
        let cases = cases.get(&standing.member).copied().unwrap_or_default();
        let mood = moods.get(&standing.member).copied().unwrap_or_default();
        AtRisk {
            standing: *standing,
            reasons: reasons(cases, mood),
            cases,
            mood,
        }
    };
    let items = established(&ranking)
        .take(MOST_AT_RISK)
        .map(at_risk)
        .filter(|one| !one.reasons.is_empty())
        .collect();
    Ok(Listed { ranking, items })
}

/// A time in which it is looked what help led to, as an actor may see it. It ends 30 days ago, so that it is known what came after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    community: CommunityId,
    clearance: Visibility,
    from: Timestamp,
    until: Timestamp,
}

impl Period {
    /// The time of so many microseconds that an actor asks about; `None` when they may read nothing of what happened in it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Permission::ReadInfluence`]; [`Error::BadInput`] for a time that is too short or too long.
    pub fn of(ctx: &OpContext, access: &Access, over: i64) -> Result<Option<Self>> {
        access.require(Permission::ReadInfluence)?;
        check_span(over)?;
        let until = ctx.now.plus_micros(-AFTER);
        let period = Self {
            community: access.community_id(),
            clearance: access.clearance,
            from: until.plus_micros(-over),
            until,
        };
        Ok(access.permissions.contains(Permission::ReadInteractions).then_some(period))
    }
}

/// What the help of members led to in a period, which is read once for all of them; nothing when there is too much to read.
///
/// # Errors
/// When the database fails.
pub async fn after_effects(app: &App, ctx: &OpContext, period: Period, members: &[MemberId]) -> Result<HashMap<MemberId, Effect>> {
    let _turn = TURN.acquire().await.map_err(Error::internal)?;
    let db = app.db.snapshot().await?;
    let story = Box::pin(store::story(&db, period.community, (period.from, ctx.now), period.clearance)).await;
    // Nothing was written: how a read transaction ends does not matter.
    db.rollback().await?;
    let Some(story) = story? else {
        return Ok(HashMap::new());
    };
    let askers = Askers::of(&story);
    let mut effects = HashMap::with_capacity(members.len());
    for member in members {
        effects.insert(*member, askers.compare(*member, period.from, period.until));
        // Who waits for the same thread need not wait for all of them.
        tokio::task::yield_now().await;
    }
    Ok(effects)
}

/// Why there is no effect of a period.
#[must_use]
pub fn too_much() -> Error {
    let most = store::MOST_TOLD;
    Error::bad_input(
        "over",
        format!("is too long here: it spans more than {most} interactions; give a shorter time"),
    )
}
