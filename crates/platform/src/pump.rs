//! Reads a stream of bytes in JavaScript: one call into wasm for each chunk. Awaiting each chunk in Rust costs a trip
//! through the executor, which is more than everything that is done with the chunk.

use wasm_bindgen::{JsValue, prelude::*};
use worker::{Error, Result, web_sys::ReadableStream};

#[wasm_bindgen(inline_js = r#"
export async function pump(stream, take) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (!take(value)) return void reader.cancel().catch(() => {});
  }
}
"#)]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn pump(
        stream: &ReadableStream,
        take: &Closure<dyn FnMut(Vec<u8>) -> bool>,
    ) -> std::result::Result<JsValue, JsValue>;
}

/// Hands every chunk to `take`, until the stream ends or `take` says `false`.
///
/// # Errors
/// When the stream breaks.
pub async fn each_chunk(stream: &ReadableStream, take: impl FnMut(Vec<u8>) -> bool + 'static) -> Result<()> {
    let take = Closure::new(take);
    pump(stream, &take).await.map(|_| ()).map_err(Error::from)
}
