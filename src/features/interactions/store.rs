//! The queries of interactions.

use std::collections::HashMap;

use entity::{CommunityId, InteractionId, MemberId, interaction};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, Order, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};

use crate::db::query::Sql;
use crate::error::Result;

/// Interactions that meet a condition, newest or oldest first.
pub async fn list(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    condition: Condition,
    direction: Order,
    limit: u64,
) -> Result<Vec<interaction::Model>> {
    let query = matching(community, condition)
        .order_by(interaction::Column::OccurredAt, direction.clone())
        .order_by(interaction::Column::Id, direction)
        .limit(limit);
    Ok(query.all(connection).await?)
}

/// How many interactions meet a condition.
pub async fn count(connection: &impl ConnectionTrait, community: CommunityId, condition: Condition) -> Result<u64> {
    Ok(matching(community, condition).count(connection).await?)
}

fn matching(community: CommunityId, condition: Condition) -> Select<interaction::Entity> {
    interaction::Entity::in_community(community).filter(condition)
}

/// The condition that a column names a member or somebody merged into them.
#[must_use]
pub fn by_member(community: CommunityId, column: interaction::Column, members: &[MemberId]) -> SimpleExpr {
    Expr::col((interaction::Entity, column)).in_subquery(group_of(community, members))
}

/// The ids of members and of those merged into them, as a subquery.
#[must_use]
pub fn group_of(community: CommunityId, members: &[MemberId]) -> SelectStatement {
    use entity::member;
    let with = |named: member::Column| {
        Query::select()
            .column(member::Column::Id)
            .from(member::Entity)
            .and_where(member::Column::CommunityId.eq(community))
            .and_where(Expr::col(named).is_in(members.iter().map(|id| id.0)))
            .to_owned()
    };
    // Two branches, because an OR over two columns makes engines read all members.
    with(member::Column::Id)
        .union(UnionType::All, with(member::Column::RootId))
        .to_owned()
}

/// The condition that an interaction is about a topic.
#[must_use]
pub fn by_topic(community: CommunityId, names: &[String]) -> SimpleExpr {
    use entity::{interaction_topic, topic};
    let tagged = Query::select()
        .column((interaction_topic::Entity, interaction_topic::Column::InteractionId))
        .from(interaction_topic::Entity)
        .inner_join(
            topic::Entity,
            Condition::all()
                .add(
                    Expr::col((topic::Entity, topic::Column::CommunityId))
                        .equals((interaction_topic::Entity, interaction_topic::Column::CommunityId)),
                )
                .add(Expr::col((topic::Entity, topic::Column::Id)).equals((interaction_topic::Entity, interaction_topic::Column::TopicId))),
        )
        .and_where(Expr::col((topic::Entity, topic::Column::CommunityId)).eq(community.0))
        .and_where(Expr::col((topic::Entity, topic::Column::Name)).is_in(names.iter().map(String::as_str)))
        .to_owned();
    Expr::col((interaction::Entity, interaction::Column::Id)).in_subquery(tagged)
}

/// Interactions by id.
pub async fn by_ids(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[InteractionId],
) -> Result<HashMap<InteractionId, interaction::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT * FROM interactions WHERE community_id = ",
    )
    .value(community.0)
    .text(" AND id")
    .in_ids(ids.iter().map(|id| id.0));
    let rows = interaction::Entity::find().from_raw_sql(sql.build()).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What interactions are about: ids and names, by name.
pub async fn topics_of(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    ids: &[InteractionId],
) -> Result<HashMap<InteractionId, Vec<(i64, String)>>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT x.interaction_id, t.id, t.name FROM interaction_topics x \
         JOIN topics t ON t.community_id = x.community_id AND t.id = x.topic_id WHERE x.community_id = ",
    )
    .value(community.0)
    .text(" AND x.interaction_id")
    .in_ids(ids.iter().map(|id| id.0))
    .text(" ORDER BY t.name");
    let mut found: HashMap<InteractionId, Vec<(i64, String)>> = HashMap::new();
    for row in connection.query_all_raw(sql.build()).await? {
        found
            .entry(row.try_get_by_index(0)?)
            .or_default()
            .push((row.try_get_by_index(1)?, row.try_get_by_index(2)?));
    }
    Ok(found)
}

/// The topics of a community whose names come after one, in order.
pub async fn topics(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<entity::topic::Model>> {
    use entity::topic;
    let mut query = topic::Entity::in_community(community)
        .order_by_asc(topic::Column::Name)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(topic::Column::Name.gt(after));
    }
    Ok(query.all(connection).await?)
}

/// A topic by id.
pub async fn topic(connection: &impl ConnectionTrait, community: CommunityId, id: i64) -> Result<Option<entity::topic::Model>> {
    use entity::topic;
    Ok(topic::Entity::in_community(community)
        .filter(topic::Column::Id.eq(id))
        .one(connection)
        .await?)
}
