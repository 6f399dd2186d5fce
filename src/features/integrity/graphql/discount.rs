//! Discounts in the API.

use async_graphql::{Context, Object};
use entity::evidence_discount;

use crate::context::Access;
use crate::error::Result;
use crate::features::interactions::Interaction;
use crate::graphql::loaders::Loaders;
use crate::graphql::scalars::DateTime;
use crate::graphql::{Maybe, maybe_absent};

/// That staff took an interaction out of the account: while it is in force, the interaction gives no credit and no trust.
pub struct EvidenceDiscount {
    access: Access,
    row: evidence_discount::Model,
}

impl EvidenceDiscount {
    /// A discount of an interaction within the actor's clearance.
    #[must_use]
    pub fn new(access: &Access, row: evidence_discount::Model) -> Self {
        Self {
            access: access.clone(),
            row,
        }
    }

    async fn load_interaction(&self, ctx: &Context<'_>) -> Result<Option<Interaction>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let (community, id) = (self.access.community_id(), self.row.interaction_id);
        let row = loaders.interaction(ctx.data_unchecked(), community, id).await?;
        Ok(row.and_then(|row| Interaction::new(&self.access, row)))
    }
}

/// That staff took an interaction out of the account: while it is in force, the interaction gives no credit and no trust.
#[Object]
impl EvidenceDiscount {
    /// The interaction; null without the scope interactions:read.
    async fn interaction(&self, ctx: &Context<'_>) -> Maybe<Interaction> {
        maybe_absent(self.load_interaction(ctx).await)
    }

    /// Whether the interaction does not count now.
    async fn in_force(&self) -> bool {
        self.row.restored_at.is_none()
    }

    /// Why it was discounted, as given: escape it before showing it.
    async fn reason(&self) -> &str {
        &self.row.reason
    }

    /// Who discounted it, as the change log names actors, for example `staff:3`.
    async fn discounted_by(&self) -> &str {
        &self.row.discounted_by
    }

    /// Since when it does not count.
    async fn discounted_at(&self) -> DateTime {
        self.row.discounted_at.into()
    }

    /// Who restored it, as the change log names actors.
    async fn restored_by(&self) -> Option<&str> {
        self.row.restored_by.as_deref()
    }

    /// Since when it counts again; null while the discount is in force.
    async fn restored_at(&self) -> Option<DateTime> {
        self.row.restored_at.map(DateTime)
    }

    /// Why it was restored, as given: escape it before showing it.
    async fn restore_reason(&self) -> Option<&str> {
        self.row.restore_reason.as_deref()
    }
}
