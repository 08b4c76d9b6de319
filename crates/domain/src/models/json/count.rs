//! A count as vendors write it: negative, fractional, huge or quoted, and clamped to what we store.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

#[derive(Clone, Copy)]
pub(in crate::models) struct Count(pub u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counts)
    }
}

struct Counts;

impl Visitor<'_> for Counts {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Count, E> {
        Ok(Count(u32::try_from(count).unwrap_or(u32::MAX)))
    }

    // Whatever does not fit and is not too large is below zero.
    fn visit_i64<E: Error>(self, count: i64) -> Result<Count, E> {
        self.visit_u64(u64::try_from(count).unwrap_or(0))
    }

    // A cast from a float saturates, and makes 0 of what is not a number.
    fn visit_f64<E: Error>(self, count: f64) -> Result<Count, E> {
        Ok(Count(count as u32))
    }

    fn visit_str<E: Error>(self, count: &str) -> Result<Count, E> {
        self.visit_f64(count.trim().parse().unwrap_or(0.0))
    }
}
