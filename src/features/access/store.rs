//! The queries of access.

use std::sync::Arc;

use entity::{ApiClientId, CommunityId, Role, StaffId, Timestamp, api_client, community, grant, refresh_token, staff};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::NotSet, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QueryResult,
};

use crate::auth::Permissions;
use crate::context::Access;
use crate::db::Tx;
use crate::db::query::Sql;
use crate::error::Result;

const COMMUNITY: &str = "c.id, c.slug, c.name, c.timezone, c.created_at, c.publishes_expectations";

fn community_at(row: &QueryResult, first: usize) -> Result<Arc<community::Model>> {
    Ok(Arc::new(community::Model {
        id: row.try_get_by_index(first)?,
        slug: row.try_get_by_index(first + 1)?,
        name: row.try_get_by_index(first + 2)?,
        timezone: row.try_get_by_index(first + 3)?,
        created_at: row.try_get_by_index(first + 4)?,
        publishes_expectations: row.try_get_by_index(first + 5)?,
    }))
}

/// A member of staff with all grants, in one statement.
pub struct StaffAccess {
    pub id: StaffId,
    pub email: String,
    pub name: String,
    pub access: Vec<Access>,
}

/// How to find a member of staff.
pub enum StaffKey<'a> {
    Id(StaffId),
    Email(&'a str),
}

/// A member of staff who may sign in, and what they may do; `None` when there is none.
pub async fn staff_access(connection: &impl ConnectionTrait, key: StaffKey<'_>) -> Result<Option<StaffAccess>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        &format!(
            "SELECT s.id, s.email, s.name, g.role, g.clearance, {COMMUNITY} FROM staff s \
         LEFT JOIN grants g ON g.staff_id = s.id LEFT JOIN communities c ON c.id = g.community_id \
         WHERE s.disabled_at IS NULL AND "
        ),
    );
    let sql = match key {
        StaffKey::Id(id) => sql.text("s.id = ").value(id.0),
        StaffKey::Email(email) => sql.text("s.email = ").value(email),
    };
    let rows = connection.query_all_raw(sql.text(" ORDER BY c.id").build()).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut found = StaffAccess {
        id: first.try_get_by_index(0)?,
        email: first.try_get_by_index(1)?,
        name: first.try_get_by_index(2)?,
        access: Vec::with_capacity(rows.len()),
    };
    for row in &rows {
        let role: Option<Role> = row.try_get_by_index(3)?;
        if let Some(role) = role {
            found.access.push(Access {
                community: community_at(row, 5)?,
                permissions: Permissions::of_role(role),
                role: Some(role),
                clearance: row.try_get_by_index(4)?,
            });
        }
    }
    Ok(Some(found))
}

/// An integration that may call, and what it may do.
pub struct ClientAccess {
    pub id: ApiClientId,
    pub name: String,
    pub scopes: String,
    pub secret_hash: String,
    pub access: Access,
}

/// An integration whose credentials are good; `None` when there is none.
pub async fn client_access(connection: &impl ConnectionTrait, client_id: &str) -> Result<Option<ClientAccess>> {
    let sql = Sql::new(
        connection.get_database_backend(),
        &format!(
            "SELECT a.id, a.name, a.scopes, a.secret_hash, a.clearance, {COMMUNITY} FROM api_clients a \
         JOIN communities c ON c.id = a.community_id WHERE a.revoked_at IS NULL AND a.client_id = "
        ),
    );
    let Some(row) = connection.query_one_raw(sql.value(client_id).build()).await? else {
        return Ok(None);
    };
    let scopes: String = row.try_get_by_index(2)?;
    Ok(Some(ClientAccess {
        id: row.try_get_by_index(0)?,
        name: row.try_get_by_index(1)?,
        secret_hash: row.try_get_by_index(3)?,
        access: Access {
            community: community_at(&row, 5)?,
            permissions: Permissions::of_scopes(&scopes),
            role: None,
            clearance: row.try_get_by_index(4)?,
        },
        scopes,
    }))
}

/// A member of staff by sign-in name, enabled or not.
pub async fn staff_by_email(connection: &impl ConnectionTrait, email: &str) -> Result<Option<staff::Model>> {
    Ok(staff::Entity::find().filter(staff::Column::Email.eq(email)).one(connection).await?)
}

/// Adds a member of staff, or, where that is asked, changes name and password of one who is there.
pub async fn put_staff(
    tx: &Tx,
    email: &str,
    name: &str,
    password_hash: Option<String>,
    now: Timestamp,
    may_change: bool,
) -> Result<staff::Model> {
    if let Some(known) = staff_by_email(&**tx, email).await? {
        if !may_change {
            return Ok(known);
        }
        let mut changed: staff::ActiveModel = known.into();
        changed.name = Set(name.to_owned());
        changed.disabled_at = Set(None);
        if password_hash.is_some() {
            changed.password_hash = Set(password_hash);
        }
        return Ok(changed.update(&**tx).await?);
    }
    let new = staff::ActiveModel {
        id: NotSet,
        email: Set(email.to_owned()),
        name: Set(name.to_owned()),
        password_hash: Set(password_hash),
        created_at: Set(now),
        disabled_at: Set(None),
    };
    Ok(new.insert(&**tx).await?)
}

