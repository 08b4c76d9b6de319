//! Queue `projection`: brings the catalogue up to date.
//!
//! Effects: 1. the row in D1, written only when it is newer, so that repeating and reordering change nothing, and with it
//! the lines of the ledger, each once under its key; 2. the owner's index for search, which knows how far it has come; a
//! long conversation takes several jobs; 3. of an answer that has just ended a job of queue `generation` is sent, which
//! does nothing the second time; 4. where the owner has an endpoint of webhooks, a row of their outbox comes with the row of
//! 1, and a job of queue `webhooks` is sent; 5. the conversation's object is told, which takes back its alarm when nothing newer has
//! happened.

use edgewise_domain::{
    ports::{Catalogue, Conversations, Ports},
    search::{Fed, feed},
};
use edgewise_platform::{ports::WorkerPorts, queues};
use edgewise_protocol::{
    calls::conversation::Call,
    jobs::{AnnotateAnswer, ProjectConversation, TellWebhooks},
};
use worker::Env;

use super::Done;

pub async fn handle(env: &Env, body: &str) -> Done {
    let job: ProjectConversation = match serde_json::from_str(body) {
        Ok(job) => job,
        Err(error) => return Done::Retry(format!("a job cannot be read: {error}")),
    };
    if !job.is_readable() {
        return Done::Retry(format!("a job has the later version {}", job.v));
    }
    let ports = WorkerPorts::new(env, None);
    match ports.catalogue().project(&job).await {
        Ok(false) => {}
        Ok(true) => {
            // A message that is lost is sent again by the cron: the outbox has a row.
            let telling = TellWebhooks::new(job.conversation_id.to_string());
            if let Err(error) = queues::send_telling(env, &telling).await {
                return Done::Retry(error.to_string());
            }
        }
        Err(error) => return Done::Retry(error.to_string()),
    }
    match feed(ports.conversations(), ports.accounts(), &job).await {
        Ok(Fed::Whole) => {}
        // The object's alarm stays set: should this message be lost, another comes.
        Ok(Fed::More) => {
            return match queues::send_projection(env, &job).await {
                Ok(()) => Done::Ack,
                Err(error) => Done::Retry(error.to_string()),
            };
        }
        Err(error) => return Done::Retry(error.to_string()),
    }
    if let Some(message_id) = job.annotate {
        let annotate = AnnotateAnswer { v: AnnotateAnswer::VERSION, conversation_id: job.conversation_id, message_id };
        if let Err(error) = queues::send_annotation(env, &annotate).await {
            return Done::Retry(error.to_string());
        }
    }
    let told = Call::Projected { version: job.version, ledgered: job.ledgered };
    match ports.conversations().call(job.conversation_id, None, told).await {
        Ok(_) => Done::Ack,
        Err(error) => Done::Retry(error.to_string()),
    }
}
