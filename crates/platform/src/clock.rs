//! Time and randomness of the runtime.

use std::cell::RefCell;

use edgewise_domain::ports::{Clock, Entropy};

use crate::zones;

#[derive(Debug, Clone, Copy, Default)]
pub struct WorkerClock;

impl Clock for WorkerClock {
    fn now_ms(&self) -> u64 {
        // Whole and positive: milliseconds since 1970 as the runtime has them.
        js_sys::Date::now() as u64
    }

    fn ahead_ms(&self, zone: &str, at_ms: u64) -> Option<i64> {
        // Both are whole, and far below what a number holds exactly.
        zones::ahead_ms(zone, at_ms as f64).map(|ahead_ms| ahead_ms as i64)
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct WorkerEntropy;

/// Asking the runtime costs a crossing, for two bytes as for many.
const STOCK_BYTES: usize = 256;

/// Random bytes that nobody has had yet; the first `used` are gone.
struct Stock {
    bytes: [u8; STOCK_BYTES],
    used: usize,
}

thread_local! {
    static STOCK: RefCell<Stock> = const { RefCell::new(Stock { bytes: [0; STOCK_BYTES], used: STOCK_BYTES }) };
}

impl Entropy for WorkerEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > STOCK_BYTES {
            return ask(bytes);
        }
        STOCK.with_borrow_mut(|stock| {
            if stock.used + bytes.len() > STOCK_BYTES {
                ask(&mut stock.bytes);
                stock.used = 0;
            }
            let end = stock.used + bytes.len();
            if let Some(fresh) = stock.bytes.get_mut(stock.used..end) {
                bytes.copy_from_slice(fresh);
                // What has become a secret is not left lying about.
                fresh.fill(0);
            }
            stock.used = end;
        });
    }
}

fn ask(bytes: &mut [u8]) {
    // Fails only where the runtime has no `crypto`; ids then collide and inserts are refused, nothing leaks.
    let _ = getrandom02::getrandom(bytes);
}
