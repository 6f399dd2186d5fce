//! The queries of advocates.

use std::collections::HashMap;

use entity::{AdvocateId, AdvocateStatus, CommunityId, MemberId, ProgrammeId, Timestamp, advocate, member, touchpoint};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, Order,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::{grouped, raced};
use crate::db::Tx;
use crate::db::packed::{self, packed_row};
use crate::db::query::Sql;
use crate::error::Result;
use crate::features::interactions;

/// Most rows in the list of what a member is an advocate in.
const MOST_OF_MEMBER: i64 = 100;

/// An advocate by id.
pub async fn advocate(connection: &impl ConnectionTrait, community: CommunityId, id: AdvocateId) -> Result<Option<advocate::Model>> {
    let query = advocate::Entity::in_community(community).filter(advocate::Column::Id.eq(id));
    Ok(query.one(connection).await?)
}

/// An advocate by id, kept from other writers until the transaction ends.
pub async fn lock_advocate(tx: &Tx, community: CommunityId, id: AdvocateId) -> Result<Option<advocate::Model>> {
    // SQLite has one writer at a time and knows no row locks.
    let query = advocate::Entity::in_community(community).filter(advocate::Column::Id.eq(id));
    let query = if tx.get_database_backend() == DbBackend::Postgres {
        query.lock_exclusive()
    } else {
        query
    };
    Ok(query.one(&**tx).await?)
}

/// The member a member is now, after merges.
pub async fn person(tx: &Tx, community: CommunityId, id: MemberId) -> Result<Option<member::Model>> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "SELECT r.* FROM members m JOIN members r ON r.community_id = m.community_id AND r.id = COALESCE(m.root_id, m.id) \
         WHERE m.community_id = ",
    )
    .value(community.0)
    .text(" AND m.id = ")
    .value(id.0);
    Ok(member::Entity::find().from_raw_sql(sql.build()).one(&**tx).await?)
}

/// Whether a member, or somebody merged into them, is an advocate in a programme now.
pub async fn is_active(tx: &Tx, community: CommunityId, programme: ProgrammeId, member: MemberId) -> Result<bool> {
    let query = advocate::Entity::in_community(community)
        .filter(advocate::Column::ProgrammeId.eq(programme))
        .filter(advocate::Column::Status.eq(AdvocateStatus::Active))
        .filter(of_members(community, &[member]));
    Ok(query.count(&**tx).await? > 0)
}

/// Adds an advocate; the database gives the id.
pub async fn insert_advocate(tx: &Tx, row: advocate::Model) -> Result<advocate::Model> {
    let mut new = advocate::ActiveModel::from(row).reset_all();
    new.id = NotSet;
    new.insert(&**tx).await.map_err(raced)
}

/// Writes an advocate's changed row.
pub async fn update_advocate(tx: &Tx, row: advocate::Model) -> Result<()> {
    let changed = advocate::ActiveModel::from(row).reset_all();
    advocate::Entity::update(changed).exec(&**tx).await?;
    Ok(())
}

/// What members are or were advocates in, with what those merged into them were, by member: the newest first, at most 100 of each.
/// The rows name the members that were asked for.
pub async fn advocacies(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    members: &[MemberId],
) -> Result<HashMap<MemberId, Vec<advocate::Model>>> {
    const COLUMNS: &str = "a.community_id, a.id, a.programme_id, g.root AS member_id, a.since, a.reason, a.status, a.added_by, a.added_at, \
                           a.left_at, a.left_reason";
    let ids: Vec<i64> = members.iter().map(|id| id.0).collect();
    let rows: Vec<advocate::Model> = packed::all(connection, |sql| {
        sql.text(&format!(
            "SELECT * FROM (SELECT {COLUMNS}, ROW_NUMBER() OVER (PARTITION BY g.root ORDER BY a.since DESC, a.id DESC) AS place FROM "
        ))
        .group_of(community.0, &ids)
        .text(" g JOIN advocates a ON a.member_id = g.id WHERE a.community_id = ")
        .value(community.0)
        .text(") ranked WHERE place <= ")
        .value(MOST_OF_MEMBER)
        .text(" ORDER BY member_id, place")
    })
    .await?;
    Ok(grouped(rows, |row| row.member_id))
}

/// Advocates that meet a condition, by since when they are, at most `limit`.
pub async fn list_advocates(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<advocate::Model>> {
    let query = advocate::Entity::in_community(community)
        .filter(condition)
        .order_by(advocate::Column::Since, direction.clone())
        .order_by(advocate::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many advocates meet a condition.
pub async fn count_advocates(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    let query = advocate::Entity::in_community(community).filter(condition);
    Ok(query.count(connection).await?)
}

/// The condition that an advocate is one of these members, or somebody merged into them.
#[must_use]
pub fn of_members(community: CommunityId, members: &[MemberId]) -> SimpleExpr {
    Expr::col((advocate::Entity, advocate::Column::MemberId)).in_subquery(interactions::store::group_of(community, members))
}

/// The condition that nobody has taken care of an active advocate since an instant, or ever.
#[must_use]
pub fn untouched_since(community: CommunityId, at: Timestamp) -> Condition {
    let cared_for = |named: member::Column| {
        Query::select()
            .column((member::Entity, member::Column::Id))
            .from(member::Entity)
            .and_where(member::Column::CommunityId.eq(community))
            .and_where(Expr::col((member::Entity, named)).in_subquery(touched_since(community, at)))
            .to_owned()
    };
    // Two branches, because an OR over two columns makes engines read all members.
    let cared_for = cared_for(member::Column::Id)
        .union(UnionType::All, cared_for(member::Column::RootId))
        .to_owned();
    Condition::all()
        .add(Expr::col((advocate::Entity, advocate::Column::Status)).eq(AdvocateStatus::Active as i16))
        .add(Expr::col((advocate::Entity, advocate::Column::MemberId)).not_in_subquery(cared_for))
}

/// Of whom staff took care since an instant, after merges.
fn touched_since(community: CommunityId, at: Timestamp) -> SelectStatement {
    let of_member = |column: member::Column| -> SimpleExpr { Expr::col((member::Entity, column)) };
    let of_touchpoint = |column: touchpoint::Column| -> SimpleExpr { Expr::col((touchpoint::Entity, column)) };
    let root: SimpleExpr = Func::coalesce([of_member(member::Column::RootId), of_member(member::Column::Id)]).into();
    Query::select()
        .expr(root)
        .from(touchpoint::Entity)
        .inner_join(
            member::Entity,
            Condition::all()
                .add(of_member(member::Column::CommunityId).equals((touchpoint::Entity, touchpoint::Column::CommunityId)))
                .add(of_member(member::Column::Id).equals((touchpoint::Entity, touchpoint::Column::MemberId))),
        )
        .and_where(of_touchpoint(touchpoint::Column::CommunityId).eq(community.0))
        .and_where(of_touchpoint(touchpoint::Column::RetractedAt).is_null())
        .and_where(of_touchpoint(touchpoint::Column::HappenedAt).gte(at.as_micros()))
        .to_owned()
}

packed_row!(advocate::Model {
    community_id,
    id,
    programme_id,
    member_id,
    since,
    reason,
    status,
    added_by,
    added_at,
    left_at,
    left_reason,
});
