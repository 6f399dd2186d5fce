//! Calendars and expectations looked up by name, for files that know no ids.

use entity::{CommunityId, calendar, expectation};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::db::query::Sql;
use crate::error::Result;

/// The current version of the calendar of a name.
pub async fn calendar_named(connection: &impl ConnectionTrait, community: CommunityId, name: &str) -> Result<Option<calendar::Model>> {
    let query = calendar::Entity::in_community(community)
        .filter(calendar::Column::Name.eq(name))
        .filter(calendar::Column::SupersededAt.is_null());
    Ok(query.one(connection).await?)
}

/// The latest version of the expectation of a name; of several that share it, the one that is published, else a draft, else the one
/// that was drafted last.
pub async fn expectation_named(
    connection: &impl ConnectionTrait,
    community: CommunityId,
    name: &str,
) -> Result<Option<expectation::Model>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        "SELECT e.* FROM expectations e WHERE NOT EXISTS (SELECT 1 FROM expectations n WHERE n.community_id = e.community_id \
         AND n.series_id = e.series_id AND n.version > e.version) AND e.community_id = ",
    )
    .value(community.0)
    .text(" AND e.name = ")
    .value(name)
    .text(" ORDER BY CASE e.status WHEN 2 THEN 1 WHEN 1 THEN 2 ELSE 3 END, e.id DESC LIMIT 1");
    Ok(expectation::Entity::find().from_raw_sql(sql.build()).one(connection).await?)
}
