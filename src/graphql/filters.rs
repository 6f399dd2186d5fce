//! Comparators, one input type per type of field, and how they become conditions.
//!
//! A comparator that is null is refused before anything runs (`values`): it would say nothing, where `isNull` is meant.

use async_graphql::{Enum, InputObject};
use entity::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr, SimpleExpr};
use sea_orm::{Condition, Value};

use super::scalars::DateTime;
use crate::error::{Error, Result};

/// Most comparisons in one filter.
const MAX_TERMS: usize = 100;

/// Longer than any text that is kept, in bytes; SQLite refuses patterns of more than 50,000.
pub const LONGEST_PART: usize = 20_000;

/// Which way a list is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SortDirection {
    /// Smallest, oldest or alphabetically first at the top.
    Asc,
    /// Largest, newest or alphabetically last at the top.
    Desc,
}

/// Conditions on a text.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StringFilter {
    /// Is exactly this.
    pub eq: Option<String>,
    /// Is not this.
    pub ne: Option<String>,
    /// Is one of these.
    #[graphql(name = "in")]
    pub in_: Option<Vec<String>>,
    /// Is none of these.
    pub not_in: Option<Vec<String>>,
    /// Has this in it; upper and lower case are the same.
    pub contains: Option<String>,
    /// true: there is none; false: there is one.
    pub is_null: Option<bool>,
}

/// Conditions on a number.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FloatFilter {
    /// Is exactly this.
    pub eq: Option<f64>,
    /// Is less.
    pub lt: Option<f64>,
    /// Is this or less.
    pub lte: Option<f64>,
    /// Is more.
    pub gt: Option<f64>,
    /// Is this or more.
    pub gte: Option<f64>,
}

/// Conditions on an instant.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateTimeFilter {
    /// Is exactly this.
    pub eq: Option<DateTime>,
    /// Is earlier.
    pub lt: Option<DateTime>,
    /// Is this or earlier.
    pub lte: Option<DateTime>,
    /// Is later.
    pub gt: Option<DateTime>,
    /// Is this or later.
    pub gte: Option<DateTime>,
}

/// Conditions on a truth value.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BooleanFilter {
    /// Is this.
    pub eq: Option<bool>,
}

/// Declares the conditions on an enum: it is one, is not one, is among some, is among none of some.
macro_rules! enum_filter {
    ($(#[$meta:meta])* $name:ident, $of:ty) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $name {
            /// Is this.
            pub eq: Option<$of>,
            /// Is not this.
            pub ne: Option<$of>,
            /// Is one of these.
            #[graphql(name = "in")]
            pub in_: Option<Vec<$of>>,
            /// Is none of these.
            pub not_in: Option<Vec<$of>>,
        }

        impl $name {
            /// Adds the conditions on a column.
            pub fn apply(&self, terms: &mut $crate::graphql::filters::Terms, column: &sea_orm::sea_query::SimpleExpr) -> $crate::error::Result<()> {
                use sea_orm::sea_query::ExprTrait as _;
                let number = |value: &$of| entity_number(*value);
                if let Some(value) = &self.eq { terms.add(column.clone().eq(number(value)))?; }
                if let Some(value) = &self.ne { terms.add(column.clone().ne(number(value)))?; }
                if let Some(values) = &self.in_ { terms.add(column.clone().is_in(values.iter().map(number)))?; }
                if let Some(values) = &self.not_in { terms.add(column.clone().is_not_in(values.iter().map(number)))?; }
                return Ok(());

                fn entity_number(value: $of) -> i16 { value as i16 }
            }
        }
    };
}
pub(crate) use enum_filter;

/// Conditions being collected, all of which must hold.
#[derive(Debug)]
pub struct Terms {
    condition: Condition,
    left: usize,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            condition: Condition::all(),
            left: MAX_TERMS,
        }
    }
}

impl Terms {
    /// Adds a condition.
    ///
    /// # Errors
    /// When there are too many.
    pub fn add(&mut self, term: impl sea_orm::sea_query::IntoCondition) -> Result<()> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| Error::bad_input("filter", format!("must have at most {MAX_TERMS} comparisons")))?;
        let condition = std::mem::replace(&mut self.condition, Condition::all());
        self.condition = condition.add(term.into_condition());
        Ok(())
    }

    /// Adds groups: `and` and `or` of several filters, `not` of one.
    ///
    /// # Errors
    /// When there are too many conditions.
    pub fn group<F>(
        &mut self,
        and: Option<&Vec<F>>,
        or: Option<&Vec<F>>,
        not: Option<&F>,
        apply: impl Fn(&F, &mut Self) -> Result<()>,
    ) -> Result<()> {
        for filter in and.into_iter().flatten() {
            let inner = self.nested(filter, &apply)?;
            self.add(inner)?;
        }
        if let Some(filters) = or {
            let mut any = Condition::any();
            for filter in filters {
                any = any.add(self.nested(filter, &apply)?);
            }
            // Of nothing, nothing holds.
            if filters.is_empty() {
                self.add(nothing())?;
            } else {
                self.add(any)?;
            }
        }
        if let Some(filter) = not {
            let inner = self.nested(filter, &apply)?;
            // Where nothing is known a comparison is neither true nor false; `not` is the rest all the same.
            let rest: SimpleExpr = Expr::case(inner, 0).finally(1).into();
            self.add(rest.eq(1))?;
        }
        Ok(())
    }

    fn nested<F>(&mut self, filter: &F, apply: &impl Fn(&F, &mut Self) -> Result<()>) -> Result<Condition> {
        let mut inner = Self {
            condition: Condition::all(),
            left: self.left,
        };
        apply(filter, &mut inner)?;
        self.left = inner.left;
        Ok(inner.condition)
    }

    /// All conditions.
    #[must_use]
    pub fn build(self) -> Condition {
        self.condition
    }
}

