//! Setting calendars up and changing them. Every change is a new version; clocks that run keep the version they started with.

use entity::{CalendarId, CommunityId, calendar};
use serde::Serialize;
use serde_json::json;

use super::rows::{self, NewVersion};
use super::schedule::{CalendarDefinition, Holiday, OpenHours, Schedule};
use super::store;
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserError, UserErrorCode as Code};
use crate::events::{self, EventType, NewEvent};
use crate::idempotency::{Once, once};
use crate::text::is_blank;

/// Longest name of a calendar or a holiday, in characters.
const MAX_NAME: usize = 200;

/// A calendar to set up.
#[derive(Clone, Debug, Serialize)]
pub struct NewCalendar {
    /// Name to show.
    pub name: String,
    /// When it is open.
    pub definition: CalendarDefinition,
}

/// Changes to a calendar. What is not given stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CalendarChanges {
    /// Name to show.
    pub name: Option<String>,
    /// IANA time zone.
    pub zone: Option<String>,
    /// The open hours of a week, all of them.
    pub hours: Option<Vec<OpenHours>>,
    /// The holidays, all of them.
    pub holidays: Option<Vec<Holiday>>,
}

/// Sets a calendar up.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] for a name that is taken, and for hours
/// that are wrong or never open.
pub async fn create(app: &App, ctx: &OpContext, access: &Access, new: &NewCalendar, key: Option<&Once>) -> Result<CalendarId> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, create_in(&tx, ctx, community, new)).await })
        .await
}

/// As [`create`], within a transaction of the caller's, who has checked the permission.
///
/// # Errors
/// [`Error::User`], as [`create`].
pub(super) async fn create_in(tx: &Tx, ctx: &OpContext, community: CommunityId, new: &NewCalendar) -> Result<CalendarId> {
    check(ctx, &new.name, &new.definition)?;
    check_name_is_free(tx, community, &new.name, None).await?;
    let id = store::next_calendar_id(tx).await?;
    let row = rows::calendar_row(NewVersion {
        community,
        id,
        series: id,
        version: 1,
        name: &new.name,
        definition: &new.definition,
        now: ctx.now,
        by: ctx.actor_label(),
    })?;
    store::insert_calendar(tx, row).await?;
    let event = NewEvent::public(
        EventType::CalendarCreated,
        id.0,
        json!({ "name": new.name, "version": 1, "series": id }),
    );
    events::append(tx, ctx, community, vec![event]).await?;
    Ok(id)
}

/// Changes a calendar: a new version takes the place of the present one, for clocks that are started from now on. Nothing
/// happens when nothing differs.
///
/// # Errors
/// As [`create`]; also when there is no such calendar.
pub async fn update(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    id: CalendarId,
    changes: &CalendarChanges,
    key: Option<&Once>,
) -> Result<CalendarId> {
    access.require(Permission::ManageExpectations)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, update_in(&tx, ctx, community, id, changes)).await })
        .await
}

/// As [`update`], within a transaction of the caller's, who has checked the permission.
///
/// # Errors
/// [`Error::User`], as [`update`].
pub(super) async fn update_in(
    tx: &Tx,
    ctx: &OpContext,
    community: CommunityId,
    id: CalendarId,
    changes: &CalendarChanges,
) -> Result<CalendarId> {
    let present = locked(tx, community, id).await?;
    let old = rows::definition(&present)?;
    let name = changes.name.clone().unwrap_or_else(|| present.name.clone());
    let definition = CalendarDefinition {
        zone: changes.zone.clone().unwrap_or(old.zone),
        hours: changes.hours.clone().unwrap_or(old.hours),
        holidays: changes.holidays.clone().unwrap_or(old.holidays),
    };
    check(ctx, &name, &definition)?;
    check_name_is_free(tx, community, &name, Some(present.series_id)).await?;
    replace(tx, ctx, &present, &name, &definition).await
}

/// Puts another version in the place of the present one, which the caller has locked; the present one's id when nothing differs.
///
/// # Errors
/// When the database fails.
pub(super) async fn replace(
    tx: &Tx,
    ctx: &OpContext,
    present: &calendar::Model,
    name: &str,
    definition: &CalendarDefinition,
) -> Result<CalendarId> {
    let community = present.community_id;
    let mut row = rows::calendar_row(NewVersion {
        community,
        id: present.id,
        series: present.series_id,
        version: present.version.saturating_add(1),
        name,
        definition,
        now: ctx.now,
        by: ctx.actor_label(),
    })?;
    let says = |row: &calendar::Model| [&row.name, &row.zone, &row.hours, &row.holidays].map(Clone::clone);
    if says(&row) == says(present) {
        return Ok(present.id);
    }
    let id = store::next_calendar_id(tx).await?;
    row.id = id;
    let payload = json!({ "name": name, "version": row.version, "series": row.series_id, "replaces": present.id });
    store::supersede_calendar(tx, community, present.id, ctx.now).await?;
    store::insert_calendar(tx, row).await?;
    let event = NewEvent::public(EventType::CalendarUpdated, id.0, payload);
    events::append(tx, ctx, community, vec![event]).await?;
    Ok(id)
}

/// The present version of a calendar, locked; an id of any of its versions will do.
///
/// # Errors
/// [`Error::User`] when there is no such calendar.
pub(super) async fn locked(tx: &Tx, community: CommunityId, id: CalendarId) -> Result<calendar::Model> {
    store::lock_calendar(tx, community, id).await?.ok_or_else(missing)
}

/// There is no such calendar.
pub(super) fn missing() -> Error {
    Error::user("calendarId", Code::NotFound, "is not a calendar of this community")
}

async fn check_name_is_free(tx: &Tx, community: CommunityId, name: &str, but: Option<CalendarId>) -> Result<()> {
    if store::calendar_name_is_taken(tx, community, name, but).await? {
        return Err(Error::user("name", Code::Taken, "is taken by another calendar"));
    }
    Ok(())
}

/// Passes for a name, hours and holidays that a calendar can have; else everything that is wrong with them.
fn check(ctx: &OpContext, name: &str, definition: &CalendarDefinition) -> Result<()> {
    let mut errors = Vec::new();
    errors.extend(check_name("name", name).err());
    errors.extend(check_names(&definition.holidays));
    match compiles(ctx, definition) {
        Err(Error::User(more)) => errors.extend(more),
        other => other?,
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::User(errors)) }
}

/// Passes when a calendar can be followed and is open at some time of the next 366 days.
///
/// # Errors
/// [`Error::User`] that names the field.
pub(super) fn compiles(ctx: &OpContext, definition: &CalendarDefinition) -> Result<()> {
    match Schedule::compile(definition, ctx.now) {
        Ok(_compiled) => Ok(()),
        Err(error) => {
            let code = if error.is_too_many { Code::TooMany } else { Code::Invalid };
            Err(Error::user(&error.field, code, error.message))
        }
    }
}

fn check_names(holidays: &[Holiday]) -> impl Iterator<Item = UserError> {
    let names = holidays.iter().enumerate();
    names.filter_map(|(index, holiday)| check_name(&format!("holidays.{index}.name"), &holiday.name).err())
}

fn check_name(field: &str, name: &str) -> Result<(), UserError> {
    if is_blank(name) || name.contains('\0') || name.chars().count() > MAX_NAME {
        let message = format!("must be 1 to {MAX_NAME} characters without NUL");
        return Err(UserError::at(field, Code::Invalid, message));
    }
    Ok(())
}
