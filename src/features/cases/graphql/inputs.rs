//! Which cases and breaches, and in what order: the inputs of lists and how they become conditions.

use async_graphql::{Enum, ID, InputObject};
use entity::{CaseStatus, CommunityId, Severity, Timestamp, breach, case};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};

use crate::error::{Error, Result};
use crate::features::cases::store;
use crate::features::cases::summary::NEVER;
use crate::features::interactions::inputs::{MemberIdFilter, VisibilityFilter};
use crate::graphql::filters::{
    BooleanFilter, DateTimeFilter, LONGEST_PART, SortDirection, StringFilter, Terms, column, containing, enum_filter,
};
use crate::graphql::global_id::{GlobalId, NodeType};

enum_filter! {
    /// Conditions on where a case stands.
    CaseStatusFilter, CaseStatus
}

enum_filter! {
    /// Conditions on the severity.
    SeverityFilter, Severity
}

/// Conditions on who works on a case.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AssigneeFilter {
    /// Is this member of staff.
    pub eq: Option<ID>,
    /// Is one of these members of staff.
    #[graphql(name = "in")]
    pub in_: Option<Vec<ID>>,
    /// true: nobody has the case; false: somebody has.
    pub is_null: Option<bool>,
}

/// Conditions on which case it is.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BreachCaseFilter {
    /// Is this case.
    pub eq: Option<ID>,
    /// Is one of these cases.
    #[graphql(name = "in")]
    pub in_: Option<Vec<ID>>,
}

/// Conditions on which expectation was not met.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BreachExpectationFilter {
    /// Is this version of an expectation.
    pub eq: Option<ID>,
    /// Is one of these versions of expectations.
    #[graphql(name = "in")]
    pub in_: Option<Vec<ID>>,
}

/// The keys that each comparison allows.
fn keys(eq: Option<&ID>, among: Option<&[ID]>, node_type: NodeType, community: CommunityId) -> Result<Vec<Vec<i64>>> {
    let comparisons = [eq.map(std::slice::from_ref), among];
    let decoded = |ids: &[ID]| {
        ids.iter()
            .map(|id| GlobalId::expect(id, node_type, community, "object"))
            .collect::<Result<Vec<i64>>>()
            .map_err(|_not_here| Error::bad_input("filter", "an id in it names nothing of its kind in this community"))
    };
    comparisons.into_iter().flatten().map(decoded).collect()
}

impl AssigneeFilter {
    fn apply(&self, terms: &mut Terms, community: CommunityId) -> Result<()> {
        let assignee = column(case::Column::AssigneeId);
        for keys in keys(self.eq.as_ref(), self.in_.as_deref(), NodeType::Staff, community)? {
            terms.add(assignee.clone().is_in(keys))?;
        }
        match self.is_null {
            None => Ok(()),
            Some(true) => terms.add(assignee.is_null()),
            Some(false) => terms.add(assignee.is_not_null()),
        }
    }
}

/// Which cases. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CaseFilter {
    /// On where they stand.
    pub status: Option<CaseStatusFilter>,
    /// On how bad it is for the customer.
    pub severity: Option<SeverityFilter>,
    /// On the root cause. On SQLite, `contains` knows upper and lower case of ASCII letters only.
    pub category: Option<StringFilter>,
    /// On where they came in. On SQLite, `contains` knows upper and lower case of ASCII letters only.
    pub channel: Option<StringFilter>,
    /// On who may know of them.
    pub visibility: Option<VisibilityFilter>,
    /// On who works on them.
    pub assignee: Option<AssigneeFilter>,
    /// On whose they are.
    pub member: Option<MemberIdFilter>,
    /// Whether a promise was broken: there is a breach, or something is overdue now.
    pub breached: Option<bool>,
    /// Whether a breach is owed an apology: it is not excused, and the customer has no apology for it.
    pub unanswered: Option<bool>,
    /// On when the next promise is due. Cases with nothing due meet none of these.
    pub next_due_at: Option<DateTimeFilter>,
    /// On when they were opened.
    pub opened_at: Option<DateTimeFilter>,
    /// On when they were last resolved; those that are not resolved now meet none of these.
    pub resolved_at: Option<DateTimeFilter>,
    /// On what they are about.
    pub subject: Option<StringFilter>,
    /// On having been recorded with times of the past.
    pub backdated: Option<BooleanFilter>,
    /// All of these hold.
    pub and: Option<Vec<CaseFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<CaseFilter>>,
    /// This does not hold.
    pub not: Option<Box<CaseFilter>>,
}

/// Of which community, and when it is asked.
pub type Asked = (CommunityId, Timestamp);

impl CaseFilter {
    fn apply(&self, terms: &mut Terms, asked: Asked) -> Result<()> {
        use case::Column as C;
        let (community, now) = asked;
        self.apply_facts(terms)?;
        if let Some(filter) = &self.assignee {
            filter.apply(terms, community)?;
        }
        if let Some(filter) = &self.member {
            for members in filter.named(community)? {
                terms.add(store::of_members(community, &members))?;
            }
        }
        if let Some(wanted) = self.breached {
            let breached = store::is_breached(community, now);
            terms.add(if wanted { breached } else { breached.not() })?;
        }
        if let Some(wanted) = self.unanswered {
            let owes = store::owes_apology(community);
            terms.add(if wanted { owes } else { owes.not() })?;
        }
        if let Some(filter) = &self.next_due_at {
            if filter.gt.is_some() || filter.gte.is_some() {
                terms.add(column(C::QueueDueAt).lt(NEVER.as_micros()))?;
            }
            filter.apply(terms, &column(C::QueueDueAt))?;
        }
        terms.group(self.and.as_ref(), self.or.as_ref(), self.not.as_deref(), |filter, terms| {
            filter.apply(terms, asked)
        })
    }

