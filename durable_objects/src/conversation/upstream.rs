//! The connection to the model: asks, reads, keeps the deadlines, and brings what it hears to the room.
//!
//! What the model says reaches the log under the turn's epoch: a connection that was replaced or stopped may go
//! on talking, and nobody listens.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use edgewise_domain::{
    chat::{conversation::Ask, turn::Trouble},
    config::{Provider, WORKERS_AI},
    models::{
        Delta, FinishReason, Prompt, builtin,
        circuit::Outcome,
        failure::FailureKind,
        list::{BUILTIN, Unlisted},
        own_key,
        tokens::Family,
        wire::{Decoder, Wire},
    },
    tools::Offered,
};
use edgewise_platform::{
    log,
    models::{self, Reply},
    pump::each_chunk,
    routes,
};
use edgewise_protocol::api::ModelRoute;
use worker::{AbortController, AbortSignal, Delay, web_sys::ReadableStream};

use super::{files, meter, own_keys, own_keys::OwnKey, reuse, room::Room, summary};

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
    /// Who is asked; none while money is being held, as trouble with that is not the provider's.
    route: RefCell<Option<ModelRoute>>,
    /// The asker's own key, where it is used.
    own_key: RefCell<Option<OwnKey>>,
}

impl Upstream {
    /// Asks the model, after the pause that was decided.
    pub fn open(room: &Rc<Room>, mut ask: Ask) {
        let controller = AbortController::default();
        let signal = controller.signal();
        let watch = Rc::new(Watch {
            epoch: ask.epoch,
            over: Cell::new(false),
            heard: Cell::new(false),
            last_at_ms: Cell::new(0),
            deadline_at_ms: ask.deadline_at_ms,
            route: RefCell::default(),
            own_key: RefCell::default(),
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
            if !ask.files.is_empty() {
                files::put_into(&asking, &mut ask).await;
                if watch.over.get() {
                    return;
                }
            }
            watch.last_at_ms.set(asking.now_ms());
            Self::look(&asking);
            if let Some(route) = choose(&asking, &watch, &mut ask.prompt).await {
                if let Some(words) = reuse::find(&asking, ask.epoch, &route, &ask.prompt).await {
                    return recite(&asking, &watch, words).await;
                }
                if watch.over.get() {
                    return;
                }
                fit(&asking, &watch, &route, &mut ask.prompt, &signal).await;
                if watch.over.get() {
                    return;
                }
                let held = admit(&asking, &watch, &route, &ask.prompt).await;
                // What it took to learn the routes and to hold money is not the provider's fault.
                watch.last_at_ms.set(asking.now_ms());
                match held {
                    Ok(()) if watch.over.get() => return,
                    Ok(()) => {
                        watch.route.replace(Some(route.clone()));
                        ask_route(&asking, &watch, &route, &ask.prompt, &signal).await;
                    }
                    Err(trouble) => report(&asking, &watch, trouble),
                }
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
        meter::watch(room, watch.epoch);
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

/// Learns which routes the model has, and lets the turn pick. `None`: nobody waits any more.
async fn choose(room: &Rc<Room>, watch: &Watch, prompt: &mut Prompt) -> Option<ModelRoute> {
    let config = Rc::clone(room.config.as_ref()?);
    let (has_openai, default_model) = (config.provider.is_some(), config.default_model.as_str());
    let unlisted = Unlisted { has_openai, default_model, prices: &config.prices };
    let beside = |work| room.spawn(work);
    let (chain, options) = routes::chain(&room.env, &prompt.model, unlisted, room.now_ms(), beside).await;
    if watch.over.get() {
        return None;
    }
    if chain.is_empty() {
        let sentence = "This model is not offered here. Choose another one.".to_owned();
        report(room, watch, Trouble::Refused { kind: FailureKind::Unfit, retry_after_ms: None, sentence });
        return None;
    }
    let now_ms = room.now_ms();
    let route = room.with(|log| log.route(watch.epoch, now_ms, &chain, |route| routes::is_open(route, now_ms)))??;
    let mut options = options.wished(prompt.options.wishes);
    if let Some(config) = room.config.as_ref().filter(|_| options.calls_tools || route.provider == BUILTIN) {
        let offered = room.with(|log| {
            let wanted = log.wanted_tools(watch.epoch);
            let (off, tools) = (log.tools_off(), &config.tools);
            let offered = Offered::new(wanted.as_deref(), &tools.enabled, &off, &tools.ask_first);
            log.offer(watch.epoch, offered.clone());
            Ok(offered)
        })?;
        options.tools = offered.definitions();
    }
    prompt.put_to(&route.provider, &route.model, options);
    Some(route)
}

/// Makes the prompt fit the model that is about to read it. When the conversation has grown long, its older part is
/// summarised first, and then the turn is asked anew: the watch is over.
async fn fit(room: &Rc<Room>, watch: &Rc<Watch>, route: &ModelRoute, prompt: &mut Prompt, signal: &AbortSignal) {
    let Some(config) = room.config.clone().filter(|_| route.provider != BUILTIN) else { return };
    let wire = config.providers.get(&route.provider).map_or(Wire::WorkersAi, |provider| provider.wire);
    let (epoch, family) = (watch.epoch, Family::of(wire, &route.model));
    let share_percent = config.compaction_share_percent;
    let due = room.with(|log| Ok(log.compaction(epoch, prompt, family, share_percent))).flatten();
    // Without money for a summary there may be some for a shorter prompt.
    if let Some(due) = due
        && admit(room, watch, route, &due.prompt).await.is_ok()
        && !watch.over.get()
    {
        let hearing = (Rc::clone(room), Rc::clone(watch));
        let heard = move || {
            let now_ms = hearing.0.now_ms();
            hearing.1.last_at_ms.set(now_ms);
            hearing.0.with(|log| log.compacting(epoch, now_ms));
        };
        watch.last_at_ms.set(room.now_ms());
        let summary = summary::ask(room, provider(room, watch, route), route, &due.prompt, signal, heard).await;
        if watch.over.get() {
            return;
        }
        watch.last_at_ms.set(room.now_ms());
        room.with(|log| log.compacted(epoch, room.now_ms(), &due, family, &summary));
    }
    if !watch.over.get() {
        room.with(|log| {
            log.fit(epoch, prompt, family);
            Ok(())
        });
    }
}

/// Who is asked over HTTP, with the key that pays.
fn provider(room: &Room, watch: &Watch, route: &ModelRoute) -> Option<Provider> {
    let mut provider = room.config.as_ref()?.providers.get(&route.provider).cloned()?;
    if let Some(own_key) = watch.own_key.borrow().as_ref() {
        provider.api_key = Some(own_key.secret.clone());
    }
    Some(provider)
}

/// Looks for a key of the asker's own, or holds money where there is none.
async fn admit(room: &Rc<Room>, watch: &Watch, route: &ModelRoute, prompt: &Prompt) -> Result<(), Trouble> {
    let own_key = own_keys::find(room, watch.epoch, route).await?;
    let is_own = own_key.is_some();
    watch.own_key.replace(own_key);
    meter::admit(room, watch.epoch, route, prompt, is_own).await
}

async fn ask_route(room: &Rc<Room>, watch: &Rc<Watch>, route: &ModelRoute, prompt: &Prompt, signal: &AbortSignal) {
    let own_key = watch.own_key.borrow().clone();
    let (wire, reply) = match (route.provider.as_str(), provider(room, watch, route)) {
        (BUILTIN, _) => return speak(room, watch, prompt).await,
        (WORKERS_AI, _) => (Wire::WorkersAi, models::ask_workers_ai(&room.env, prompt).await),
        (_, Some(provider)) => (provider.wire, models::ask(&provider, prompt, signal, room.now_ms()).await),
        // The list names a provider that the settings no longer have.
        (_, None) => {
            let sentence = "The model's provider is not set up.".to_owned();
            (Wire::ChatCompletions, Err(Trouble::Refused { kind: FailureKind::Unfit, retry_after_ms: None, sentence }))
        }
    };
    match reply {
        Ok(Reply::Stream(stream)) => listen(room, watch, wire, &stream).await,
        Ok(Reply::Whole(deltas)) => hear(room, watch, room.now_ms(), deltas),
        Err(trouble) if own_key.is_some() => report(room, watch, own_key::refused(trouble, &route.provider)),
        Err(trouble) => report(room, watch, trouble),
    }
}

/// What went wrong is told to the circuits, and a refused key to administrators. Nobody waits for it.
fn note(room: &Rc<Room>, watch: &Watch, trouble: &Trouble) {
    let Some(route) = watch.route.borrow().clone() else { return };
    let now_ms = room.now_ms();
    let own_key = watch.own_key.borrow().clone();
    let outcome = if own_key.is_some() { Outcome::of_own_key(trouble) } else { Outcome::of(trouble) };
    if matches!(trouble, Trouble::Refused { kind: FailureKind::OwnKeyRefused, .. })
        && let Some(own_key) = own_key
    {
        own_keys::judge(room, own_key, true);
    }
    let is_revoked = matches!(trouble, Trouble::Refused { kind: FailureKind::Revoked, .. });
    let key = room.config.as_ref().and_then(|config| config.providers.get(&route.provider)?.api_key.clone());
    let env = room.env.clone();
    room.spawn(async move {
        routes::note(&env, &route, is_revoked, outcome, now_ms).await;
        if is_revoked {
            routes::tell_refused_key(&env, &route.provider, key.as_deref().unwrap_or_default(), now_ms).await;
        }
    });
}

/// Reads the provider's stream to its end.
async fn listen(room: &Rc<Room>, watch: &Rc<Watch>, wire: Wire, stream: &ReadableStream) {
    let mut decoder = Decoder::new(wire);
    let (hearing, watching) = (Rc::clone(room), Rc::clone(watch));
    let end = each_chunk(stream, move |bytes| {
        if watching.over.get() {
            return false;
        }
        let now_ms = hearing.now_ms();
        if !watching.heard.replace(true)
            && let Some(route) = watching.route.borrow().as_ref()
        {
            for gate in routes::speaks(route, now_ms) {
                let env = hearing.env.clone();
                hearing.spawn(async move { routes::tell_gate(&env, gate, None).await });
            }
            let forgiven = watching.own_key.borrow().clone().filter(|own_key| own_key.was_refused);
            if let Some(own_key) = forgiven {
                own_keys::judge(&hearing, own_key, false);
            }
        }
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
async fn speak(room: &Rc<Room>, watch: &Watch, prompt: &Prompt) {
    let calls = builtin::calls(prompt, room.now_ms());
    if !calls.is_empty() {
        let called = (0..).zip(calls).flat_map(|(index, (name, input))| {
            let call = Delta::ToolCall { index, id: String::new(), name, signature: None };
            [call, Delta::ToolArguments { index, json: input.to_string() }]
        });
        let deltas = called.chain([Delta::Finish(FinishReason::ToolCalls), Delta::Done]).collect();
        return hear(room, watch, room.now_ms(), deltas);
    }
    let answer = builtin::answer(prompt, room.now_ms());
    let words = builtin::pieces(&answer).map(|piece| Delta::Text(piece.to_owned()));
    recite(room, watch, words.chain([Delta::Finish(FinishReason::Stop), Delta::Done]).collect()).await;
}

/// Says what is there already, piece by piece.
async fn recite(room: &Rc<Room>, watch: &Watch, words: Vec<Delta>) {
    for word in words {
        if !matches!(word, Delta::Finish(_) | Delta::Done) {
            Delay::from(Duration::from_millis(BUILTIN_PAUSE_MS)).await;
        }
        if watch.over.get() {
            return;
        }
        let now_ms = room.now_ms();
        watch.heard.set(true);
        watch.last_at_ms.set(now_ms);
        hear(room, watch, now_ms, vec![word]);
    }
}

fn hear(room: &Rc<Room>, watch: &Watch, now_ms: u64, deltas: Vec<Delta>) {
    if !deltas.is_empty() {
        room.with(|log| log.hear(watch.epoch, now_ms, deltas));
        meter::watch(room, watch.epoch);
    }
}

fn report(room: &Rc<Room>, watch: &Watch, trouble: Trouble) {
    if !watch.over.get() {
        note(room, watch, &trouble);
        let now_ms = room.now_ms();
        room.with(|log| log.trouble(watch.epoch, now_ms, trouble));
    }
}
