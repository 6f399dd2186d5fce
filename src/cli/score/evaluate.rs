//! `rapport score backtest`, `attack` and `calibrate`.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::open;
use crate::app::App;
use crate::context::Access;
use crate::features::evaluation::attack::{Defence, Preparation, Price};
use crate::features::evaluation::baselines::Baseline;
use crate::features::evaluation::record::Record;
use crate::features::evaluation::walk::Method;
use crate::features::evaluation::{report, service};
use crate::features::influence::model::ScoringModel;
use crate::features::influence::store;
use crate::features::influence::versions::Version;

const DAY_MICROS: f64 = 86_400.0 * 1e6;

/// Which community, and how far to look.
#[derive(Args, Debug)]
pub struct Which {
    /// The community's slug.
    #[arg(long)]
    community: String,
    /// How many days to look ahead; by default the half-life of the model, or less where the record is short.
    #[arg(long, value_name = "DAYS")]
    horizon: Option<f64>,
    /// The version of the model [default: the one in force].
    #[arg(long, value_name = "VERSION")]
    model: Option<i32>,
}

/// `rapport score backtest`.
#[derive(Args, Debug)]
pub struct BacktestArgs {
    #[command(flatten)]
    which: Which,
    /// At how many instants of the past to look, 1 to 1000.
    #[arg(long, default_value_t = 5, value_parser = parse_cuts)]
    cuts: usize,
    /// Set the model's half-life to the horizon, as the published comparisons do.
    #[arg(long)]
    half_life_is_horizon: bool,
    /// Write the whole result as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a picture of the result as SVG.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// `rapport score attack`.
#[derive(Args, Debug)]
pub struct AttackArgs {
    #[command(flatten)]
    which: Which,
    /// Set the model's half-life to the horizon, as the published comparisons do.
    #[arg(long)]
    half_life_is_horizon: bool,
    /// How many accounts to try at most.
    #[arg(long, default_value_t = 200)]
    most: usize,
}

/// `rapport score calibrate`.
#[derive(Args, Debug)]
pub struct CalibrateArgs {
    #[command(flatten)]
    which: Which,
}

fn parse_cuts(text: &str) -> Result<usize, String> {
    let cuts = text.parse::<usize>().ok().filter(|cuts| (1..=1_000).contains(cuts));
    cuts.ok_or_else(|| "must be a number between 1 and 1000".to_owned())
}

/// What a command works on.
struct Work {
    access: Access,
    version: Arc<Version>,
    record: Arc<Record>,
    horizon_micros: i64,
}

async fn prepare(app: &App, which: &Which) -> anyhow::Result<Work> {
    let access = open(app, &which.community).await?;
    let models = store::models(app.db.read(), access.community_id()).await?;
    let version = match which.model {
        None => models.active(),
        Some(number) => models
            .version(number.into())
            .with_context(|| format!("{} has no version {number} of its model", which.community))?,
    };
    let version = Arc::clone(version);
    let record = Arc::new(service::record(app, access.community_id(), &version.model, None).await?);
    if which.horizon.is_some_and(|days| !(1.0..=3_650.0).contains(&days)) {
        bail!("--horizon must be between 1 and 3650 days");
    }
    let horizon_micros = match which.horizon {
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        Some(days) => (days * DAY_MICROS) as i64,
        None => service::usual_horizon(&record, &version.model),
    };
    Ok(Work {
        access,
        version,
        record,
        horizon_micros,
    })
}

impl Work {
    fn model(&self, half_life_is_horizon: bool) -> ScoringModel {
        let mut model = ScoringModel::clone(&self.version.model);
        if half_life_is_horizon {
            #[expect(clippy::cast_precision_loss, reason = "horizons of centuries fit 53 bits")]
            let days = self.horizon_micros as f64 / DAY_MICROS;
            model.terms.decay.half_life_days = days;
        }
        model
    }
}

/// Runs the backtest.
pub async fn backtest(app: &App, args: BacktestArgs) -> anyhow::Result<()> {
    let work = prepare(app, &args.which).await?;
    let model = work.model(args.half_life_is_horizon);
    let mut without_trust = model.clone();
    without_trust.terms.trust.quorum = u32::MAX;
    let mut methods = vec![
        Method::Model(format!("model {}", work.version.row.version), model.clone()),
        Method::Model("without trust".to_owned(), without_trust),
        Method::Fitted("fitted at each cut".to_owned(), model),
    ];
    methods.extend(service::published());
    let bar = bar(1_000);
    let shown = bar.clone();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a thousand, of 0 to 1"
    )]
    let progress = move |share: f64| {
        shown.set_position((share * 1_000.0) as u64);
        ControlFlow::Continue(())
    };
    let found = service::backtest(Arc::clone(&work.record), args.cuts, work.horizon_micros, methods, progress).await?;
    bar.finish_and_clear();
    let Some(found) = found else { return Ok(()) };
    println!(
        "{}: {} members, {} acts, {} cuts, {:.0} days ahead",
        args.which.community, found.members, found.acts, args.cuts, found.horizon_days
    );
    print!("{}", report::table(&found));
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&found)?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(path) = &args.plot {
        let title = format!("NDCG@50, {} days ahead: {}", found.horizon_days.round(), args.which.community);
        std::fs::write(path, report::plot(&found, &title)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Runs the attack.
pub async fn attack(app: &App, args: AttackArgs) -> anyhow::Result<()> {
    if !(1..=10_000).contains(&args.most) {
        bail!("--most must be between 1 and 10000");
    }
    let work = prepare(app, &args.which).await?;
    let model = work.model(args.half_life_is_horizon);
    let mut without_trust = model.clone();
    without_trust.terms.trust.quorum = u32::MAX;
    let mut defences = vec![
        Defence::Model(format!("model {}", work.version.row.version), Box::new(model)),
        Defence::Model("without trust".to_owned(), Box::new(without_trust.clone())),
    ];
    defences.extend(Baseline::ALL.map(|baseline| Defence::Published(baseline, work.horizon_micros)));
    let bar = bar((defences.len() * Preparation::ALL.len()) as u64);
    let shown = bar.clone();
    let progress = move |done: usize| {
        shown.set_position(done as u64);
        ControlFlow::Continue(())
    };
    let prices = service::attack(Arc::clone(&work.record), without_trust, defences, args.most, progress).await?;
    bar.finish_and_clear();
    println!(
        "accounts that bring a member of the middle among the first twenty of {}",
        args.which.community
    );
    let row = |name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:>8}")).collect();
        println!("{name:<20}{cells}");
    };
    row(
        "method",
        Preparation::ALL.iter().map(|preparation| preparation.name().to_owned()).collect(),
    );
    for (name, prices) in prices.iter().flatten() {
        row(name, prices.iter().map(shown_price).collect());
    }
    Ok(())
}

fn shown_price(price: &Price) -> String {
    price
        .accounts
        .map_or_else(|| format!(">{}", price.tried), |accounts| accounts.to_string())
}

/// Fits the model and drafts it.
pub async fn calibrate(app: &App, args: CalibrateArgs) -> anyhow::Result<()> {
    let work = prepare(app, &args.which).await?;
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let ctx = app.system("calibrate");
    let made = service::calibrate(
        app,
        &ctx,
        &work.access,
        (&work.version, Arc::clone(&work.record)),
        work.horizon_micros,
        (None, None),
    )
    .await?;
    bar.finish_and_clear();
    let [help, breadth, recognition, attention] = made.summary.multipliers;
    println!(
        "drafted version {} from {} windows: help x {help:.2}, breadth x {breadth:.2}, recognition x {recognition:.2}, attention x \
         {attention:.2}, half-life {:.0} days",
        made.version, made.summary.windows, made.summary.half_life_days
    );
    println!(
        "on {} later cuts:",
        made.report.methods.first().map_or(0, |method| method.cuts.len())
    );
    print!("{}", report::table(&made.report));
    Ok(())
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {elapsed} (eta {eta})") {
        bar.set_style(style);
    }
    bar
}
