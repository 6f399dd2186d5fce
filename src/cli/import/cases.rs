//! `rapport import cases`: cases with their history, replayed at the times at which things happened.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::rejected::{RejectedRow, RejectedRows, origin};
use super::{Common, progress_bar, read_ahead};
use crate::app::App;
use crate::context::Access;
use crate::features::import::cases::{CaseImporter, CaseItem, CaseLines, CaseLog, CaseMapping, CaseSummary, RowCount};
use crate::features::import::source::{Progress, ReadError, ReadOutcome};

/// Most rejected rows that are held back until those before them are settled.
const MOST_HELD: usize = 1_000;

type Items = Box<dyn Iterator<Item = Result<CaseItem, ReadError>> + Send>;

/// A file of cases, opened.
struct Source {
    items: Items,
    progress: Progress,
    rows: RowCount,
}

/// Runs `rapport import cases`.
pub async fn import(app: &App, file: &Path, mapping: Option<&Path>, common: Common) -> anyhow::Result<()> {
    let source = open(file, mapping)?;
    let access = super::community(app, &common).await?;
    let rows = RowCount::clone(&source.rows);
    let started = Instant::now();
    let mut report = Report {
        rejected: RejectedRows::new(common.rejected, &common.community),
        held: Vec::new(),
        skipped: BTreeMap::new(),
        unreadable: 0,
    };
    let (summary, broken) = run(app, &access, source, &mut report).await?;
    report.print(&summary, rows.load(Ordering::Relaxed), started.elapsed());
    match broken {
        Some(error) => bail!("{error} (what came before is stored; run the import again to continue)"),
        None => Ok(()),
    }
}

fn open(file: &Path, mapping: Option<&Path>) -> anyhow::Result<Source> {
    Ok(match mapping {
        Some(mapping) => {
            let log = CaseLog::open(file, CaseMapping::open(mapping)?)?;
            for warning in log.warnings() {
                eprintln!("rapport: warning: {warning}");
            }
            Source {
                progress: log.progress(),
                rows: log.rows(),
                items: Box::new(log),
            }
        }
        None => {
            let lines = CaseLines::open(file)?;
            Source {
                progress: lines.progress(),
                rows: lines.rows(),
                items: Box::new(lines),
            }
        }
    })
}

/// Reads on a thread of its own and stores as fast as the database takes it; what broke the reading, if anything.
async fn run(app: &App, access: &Access, source: Source, report: &mut Report) -> anyhow::Result<(CaseSummary, Option<ReadError>)> {
    let bar = progress_bar(&source.progress);
    let (mut receiver, reading) = read_ahead(source.items);
    let ctx = app.system("import");
    let mut importer = CaseImporter::new(app, &ctx, access);
    let mut broken = None;
    let mut items: u64 = 0;
    while let Some(item) = receiver.recv().await {
        match item {
            Ok(item) => take(&mut importer, item, report).await?,
            Err(error) => broken = Some(error),
        }
        items += 1;
        if items.is_multiple_of(100) {
            bar.set_position(source.progress.done.load(Ordering::Relaxed));
            let cases = importer.summary().created + importer.summary().known;
            bar.set_message(format!("{cases} cases of {} rows", source.rows.load(Ordering::Relaxed)));
            if report.held.len() >= MOST_HELD {
                importer.flush().await?;
            }
            report.refused(&mut importer)?;
        }
    }
    importer.flush().await?;
    report.refused(&mut importer)?;
    bar.finish_and_clear();
    if reading.join().is_err() {
        bail!("the reader failed; this is a fault of the program");
    }
    Ok((importer.summary().clone(), broken))
}

async fn take(importer: &mut CaseImporter<'_>, item: CaseItem, report: &mut Report) -> anyhow::Result<()> {
    let origin = origin(&item);
    match item.outcome {
        ReadOutcome::Record(record) => importer.take(record, Some(origin)).await?,
        ReadOutcome::Skipped { reason } => *report.skipped.entry(reason.into_owned()).or_default() += 1,
        ReadOutcome::Rejected { field, reason } => {
            report.unreadable += 1;
            report.held.push(RejectedRow {
                origin: Some(origin),
                field: field.unwrap_or_default(),
                reason,
                row: item.raw.unwrap_or_default(),
            });
        }
    }
    Ok(())
}

/// What the import tells in the end.
struct Report {
    rejected: RejectedRows,
    /// Rejected rows after the first case that waits to be stored, which may be rejected yet.
    held: Vec<RejectedRow>,
    skipped: BTreeMap<String, u64>,
    unreadable: u64,
}

impl Report {
    /// Writes down the rejected rows in the order of the file, as far as nothing before them can still be rejected.
    fn refused(&mut self, importer: &mut CaseImporter<'_>) -> anyhow::Result<()> {
        self.held.extend(importer.take_rejections().into_iter().map(RejectedRow::from));
        let line = |row: &RejectedRow| row.origin.as_ref().map_or(0, |origin| origin.line);
        self.held.sort_by_key(line);
        let open = importer.waits_from().unwrap_or(u64::MAX);
        let settled = self.held.partition_point(|row| line(row) < open);
        self.held.drain(..settled).try_for_each(|row| self.rejected.row(&row))
    }

    fn print(&mut self, summary: &CaseSummary, rows: u64, time: Duration) {
        println!("cases         {:>9} new, {} on record before", summary.created, summary.known);
        println!("only named    {:>9} new members", summary.members_named);
        let events: u64 = summary.events.values().sum();
        println!("events        {events:>9}");
        for (name, count) in &summary.events {
            println!("  {name:<20} {count:>9}");
        }
        println!(
            "reopened      {:>9} {}, {} {}",
            summary.reopened,
            if summary.reopened == 1 { "case" } else { "cases" },
            summary.reopenings,
            if summary.reopenings == 1 { "time" } else { "times" }
        );
        for (reason, count) in &self.skipped {
            println!("passed over   {count:>9}  {reason}");
        }
        self.rejected.print(summary.rejected + self.unreadable);
        #[expect(clippy::cast_precision_loss, reason = "for people to read")]
        let rate = rows as f64 / time.as_secs_f64().max(0.001);
        println!("{rows} rows in {:.1} s: {rate:.0} rows/s", time.as_secs_f64());
    }
}
