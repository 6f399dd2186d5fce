//! Operations that may go on: a subscription answers once for each event, for as long as its caller may follow.
//!
//! For each event the selection is executed anew, with what the caller may do now and the present instant. What they may do is
//! looked at again as soon as the log says that it may have changed, and once a minute anyway.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError, Value};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::engine::{Engine, GraphqlRequest, Outcome, Prepared};
use super::errors::{finish, refusal, to_server_error};
use super::subscription::{Happened, Heard, Slot, Source, Turn};
use crate::app::App;
use crate::context::{Access, OpContext};
use crate::error::{Code, Error, Result};
use crate::events::log::Entry;

/// What a caller may do is looked at again after so many milliseconds: not everybody's at once.
const LOOK_AGAIN: RangeInclusive<u64> = 50_000..=60_000;
/// And once soon after the start: it may have changed while the stream was begun.
const FIRST_LOOK: RangeInclusive<u64> = 1_000..=3_000;
/// How often something is tried again while the database is away, and the first and the longest wait before that.
const TRIES: u32 = 15;
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// An operation under way.
pub enum Running {
    /// It was answered once, and that was all.
    Once(Box<Outcome>),
    /// Answers follow.
    Stream(Answers),
}

/// The answers of a subscription.
pub type Answers = BoxStream<'static, Answer>;

/// An answer of a subscription.
#[derive(Debug)]
pub enum Answer {
    /// One event.
    Next(Box<Response>),
    /// The stream broke off, and ends.
    Failed(Vec<ServerError>),
}

impl Engine {
    /// Begins an operation of any kind. `authorization` is what the caller was identified by; whoever follows is identified by it
    /// again and again.
    pub async fn run(&self, app: &App, ctx: OpContext, authorization: Option<&str>, request: &GraphqlRequest) -> Running {
        let prepared = match self.prepare(request, &ctx.request_id) {
            Ok(prepared) => prepared,
            Err(errors) => return refused(errors),
        };
        if prepared.kind != OperationType::Subscription {
            let outcome = Box::pin(self.answer(app, (ctx, authorization), request, &prepared)).await;
            return Running::Once(Box::new(outcome));
        }
        match Box::pin(Following::start(app, ctx, authorization, prepared)).await {
            Ok(following) => Running::Stream(following.answers()),
            Err(errors) => refused(errors),
        }
    }

    /// Resolves the field of a subscription once. Nothing comes back when it has nothing to answer in this turn.
    async fn turn(&self, app: &App, ctx: OpContext, prepared: &Prepared, turn: Turn) -> Option<Response> {
        let request_id = Arc::clone(&ctx.request_id);
        let mut answers = self.schema.execute_stream(prepared.execution(app, ctx).data(turn));
        let mut response = answers.next().await?;
        finish(&mut response, &request_id);
        Some(response)
    }
}

fn refused(errors: Vec<ServerError>) -> Running {
    Running::Once(Box::new(Outcome::Refused(Response::from_errors(errors))))
}

/// A subscription that is followed.
struct Following {
    app: App,
    authorization: Option<String>,
    prepared: Prepared,
    source: Source,
    /// Who follows and what they may do, as of when it was last looked at.
    op: OpContext,
    access: Access,
    access_changes: watch::Receiver<u64>,
    /// Up to here in the log, everything counted when the caller was looked at.
    looked_to: i64,
    look_again: Instant,
}

/// Why a stream ends before its time.
type Broken = Vec<ServerError>;

impl Following {
    async fn start(app: &App, op: OpContext, authorization: Option<&str>, prepared: Prepared) -> Result<Box<Self>, Broken> {
        let slot = Slot::default();
        let refused = app.engine.turn(app, op.clone(), &prepared, Turn::Start(slot.clone())).await;
        if let Some(response) = refused {
            return Err(response.errors);
        }
        let source = slot.take().ok_or_else(|| {
            let message = "a subscription selects one field, not in a fragment and without @skip or @include";
            vec![refusal(Code::ValidationFailed, message, None, &op.request_id)]
        })?;
        let access = op
            .community(source.slug())
            .map_err(|error| vec![to_server_error(&error, &op.request_id)])?
            .clone();
        Ok(Box::new(Self {
            app: app.clone(),
            authorization: authorization.map(ToOwned::to_owned),
            prepared,
            access_changes: source.follower().access_changes(),
            source,
            op,
            access,
            looked_to: 0,
            look_again: within(FIRST_LOOK),
        }))
    }

