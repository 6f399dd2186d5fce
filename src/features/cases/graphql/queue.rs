//! The queue: which case is next. It is blind: promises and severity decide, never who the member is.

use async_graphql::Context;
use entity::{CaseStatus, case};
use sea_orm::sea_query::{ExprTrait as _, SimpleExpr};
use sea_orm::{Condition, Value};

use super::keyset::{Keyset, Step};
use super::lists::{CasePage, page_of};
use crate::context::Access;
use crate::error::Result;
use crate::graphql::filters::column;
use crate::graphql::page::PageArgs;

/// The condition that a case is open. The number stands in the text, not among the values: engines use the index of open cases
/// only when they can see that the condition is that of the index.
#[must_use]
pub(super) fn is_open() -> SimpleExpr {
    let last_open = SimpleExpr::Constant(Value::SmallInt(Some(CaseStatus::OnHold as i16)));
    column(case::Column::Status).lte(last_open)
}

/// A page of the open cases that meet a condition, the most urgent first.
pub(super) async fn list(ctx: &Context<'_>, access: &Access, which: Condition, args: &PageArgs) -> Result<CasePage> {
    page_of(ctx, access, which.add(is_open()), &order(), args).await
}

/// Soonest due, then worst, then oldest. Nothing else may ever stand here.
fn order() -> Keyset<case::Model> {
    use case::Column as C;
    let steps = vec![
        Step::new(C::QueueDueAt, true, |row: &case::Model| row.queue_due_at.as_micros()),
        Step::new(C::Severity, true, |row: &case::Model| row.severity as i64),
        Step::new(C::OpenedAt, true, |row: &case::Model| row.opened_at.as_micros()),
        Step::new(C::Id, true, |row: &case::Model| row.id.0),
    ];
    Keyset::new("queue".to_owned(), steps)
}
