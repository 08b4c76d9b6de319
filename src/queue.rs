//! Queue messages: each is handled, then acknowledged or retried alone. A message is a wake-up; what it is about
//! rests in an object or in D1.

mod dead_letter;
mod generation;
mod projection;
mod webhooks;

use edgewise_platform::{js, log};
use worker::{Env, Result, worker_sys::MessageBatch};

/// Pause before a message that failed is delivered again, seconds.
const RETRY_S: u32 = 5;

/// What became of a message.
pub enum Done {
    /// Handled, now or before.
    Ack,
    /// Not now.
    Retry(String),
}

pub async fn consume(batch: &MessageBatch, env: &Env) -> Result<()> {
    let queue = String::from(batch.queue()?);
    for message in batch.messages()?.iter() {
        let body = js::get(&message, "body")?.as_string().unwrap_or_default();
        let done = if queue.ends_with("-dead") {
            let id = js::get(&message, "id")?.as_string().unwrap_or_default();
            dead_letter::keep(env, &id, &queue, &body).await
        } else if queue.ends_with("-projection") {
            projection::handle(env, &body).await
        } else if queue.ends_with("-generation") {
            let attempt = js::get(&message, "attempts")?.as_f64().unwrap_or(1.0);
            generation::handle(env, &body, attempt as u32).await
        } else if queue.ends_with("-webhooks") {
            webhooks::handle(env, &body).await
        } else {
            // No producer writes to the other queues yet: whatever comes is kept for people to see.
            Done::Retry(format!("nothing handles queue {queue} yet"))
        };
        match done {
            Done::Ack => js::call(&message, "ack", &[])?,
            Done::Retry(why) => {
                log::error(format_args!("{queue}: {why}"));
                let options = js::parse(&serde_json::json!({ "delaySeconds": RETRY_S }).to_string())?;
                js::call(&message, "retry", &[options])?
            }
        };
    }
    Ok(())
}
