//! What the company did to make cases right: apologies, repairs, follow-ups.

use std::collections::HashSet;

use entity::ApologyId;

use super::{Page, Source};
use crate::error::Result;
use crate::features::export::kind::Kind;
use crate::features::export::line;
use crate::features::export::store::{self, Slice};
use crate::features::recovery::apology::{self as apologies, Components};
use crate::features::recovery::{follow_up as follow_ups, policy as recovery};
use crate::global_id::NodeType;

impl Source<'_> {
    pub(super) async fn apologies(&self, slice: Slice) -> Result<Page> {
        let mut rows = store::apologies(self.db, slice).await?;
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        rows.retain(|row| recovery::may_read(self.access, row));
        let ids: Vec<ApologyId> = rows.iter().map(|row| row.id).collect();
        let answered = store::answered(self.db, slice, &ids).await?;
        for row in &rows {
            let breaches = answered.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let reason = row.retraction_reason.as_deref();
            page.add(&line::Apology {
                r#type: Kind::Apologies.line_type(),
                id: self.ids().of(NodeType::Apology, row.id.0),
                case_id: self.ids().of(NodeType::Case, row.case_id.0),
                status: apologies::status(row),
                author: &row.author,
                visibility: row.visibility,
                text: &row.text,
                components: Components::from_bits(row.components).into(),
                breach_ids: breaches.iter().map(|id| self.ids().of(NodeType::Breach, id.0)).collect(),
                heard_at: row.heard_at,
                created_at: row.created_at,
                sent_at: row.sent_at,
                responded_at: row.responded_at,
                retracted_at: row.retracted_at,
                retraction_reason: reason.filter(|_reason| recovery::may_read_internal(self.access)),
            })?;
        }
        Ok(page)
    }

    pub(super) async fn repairs(&self, slice: Slice) -> Result<Page> {
        let mut rows = store::repairs(self.db, slice).await?;
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        let named: HashSet<ApologyId> = rows.iter().filter_map(|row| row.apology_id).collect();
        let apologies = store::apologies_by_ids(self.db, slice, named).await?;
        rows.retain(|row| recovery::may_read_repair(self.access, row, row.apology_id.and_then(|id| apologies.get(&id))));
        for row in &rows {
            let reason = row.cancel_reason.as_deref();
            page.add(&line::Repair {
                r#type: Kind::Repairs.line_type(),
                id: self.ids().of(NodeType::Repair, row.id.0),
                case_id: self.ids().of(NodeType::Case, row.case_id.0),
                apology_id: row.apology_id.map(|id| self.ids().of(NodeType::Apology, id.0)),
                kind: row.kind,
                description: &row.description,
                amount: row.amount,
                currency: row.currency.as_deref(),
                promised_by: &row.promised_by,
                promised_at: row.promised_at,
                due_at: row.due_at,
                delivered_at: row.delivered_at,
                delivered_by: row.delivered_by.as_deref(),
                cancelled_at: row.cancelled_at,
                cancelled_by: row.cancelled_by.as_deref(),
                cancel_reason: reason.filter(|_reason| recovery::may_read_internal(self.access)),
            })?;
        }
        Ok(page)
    }

    pub(super) async fn follow_ups(&self, slice: Slice) -> Result<Page> {
        let rows = store::follow_ups(self.db, slice).await?;
        let mut page = Page::over(slice, rows.iter().map(|row| row.id.0));
        for row in &rows {
            let may_read_words = recovery::may_read_words(self.access, row);
            let words = |words: Option<&'_ str>| words.filter(|_words| may_read_words).map(ToOwned::to_owned);
            let (description, outcome, cancel_reason) = (
                words(Some(&row.description)),
                words(row.outcome.as_deref()),
                words(row.cancel_reason.as_deref()),
            );
            page.add(&line::FollowUp {
                r#type: Kind::FollowUps.line_type(),
                id: self.ids().of(NodeType::FollowUp, row.id.0),
                case_id: self.ids().of(NodeType::Case, row.case_id.0),
                kind: row.kind,
                status: follow_ups::status_at(row, self.now),
                description: description.as_deref(),
                promised_to_member: row.promised_to_member,
                owner_id: row.owner_id.map(|id| self.ids().of(NodeType::Staff, id.0)),
                created_by: &row.created_by,
                created_at: row.created_at,
                due_at: row.due_at,
                rescheduled_from: (row.original_due_at != row.due_at).then_some(row.original_due_at),
                kept_by_original_due: follow_ups::kept(row, self.now),
                completed_at: row.completed_at,
                outcome: outcome.as_deref(),
                cancelled_at: row.cancelled_at,
                cancel_reason: cancel_reason.as_deref(),
            })?;
        }
        Ok(page)
    }
}
