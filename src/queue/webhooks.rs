//! Queue `webhooks`: tells the endpoints of a user what is new of one of their conversations or runs.
//!
//! Effect: events at endpoints, each once by its id; then the outbox in D1 is told. A second delivery finds nothing to
//! tell. What a queue has lost is found by the cron.

use edgewise_domain::webhook::telling::{Progress, tell};
use edgewise_platform::{ports::WorkerPorts, queues};
use edgewise_protocol::jobs::TellWebhooks;
use worker::Env;

use super::Done;

pub async fn handle(env: &Env, body: &str) -> Done {
    let job: TellWebhooks = match serde_json::from_str(body) {
        Ok(job) => job,
        Err(error) => return Done::Retry(format!("a job cannot be read: {error}")),
    };
    if !job.is_readable() {
        return Done::Retry(format!("a job has the later version {}", job.v));
    }
    match tell(&WorkerPorts::new(env, None), &job.source).await {
        Ok(Progress::Whole) => Done::Ack,
        Ok(Progress::More) => match queues::send_telling(env, &job).await {
            Ok(()) => Done::Ack,
            Err(error) => Done::Retry(error.to_string()),
        },
        Err(error) => Done::Retry(error.to_string()),
    }
}
