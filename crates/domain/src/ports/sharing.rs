//! The links by which anybody may read a conversation.

use std::future::Future;

use edgewise_protocol::{
    api::Share,
    ids::{ConversationId, ShareId},
};

use crate::{
    chat::send::StoreError,
    sharing::{NewLink, Shared},
};

/// Links. That whoever asks may write in the conversation is for its object to say.
pub trait Shares: Clone + Send + Sync + 'static {
    /// `false`: there are as many as there may be.
    fn add(&self, link: &NewLink) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Those that are good, the newest first.
    fn list(
        &self,
        conversation: ConversationId,
        now_ms: u64,
    ) -> impl Future<Output = Result<Vec<Share>, StoreError>> + Send;

    /// `false`: there is none.
    fn remove(
        &self,
        conversation: ConversationId,
        id: ShareId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// What a token opens, if it is good.
    fn by_digest(&self, digest: &str, now_ms: u64) -> impl Future<Output = Result<Option<Shared>, StoreError>> + Send;
}
