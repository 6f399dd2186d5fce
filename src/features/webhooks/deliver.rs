//! Delivering: what is due is taken up, sent outside any transaction, and what came of it is written down.
//!
//! Whoever takes a delivery up says so in its row, for a limited time. A process that is killed sends nothing any more, and after
//! that time another one takes up what it had; so a webhook may arrive twice, under the same id. Within what is about one record,
//! the next is not due before the one before it is over.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{CommunityId, Timestamp, WebhookEndpointId, WebhookEndpointStatus, webhook_delivery, webhook_endpoint};
use tokio::task::{Id, JoinError, JoinSet};

use super::outbound::Outgoing;
use super::store::{self, Claimant, Due};
use super::{endpoint, message, outcome, signature};
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::events::EventType;
use crate::events::log;
use crate::features::communities::service as communities;

/// How often it is looked for what is due when nobody wakes.
const EVERY: Duration = Duration::from_secs(1);
/// Attempts of one process at one endpoint at the same time, at most.
const MOST_EACH: usize = 4;

/// An endpoint whose last attempt took so long is slow.
const SLOW: Duration = Duration::from_secs(3);
/// When taking up took so long, because the database was slow, what was taken up is left alone: somebody else may take it up before
/// its attempt would be over.
const LATE: Duration = Duration::from_secs(20);

/// How often what is long over is deleted.
const CLEAN_EVERY: Duration = Duration::from_secs(600);
/// How long deliveries are kept when they are over, in microseconds.
const KEPT: i64 = 30 * 86_400 * 1_000_000;
/// So many are deleted in one transaction.
const CLEANED_AT_ONCE: i64 = 1_000;

type Key = (CommunityId, WebhookEndpointId);

/// A delivery that this process took up, and the endpoint as it was then.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The endpoint.
    pub endpoint: Arc<webhook_endpoint::Model>,
    /// The delivery.
    pub delivery: webhook_delivery::Model,
}

/// Delivers until the process stops; what is being sent then is finished.
pub async fn run(app: App) {
    let (mut at_work, mut cleaned) = (AtWork::default(), None::<Instant>);
    while !app.stopping.has_begun() {
        if let Err(error) = at_work.take_up(&app, app.clock.now()).await {
            // The database may be away for a while: nothing is lost, it is tried again.
            tracing::warn!(%error, "deliveries of webhooks have to wait");
        }
        if cleaned.is_none_or(|at| at.elapsed() >= CLEAN_EVERY) {
            cleaned = Some(Instant::now());
            clean(&app, app.clock.now()).await;
        }
        tokio::select! {
            _any = at_work.next(), if !at_work.tasks.is_empty() => {}
            () = app.webhooks.deliver_woken() => {}
            _goes_on = app.stopping.rest(EVERY) => {}
        }
    }
    while at_work.next().await {}
}

/// Delivers everything that is due at an instant, and what becomes due by that; how many attempts that took.
///
/// # Errors
/// When the database fails.
pub async fn run_once(app: &App, now: Timestamp) -> Result<usize> {
    let (mut at_work, mut attempts) = (AtWork::default(), 0);
    loop {
        attempts += at_work.take_up(app, now).await?;
        if !at_work.next().await {
            return Ok(attempts);
        }
    }
}

/// The attempts that this process is making.
#[derive(Default)]
struct AtWork {
    tasks: JoinSet<()>,
    /// At which endpoint, and since when.
    attempts: HashMap<Id, (Key, Instant)>,
    /// Endpoints that were slow last. They get half of the room together: many that stall keep nobody else waiting.
    slow: HashSet<Key>,
    /// When it was whose turn.
    turns: HashMap<Key, u64>,
    turn: u64,
}

impl AtWork {
    /// Takes up what is due, as far as there is room; how many deliveries that were.
    async fn take_up(&mut self, app: &App, now: Timestamp) -> Result<usize> {
        let begun = Instant::now();
        let free = app.webhooks.concurrency().saturating_sub(self.tasks.len());
        if free == 0 {
            return Ok(0);
        }
        let wanted = self.choose(store::endpoints_due(app.db.read(), now).await?, free);
        if wanted.is_empty() {
            return Ok(0);
        }
        self.take_turns(&wanted);
        let taken = claim(app, &wanted, now).await?;
        if begun.elapsed() >= LATE {
            tracing::warn!("the database is slow: deliveries of webhooks that were taken up have to wait");
            return Ok(0);
        }
        let count = taken.len();
        for taken in taken {
            let key = (taken.endpoint.community_id, taken.endpoint.id);
            let task = self.tasks.spawn(attempt(app.clone(), taken, now));
            self.attempts.insert(task.id(), (key, Instant::now()));
        }
        Ok(count)
    }

