//! The last entries of one community's log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use entity::CommunityId;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::events::EventType;
use crate::events::log::Entry;

/// So many entries are held at most.
const MOST_ENTRIES: usize = 1024;
/// So much at most, about, in bytes: imports write entries that list thousands of records.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The last entries of a community, and the range that they cover.
pub(super) struct Ring {
    community: CommunityId,
    held: Mutex<Held>,
    /// Up to where it reaches.
    news: watch::Sender<i64>,
    /// How often what people may do has changed.
    access: watch::Sender<u64>,
    filling: OnceLock<AbortHandle>,
}

/// What a ring has for one who follows.
#[derive(Debug)]
pub(super) enum Found {
    /// The next entry.
    Entry(Arc<Entry>),
    /// Nothing yet.
    NotYet,
    /// Nothing any more: the next entry may have left the ring.
    NoMore,
}

impl Ring {
    /// An empty ring that begins after `end`.
    pub(super) fn new(community: CommunityId, end: i64) -> Self {
        Self {
            community,
            held: Mutex::new(Held::new(end)),
            news: watch::Sender::new(end),
            access: watch::Sender::new(0),
            filling: OnceLock::new(),
        }
    }

    /// Whose entries.
    pub(super) const fn community(&self) -> CommunityId {
        self.community
    }

    /// Up to where it reaches.
    pub(super) fn end(&self) -> i64 {
        self.held().end
    }

    /// Adds the entries that follow.
    pub(super) fn add(&self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        // First this: whoever finds what comes after it knows that what they may do has changed.
        if entries.iter().any(concerns_access) {
            self.access.send_modify(|count| *count += 1);
        }
        let end = {
            let mut held = self.held();
            entries.into_iter().for_each(|entry| held.push(entry));
            held.end
        };
        self.news.send_replace(end);
    }

    /// The first entry after a position.
    pub(super) fn after(&self, seq: i64) -> Found {
        self.held().after(seq)
    }

    /// Changes when there are more entries.
    pub(super) fn news(&self) -> watch::Receiver<i64> {
        self.news.subscribe()
    }

    /// Changes when what people may do has changed.
    pub(super) fn access_changes(&self) -> watch::Receiver<u64> {
        self.access.subscribe()
    }

    /// What is to end with the ring.
    pub(super) fn ends(&self, filling: AbortHandle) {
        // There is one for each ring.
        let _is_first = self.filling.set(filling).is_ok();
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        if let Some(filling) = self.filling.get() {
            filling.abort();
        }
    }
}

/// Whether an entry is about what people may do.
#[must_use]
pub fn concerns_access(entry: &Entry) -> bool {
    ["grant.", "api_client.", "community."]
        .iter()
        .any(|kind| entry.event_type.starts_with(kind))
}

/// Whether what was told before of the scores of the member whom an entry is about may not be told any more: it was taken out of the
/// log when this was written.
fn forgets_scores(entry: &Entry) -> bool {
    match entry.known() {
        Some(EventType::MemberOptedOut | EventType::MemberMerged) => true,
        Some(EventType::ScoreChanged) => entry.payload.get("value").is_none_or(Value::is_null),
        _ => false,
    }
}

/// The entries after `start` up to `end`, in their order.
struct Held {
    start: i64,
    end: i64,
    bytes: usize,
    entries: VecDeque<(usize, Arc<Entry>)>,
}

impl Held {
    const fn new(end: i64) -> Self {
        Self {
            start: end,
            end,
            bytes: 0,
            entries: VecDeque::new(),
        }
    }

    fn push(&mut self, entry: Entry) {
        if entry.seq <= self.end {
            return;
        }
        self.end = entry.seq;
        if forgets_scores(&entry) {
            self.forget_scores(entry.subject_id);
        }
        let size = size_of::<Entry>() + weight(&entry.payload);
        self.bytes += size;
        self.entries.push_back((size, Arc::new(entry)));
        while self.entries.len() > MOST_ENTRIES || (self.bytes > MOST_BYTES && self.entries.len() > 1) {
            let Some((size, entry)) = self.entries.pop_front() else { return };
            self.bytes -= size;
            self.start = entry.seq;
        }
    }

    fn forget_scores(&mut self, member: i64) {
        for (_, entry) in &mut self.entries {
            if entry.subject_id == member && entry.known() == Some(EventType::ScoreChanged) {
                *entry = Arc::new(Entry {
                    payload: json!({}),
                    ..(**entry).clone()
                });
            }
        }
    }

    fn after(&self, seq: i64) -> Found {
        if seq < self.start {
            return Found::NoMore;
        }
        let place = self.entries.partition_point(|(_, entry)| entry.seq <= seq);
        self.entries
            .get(place)
            .map_or(Found::NotYet, |(_, entry)| Found::Entry(Arc::clone(entry)))
    }
}

