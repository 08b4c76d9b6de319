//! KV, as the cache port: whatever fails is a miss.

use edgewise_domain::ports::Cache;
use worker::{Env, KvStore, send::SendFuture};

use crate::bindings;

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
        SendFuture::new(async move { self.store()?.get(key).text().await.ok().flatten() })
    }

    fn put(&self, key: &str, value: &str, ttl_s: u32) -> impl Future<Output = ()> + Send {
        SendFuture::new(async move {
            let Some(store) = self.store() else { return };
            // Text, never a value to serialise: the binding loses maps.
            if let Ok(put) = store.put(key, value)
                && let Err(error) = put.expiration_ttl(u64::from(ttl_s)).execute().await
            {
                worker::console_warn!("cache: put failed: {error}");
            }
        })
    }
}
