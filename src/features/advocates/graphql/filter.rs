//! Which advocates: the filter of their list and how it becomes a condition.

use async_graphql::{ID, InputObject};
use entity::{AdvocateStatus, CommunityId, advocate};
use sea_orm::Condition;
use sea_orm::sea_query::ExprTrait as _;

use crate::error::{Error, Result};
use crate::features::advocates::store;
use crate::features::interactions::inputs::MemberIdFilter;
use crate::graphql::filters::{DateTimeFilter, Terms, column, enum_filter};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;

enum_filter! {
    /// Conditions on whether somebody still is an advocate.
    AdvocateStatusFilter, AdvocateStatus
}

/// Conditions on the programme of an advocate.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AdvocateProgrammeIdFilter {
    /// Is this programme.
    pub eq: Option<ID>,
    /// Is one of these programmes.
    #[graphql(name = "in")]
    pub in_: Option<Vec<ID>>,
}

impl AdvocateProgrammeIdFilter {
    /// The keys that each comparison allows.
    fn named(&self, community: CommunityId) -> Result<Vec<Vec<i64>>> {
        let comparisons = [self.eq.as_ref().map(std::slice::from_ref), self.in_.as_deref()];
        let keys = |ids: &[ID]| {
            ids.iter()
                .map(|id| GlobalId::expect(id, NodeType::AdvocateProgramme, community, "programme"))
                .collect::<Result<Vec<i64>>>()
                .map_err(|_not_here| Error::bad_input("filter", "an id in it is not a programme of this community"))
        };
        comparisons.into_iter().flatten().map(keys).collect()
    }
}

/// Which advocates. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AdvocateFilter {
    /// On the programme.
    pub programme: Option<AdvocateProgrammeIdFilter>,
    /// On whether they still are one.
    pub status: Option<AdvocateStatusFilter>,
    /// On who it is.
    pub member: Option<MemberIdFilter>,
    /// On since when they are one.
    pub since: Option<DateTimeFilter>,
    /// They are ACTIVE, and nobody has taken care of them since this instant, or ever. Touchpoints of any programme and of none
    /// count; those that were retracted do not.
    pub last_touched_before: Option<DateTime>,
    /// All of these hold.
    pub and: Option<Vec<AdvocateFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<AdvocateFilter>>,
    /// This does not hold.
    pub not: Option<Box<AdvocateFilter>>,
}

impl AdvocateFilter {
    fn apply(&self, terms: &mut Terms, community: CommunityId) -> Result<()> {
        use advocate::Column as C;
        if let Some(filter) = &self.programme {
            for keys in filter.named(community)? {
                terms.add(column(C::ProgrammeId).is_in(keys))?;
            }
        }
        if let Some(filter) = &self.status {
            filter.apply(terms, &column(C::Status))?;
        }
        if let Some(filter) = &self.member {
            for members in filter.named(community)? {
                terms.add(store::of_members(community, &members))?;
            }
        }
        if let Some(filter) = &self.since {
            filter.apply(terms, &column(C::Since))?;
        }
        if let Some(at) = self.last_touched_before {
            terms.add(store::untouched_since(community, at.0))?;
        }
        terms.group(self.and.as_ref(), self.or.as_ref(), self.not.as_deref(), |filter, terms| {
            filter.apply(terms, community)
        })
    }

    /// The condition.
    ///
    /// # Errors
    /// When there are too many conditions or an id is unknown.
    pub fn condition(filter: Option<&Self>, community: CommunityId) -> Result<Condition> {
        let mut terms = Terms::default();
        if let Some(filter) = filter {
            filter.apply(&mut terms, community)?;
        }
        Ok(terms.build())
    }
}
