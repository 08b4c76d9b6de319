//! Time and randomness of the runtime.

use edgewise_domain::ports::{Clock, Entropy};

#[derive(Debug, Clone, Copy, Default)]
pub struct WorkerClock;

impl Clock for WorkerClock {
    fn now_ms(&self) -> u64 {
        // Whole and positive: milliseconds since 1970 as the runtime has them.
        js_sys::Date::now() as u64
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct WorkerEntropy;

impl Entropy for WorkerEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Fails only where the runtime has no `crypto`; ids then collide and inserts are refused, nothing leaks.
        let _ = getrandom02::getrandom(bytes);
    }
}
