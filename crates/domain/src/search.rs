//! Search over the messages of an owner: the index rests in the owner's `Account` object, is fed by the projection, and
//! is asked with the words as somebody typed them.

mod feed;
mod index;
mod words;

use edgewise_protocol::{
    calls::account::{AccountName, Call, Reply},
    organization::Owner,
};

pub use feed::{Fed, FeedError, feed};
pub use index::{Index, MAX_HITS};
pub use words::{MAX_WORDS_BYTES, Words};

use crate::{
    account::{Account, AccountStore},
    chat::send::StoreError,
    limits::Rates,
    ports::Sql,
};

/// Where the index of an owner's messages rests.
pub fn index_of(owner: Owner) -> AccountName {
    match owner {
        Owner::User(user) => AccountName::User(user),
        Owner::Project(project) => AccountName::Project(project),
    }
}

/// Answers a call to an account's object: the index those about the index, the account all others.
///
/// # Errors
/// [`StoreError`]: answer [`Reply::Failed`], forget the account and open the store again.
pub fn answer<S: AccountStore, Q: Sql>(
    account: &mut Account<S>,
    index: &Index<Q>,
    rates: &Rates,
    now_ms: u64,
    call: Call,
) -> Result<Reply, StoreError> {
    match call {
        // Whoever has left is not indexed again by a job that comes late.
        Call::Search { .. } if account.is_closed() => Ok(Reply::Unknown),
        Call::Search { call } => Ok(Reply::Search { reply: index.handle(now_ms, call)? }),
        call => {
            if matches!(call, Call::Close) {
                index.clear()?;
            }
            account.handle(rates, now_ms, call)
        }
    }
}
