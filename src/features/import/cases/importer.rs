//! Storing the cases that readers read: in batches of one transaction each, replayed through the rules.
//!
//! A batch is kept or lost as a whole, and what is already recorded is recognised, so an import that was killed is continued by
//! running it again.

use std::collections::BTreeMap;

use crate::app::App;
use crate::context::{Access, OpContext};
use crate::db::Tx;
use crate::error::{Result, UserError};
use crate::features::cases::backdate::record::CaseRecord;
use crate::features::cases::backdate::rules::reopenings;
use crate::features::cases::backdate::take::{CaseOutcome, take};
use crate::features::import::{Origin, Rejection};

/// Cases in one transaction. Each brings a dozen rows of its timeline and its clocks along.
const BATCH: usize = 500;

/// What an import of cases did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseSummary {
    /// New cases.
    pub created: u64,
    /// Cases that were on record, as told before.
    pub known: u64,
    /// New members that cases named.
    pub members_named: u64,
    /// What happened to the new cases, by its name in JSON Lines.
    pub events: BTreeMap<&'static str, u64>,
    /// New cases that were reopened at least once.
    pub reopened: u64,
    /// How often new cases were reopened, all together.
    pub reopenings: u64,
    /// Cases that were not taken.
    pub rejected: u64,
}

/// Stores cases as they come.
pub struct CaseImporter<'a> {
    app: &'a App,
    ctx: &'a OpContext,
    access: &'a Access,
    waiting: Vec<(CaseRecord, Option<Origin>)>,
    summary: CaseSummary,
    rejections: Vec<Rejection>,
    batches: u64,
}

impl<'a> CaseImporter<'a> {
    /// Starts an import into a community.
    #[must_use]
    pub fn new(app: &'a App, ctx: &'a OpContext, access: &'a Access) -> Self {
        Self {
            app,
            ctx,
            access,
            waiting: Vec::new(),
            summary: CaseSummary::default(),
            rejections: Vec::new(),
            batches: 0,
        }
    }

    /// Takes a case; it is stored when a batch is full.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&mut self, record: CaseRecord, origin: Option<Origin>) -> Result<()> {
        self.waiting.push((record, origin));
        if self.waiting.len() >= BATCH {
            self.store().await?;
        }
        Ok(())
    }

    /// The first line of the cases that wait to be stored; what stands before it is settled.
    #[must_use]
    pub fn waits_from(&self) -> Option<u64> {
        self.waiting
            .iter()
            .filter_map(|(_, origin)| origin.as_ref())
            .map(|origin| origin.line)
            .min()
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
        self.store().await
    }

    /// What was done so far.
    #[must_use]
    pub const fn summary(&self) -> &CaseSummary {
        &self.summary
    }

    async fn store(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (records, origins): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        let (ctx, community, all) = (self.ctx, self.access.community_id(), &records);
        let taken = self
            .app
            .db
            .write(|tx: Tx| async move { take(&tx, ctx, community, all).await })
            .await?;
        self.summary.members_named += taken.members_created;
        for ((record, origin), outcome) in records.iter().zip(origins).zip(taken.outcomes) {
            match outcome {
                CaseOutcome::Created(_) => self.count(record),
                CaseOutcome::Duplicate(_) => self.summary.known += 1,
                CaseOutcome::Rejected(error) => self.reject(origin, error, record),
            }
        }
        self.batches += 1;
        // Tables that grow by much deserve fresh statistics: after 2, 4, 8, … batches.
        if self.batches > 1 && self.batches.is_power_of_two() {
            self.app.db.analyze().await?;
        }
        Ok(())
    }

    fn count(&mut self, record: &CaseRecord) {
        self.summary.created += 1;
        for event in &record.events {
            *self.summary.events.entry(event.what.name()).or_default() += 1;
        }
        let times = reopenings(record);
        self.summary.reopened += u64::from(times > 0);
        self.summary.reopenings += times;
    }

    fn reject(&mut self, origin: Option<Origin>, error: UserError, record: &CaseRecord) {
        self.summary.rejected += 1;
        let record = serde_json::to_string(record).unwrap_or_default();
        self.rejections.push(Rejection { origin, error, record });
    }
}
