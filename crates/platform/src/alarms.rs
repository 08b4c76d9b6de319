//! An object's alarm, set in the stretch that decides it: the write then commits with the rows beside it.

use wasm_bindgen::JsValue;
use worker::{Result, State};

use crate::js;

/// Wakes the object at `at_ms`, milliseconds since 1970. Replaces the alarm that is set.
///
/// # Errors
/// When the runtime refuses.
pub fn set(state: &State, at_ms: u64) -> Result<()> {
    let storage = state.storage();
    let raw: &JsValue = storage.as_raw().as_ref();
    js::call(raw, "setAlarm", &[JsValue::from_f64(at_ms as f64)]).map(|_| ())
}

/// Forgets the alarm.
///
/// # Errors
/// When the runtime refuses.
pub fn clear(state: &State) -> Result<()> {
    let storage = state.storage();
    let raw: &JsValue = storage.as_raw().as_ref();
    js::call(raw, "deleteAlarm", &[]).map(|_| ())
}