    /// From which endpoints to take up how many. Whoever has the least under way comes first, then whose last turn is longest ago,
    /// then who waits longest, so that endpoints that are slow or have a lot to get keep no other waiting.
    fn choose(&self, due: Vec<Due>, free: usize) -> Vec<(Key, usize)> {
        let mut due: Vec<(usize, Due)> = due
            .into_iter()
            .map(|due| (self.under_way((due.community, due.endpoint)), due))
            .filter(|(under_way, _)| *under_way < MOST_EACH)
            .collect();
        due.sort_by_key(|(under_way, due)| (*under_way, self.turns.get(&(due.community, due.endpoint)), due.since));
        let share = free.checked_div(due.len()).unwrap_or(free).max(1);
        let (mut left, mut left_for_slow) = (free, self.left_for_slow(free));
        let mut chosen = Vec::new();
        for (under_way, due) in due {
            let key = (due.community, due.endpoint);
            let is_slow = self.slow.contains(&key);
            let room = if is_slow { left.min(left_for_slow) } else { left };
            let most = share.min(MOST_EACH - under_way).min(room);
            if most == 0 {
                continue;
            }
            left -= most;
            if is_slow {
                left_for_slow -= most;
            }
            chosen.push((key, most));
        }
        chosen
    }

    /// How many more attempts there may be at endpoints that were slow.
    fn left_for_slow(&self, free: usize) -> usize {
        let room = (free + self.tasks.len()).div_ceil(2);
        let taken = self.attempts.values().filter(|(key, _)| self.slow.contains(key)).count();
        room.saturating_sub(taken)
    }

    fn take_turns(&mut self, chosen: &[(Key, usize)]) {
        for (key, _) in chosen {
            self.turn += 1;
            self.turns.insert(*key, self.turn);
        }
    }

    fn under_way(&self, key: Key) -> usize {
        self.attempts.values().filter(|(at, _)| *at == key).count()
    }

    /// Waits until an attempt is over; `false` when there is none.
    async fn next(&mut self) -> bool {
        let Some(over) = self.tasks.join_next_with_id().await else {
            return false;
        };
        self.forget(&over);
        while let Some(over) = self.tasks.try_join_next_with_id() {
            self.forget(&over);
        }
        true
    }

    fn forget(&mut self, over: &Result<(Id, ()), JoinError>) {
        let id = match over {
            Ok((id, ())) => *id,
            Err(error) => {
                // Its claim comes back.
                tracing::error!(%error, "an attempt to deliver a webhook broke off");
                error.id()
            }
        };
        let Some((key, begun)) = self.attempts.remove(&id) else { return };
        if begun.elapsed() >= SLOW {
            self.slow.insert(key);
        } else {
            self.slow.remove(&key);
        }
    }
}

async fn claim(app: &App, wanted: &[(Key, usize)], now: Timestamp) -> Result<Vec<Taken>> {
    let claimant = Claimant {
        process: &app.process,
        now,
        until: now.plus_micros(app.webhooks.claim_micros()),
    };
    app.db
        .write(|tx: Tx| async move {
            let mut taken = Vec::new();
            for (key, most) in wanted {
                let found = store::endpoint(&*tx, key.0, key.1).await?;
                let Some(endpoint) = found.filter(|row| row.status == WebhookEndpointStatus::Active) else {
                    continue;
                };
                let endpoint = Arc::new(endpoint);
                let claimed = store::claim(&tx, *key, claimant, *most).await?;
                taken.extend(claimed.into_iter().map(|delivery| Taken {
                    endpoint: Arc::clone(&endpoint),
                    delivery,
                }));
            }
            Ok(taken)
        })
        .await
}

async fn attempt(app: App, taken: Taken, now: Timestamp) {
    if let Err(error) = deliver(&app, &taken, now).await {
        // Where it is not known what came of it, the claim comes back and it is sent again.
        let Taken { endpoint, delivery } = &taken;
        tracing::warn!(endpoint = %endpoint.id, delivery = %delivery.id, %error, "a delivery has to be taken up again");
    }
}

async fn deliver(app: &App, taken: &Taken, now: Timestamp) -> Result<()> {
    let Taken { endpoint, delivery } = taken;
    // Since the delivery was made, the endpoint may have lost what allowed it.
    if !message::may_be_told(endpoint, delivery) {
        return outcome::give_up(app, delivery, now).await;
    }
    let Some(body) = body(app, taken).await? else {
        return outcome::give_up(app, delivery, now).await;
    };
    let secrets = endpoint::secrets(endpoint, now);
    let outgoing = Outgoing {
        url: endpoint.url.clone(),
        message_id: delivery.message_id.clone(),
        timestamp: signature::seconds(now),
        signature: signature::signatures(&secrets, &delivery.message_id, now, &body)?,
        body,
    };
    let answer = app.webhooks.send(outgoing).await;
    outcome::record(app, delivery, &answer, now).await
}

