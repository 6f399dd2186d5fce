//! The operations under way on one connection, each a task of its own, and what each of them tells.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    panic::AssertUnwindSafe,
    rc::Rc,
};

use actix_web::web;
use async_graphql::{Response, ServerError};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::{sync::mpsc, task::AbortHandle};

use super::{connection::Out, message};
use crate::{
    app::App,
    error::Error,
    graphql::{Answer, GraphqlRequest, Outcome, Running, errors::to_server_error},
    http::request_id::RequestId,
};

/// An operation that a client asks for.
pub(super) struct Call {
    pub(super) app: web::Data<App>,
    /// By which the log speaks of the connection.
    pub(super) id: RequestId,
    pub(super) authorization: Option<String>,
    /// By which both sides speak of the operation.
    pub(super) operation: String,
    pub(super) request: GraphqlRequest,
    pub(super) outbox: mpsc::Sender<Out>,
}

/// The operations under way.
#[derive(Default)]
pub(super) struct Underway {
    table: Table,
    begun: u64,
}

type Table = Rc<RefCell<Entries>>;

/// What is under way.
#[derive(Default)]
struct Entries {
    /// By the id of each operation.
    by_id: HashMap<String, Entry>,
    /// How many go on although nobody wants to hear of them any more. They count: otherwise one client could begin any number.
    unheard: usize,
}

impl Entries {
    /// Takes one out that nobody wants to hear of any more.
    fn give_up(&mut self, id: &str) -> Option<Entry> {
        let entry = self.by_id.remove(id)?;
        self.unheard += usize::from(entry.stream.is_none());
        Some(entry)
    }

    /// Takes one out that is over.
    fn finish(&mut self, id: &str, number: u64) {
        if self.by_id.get(id).is_some_and(|entry| entry.number == number) {
            self.by_id.remove(id);
        } else {
            self.unheard = self.unheard.saturating_sub(1);
        }
    }
}

/// An operation in the table.
struct Entry {
    /// Tells it from a later one that has the same id.
    number: u64,
    /// Whether nobody wants to hear of it any more.
    is_muted: Rc<Cell<bool>>,
    /// How a stream is stopped. What is answered once goes on: a mutation finishes, with all that follows its commit.
    stream: Option<AbortHandle>,
}

impl Entry {
    fn stop(self) {
        self.is_muted.set(true);
        if let Some(stream) = self.stream {
            stream.abort();
        }
    }
}

impl Underway {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        let entries = self.table.borrow();
        entries.by_id.len() + entries.unheard
    }

    /// Whether one with this id is under way.
    pub(super) fn has(&self, id: &str) -> bool {
        self.table.borrow().by_id.contains_key(id)
    }

    /// Begins one.
    pub(super) fn begin(&mut self, call: Call) {
        self.begun += 1;
        let (number, id) = (self.begun, call.operation.clone());
        let is_stream = call.app.engine.is_subscription(&call.request);
        let is_muted = Rc::new(Cell::new(false));
        let work = perform(call, Rc::clone(&self.table), number, Rc::clone(&is_muted));
        let task = actix_web::rt::spawn(work).abort_handle();
        let entry = Entry {
            number,
            is_muted,
            stream: is_stream.then_some(task),
        };
        self.table.borrow_mut().by_id.insert(id, entry);
    }

    /// Ends one, because the client does not want to hear of it any more.
    pub(super) fn end(&mut self, id: &str) {
        let entry = self.table.borrow_mut().give_up(id);
        if let Some(entry) = entry {
            entry.stop();
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        let entries = std::mem::take(&mut self.table.borrow_mut().by_id);
        entries.into_values().for_each(Entry::stop);
    }
}

/// Performs an operation and tells what came of it.
async fn perform(call: Call, table: Table, number: u64, is_muted: Rc<Cell<bool>>) {
    // As over HTTP: a bug in one resolver ends this operation and nothing else.
    let end = AssertUnwindSafe(tell(&call, &is_muted)).catch_unwind().await;
    let end = end.unwrap_or_else(|_panic| Err(vec![to_server_error(&Error::internal("the execution panicked"), call.id.as_str())]));
    // It is over before the client hears so, and its id may be used again.
    table.borrow_mut().finish(&call.operation, number);
    if !is_muted.get() {
        let last = match end {
            Ok(()) => message::complete(&call.operation),
            Err(errors) => message::error(&call.operation, &errors),
        };
        let _is_gone = call.outbox.send(Out::Text(last)).await.is_err();
    }
}

/// Tells the results of an operation.
///
/// # Errors
/// What it failed with. Nothing is told after that.
async fn tell(call: &Call, is_muted: &Cell<bool>) -> Result<(), Vec<ServerError>> {
    let authorization = call.authorization.as_deref();
    let identified = call.app.identify(authorization, call.id.as_str()).await;
    let context = identified.map_err(|error| vec![to_server_error(&error, call.id.as_str())])?;
    let running = Box::pin(call.app.engine.run(&call.app, context, authorization, &call.request)).await;
    let mut answers = match running {
        Running::Once(outcome) => match *outcome {
            Outcome::Executed(response) => {
                say(call, is_muted, &response).await;
                return Ok(());
            }
            Outcome::Refused(response) | Outcome::MutationOverGet(response) => return Err(response.errors),
        },
        Running::Stream(answers) => answers,
    };
    while let Some(answer) = answers.next().await {
        match answer {
            Answer::Next(response) => say(call, is_muted, &response).await,
            Answer::Failed(errors) => return Err(errors),
        }
    }
    Ok(())
}

async fn say(call: &Call, is_muted: &Cell<bool>, response: &Response) {
    if !is_muted.get() {
        let text = message::next(&call.operation, response);
        let _is_gone = call.outbox.send(Out::Text(text)).await.is_err();
    }
}
