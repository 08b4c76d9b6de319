//! Asks a model for a summary of the older part of a branch, before it is asked for the answer.
//!
//! Whatever goes wrong, the turn goes on: then its prompt is cut.

use std::{cell::RefCell, rc::Rc, time::Duration};

use edgewise_domain::{
    chat::{compaction::MAX_SUMMARY_BYTES, conversation::Summary},
    config::{Provider, WORKERS_AI},
    models::{
        Prompt,
        wire::{Decoder, Wire},
    },
};
use edgewise_platform::{
    log,
    models::{self, Reply},
    pump::each_chunk,
};
use edgewise_protocol::api::ModelRoute;
use futures::future::{Either, select};
use worker::{AbortSignal, Delay};

use super::room::Room;

/// From the question to the summary's end: an answer waits for it.
const TIMEOUT_MS: u64 = 25_000;

/// What came of it, whole or not. `heard` is called with each piece: somebody is there.
pub async fn ask(
    room: &Rc<Room>,
    provider: Option<Provider>,
    route: &ModelRoute,
    prompt: &Prompt,
    signal: &AbortSignal,
    heard: impl Fn() + 'static,
) -> Summary {
    let said = Rc::new(RefCell::new(Summary::default()));
    let work = Box::pin(listen(room, provider, route, prompt, signal, Rc::clone(&said), heard));
    let delay = Box::pin(Delay::from(Duration::from_millis(TIMEOUT_MS)));
    if let Either::Right(_) = select(work, delay).await {
        log::warn(format_args!("model: the summary took too long"));
    }
    said.take()
}

async fn listen(
    room: &Rc<Room>,
    provider: Option<Provider>,
    route: &ModelRoute,
    prompt: &Prompt,
    signal: &AbortSignal,
    said: Rc<RefCell<Summary>>,
    heard: impl Fn() + 'static,
) {
    let (wire, reply) = match provider {
        None if route.provider == WORKERS_AI => (Wire::WorkersAi, models::ask_workers_ai(&room.env, prompt).await),
        None => return,
        Some(provider) => (provider.wire, models::ask(&provider, prompt, signal, room.now_ms()).await),
    };
    let stream = match reply {
        Ok(Reply::Stream(stream)) => stream,
        Ok(Reply::Whole(deltas)) => {
            deltas.into_iter().for_each(|delta| said.borrow_mut().hear(delta));
            return;
        }
        Err(trouble) => return log::warn(format_args!("model: no summary: {trouble:?}")),
    };
    let mut decoder = Decoder::new(wire);
    let hearing = Rc::clone(&said);
    let end = each_chunk(&stream, move |bytes| {
        heard();
        let Ok(deltas) = decoder.push(&bytes) else { return false };
        let mut said = hearing.borrow_mut();
        deltas.into_iter().for_each(|delta| said.hear(delta));
        said.text.len() <= MAX_SUMMARY_BYTES
    })
    .await;
    if let Err(error) = end {
        log::warn(format_args!("model: the summary's stream broke: {error}"));
    }
}
