//! Inputs of the member API, and how they become conditions, orders and records.

use async_graphql::{Enum, ID, InputObject, Json, MaybeUndefined};
use entity::{Consent, member};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, SimpleExpr};
use sea_orm::{Condition, Value};

use crate::error::{Result, UserError, UserErrorCode};
use crate::features::ingest::record::{Clear, IdentityRecord, MemberRecord};
use crate::graphql::filters::{
    BooleanFilter, DateTimeFilter, LONGEST_PART, SortDirection, StringFilter, Terms, column, containing, enum_filter,
};
use crate::graphql::scalars::DateTime;

enum_filter! {
    /// Conditions on consent.
    ConsentFilter, Consent
}

/// Which members. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct MemberFilter {
    /// On the name that is shown.
    pub display_name: Option<StringFilter>,
    /// On the handle.
    pub handle: Option<StringFilter>,
    /// On when they joined.
    pub joined_at: Option<DateTimeFilter>,
    /// On when they last did something.
    pub last_active_at: Option<DateTimeFilter>,
    /// On working for the company.
    pub is_staff: Option<BooleanFilter>,
    /// On not being a person.
    pub is_bot: Option<BooleanFilter>,
    /// On consent to be scored.
    pub consent: Option<ConsentFilter>,
    /// All of these hold.
    pub and: Option<Vec<MemberFilter>>,
    /// At least one of these holds.
    pub or: Option<Vec<MemberFilter>>,
    /// This does not hold.
    pub not: Option<Box<MemberFilter>>,
}

impl MemberFilter {
    fn apply(&self, terms: &mut Terms) -> Result<()> {
        use member::Column as C;
        if let Some(filter) = &self.display_name {
            filter.apply(terms, &column(C::DisplayName), Some(&column(C::SearchName)))?;
        }
        if let Some(filter) = &self.handle {
            filter.apply(terms, &column(C::Handle), Some(&column(C::SearchHandle)))?;
        }
        if let Some(filter) = &self.joined_at {
            filter.apply(terms, &column(C::JoinedAt))?;
        }
        if let Some(filter) = &self.last_active_at {
            filter.apply(terms, &column(C::LastActiveAt))?;
        }
        if let Some(filter) = &self.is_staff {
            filter.apply(terms, &column(C::IsStaff))?;
        }
        if let Some(filter) = &self.is_bot {
            filter.apply(terms, &column(C::IsBot))?;
        }
        if let Some(filter) = &self.consent {
            filter.apply(terms, &column(C::Consent))?;
        }
        terms.group(self.and.as_ref(), self.or.as_ref(), self.not.as_deref(), Self::apply)
    }

    /// The condition that a filter and a search for a name make together.
    ///
    /// # Errors
    /// When there are too many conditions.
    pub fn condition(filter: Option<&Self>, search: Option<&str>) -> Result<Condition> {
        let mut terms = Terms::default();
        if let Some(filter) = filter {
            filter.apply(&mut terms)?;
        }
        if let Some(search) = search.map(str::trim).filter(|search| !search.is_empty()) {
            if search.contains('\0') {
                return Err(crate::error::Error::bad_input("search", "must not contain NUL characters"));
            }
            if search.len() > LONGEST_PART {
                terms.add(Expr::val(1).eq(0))?;
                return Ok(terms.build());
            }
            let mut any = Condition::any().add(column(member::Column::SearchName).like(containing(search)));
            any = any.add(column(member::Column::SearchHandle).like(containing(search)));
            terms.add(any)?;
        }
        Ok(terms.build())
    }
}

/// By what members are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MemberOrderField {
    /// The name that is shown, regardless of case.
    DisplayName,
    /// When they joined; unknown counts as earliest.
    JoinedAt,
    /// When they last did something; never counts as earliest.
    LastActiveAt,
}

/// One step of an order.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct MemberOrder {
    /// By what.
    pub field: MemberOrderField,
    /// Which way.
    pub direction: SortDirection,
}

impl MemberOrderField {
    /// The expression to order by, without nulls, as the indexes have it.
    #[must_use]
    pub fn expression(self) -> SimpleExpr {
        match self {
            Self::DisplayName => column(member::Column::SearchName),
            Self::JoinedAt => Func::coalesce([column(member::Column::JoinedAt), SimpleExpr::Constant(Value::BigInt(Some(0)))]).into(),
            Self::LastActiveAt => {
                Func::coalesce([column(member::Column::LastActiveAt), SimpleExpr::Constant(Value::BigInt(Some(0)))]).into()
            }
        }
    }

    /// The value of a row under it.
    #[must_use]
    pub fn key(self, row: &member::Model) -> serde_json::Value {
        match self {
            Self::DisplayName => row.search_name.clone().into(),
            Self::JoinedAt => row.joined_at.map_or(0, entity::Timestamp::as_micros).into(),
            Self::LastActiveAt => row.last_active_at.map_or(0, entity::Timestamp::as_micros).into(),
        }
    }

