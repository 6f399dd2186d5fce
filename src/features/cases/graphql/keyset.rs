//! Orders by whole numbers, and the places in them: what all lists of this room are paged by.

use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, Order, Value};
use serde_json::json;

use crate::error::{Error, Result};
use crate::features::cases::store::Steps;
use crate::graphql::filters::{beyond, column};
use crate::graphql::page::{Page, PageArgs};

/// One step of an order of rows.
pub struct Step<R> {
    by: SimpleExpr,
    ascending: bool,
    of: fn(&R) -> i64,
}

impl<R> Step<R> {
    /// By a column without nulls, whose value for a row `of` gives.
    #[must_use]
    pub fn new(by: impl ColumnTrait, ascending: bool, of: fn(&R) -> i64) -> Self {
        Self {
            by: column(by),
            ascending,
            of,
        }
    }
}

/// An order of rows, which ends with something unique.
pub struct Keyset<R> {
    name: String,
    steps: Vec<Step<R>>,
}

impl<R> Keyset<R> {
    /// An order. `name` tells its cursors from those of other lists and orders.
    #[must_use]
    pub const fn new(name: String, steps: Vec<Step<R>>) -> Self {
        Self { name, steps }
    }

    /// The name of the list and its order.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The page that is asked for.
    ///
    /// # Errors
    /// [`Error::BadInput`] naming the argument.
    pub fn page(&self, args: &PageArgs) -> Result<Page<Vec<i64>>> {
        args.check(&self.name)
    }

    /// The condition of the rows after and before the cursors of a page.
    ///
    /// # Errors
    /// [`Error::BadInput`] when a cursor is none of this list.
    pub fn bounds(&self, page: &Page<Vec<i64>>) -> Result<Condition> {
        let mut bounds = Condition::all();
        for (key, field, forwards) in [(&page.after, "after", true), (&page.before, "before", false)] {
            let Some(key) = key else { continue };
            if key.len() != self.steps.len() {
                return Err(Error::bad_input(field, "is not a cursor of this list and order"));
            }
            let towards = |step: &Step<R>, value: &i64| (step.by.clone(), step.ascending == forwards, Value::from(*value));
            let keys: Vec<_> = self.steps.iter().zip(key).map(|(step, value)| towards(step, value)).collect();
            bounds = bounds.add(past(&keys));
        }
        Ok(bounds)
    }

    /// The order in which a page is read.
    #[must_use]
    pub fn order(&self, page: &Page<Vec<i64>>) -> Steps {
        let direction = |ascending: bool| if ascending == page.backwards { Order::Desc } else { Order::Asc };
        self.steps.iter().map(|step| (step.by.clone(), direction(step.ascending))).collect()
    }

    /// Where a row is in the order.
    #[must_use]
    pub fn key(&self, row: &R) -> serde_json::Value {
        json!(self.steps.iter().map(|step| (step.of)(row)).collect::<Vec<i64>>())
    }
}

/// The condition for the rows past a key. Where all steps run one way, rows are compared as wholes: engines then start to read an
/// index at the very place, and not at the first of many rows that are equal in the first step.
fn past(keys: &[(SimpleExpr, bool, Value)]) -> Condition {
    let Some((first, ascending, value)) = keys.first().cloned() else {
        return Condition::all();
    };
    if keys.iter().any(|(_, other, _)| *other != ascending) {
        // The first says nothing new, but engines start to read an index there.
        let start = if ascending { first.gte(value) } else { first.lte(value) };
        return Condition::all().add(start).add(beyond(keys));
    }
    let row = Expr::tuple(keys.iter().map(|(by, _, _)| by.clone()));
    let place = Expr::tuple(keys.iter().map(|(_, _, value)| Expr::val(value.clone())));
    Condition::all().add(if ascending { row.gt(place) } else { row.lt(place) })
}
