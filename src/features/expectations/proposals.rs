//! Holidays proposed for a calendar, from an iCalendar file, and what is decided on them.

use std::collections::{HashMap, HashSet};

use entity::{CalendarId, CommunityId, HolidayProposalId, ProposalStatus, calendar, holiday_proposal};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::holidays::{self, Problem};
use super::schedule::{CalendarDefinition, Holiday};
use super::store::NewProposal;
use super::{calendars, rows, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::events::{self, EventType, NewEvent};
use crate::idempotency::{Once, once};

/// Most proposals decided on in one call.
const MAX_DECISIONS: usize = 2_000;

/// What came of a file of holidays.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Proposed {
    /// The proposals for what the file holds, by day; those that had been made before, too.
    pub proposals: Vec<HolidayProposalId>,
    /// How many of them are new, or proposed anew.
    pub added: usize,
}

/// Reads an iCalendar file and proposes its days as holidays of a calendar. What is proposed already, or declined, or in the
/// calendar, is not proposed again; what was approved and taken out of the calendar since is. Returns also what cannot be used in
/// the file; the rest of it is proposed all the same.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] when there is no such calendar, or the file is
/// too large.
pub async fn propose(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    calendar: CalendarId,
    ical: &str,
    key: Option<&Once>,
) -> Result<(Proposed, Vec<Problem>)> {
    access.require(Permission::ManageExpectations)?;
    if ical.len() > holidays::MAX_BYTES {
        let message = format!("must be at most {} bytes", holidays::MAX_BYTES);
        return Err(Error::user("ical", Code::TooLong, message));
    }
    let community = access.community_id();
    let present = store::current_calendar_of(app.db.read(), community, calendar).await?;
    let present = present.ok_or_else(calendars::missing)?;
    let reading = holidays::read(ical, &present.zone, ctx.now);
    let found = &reading.proposals;
    let proposed = app
        .db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, propose_in(&tx, ctx, community, calendar, found)).await })
        .await?;
    Ok((proposed, reading.problems))
}

async fn propose_in(tx: &Tx, ctx: &OpContext, community: CommunityId, calendar: CalendarId, holidays: &[Holiday]) -> Result<Proposed> {
    let calendar = calendars::locked(tx, community, calendar).await?;
    let known = rows::definition(&calendar)?.holidays;
    let fresh = holidays.iter().filter(|holiday| !is_among(&known, holiday));
    let wanted: Vec<NewProposal> = fresh.map(rows::proposal).collect::<Result<_>>()?;
    let (series, by) = (calendar.series_id, ctx.actor_label());
    let mut added = store::insert_proposals(tx, community, series, &wanted, ctx.now, &by).await?;
    let dates: Vec<&str> = wanted.iter().map(|proposal| proposal.date.as_str()).collect();
    let all = store::proposals_on(&**tx, community, series, &dates).await?;
    let keys: HashSet<(&str, &str, &str)> = wanted
        .iter()
        .map(|wanted| (wanted.date.as_str(), wanted.name.as_str(), wanted.closed.as_str()))
        .collect();
    let is_wanted = |row: &&holiday_proposal::Model| keys.contains(&(row.date.as_str(), row.name.as_str(), row.closed.as_str()));
    let proposals = all.iter().filter(is_wanted).map(|row| row.id).collect();
    // What is wanted is not in the calendar: where it was approved, it was taken out again.
    let gone = all.iter().filter(is_wanted).filter(|row| row.status == ProposalStatus::Approved);
    let gone: Vec<HolidayProposalId> = gone.map(|row| row.id).collect();
    if !gone.is_empty() {
        store::propose_again(tx, community, &gone, ctx.now, &by).await?;
        added.extend(gone);
        added.sort_unstable();
    }
    if !added.is_empty() {
        let event = NewEvent::public(EventType::HolidaysProposed, calendar.id.0, json!({ "proposals": added }));
        events::append(tx, ctx, community, vec![event]).await?;
    }
    Ok(Proposed {
        proposals,
        added: added.len(),
    })
}

/// What is decided on proposals for one calendar.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// The calendar.
    pub calendar: CalendarId,
    /// Those that become holidays.
    pub approve: Vec<HolidayProposalId>,
    /// Those that do not.
    pub decline: Vec<HolidayProposalId>,
}

