//! Where a case goes on when it is over: in the case that it was merged into, or in one that was linked to it since.
//!
//! A case goes on in cases of its own member only. Members who were merged when their cases were may have turned out to be two
//! people since: what one of them says is not shown on the case of the other.

use std::collections::{HashSet, VecDeque};

use entity::{CaseId, CaseStatus, case};

use super::lifecycle::is_over;
use super::store;
use crate::db::Tx;
use crate::error::{Error, Result};

/// The case in which one goes on after merges, locked; the case itself when it was not merged, or into a case that is not its
/// member's.
///
/// # Errors
/// When the database fails.
pub async fn after_merges(tx: &Tx, own: case::Model) -> Result<case::Model> {
    let mut end = own.clone();
    while let (CaseStatus::Merged, Some(into)) = (end.status, end.merged_into) {
        let next = store::lock(tx, own.community_id, into).await?;
        end = next.ok_or_else(|| Error::internal("a case was merged into none"))?;
    }
    Ok(if is_same_member(tx, &own, &end).await? { end } else { own })
}

/// Which of these cases were merged into a case that is not their member's any more.
///
/// # Errors
/// When the database fails.
pub async fn estranged(tx: &Tx, cases: &[case::Model]) -> Result<HashSet<CaseId>> {
    let mut found = HashSet::new();
    for own in cases.iter().filter(|row| row.status == CaseStatus::Merged) {
        if let Some(end) = store::continuation(tx, own).await?
            && !is_same_member(tx, own, &end).await?
        {
            found.insert(own.id);
        }
    }
    Ok(found)
}

/// The case of the same member that goes on from one that is over, locked: the latest that was linked to it and is not over
/// itself, or one that goes on from such a case.
///
/// # Errors
/// [`Error::Raced`] when that ended in the meantime; when the database fails.
pub async fn successor(tx: &Tx, over: &case::Model) -> Result<Option<case::Model>> {
    let mut seen = HashSet::from([over.id]);
    let mut ahead = VecDeque::from([over.id]);
    while let Some(id) = ahead.pop_front() {
        for linked in store::linked_to(tx, over.community_id, id).await? {
            let next = store::continuation(tx, &linked).await?.unwrap_or(linked);
            if !seen.insert(next.id) || !is_same_member(tx, over, &next).await? {
                continue;
            }
            if is_over(next.status) {
                ahead.push_back(next.id);
                continue;
            }
            let next = store::lock(tx, over.community_id, next.id).await?;
            let next = next.filter(|row| !is_over(row.status)).ok_or(Error::Raced)?;
            return Ok(Some(next));
        }
    }
    Ok(None)
}

async fn is_same_member(tx: &Tx, one: &case::Model, other: &case::Model) -> Result<bool> {
    if one.member_id == other.member_id {
        return Ok(true);
    }
    let people = store::people(tx, one.community_id, &[one.member_id, other.member_id]).await?;
    let root = |row: &case::Model| people.get(&row.member_id).map(|person| person.root);
    Ok(root(one) == root(other))
}
