//! Who gave whom how much for what: one row for each pair and signal, in order of beneficiary and giver. Pure.
//!
//! What comes in is collected and merged in gulps, so that reading a whole community costs a few sorts and no look-ups, and
//! ranking reads the rows in order. Addition is of whole numbers: the order of arrival leaves no trace.

use entity::{InteractionKind, Timestamp};

use super::decay::Decayed;
use super::formula::Bond;
use super::model::{Signal, counts_against, credit_of, is_answer, is_asked_for};

/// Nobody in particular, as a giver.
pub const NOBODY: u32 = (1 << 31) - 1;

/// Rows that are collected before they are merged, at least.
const GULP: usize = 1 << 16;

/// What one giver gave one beneficiary for one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    /// Beneficiary, giver and what it is for, in this order.
    key: u64,
    amount: Decayed,
    /// How many pieces; of help, how many that were asked for.
    count: u32,
    /// When the first two pieces were given, in seconds since 1970; `u32::MAX` where there is none.
    first: u32,
    second: u32,
    /// When the giver first did something for the beneficiary themselves, as far as this row knows.
    answered: u32,
}

/// What it is for, in the order of keys.
const HELP: u64 = 0;
const PRAISE: u64 = 1;
const ATTENTION: u64 = 2;
const BLAME: u64 = 3;

impl Row {
    fn merge(&mut self, other: &Self) {
        self.amount += other.amount;
        self.count = self.count.saturating_add(other.count);
        let mut times = [self.first, self.second, other.first, other.second];
        times.sort_unstable();
        [self.first, self.second, ..] = times;
        self.answered = self.answered.min(other.answered);
    }

    fn beneficiary(&self) -> u32 {
        u32::try_from(self.key >> 33).unwrap_or(NOBODY)
    }

    fn giver(&self) -> u32 {
        u32::try_from(self.key >> 2 & u64::from(NOBODY)).unwrap_or(NOBODY)
    }

    /// The key of help in the other direction.
    fn mirrored(&self) -> u64 {
        key(self.giver(), self.beneficiary(), HELP)
    }
}

fn key(beneficiary: u32, giver: u32, signal: u64) -> u64 {
    u64::from(beneficiary) << 33 | u64::from(giver) << 2 | signal
}

/// Since when one giver has given credit; instants in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The first credit.
    pub first: u32,
    /// The first whole one: help, thanks, or a second smaller thing; `u32::MAX` when never.
    pub whole: u32,
}

/// What one giver gave one beneficiary.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Who received it, by place.
    pub beneficiary: u32,
    /// Who gave it, by place; [`NOBODY`] in particular.
    pub giver: u32,
    /// How much.
    pub bond: Bond,
    /// How many thanks.
    pub thanks: u32,
    /// Since when, for credit that speaks for the beneficiary; `None` where there is only blame.
    pub since: Option<Since>,
    /// When the giver first did something for the beneficiary themselves, in seconds since 1970; `u32::MAX` when never. Accepting,
    /// thanking and commenting are that, and helping in turn.
    pub answered: u32,
    /// Whether any of the help was asked for.
    pub asked: bool,
}

/// By the key of help in the other direction: since when, in seconds.
type Helped = Vec<(u64, u32)>;

/// The rows of a community.
#[derive(Debug, Default)]
pub struct Sheet {
    rows: Vec<Row>,
    fresh: Vec<Row>,
    /// Whether some rows do not know yet what answered them.
    is_stale: bool,
}

impl Sheet {
    /// Adds what an interaction is worth. `beneficiary` and `giver` are places below 2³¹ − 1.
    pub fn add(&mut self, kind: InteractionKind, beneficiary: u32, giver: Option<u32>, amount: Decayed, at: Timestamp) {
        let signal = match credit_of(kind) {
            Some((Signal::Help, _)) => HELP,
            Some((Signal::Recognition, _)) if counts_against(kind) => BLAME,
            Some((Signal::Recognition, _)) => PRAISE,
            Some((Signal::Attention, _)) => ATTENTION,
            // Newcomers are counted when ranking: see the ledger.
            Some((Signal::Advocacy, _)) | None => return,
        };
        let giver = giver.unwrap_or(NOBODY);
        self.fresh.push(Row {
            key: key(beneficiary, giver, signal),
            amount,
            count: u32::from(signal != HELP || is_asked_for(kind)),
            first: seconds(at),
            second: u32::MAX,
            answered: if is_answer(kind) { seconds(at) } else { u32::MAX },
        });
        if self.fresh.len() >= GULP.max(self.rows.len() / 4) {
            // What answers what is looked at once, when reading is over.
            self.is_stale = true;
            self.merge();
        }
    }

