//! Mutations of promises: calendars, holidays, expectations.

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{CalendarId, ExpectationId};

use super::graphql::{Calendar, Expectation, HolidayProposal};
use super::holidays::Problem;
use super::inputs::{
    CreateCalendarInput, DecideHolidaysInput, DiscardExpectationInput, DraftExpectationInput, ProposeHolidaysInput,
    PublishExpectationInput, RetireExpectationInput, UpdateCalendarInput, UpdateExpectationInput, calendar_key,
};
use super::proposals::Proposed;
use super::{calendars, lifecycle, proposals, store};
use crate::app::App;
use crate::auth::Permission;
use crate::context::{Access, OpContext};
use crate::error::{Error, Result, UserErrorCode as Code};
use crate::graphql::errors::{UserErrorObject, user_errors};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::{Maybe, maybe};
use crate::idempotency::Once;

/// A calendar, or why nothing was done.
#[derive(SimpleObject)]
pub struct CalendarPayload {
    /// The calendar in its present version.
    calendar: Option<Calendar>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// What cannot be used in a file of holidays.
#[derive(SimpleObject)]
pub struct HolidayProblem {
    /// The line, counted from 1.
    line: u64,
    /// What is wrong.
    message: String,
}

/// What came of a file of holidays.
#[derive(Default, SimpleObject)]
pub struct ProposeHolidaysPayload {
    /// The proposals for what the file holds, by day; those that had been made before, too, whatever became of them. What is in the
    /// calendar already is not proposed.
    proposals: Vec<HolidayProposal>,
    /// How many of them are new, or proposed anew because they were approved and taken out of the calendar since.
    added: u64,
    /// What cannot be used in the file; the rest of it is proposed all the same.
    problems: Vec<HolidayProblem>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// An expectation, or why nothing was done.
#[derive(SimpleObject)]
pub struct ExpectationPayload {
    /// The version that it is about, as it is now.
    expectation: Option<Expectation>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// What became of a draft that was dropped, or why nothing was done.
#[derive(SimpleObject)]
pub struct DiscardExpectationPayload {
    /// The global id that the draft had.
    discarded_id: Option<ID>,
    /// What the caller can mend.
    user_errors: Vec<UserErrorObject>,
}

/// Changes to what a community promises.
#[derive(Default)]
pub struct ExpectationMutation;

/// Changes to what a community promises.
#[Object]
impl ExpectationMutation {
    /// Sets a calendar of open hours up. Needs the role MANAGER or the scope expectations:write.
    async fn create_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The calendar.")] input: CreateCalendarInput,
    ) -> Maybe<CalendarPayload> {
        maybe(create_calendar(ctx, input).await)
    }

    /// Changes a calendar: a new version takes the place of the present one, for clocks that are started from now on. Needs the role
    /// MANAGER or the scope expectations:write.
    async fn update_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which calendar, and what to change.")] input: UpdateCalendarInput,
    ) -> Maybe<CalendarPayload> {
        maybe(update_calendar(ctx, input).await)
    }

    /// Reads an iCalendar file and proposes its days as holidays, which count once they are approved. The same file again adds
    /// nothing, but for holidays that were approved and taken out of the calendar since. Needs the role MANAGER or the scope
    /// expectations:write.
    async fn propose_holidays(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file, and for which calendar.")] input: ProposeHolidaysInput,
    ) -> Maybe<ProposeHolidaysPayload> {
        maybe(propose_holidays(ctx, input).await)
    }

    /// Approves and declines proposed holidays. All that are approved come into the calendar in one step, as one new version. What
    /// was decided on before cannot be decided on again. Needs the role MANAGER or the scope expectations:write.
    async fn decide_holidays(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposals.")] input: DecideHolidaysInput,
    ) -> Maybe<CalendarPayload> {
        maybe(decide_holidays(ctx, input).await)
    }

    /// Drafts an expectation, or the next version of one; it holds for nobody until it is published. Needs the role MANAGER or the
    /// scope expectations:write.
    async fn draft_expectation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to promise.")] input: DraftExpectationInput,
    ) -> Maybe<ExpectationPayload> {
        maybe(draft_expectation(ctx, input).await)
    }

