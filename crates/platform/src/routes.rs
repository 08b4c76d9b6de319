//! Which routes a model has and which of them fail, as this isolate knows it: nearly always without asking anybody.
//!
//! Both are looked up in KV when what is known is some seconds old, beside the message that finds it so: the list of
//! models, which an administrator's change writes there at once, and the circuits, which whoever opens one writes there.
//! Before a route that failed is tried again, its gate is asked (an object, so that one isolate tries at a time).

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::Arc,
};

use edgewise_domain::{
    models::{
        Options,
        circuit::{Circuit, Outcome},
        list::{self, Known, ModelsOver, Unlisted},
        refused_key,
    },
    ports::{Accounts, Cache, Columns, Database, Statement},
};
use edgewise_protocol::{
    api::{Model, ModelRoute},
    calls::account::{AccountName, Call, Reply},
};
use futures::{
    FutureExt,
    future::{LocalBoxFuture, join, join_all},
};
use worker::{Env, send::SendFuture};

use crate::{cache::KvCache, d1::D1, log, objects::AccountObjects, patience::within};

/// As long as the list of models is.
const CIRCUIT_MS: u64 = 15_000;
/// More routes and providers than a list may name.
const MAX_CIRCUITS: usize = 2_000;
/// A gate that does not answer is asked again then.
const ASK_GATE_AGAIN_MS: u64 = 5_000;
/// KV takes no shorter time. What is over by then is over by the time in the value.
const MIN_TTL_S: u64 = 60;
/// The list waits for its database no longer: a message must not.
const MAX_D1_MS: u64 = 1_000;

thread_local! {
    static MODELS: Known = Known::default();
    static CIRCUITS: RefCell<HashMap<String, Held>> = RefCell::default();
    /// Since when the list is being looked up beside the messages.
    static LOOKING_SINCE_MS: Cell<u64> = const { Cell::new(0) };
}

#[derive(Default)]
struct Held {
    circuit: Circuit,
    /// Zero: never.
    looked_at_ms: u64,
}

/// The list's database, for somebody who cannot wait.
#[derive(Clone)]
struct Hurried(D1);

impl Database for Hurried {
    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Vec<Columns>>, edgewise_domain::chat::send::StoreError>> + Send {
        SendFuture::new(async move {
            within(MAX_D1_MS, self.0.batch(statements)).await.unwrap_or_else(|| {
                Err(edgewise_domain::chat::send::StoreError { operation: "batch", cause: "it takes too long".into() })
            })
        })
    }
}

