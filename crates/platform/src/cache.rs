//! KV, as the cache port: whatever fails or is slow is a miss.

use edgewise_domain::ports::Cache;
use worker::{Env, KvStore, send::SendFuture};

use crate::{bindings, log, patience::within};

/// By then the database would have answered.
const MAX_MS: u64 = 500;

#[derive(Clone)]
pub struct KvCache(Env);

impl KvCache {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }

    fn store(&self) -> Option<KvStore> {
        self.0.kv(bindings::CACHE).ok()
    }
}

impl Cache for KvCache {
    fn get(&self, key: &str) -> impl Future<Output = Option<String>> + Send {
        SendFuture::new(async move {
            let store = self.store()?;
            within(MAX_MS, store.get(key).text()).await?.ok().flatten()
        })
    }

    fn put(&self, key: &str, value: &str, ttl_s: u32) -> impl Future<Output = ()> + Send {
        SendFuture::new(async move {
            let Some(store) = self.store() else { return };
            // Text, never a value to serialise: the binding loses maps.
            if let Ok(put) = store.put(key, value)
                && let Some(Err(error)) = within(MAX_MS, put.expiration_ttl(u64::from(ttl_s)).execute()).await
            {
                log::warn(format_args!("cache: put failed: {error}"));
            }
        })
    }
}