    /// Changes a draft. What was published is never changed: draft its next version. Needs the role MANAGER or the scope
    /// expectations:write.
    async fn update_expectation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft, and what to change.")] input: UpdateExpectationInput,
    ) -> Maybe<ExpectationPayload> {
        maybe(update_expectation(ctx, input).await)
    }

    /// Publishes a draft: it holds for cases that are opened, or change, from then on, and takes the place of the published version
    /// before it. No other expectation may be published under its name. Needs the role MANAGER or the scope expectations:write.
    async fn publish_expectation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft, and from when on.")] input: PublishExpectationInput,
    ) -> Maybe<ExpectationPayload> {
        maybe(publish_expectation(ctx, input).await)
    }

    /// Drops a draft, as if it had never been. What was published cannot be dropped: retire it. Needs the role MANAGER or the scope
    /// expectations:write.
    async fn discard_expectation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft.")] input: DiscardExpectationInput,
    ) -> Maybe<DiscardExpectationPayload> {
        maybe(discard_expectation(ctx, input).await)
    }

    /// Retires a published expectation: it is promised no more. Clocks that run go on. Needs the role MANAGER or the scope
    /// expectations:write.
    async fn retire_expectation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which expectation.")] input: RetireExpectationInput,
    ) -> Maybe<ExpectationPayload> {
        maybe(retire_expectation(ctx, input).await)
    }
}

async fn create_calendar(ctx: &Context<'_>, input: CreateCalendarInput) -> Result<CalendarPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let once = input.idempotency_key.clone();
        let new = input.into_new()?;
        let key = Once::new(once.as_deref(), "createCalendar", &new)?;
        calendars::create(ctx.data_unchecked(), op, access, &new, key.as_ref()).await
    };
    calendar(ctx, access, done.await).await
}

async fn update_calendar(ctx: &Context<'_>, input: UpdateCalendarInput) -> Result<CalendarPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let id = calendar_key(access.community_id(), &input.calendar_id)?;
        let once = input.idempotency_key.clone();
        let changes = input.into_changes()?;
        let key = Once::new(once.as_deref(), "updateCalendar", &(id, &changes))?;
        calendars::update(ctx.data_unchecked(), op, access, id, &changes, key.as_ref()).await
    };
    calendar(ctx, access, done.await).await
}

async fn propose_holidays(ctx: &Context<'_>, input: ProposeHolidaysInput) -> Result<ProposeHolidaysPayload> {
    let (app, op) = (ctx.data_unchecked::<App>(), ctx.data_unchecked::<OpContext>());
    let access = manager(op, &input.community)?;
    let done = async {
        let id = calendar_key(access.community_id(), &input.calendar_id)?;
        let key = Once::new(input.idempotency_key.as_deref(), "proposeHolidays", &(id, &input.ical))?;
        proposals::propose(app, op, access, id, &input.ical, key.as_ref()).await
    };
    match user_errors(done.await)? {
        Err(user_errors) => Ok(ProposeHolidaysPayload {
            user_errors,
            ..ProposeHolidaysPayload::default()
        }),
        Ok((Proposed { proposals, added }, problems)) => {
            let rows = store::proposals_by_ids(app.db.read(), access.community_id(), &proposals).await?;
            let problem = |problem: Problem| HolidayProblem {
                line: problem.line as u64,
                message: problem.message,
            };
            Ok(ProposeHolidaysPayload {
                proposals: rows.into_iter().map(|row| HolidayProposal::new(access, row)).collect(),
                added: added as u64,
                problems: problems.into_iter().map(problem).collect(),
                user_errors: Vec::new(),
            })
        }
    }
}

async fn decide_holidays(ctx: &Context<'_>, input: DecideHolidaysInput) -> Result<CalendarPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let decision = input.decision(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "decideHolidays", &decision)?;
        proposals::decide(ctx.data_unchecked(), op, access, &decision, key.as_ref()).await
    };
    calendar(ctx, access, done.await).await
}

async fn draft_expectation(ctx: &Context<'_>, input: DraftExpectationInput) -> Result<ExpectationPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let successor_of = input.successor_of.as_ref();
        let successor_of = successor_of.map(|id| expectation_key(access, id, "successorOf")).transpose()?;
        let changes = input.terms.into_changes(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "draftExpectation", &(successor_of, &changes))?;
        lifecycle::draft(ctx.data_unchecked(), op, access, successor_of, &changes, key.as_ref()).await
    };
    expectation(ctx, access, done.await).await
}

