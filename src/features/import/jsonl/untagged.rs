//! Reads the object of a record past its `type`, straight from the text and wherever the `type` stands.
//!
//! Serde's own tagged enums keep all fields in memory first, which takes longer and loses the path to a wrong one.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, IgnoredAny, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The field that says what a record is.
pub(super) const TYPE: &str = "type";

/// What an export says of members and interactions beside the fields of records: ids and times of the system that wrote it.
const OF_EXPORTS: [&str; 6] = ["id", "createdAt", "updatedAt", "recordedAt", "actorId", "targetId"];

/// A record without its `type`, read in one go from the object that has it. With `EXPORTED` it may be a line of an export.
pub(super) struct Untagged<T, const EXPORTED: bool>(pub T);

impl<'de, T: Deserialize<'de>, const EXPORTED: bool> Deserialize<'de> for Untagged<T, EXPORTED> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor::<T, EXPORTED>(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T, const EXPORTED: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const EXPORTED: bool> Visitor<'de> for ObjectVisitor<T, EXPORTED> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(WithoutType::<A, EXPORTED>(map)))
    }
}

struct WithoutType<A, const EXPORTED: bool>(A);

#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, A: MapAccess<'de>, const EXPORTED: bool> MapAccess<'de> for WithoutType<A, EXPORTED> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(Key(key)) = self.0.next_key()? {
            if key != TYPE && !(EXPORTED && OF_EXPORTS.contains(&key.as_ref())) {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            self.0.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}
