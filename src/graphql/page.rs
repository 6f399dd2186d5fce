//! Pages: the one place for their limits, and cursors that say of which list and order they are.

use async_graphql::connection::{Connection, CursorType, Edge, EmptyFields};
use async_graphql::{ObjectType, OutputType};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Largest page.
pub const MAX_PAGE: i32 = 100;
/// Page when nothing is asked.
pub const DEFAULT_PAGE: i32 = 20;

/// A place in a list, opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

impl CursorType for Cursor {
    type Error = std::convert::Infallible;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Ok(Self(text.to_owned()))
    }

    fn encode_cursor(&self) -> String {
        self.0.clone()
    }
}

/// A number as a cursor keeps it: to the last bit, which JSON numbers do not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub struct Exact(pub f64);

impl From<u64> for Exact {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Exact> for u64 {
    fn from(number: Exact) -> Self {
        number.0.to_bits()
    }
}

#[derive(Serialize, Deserialize)]
struct Content<K> {
    list: String,
    key: K,
}

impl Cursor {
    /// The cursor of a key in a list; `list` names the list and its order.
    #[must_use]
    pub fn new<K: Serialize>(list: &str, key: K) -> Self {
        let content = serde_json::to_vec(&Content {
            list: list.to_owned(),
            key,
        })
        .unwrap_or_default();
        Self(BASE64_URL_SAFE_NO_PAD.encode(content))
    }

    fn read<K: DeserializeOwned>(text: &str, list: &str, field: &str) -> Result<K> {
        let content = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Content<K>>(&bytes).ok());
        content
            .filter(|content| content.list == list)
            .map(|content| content.key)
            .ok_or_else(|| Error::bad_input(field, "is not a cursor of this list and order"))
    }
}

/// The paging arguments of a field.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    /// This many from the start, or after `after`.
    pub first: Option<i32>,
    /// Only what comes after this cursor.
    pub after: Option<String>,
    /// This many from the end, or before `before`.
    pub last: Option<i32>,
    /// Only what comes before this cursor.
    pub before: Option<String>,
}

/// A page that was asked for, checked.
#[derive(Clone, Debug)]
pub struct Page<K> {
    /// How many.
    pub size: usize,
    /// From the end backwards.
    pub backwards: bool,
    /// After this key.
    pub after: Option<K>,
    /// Before this key.
    pub before: Option<K>,
}

impl PageArgs {
    /// Checks the arguments for a list.
    ///
    /// # Errors
    /// [`Error::BadInput`] naming the argument.
    pub fn check<K: DeserializeOwned>(&self, list: &str) -> Result<Page<K>> {
        if self.first.is_some() && self.last.is_some() {
            return Err(Error::bad_input("last", "cannot be used together with first"));
        }
        let (field, size) = match (self.first, self.last) {
            (_, Some(last)) => ("last", last),
            (first, None) => ("first", first.unwrap_or(DEFAULT_PAGE)),
        };
        if !(1..=MAX_PAGE).contains(&size) {
            return Err(Error::bad_input(field, format!("must be between 1 and {MAX_PAGE}")));
        }
        Ok(Page {
            size: usize::try_from(size).unwrap_or_default(),
            backwards: self.last.is_some(),
            after: self.after.as_deref().map(|text| Cursor::read(text, list, "after")).transpose()?,
            before: self.before.as_deref().map(|text| Cursor::read(text, list, "before")).transpose()?,
        })
    }
}

/// What a list gives: at most one item more than the page, so that the page knows whether there is another.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// There are items before.
    pub has_previous: bool,
    /// There are items after.
    pub has_next: bool,
}

impl<K> Page<K> {
    /// Makes a slice of rows fetched in reading direction with one more than the page size.
    #[must_use]
    pub fn slice<T>(&self, mut rows: Vec<T>) -> Slice<T> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        if self.backwards {
            rows.reverse();
            return Slice {
                items: rows,
                has_previous: more,
                has_next: self.before.is_some(),
            };
        }
        Slice {
            items: rows,
            has_previous: self.after.is_some(),
            has_next: more,
        }
    }

    /// The page of a list that is at hand whole, whose bounds were applied already.
    #[must_use]
    pub fn slice_of<T: Clone>(&self, all: &[T]) -> Slice<T> {
        let take = self.size + 1;
        if self.backwards {
            self.slice(all.iter().rev().take(take).cloned().collect())
        } else {
            self.slice(all.iter().take(take).cloned().collect())
        }
    }
}

impl<T> Slice<T> {
    /// The connection, with nothing more on the connection or its edges.
    pub fn connect<N: OutputType>(self, list: &str, to_edge: impl Fn(T) -> (serde_json::Value, N)) -> Connection<Cursor, N> {
        self.connect_with(list, EmptyFields, to_edge)
    }

    /// The connection, with more fields on it.
    pub fn connect_with<N: OutputType, F: ObjectType>(
        self,
        list: &str,
        fields: F,
        to_edge: impl Fn(T) -> (serde_json::Value, N),
    ) -> Connection<Cursor, N, F> {
        let mut connection = Connection::with_additional_fields(self.has_previous, self.has_next, fields);
        connection.edges.extend(self.items.into_iter().map(|item| {
            let (key, node) = to_edge(item);
            Edge::new(Cursor::new(list, key), node)
        }));
        connection
    }
}
