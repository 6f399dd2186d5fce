//! Who the people of a case are, and which of the staff may have it.

use std::collections::HashMap;

use entity::{CaseId, CommunityId, Consent, MemberId, StaffId, Timestamp, Visibility, case};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

/// Who members are now, after merges, with what matters about them.
pub async fn people(tx: &Tx, community: CommunityId, ids: &[MemberId]) -> Result<HashMap<MemberId, Person>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT m.id, r.id, r.is_staff, r.is_bot, r.consent FROM members m JOIN members r ON r.community_id = m.community_id \
         AND r.id = COALESCE(m.root_id, m.id) WHERE m.community_id = ",
    )
    .value(community.0)
    .text(" AND m.id")
    .in_ids(ids.iter().map(|id| id.0));
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| {
            let person = Person {
                root: MemberId(row.try_get_by_index(1)?),
                is_staff: row.try_get_by_index(2)?,
                is_bot: row.try_get_by_index(3)?,
                is_scored: row.try_get_by_index::<Consent>(4)? == Consent::Scored,
            };
            Ok((MemberId(row.try_get_by_index(0)?), person))
        })
        .collect()
}

/// What a case needs to know of somebody who speaks in its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who they are after merges.
    pub root: MemberId,
    /// Speaks for the company.
    pub is_staff: bool,
    /// Is not a person.
    pub is_bot: bool,
    /// Did not opt out of being scored.
    pub is_scored: bool,
}

/// The member a member is now, after merges; `None` when there is none.
pub async fn root_of(connection: &impl ConnectionTrait, community: CommunityId, member: MemberId) -> Result<Option<MemberId>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT COALESCE(root_id, id) FROM members WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id = ")
    .value(member.0);
    let row = connection.query_one_raw(sql.build()).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.map(MemberId))
}

/// Forgets how influential members were when their cases were opened: of who opted out no score is kept.
pub async fn forget_influence(tx: &Tx, community: CommunityId, members: &[MemberId]) -> Result<()> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE cases SET influence_at_open = NULL WHERE influence_at_open IS NOT NULL AND community_id = ",
    )
    .value(community.0)
    .text(" AND member_id IN (SELECT id FROM ")
    .group_of(community.0, &members.iter().map(|id| id.0).collect::<Vec<_>>())
    .text(" g)");
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Whether somebody of staff may be given cases in a community: has a grant of at least AGENT, and may see them. Whoever takes the
/// grant away waits until the transaction ends, and so finds what was given.
pub async fn may_be_assigned(tx: &Tx, community: CommunityId, staff: StaffId, visibility: Visibility) -> Result<bool> {
    use entity::{Role, grant};
    let query = grant::Entity::find()
        .filter(grant::Column::CommunityId.eq(community))
        .filter(grant::Column::StaffId.eq(staff))
        .filter(grant::Column::Role.gte(Role::Agent))
        .filter(grant::Column::Clearance.gte(visibility));
    // SQLite has one writer at a time and knows no row locks.
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_shared()
    } else {
        query
    };
    Ok(query.one(&**tx).await?.is_some())
}

/// Up to which visibility somebody of staff may work on cases in a community; `None` when on none.
pub async fn workable(tx: &Tx, community: CommunityId, staff: StaffId) -> Result<Option<Visibility>> {
    use entity::{Role, grant};
    let found = grant::Entity::find_by_id((community, staff)).one(&**tx).await?;
    Ok(found.filter(|grant| grant.role >= Role::Agent).map(|grant| grant.clearance))
}

/// The cases that are not over and that a member of staff has, as far as they are above a visibility, or all of them; at most
/// `limit`, locked.
pub async fn held_beyond(
    tx: &Tx,
    community: CommunityId,
    (staff, up_to): (StaffId, Option<Visibility>),
    limit: u64,
) -> Result<Vec<case::Model>> {
    let backend = tx.get_database_backend();
    let sql = Sql::new(backend, "SELECT * FROM cases WHERE community_id = ")
        .value(community.0)
        .text(" AND assignee_id = ")
        .value(staff.0)
        .text(" AND status <= 5 AND visibility > ")
        .value(up_to.map_or(-1, |visibility| visibility as i16))
        .text(" ORDER BY id LIMIT ")
        .value(i64::try_from(limit).unwrap_or(i64::MAX))
        .text(if backend == DbBackend::Postgres { " FOR UPDATE" } else { "" });
    Ok(case::Entity::find().from_raw_sql(sql.build()).all(&**tx).await?)
}

/// Cases are nobody's from now on.
pub async fn set_nobodys(tx: &Tx, community: CommunityId, ids: &[CaseId], now: Timestamp) -> Result<()> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "UPDATE cases SET assignee_id = NULL, version = version + 1, updated_at = ",
    )
    .value(now.as_micros())
    .text(" WHERE community_id = ")
    .value(community.0)
    .text(" AND id")
    .in_ids(ids.iter().map(|id| id.0));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// The names of staff whom rows of a community mention. Staff belong to no community, and keep their name when they leave one.
pub async fn staff_names(connection: &impl ConnectionTrait, ids: &[StaffId]) -> Result<HashMap<StaffId, String>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT id, name FROM staff WHERE id").in_ids(ids.iter().map(|id| id.0));
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((StaffId(row.try_get_by_index(0)?), row.try_get_by_index(1)?)))
        .collect()
}