impl StringFilter {
    /// Adds the conditions on a column. `folded` is the column or expression to look for `contains` in, in lower case.
    ///
    /// # Errors
    /// When there are too many, or a text cannot be compared.
    pub fn apply(&self, terms: &mut Terms, column: &SimpleExpr, folded: Option<&SimpleExpr>) -> Result<()> {
        let texts = [&self.eq, &self.ne, &self.contains].into_iter().flatten();
        if texts
            .chain(self.in_.iter().flatten())
            .chain(self.not_in.iter().flatten())
            .any(|text| text.contains('\0'))
        {
            return Err(Error::bad_input("filter", "texts must not contain NUL characters"));
        }
        if let Some(value) = &self.eq {
            terms.add(column.clone().eq(value.as_str()))?;
        }
        if let Some(value) = &self.ne {
            terms.add(column.clone().ne(value.as_str()))?;
        }
        if let Some(values) = &self.in_ {
            terms.add(column.clone().is_in(values.iter().map(String::as_str)))?;
        }
        if let Some(values) = &self.not_in {
            terms.add(column.clone().is_not_in(values.iter().map(String::as_str)))?;
        }
        match self.is_null {
            Some(true) => terms.add(column.clone().is_null())?,
            Some(false) => terms.add(column.clone().is_not_null())?,
            None => {}
        }
        if let Some(value) = &self.contains {
            if value.len() > LONGEST_PART {
                return terms.add(nothing());
            }
            let folded = folded.cloned().unwrap_or_else(|| Func::lower(column.clone()).into());
            terms.add(folded.like(containing(value)))?;
        }
        Ok(())
    }
}

/// What holds for no row.
fn nothing() -> SimpleExpr {
    Expr::val(1).eq(0)
}

/// A pattern for texts that have `part` in them, whatever signs it is made of.
#[must_use]
pub fn containing(part: &str) -> LikeExpr {
    let mut escaped = String::with_capacity(part.len() + 2);
    escaped.push('%');
    for sign in part.to_lowercase().chars() {
        if matches!(sign, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(sign);
    }
    escaped.push('%');
    LikeExpr::new(escaped).escape('!')
}

impl FloatFilter {
    /// Adds the conditions on a column.
    ///
    /// # Errors
    /// When there are too many.
    pub fn apply(&self, terms: &mut Terms, column: &SimpleExpr) -> Result<()> {
        compare(
            terms,
            column,
            [self.eq, self.lt, self.lte, self.gt, self.gte].map(|value| value.map(Value::from)),
        )
    }
}

impl DateTimeFilter {
    /// Adds the conditions on a column.
    ///
    /// # Errors
    /// When there are too many.
    pub fn apply(&self, terms: &mut Terms, column: &SimpleExpr) -> Result<()> {
        let micros = |at: Option<DateTime>| at.map(|at| Value::from(Timestamp::as_micros(at.0)));
        compare(terms, column, [self.eq, self.lt, self.lte, self.gt, self.gte].map(micros))
    }
}

fn compare(terms: &mut Terms, column: &SimpleExpr, [eq, lt, lte, gt, gte]: [Option<Value>; 5]) -> Result<()> {
    type Comparison = fn(SimpleExpr, Value) -> SimpleExpr;
    let comparisons: [(Option<Value>, Comparison); 5] = [
        (eq, |column, value| column.eq(value)),
        (lt, |column, value| column.lt(value)),
        (lte, |column, value| column.lte(value)),
        (gt, |column, value| column.gt(value)),
        (gte, |column, value| column.gte(value)),
    ];
    for (value, comparison) in comparisons {
        if let Some(value) = value {
            terms.add(comparison(column.clone(), value))?;
        }
    }
    Ok(())
}

impl BooleanFilter {
    /// Adds the conditions on a column.
    ///
    /// # Errors
    /// When there are too many.
    pub fn apply(&self, terms: &mut Terms, column: &SimpleExpr) -> Result<()> {
        self.eq.map_or(Ok(()), |value| terms.add(column.clone().eq(value)))
    }
}

/// The condition for rows after (or before) a key in an order: the keyset predicate.
///
/// `keys` are expressions without nulls, each with its direction and its value at the cursor; the last one is unique.
#[must_use]
pub fn beyond(keys: &[(SimpleExpr, bool, Value)]) -> Condition {
    let mut any = Condition::any();
    for (index, (column, ascending, value)) in keys.iter().enumerate() {
        let mut all = Condition::all();
        for (column, _, value) in keys.iter().take(index) {
            all = all.add(column.clone().eq(value.clone()));
        }
        all = all.add(if *ascending {
            column.clone().gt(value.clone())
        } else {
            column.clone().lt(value.clone())
        });
        any = any.add(all);
    }
    any
}

/// A column as an expression.
pub fn column<C: sea_orm::ColumnTrait>(column: C) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}
