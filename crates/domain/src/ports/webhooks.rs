//! The objects that keep endpoints of webhooks, and what D1 knows of them.

use std::future::Future;

use edgewise_protocol::{
    calls::webhook::{Call, Reply},
    ids::{UserId, WebhookId},
};

use super::ObjectError;
use crate::{
    access::{Grant, Own, Read, Write},
    chat::send::StoreError,
    webhook::records::{Hearer, Told, Untold},
};

/// Endpoints.
pub trait Webhooks: Clone + Send + Sync + 'static {
    /// Calls the object; without a user it is the platform itself that calls.
    fn call(
        &self,
        id: WebhookId,
        user: Option<UserId>,
        call: Call,
    ) -> impl Future<Output = Result<Reply, ObjectError>> + Send;
}

/// The list of endpoints, and the outbox of what they are to hear.
pub trait WebhookList: Clone + Send + Sync + 'static {
    /// A new one. The same again finds itself; `false`: there are as many as there may be.
    fn add(
        &self,
        grant: Grant<Write, Own>,
        id: WebhookId,
        now_ms: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// All of one user, the oldest first.
    fn list(&self, grant: Grant<Read, Own>) -> impl Future<Output = Result<Vec<Hearer>, StoreError>> + Send;

    /// It is gone, and with the last of its owner's the outbox is.
    fn remove(&self, id: WebhookId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Some that this owner has left behind.
    fn left(&self, owner: &str, limit: u32) -> impl Future<Output = Result<Vec<WebhookId>, StoreError>> + Send;

    /// What is to be told of a conversation or a run, and to whom; `None`: nothing.
    fn untold(&self, source: &str) -> impl Future<Output = Result<Option<Untold>, StoreError>> + Send;

    /// Every endpoint has heard.
    fn told(&self, source: &str, told: Told) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Sources that should have been told before `before_ms`: a queue has lost their message. What is over and told since
    /// `over_before_ms` is forgotten.
    fn late(
        &self,
        before_ms: u64,
        over_before_ms: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;
}
