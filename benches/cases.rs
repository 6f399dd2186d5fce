//! Cases at scale: how long it takes to announce what is due among many open cases, and how fast a page of the queue is read
//! beside one statement written by hand for exactly that page.
//!
//! `cargo bench --bench cases -- [CASES] [DUE] [DATABASE_URL]`; without arguments a hundredth of a million.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a measurement that fails is meant to stop"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::Variables;
use entity::{CaseEventKind, CaseId, CaseStatus, MemberId, Metric, Severity, StaffId, Timestamp, Visibility, case};
use rapport::app::App;
use rapport::clock::Clock;
use rapport::config::Settings;
use rapport::context::{Access, Actor, OpContext};
use rapport::db::query::{Sql, reserve_ids};
use rapport::db::{Db, Tx};
use rapport::features::cases::clocks::facts::History;
use rapport::features::cases::clocks::replay::replay;
use rapport::features::cases::ledger::{self, NewCase};
use rapport::features::cases::timeline::{self, NewEntry};
use rapport::features::cases::{announce, store, summary};
use rapport::features::communities::service::{self as communities, NewCommunity};
use rapport::features::expectations;
use rapport::features::ingest::record::MemberRecord;
use rapport::features::ingest::{self, Announce, MemberOutcome};
use rapport::graphql::{GraphqlRequest, Outcome};
use sea_orm::{ConnectionTrait as _, DbBackend};

const MEMBERS: usize = 10_000;
const BATCH: usize = 1_000;
const SECOND: i64 = 1_000_000;
const CONNECTIONS: usize = 8;

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure());
}

async fn measure() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let number = |place: usize, usual: usize| arguments.get(place).map_or(usual, |text| text.parse().unwrap());
    let (cases, due) = (number(0, 10_000), number(1, 1_000));
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
    let app = App::start(config, Clock::default(), db).unwrap();
    let now = app.clock.now();
    let access = community(&app, cases, due, now).await;
    announcing(&app, now, cases, due).await;
    reading(&app, &access).await;
}

/// The community with its open cases, made when it is not there yet. The first `due` of them are broken a minute from `now`,
/// the others in a year and later.
async fn community(app: &App, cases: usize, due: usize, now: Timestamp) -> Access {
    let slug = format!("cases-{cases}-{}", now.as_micros());
    let ctx = app.system("bench");
    let new = NewCommunity {
        slug,
        name: "Cases".to_owned(),
        timezone: "UTC".to_owned(),
    };
    let access = communities::create(&app.db, &ctx, &new).await.unwrap();
    let members = members(app, &ctx, &access).await;
    let urgent = promise(app, &ctx, &access, "First response", Severity::Critical, 60 * SECOND, now).await;
    let slow = promise(app, &ctx, &access, "Resolution", Severity::Low, 365 * 86_400 * SECOND, now).await;
    let started = Instant::now();
    for first in (0..cases).step_by(BATCH) {
        let count = BATCH.min(cases - first);
        let (members, ctx, access) = (&members, &ctx, &access);
        app.db
            .write(|tx: Tx| async move {
                let ids = reserve_ids(&*tx, "cases", count).await?;
                let number = store::next_numbers(&tx, access.community_id(), count).await?;
                let mut new = Vec::with_capacity(count);
                for (place, id) in ids.into_iter().enumerate() {
                    let index = first + place;
                    let promise = if index < due { urgent } else { slow };
                    let severity = if index < due { Severity::Critical } else { Severity::Low };
                    let opened = if index < due {
                        now
                    } else {
                        now.plus_micros(-(index as i64) * SECOND / 100)
                    };
                    let mut row = row(
                        access,
                        CaseId(id),
                        number + place as i64,
                        members[index % members.len()],
                        severity,
                        opened,
                        now,
                    );
                    let entries = vec![
                        NewEntry::shown(&row, CaseEventKind::Opened, opened),
                        NewEntry::promises(&row, opened, &[(promise, None)]),
                    ];
                    let facts = timeline::facts_of(&entries);
                    let promises = expectations::service::promises_by_id(&*tx, access.community_id(), &[(promise, None)]).await?;
                    let clocks = replay(
                        &History {
                            facts: &facts,
                            promises: &promises,
                        },
                        now,
                    );
                    summary::summarize(&mut row, &facts);
                    row.queue_due_at = summary::queue_due_at(&clocks);
                    new.push(NewCase { row, entries, clocks });
                }
                ledger::insert(&tx, ctx, new).await?;
                Ok(())
            })
            .await
            .unwrap();
    }
    app.db.analyze().await.unwrap();
    println!(
        "{cases} open cases written, {:.0}/s",
        cases as f64 / started.elapsed().as_secs_f64()
    );
    access
}

