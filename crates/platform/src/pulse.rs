//! Asks each thing that the service stands on for the least that it can answer.

use std::time::Duration;

use edgewise_domain::{
    config::Provider,
    health::{DEADLINE_MS, Part},
    ports::{Accounts, Database, Pulse, Statement},
};
use edgewise_protocol::calls::account::{AccountName, Call};
use futures::future::{Either, select};
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit, send::SendFuture};

use crate::{bindings, d1::D1, objects::AccountObjects};

/// A name that nobody has, in KV, in R2 and among the accounts. Asking for it leaves nothing behind.
const NOBODY: &str = "health";

#[derive(Clone)]
pub struct WorkerPulse {
    env: Env,
    provider: Option<Provider>,
}

impl WorkerPulse {
    pub const fn new(env: Env, provider: Option<Provider>) -> Self {
        Self { env, provider }
    }

    async fn ask(&self, part: Part) -> bool {
        let env = &self.env;
        match part {
            Part::Database => {
                let one = Statement { sql: "SELECT 1".into(), values: Vec::new() };
                D1::new(env.clone()).batch(vec![one]).await.is_ok()
            }
            Part::Cache => match env.kv(bindings::CACHE) {
                Ok(store) => store.get(NOBODY).text().await.is_ok(),
                Err(_) => false,
            },
            Part::Storage => match env.bucket(bindings::FILES) {
                Ok(bucket) => bucket.head(NOBODY).await.is_ok(),
                Err(_) => false,
            },
            Part::Objects => {
                let nobody = AccountName::Address(NOBODY.into());
                AccountObjects::new(env.clone()).call(&nobody, Call::Sessions).await.is_ok()
            }
            // A queue can only be sent to, and a message that says nothing would be work for its consumer: that the
            // binding is there is all that can be known.
            Part::Queues => env.queue(bindings::QUEUE_PROJECTION).is_ok(),
            Part::Models => match &self.provider {
                Some(provider) => lists_models(provider).await.unwrap_or(false),
                // The built-in one is a part of the code.
                None => true,
            },
        }
    }
}

impl Pulse for WorkerPulse {
    fn beats(&self, part: Part) -> impl Future<Output = bool> + Send {
        SendFuture::new(async move {
            let deadline = Delay::from(Duration::from_millis(DEADLINE_MS));
            match select(Box::pin(self.ask(part)), deadline).await {
                Either::Left((ok, _)) => ok,
                Either::Right(_) => false,
            }
        })
    }
}

/// Whether the model's server speaks. What it thinks of our key is another matter.
async fn lists_models(provider: &Provider) -> worker::Result<bool> {
    let headers = Headers::new();
    if let Some(key) = &provider.api_key {
        headers.set("authorization", &format!("Bearer {key}"))?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let request = Request::new_with_init(&format!("{}/models", provider.base_url), &init)?;
    // Dropped with the future, and the connection with it.
    let controller = Abort(AbortController::default());
    let response = Fetch::Request(request).send_with_signal(&controller.0.signal()).await?;
    Ok(response.status_code() < 500)
}

struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).abort();
    }
}
