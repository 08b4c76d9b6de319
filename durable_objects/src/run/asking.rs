//! Asks the model of a step: picks a route, holds money, and takes the whole answer.

use std::rc::Rc;

use edgewise_domain::{
    chat::turn::Trouble,
    config::{Config, WORKERS_AI},
    models::{
        Delta, FinishReason, Prompt, builtin,
        circuit::Outcome,
        list::{BUILTIN, Unlisted},
        speaker,
    },
    money::{LIMIT_REACHED, annotation::Bill, paying},
    run::{Came, Claimed, Question, Said, debts::attempt_key},
};
use edgewise_platform::{models, routes};
use edgewise_protocol::{api::ModelRoute, run::RunReason};
use futures::{
    channel::oneshot,
    future::{FutureExt, select},
};

use super::room::{Room, patience};

const NOT_OFFERED: &str = "This model is not offered here. Choose another one.";
const NO_ANSWER: &str = "The model did not answer.";

/// What came of it.
pub async fn ask(room: &Rc<Room>, claimed: &Claimed, question: &Question) -> Came {
    let Some(config) = room.config.clone() else { return again("A setting is bad.") };
    let now_ms = room.now_ms();
    let name = question.model.clone().unwrap_or_else(|| config.default_model.clone());
    let (has_openai, default_model) = (config.provider.is_some(), config.default_model.as_str());
    let unlisted = Unlisted { has_openai, default_model, prices: &config.prices };
    let (chain, options) = routes::chain(&room.env, &name, unlisted, now_ms, |work| room.spawn(work)).await;
    if chain.is_empty() {
        return refused(NOT_OFFERED.into());
    }
    let Some(route) = chain.iter().find(|route| !routes::is_open(route, now_ms)) else {
        return again("Every provider of the model is known to fail.");
    };
    match claimed.prompt(&route.provider, &route.model, options) {
        Some(prompt) if route.provider == BUILTIN => offline(&prompt, now_ms),
        Some(prompt) => paid(room, &config, claimed, &name, route, &prompt).await,
        None => again("There is nothing to ask."),
    }
}

/// The built-in model, which costs nothing.
fn offline(prompt: &Prompt, now_ms: u64) -> Came {
    let calls = builtin::calls(prompt, now_ms);
    let is_call = !calls.is_empty();
    let mut deltas: Vec<Delta> = (0..)
        .zip(calls)
        .flat_map(|(index, (name, input))| {
            let call = Delta::ToolCall { index, id: String::new(), name, signature: None };
            [call, Delta::ToolArguments { index, json: input.to_string() }]
        })
        .collect();
    if !is_call {
        deltas.push(Delta::Text(builtin::answer(prompt, now_ms)));
    }
    let reason = if is_call { FinishReason::ToolCalls } else { FinishReason::Stop };
    deltas.extend([Delta::Finish(reason), Delta::Done]);
    Came::Said(Said { deltas, by: speaker(BUILTIN, builtin::MODEL), spent: None })
}

/// Any other: money is held, the model is asked, and what it has cost is noted whatever came of it.
async fn paid(
    room: &Rc<Room>,
    config: &Config,
    claimed: &Claimed,
    name: &str,
    route: &ModelRoute,
    prompt: &Prompt,
) -> Came {
    let provider = config.providers.get(&route.provider);
    if provider.is_none() && route.provider != WORKERS_AI {
        return refused("The model's provider is not set up.".into());
    }
    let Some((run, payers)) = room.with(|run| Ok((run.head().id, run.payers()))) else {
        return again("The run cannot be read now.");
    };
    let mut bill = Bill::keyed(attempt_key(run, &claimed.step, claimed.attempt));
    bill.asked(route.price.or_else(|| config.prices.of(&route.model)), prompt);
    match paying::hold(&room.accounts, &payers, &bill).await {
        Ok(true) => {}
        Ok(false) => {
            return Came::Failed { error: LIMIT_REACHED.into(), reason: Some(RunReason::NoMoney), spent: None };
        }
        Err(_) => return again("Nobody could say what may be spent."),
    }
    let (stop, stopped) = oneshot::channel();
    room.stop.replace(Some(stop));
    let until = select(stopped, Box::pin(patience())).map(|_| ());
    let now_ms = room.now_ms();
    let reply = models::complete(&room.env, provider, prompt, now_ms, until).await;
    room.stop.take();
    match reply {
        Ok(deltas) => {
            deltas.iter().for_each(|delta| bill.heard(delta));
            let by = speaker(&route.provider, &route.model);
            Came::Said(Said { deltas, by, spent: bill.spent(name) })
        }
        Err(trouble) => {
            routes::note(&room.env, route, false, Outcome::of(&trouble), now_ms).await;
            // What was held for nothing is given back; lost, it lapses.
            _ = paying::settle(&room.accounts, &payers, &[bill.settlement()]).await;
            match trouble {
                Trouble::Refused { retry_after_ms: None, sentence, .. } => refused(sentence),
                _ => again(NO_ANSWER),
            }
        }
    }
}

fn again(error: &str) -> Came {
    Came::Failed { error: error.into(), reason: None, spent: None }
}

fn refused(error: String) -> Came {
    Came::Failed { error, reason: Some(RunReason::ModelRefused), spent: None }
}
