//! Endpoints of webhooks in memory, over the real domain and a real SQLite each. Nothing is ever sent: a test does that.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use edgewise_domain::{
    ports::{Clock, ObjectError, Webhooks},
    webhook::{desk::handle, endpoint::Endpoint, store::Store},
};
use edgewise_protocol::{
    calls::webhook::{Call, Reply, Request, VERSION},
    ids::{UserId, WebhookId},
};

use crate::{
    ports::{Down, Hop, Hops, TestClock},
    sqlite::Sqlite,
};

type Held = Option<Endpoint<Sqlite>>;

#[derive(Debug, Clone)]
pub struct FakeWebhooks {
    pub(crate) hops: Hops,
    pub(crate) down: Arc<Mutex<Down>>,
    pub(crate) clock: TestClock,
    pub(crate) all: Arc<Mutex<HashMap<WebhookId, Held>>>,
}

impl FakeWebhooks {
    /// Does something to an endpoint that is there.
    pub fn with<T>(&self, id: WebhookId, act: impl FnOnce(&mut Endpoint<Sqlite>) -> T) -> Option<T> {
        self.all.lock().unwrap().get_mut(&id)?.as_mut().map(act)
    }
}

impl Webhooks for FakeWebhooks {
    async fn call(&self, id: WebhookId, user: Option<UserId>, call: Call) -> Result<Reply, ObjectError> {
        self.hops.lock().unwrap().push(Hop::Object);
        if *self.down.lock().unwrap() == Down::Objects {
            return Err(ObjectError::Failed("told to".into()));
        }
        let mut all = self.all.lock().unwrap();
        let held = all.entry(id).or_default();
        let request = Request { v: VERSION, user, call };
        let reply = handle(held, || Store::new(Sqlite::empty()), self.clock.now_ms(), request);
        reply.map_err(|error| ObjectError::Failed(error.to_string()))
    }
}
