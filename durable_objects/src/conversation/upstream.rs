//! The connection to the model: asks, reads, keeps the deadlines, and brings what it hears to the room.
//!
//! What the model says reaches the log under the turn's epoch: a connection that was replaced or stopped may go
//! on talking, and nobody listens.

use std::{cell::Cell, rc::Rc, time::Duration};

use edgewise_domain::{
    chat::{conversation::Ask, turn::Trouble},
    models::{
        Delta, FinishReason, Prompt, builtin,
        wire::{Decoder, Wire},
    },
};
use edgewise_platform::{
    log,
    models::{self, Reply},
    pump::each_chunk,
};
use worker::{AbortController, Delay, web_sys::ReadableStream};

use super::room::Room;

/// Between two words of the built-in model: brisk, and still to be seen streaming.
const BUILTIN_PAUSE_MS: u64 = 12;
/// Longest time between two looks at the deadlines.
const MAX_UNWATCHED_MS: u64 = 1_000;

/// The connection that is open.
#[derive(Default)]
pub struct Upstream {
    open: Option<(AbortController, Rc<Watch>)>,
}

/// What the deadlines are measured by.
struct Watch {
    epoch: u64,
    over: Cell<bool>,
    heard: Cell<bool>,
    last_at_ms: Cell<u64>,
    deadline_at_ms: u64,
}

impl Upstream {
    /// Asks the model, after the pause that was decided.
    pub fn open(room: &Rc<Room>, ask: Ask) {
        let controller = AbortController::default();
        let signal = controller.signal();
        let watch = Rc::new(Watch {
            epoch: ask.epoch,
            over: Cell::new(false),
            heard: Cell::new(false),
            last_at_ms: Cell::new(0),
            deadline_at_ms: ask.deadline_at_ms,
        });
        // Set for the connection before this one, which has not begun to wait.
        room.deadline_timer.clear();
        room.upstream.borrow_mut().open = Some((controller, Rc::clone(&watch)));
        let asking = Rc::clone(room);
        room.spawn(async move {
            if ask.delay_ms > 0 {
                Delay::from(Duration::from_millis(ask.delay_ms)).await;
            }
            if watch.over.get() {
                return;
            }
            watch.last_at_ms.set(asking.now_ms());
            Self::look(&asking);
            match asking.config.as_ref().and_then(|config| config.provider.clone()) {
                Some(provider) if ask.prompt.model != builtin::MODEL => {
                    match models::ask(&provider, &ask.prompt, &signal, asking.now_ms()).await {
                        Ok(Reply::Stream(stream)) => listen(&asking, &watch, &stream).await,
                        Ok(Reply::Whole(deltas)) => hear(&asking, &watch, asking.now_ms(), deltas),
                        Err(trouble) => report(&asking, &watch, trouble),
                    }
                }
                _ => recite(&asking, &watch, &ask.prompt).await,
            }
            // Whatever was not an end is a cut: nobody else would notice.
            report(&asking, &watch, Trouble::Cut);
            watch.over.set(true);
        });
    }

    /// Looks whether the deadlines were met, and sets the timer for the next look. It rings every second at least: one
    /// that finds nobody wakes the object after a crash.
    pub fn look(room: &Rc<Room>) {
        let watch = room.upstream.borrow().open.as_ref().map(|(_, watch)| Rc::clone(watch));
        room.deadline_timer.clear();
        let (Some(watch), Some(config)) = (watch, &room.config) else { return };
        if watch.over.get() {
            return;
        }
        let now_ms = room.now_ms();
        let patience_ms =
            if watch.heard.get() { config.limits.idle_timeout_ms } else { config.limits.first_byte_timeout_ms };
        let silent_at_ms = watch.last_at_ms.get() + patience_ms;
        if now_ms >= watch.deadline_at_ms {
            return report(room, &watch, Trouble::Overtime);
        }
        if now_ms >= silent_at_ms {
            return report(room, &watch, Trouble::Silent);
        }
        let next_ms = silent_at_ms.min(watch.deadline_at_ms).min(now_ms + MAX_UNWATCHED_MS);
        room.deadline_timer.set(next_ms, now_ms);
    }

    /// Closes the connection; whatever it still says lands nowhere.
    pub fn abort(&mut self) {
        if let Some((controller, watch)) = self.open.take() {
            watch.over.set(true);
            controller.abort();
        }
    }
}

/// Reads the provider's stream to its end.
async fn listen(room: &Rc<Room>, watch: &Rc<Watch>, stream: &ReadableStream) {
    let mut decoder = Decoder::new(Wire::ChatCompletions);
    let (hearing, watching) = (Rc::clone(room), Rc::clone(watch));
    let end = each_chunk(stream, move |bytes| {
        if watching.over.get() {
            return false;
        }
        let now_ms = hearing.now_ms();
        watching.heard.set(true);
        watching.last_at_ms.set(now_ms);
        match decoder.push(&bytes) {
            Ok(deltas) => hear(&hearing, &watching, now_ms, deltas),
            Err(error) => {
                log::warn(format_args!("model: the stream cannot be read: {error:?}"));
                report(&hearing, &watching, Trouble::Cut);
            }
        }
        !watching.over.get()
    })
    .await;
    if watch.over.get() {
        return;
    }
    match end {
        Ok(()) => {
            let now_ms = room.now_ms();
            room.with(|log| log.hung_up(watch.epoch, now_ms));
        }
        Err(error) => {
            log::warn(format_args!("model: the stream broke: {error}"));
            report(room, watch, Trouble::Cut);
        }
    }
}

/// Lets the built-in model speak, a word at a time.
async fn recite(room: &Rc<Room>, watch: &Watch, prompt: &Prompt) {
    let answer = builtin::answer(prompt, room.now_ms());
    for piece in builtin::pieces(&answer) {
        Delay::from(Duration::from_millis(BUILTIN_PAUSE_MS)).await;
        if watch.over.get() {
            return;
        }
        let now_ms = room.now_ms();
        watch.heard.set(true);
        watch.last_at_ms.set(now_ms);
        hear(room, watch, now_ms, vec![Delta::Text(piece.to_owned())]);
    }
    hear(room, watch, room.now_ms(), vec![Delta::Finish(FinishReason::Stop), Delta::Done]);
}

fn hear(room: &Rc<Room>, watch: &Watch, now_ms: u64, deltas: Vec<Delta>) {
    if !deltas.is_empty() {
        room.with(|log| log.hear(watch.epoch, now_ms, deltas));
    }
}

fn report(room: &Rc<Room>, watch: &Watch, trouble: Trouble) {
    if !watch.over.get() {
        let now_ms = room.now_ms();
        room.with(|log| log.trouble(watch.epoch, now_ms, trouble));
    }
}
