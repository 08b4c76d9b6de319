//! Time zones, as the runtime knows them: its table is kept up to date, and weighs nothing here.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = r#"
const MAX_KEPT = 50;
const kept = new Map();

function formatOf(zone) {
  if (kept.has(zone)) return kept.get(zone);
  let format = null;
  try {
    const part = "numeric";
    format = new Intl.DateTimeFormat("en-US-u-ca-iso8601-nu-latn", {
      timeZone: zone, hourCycle: "h23", year: part, month: part, day: part, hour: part, minute: part, second: part,
    });
  } catch {}
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(zone, format);
  return format;
}

export function aheadMs(zone, atMs) {
  const format = formatOf(zone);
  if (format === null) return undefined;
  const at = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const shown = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
  return shown - Math.floor(atMs / 1000) * 1000;
}
"#)]
extern "C" {
    /// `undefined` for a zone that there is not.
    #[wasm_bindgen(js_name = aheadMs)]
    pub fn ahead_ms(zone: &str, at_ms: f64) -> Option<f64>;
}
