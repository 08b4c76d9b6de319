//! A timer that an object sets again and again. Awaiting a delay in Rust makes a future, a promise and two microtasks
//! of each wait; this is one call to `setTimeout`, with the same closure every time.
//!
//! What was set outlives the wasm instance. When that has crashed meanwhile, nobody is there to hear it ring: the
//! object's alarm is then set to now, so that the next instance takes up at once what this one has left.

use std::cell::Cell;

use wasm_bindgen::prelude::*;
use worker::State;

#[wasm_bindgen(inline_js = r#"
export function setTimer(storage, ring, afterMs) {
  return setTimeout(() => {
    try {
      ring();
    } catch (error) {
      storage.setAlarm(Date.now());
      throw error;
    }
  }, afterMs);
}
"#)]
extern "C" {
    #[wasm_bindgen(js_name = setTimer)]
    fn set_timer(storage: &JsValue, ring: &Closure<dyn FnMut()>, after_ms: f64) -> f64;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: f64);
}

/// Rings once for each time that it was set. It must live as long as its object, whose end also ends what is set.
pub struct Timer {
    storage: JsValue,
    ring: Closure<dyn FnMut()>,
    /// The runtime's name for what is set.
    handle: Cell<Option<f64>>,
    /// When it rings.
    at_ms: Cell<u64>,
}

impl Timer {
    /// A timer of the object whose state this is.
    pub fn new(state: &State, ring: impl FnMut() + 'static) -> Self {
        let storage = AsRef::<JsValue>::as_ref(state.storage().as_raw()).clone();
        Self { storage, ring: Closure::new(ring), handle: Cell::new(None), at_ms: Cell::new(0) }
    }

    /// Makes it ring at `at_ms` and at no other time.
    pub fn set(&self, at_ms: u64, now_ms: u64) {
        if self.at_ms.get() == at_ms {
            return;
        }
        self.clear();
        self.at_ms.set(at_ms);
        self.handle.set(Some(set_timer(&self.storage, &self.ring, at_ms.saturating_sub(now_ms) as f64)));
    }

    /// Makes it ring no more.
    pub fn clear(&self) {
        self.at_ms.set(0);
        if let Some(handle) = self.handle.take() {
            clear_timeout(handle);
        }
    }
}
