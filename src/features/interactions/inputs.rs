//! Inputs of the interaction API, and how they become conditions and records.

use async_graphql::{ID, InputObject};
use entity::{CommunityId, InteractionKind, MemberId, Visibility, interaction};
use sea_orm::Condition;

use super::store;
use crate::error::{Error, Result, UserError, UserErrorCode};
use crate::features::ingest::NewInteraction;
use crate::features::ingest::record::InteractionRecord;
use crate::graphql::filters::{DateTimeFilter, FloatFilter, StringFilter, Terms, column, enum_filter};
use crate::graphql::global_id::{GlobalId, NodeType};
use crate::graphql::scalars::DateTime;

enum_filter! {
    /// Conditions on the kind.
    InteractionKindFilter, InteractionKind
}

enum_filter! {
    /// Conditions on the visibility.
    VisibilityFilter, Visibility
}

/// Conditions on a reference to a member.
#[derive(Clone, Debug, Default, InputObject)]
pub struct MemberIdFilter {
    /// Is this member, or one merged into them.
    pub eq: Option<ID>,
    /// Is one of these members, or one merged into them.
    #[graphql(name = "in")]
    pub in_: Option<Vec<ID>>,
}

impl MemberIdFilter {
    fn apply(&self, terms: &mut Terms, community: CommunityId, column: interaction::Column) -> Result<()> {
        for members in self.named(community)? {
            terms.add(store::by_member(community, column, &members))?;
        }
        Ok(())
    }

    /// The members of each comparison, all of which must hold.
    ///
    /// # Errors
    /// When an id is not that of a member of the community.
    pub fn named(&self, community: CommunityId) -> Result<Vec<Vec<MemberId>>> {
        let comparisons = [self.eq.as_ref().map(std::slice::from_ref), self.in_.as_deref()];
        let members = |ids: &[ID]| {
            ids.iter()
                .map(|id| GlobalId::expect(id, NodeType::Member, community, "member").map(MemberId))
                .collect::<Result<_>>()
                .map_err(|_not_here| Error::bad_input("filter", "an id in it is not a member of this community"))
        };
        comparisons.into_iter().flatten().map(members).collect()
    }
}

/// Which interactions. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct InteractionFilter {
    /// On what was done.
    pub kind: Option<InteractionKindFilter>,
    /// On who did it.
    pub actor: Option<MemberIdFilter>,
    /// On towards whom.
    pub target: Option<MemberIdFilter>,
    /// On when it happened.
    pub occurred_at: Option<DateTimeFilter>,
    /// On who may read it.
    pub visibility: Option<VisibilityFilter>,
    /// On the conversation.
    pub thread: Option<StringFilter>,
    /// On the post it hangs under.
    pub parent: Option<StringFilter>,
    /// On where it happened. On SQLite, `contains` knows upper and lower case of ASCII letters only.
    pub channel: Option<StringFilter>,
    /// On the system that told it.
    pub source: Option<StringFilter>,
    /// On its id there.
    pub external_id: Option<StringFilter>,
    /// On the sentiment.
    pub sentiment: Option<FloatFilter>,
    /// On what was said. On SQLite, `contains` knows upper and lower case of ASCII letters only.
    pub text: Option<StringFilter>,
    /// Is about at least one of these topics.
    pub topics: Option<Vec<String>>,
    /// All of these hold.
    pub and: Option<Vec<InteractionFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<InteractionFilter>>,
    /// This does not hold.
    pub not: Option<Box<InteractionFilter>>,
}

