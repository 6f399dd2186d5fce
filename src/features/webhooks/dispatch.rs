//! Making deliveries: each endpoint is told of what comes after its place in the log, and its place moves in the same transaction.
//!
//! So no event is lost on the way and none is delivered twice, by however many processes: the row of the endpoint is locked, and
//! whoever finds it locked passes it over. An endpoint that takes nothing does not fill the table: its place waits in the log.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use entity::{CommunityId, Timestamp};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::message;
use super::outbound::Webhooks;
use super::service::endpoints::pause_in;
use super::store::{self, Known, Told};
use crate::app::App;
use crate::context::OpContext;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::events::log;
use crate::features::communities::service as communities;

/// How often the logs are looked at when nobody wakes.
const EVERY: Duration = Duration::from_secs(1);
/// Deliveries made in one transaction at most.
const BATCH: u64 = 500;
/// Batches of one endpoint in a row, before the others get their turn.
const BATCHES: usize = 20;
/// Deliveries of one endpoint that are not over, at most; more wait in the log.
const MOST_WAITING: u64 = 2_000;

/// Why an endpoint is paused whose place in the log is gone.
const LOST: &str = "changes that were to be sent were deleted by the retention of the change log before they could be; read everything \
                    anew, then resume";

/// Makes deliveries until the process stops.
pub async fn run(app: App) {
    let mut ears = Ears::default();
    while !app.stopping.has_begun() {
        if let Err(error) = pass(&app, &mut ears).await {
            // The database may be away for a while: nothing is lost, the log waits.
            tracing::warn!(%error, "webhooks have to wait");
        }
        tokio::select! {
            () = app.webhooks.dispatch_woken() => {}
            _goes_on = app.stopping.rest(EVERY) => {}
        }
    }
}

async fn pass(app: &App, ears: &mut Ears) -> Result<()> {
    let endpoints = store::active_endpoints(app.db.read()).await?;
    // First the ears, then the log: so nothing falls between.
    ears.listen(app, &endpoints);
    tell_all(app, endpoints, app.clock.now()).await?;
    Ok(())
}

/// Makes deliveries of everything that is in the logs by now; how many that were.
///
/// # Errors
/// When the database fails.
pub async fn run_once(app: &App, now: Timestamp) -> Result<usize> {
    tell_all(app, store::active_endpoints(app.db.read()).await?, now).await
}

async fn tell_all(app: &App, endpoints: Vec<Told>, now: Timestamp) -> Result<usize> {
    let (mut made, mut ends, mut failed) = (0, HashMap::new(), None);
    for told in endpoints {
        let end = match ends.get(&told.community) {
            Some(end) => *end,
            None => log::end(app.db.read(), told.community).await?,
        };
        ends.insert(told.community, end);
        if told.read_to >= end {
            continue;
        }
        match tell(app, told, now).await {
            Ok(count) => made += count,
            // What is wrong with one endpoint must not keep the others waiting.
            Err(error) => failed = Some(error),
        }
        if made > 0 {
            app.webhooks.wake_deliver();
        }
    }
    failed.map_or(Ok(made), Err)
}

/// Tells one endpoint of what comes next.
async fn tell(app: &App, told: Told, now: Timestamp) -> Result<usize> {
    let community = communities::by_id(&app.db, told.community).await?;
    let (ctx, slug) = (
        &OpContext {
            now,
            ..app.system("webhooks")
        },
        community.slug.as_str(),
    );
    let mut made = 0;
    for _batch in 0..BATCHES {
        let step = app.db.write(|tx: Tx| async move { step(&tx, ctx, told, slug).await }).await?;
        made += step.made;
        if !step.has_more {
            break;
        }
    }
    Ok(made)
}

/// What one transaction did.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    made: usize,
    has_more: bool,
}

async fn step(tx: &Tx, ctx: &OpContext, told: Told, slug: &str) -> Result<Step> {
    let key = (told.community, told.endpoint);
    let Some(endpoint) = store::take_endpoint(tx, key.0, key.1).await? else {
        return Ok(Step::default());
    };
    let waiting = store::count_waiting(&**tx, key.0, key.1, MOST_WAITING).await?;
    let room = MOST_WAITING.saturating_sub(waiting).min(BATCH);
    if room == 0 {
        return Ok(Step::default());
    }
    let page = match log::read(&**tx, &message::reading(&endpoint), endpoint.read_to, room).await {
        Err(Error::CursorExpired) => {
            pause_in(tx, ctx, endpoint, LOST).await?;
            return Ok(Step::default());
        }
        page => page?,
    };
    let (new, end, has_more) = message::of_page(&endpoint, &page, slug);
    let made = new.len();
    store::insert_deliveries(tx, key, new, Known::Keep, ctx.now).await?;
    store::set_read_to(tx, key.0, key.1, end).await?;
    Ok(Step { made, has_more })
}

/// Listens to the logs of the communities that have endpoints.
#[derive(Default)]
struct Ears {
    tasks: JoinSet<()>,
    communities: HashMap<CommunityId, AbortHandle>,
}

impl Ears {
    fn listen(&mut self, app: &App, endpoints: &[Told]) {
        let Self { tasks, communities } = self;
        let wanted: HashSet<CommunityId> = endpoints.iter().map(|told| told.community).collect();
        communities.retain(|community, task| {
            let is_wanted = wanted.contains(community);
            if !is_wanted {
                task.abort();
            }
            is_wanted
        });
        for community in wanted {
            communities
                .entry(community)
                .or_insert_with(|| tasks.spawn(hear(app.live.subscribe(community), app.webhooks.clone())));
        }
        // Those that ended are forgotten.
        while tasks.try_join_next().is_some() {}
    }
}

async fn hear(mut log: watch::Receiver<i64>, webhooks: Webhooks) {
    while log.changed().await.is_ok() {
        webhooks.wake_dispatch();
    }
}
