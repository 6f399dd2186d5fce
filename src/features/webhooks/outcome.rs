//! Writing down what came of an attempt, and what follows from it.

use entity::{Timestamp, WebhookDeliveryStatus, webhook_attempt, webhook_delivery};

use super::schedule::CHANCES;
use super::service::endpoints::pause_in;
use super::store::{self, Settled};
use super::verdict::{Answer, Verdict, judge};
use crate::app::App;
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::Result;

/// Writes an attempt down that began at an instant, and what follows. Where the delivery was taken up by somebody else meanwhile, or
/// is over, only the attempt is written.
///
/// # Errors
/// When the database fails.
pub async fn record(app: &App, taken: &webhook_delivery::Model, answer: &Answer, began: Timestamp) -> Result<()> {
    let attempt = Attempt {
        answer,
        began,
        chance: rand::random_range(CHANCES),
    };
    let ctx = &OpContext {
        now: answer.ended(began),
        ..app.system("webhooks")
    };
    app.db
        .write(|tx: Tx| async move { record_in(&tx, ctx, taken, attempt).await })
        .await
}

/// An attempt that is over.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    answer: &'a Answer,
    began: Timestamp,
    chance: i64,
}

impl Attempt<'_> {
    /// What follows for a delivery.
    fn judge(&self, row: &webhook_delivery::Model, now: Timestamp) -> Verdict {
        judge(self.answer, row.tries + 1, row.seq.is_none(), now, self.chance)
    }

    fn row(&self, of: &webhook_delivery::Model) -> webhook_attempt::Model {
        let answer = self.answer.clone();
        webhook_attempt::Model {
            community_id: of.community_id,
            // The database gives it.
            id: 0,
            delivery_id: of.id,
            at: self.began,
            duration_ms: i64::try_from(answer.took.as_millis()).unwrap_or(i64::MAX),
            status_code: answer.status_code.and_then(|code| i16::try_from(code).ok()),
            fault: answer.fault,
            message: answer.message,
            response: answer.response,
        }
    }
}

async fn record_in(tx: &Tx, ctx: &OpContext, taken: &webhook_delivery::Model, attempt: Attempt<'_>) -> Result<()> {
    // Endpoints are locked before deliveries, by everybody who locks both.
    let endpoint = match attempt.judge(taken, ctx.now) {
        Verdict::Failed(Some(_)) => store::lock_endpoint(tx, taken.community_id, taken.endpoint_id).await?,
        _ => None,
    };
    let Some(row) = store::lock_delivery(tx, taken.community_id, taken.id).await? else {
        return Ok(());
    };
    store::insert_attempt(tx, attempt.row(&row)).await?;
    if row.status != WebhookDeliveryStatus::Pending || !store::is_held(&row, taken) {
        return Ok(());
    }
    // Somebody may have begun anew with it while it was sent: then it was tried less often.
    let verdict = attempt.judge(&row, ctx.now);
    let (status, next_at) = match &verdict {
        Verdict::Delivered => (WebhookDeliveryStatus::Delivered, row.next_at),
        Verdict::Again(at) => (WebhookDeliveryStatus::Pending, *at),
        Verdict::Failed(_) => (WebhookDeliveryStatus::Failed, row.next_at),
    };
    let settled = Settled {
        status,
        tries: row.tries + 1,
        next_at,
        finished_at: (status != WebhookDeliveryStatus::Pending).then_some(ctx.now),
    };
    store::settle(tx, (row.community_id, row.id), settled).await?;
    if let (Verdict::Failed(Some(why)), Some(endpoint)) = (&verdict, endpoint) {
        pause_in(tx, ctx, endpoint, why).await?;
    }
    Ok(())
}

/// Gives up a delivery that its endpoint may not be told any more.
///
/// # Errors
/// When the database fails.
pub async fn give_up(app: &App, taken: &webhook_delivery::Model, now: Timestamp) -> Result<()> {
    app.db
        .write(|tx: Tx| async move {
            let row = store::lock_delivery(&tx, taken.community_id, taken.id).await?;
            let Some(row) = row.filter(|row| row.status == WebhookDeliveryStatus::Pending && store::is_held(row, taken)) else {
                return Ok(());
            };
            let settled = Settled {
                status: WebhookDeliveryStatus::Cancelled,
                tries: row.tries,
                next_at: row.next_at,
                finished_at: Some(now),
            };
            store::settle(&tx, (row.community_id, row.id), settled).await
        })
        .await
}