impl InteractionFilter {
    fn apply(&self, terms: &mut Terms, community: CommunityId) -> Result<()> {
        use interaction::Column as C;
        if let Some(filter) = &self.kind {
            filter.apply(terms, &column(C::Kind))?;
        }
        if let Some(filter) = &self.visibility {
            filter.apply(terms, &column(C::Visibility))?;
        }
        for (filter, of) in [(&self.actor, C::ActorId), (&self.target, C::TargetId)] {
            if let Some(filter) = filter {
                filter.apply(terms, community, of)?;
            }
        }
        if let Some(filter) = &self.occurred_at {
            filter.apply(terms, &column(C::OccurredAt))?;
        }
        if let Some(filter) = &self.sentiment {
            filter.apply(terms, &column(C::Sentiment))?;
        }
        let texts = [
            (&self.thread, C::Thread),
            (&self.parent, C::Parent),
            (&self.channel, C::Channel),
            (&self.source, C::Source),
            (&self.external_id, C::ExternalId),
            (&self.text, C::Text),
        ];
        for (filter, of) in texts {
            if let Some(filter) = filter {
                filter.apply(terms, &column(of), None)?;
            }
        }
        if let Some(names) = &self.topics {
            if names.iter().any(|name| name.contains('\0')) {
                return Err(Error::bad_input("filter", "texts must not contain NUL characters"));
            }
            terms.add(store::by_topic(community, names))?;
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

/// Something somebody did, as an outside system tells it.
#[derive(Clone, Debug, InputObject)]
pub struct InteractionInput {
    /// The system that says so, for example `forum`.
    pub source: String,
    /// The id of the interaction in that system: it is recorded once under it.
    pub external_id: String,
    /// What was done.
    pub kind: InteractionKind,
    /// Who did it: an external id in the same source; unknown ones become members. Leave out when nobody knows.
    pub actor: Option<String>,
    /// Who did it, by global id; instead of `actor`.
    pub actor_id: Option<ID>,
    /// Towards whom: an external id in the same source; unknown ones become members.
    pub target: Option<String>,
    /// Towards whom, by global id; instead of `target`.
    pub target_id: Option<ID>,
    /// The conversation, as the source names it.
    pub thread: Option<String>,
    /// The post it hangs under, as the source names it.
    pub parent: Option<String>,
    /// Where it happened, for example `forum` or `email`.
    pub channel: Option<String>,
    /// Who may read it.
    #[graphql(default_with = "Visibility::Public")]
    pub visibility: Visibility,
    /// When it happened: not before 1990 and not in the future.
    pub occurred_at: DateTime,
    /// What it was about: at most 20.
    pub topics: Option<Vec<String>>,
    /// From -1 (bad) to 1 (good).
    pub sentiment: Option<f64>,
    /// What was said: at most 20,000 characters, kept as given.
    pub text: Option<String>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// For a RETRACTION: the external id of the interaction that is taken back, in the same source.
    pub retracts: Option<String>,
}

impl InteractionInput {
    /// The interaction to record.
    ///
    /// # Errors
    /// When somebody is named twice or by an id that is not of this community.
    pub fn into_new(self, community: CommunityId) -> Result<NewInteraction, UserError> {
        let party = |field: &str, name: Option<&String>, id: Option<&ID>| match (name, id) {
            (Some(_), Some(_)) => Err(UserError::at(
                field,
                UserErrorCode::Invalid,
                "is given twice: by external id and by global id",
            )),
            (_, None) => Ok(None),
            (None, Some(id)) => GlobalId::expect(id, NodeType::Member, community, "member")
                .map(|key| Some(MemberId(key)))
                .map_err(|_not_here| UserError::at(field, UserErrorCode::NotFound, "is not a member of this community")),
        };
        Ok(NewInteraction {
            actor_id: party("actorId", self.actor.as_ref(), self.actor_id.as_ref())?,
            target_id: party("targetId", self.target.as_ref(), self.target_id.as_ref())?,
            record: InteractionRecord {
                source: self.source,
                external_id: self.external_id,
                kind: self.kind,
                actor: self.actor,
                target: self.target,
                thread: self.thread,
                parent: self.parent,
                channel: self.channel,
                visibility: self.visibility,
                occurred_at: self.occurred_at.0,
                topics: self.topics.unwrap_or_default(),
                sentiment: self.sentiment,
                text: self.text,
                url: self.url,
                retracts: self.retracts,
            },
        })
    }
}

/// Interactions to record.
#[derive(Clone, Debug, InputObject)]
pub struct RecordInteractionsInput {
    /// The community's slug.
    pub community: String,
    /// At most 1,000.
    pub interactions: Vec<InteractionInput>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}
