//! The world outside: cache, web, time, chance, switches, the log.

use std::future::Future;

use edgewise_protocol::api::Flag;

use crate::{
    chat::send::StoreError,
    flags::Change,
    health::Part,
    logs::Level,
    outbound::Parts,
    web::{Visit, Visited, WebFault, WebLimits, WebReply, WebRequest},
};

/// What may be lost or late.
pub trait Cache: Clone + Send + Sync + 'static {
    /// What was put, by its versioned key.
    fn get(&self, key: &str) -> impl Future<Output = Option<String>> + Send;

    /// Failing is fine.
    fn put(&self, key: &str, value: &str, ttl_s: u32) -> impl Future<Output = ()> + Send;
}

/// The web. Redirects are not followed, and no cookie is sent or kept.
pub trait Web: Clone + Send + Sync + 'static {
    /// At addresses that the operator configured, and at no others: nothing here keeps a request out of private
    /// networks.
    fn fetch(&self, request: WebRequest, limits: WebLimits) -> impl Future<Output = Result<WebReply, WebFault>> + Send;

    /// At an address that others supplied. The body is cut at `max_bytes`, counted after decoding.
    fn visit(&self, visit: Visit, limits: WebLimits) -> impl Future<Output = Result<Visited, WebFault>> + Send;
}

/// The web's formats as the runtime reads them: what judges an address must read it as what fetches it does.
pub trait WebStandards: Clone + Send + Sync + 'static {
    /// The URL standard's parser, with the address that `url` may be relative to. `None`: it is no address.
    fn parse_url(&self, url: &str, base: Option<&str>) -> Option<Parts>;

    /// The Encoding standard's decoder; what is malformed becomes U+FFFD. `None`: it knows no charset of this name.
    fn decode(&self, bytes: &[u8], charset: &str) -> Option<String>;
}

/// Time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// How far the clocks of a zone of the IANA's list are ahead of UTC at a moment. `None`: there is no such zone.
    fn ahead_ms(&self, zone: &str, at_ms: u64) -> Option<i64>;
}

/// Randomness fit for secrets.
pub trait Entropy: Clone + Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// The feature flags, where they rest.
pub trait Flags: Clone + Send + Sync + 'static {
    fn all(&self) -> impl Future<Output = Result<Vec<Flag>, StoreError>> + Send;

    /// Writes the flag and who did it. `false`: there are as many as there may be.
    fn set(&self, flag: &Flag, change: &Change) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// `false`: there is none.
    fn remove(&self, name: &str, change: &Change) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Whether what we stand on answers.
pub trait Pulse: Clone + Send + Sync + 'static {
    /// `false` when it failed, or said nothing within [`crate::health::DEADLINE_MS`].
    fn beats(&self, part: Part) -> impl Future<Output = bool> + Send;
}

/// The log. Lines come redacted and whole.
pub trait Log: Clone + Send + Sync + 'static {
    fn write(&self, level: Level, line: &str);
}
