//! Receipts: where every point of a score comes from.

use async_graphql::{Context, Object};
use entity::Consent;

use crate::context::Access;
use crate::features::influence::account::Receipt;
use crate::features::influence::model::Signal;
use crate::features::interactions::Interaction;
use crate::features::members::Member;
use crate::graphql::loaders::Loaders;
use crate::graphql::{Maybe, maybe_absent};

/// Receipts with their number among those of the same size. Cursors keep that instead of the interaction, which the reader
/// may not be meant to know.
pub(super) fn numbered(receipts: Vec<Receipt>) -> Vec<(Receipt, i64)> {
    let mut before: Option<(f64, i64)> = None;
    let number = |receipt: Receipt| {
        let size = receipt.points.abs();
        let number = before
            .filter(|(other, _)| other.total_cmp(&size).is_eq())
            .map_or(0, |(_, number)| number + 1);
        before = Some((size, number));
        (receipt, number)
    };
    receipts.into_iter().map(number).collect()
}

/// What the receipts tell beside their page.
pub struct ReceiptTotals {
    pub(super) count: usize,
    pub(super) points: f64,
}

/// What the receipts tell beside their page.
#[Object]
impl ReceiptTotals {
    /// How many there are on all pages.
    async fn total_count(&self) -> usize {
        self.count
    }

    /// What the points of all receipts sum to.
    async fn points(&self) -> f64 {
        self.points
    }
}

/// One piece of evidence and what it brought.
pub struct ReceiptObject {
    pub(super) access: Access,
    pub(super) receipt: Receipt,
    pub(super) is_redacted: bool,
}

/// One piece of evidence and what it brought.
#[Object(name = "Receipt")]
impl ReceiptObject {
    /// The interaction; null above the caller's clearance.
    async fn interaction(&self, ctx: &Context<'_>) -> Maybe<Interaction> {
        if self.is_redacted {
            return None;
        }
        let id = self.receipt.evidence.interaction;
        let row = ctx
            .data_unchecked::<Loaders>()
            .interaction(ctx.data_unchecked(), self.access.community_id(), id)
            .await;
        maybe_absent(row.map(|row| row.and_then(|row| Interaction::new(&self.access, row))))
    }

    /// Who gave the credit; null when unknown, opted out, or above the caller's clearance.
    async fn giver(&self, ctx: &Context<'_>) -> Maybe<Member> {
        let giver = self.receipt.evidence.giver.filter(|_| !self.is_redacted)?;
        let row = ctx
            .data_unchecked::<Loaders>()
            .member(ctx.data_unchecked(), self.access.community_id(), giver)
            .await;
        maybe_absent(row.map(|row| {
            row.filter(|row| row.consent == Consent::Scored)
                .map(|row| Member::new(&self.access, row))
        }))
    }

    /// What the credit is for.
    async fn signal(&self) -> Signal {
        self.receipt.signal
    }

    /// Its share of the points, as faded as of now; below zero for what counts against the member.
    async fn points(&self) -> f64 {
        self.receipt.points
    }

    /// The value that the score would have without it.
    async fn value_without(&self) -> f64 {
        self.receipt.value_without
    }

    /// How far this credit is trusted, 0 to 1: as far as the giver is, or less where it was not wanted. Of what is not trusted, the
    /// fresh part counts up to a limit.
    async fn trust(&self) -> f64 {
        self.receipt.trust
    }

    /// Whether it was wanted: the giver once asked the member something, or did anything for them: accepted, thanked, commented, helped
    /// in turn. False above the caller's clearance.
    async fn wanted(&self) -> bool {
        self.receipt.is_wanted && !self.is_redacted
    }

    /// Whether content and people are withheld because they are above the caller's clearance.
    async fn redacted(&self) -> bool {
        self.is_redacted
    }
}