async fn update_expectation(ctx: &Context<'_>, input: UpdateExpectationInput) -> Result<ExpectationPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let id = expectation_key(access, &input.expectation_id, "expectationId")?;
        let changes = input.terms.into_changes(access.community_id())?;
        let key = Once::new(input.idempotency_key.as_deref(), "updateExpectation", &(id, &changes))?;
        lifecycle::update(ctx.data_unchecked(), op, access, id, &changes, key.as_ref()).await
    };
    expectation(ctx, access, done.await).await
}

async fn publish_expectation(ctx: &Context<'_>, input: PublishExpectationInput) -> Result<ExpectationPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let id = expectation_key(access, &input.expectation_id, "expectationId")?;
        let from = input.effective_from.map(|from| from.0);
        let key = Once::new(input.idempotency_key.as_deref(), "publishExpectation", &(id, from))?;
        lifecycle::publish(ctx.data_unchecked(), op, access, id, from, key.as_ref()).await
    };
    expectation(ctx, access, done.await).await
}

async fn discard_expectation(ctx: &Context<'_>, input: DiscardExpectationInput) -> Result<DiscardExpectationPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let id = expectation_key(access, &input.expectation_id, "expectationId")?;
        let key = Once::new(input.idempotency_key.as_deref(), "discardExpectation", &id)?;
        lifecycle::discard(ctx.data_unchecked(), op, access, id, key.as_ref()).await
    };
    let (discarded_id, user_errors) = match user_errors(done.await)? {
        Err(user_errors) => (None, user_errors),
        Ok(id) => {
            let id = GlobalId::encode(NodeType::Expectation, access.community_id(), id.0);
            (Some(id), Vec::new())
        }
    };
    Ok(DiscardExpectationPayload { discarded_id, user_errors })
}

async fn retire_expectation(ctx: &Context<'_>, input: RetireExpectationInput) -> Result<ExpectationPayload> {
    let op = ctx.data_unchecked::<OpContext>();
    let access = manager(op, &input.community)?;
    let done = async {
        let id = expectation_key(access, &input.expectation_id, "expectationId")?;
        let key = Once::new(input.idempotency_key.as_deref(), "retireExpectation", &id)?;
        lifecycle::retire(ctx.data_unchecked(), op, access, id, key.as_ref()).await
    };
    expectation(ctx, access, done.await).await
}

/// The caller's access, when they may change what is promised; asked before the input is looked at.
fn manager<'a>(op: &'a OpContext, slug: &str) -> Result<&'a Access> {
    let access = op.community(slug)?;
    access.require(Permission::ManageExpectations)?;
    Ok(access)
}

fn expectation_key(access: &Access, id: &ID, field: &str) -> Result<ExpectationId> {
    GlobalId::expect(id, NodeType::Expectation, access.community_id(), "expectation")
        .map(ExpectationId)
        .map_err(|_not_here| Error::user(field, Code::NotFound, "is not an expectation of this community"))
}

async fn calendar(ctx: &Context<'_>, access: &Access, done: Result<CalendarId>) -> Result<CalendarPayload> {
    match user_errors(done)? {
        Err(user_errors) => Ok(CalendarPayload {
            calendar: None,
            user_errors,
        }),
        Ok(id) => {
            let app = ctx.data_unchecked::<App>();
            // An answer that is given again shows the calendar as it is now.
            let row = store::current_calendar_of(app.db.read(), access.community_id(), id).await?;
            Ok(CalendarPayload {
                calendar: row.map(|row| Calendar::new(access, row)),
                user_errors: Vec::new(),
            })
        }
    }
}

async fn expectation(ctx: &Context<'_>, access: &Access, done: Result<ExpectationId>) -> Result<ExpectationPayload> {
    match user_errors(done)? {
        Err(user_errors) => Ok(ExpectationPayload {
            expectation: None,
            user_errors,
        }),
        Ok(id) => {
            let app = ctx.data_unchecked::<App>();
            let rows = store::expectations_by_ids(app.db.read(), access.community_id(), &[id]).await?;
            Ok(ExpectationPayload {
                expectation: rows.into_values().next().map(|row| Expectation::new(access, row)),
                user_errors: Vec::new(),
            })
        }
    }
}
