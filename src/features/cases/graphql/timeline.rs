//! The timeline of a case in the API.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{
    ApologyId, Audience, BreachId, CaseEventId, CaseEventKind, CaseId, CaseStatus, ClockId, ExpectationId, FollowUpId, Metric, RepairId,
    Severity, StaffId, Timestamp, Visibility, case_event,
};
use sea_orm::{ColumnTrait as _, Condition};
use serde::Deserialize;
use serde_json::Value;

use super::breach::Breach;
use super::case::Case;
use super::clock::{Clock, expectation};
use super::keyset::{Keyset, Step};
use super::{StaffName, interaction, member};
use crate::app::App;
use crate::context::Access;
use crate::error::Result;
use crate::features::cases::{policy, store};
use crate::features::expectations::graphql::Expectation;
use crate::features::interactions::Interaction;
use crate::features::members::Member;
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::page::{Cursor, PageArgs};
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe, maybe_absent};

/// What belongs to an entry beside its text, by kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    from: Value,
    to: Value,
    into: Option<CaseId>,
    case: Option<CaseId>,
    clock: Option<ClockId>,
    expectation: Option<ExpectationId>,
    metric: Option<Metric>,
    value: Option<f64>,
    breach: Option<BreachId>,
    apology: Option<ApologyId>,
    repair: Option<RepairId>,
    follow_up: Option<FollowUpId>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

impl Detail {
    fn of(row: &case_event::Model) -> Self {
        serde_json::from_str(&row.detail).unwrap_or_default()
    }
}

/// A change of something that a case says of itself.
#[derive(SimpleObject)]
pub struct DetailChange {
    /// Of what: `subject`, `category` or `channel`.
    field: &'static str,
    /// What it was before; null when nothing.
    from: Option<String>,
    /// What it is from then on; null when nothing.
    to: Option<String>,
}

/// The state before and after a change of one kind.
type Change<T> = [Option<T>; 2];

/// An entry of a case's timeline. Recorded once, never changed.
pub struct CaseEvent {
    access: Access,
    row: case_event::Model,
    detail: Detail,
}

impl CaseEvent {
    fn new(access: &Access, row: case_event::Model) -> Self {
        Self {
            access: access.clone(),
            detail: Detail::of(&row),
            row,
        }
    }

    /// An entry by id; `None` when there is none that the actor may read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(ctx: &Context<'_>, access: &Access, id: CaseEventId) -> Result<Option<Self>> {
        let app = ctx.data_unchecked::<App>();
        let found = store::entry_by_id(app.db.read(), access.community_id(), id).await?;
        let Some(row) = found.filter(|row| policy::may_read(access, row)) else {
            return Ok(None);
        };
        let case = Case::find(ctx, access, row.case_id).await?;
        Ok(case.map(|_visible| Self::new(access, row)))
    }

    /// What a text stands for on both sides of a change, in entries of these kinds.
    fn change<T>(&self, kinds: &[CaseEventKind], read: impl Fn(&str) -> Option<T>) -> Change<T> {
        [&self.detail.from, &self.detail.to].map(|side| {
            let side = side.as_str().filter(|_text| kinds.contains(&self.row.kind));
            side.and_then(&read)
        })
    }

    fn statuses(&self) -> Change<CaseStatus> {
        use CaseEventKind as K;
        self.change(&[K::StatusChanged, K::Resolved, K::Reopened, K::Closed], CaseStatus::parse)
    }

    fn severities(&self) -> Change<Severity> {
        self.change(&[CaseEventKind::SeverityChanged], Severity::parse)
    }

    fn visibilities(&self) -> Change<Visibility> {
        self.change(&[CaseEventKind::VisibilityMoved], Visibility::parse)
    }

    fn due_times(&self) -> Change<Timestamp> {
        self.change(&[CaseEventKind::FollowUpRescheduled], |text| Timestamp::parse(text).ok())
    }

    async fn assignee(&self, ctx: &Context<'_>, side: &Value) -> Result<Option<StaffName>> {
        let is_assigned = matches!(self.row.kind, CaseEventKind::Assigned | CaseEventKind::FollowUpAssigned);
        let id = side.as_i64().filter(|_id| is_assigned).map(StaffId);
        StaffName::find(ctx, self.row.community_id, id).await
    }

    /// The member of staff that the actor is, if it is one.
    fn staff_id(&self) -> Option<StaffId> {
        self.row.actor.strip_prefix("staff:")?.parse().ok().map(StaffId)
    }

    fn changed_details(&self) -> Vec<DetailChange> {
        let change = |field: &'static str| {
            let change = self.detail.rest.get(field)?.as_object()?;
            let side = |name: &str| change.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
            Some(DetailChange {
                field,
                from: side("from"),
                to: side("to"),
            })
        };
        ["subject", "category", "channel"].into_iter().filter_map(change).collect()
    }

    async fn find_other_case(&self, ctx: &Context<'_>) -> Result<Option<Case>> {
        match self.detail.into.or(self.detail.case) {
            None => Ok(None),
            Some(id) => Case::find(ctx, &self.access, id).await,
        }
    }

    async fn find_clock(&self, ctx: &Context<'_>) -> Result<Option<Clock>> {
        match self.detail.clock {
            None => Ok(None),
            Some(id) => Clock::in_case(ctx, &self.access, self.row.case_id, id).await,
        }
    }

    async fn find_breach(&self, ctx: &Context<'_>) -> Result<Option<Breach>> {
        match self.detail.breach {
            None => Ok(None),
            Some(id) => Breach::in_case(ctx, &self.access, self.row.case_id, id).await,
        }
    }

    fn node_id(&self, node_type: NodeType, key: Option<i64>) -> Option<ID> {
        key.map(|key| GlobalId::encode(node_type, self.row.community_id, key))
    }
}

