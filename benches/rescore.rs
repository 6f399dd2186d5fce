//! How long a rescore of a large community takes, beside a plain pass over the same rows, and how much memory.
//!
//! `cargo bench --bench rescore -- [MEMBERS] [INTERACTIONS] [DATABASE_URL]`; without arguments a hundredth of the full size.
//! The community is made by the product's own ingest on first use and kept: a second run measures only.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a measurement that fails is meant to stop"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use entity::Timestamp;
use futures_util::TryStreamExt as _;
use rapport::app::App;
use rapport::clock::Clock;
use rapport::config::Settings;
use rapport::db::{Db, query::Sql};
use rapport::error::Error;
use rapport::features::communities::service::{self as communities, NewCommunity};
use rapport::features::demo::{SYNTHETIC_SOURCE, SyntheticPlan, synthetic_interactions};
use rapport::features::import::Importer;
use rapport::features::influence::ledger::Ledger;
use rapport::features::influence::model::ScoringModel;
use rapport::features::influence::snapshot::Snapshot;
use rapport::features::influence::store::{self, Scope};
use rapport::features::ingest::record::Record;
use sea_orm::StreamTrait as _;

/// The end of the synthetic story; scores are asked for as of then.
const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure());
}

async fn measure() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let number = |place: usize, usual: u64| arguments.get(place).map_or(usual, |text| text.parse().unwrap());
    let (members, interactions) = (number(0, 10_000), number(1, 100_000));
    let folder = tempfile::tempdir().unwrap();
    let url = arguments
        .get(2)
        .cloned()
        .unwrap_or_else(|| format!("sqlite:{}", folder.path().join("bench.db").display()));
    let settings = Settings {
        database_url: url,
        auth_secret: Some("0123456789abcdef0123456789abcdef".to_owned()),
        ..Settings::default()
    };
    let config = settings.check().unwrap();
    let db = Db::connect(&config.db).await.unwrap();
    rapport::db::migrate(&db).await.unwrap();
    let scope = Scope {
        community: community(&config, &db, members, interactions).await,
        topic: None,
    };

    watch_memory();
    for round in 1..=2 {
        let started = Instant::now();
        let rows = plain_pass(&db, scope).await;
        let plain = started.elapsed();
        let started = Instant::now();
        let ranking = rescore(&db, scope, NOW.plus_micros(round)).await;
        let rescore = started.elapsed();
        println!(
            "round {round}: plain pass over {rows} rows {:.2} s; rescore of {} members ({} with points) {:.2} s = {:.2} x; peak memory {} MiB",
            plain.as_secs_f64(),
            ranking.population,
            ranking.len(),
            rescore.as_secs_f64(),
            rescore.as_secs_f64() / plain.as_secs_f64(),
            peak_memory_mib()
        );
    }
}

/// What the keeper of scores does for a community that it meets for the first time.
async fn rescore(db: &Db, scope: Scope, now: Timestamp) -> Snapshot {
    let snapshot = db.snapshot().await.unwrap();
    let mut ledger = Ledger::new(ScoringModel::DEFAULT, now);
    store::read_people(&snapshot, scope.community, &mut ledger).await.unwrap();
    store::read_entries(&snapshot, &ScoringModel::DEFAULT, scope, Some(now), &mut ledger)
        .await
        .unwrap();
    snapshot.rollback().await.unwrap();
    ledger.rank(now)
}

/// The synthetic community, made when it is not there yet.
async fn community(config: &rapport::config::Config, db: &Db, members: u64, interactions: u64) -> entity::CommunityId {
    let slug = format!("synthetic-{members}-{interactions}");
    match communities::open(db, &slug).await {
        Ok(access) => return access.community_id(),
        Err(Error::NotFound(_)) => {}
        Err(error) => panic!("{error}"),
    }
    let app = App::start(config.clone(), Clock::default(), db.clone()).unwrap();
    let ctx = app.system("bench");
    let access = communities::create(
        db,
        &ctx,
        &NewCommunity {
            slug,
            name: "Synthetic".to_owned(),
            timezone: "UTC".to_owned(),
        },
    )
    .await
    .unwrap();
    let mut importer = Importer::new(&app, &ctx, &access);
    let plan = SyntheticPlan {
        seed: 1,
        now: NOW,
        members,
        interactions,
        days: 730,
    };
    let started = Instant::now();
    for (count, interaction) in (1_u64..).zip(synthetic_interactions(&plan)) {
        importer
            .take(Record::Interaction(interaction.to_record(SYNTHETIC_SOURCE)), None)
            .await
            .unwrap();
        if count.is_multiple_of(1_000_000) {
            eprintln!(
                "{count} interactions stored, {:.0}/s",
                count as f64 / started.elapsed().as_secs_f64()
            );
        }
    }
    importer.finish().await.unwrap();
    println!(
        "{interactions} interactions stored, {:.0}/s",
        interactions as f64 / started.elapsed().as_secs_f64()
    );
    access.community_id()
}

async fn plain_pass(db: &Db, scope: Scope) -> u64 {
    let sql = Sql::new(
        db.backend(),
        "SELECT kind, actor_id, target_id, occurred_at FROM interactions WHERE community_id = ",
    )
    .value(scope.community.0);
    let mut rows = db.read().stream_raw(sql.build()).await.unwrap();
    let (mut count, mut sum) = (0, 0_i64);
    while let Some(row) = rows.try_next().await.unwrap() {
        let (kind, actor, target, at): (i16, Option<i64>, Option<i64>, i64) = (
            row.try_get_by_index(0).unwrap(),
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
            row.try_get_by_index(3).unwrap(),
        );
        sum = sum.wrapping_add(i64::from(kind) ^ actor.unwrap_or(0) ^ target.unwrap_or(0) ^ at);
        count += 1;
    }
    std::hint::black_box(sum);
    count
}

/// The most memory of its own that this process has had so far, in MiB (Linux). Pages of the database file that are mapped into
/// it are the system's cache and not counted.
fn peak_memory_mib() -> u64 {
    PEAK.load(Ordering::Relaxed) / 1024
}

static PEAK: AtomicU64 = AtomicU64::new(0);

fn watch_memory() {
    std::thread::spawn(|| {
        loop {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or("0 kB");
            let kib = line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0);
            PEAK.fetch_max(kib, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}
