//! `Account`: the object that holds one identity's sessions, keys and rate windows, and lets its requests pass or not.
//!
//! State: one SQLite table (`store`), read whole when the object wakes, and the index of the user's or project's messages
//! (`edgewise_domain::search`), which is asked where it rests. Calls: `edgewise_protocol::calls::account`.
//! Atomic because a call is answered in one synchronous stretch: of many requests at the same moment, each sees the
//! window that the one before it has left. What it tells conversations, when a session ends, comes after the answer
//! is decided and stored.

mod store;

use std::{cell::RefCell, collections::HashMap};

use edgewise_domain::{
    account::{self, Changed, Revoked},
    chat::send::StoreError,
    limits::{MIRROR_TTL_S, Rates, mirror_key},
    ports::{Cache, Clock, Conversations},
    search::{self, Index},
};
use edgewise_platform::{
    cache::KvCache, clock::WorkerClock, log, object_sql::ObjectSql, objects::ConversationObjects, settings,
};
use edgewise_protocol::{
    calls::{
        account::{Call, Reply, Request as ObjectRequest},
        conversation,
    },
    ids::ConversationId,
    limit::{Class, Standing},
};
use futures::future::join_all;
use wasm_bindgen::prelude::*;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, durable_object,
    wasm_bindgen_futures::future_to_promise,
};

use store::Store;

type Held = account::Account<Store<ObjectSql>>;

#[durable_object(fetch)]
pub struct Account {
    state: State,
    env: Env,
    rates: Rates,
    /// `None`: not read yet, or no longer to be trusted.
    held: RefCell<Option<Held>>,
    index: Index<ObjectSql>,
    /// When each class's refusal was last mirrored: the cache takes one write a second for a key.
    mirrored_at_ms: RefCell<HashMap<Class, u64>>,
}

impl DurableObject for Account {
    fn new(state: State, env: Env) -> Self {
        // A setting that is bad has been told by the door, which lets no request through to here.
        let rates = settings::config(&env).map_or_else(|_| Rates::default(), |config| config.rates.clone());
        let index = Index::new(ObjectSql::new(&state.storage().sql()));
        Self { state, env, rates, held: RefCell::default(), index, mirrored_at_ms: RefCell::default() }
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        Response::error("An account takes calls alone.", 405)
    }
}

#[wasm_bindgen]
impl Account {
    /// Answers a call, both as JSON: at once, or by a promise where conversations must be told first.
    ///
    /// # Errors
    /// When it is none.
    pub fn answer(&self, call: &str) -> std::result::Result<JsValue, JsValue> {
        let request: ObjectRequest = serde_json::from_str(call).map_err(unreadable)?;
        let (mut reply, revoked, changed) = self.handle(request.call).unwrap_or_else(|error| {
            log::error(format_args!("account: {error}"));
            self.held.replace(None);
            (Reply::Failed, Vec::new(), Vec::new())
        });
        if let Reply::Limited { standing } = &reply
            && let Some(name) = self.state.id().name()
        {
            self.mirror(&name, standing);
        }
        if revoked.is_empty() && changed.is_empty() {
            return json(&reply);
        }
        let conversations = ConversationObjects::new(self.env.clone());
        Ok(JsValue::from(future_to_promise(async move {
            // Waited for: whoever signs out may count on it that nothing is heard from then on.
            let sign_outs = revoked.into_iter().map(|Revoked { conversation, credential, again }| {
                (conversation, conversation::Call::Revoked { credential, again })
            });
            tell(&conversations, sign_outs).await;
            let changes = changed.into_iter().map(|Changed { conversation, user, organization }| {
                (conversation, conversation::Call::MembershipChanged { user, organization })
            });
            if !tell(&conversations, changes).await {
                // Whoever says it hears that it has not arrived everywhere, and says it again.
                reply = Reply::Failed;
            }
            json(&reply)
        })))
    }
}

fn json(reply: &Reply) -> std::result::Result<JsValue, JsValue> {
    serde_json::to_string(reply).map(|text| JsValue::from_str(&text)).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> JsValue {
    Error::from(error.to_string()).into()
}

impl Account {
    fn handle(&self, call: Call) -> std::result::Result<(Reply, Vec<Revoked>, Vec<Changed>), StoreError> {
        let mut held = self.held.borrow_mut();
        let mut account = match held.take() {
            Some(account) => account,
            None => Held::open(Store::new(ObjectSql::new(&self.state.storage().sql())))?,
        };
        let reply = search::answer(&mut account, &self.index, &self.rates, WorkerClock.now_ms(), call)?;
        let (revoked, changed) = (account.take_revoked(), account.take_changed());
        // Put back only after it went well: what is in memory may be ahead of a store that failed.
        *held = Some(account);
        Ok((reply, revoked, changed))
    }

    /// Lets every place of the network know that this identity is refused, so that a flood need not wake us.
    fn mirror(&self, name: &str, standing: &Standing) {
        const PAUSE_MS: u64 = 1_000;
        let now_ms = WorkerClock.now_ms();
        let mut mirrored = self.mirrored_at_ms.borrow_mut();
        if mirrored.get(&standing.class).is_some_and(|at_ms| now_ms < at_ms + PAUSE_MS) {
            return;
        }
        mirrored.insert(standing.class, now_ms);
        let (cache, key) = (KvCache::new(self.env.clone()), mirror_key(name, standing.class));
        if let Ok(text) = serde_json::to_string(standing) {
            self.state.wait_until(async move { cache.put(&key, &text, MIRROR_TTL_S).await });
        }
    }
}

/// Tells each conversation that may hold something open what it may hold no longer. `false`: not all have heard.
async fn tell(
    conversations: &ConversationObjects,
    calls: impl Iterator<Item = (ConversationId, conversation::Call)>,
) -> bool {
    let tell = async |(id, call)| {
        let answer = conversations.call(id, None, call).await;
        if let Err(error) = &answer {
            log::error(format_args!("account: conversation {id} was not told what to close: {error}"));
        }
        answer.is_ok()
    };
    join_all(calls.map(tell)).await.into_iter().all(|told| told)
}