/// The chain of the model `name`, and how it is asked.
///
/// `spawn` does beside the answer what nobody has to wait for.
pub async fn chain(
    env: &Env,
    name: &str,
    unlisted: Unlisted<'_>,
    now_ms: u64,
    spawn: impl Fn(LocalBoxFuture<'static, ()>),
) -> (Vec<ModelRoute>, Options) {
    let known = match MODELS.with(|known| (known.fresh(now_ms), known.stale(now_ms))) {
        (Some(list), _) => list,
        (None, Some(old)) => {
            let is_looking = LOOKING_SINCE_MS.with(|since_ms| {
                let is_looking = now_ms < since_ms.get() + 2 * MAX_D1_MS;
                since_ms.set(if is_looking { since_ms.get() } else { now_ms });
                is_looking
            });
            if !is_looking {
                let env = env.clone();
                spawn(async move { _ = look_up(&env, now_ms).await }.boxed_local());
            }
            old
        }
        (None, None) => look_up(env, now_ms).await,
    };
    let (chain, options) = list::chain(&known, name, unlisted);
    // Where there is no choice, there is nothing to know.
    if chain.len() > 1 {
        let old = not_looked_at_lately(&chain, now_ms);
        let look = look(env.clone(), old.names);
        if old.is_known {
            spawn(look.boxed_local())
        } else {
            look.await
        }
        ask_gates(env, &chain, now_ms).await;
    }
    (chain, options)
}

async fn look_up(env: &Env, now_ms: u64) -> Arc<[Model]> {
    // Not held over the wait: what comes back is put into the isolate's own.
    let (fresh, cache) = (Known::default(), KvCache::new(env.clone()));
    let found = fresh.read(&cache, &ModelsOver(Hurried(D1::new(env.clone()))), now_ms).await;
    MODELS.with(|known| known.keep(found, now_ms))
}

/// Names of the circuits of a route: its own, and its provider's.
fn names(route: &ModelRoute) -> [String; 2] {
    [format!("{}/{}", route.provider, route.model), route.provider.clone()]
}

fn key(name: &str) -> String {
    format!("circuit/1/{name}")
}

/// Circuits that KV is to be asked for.
struct Old {
    names: Vec<String>,
    /// All of them were looked at before.
    is_known: bool,
}

fn not_looked_at_lately(chain: &[ModelRoute], now_ms: u64) -> Old {
    let mut old = Old { names: Vec::new(), is_known: true };
    CIRCUITS.with_borrow_mut(|circuits| {
        // Whatever is known of routes that nobody asks any more.
        if circuits.len() >= MAX_CIRCUITS {
            circuits.retain(|_, held| held.circuit.is_open(now_ms) || held.looked_at_ms + 2 * CIRCUIT_MS > now_ms);
        }
        for name in chain.iter().flat_map(names) {
            let held = circuits.entry(name.clone()).or_default();
            if held.looked_at_ms + CIRCUIT_MS <= now_ms {
                old.is_known &= held.looked_at_ms > 0;
                held.looked_at_ms = now_ms;
                old.names.push(name);
            }
        }
    });
    old
}

/// Of the routes that would be tried again, in the chain's order up to the first one that works, asks the gates. Costs
/// a call only where a circuit was open until a moment ago.
async fn ask_gates(env: &Env, chain: &[ModelRoute], now_ms: u64) {
    for route in chain {
        for name in names(route) {
            let is_half_open = CIRCUITS
                .with_borrow(|circuits| circuits.get(&name).is_some_and(|held| held.circuit.is_half_open(now_ms)));
            if !is_half_open || is_open(route, now_ms) {
                continue;
            }
            let gate = AccountName::Route(name.clone());
            let reply = AccountObjects::new(env.clone()).call(&gate, Call::PassRoute).await;
            CIRCUITS.with_borrow_mut(|circuits| {
                let circuit = &mut circuits.entry(name).or_default().circuit;
                match reply {
                    Ok(Reply::Pass { granted: true, .. }) => {}
                    Ok(Reply::Pass { until_ms: None, .. }) => _ = circuit.note(Outcome::Well, now_ms),
                    Ok(Reply::Pass { until_ms: Some(until_ms), .. }) => circuit.heard(until_ms),
                    Ok(_) | Err(_) => circuit.heard(now_ms + ASK_GATE_AGAIN_MS),
                }
            });
        }
        if !is_open(route, now_ms) {
            return;
        }
    }
}

/// Asks KV for circuits.
async fn look(env: Env, old: Vec<String>) {
    let cache = KvCache::new(env);
    let found = join_all(old.iter().map(|name| {
        let key = key(name);
        let cache = &cache;
        async move { cache.get(&key).await }
    }))
    .await;
    CIRCUITS.with_borrow_mut(|circuits| {
        for (name, value) in old.into_iter().zip(found) {
            if let Some(open_until_ms) = value.and_then(|value| value.parse().ok()) {
                circuits.entry(name).or_default().circuit.heard(open_until_ms);
            }
        }
    });
}

/// Whether a route is known to fail.
pub fn is_open(route: &ModelRoute, now_ms: u64) -> bool {
    let open = |name: String| {
        CIRCUITS.with_borrow(|circuits| circuits.get(&name).is_some_and(|held| held.circuit.is_open(now_ms)))
    };
    names(route).into_iter().any(open)
}

/// An attempt tells of its route, or of its whole provider. When that opens a circuit, all hear of it.
pub async fn note(env: &Env, route: &ModelRoute, whole_provider: bool, outcome: Outcome, now_ms: u64) {
    let [own, provider] = names(route);
    let name = if whole_provider { provider } else { own };
    let opened = CIRCUITS.with_borrow_mut(|circuits| {
        let circuit = &mut circuits.entry(name.clone()).or_default().circuit;
        circuit.note(outcome, now_ms).then(|| circuit.open_until_ms())
    });
    if let Some(open_until_ms) = opened {
        log::warn(format_args!("model: the circuit of {name} is open"));
        let ttl_s = (open_until_ms.saturating_sub(now_ms) / 1_000).max(MIN_TTL_S);
        let ttl_s = u32::try_from(ttl_s).unwrap_or(u32::MAX);
        let (cache, text, key) = (KvCache::new(env.clone()), open_until_ms.to_string(), key(&name));
        join(cache.put(&key, &text, ttl_s), tell_gate(env, name, Some(open_until_ms))).await;
    }
}

/// It speaks: both its circuits close, here at once, and elsewhere when their time is over and the gate is asked. Gives
/// the gates that are to hear of it.
pub fn speaks(route: &ModelRoute, now_ms: u64) -> Vec<String> {
    CIRCUITS.with_borrow_mut(|circuits| {
        let mut closed = Vec::new();
        for name in names(route) {
            if let Some(held) = circuits.get_mut(&name) {
                let was_half_open = held.circuit.is_half_open(now_ms);
                held.circuit.note(Outcome::Well, now_ms);
                closed.extend(was_half_open.then_some(name));
            }
        }
        closed
    })
}

/// Tells the gate of a circuit that it has opened, or that it may close. Lost, one more attempt is made.
pub async fn tell_gate(env: &Env, name: String, open_until_ms: Option<u64>) {
    let call = Call::NoteRoute { open_until_ms };
    if let Err(error) = AccountObjects::new(env.clone()).call(&AccountName::Route(name), call).await {
        log::warn(format_args!("model: a gate has not heard of its circuit: {error}"));
    }
}

/// Tells administrators that a provider refuses our key.
pub async fn tell_refused_key(env: &Env, provider: &str, key: &str, now_ms: u64) {
    if let Err(error) = refused_key::tell(&D1::new(env.clone()), provider, key, now_ms).await {
        log::error(format_args!("model: administrators were not told of a refused key: {error}"));
    }
}
