//! Queues: sends a wake-up as JSON text. Losing one is fine: an alarm or the cron sends it again.

use edgewise_protocol::jobs::{AnnotateAnswer, ProjectConversation, StepRun, TellWebhooks};
use serde::Serialize;
use wasm_bindgen::JsValue;
use worker::{Env, QueueContentType, RawMessageBuilder, Result};

use crate::bindings;

/// Sends a projection job.
///
/// # Errors
/// When the queue refuses.
pub async fn send_projection(env: &Env, job: &ProjectConversation) -> Result<()> {
    send(env, bindings::QUEUE_PROJECTION, job).await
}

/// Sends a job of annotating an answer.
///
/// # Errors
/// When the queue refuses.
pub async fn send_annotation(env: &Env, job: &AnnotateAnswer) -> Result<()> {
    send(env, bindings::QUEUE_GENERATION, job).await
}

/// Sends a job of taking steps of a run.
///
/// # Errors
/// When the queue refuses.
pub async fn send_step(env: &Env, job: &StepRun) -> Result<()> {
    send(env, bindings::QUEUE_GENERATION, job).await
}

/// Sends a job of telling endpoints of webhooks.
///
/// # Errors
/// When the queue refuses.
pub async fn send_telling(env: &Env, job: &TellWebhooks) -> Result<()> {
    send(env, bindings::QUEUE_WEBHOOKS, job).await
}

async fn send(env: &Env, queue: &str, job: &impl Serialize) -> Result<()> {
    let body = serde_json::to_string(job)?;
    let message = RawMessageBuilder::new(JsValue::from_str(&body)).build_with_content_type(QueueContentType::Text);
    env.queue(queue)?.send_raw(message).await
}
