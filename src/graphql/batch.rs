//! Batching: keys asked for by sibling fields are looked up together, one statement per level of a query.
//!
//! A timer would cost milliseconds on every level. Here the first to ask waits until a turn of the executor brought no more
//! keys, which is when all siblings have been polled, and then loads for everybody.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Error, Result};

struct Waiting<K, V> {
    keys: Vec<K>,
    answers: Vec<oneshot::Sender<Result<Option<V>, String>>>,
}

/// Collects keys until nobody adds any, then loads them at once.
pub struct Batcher<K, V> {
    waiting: Mutex<Option<Waiting<K, V>>>,
}

impl<K, V> Default for Batcher<K, V> {
    fn default() -> Self {
        Self { waiting: Mutex::new(None) }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Batcher<K, V> {
    /// What `load` finds for a key, together with the keys that siblings ask for now.
    ///
    /// # Errors
    /// What `load` returns; all who asked together get the same.
    pub async fn load<F, W>(&self, key: K, load: F) -> Result<Option<V>>
    where
        F: FnOnce(Vec<K>) -> W,
        W: Future<Output = Result<HashMap<K, V>>>,
    {
        let (answer, result) = oneshot::channel();
        let leads = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let leads = waiting.is_none();
            let batch = waiting.get_or_insert_with(|| Waiting {
                keys: Vec::new(),
                answers: Vec::new(),
            });
            batch.keys.push(key);
            batch.answers.push(answer);
            leads
        };
        if leads {
            self.settle().await;
            self.answer(load).await;
        }
        let gone = |_gone| Error::internal("a batch was abandoned");
        result.await.map_err(gone)?.map_err(Error::Internal)
    }

    async fn settle(&self) {
        let size = || {
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.as_ref().map_or(0, |batch| batch.keys.len())
        };
        loop {
            let before = size();
            tokio::task::yield_now().await;
            if size() == before {
                return;
            }
        }
    }

    async fn answer<F, W>(&self, load: F)
    where
        F: FnOnce(Vec<K>) -> W,
        W: Future<Output = Result<HashMap<K, V>>>,
    {
        let Some(batch) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        let mut keys = batch.keys.clone();
        let mut seen = std::collections::HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        let loaded = load(keys).await;
        for (key, answer) in batch.keys.iter().zip(batch.answers) {
            let value = match &loaded {
                Ok(found) => Ok(found.get(key).cloned()),
                Err(error) => Err(error.to_string()),
            };
            // Whoever asked may have gone.
            let _gone = answer.send(value);
        }
    }
}
