//! What receipts, history and ties are worked out from: the interactions behind a score, and what follows from them.

use std::collections::HashMap;

use entity::{CommunityId, MemberId, Timestamp, TopicId};

use super::account::{Account, Evidence};
use super::keeper::Scope;
use super::model::ScoringModel;
use super::store;
pub use super::store::Side;
use super::trust::Trust;
use crate::app::App;
use crate::error::{Error, Result};

/// Most instants in one history.
const MAX_HISTORY: i64 = 500;

/// The evidence of some members, each piece with its beneficiary.
///
/// # Errors
/// When the database fails.
pub async fn of(
    app: &App,
    model: &ScoringModel,
    scope: Scope,
    side: Side,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Vec<(MemberId, Evidence)>>> {
    store::evidence(app.db.read(), model, scope, side, members).await
}

/// A topic by name.
///
/// # Errors
/// When the database fails.
pub async fn topic(app: &App, community: CommunityId, name: &str) -> Result<Option<TopicId>> {
    if name.contains('\0') {
        return Ok(None);
    }
    store::topic(app.db.read(), community, name).await
}

/// The instants of a history from `from` to `to`, both included, `every` so many microseconds.
///
/// # Errors
/// [`Error::BadInput`] when they make no sense or are too many.
pub fn instants(from: Timestamp, to: Timestamp, every: i64) -> Result<Vec<Timestamp>> {
    if every <= 0 {
        return Err(Error::bad_input("every", "must be longer than nothing"));
    }
    if to < from {
        return Err(Error::bad_input("to", "must not be before from"));
    }
    let steps = (to.as_micros() - from.as_micros()) / every;
    if steps >= MAX_HISTORY {
        return Err(Error::bad_input(
            "every",
            format!("is too short: at most {MAX_HISTORY} instants are given at once"),
        ));
    }
    Ok((0..=steps).map(|step| from.plus_micros(step * every)).collect())
}

/// A tie between two members: credit that one of them gave the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    /// The other member.
    pub other: MemberId,
    /// Points that the evidence between the two makes by itself.
    pub strength: f64,
    /// How many interactions it rests on.
    pub interactions: usize,
}

/// Ties from evidence, strongest first; ties by id. `other` says which end of a piece of evidence is the other member.
pub fn ties<'a>(
    model: &ScoringModel,
    evidence: impl IntoIterator<Item = &'a (MemberId, Evidence)>,
    at: Timestamp,
    other: impl Fn(&(MemberId, Evidence)) -> Option<MemberId>,
) -> Vec<Tie> {
    let mut pairs: HashMap<MemberId, Vec<&Evidence>> = HashMap::new();
    for item in evidence {
        if let Some(other) = other(item) {
            pairs.entry(other).or_default().push(&item.1);
        }
    }
    let everybody = Trust::everybody();
    let mut ties: Vec<Tie> = pairs
        .into_iter()
        .map(|(other, evidence)| {
            let account = Account::present(model, &everybody, evidence, at);
            Tie {
                other,
                strength: account.strength(),
                interactions: account.len(),
            }
        })
        .filter(|tie| tie.strength > 0.0)
        .collect();
    ties.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.other.cmp(&b.other)));
    ties
}
