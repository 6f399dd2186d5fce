//! The queries of recovery. Everything names the community, except for the search for work that is due.

mod announcing;
mod apologies;
mod follow_ups;
mod repairs;

pub use announcing::*;
pub use apologies::*;
pub use follow_ups::*;
pub use repairs::*;

use std::collections::HashMap;

use entity::{CaseId, CommunityId, Visibility};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::{Error, Result};
use crate::features::cases::store::in_whole_case;

/// What hangs on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Apologies.
    Apologies,
    /// Repairs.
    Repairs,
    /// Follow-ups.
    FollowUps,
}

impl Kind {
    const fn table(self) -> &'static str {
        match self {
            Self::Apologies => "apologies",
            Self::Repairs => "repairs",
            Self::FollowUps => "follow_ups",
        }
    }
}

/// How many of a kind hang on a case. What was given up or cancelled before the customer had it does not count.
pub async fn count_on_case(tx: &Tx, kind: Kind, community: CommunityId, case: CaseId) -> Result<i64> {
    let head = format!("SELECT COUNT(*) FROM {} WHERE community_id = ", kind.table());
    let sql = Sql::new(tx.get_database_backend(), &head)
        .value(community.0)
        .text(" AND case_id = ")
        .value(case.0)
        .text(match kind {
            Kind::Apologies => " AND (status <> 1 OR retracted_at IS NULL)",
            Kind::Repairs => " AND cancelled_at IS NULL",
            Kind::FollowUps => "",
        });
    let row = tx.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("a count without a row"))?;
    Ok(row.try_get_by_index(0)?)
}

/// Finds one row by id, if its case may be seen with a clearance.
fn seen(backend: DbBackend, kind: Kind, community: CommunityId, id: i64, clearance: Visibility) -> Statement {
    let head = format!(
        "SELECT r.* FROM {} r JOIN cases c ON c.community_id = r.community_id AND c.id = r.case_id WHERE r.community_id = ",
        kind.table()
    );
    Sql::new(backend, &head)
        .value(community.0)
        .text(" AND r.id = ")
        .value(id)
        .text(" AND c.visibility <= ")
        .value(clearance as i16)
        .build()
}

/// Finds the rows of cases.
fn of_cases(backend: DbBackend, kind: Kind, community: CommunityId, cases: &[CaseId], order: &str) -> Statement {
    let head = format!("SELECT * FROM {} WHERE community_id = ", kind.table());
    Sql::new(backend, &head)
        .value(community.0)
        .text(" AND case_id")
        .in_ids(cases.iter().map(|id| id.0))
        .text(" ORDER BY ")
        .text(order)
        .build()
}

fn grouped<R>(rows: Vec<R>, case: impl Fn(&R) -> CaseId) -> HashMap<CaseId, Vec<R>> {
    let mut found: HashMap<CaseId, Vec<R>> = HashMap::new();
    for row in rows {
        found.entry(case(&row)).or_default().push(row);
    }
    found
}