/// An entry of a case's timeline. Recorded once, never changed.
#[Object]
impl CaseEvent {
    /// Global id.
    pub async fn id(&self) -> ID {
        GlobalId::encode(NodeType::CaseEvent, self.row.community_id, self.row.id.0)
    }

    /// What happened.
    async fn kind(&self) -> CaseEventKind {
        self.row.kind
    }

    /// When it happened.
    async fn at(&self) -> DateTime {
        self.row.at.into()
    }

    /// When this system recorded it.
    async fn recorded_at(&self) -> DateTime {
        self.row.recorded_at.into()
    }

    /// Who recorded it, as the change log names actors.
    async fn actor(&self) -> &str {
        &self.row.actor
    }

    /// The member of staff who recorded it; null when it was an integration or the program itself.
    async fn staff(&self, ctx: &Context<'_>) -> Maybe<StaffName> {
        maybe_absent(StaffName::find(ctx, self.row.community_id, self.staff_id()).await)
    }

    /// The member who did it, where a member did.
    async fn member(&self, ctx: &Context<'_>) -> Maybe<Member> {
        maybe_absent(match self.row.member_id {
            None => Ok(None),
            Some(id) => member(ctx, &self.access, id).await,
        })
    }

    /// Who was meant to see it.
    async fn audience(&self) -> Audience {
        self.row.audience
    }

    /// What was said or noted, as given: escape it before showing it.
    async fn text(&self) -> Option<&str> {
        self.row.text.as_deref()
    }

    /// The interaction that it was; null when it was none, or it is above the caller's clearance.
    async fn interaction(&self, ctx: &Context<'_>) -> Maybe<Interaction> {
        maybe_absent(interaction(ctx, &self.access, self.row.interaction_id).await)
    }

    /// Where it was said, for CUSTOMER_MESSAGE.
    async fn channel(&self) -> Option<&str> {
        self.detail.rest.get("channel")?.as_str()
    }

    /// Where the case stood before, for changes of the status.
    async fn from_status(&self) -> Option<CaseStatus> {
        self.statuses()[0]
    }

    /// Where the case stood afterwards, for changes of the status.
    async fn to_status(&self) -> Option<CaseStatus> {
        self.statuses()[1]
    }

    /// The severity before, for SEVERITY_CHANGED.
    async fn from_severity(&self) -> Option<Severity> {
        self.severities()[0]
    }

    /// The severity afterwards, for SEVERITY_CHANGED.
    async fn to_severity(&self) -> Option<Severity> {
        self.severities()[1]
    }

    /// Who might know of the case before, for VISIBILITY_MOVED.
    async fn from_visibility(&self) -> Option<Visibility> {
        self.visibilities()[0]
    }

    /// Who might know of the case afterwards, for VISIBILITY_MOVED.
    async fn to_visibility(&self) -> Option<Visibility> {
        self.visibilities()[1]
    }

    /// Who had the case before, for ASSIGNED, or the follow-up, for FOLLOW_UP_ASSIGNED; null when nobody had.
    async fn from_assignee(&self, ctx: &Context<'_>) -> Maybe<StaffName> {
        maybe_absent(self.assignee(ctx, &self.detail.from).await)
    }

