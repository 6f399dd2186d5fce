//! `rapport import`: files read, stored, counted, with a progress bar, and rejected rows kept in a file of their own.

mod cases;
mod rejected;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc::Receiver;

use self::rejected::{RejectedRows, origin};
use crate::app::App;
use crate::context::Access;
use crate::error::Error;
use crate::features::communities::service::{self as communities, NewCommunity};
use crate::features::import::csv::{CsvMapping, CsvReader, CsvRecordType, TimeFormat};
use crate::features::import::jsonl::JsonlReader;
use crate::features::import::source::{Progress, ReadError, ReadItem, ReadOutcome};
use crate::features::import::stackexchange::{StackExchangeOptions, StackExchangeReader};
use crate::features::import::{ImportSummary, Importer};

/// Rows that the reading thread may be ahead of the database.
const AHEAD: usize = 8_192;

/// `rapport import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// JSON Lines, one member or interaction per line; gzip is recognised; `-` reads standard input.
    Jsonl {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// A Stack Exchange dump as it is downloaded: a folder with its XML files, or the .7z.
    Stackexchange {
        /// Folder or .7z file.
        path: PathBuf,
        /// Name of the source under which ids are kept.
        #[arg(long, default_value = "stackexchange")]
        source: String,
        #[command(flatten)]
        common: Common,
    },
    /// CSV with a mapping of columns; gzip is recognised; `-` reads standard input.
    Csv {
        /// The file.
        file: PathBuf,
        /// What a row is.
        #[arg(long, value_enum, default_value = "interaction")]
        rows: CsvRows,
        /// Where a field is: FIELD=COLUMN, by name or number from 1, for example `--column actor=from_user`.
        #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = parse_pair)]
        columns: Vec<(String, String)>,
        /// What a field is in every row: FIELD=VALUE, for example `--set kind=ENDORSEMENT`.
        #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = parse_pair)]
        constants: Vec<(String, String)>,
        /// The first row holds data, not names.
        #[arg(long)]
        no_header: bool,
        /// What separates columns.
        #[arg(long, default_value = ",")]
        delimiter: char,
        /// How times are written.
        #[arg(long, value_enum, default_value = "rfc3339")]
        time: CsvTime,
        #[command(flatten)]
        common: Common,
    },
    /// Cases with their history: JSON Lines, or with --map an update log in CSV, a row for every state of a case. Gzip, and zip
    /// with one file, are recognised; `-` reads standard input.
    Cases {
        /// The file.
        file: PathBuf,
        /// What the columns of an update log mean, as TOML; see docs/import-cases.md.
        #[arg(long = "map", value_name = "FILE")]
        mapping: Option<PathBuf>,
        #[command(flatten)]
        common: Common,
    },
}

/// Flags of all imports.
#[derive(Debug, Args)]
pub struct Common {
    /// The community's slug.
    #[arg(long)]
    community: String,
    /// Set the community up when there is none of that slug.
    #[arg(long)]
    create: bool,
    /// Where rejected rows go, as JSON Lines [default: rejected-COMMUNITY.jsonl].
    #[arg(long, alias = "rejects", value_name = "FILE")]
    rejected: Option<PathBuf>,
}

/// What a CSV row is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CsvRows {
    /// A member.
    Member,
    /// An interaction.
    Interaction,
}

/// How times are written in CSV.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CsvTime {
    /// 2024-06-01T10:00:00Z.
    Rfc3339,
    /// Seconds since 1970, fractions allowed.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("must be FIELD=VALUE")?;
    Ok((field.trim().to_owned(), value.to_owned()))
}

type Items = Box<dyn Iterator<Item = Result<ReadItem, ReadError>> + Send>;

/// Runs `rapport import`.
pub async fn import(app: App, command: ImportCommand) -> anyhow::Result<()> {
    if let ImportCommand::Cases { file, mapping, common } = command {
        return Box::pin(cases::import(&app, &file, mapping.as_deref(), common)).await;
    }
    let (items, progress, common) = open(command)?;
    let access = community(&app, &common).await?;
    let started = Instant::now();
    let mut report = Report::new(RejectedRows::new(common.rejected, &common.community));
    let broken = run(&app, &access, items, progress, &mut report).await?;
    report.print(started.elapsed());
    match broken {
        Some(error) => bail!("{error} (what came before is stored; run the import again to continue)"),
        None => Ok(()),
    }
}

fn open(command: ImportCommand) -> anyhow::Result<(Items, Progress, Common)> {
    Ok(match command {
        ImportCommand::Jsonl { file, common } => {
            let reader = JsonlReader::open(&file)?;
            let progress = reader.progress();
            (Box::new(reader), progress, common)
        }
        ImportCommand::Stackexchange { path, source, common } => {
            let reader = StackExchangeReader::open(
                &path,
                StackExchangeOptions {
                    source,
                    ..StackExchangeOptions::default()
                },
            )?;
            let progress = reader.progress();
            (Box::new(reader), progress, common)
        }
        ImportCommand::Csv {
            file,
            rows,
            columns,
            constants,
            no_header,
            delimiter,
            time,
            common,
        } => {
            let mapping = CsvMapping {
                columns,
                constants,
                has_headers: !no_header,
                delimiter: u8::try_from(delimiter).context("--delimiter must be one ASCII character")?,
                time_format: match time {
                    CsvTime::Rfc3339 => TimeFormat::Rfc3339,
                    CsvTime::UnixSeconds => TimeFormat::UnixSeconds,
                    CsvTime::UnixMillis => TimeFormat::UnixMillis,
                },
                record_type: match rows {
                    CsvRows::Member => CsvRecordType::Member,
                    CsvRows::Interaction => CsvRecordType::Interaction,
                },
            };
            let reader = CsvReader::open(&file, mapping)?;
            let progress = reader.progress();
            (Box::new(reader), progress, common)
        }
        ImportCommand::Cases { .. } => bail!("cases have readers of their own; this is a fault of the program"),
    })
}