async fn members(app: &App, ctx: &OpContext, access: &Access) -> Vec<MemberId> {
    let mut ids = Vec::with_capacity(MEMBERS);
    for first in (0..MEMBERS).step_by(BATCH) {
        let records: Vec<MemberRecord> = (first..first + BATCH)
            .map(|index| MemberRecord {
                source: "bench".to_owned(),
                external_id: index.to_string(),
                display_name: Some(format!("Member {index}")),
                ..MemberRecord::default()
            })
            .collect();
        let records = &records;
        let outcomes = app
            .db
            .write(|tx: Tx| async move { ingest::members::take(&tx, ctx, access.community_id(), records, Announce::Bulk).await })
            .await
            .unwrap();
        ids.extend(outcomes.into_iter().map(|outcome| match outcome {
            MemberOutcome::Created(id) => id,
            other => panic!("{other:?}"),
        }));
    }
    ids
}

async fn promise(
    app: &App,
    ctx: &OpContext,
    access: &Access,
    name: &str,
    severity: Severity,
    target: i64,
    now: Timestamp,
) -> entity::ExpectationId {
    let changes = expectations::terms::Changes {
        name: Some(name.to_owned()),
        public_text: Some(name.to_owned()),
        metric: Some(if severity == Severity::Critical {
            Metric::FirstResponse
        } else {
            Metric::TotalResolution
        }),
        target: Some(target),
        severities: Some(vec![severity]),
        ..expectations::terms::Changes::default()
    };
    let id = expectations::lifecycle::draft(app, ctx, access, None, &changes, None)
        .await
        .unwrap();
    expectations::lifecycle::publish(app, ctx, access, id, Some(now.plus_micros(-400 * 86_400 * SECOND)), None)
        .await
        .unwrap();
    id
}

fn row(
    access: &Access,
    id: CaseId,
    number: i64,
    member: MemberId,
    severity: Severity,
    opened_at: Timestamp,
    now: Timestamp,
) -> case::Model {
    case::Model {
        community_id: access.community_id(),
        id,
        number,
        member_id: member,
        origin_interaction_id: None,
        source: None,
        external_id: None,
        thread: None,
        subject: format!("Something is wrong, number {number}"),
        search_subject: format!("something is wrong, number {number}"),
        category: None,
        severity,
        channel: None,
        visibility: Visibility::Public,
        assignee_id: None,
        status: CaseStatus::New,
        opened_at,
        first_response_at: None,
        waiting_since: None,
        resolved_at: None,
        first_resolved_at: None,
        closed_at: None,
        reopen_count: 0,
        parent_id: None,
        merged_into: None,
        influence_at_open: None,
        sentiment: None,
        queue_due_at: summary::NEVER,
        backdated: false,
        version: 1,
        recorded_at: now,
        updated_at: now,
    }
}

async fn announcing(app: &App, now: Timestamp, cases: usize, due: usize) {
    let started = Instant::now();
    let early = announce::run_once(app, now.plus_micros(30 * SECOND)).await.unwrap();
    let nothing = started.elapsed();
    let started = Instant::now();
    let announced = announce::run_once(app, now.plus_micros(61 * SECOND)).await.unwrap();
    println!(
        "among {cases} open cases: looking for what is due {:.2} ms (found {early}); announcing {announced} of {due} breaches {:.0} ms",
        nothing.as_secs_f64() * 1e3,
        started.elapsed().as_secs_f64() * 1e3
    );
}

const PAGE: &str = "query Queue($slug: String!) { community(slug: $slug) { caseQueue(first: 20) { nodes { number subject severity status \
                    nextDueAt member { displayName } clocks { metric state dueAt expectation { name } } apologies { status sentAt } \
                    followUps { status dueAt } } } } }";

