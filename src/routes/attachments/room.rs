//! How many uploads may hold memory at a time.

use std::sync::{Arc, Mutex};

/// Each holds a part of 5 MiB twice, of the 128 MB that all requests of an isolate share.
const MAX_UPLOADS: usize = 6;
/// The runtime may drop a request without a word: its place is free after this long.
const LEASE_MS: u64 = 120_000;

/// The uploads of an isolate that are under way, by when they began.
#[derive(Debug, Clone, Default)]
pub struct Uploads(Arc<Mutex<Vec<u64>>>);

/// A place among them, for as long as it is held.
#[derive(Debug)]
pub struct Place {
    uploads: Uploads,
    begun_ms: u64,
}

impl Uploads {
    /// `None`: all places are taken.
    pub fn enter(&self, now_ms: u64) -> Option<Place> {
        let mut begun = self.0.lock().ok()?;
        begun.retain(|begun_ms| now_ms < begun_ms + LEASE_MS);
        if begun.len() >= MAX_UPLOADS {
            return None;
        }
        begun.push(now_ms);
        Some(Place { uploads: self.clone(), begun_ms: now_ms })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut begun) = self.uploads.0.lock()
            && let Some(at) = begun.iter().position(|begun_ms| *begun_ms == self.begun_ms)
        {
            begun.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_few_and_come_back() {
        let uploads = Uploads::default();
        let mut held: Vec<_> = (0..MAX_UPLOADS).map(|_| uploads.enter(1).unwrap()).collect();
        assert!(uploads.enter(2).is_none());
        held.pop();
        held.push(uploads.enter(3).unwrap());
        assert!(uploads.enter(4).is_none());
        assert!(uploads.enter(3 + LEASE_MS).is_some(), "what nobody gave back is free again");
    }
}