    /// Who got the case, for ASSIGNED, or the follow-up, for FOLLOW_UP_ASSIGNED; null when nobody did.
    async fn to_assignee(&self, ctx: &Context<'_>) -> Maybe<StaffName> {
        maybe_absent(self.assignee(ctx, &self.detail.to).await)
    }

    /// When the follow-up was due before, for FOLLOW_UP_RESCHEDULED.
    async fn from_due_at(&self) -> Option<DateTime> {
        self.due_times()[0].map(DateTime)
    }

    /// When the follow-up was due afterwards, for FOLLOW_UP_RESCHEDULED.
    async fn to_due_at(&self) -> Option<DateTime> {
        self.due_times()[1].map(DateTime)
    }

    /// What changed, for DETAILS_CHANGED.
    async fn changes(&self) -> Vec<DetailChange> {
        self.changed_details()
    }

    /// How the customer felt, from -1 to 1, for SENTIMENT_RECORDED.
    async fn sentiment(&self) -> Option<f64> {
        self.detail.value
    }

    /// The case that goes on, that was taken in, or that is linked, for MERGED, ABSORBED and LINKED; null when it does not exist
    /// for the caller.
    async fn other_case(&self, ctx: &Context<'_>) -> Maybe<Case> {
        maybe_absent(self.find_other_case(ctx).await)
    }

    /// What is measured, for entries about clocks.
    async fn metric(&self) -> Option<Metric> {
        self.detail.metric
    }

    /// The clock, for entries about clocks.
    async fn clock(&self, ctx: &Context<'_>) -> Maybe<Clock> {
        maybe_absent(self.find_clock(ctx).await)
    }

    /// What was promised, for entries about clocks.
    async fn expectation(&self, ctx: &Context<'_>) -> Maybe<Expectation> {
        maybe_absent(match self.detail.expectation {
            None => Ok(None),
            Some(id) => expectation(ctx, &self.access, id).await,
        })
    }

    /// The breach, for BREACH_EXCUSED.
    async fn breach(&self, ctx: &Context<'_>) -> Maybe<Breach> {
        maybe_absent(self.find_breach(ctx).await)
    }

    /// Global id of the apology, for entries about apologies.
    async fn apology_id(&self) -> Option<ID> {
        self.node_id(NodeType::Apology, self.detail.apology.map(|id| id.0))
    }

    /// Global id of the repair, for entries about repairs.
    async fn repair_id(&self) -> Option<ID> {
        self.node_id(NodeType::Repair, self.detail.repair.map(|id| id.0))
    }

    /// Global id of the follow-up, for entries about follow-ups.
    async fn follow_up_id(&self) -> Option<ID> {
        self.node_id(NodeType::FollowUp, self.detail.follow_up.map(|id| id.0))
    }
}

/// What a timeline tells beside its page.
pub struct TimelineTotals {
    access: Access,
    condition: Condition,
}

/// What a timeline tells beside its page.
#[Object]
impl TimelineTotals {
    /// How many entries there are on all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<u64> {
        let app = ctx.data_unchecked::<App>();
        maybe(store::count_entries(app.db.read(), self.access.community_id(), self.condition.clone()).await)
    }
}

/// The entries of a case that the actor may see, as far as they may read them, the oldest first.
pub(super) async fn list(
    ctx: &Context<'_>,
    access: &Access,
    case: CaseId,
    kinds: Option<&[CaseEventKind]>,
    args: &PageArgs,
) -> Result<Connection<Cursor, CaseEvent, TimelineTotals>> {
    use case_event::Column as C;
    let steps = vec![
        Step::new(C::At, true, |row: &case_event::Model| row.at.as_micros()),
        Step::new(C::Id, true, |row: &case_event::Model| row.id.0),
    ];
    let keyset = Keyset::new("timeline".to_owned(), steps);
    let page = keyset.page(args)?;
    let mut all = Condition::all()
        .add(C::CaseId.eq(case))
        .add(C::Audience.is_in(policy::audiences(access)));
    if let Some(kinds) = kinds {
        all = all.add(C::Kind.is_in(kinds.iter().copied()));
    }
    let condition = all.clone().add(keyset.bounds(&page)?);
    let app = ctx.data_unchecked::<App>();
    let community = access.community_id();
    let rows = store::list_entries(app.db.read(), community, condition, keyset.order(&page), page.size as u64 + 1).await?;
    let totals = TimelineTotals {
        access: access.clone(),
        condition: all,
    };
    Ok(page
        .slice(rows)
        .connect_with(keyset.name(), totals, |row| (keyset.key(&row), CaseEvent::new(access, row))))
}
