//! Which expectations hold for a case: chosen when it is opened, and again when what they go by changes.

use entity::{CalendarId, ExpectationId, case};

use super::clocks::facts::{Fact, Happened};
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::Result;
use crate::features::expectations;

/// An expectation's version with its calendar's.
pub type Chosen = Vec<(ExpectationId, Option<CalendarId>)>;

/// What holds for a new case.
pub async fn at_opening(tx: &Tx, row: &case::Model) -> Result<Chosen> {
    expectations::service::promises_at(
        &**tx,
        row.community_id,
        row.opened_at,
        row.severity,
        row.category.as_deref(),
        row.channel.as_deref(),
    )
    .await
}

/// What holds after severity, category or channel changed: promises that still cover the case stay in the version that was
/// given, and what is promised now to such a case joins them.
pub async fn after_change(tx: &Tx, ctx: &OpContext, row: &case::Model, facts: &[Happened]) -> Result<Chosen> {
    let now = in_force(tx, ctx, row).await?;
    let held = held(facts);
    expectations::given::keep_given(
        &**tx,
        row.community_id,
        &held,
        now,
        row.severity,
        row.category.as_deref(),
        row.channel.as_deref(),
    )
    .await
}

/// What is promised now to such a case.
pub async fn in_force(tx: &Tx, ctx: &OpContext, row: &case::Model) -> Result<Chosen> {
    let at_change = case::Model {
        opened_at: ctx.now.max(row.opened_at),
        ..row.clone()
    };
    at_opening(tx, &at_change).await
}

/// What was chosen last.
#[must_use]
pub fn held(facts: &[Happened]) -> Chosen {
    let last = facts.iter().filter_map(|happened| match &happened.fact {
        Fact::Promises(promises) => Some((happened.at, promises)),
        _ => None,
    });
    // Of several at one instant the one recorded last.
    last.fold(None, |best: Option<(_, &Chosen)>, (at, promises)| match best {
        Some((best_at, _)) if best_at > at => best,
        _ => Some((at, promises)),
    })
    .map(|(_, promises)| promises.clone())
    .unwrap_or_default()
}