/// About how much memory a value takes beside itself.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| size_of::<Value>() + weight(item)).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| size_of::<(String, Value)>() + name.len() + weight(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use entity::{Timestamp, Visibility};
    use serde_json::json;

    use super::*;

    fn entry(seq: i64, payload: Value) -> Entry {
        Entry {
            community: CommunityId(1),
            seq,
            event_type: if seq == 7 { "grant.set" } else { "case.opened" }.to_owned(),
            subject_type: "case".to_owned(),
            subject_id: 1,
            at: Timestamp::from_micros(0),
            actor: "staff:1".to_owned(),
            visibility: Visibility::Public,
            internal: false,
            payload,
        }
    }

    /// The numbers that one who follows from a position sees, and whether the ring began too late.
    fn seen(held: &Held, mut seq: i64) -> (Vec<i64>, bool) {
        let mut seen = Vec::new();
        loop {
            match held.after(seq) {
                Found::Entry(entry) => {
                    seq = entry.seq;
                    seen.push(seq);
                }
                Found::NotYet => return (seen, false),
                Found::NoMore => return (seen, true),
            }
        }
    }

    #[test]
    fn whoever_follows_sees_each_entry_once_in_order() {
        let mut held = Held::new(10);
        for seq in [12, 12, 13, 11, 20] {
            held.push(entry(seq, json!({})));
        }
        assert_eq!(seen(&held, 10), (vec![12, 13, 20], false));
        assert_eq!(seen(&held, 12), (vec![13, 20], false));
        assert_eq!(seen(&held, 25), (vec![], false), "ahead of what this process knows of");
        assert_eq!(seen(&held, 9), (vec![], true), "what came before the ring is in the log");
    }

    #[test]
    fn the_oldest_leave_and_whoever_needs_them_is_told() {
        let mut held = Held::new(0);
        for seq in 1..=2_000 {
            held.push(entry(seq, json!({})));
        }
        assert_eq!(held.entries.len(), MOST_ENTRIES);
        let (rest, is_late) = seen(&held, held.start);
        assert_eq!((rest.len(), rest.last(), is_late), (MOST_ENTRIES, Some(&2_000), false));
        assert!(seen(&held, held.start - 1).1);
    }

    #[test]
    fn large_entries_make_the_ring_shorter_and_never_empty() {
        let mut held = Held::new(0);
        let large = || json!({ "ids": vec![1_i64; 100_000] });
        for seq in 1..=20 {
            held.push(entry(seq, large()));
            assert!(held.bytes <= MOST_BYTES, "{}", held.bytes);
        }
        assert!((1..=8).contains(&held.entries.len()), "{}", held.entries.len());
        held.push(entry(21, json!({ "ids": vec![1_i64; 1_000_000] })));
        assert_eq!(held.entries.len(), 1);
        assert_eq!(held.bytes, held.entries.iter().map(|(size, _)| size).sum::<usize>());
    }

    #[test]
    fn scores_of_who_opted_out_are_not_told_any_more() {
        let score = |seq, member, value: Value| Entry {
            event_type: EventType::ScoreChanged.as_str().to_owned(),
            subject_type: "member".to_owned(),
            subject_id: member,
            ..entry(seq, json!({ "value": value }))
        };
        let mut held = Held::new(0);
        for told in [score(1, 7, json!(12.5)), score(2, 8, json!(9.0)), score(3, 7, json!(13.5))] {
            held.push(told);
        }
        held.push(Entry {
            event_type: EventType::MemberOptedOut.as_str().to_owned(),
            ..score(4, 7, json!(null))
        });
        let payloads: Vec<&Value> = held.entries.iter().map(|(_, entry)| &entry.payload).collect();
        assert_eq!(payloads[..3], [&json!({}), &json!({ "value": 9.0 }), &json!({})]);
        held.push(score(5, 8, json!(null)));
        assert_eq!(held.entries[1].1.payload, json!({}), "as is the log when a score is gone");
    }

    #[test]
    fn whoever_is_woken_by_a_grant_knows_of_it() {
        let ring = Ring::new(CommunityId(1), 5);
        let (news, mut access) = (ring.news(), ring.access_changes());
        ring.add(vec![entry(6, json!({}))]);
        assert_eq!((*news.borrow(), access.has_changed().unwrap()), (6, false));
        ring.add(vec![entry(7, json!({})), entry(8, json!({}))]);
        assert_eq!((*news.borrow(), access.has_changed().unwrap()), (8, true));
        access.mark_unchanged();
        ring.add(Vec::new());
        assert!(!access.has_changed().unwrap());
    }
}