    /// A value from a cursor; `None` when it has the wrong type.
    #[must_use]
    pub fn value(self, key: &serde_json::Value) -> Option<Value> {
        match self {
            Self::DisplayName => key.as_str().filter(|text| !text.contains('\0')).map(Value::from),
            Self::JoinedAt | Self::LastActiveAt => key.as_i64().map(Value::from),
        }
    }
}

/// A member's account in another system.
#[derive(Clone, Debug, InputObject)]
pub struct IdentityInput {
    /// The other system, for example `twitter` or `salesforce`.
    pub provider: String,
    /// The id there.
    pub external_id: String,
    /// The name there.
    pub handle: Option<String>,
    /// Followers there; zero or more. Weighs nothing in the default model.
    pub follower_count: Option<i32>,
    /// Whether the other system vouches for it.
    pub verified: Option<bool>,
}

/// A member as an outside system knows them. Fields left out leave what is stored alone; null empties it where that is possible.
#[derive(Clone, Debug, InputObject)]
pub struct MemberInput {
    /// The system that says so, for example `forum`.
    pub source: String,
    /// The member's id in that system.
    pub external_id: String,
    /// Name to show.
    pub display_name: MaybeUndefined<String>,
    /// Short name, without `@`.
    pub handle: MaybeUndefined<String>,
    /// When they joined the community.
    pub joined_at: MaybeUndefined<DateTime>,
    /// When they were last seen; the latest that any source tells is kept.
    pub last_active_at: MaybeUndefined<DateTime>,
    /// Works for the company: never ranked.
    pub is_staff: MaybeUndefined<bool>,
    /// Not a person: never ranked.
    pub is_bot: MaybeUndefined<bool>,
    /// Whether they may be scored.
    pub consent: MaybeUndefined<Consent>,
    /// Free data of integrations: a JSON object, which replaces the one that is stored.
    pub attributes: MaybeUndefined<Json<serde_json::Value>>,
    /// Who they are in other systems; accounts that are not listed stay.
    pub identities: Option<Vec<IdentityInput>>,
}

impl MemberInput {
    /// The record.
    ///
    /// # Errors
    /// When a field is null that cannot be emptied.
    pub fn into_record(self) -> Result<MemberRecord, UserError> {
        fn given<T>(field: &str, value: MaybeUndefined<T>) -> Result<Option<T>, UserError> {
            match value {
                MaybeUndefined::Undefined => Ok(None),
                MaybeUndefined::Value(value) => Ok(Some(value)),
                MaybeUndefined::Null => Err(UserError::at(
                    field,
                    UserErrorCode::Invalid,
                    "cannot be emptied; leave it out to keep it",
                )),
            }
        }
        let clear = Clear {
            handle: self.handle.is_null(),
            joined_at: self.joined_at.is_null(),
            last_active_at: self.last_active_at.is_null(),
            attributes: self.attributes.is_null(),
        };
        let identities = self.identities.unwrap_or_default().into_iter().map(|identity| IdentityRecord {
            provider: identity.provider,
            external_id: identity.external_id,
            handle: identity.handle,
            follower_count: identity.follower_count.map(i64::from),
            verified: identity.verified,
        });
        Ok(MemberRecord {
            source: self.source,
            external_id: self.external_id,
            display_name: given("displayName", self.display_name)?,
            handle: self.handle.take(),
            joined_at: self.joined_at.take().map(|at| at.0),
            last_active_at: self.last_active_at.take().map(|at| at.0),
            is_staff: given("isStaff", self.is_staff)?,
            is_bot: given("isBot", self.is_bot)?,
            consent: given("consent", self.consent)?,
            attributes: self.attributes.take().map(|json| json.0),
            identities: identities.collect(),
            clear,
        })
    }
}

/// Members to create or change.
#[derive(Clone, Debug, InputObject)]
pub struct UpsertMembersInput {
    /// The community's slug.
    pub community: String,
    /// At most 1,000.
    pub members: Vec<MemberInput>,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// Two members who are one person.
#[derive(Clone, Debug, InputObject)]
pub struct MergeMembersInput {
    /// The community's slug.
    pub community: String,
    /// The member who goes on as part of the other.
    pub member_id: ID,
    /// The member who stays.
    pub into_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}

/// A merge to take back.
#[derive(Clone, Debug, InputObject)]
pub struct UnmergeMembersInput {
    /// The community's slug.
    pub community: String,
    /// The member who was merged into another.
    pub member_id: ID,
    /// The same key with the same input gives the first answer again; with another input it is an error.
    pub idempotency_key: Option<String>,
}
