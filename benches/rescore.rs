//! How long a rescore of a large community takes, beside a plain pass over the same rows, and how much memory.
//!
//! `cargo bench --bench rescore -- [MEMBERS] [INTERACTIONS] [DATABASE_URL]`; without arguments a hundredth of the full size.
//! The community is made on first use and kept: a second run measures only.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a measurement that fails is meant to stop"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use entity::{CommunityId, Timestamp};
use futures_util::TryStreamExt as _;
use rapport::app::App;
use rapport::clock::Clock;
use rapport::config::Settings;
use rapport::db::query::{self, Sql};
use rapport::db::{Db, Tx};
use rapport::error::Error;
use rapport::features::communities::service::{self as communities, NewCommunity};
use rapport::features::demo::{SYNTHETIC_SOURCE, SyntheticPlan, synthetic_interactions};
use rapport::features::influence::ledger::Ledger;
use rapport::features::influence::model::ScoringModel;
use rapport::features::influence::snapshot::Snapshot;
use rapport::features::influence::store::{self, Scope};
use sea_orm::{ConnectionTrait as _, StreamTrait as _, Value};

/// Rows in one transaction.
const CHUNK: usize = 20_480;

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
    let model = Arc::new(ScoringModel::default());
    let mut ledger = Ledger::new(Arc::clone(&model), now);
    store::read_people(&snapshot, scope.community, |person| {
        ledger.put_person(person);
    })
    .await
    .unwrap();
    store::read_entries(&snapshot, &model, scope, Some(now), |entry| ledger.enter(entry))
        .await
        .unwrap();
    snapshot.rollback().await.unwrap();
    let trust = Arc::new(ledger.trust());
    ledger.rank(&trust, now)
}

/// The synthetic community, made when it is not there yet.
async fn community(config: &rapport::config::Config, db: &Db, members: u64, interactions: u64) -> CommunityId {
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
    let plan = SyntheticPlan {
        seed: 1,
        now: NOW,
        members,
        interactions,
        days: 730,
    };
    let started = Instant::now();
    load(db, access.community_id(), &plan).await;
    println!(
        "{interactions} interactions laid down, {:.0}/s",
        interactions as f64 / started.elapsed().as_secs_f64()
    );
    access.community_id()
}

/// Rows of the product's generator, laid straight into the tables: how fast records are taken in is another question, and this
/// one can be asked ten million times in minutes. Indexes are made at the end.
async fn load(db: &Db, community: CommunityId, plan: &SyntheticPlan) {
    let first = query::reserve_ids(db.read(), "members", 1).await.unwrap()[0];
    let member = |number: u64| first + i64::try_from(number).unwrap();
    let connection = db.for_migrations();
    let created = NOW.as_micros();
    let head = "INSERT INTO members (community_id, id, display_name, search_name, is_staff, is_bot, consent, attributes, created_at, \
                updated_at) VALUES";
    for numbers in (1..=plan.members).collect::<Vec<_>>().chunks(CHUNK) {
        let row = |number: &u64| -> [Value; 10] {
            let name = format!("Member {number}");
            let lower = name.to_lowercase();
            let attributes = Value::from(serde_json::json!({}));
            [
                community.0.into(),
                member(*number).into(),
                name.into(),
                lower.into(),
                false.into(),
                false.into(),
                0_i16.into(),
                attributes,
                created.into(),
                created.into(),
            ]
        };
        let values = numbers.iter().flat_map(row).collect();
        insert(db, head, 10, values).await;
    }
    let indexes = [
        ("by_time", "(community_id, occurred_at, id)"),
        ("by_actor", "(community_id, actor_id, occurred_at, id) WHERE actor_id IS NOT NULL"),
        (
            "by_target",
            "(community_id, target_id, occurred_at, id) WHERE target_id IS NOT NULL",
        ),
    ];
    for (name, _) in indexes {
        connection
            .execute_unprepared(&format!("DROP INDEX interactions_{name}"))
            .await
            .unwrap();
    }
    let head = "INSERT INTO interactions (community_id, kind, actor_id, target_id, visibility, occurred_at, source, external_id, \
                recorded_at) VALUES";
    let mut told = synthetic_interactions(plan);
    loop {
        let rows: Vec<_> = told.by_ref().take(CHUNK).collect();
        if rows.is_empty() {
            break;
        }
        let values = rows.iter().flat_map(|row| -> [Value; 9] {
            [
                community.0.into(),
                (row.kind as i16).into(),
                Value::BigInt(row.actor.map(member)),
                Value::BigInt(row.target.map(member)),
                (row.visibility as i16).into(),
                row.occurred_at.as_micros().into(),
                SYNTHETIC_SOURCE.into(),
                format!("x-{:010}", row.number).into(),
                created.into(),
            ]
        });
        insert(db, head, 9, values.collect()).await;
    }
    for (name, columns) in indexes {
        let sql = format!("CREATE INDEX interactions_{name} ON interactions {columns}");
        connection.execute_unprepared(&sql).await.unwrap();
    }
    db.analyze().await.unwrap();
}

async fn insert(db: &Db, head: &str, width: usize, values: Vec<Value>) {
    let values = &values;
    db.write(|tx: Tx| async move {
        query::insert_rows(&*tx, head, width, values.clone(), "").await?;
        Ok(())
    })
    .await
    .unwrap();
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
