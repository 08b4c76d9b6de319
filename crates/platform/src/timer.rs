//! A timer that an object sets again and again. Awaiting a delay in Rust makes a future, a promise and two microtasks
//! of each wait; this is one call to `setTimeout`, with the same closure every time.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(ring: &Closure<dyn FnMut()>, after_ms: f64) -> f64;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: f64);
}

/// Rings once for each time that it was set. It must live as long as its object, whose end also ends what is set.
pub struct Timer {
    ring: Closure<dyn FnMut()>,
    /// The runtime's name for what is set.
    handle: Cell<Option<f64>>,
    /// When it rings.
    at_ms: Cell<u64>,
}

impl Timer {
    pub fn new(ring: impl FnMut() + 'static) -> Self {
        Self { ring: Closure::new(ring), handle: Cell::new(None), at_ms: Cell::new(0) }
    }

    /// Makes it ring at `at_ms` and at no other time.
    pub fn set(&self, at_ms: u64, now_ms: u64) {
        if self.at_ms.get() == at_ms {
            return;
        }
        self.clear();
        self.at_ms.set(at_ms);
        self.handle.set(Some(set_timeout(&self.ring, at_ms.saturating_sub(now_ms) as f64)));
    }

    /// Makes it ring no more.
    pub fn clear(&self) {
        self.at_ms.set(0);
        if let Some(handle) = self.handle.take() {
            clear_timeout(handle);
        }
    }
}
