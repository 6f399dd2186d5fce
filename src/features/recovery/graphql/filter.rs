//! Which follow-ups: the filter of their list and how it becomes a condition.

use async_graphql::{Enum, ID, InputObject};
use entity::{CommunityId, FollowUpKind, FollowUpStatus, Timestamp, follow_up};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};

use crate::error::{Error, Result};
use crate::features::recovery::due;
use crate::graphql::filters::{DateTimeFilter, Terms, column, enum_filter};
use crate::graphql::global_id::{GlobalId, NodeType};

enum_filter! {
    /// Conditions on where a follow-up stands.
    FollowUpStatusFilter, FollowUpStatus
}

enum_filter! {
    /// Conditions on why a follow-up is planned.
    FollowUpKindFilter, FollowUpKind
}

/// Conditions on who is to do a follow-up.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FollowUpOwnerFilter {
    /// Is this member of staff.
    pub eq: Option<ID>,
    /// Is one of these members of staff.
    #[graphql(name = "in")]
    pub in_: Option<Vec<ID>>,
    /// true: it is nobody's; false: it is somebody's.
    pub is_null: Option<bool>,
}

/// Conditions on the case of a follow-up.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FollowUpCaseFilter {
    /// Is this case.
    pub eq: Option<ID>,
    /// Is one of these cases.
    #[graphql(name = "in")]
    pub in_: Option<Vec<ID>>,
}

/// By when something is still to be done. Days and weeks are those of the place where the community lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum FollowUpDue {
    /// Not done, and due today, at whatever hour.
    Today,
    /// Not done, and its due time has passed.
    Overdue,
    /// Not done, and due from Monday to Sunday of this week.
    ThisWeek,
}

impl FollowUpDue {
    /// The condition at an instant, in a time zone.
    #[must_use]
    pub fn condition(self, now: Timestamp, zone: &str) -> Condition {
        use follow_up::Column as C;
        let due_at = || column(C::DueAt);
        let between = |(from, to): (Timestamp, Timestamp)| {
            Condition::all()
                .add(due_at().gte(from.as_micros()))
                .add(due_at().lt(to.as_micros()))
        };
        let when = match self {
            Self::Today => between(due::day(now, zone)),
            Self::ThisWeek => between(due::week(now, zone)),
            Self::Overdue => Condition::all().add(due_at().lt(now.as_micros())),
        };
        // What was missed is still to be done until it was done late.
        when.add(column(C::CompletedAt).is_null()).add(column(C::CancelledAt).is_null())
    }
}

/// Which follow-ups. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FollowUpFilter {
    /// On by when.
    pub due: Option<DateTimeFilter>,
    /// On where it stands at this moment.
    pub status: Option<FollowUpStatusFilter>,
    /// On why it is planned.
    pub kind: Option<FollowUpKindFilter>,
    /// On who is to do it.
    pub owner: Option<FollowUpOwnerFilter>,
    /// On its case.
    pub case: Option<FollowUpCaseFilter>,
    /// All of these hold.
    pub and: Option<Vec<FollowUpFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<FollowUpFilter>>,
    /// This does not hold.
    pub not: Option<Box<FollowUpFilter>>,
}

impl FollowUpFilter {
    fn apply(&self, terms: &mut Terms, community: CommunityId, now: Timestamp) -> Result<()> {
        use follow_up::Column as C;
        if let Some(filter) = &self.due {
            filter.apply(terms, &column(C::DueAt))?;
        }
        if let Some(filter) = &self.status {
            filter.apply(terms, &status_at(now))?;
        }
        if let Some(filter) = &self.kind {
            filter.apply(terms, &column(C::Kind))?;
        }
        if let Some(filter) = &self.owner {
            for keys in keys(filter.eq.as_ref(), filter.in_.as_deref(), NodeType::Staff, community)? {
                terms.add(column(C::OwnerId).is_in(keys))?;
            }
            match filter.is_null {
                None => {}
                Some(true) => terms.add(column(C::OwnerId).is_null())?,
                Some(false) => terms.add(column(C::OwnerId).is_not_null())?,
            }
        }
        if let Some(filter) = &self.case {
            for keys in keys(filter.eq.as_ref(), filter.in_.as_deref(), NodeType::Case, community)? {
                terms.add(column(C::CaseId).is_in(keys))?;
            }
        }
        terms.group(self.and.as_ref(), self.or.as_ref(), self.not.as_deref(), |filter, terms| {
            filter.apply(terms, community, now)
        })
    }

    /// The condition at an instant.
    ///
    /// # Errors
    /// When there are too many conditions or an id is unknown.
    pub fn condition(filter: Option<&Self>, community: CommunityId, now: Timestamp) -> Result<Condition> {
        let mut terms = Terms::default();
        if let Some(filter) = filter {
            filter.apply(&mut terms, community, now)?;
        }
        Ok(terms.build())
    }
}

/// Where a follow-up stands at an instant, whether or not that was announced yet: as `follow_up::status_at`.
fn status_at(now: Timestamp) -> SimpleExpr {
    use follow_up::Column as C;
    let status = || column(C::Status);
    let (scheduled, due) = (FollowUpStatus::Scheduled as i16, FollowUpStatus::Due as i16);
    let missed = Condition::all()
        .add(status().is_in([scheduled, due]))
        .add(column(C::DueAt).lt(now.as_micros()));
    let begun = Condition::all()
        .add(status().eq(scheduled))
        .add(column(C::NextAt).lte(now.as_micros()));
    Expr::case(missed, FollowUpStatus::Missed as i16)
        .case(begun, due)
        .finally(status())
        .into()
}

/// The keys that each comparison allows.
fn keys(eq: Option<&ID>, among: Option<&[ID]>, node_type: NodeType, community: CommunityId) -> Result<Vec<Vec<i64>>> {
    let decoded = |ids: &[ID]| {
        ids.iter()
            .map(|id| GlobalId::expect(id, node_type, community, "object"))
            .collect::<Result<Vec<i64>>>()
            .map_err(|_not_here| Error::bad_input("filter", "an id in it names nothing of its kind in this community"))
    };
    [eq.map(std::slice::from_ref), among].into_iter().flatten().map(decoded).collect()
}