/// What is sent. Where it had to be forgotten, it is made anew of what is left in the log; `None` when nothing is.
async fn body(app: &App, Taken { endpoint, delivery }: &Taken) -> Result<Option<String>> {
    let kept = || (!delivery.body.is_empty()).then(|| message::body_for(endpoint, delivery));
    // Of a score the log knows best: it forgets those of members who opt out, also while this was on its way.
    if !delivery.body.is_empty() && delivery.event_type != EventType::ScoreChanged.as_str() {
        return Ok(kept());
    }
    let (community, seq) = (delivery.community_id, delivery.seq.unwrap_or(0));
    let found = log::read_all(app.db.read(), community, seq - 1, 1).await?.pop();
    let Some(entry) = found.filter(|entry| entry.seq == seq) else {
        return Ok(kept());
    };
    let slug = communities::by_id(&app.db, community).await?.slug;
    Ok(Some(message::of_event(endpoint, &entry, &slug).body))
}

/// Deletes what is long over.
async fn clean(app: &App, now: Timestamp) {
    loop {
        let deleted = app
            .db
            .write(|tx: Tx| async move { store::delete_finished(&tx, now.plus_micros(-KEPT), CLEANED_AT_ONCE).await })
            .await;
        match deleted {
            Ok(count) if i64::try_from(count).is_ok_and(|count| count >= CLEANED_AT_ONCE) => {}
            Ok(_fewer) => return,
            Err(error) => {
                tracing::warn!(%error, "old deliveries of webhooks could not be deleted");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(endpoint: i64, since: i64) -> Due {
        Due {
            community: CommunityId(1),
            endpoint: WebhookEndpointId(endpoint),
            since: Timestamp::from_micros(since),
        }
    }

    fn key(endpoint: i64) -> Key {
        (CommunityId(1), WebhookEndpointId(endpoint))
    }

    fn chosen(at_work: &AtWork, due: Vec<Due>, free: usize) -> Vec<(i64, usize)> {
        let chosen = at_work.choose(due, free).into_iter();
        chosen.map(|((_, endpoint), most)| (endpoint.0, most)).collect()
    }

    #[tokio::test]
    async fn a_busy_endpoint_leaves_room_for_others() {
        let mut at_work = AtWork::default();
        assert_eq!(
            chosen(&at_work, vec![due(1, 5)], 16),
            [(1, MOST_EACH)],
            "one endpoint gets so much at most"
        );
        assert_eq!(
            chosen(&at_work, vec![due(1, 5), due(2, 4)], 4),
            [(2, 2), (1, 2)],
            "who waits longer comes first"
        );
        for _attempt in 0..3 {
            let task = at_work.tasks.spawn(std::future::pending());
            at_work.attempts.insert(task.id(), (key(1), Instant::now()));
        }
        assert_eq!(
            chosen(&at_work, vec![due(1, 1), due(2, 9)], 8),
            [(2, 4), (1, 1)],
            "who has least comes first"
        );
        assert_eq!(chosen(&at_work, vec![due(1, 1), due(2, 9), due(3, 8)], 2), [(3, 1), (2, 1)]);
        let task = at_work.tasks.spawn(std::future::pending());
        at_work.attempts.insert(task.id(), (key(1), Instant::now()));
        assert!(chosen(&at_work, vec![due(1, 1)], 8).is_empty(), "it has all it may have");
        assert!(chosen(&at_work, Vec::new(), 8).is_empty());
    }

    #[test]
    fn it_is_everybodys_turn_whoever_has_waited_longest() {
        let mut at_work = AtWork::default();
        let all = || vec![due(1, 1), due(2, 2), due(3, 3)];
        for expected in [[(1, 1), (2, 1)], [(3, 1), (1, 1)], [(2, 1), (3, 1)]] {
            let wanted = at_work.choose(all(), 2);
            assert_eq!(chosen(&at_work, all(), 2), expected);
            at_work.take_turns(&wanted);
        }
    }

    #[test]
    fn endpoints_that_stall_leave_half_of_the_room_to_others() {
        let mut at_work = AtWork::default();
        at_work.slow.extend([key(1), key(2), key(3), key(4)]);
        let stalling = [due(1, 1), due(2, 2), due(3, 3), due(4, 4)];
        assert_eq!(chosen(&at_work, stalling.to_vec(), 4), [(1, 1), (2, 1)]);
        let with_another = stalling.into_iter().chain([due(5, 5)]).collect();
        assert_eq!(chosen(&at_work, with_another, 4), [(1, 1), (2, 1), (5, 1)]);
        assert_eq!(chosen(&at_work, vec![due(1, 1)], 1), [(1, 1)], "nobody is left out");
    }
}