/// Sets the one grant of a member of staff in a community.
pub async fn put_grant(tx: &Tx, row: grant::Model) -> Result<()> {
    let conflict = OnConflict::columns([grant::Column::CommunityId, grant::Column::StaffId])
        .update_columns([grant::Column::Role, grant::Column::Clearance])
        .to_owned();
    let new: grant::ActiveModel = row.into();
    grant::Entity::insert(new.reset_all())
        .on_conflict(conflict)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Whether a member of staff has a grant in a community.
pub async fn has_grant(tx: &Tx, community: CommunityId, staff: StaffId) -> Result<bool> {
    Ok(grant::Entity::find_by_id((community, staff)).one(&**tx).await?.is_some())
}

/// Takes a grant away; whether there was one.
pub async fn delete_grant(tx: &Tx, community: CommunityId, staff: StaffId) -> Result<bool> {
    let deleted = grant::Entity::delete_many()
        .filter(grant::Column::CommunityId.eq(community))
        .filter(grant::Column::StaffId.eq(staff))
        .exec(&**tx)
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// The staff of a community with their grants, by name.
pub async fn staff_of(connection: &impl ConnectionTrait, community: CommunityId) -> Result<Vec<(staff::Model, grant::Model)>> {
    let grants = grant::Entity::in_community(community).all(connection).await?;
    let people = staff::Entity::find()
        .filter(staff::Column::Id.is_in(grants.iter().map(|grant| grant.staff_id)))
        .order_by_asc(staff::Column::Name)
        .order_by_asc(staff::Column::Id)
        .all(connection)
        .await?;
    let pair = |person: staff::Model| {
        let grant = grants.iter().find(|grant| grant.staff_id == person.id)?.clone();
        Some((person, grant))
    };
    Ok(people.into_iter().filter_map(pair).collect())
}

/// The integrations of a community, revoked ones too, oldest first.
pub async fn clients_of(connection: &impl ConnectionTrait, community: CommunityId) -> Result<Vec<api_client::Model>> {
    Ok(api_client::Entity::in_community(community)
        .order_by_asc(api_client::Column::Id)
        .all(connection)
        .await?)
}

/// Adds an integration.
pub async fn insert_client(tx: &Tx, new: api_client::ActiveModel) -> Result<api_client::Model> {
    Ok(new.insert(&**tx).await?)
}

/// Revokes an integration; `None` when there is no such one.
pub async fn revoke_client(tx: &Tx, community: CommunityId, id: ApiClientId, now: Timestamp) -> Result<Option<api_client::Model>> {
    let Some(known) = api_client::Entity::in_community(community)
        .filter(api_client::Column::Id.eq(id))
        .one(&**tx)
        .await?
    else {
        return Ok(None);
    };
    if known.revoked_at.is_some() {
        return Ok(Some(known));
    }
    let mut changed: api_client::ActiveModel = known.into();
    changed.revoked_at = Set(Some(now));
    Ok(Some(changed.update(&**tx).await?))
}

/// Keeps a refresh token.
pub async fn insert_refresh_token(tx: &Tx, row: refresh_token::Model) -> Result<()> {
    let new: refresh_token::ActiveModel = row.into();
    refresh_token::Entity::insert(new.reset_all()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// A refresh token by its hash.
pub async fn find_refresh_token(tx: &Tx, hash: &str) -> Result<Option<refresh_token::Model>> {
    Ok(refresh_token::Entity::find_by_id(hash.to_owned()).one(&**tx).await?)
}

/// Marks a token as used; `false` when somebody else was faster.
pub async fn use_refresh_token(tx: &Tx, hash: &str, now: Timestamp) -> Result<bool> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE refresh_tokens SET used_at = ")
        .value(now.as_micros())
        .text(" WHERE used_at IS NULL AND revoked_at IS NULL AND token_hash = ")
        .value(hash);
    Ok(tx.execute_raw(sql.build()).await?.rows_affected() == 1)
}

/// Deletes refresh tokens that have lapsed; how many, at most `limit`.
pub async fn delete_lapsed(tx: &Tx, now: Timestamp, limit: u64) -> Result<u64> {
    let sql = Sql::new(
        tx.get_database_backend(),
        "DELETE FROM refresh_tokens WHERE token_hash IN (SELECT token_hash FROM refresh_tokens WHERE expires_at <= ",
    )
    .value(now.as_micros())
    .text(" ORDER BY expires_at LIMIT ")
    .value(i64::try_from(limit).unwrap_or(i64::MAX))
    .text(")");
    Ok(tx.execute_raw(sql.build()).await?.rows_affected())
}

/// Revokes all tokens that descend from one sign-in.
pub async fn revoke_family(tx: &Tx, family: &str, now: Timestamp) -> Result<()> {
    let sql = Sql::new(tx.get_database_backend(), "UPDATE refresh_tokens SET revoked_at = ")
        .value(now.as_micros())
        .text(" WHERE revoked_at IS NULL AND family = ")
        .value(family);
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