/// Decides on proposals: all that are approved come into the calendar in one step, as one new version. Returns the present
/// version afterwards.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::ManageExpectations`]; [`Error::User`] when one of them is not here, is decided on
/// already, or the calendar would never be open.
pub async fn decide(app: &App, ctx: &OpContext, access: &Access, decision: &Decision, key: Option<&Once>) -> Result<CalendarId> {
    access.require(Permission::ManageExpectations)?;
    check(decision)?;
    let community = access.community_id();
    app.db
        .write(|tx: Tx| async move { once(&tx, ctx, community, key, decide_in(&tx, ctx, community, decision)).await })
        .await
}

fn check(decision: &Decision) -> Result<()> {
    if decision.approve.is_empty() && decision.decline.is_empty() {
        return Err(Error::user(
            "approve",
            Code::Required,
            "name at least one proposal to approve or decline",
        ));
    }
    if decision.approve.len() + decision.decline.len() > MAX_DECISIONS {
        let message = format!("must be at most {MAX_DECISIONS}, together with those to decline");
        return Err(Error::user("approve", Code::TooMany, message));
    }
    let approved: HashSet<_> = decision.approve.iter().collect();
    match decision.decline.iter().position(|id| approved.contains(id)) {
        Some(index) => Err(Error::user(
            &format!("decline.{index}"),
            Code::Invalid,
            "is to be approved, too; decide for one",
        )),
        None => Ok(()),
    }
}

async fn decide_in(tx: &Tx, ctx: &OpContext, community: CommunityId, decision: &Decision) -> Result<CalendarId> {
    let calendar = calendars::locked(tx, community, decision.calendar).await?;
    let approved = undecided(tx, &calendar, "approve", &decision.approve).await?;
    let declined = undecided(tx, &calendar, "decline", &decision.decline).await?;
    let by = ctx.actor_label();
    let mut told = Vec::new();
    for (rows, status) in [(&approved, ProposalStatus::Approved), (&declined, ProposalStatus::Declined)] {
        let ids: Vec<HolidayProposalId> = rows.iter().map(|row| row.id).collect();
        if !ids.is_empty() {
            store::decide_proposals(tx, community, &ids, status, ctx.now, &by).await?;
        }
        told.push(ids);
    }
    let id = with_holidays(tx, ctx, &calendar, &approved).await?;
    let payload = json!({ "approved": told.first(), "declined": told.last() });
    let event = NewEvent::public(EventType::HolidaysDecided, id.0, payload);
    events::append(tx, ctx, community, vec![event]).await?;
    Ok(id)
}

/// The proposals, all of which are still to be decided on.
async fn undecided(tx: &Tx, calendar: &calendar::Model, field: &str, ids: &[HolidayProposalId]) -> Result<Vec<holiday_proposal::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = store::proposals_by_ids(&**tx, calendar.community_id, ids).await?;
    rows.retain(|row| row.calendar_series_id == calendar.series_id);
    let by_id: HashMap<_, _> = rows.iter().map(|row| (row.id, row.status)).collect();
    for (index, id) in ids.iter().enumerate() {
        let at = format!("{field}.{index}");
        match by_id.get(id) {
            None => return Err(Error::user(&at, Code::NotFound, "is not a proposal for this calendar")),
            Some(status) if *status != ProposalStatus::Proposed => {
                let message = format!("was decided on already: it is {status}");
                return Err(Error::user(&at, Code::NotAllowedNow, message));
            }
            Some(_) => {}
        }
    }
    Ok(rows)
}

async fn with_holidays(tx: &Tx, ctx: &OpContext, calendar: &calendar::Model, approved: &[holiday_proposal::Model]) -> Result<CalendarId> {
    let mut definition: CalendarDefinition = rows::definition(calendar)?;
    for row in approved {
        let holiday = rows::holiday(row)?;
        if !is_among(&definition.holidays, &holiday) {
            definition.holidays.push(holiday);
        }
    }
    definition.holidays.sort_by_key(|holiday| holiday.date);
    if let Err(Error::User(errors)) = calendars::compiles(ctx, &definition) {
        let code = errors.first().map_or(Code::Invalid, |error| error.code);
        let reasons: Vec<String> = errors.into_iter().map(|error| error.message).collect();
        return Err(Error::user("approve", code, reasons.join("; ")));
    }
    calendars::replace(tx, ctx, calendar, &calendar.name, &definition).await
}

/// Whether that day, or that part of it, is a holiday already, by whatever name.
fn is_among(holidays: &[Holiday], holiday: &Holiday) -> bool {
    holidays
        .iter()
        .any(|known| known.date == holiday.date && known.closed == holiday.closed)
}
