//! Queues: sends a wake-up as JSON text. Losing one is fine: an alarm or the cron sends it again.

use edgewise_protocol::jobs::ProjectConversation;
use wasm_bindgen::JsValue;
use worker::{Env, QueueContentType, RawMessageBuilder, Result};

use crate::bindings;

/// Sends a projection job.
///
/// # Errors
/// When the queue refuses.
pub async fn send_projection(env: &Env, job: &ProjectConversation) -> Result<()> {
    let body = serde_json::to_string(job)?;
    let message = RawMessageBuilder::new(JsValue::from_str(&body)).build_with_content_type(QueueContentType::Text);
    env.queue(bindings::QUEUE_PROJECTION)?.send_raw(message).await
}