    fn answers(self: Box<Self>) -> Answers {
        let step = |following: Option<Box<Self>>| async move {
            let mut following = following?;
            let next = Box::pin(following.next()).await;
            match next {
                Ok((response, is_last)) => Some((Answer::Next(Box::new(response?)), (!is_last).then_some(following))),
                Err(errors) => Some((Answer::Failed(errors), None)),
            }
        };
        stream::unfold(Some(self), step).boxed()
    }

    /// The answer to the next event, and whether it is the last one. Without an answer it is over.
    async fn next(&mut self) -> Result<(Option<Response>, bool), Broken> {
        loop {
            let entries = self.listen().await?;
            let happened = Arc::new(Happened::new(entries));
            let response = self.tell(&happened).await?;
            if response.is_some() || happened.is_last() {
                return Ok((response, happened.is_last()));
            }
        }
    }

    /// Waits for what the subscription listens to. What the caller may do is looked at first, whenever that is due.
    async fn listen(&mut self) -> Result<Vec<Arc<Entry>>, Broken> {
        let mut patience = Patience::default();
        loop {
            let heard = tokio::select! {
                biased;
                _changed = self.access_changes.changed() => None,
                () = tokio::time::sleep_until(self.look_again) => None,
                heard = self.source.next(&self.access) => Some(heard),
            };
            let error = match heard {
                None => {
                    self.look().await?;
                    continue;
                }
                // The signal that comes first may have been missed by a moment.
                Some(Ok(Heard::AccessChanged(place))) => {
                    if place > self.looked_to {
                        self.look().await?;
                    }
                    continue;
                }
                Some(Ok(Heard::Entries(entries))) => return Ok(entries),
                Some(Err(error)) => error,
            };
            if !is_passing(error.code()) || !patience.wait().await {
                return Err(self.broken(&error));
            }
        }
    }

    /// Looks again at who follows and what they may do.
    async fn look(&mut self) -> Result<(), Broken> {
        self.look_again = within(LOOK_AGAIN);
        let known = self.source.follower().known_to();
        let mut patience = Patience::default();
        loop {
            let error = match self.identify().await {
                Ok(()) => {
                    self.looked_to = known;
                    return Ok(());
                }
                Err(error) => error,
            };
            if !is_passing(error.code()) {
                tracing::debug!(request_id = &*self.op.request_id, %error, "a subscription may not go on");
                let message = "this may not be followed any more: what the caller may do has changed";
                return Err(self.broken(&Error::Forbidden(message.to_owned())));
            }
            if !patience.wait().await {
                return Err(self.broken(&error));
            }
        }
    }

    async fn identify(&mut self) -> Result<()> {
        let op = Box::pin(self.app.identify(self.authorization.as_deref(), &self.op.request_id)).await?;
        let access = op.community(self.source.slug())?.clone();
        let refused = self.app.engine.turn(&self.app, op.clone(), &self.prepared, Turn::Check).await;
        if refused.is_some() {
            return Err(Error::Forbidden("the field is out of reach".to_owned()));
        }
        (self.op, self.access) = (op, access);
        Ok(())
    }

    /// Executes the selection for an event.
    async fn tell(&mut self, happened: &Arc<Happened>) -> Result<Option<Response>, Broken> {
        let mut patience = Patience::default();
        loop {
            let op = OpContext {
                now: self.app.clock.now(),
                ..self.op.clone()
            };
            let turn = Turn::Event(Arc::clone(happened));
            let Some(response) = self.app.engine.turn(&self.app, op, &self.prepared, turn).await else {
                return Ok(None);
            };
            let is_away = response.errors.iter().any(is_unavailable);
            if is_away && patience.wait().await {
                continue;
            }
            // The field itself failed: what it would have told is not known, and must not be passed over.
            if response.data == Value::Null && response.errors.iter().all(|error| error.path.len() <= 1) {
                return Err(response.errors);
            }
            return Ok(Some(response));
        }
    }

    fn broken(&self, error: &Error) -> Broken {
        vec![to_server_error(error, &self.op.request_id)]
    }
}

/// An instant within such a time.
fn within(milliseconds: RangeInclusive<u64>) -> Instant {
    Instant::now() + Duration::from_millis(rand::random_range(milliseconds))
}

/// Whether it may pass: the database is busy or away for a while.
const fn is_passing(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::Internal)
}

fn is_unavailable(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    code == Some(&Value::from(Code::Unavailable.as_str()))
}

/// Tries again for about a minute.
#[derive(Default)]
struct Patience {
    tries: u32,
}

impl Patience {
    /// Waits before another try; false when there were enough.
    async fn wait(&mut self) -> bool {
        if self.tries >= TRIES {
            return false;
        }
        let (first, longest) = WAITS;
        tokio::time::sleep(first.saturating_mul(1 << self.tries).min(longest)).await;
        self.tries += 1;
        true
    }
}
