//! Influence: points, ranking, receipts, history and ties, whatever came in which order.

mod history;
mod live;
mod models;
mod order;
mod ranking;
mod receipts;
mod scores;
mod telling;
mod ties;

use std::collections::HashMap;

use entity::{MemberId, Timestamp, identity};
use rapport::context::Access;

use serde_json::{Value, json};

use crate::ingest::calls::{did, with};
use crate::support::TestApp;

/// What is left of a credit, by the published formula.
fn decay(given: &str, now: &str) -> f64 {
    let micros = |at: &str| Timestamp::parse(at).unwrap().as_micros() as f64;
    let half_lives = (micros(now) - micros(given)) / (90.0 * 86_400e6);
    3.0 * (-6.0 * half_lives).exp2() + 0.25 * (-0.5 * half_lives).exp2()
}

/// A retraction of an interaction of the same source.
fn taken_back(id: &str, retracts: &str, at: &str) -> Value {
    with(did("RETRACTION", id, "", "", at), &json!({ "retracts": retracts }))
}

/// The accounts in the forum by member.
async fn accounts(app: &TestApp, access: &Access) -> HashMap<MemberId, String> {
    let rows = identity::Entity::in_community(access.community_id())
        .all(app.app.db.read())
        .await
        .unwrap();
    rows.into_iter()
        .filter(|row| row.provider == "forum")
        .map(|row| (row.member_id, row.external_id))
        .collect()
}

/// Numbers without order that are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below a limit (`SplitMix64`).
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    /// Any of some.
    fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Another order.
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
