//! Queue `generation`: a run of an agent takes steps, or a model makes a title or suggestions of an answer.
//!
//! Of a run: its object is told to take steps; a second delivery finds them taken, or somebody taking them.
//!
//! Of an answer: 1. money is held for the attempt, and settled under the attempt's key; 2. the attempt's line of the ledger,
//! once under the same key; 3. the conversation takes what was made, where it is still wanted: a second delivery finds
//! that nothing is. A failure leaves the conversation as it is, and is tried again as often as the queue does.

use std::time::Duration;

use edgewise_domain::{
    chat::{
        annotations::{self, Annotations, MAX_REPLY_BYTES},
        turn::Trouble,
    },
    config::{Config, WORKERS_AI},
    models::{
        Delta,
        circuit::Outcome,
        list::{BUILTIN, Unlisted},
    },
    money::{
        annotation::{Bill, payers},
        ledger, paying,
    },
    ports::{Answer, Clock, Conversations, Database, Ports, Runs},
};
use edgewise_platform::{
    clock::WorkerClock, d1::D1, models, objects::RunObjects, ports::WorkerPorts, queues, routes, settings,
};
use edgewise_protocol::{
    api::ModelRoute,
    calls::{
        conversation::{Call, Excerpt, Reply},
        run,
    },
    jobs::{AnnotateAnswer, Generation, StepRun},
};
use worker::{Delay, Env, wasm_bindgen_futures::spawn_local};

use super::Done;

/// A short answer that takes longer is not worth waiting for.
const MAX_COMPLETE_MS: u64 = 30_000;

pub async fn handle(env: &Env, body: &str, attempt: u32) -> Done {
    match serde_json::from_str(body) {
        Ok(Generation::Step(job)) => step(env, &job).await,
        Ok(Generation::Annotate(job)) => annotate(env, &job, attempt).await,
        Err(error) => Done::Retry(format!("a job cannot be read: {error}")),
    }
}

async fn step(env: &Env, job: &StepRun) -> Done {
    if !job.is_readable() {
        return Done::Retry(format!("a job has the later version {}", job.v));
    }
    match RunObjects::new(env.clone()).call(job.run_id, None, run::Call::Step).await {
        // One message for each chain of steps: what this one began is done.
        Ok(run::Reply::Stepped { more: true }) => match queues::send_step(env, job).await {
            Ok(()) => Done::Ack,
            Err(error) => Done::Retry(error.to_string()),
        },
        Ok(_) => Done::Ack,
        Err(error) => Done::Retry(error.to_string()),
    }
}

async fn annotate(env: &Env, job: &AnnotateAnswer, attempt: u32) -> Done {
    if !job.is_readable() {
        return Done::Retry(format!("a job has the later version {}", job.v));
    }
    let Ok(config) = settings::config(env) else { return Done::Retry("a setting is bad".into()) };
    let ports = WorkerPorts::new(env, None);
    let asked = Call::Excerpt { message_id: job.message_id };
    let excerpt = match ports.conversations().call(job.conversation_id, None, asked).await {
        Ok(Answer::Reply(reply)) => match *reply {
            Reply::Excerpt(excerpt) => excerpt,
            Reply::Nothing | Reply::NotFound => return Done::Ack,
            _ => return Done::Retry("the conversation did not say what is wanted".into()),
        },
        Ok(_) => return Done::Retry("the conversation answered something else".into()),
        Err(error) => return Done::Retry(error.to_string()),
    };
    let made = match make(env, &ports, &config, job, &excerpt, attempt).await {
        Ok(Some(made)) => made,
        Ok(None) => return Done::Ack,
        Err(why) => return Done::Retry(why),
    };
    let Annotations { title, suggestions } = made;
    let told = Call::Annotated { message_id: job.message_id, title, suggestions };
    match ports.conversations().call(job.conversation_id, None, told).await {
        Ok(_) => Done::Ack,
        Err(error) => Done::Retry(error.to_string()),
    }
}

/// Asks the model. `Ok(None)`: there is nobody to ask, nothing to pay with, or no use in asking again.
async fn make(
    env: &Env,
    ports: &WorkerPorts,
    config: &Config,
    job: &AnnotateAnswer,
    excerpt: &Excerpt,
    attempt: u32,
) -> Result<Option<Annotations>, String> {
    let wants = config.annotations.wants.of(excerpt);
    if wants.nothing() {
        return Ok(None);
    }
    let now_ms = WorkerClock.now_ms();
    let model = config.annotations.model.as_deref().unwrap_or(&excerpt.model);
    let (has_openai, default_model) = (config.provider.is_some(), config.default_model.as_str());
    let unlisted = Unlisted { has_openai, default_model, prices: &config.prices };
    let (chain, options) = routes::chain(env, model, unlisted, now_ms, spawn_local).await;
    if chain.is_empty() {
        return Ok(None);
    }
    let Some(route) = chain.iter().find(|route| !routes::is_open(route, now_ms)) else {
        return Err("every provider of the model is known to fail".into());
    };
    if route.provider == BUILTIN {
        return Ok(None);
    }
    let prompt = annotations::prompt(&route.model, excerpt, wants, options);
    let mut bill = Bill::new(job.conversation_id, job.message_id, attempt);
    bill.asked(route.price.or_else(|| config.prices.of(&route.model)), &prompt);
    let payers = payers(excerpt);
    if !paying::hold(ports.accounts(), &payers, &bill).await? {
        return Ok(None);
    }
    let provider = config.providers.get(&route.provider);
    let patience = async { Delay::from(Duration::from_millis(MAX_COMPLETE_MS)).await };
    let reply = match (provider, route.provider.as_str()) {
        (None, name) if name != WORKERS_AI => return Ok(None),
        (provider, _) => models::complete(env, provider, &prompt, now_ms, patience).await,
    };
    let mut text = String::new();
    let mut trouble = None;
    match reply {
        Ok(deltas) => {
            for delta in deltas {
                bill.heard(&delta);
                match delta {
                    Delta::Text(more) if text.len() < MAX_REPLY_BYTES => text.push_str(&more),
                    Delta::Error(_) => trouble = Some(Trouble::Cut),
                    _ => {}
                }
            }
        }
        Err(error) => trouble = Some(error),
    }
    settle(env, ports, job, excerpt, &bill, model).await?;
    match trouble {
        None => Ok(Some(annotations::read(&text, wants))),
        Some(trouble) => failed(env, route, trouble, now_ms).await,
    }
}

/// A refusal that will be the same the next time is not asked for again.
async fn failed(env: &Env, route: &ModelRoute, trouble: Trouble, now_ms: u64) -> Result<Option<Annotations>, String> {
    routes::note(env, route, false, Outcome::of(&trouble), now_ms).await;
    match trouble {
        Trouble::Refused { retry_after_ms: None, .. } => Ok(None),
        _ => Err("the model did not answer".into()),
    }
}

/// Tells those who hold the money, then the ledger, what the attempt has cost.
async fn settle(
    env: &Env,
    ports: &WorkerPorts,
    job: &AnnotateAnswer,
    excerpt: &Excerpt,
    bill: &Bill,
    model: &str,
) -> Result<(), String> {
    paying::settle(ports.accounts(), &payers(excerpt), &[bill.settlement()]).await?;
    let entry = bill.entry(job.conversation_id, job.message_id, excerpt, model, WorkerClock.now_ms());
    let lines: Vec<_> = entry.into_iter().collect();
    if lines.is_empty() {
        return Ok(());
    }
    let written = D1::new(env.clone()).batch(ledger::add_statements(&lines)).await;
    written.map(|_| ()).map_err(|error| error.to_string())
}
