//! Storing what readers read: in batches of one transaction each, through the same rules as the API.
//!
//! A batch is kept or lost as a whole, and what is already recorded is recognised, so an import that was killed is continued by
//! running it again.

use std::collections::BTreeMap;

use entity::InteractionKind;

use crate::app::App;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Result, UserError};
use crate::features::ingest::record::{MemberRecord, Record};
use crate::features::ingest::{self, Announce, InteractionOutcome, MemberOutcome, NewInteraction};

/// Records in one transaction: enough to make its cost small, few enough to let other writers in between.
const BATCH: usize = 2_000;

/// Where a record stood, for the file of rejected rows.
#[derive(Clone, Debug)]
pub struct Origin {
    /// File.
    pub place: String,
    /// Line or row in it, from 1.
    pub line: u64,
}

/// A record that was not taken.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Where it stood.
    pub origin: Option<Origin>,
    /// Why.
    pub error: UserError,
    /// The record, as JSON.
    pub record: String,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// New members that were described.
    pub members_created: u64,
    /// New members that were only named in interactions.
    pub members_named: u64,
    /// Known members that changed.
    pub members_updated: u64,
    /// Known members, as told before.
    pub members_unchanged: u64,
    /// New interactions by kind.
    pub interactions_created: BTreeMap<&'static str, u64>,
    /// Interactions that were on record.
    pub interactions_known: u64,
    /// Records that were not taken.
    pub rejected: u64,
}

/// Stores records as they come.
pub struct Importer<'a> {
    app: &'a App,
    ctx: &'a OpContext,
    access: &'a Access,
    members: Vec<(MemberRecord, Option<Origin>)>,
    interactions: Vec<(NewInteraction, Option<Origin>)>,
    summary: ImportSummary,
    rejections: Vec<Rejection>,
    batches: u64,
}

impl<'a> Importer<'a> {
    /// Starts an import into a community.
    #[must_use]
    pub fn new(app: &'a App, ctx: &'a OpContext, access: &'a Access) -> Self {
        Self {
            app,
            ctx,
            access,
            members: Vec::new(),
            interactions: Vec::new(),
            summary: ImportSummary::default(),
            rejections: Vec::new(),
            batches: 0,
        }
    }

    /// Takes a record; it is stored when a batch is full. Records of one kind may be stored before earlier ones of the other
    /// kind, which changes nothing: people who are named before they are described become known by their id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&mut self, record: Record, origin: Option<Origin>) -> Result<()> {
        match record {
            Record::Member(record) => {
                self.members.push((record, origin));
                if self.members.len() >= BATCH {
                    self.store_members().await?;
                }
            }
            Record::Interaction(record) => {
                self.interactions.push((record.into(), origin));
                if self.interactions.len() >= BATCH {
                    // People first, so that those described in the same file get their names at once.
                    self.store_members().await?;
                    self.store_interactions().await?;
                }
            }
        }
        Ok(())
    }

    /// What was rejected since the last call.
    pub fn take_rejections(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.rejections)
    }

    /// Stores what is left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn flush(&mut self) -> Result<()> {
        self.store_members().await?;
        self.store_interactions().await
    }

    /// Stores what is left and says what was done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(mut self) -> Result<ImportSummary> {
        self.flush().await?;
        Ok(self.summary)
    }

    /// What was done so far.
    #[must_use]
    pub const fn summary(&self) -> &ImportSummary {
        &self.summary
    }

    async fn store_members(&mut self) -> Result<()> {
        if self.members.is_empty() {
            return Ok(());
        }
        let (records, origins): (Vec<_>, Vec<_>) = std::mem::take(&mut self.members).into_iter().unzip();
        let (ctx, community, all) = (self.ctx, self.access.community_id(), &records);
        let outcomes = self
            .app
            .db
            .write(|tx: Tx| async move { ingest::members::take(&tx, ctx, community, all, Announce::Bulk).await })
            .await?;
        for ((record, origin), outcome) in records.iter().zip(origins).zip(outcomes) {
            match outcome {
                MemberOutcome::Created(_) => self.summary.members_created += 1,
                MemberOutcome::Updated(_) => self.summary.members_updated += 1,
                MemberOutcome::Unchanged(_) => self.summary.members_unchanged += 1,
                MemberOutcome::Rejected(error) => self.reject(origin, error, Record::Member(record.clone())),
            }
        }
        self.count_batch().await
    }

    async fn store_interactions(&mut self) -> Result<()> {
        if self.interactions.is_empty() {
            return Ok(());
        }
        let (items, origins): (Vec<_>, Vec<_>) = std::mem::take(&mut self.interactions).into_iter().unzip();
        let (ctx, community, all) = (self.ctx, self.access.community_id(), &items);
        let taken = self
            .app
            .db
            .write(|tx: Tx| async move { ingest::interactions::take(&tx, ctx, community, all, Announce::Bulk).await })
            .await?;
        self.summary.members_named += taken.members_created;
        for ((item, origin), outcome) in items.iter().zip(origins).zip(taken.outcomes) {
            match outcome {
                InteractionOutcome::Created(_) => {
                    *self
                        .summary
                        .interactions_created
                        .entry(InteractionKind::as_str(item.record.kind))
                        .or_default() += 1
                }
                InteractionOutcome::Duplicate(_) => self.summary.interactions_known += 1,
                InteractionOutcome::Rejected(error) => self.reject(origin, error, Record::Interaction(item.record.clone())),
            }
        }
        self.count_batch().await
    }

    /// Tables that grow by much deserve fresh statistics: after 2, 4, 8, … batches.
    async fn count_batch(&mut self) -> Result<()> {
        self.batches += 1;
        if self.batches > 1 && self.batches.is_power_of_two() {
            self.app.db.analyze().await?;
        }
        Ok(())
    }

    fn reject(&mut self, origin: Option<Origin>, error: UserError, record: Record) {
        self.summary.rejected += 1;
        let record = serde_json::to_string(&record).unwrap_or_default();
        self.rejections.push(Rejection { origin, error, record });
    }
}
