//! Which routes a model has and which of them fail, as this isolate knows it: nearly always without asking anybody.
//!
//! Both are looked up in KV when what is known is some seconds old: the list of models, which an administrator's change
//! writes there at once, and the circuits, which whoever opens one writes there.

use std::{cell::RefCell, collections::HashMap};

use edgewise_domain::{
    models::{
        Options,
        circuit::{Circuit, Outcome},
        list::{self, Known, ModelsOver},
        refused_key,
    },
    ports::{Cache, Columns, Database, Statement},
};
use edgewise_protocol::api::ModelRoute;
use futures::future::join_all;
use worker::{Env, send::SendFuture};

use crate::{cache::KvCache, d1::D1, log, patience::within};

/// As long as the list of models is.
const CIRCUIT_MS: u64 = 15_000;
/// KV takes no shorter time. What is over by then is over by the time in the value.
const MIN_TTL_S: u64 = 60;
/// The list waits for its database no longer: a message must not.
const MAX_D1_MS: u64 = 1_000;

thread_local! {
    static MODELS: Known = Known::default();
    static CIRCUITS: RefCell<HashMap<String, Held>> = RefCell::default();
}

#[derive(Default)]
struct Held {
    circuit: Circuit,
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
pub async fn chain(env: &Env, name: &str, has_openai: bool, now_ms: u64) -> (Vec<ModelRoute>, Options) {
    let known = match MODELS.with(|known| known.fresh(now_ms)) {
        Some(list) => list,
        None => {
            // Not held over the wait: what comes back is put into the isolate's own.
            let (fresh, cache) = (Known::default(), KvCache::new(env.clone()));
            let found = fresh.read(&cache, &ModelsOver(Hurried(D1::new(env.clone()))), now_ms).await;
            MODELS.with(|known| known.keep(found, now_ms))
        }
    };
    let (chain, options) = list::chain(&known, name, has_openai);
    // Where there is no choice, there is nothing to know.
    if chain.len() > 1 {
        look(env, &chain, now_ms).await;
    }
    (chain, options)
}

/// Names of the circuits of a route: its own, and its provider's.
fn names(route: &ModelRoute) -> [String; 2] {
    [format!("{}/{}", route.provider, route.model), route.provider.clone()]
}

fn key(name: &str) -> String {
    format!("circuit/1/{name}")
}

/// Asks KV for the circuits of a chain that were not looked at lately.
async fn look(env: &Env, chain: &[ModelRoute], now_ms: u64) {
    let mut old = Vec::new();
    CIRCUITS.with_borrow_mut(|circuits| {
        for name in chain.iter().flat_map(names) {
            let held = circuits.entry(name.clone()).or_default();
            if held.looked_at_ms + CIRCUIT_MS <= now_ms {
                held.looked_at_ms = now_ms;
                old.push(name);
            }
        }
    });
    let cache = KvCache::new(env.clone());
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
        KvCache::new(env.clone()).put(&key(&name), &open_until_ms.to_string(), ttl_s).await;
    }
}

/// It speaks: both its circuits close, here at once and elsewhere when what is known there is over.
pub fn speaks(route: &ModelRoute, now_ms: u64) {
    CIRCUITS.with_borrow_mut(|circuits| {
        for name in names(route) {
            if let Some(held) = circuits.get_mut(&name) {
                held.circuit.note(Outcome::Well, now_ms);
            }
        }
    });
}

/// Tells administrators that a provider refuses our key.
pub async fn tell_refused_key(env: &Env, provider: &str, key: &str, now_ms: u64) {
    if let Err(error) = refused_key::tell(&D1::new(env.clone()), provider, key, now_ms).await {
        log::error(format_args!("model: administrators were not told of a refused key: {error}"));
    }
}
