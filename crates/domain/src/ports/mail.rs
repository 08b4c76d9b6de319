//! Letters, and who carries them.

use std::future::Future;

use edgewise_protocol::{api::MailboxLetter, ids::LetterId};

use crate::{
    chat::send::StoreError,
    mail::{Due, Letter, MailFault},
};

/// Whoever carries letters.
pub trait Mail {
    /// Hands a letter over. The carrier takes one of the same id once: an answer may be lost.
    fn send(&self, letter: &Letter) -> impl Future<Output = Result<(), MailFault>> + Send;
}

/// The letters that were written.
pub trait Letters: Clone + Send + Sync + 'static {
    /// Some of those that are due. Each counts an attempt and is not due again before its delay is over, whatever
    /// becomes of this one.
    fn take_due(&self, now_ms: u64) -> impl Future<Output = Result<Vec<Due>, StoreError>> + Send;

    /// It is on its way: its text, which may hold a code, is forgotten.
    fn sent(&self, id: LetterId, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes why it was not sent.
    fn failed(&self, id: LetterId, fault: &MailFault) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The newest, for developers.
    fn newest(&self, limit: u32) -> impl Future<Output = Result<Vec<MailboxLetter>, StoreError>> + Send;

    /// Forgets what is old: letters, and codes that are good no longer. Gives the letters among them that nobody got.
    fn purge(&self, now_ms: u64) -> impl Future<Output = Result<Vec<LetterId>, StoreError>> + Send;
}