async fn community(app: &App, common: &Common) -> anyhow::Result<Access> {
    let slug = &common.community;
    match communities::open(&app.db, slug).await {
        Err(Error::NotFound(_)) if common.create => {
            let new = NewCommunity {
                slug: slug.clone(),
                name: slug.clone(),
                timezone: "UTC".to_owned(),
            };
            match communities::create(&app.db, &app.system("import"), &new).await {
                // Another import has just set it up.
                Err(Error::User(_)) if communities::open(&app.db, slug).await.is_ok() => Ok(communities::open(&app.db, slug).await?),
                created => Ok(created?),
            }
        }
        Err(Error::NotFound(_)) => bail!("there is no community {slug}; add --create to set it up"),
        other => Ok(other?),
    }
}

/// Reads on a thread of its own, up to a number of items ahead.
fn read_ahead<T: Send + 'static>(items: Box<dyn Iterator<Item = T> + Send>) -> (Receiver<T>, JoinHandle<()>) {
    let (sender, receiver) = tokio::sync::mpsc::channel(AHEAD);
    let reading = std::thread::spawn(move || {
        for item in items {
            // The receiver is gone when storing failed; then there is nothing left to read for.
            if sender.blocking_send(item).is_err() {
                return;
            }
        }
    });
    (receiver, reading)
}

/// Reads ahead and stores as fast as the database takes it; what broke the reading, if anything.
async fn run(app: &App, access: &Access, items: Items, progress: Progress, report: &mut Report) -> anyhow::Result<Option<ReadError>> {
    let bar = progress_bar(&progress);
    let (mut receiver, reading) = read_ahead(items);
    let ctx = app.system("import");
    let mut importer = Importer::new(app, &ctx, access);
    let mut broken = None;
    let mut rows: u64 = 0;
    while let Some(item) = receiver.recv().await {
        match item {
            Ok(item) => take(&mut importer, item, report).await?,
            Err(error) => broken = Some(error),
        }
        rows += 1;
        if rows.is_multiple_of(500) {
            bar.set_position(progress.done.load(Ordering::Relaxed));
            bar.set_message(format!("{rows} rows"));
            report.reject_all(&mut importer)?;
        }
    }
    importer.flush().await?;
    report.reject_all(&mut importer)?;
    report.summary = importer.finish().await?;
    report.rows = rows - u64::from(broken.is_some());
    bar.finish_and_clear();
    if reading.join().is_err() {
        bail!("the reader failed; this is a fault of the program");
    }
    Ok(broken)
}

async fn take(importer: &mut Importer<'_>, item: ReadItem, report: &mut Report) -> anyhow::Result<()> {
    let origin = origin(&item);
    match item.outcome {
        ReadOutcome::Record(record) => importer.take(record, Some(origin)).await?,
        ReadOutcome::Skipped { reason } => *report.skipped.entry(reason.into_owned()).or_default() += 1,
        ReadOutcome::Rejected { field, reason } => {
            report.unreadable += 1;
            report
                .rejected
                .unreadable(&origin, field.as_deref(), &reason, item.raw.as_deref())?;
        }
    }
    Ok(())
}

fn progress_bar(progress: &Progress) -> ProgressBar {
    let (bar, template) = match progress.total {
        Some(total) => (ProgressBar::new(total), "{bar:30} {percent:>3} % {bytes_per_sec} {msg} {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} {bytes_per_sec} {msg}"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_fixed_text| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// What the import tells in the end.
struct Report {
    rejected: RejectedRows,
    summary: ImportSummary,
    skipped: BTreeMap<String, u64>,
    unreadable: u64,
    rows: u64,
}

impl Report {
    fn new(rejected: RejectedRows) -> Self {
        Self {
            rejected,
            summary: ImportSummary::default(),
            skipped: BTreeMap::new(),
            unreadable: 0,
            rows: 0,
        }
    }

    fn reject_all(&mut self, importer: &mut Importer<'_>) -> anyhow::Result<()> {
        importer
            .take_rejections()
            .iter()
            .try_for_each(|rejection| self.rejected.refused(rejection))
    }

    fn print(&mut self, time: Duration) {
        let summary = &self.summary;
        println!(
            "members       {:>9} new, {} changed, {} as before",
            summary.members_created, summary.members_updated, summary.members_unchanged
        );
        println!("only named    {:>9} new members", summary.members_named);
        let created: u64 = summary.interactions_created.values().sum();
        println!("interactions  {created:>9} new, {} on record before", summary.interactions_known);
        for (kind, count) in &summary.interactions_created {
            println!("  {kind:<20} {count:>9}");
        }
        for (reason, count) in &self.skipped {
            println!("skipped       {count:>9}  {reason}");
        }
        self.rejected.print(summary.rejected + self.unreadable);
        #[expect(clippy::cast_precision_loss, reason = "for people to read")]
        let rate = self.rows as f64 / time.as_secs_f64().max(0.001);
        println!("{} rows in {:.1} s: {rate:.0} rows/s", self.rows, time.as_secs_f64());
    }
}
