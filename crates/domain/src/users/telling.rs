//! The account hears what its users row says. The row is written first; whatever is lost on the way is told again by
//! the cron, and what comes late is older than what the account knows.

use edgewise_protocol::calls::account::{AccountName, Call, Profile, Reply};

use super::UserRow;
use crate::{
    chat::send::StoreError,
    ports::{Accounts, ObjectError, Users},
};

/// Rows of one round: two subrequests each.
const BATCH: u32 = 50;

/// An account has not heard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TellError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("the account's store failed")]
    Failed,
}

/// Tells one account, and gives what it knows then. `None`: it knows nobody, as one that was closed.
///
/// # Errors
/// [`TellError`]: the row stays untold.
pub async fn tell(users: &impl Users, accounts: &impl Accounts, row: &UserRow) -> Result<Option<Profile>, TellError> {
    let known = match accounts.call(&AccountName::User(row.id), Call::Change { change: row.change() }).await? {
        Reply::Changed { profile } => Some(profile),
        // Who comes in next brings the row along.
        Reply::Unknown => None,
        _ => return Err(TellError::Failed),
    };
    users.told(row.id, row.version).await?;
    Ok(known)
}

/// Tells some of those who have not heard. Gives the faults: each of them is tried again.
///
/// # Errors
/// [`StoreError`] when nobody can say who has not heard.
pub async fn tell_all(users: &impl Users, accounts: &impl Accounts) -> Result<Vec<TellError>, StoreError> {
    let mut faults = Vec::new();
    for row in users.untold(BATCH).await? {
        faults.extend(tell(users, accounts, &row).await.err());
    }
    Ok(faults)
}