    /// Merges what was collected, and sees what was answered by it. Whether anything was.
    pub fn settle(&mut self) -> bool {
        if self.fresh.is_empty() && !self.is_stale {
            return false;
        }
        if self.is_stale {
            self.merge();
            self.is_stale = false;
            let mut helped = helped(&self.rows);
            helped.sort_unstable();
            self.answer_known(&helped);
        } else {
            let (mut helped, mut new) = self.merge();
            new.sort_unstable();
            self.answer_new(&new);
            helped.sort_unstable();
            self.answer_known(&helped);
        }
        true
    }

    /// Merges what was collected. Returns, unless all is to be looked at anyway, the help in it and the rows that are new, each by the
    /// key of help in the other direction.
    fn merge(&mut self) -> (Helped, Vec<(u64, u64)>) {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable_by_key(|row| row.key);
        fresh.dedup_by(|next, row| {
            let same = next.key == row.key;
            if same {
                row.merge(next);
            }
            same
        });
        let helped = if self.is_stale { Vec::new() } else { helped(&fresh) };
        // What is there already is added to in place; only what is new moves rows.
        fresh.retain(|row| match self.rows.binary_search_by_key(&row.key, |known| known.key) {
            Ok(place) => {
                if let Some(known) = self.rows.get_mut(place) {
                    known.merge(row);
                }
                false
            }
            Err(_) => true,
        });
        let of_somebody = |row: &&Row| !self.is_stale && row.giver() != NOBODY;
        let new = fresh.iter().filter(of_somebody).map(|row| (row.mirrored(), row.key)).collect();
        if !fresh.is_empty() {
            // Two sorted runs: the sort finds and merges them.
            self.rows.append(&mut fresh);
            self.rows.sort_by_key(|row| row.key);
        }
        (helped, new)
    }

    /// Help of now answers help in the other direction of before: all rows of that pair learn of it.
    fn answer_known(&mut self, helped: &[(u64, u32)]) {
        let mut from = 0;
        for (mirrored, at) in helped {
            from = seek(&self.rows, from, *mirrored);
            let pair = self.rows.get_mut(from..).unwrap_or_default().iter_mut();
            for row in pair.take_while(|row| row.key >> 2 == mirrored >> 2) {
                row.answered = row.answered.min(*at);
            }
        }
    }

    /// Rows of now may have been answered by help in the other direction before.
    fn answer_new(&mut self, new: &[(u64, u64)]) {
        let mut from = 0;
        let mut found: Vec<(u64, u32)> = Vec::new();
        for (mirrored, own) in new {
            from = seek(&self.rows, from, *mirrored);
            let help = self.rows.get(from).filter(|row| row.key == *mirrored);
            found.extend(help.map(|row| (*own, row.first)));
        }
        found.sort_unstable();
        from = 0;
        for (own, at) in found {
            from = seek(&self.rows, from, own);
            if let Some(row) = self.rows.get_mut(from) {
                row.answered = row.answered.min(at);
            }
        }
    }

    /// The pairs, by beneficiary and giver; of what was settled.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> + '_ {
        self.rows.chunk_by(|a, b| a.key >> 2 == b.key >> 2).filter_map(pair)
    }
}

/// Help of somebody known, by the key of help in the other direction, and since when.
fn helped(rows: &[Row]) -> Helped {
    let is_help = |row: &&Row| row.key & 3 == HELP && row.giver() != NOBODY;
    rows.iter().filter(is_help).map(|row| (row.mirrored(), row.first)).collect()
}

/// The first row from a place on whose key is not below; leaps ahead, so that going through sorted keys costs little.
fn seek(rows: &[Row], from: usize, key: u64) -> usize {
    let mut leap = 1;
    while rows.get(from + leap).is_some_and(|row| row.key < key) {
        leap *= 2;
    }
    let start = from + leap / 2;
    let end = (from + leap + 1).min(rows.len());
    start + rows.get(start..end).unwrap_or_default().partition_point(|row| row.key < key)
}

fn pair(rows: &[Row]) -> Option<Pair> {
    let head = rows.first()?;
    let mut bond = Bond::default();
    let (mut first, mut whole, mut thanks) = (u32::MAX, u32::MAX, 0);
    let (mut answered, mut asked) = (u32::MAX, false);
    for row in rows {
        answered = answered.min(row.answered);
        match row.key & 3 {
            HELP => {
                bond.help = row.amount;
                asked = row.count > 0;
                whole = whole.min(row.first);
            }
            PRAISE => {
                bond.praise = row.amount;
                whole = whole.min(row.first);
                thanks = row.count;
            }
            ATTENTION => {
                bond.attention = row.amount;
                whole = whole.min(row.second);
            }
            _ => {
                bond.blame = -row.amount;
                continue;
            }
        }
        first = first.min(row.first);
    }
    Some(Pair {
        beneficiary: head.beneficiary(),
        giver: head.giver(),
        bond,
        thanks,
        since: (first < u32::MAX).then_some(Since { first, whole }),
        answered,
        asked,
    })
}

/// Whole seconds since 1970, within what 32 bits hold.
fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_micros().div_euclid(1_000_000).max(0)).unwrap_or(u32::MAX - 1)
}