/// The same page as one statement, the way somebody would write it by hand for this screen alone. The cross join keeps SQLite
/// from starting with the members.
fn by_hand(backend: DbBackend, community: i64) -> Sql {
    let (object, array, empty) = if backend == DbBackend::Postgres {
        ("json_build_object", "json_agg", "'[]'::json")
    } else {
        ("json_object", "json_group_array", "'[]'")
    };
    let list = |what: &str, from: &str| format!("(SELECT COALESCE({array}({object}({what})), {empty}) FROM {from})");
    let clocks = list(
        "'metric', k.metric, 'state', k.state, 'dueAt', k.due_at, 'expectation', e.name",
        "clocks k JOIN expectations e ON e.community_id = k.community_id AND e.id = k.expectation_id \
         WHERE k.community_id = c.community_id AND k.case_id = c.id",
    );
    let apologies = list(
        "'status', a.status, 'sentAt', a.sent_at",
        "apologies a WHERE a.community_id = c.community_id AND a.case_id = c.id",
    );
    let follow_ups = list(
        "'status', f.status, 'dueAt', f.due_at",
        "follow_ups f WHERE f.community_id = c.community_id AND f.case_id = c.id",
    );
    Sql::new(
        backend,
        &format!(
            "SELECT CAST({array}({object}('number', number, 'subject', subject, 'severity', severity, 'status', status, 'nextDueAt', due, \
             'member', display_name, 'clocks', clocks, 'apologies', apologies, 'followUps', follow_ups)) AS TEXT) FROM (SELECT c.number, \
             c.subject, c.severity, c.status, c.queue_due_at AS due, m.display_name, {clocks} AS clocks, {apologies} AS apologies, \
             {follow_ups} AS follow_ups FROM cases c CROSS JOIN members m WHERE m.community_id = c.community_id \
             AND m.id = c.member_id AND c.community_id = "
        ),
    )
    .value(community)
    .text(" AND c.status <= 4 ORDER BY c.queue_due_at, c.severity, c.opened_at, c.id LIMIT 20) page")
}

async fn reading(app: &App, access: &Access) {
    let ctx = OpContext {
        actor: Actor::Staff {
            id: StaffId(0),
            email: Arc::from("bench"),
            name: Arc::from("bench"),
            access: Arc::from([access.clone()]),
        },
        ..app.system("bench")
    };
    let slug = access.community.slug.clone();
    let request = move || GraphqlRequest {
        query: PAGE.to_owned(),
        operation_name: None,
        variables: Variables::from_json(serde_json::json!({ "slug": slug })),
        extensions: serde_json::Map::new(),
        allow_mutation: false,
    };
    let before = app.db.statements();
    let Outcome::Executed(response) = app.engine.execute(app, ctx.clone(), None, request()).await else {
        panic!("refused")
    };
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    println!("statements for a page of the queue: {}", app.db.statements() - before);
    for round in 1..=2 {
        let ours = {
            let (app, ctx, request) = (app.clone(), ctx.clone(), request.clone());
            per_second(move || {
                let (app, ctx, request) = (app.clone(), ctx.clone(), request());
                async move {
                    let Outcome::Executed(response) = app.engine.execute(&app, ctx, None, request).await else {
                        panic!("refused")
                    };
                    serde_json::to_vec(&response).unwrap().len()
                }
            })
            .await
        };
        let (db, community) = (app.db.clone(), access.community_id().0);
        let hand = per_second(move || {
            let db = db.clone();
            async move {
                let statement = by_hand(db.backend(), community).build();
                let row = db.read().query_one_raw(statement).await.unwrap().unwrap();
                row.try_get_by_index::<String>(0).unwrap().len()
            }
        })
        .await;
        println!(
            "round {round}: {ours:.0} pages/s; one statement by hand {hand:.0}/s; {:.2} of it",
            ours / hand
        );
    }
}

/// How often a second a read can be done by a few callers at once.
async fn per_second<F, W>(read: F) -> f64
where
    F: Fn() -> W + Clone + Send + 'static,
    W: Future<Output = usize> + Send + 'static,
{
    let started = Instant::now();
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let read = read.clone();
            tokio::spawn(async move {
                let mut count = 0_u64;
                while started.elapsed() < Duration::from_secs(5) {
                    std::hint::black_box(read().await);
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for caller in callers {
        count += caller.await.unwrap();
    }
    count as f64 / started.elapsed().as_secs_f64()
}
