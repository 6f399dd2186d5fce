//! Who the people of a case are.

use std::collections::HashMap;

use entity::{CommunityId, Consent, MemberId, StaffId, Visibility};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

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

/// Whether somebody of staff may be given cases in a community: has a grant of at least AGENT, and may see them.
pub async fn may_be_assigned(tx: &Tx, community: CommunityId, staff: entity::StaffId, visibility: Visibility) -> Result<bool> {
    use entity::{Role, grant};
    let query = grant::Entity::find()
        .filter(grant::Column::CommunityId.eq(community))
        .filter(grant::Column::StaffId.eq(staff))
        .filter(grant::Column::Role.gte(Role::Agent))
        .filter(grant::Column::Clearance.gte(visibility));
    Ok(query.one(&**tx).await?.is_some())
}

/// The names of staff whom rows of a community mention. Staff belong to no community, and keep their name when they leave one.
pub async fn staff_names(connection: &impl ConnectionTrait, ids: &[StaffId]) -> Result<HashMap<StaffId, String>> {
    let sql = Sql::new(connection.get_database_backend(), "SELECT id, name FROM staff WHERE id").in_ids(ids.iter().map(|id| id.0));
    let rows = connection.query_all_raw(sql.build()).await?;
    rows.iter()
        .map(|row| Ok((StaffId(row.try_get_by_index(0)?), row.try_get_by_index(1)?)))
        .collect()
}