    /// What the row itself says.
    fn apply_facts(&self, terms: &mut Terms) -> Result<()> {
        use case::Column as C;
        if let Some(filter) = &self.status {
            filter.apply(terms, &column(C::Status))?;
        }
        if let Some(filter) = &self.severity {
            filter.apply(terms, &column(C::Severity))?;
        }
        if let Some(filter) = &self.visibility {
            filter.apply(terms, &column(C::Visibility))?;
        }
        for (filter, of) in [(&self.category, C::Category), (&self.channel, C::Channel)] {
            if let Some(filter) = filter {
                filter.apply(terms, &column(of), None)?;
            }
        }
        if let Some(filter) = &self.subject {
            filter.apply(terms, &column(C::Subject), Some(&column(C::SearchSubject)))?;
        }
        for (filter, of) in [(&self.opened_at, C::OpenedAt), (&self.resolved_at, C::ResolvedAt)] {
            if let Some(filter) = filter {
                filter.apply(terms, &column(of))?;
            }
        }
        if let Some(filter) = &self.backdated {
            filter.apply(terms, &column(C::Backdated))?;
        }
        Ok(())
    }

    /// The condition that a filter and a search make together.
    ///
    /// # Errors
    /// When there are too many conditions, or one cannot be compared.
    pub fn condition(filter: Option<&Self>, search: Option<&str>, asked: Asked) -> Result<Condition> {
        let mut terms = Terms::default();
        if let Some(filter) = filter {
            filter.apply(&mut terms, asked)?;
        }
        if let Some(search) = search.map(str::trim).filter(|search| !search.is_empty()) {
            if search.contains('\0') {
                return Err(Error::bad_input("search", "must not contain NUL characters"));
            }
            if search.len() > LONGEST_PART {
                terms.add(nothing())?;
                return Ok(terms.build());
            }
            let mut any = Condition::any().add(column(case::Column::SearchSubject).like(containing(search)));
            if let Ok(number) = search.trim_start_matches('#').parse::<i64>() {
                any = any.add(column(case::Column::Number).eq(number));
            }
            terms.add(any)?;
        }
        Ok(terms.build())
    }
}

fn nothing() -> SimpleExpr {
    Expr::val(1).eq(0)
}

/// By what cases are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CaseOrderField {
    /// When they were opened.
    OpenedAt,
    /// When something of them last changed.
    UpdatedAt,
    /// How bad it is for the customer; ascending, the most severe come first.
    Severity,
    /// When the next promise is due; nothing due counts as latest.
    NextDue,
}

/// One step of an order.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CaseOrder {
    /// By what.
    pub field: CaseOrderField,
    /// Which way.
    pub direction: SortDirection,
}

/// Which breaches. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BreachFilter {
    /// On when what was promised was due.
    pub due_at: Option<DateTimeFilter>,
    /// Whether the customer has an apology for it that was not taken back.
    pub answered: Option<bool>,
    /// Whether it was excused.
    pub excused: Option<bool>,
    /// On which expectation was not met.
    pub expectation: Option<BreachExpectationFilter>,
    /// On which case it is in.
    pub case: Option<BreachCaseFilter>,
    /// On its case having been recorded with times of the past.
    pub backdated: Option<BooleanFilter>,
    /// All of these hold.
    pub and: Option<Vec<BreachFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<BreachFilter>>,
    /// This does not hold.
    pub not: Option<Box<BreachFilter>>,
}

impl BreachFilter {
    fn apply(&self, terms: &mut Terms, community: CommunityId) -> Result<()> {
        use breach::Column as C;
        if let Some(filter) = &self.due_at {
            filter.apply(terms, &column(C::DueAt))?;
        }
        if let Some(wanted) = self.answered {
            let answered = store::is_answered(community);
            terms.add(if wanted { answered } else { answered.not() })?;
        }
        if let Some(wanted) = self.excused {
            let excused = column(C::ExcusedAt);
            terms.add(if wanted { excused.is_not_null() } else { excused.is_null() })?;
        }
        if let Some(filter) = &self.expectation {
            for keys in keys(filter.eq.as_ref(), filter.in_.as_deref(), NodeType::Expectation, community)? {
                terms.add(column(C::ExpectationId).is_in(keys))?;
            }
        }
        if let Some(filter) = &self.case {
            for keys in keys(filter.eq.as_ref(), filter.in_.as_deref(), NodeType::Case, community)? {
                terms.add(column(C::CaseId).is_in(keys))?;
            }
        }
        if let Some(filter) = &self.backdated {
            let mut of_case = Terms::default();
            filter.apply(&mut of_case, &column(case::Column::Backdated))?;
            terms.add(store::in_case(community, of_case.build()))?;
        }
        terms.group(self.and.as_ref(), self.or.as_ref(), self.not.as_deref(), |filter, terms| {
            filter.apply(terms, community)
        })
    }

    /// The condition that a filter makes.
    ///
    /// # Errors
    /// When there are too many conditions, or an id is none of this community.
    pub fn condition(filter: Option<&Self>, community: CommunityId) -> Result<Condition> {
        let mut terms = Terms::default();
        if let Some(filter) = filter {
            filter.apply(&mut terms, community)?;
        }
        Ok(terms.build())
    }
}
