//! Brings an owner's index up to date with one conversation: pages of what has ended since are read from the
//! conversation's object and pushed to the owner's account. Every step may be repeated.

use edgewise_protocol::{
    calls::{
        account,
        conversation::{Call, Reply},
        search::{self, Batch, Said},
    },
    jobs::ProjectConversation,
    message::Message,
};

use super::index_of;
use crate::ports::{Accounts, Answer, Conversations, ObjectError};

const PAGE: u32 = 50;
/// Pages of one job; what is longer goes on with another.
const MAX_PAGES: u32 = 16;

/// Whether the index has all that the job was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fed {
    Whole,
    /// Send the job again.
    More,
}

/// The job must be tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("an object's store failed")]
    Failed,
}

/// Carries out the part of a projection that is about the index.
///
/// # Errors
/// [`FeedError`].
pub async fn feed<C: Conversations>(
    conversations: &C,
    accounts: &impl Accounts,
    job: &ProjectConversation,
) -> Result<Fed, FeedError> {
    let (name, conversation) = (index_of(job.owner), job.conversation_id);
    let ask = async |call| match accounts.call(&name, account::Call::Search { call }).await? {
        account::Reply::Search { reply } => Ok(Some(reply)),
        // Whoever it was has left.
        account::Reply::Unknown => Ok(None),
        _ => Err(FeedError::Failed),
    };
    if job.deleted {
        ask(search::Call::Forget { conversation, version: job.version }).await?;
        return Ok(Fed::Whole);
    }
    if job.details.temporary || (job.message_count == 0 && job.pruned.is_none()) {
        return Ok(Fed::Whole);
    }
    let known = ask(search::Call::Known { conversation }).await?;
    let Some(search::Reply::Known { version, mut through }) = known else { return Ok(Fed::Whole) };
    if version >= job.version {
        return Ok(Fed::Whole);
    }
    if job.pruned.is_some_and(|pruned| pruned > version) {
        let Answer::Reply(reply) = conversations.call(conversation, None, Call::Pruned).await? else {
            return Err(FeedError::Failed);
        };
        match *reply {
            Reply::Pruned { rows } => ask(search::Call::Remove { conversation, seqs: rows }).await?,
            Reply::NotFound => return Ok(Fed::Whole),
            _ => return Err(FeedError::Failed),
        };
    }
    let (mut after, mut all_ended) = (through, true);
    for _ in 0..MAX_PAGES {
        let Answer::Reply(reply) = conversations.call(conversation, None, Call::Read { after, limit: PAGE }).await?
        else {
            return Err(FeedError::Failed);
        };
        let (messages, more, read_at) = match *reply {
            Reply::Messages { messages, more, last_seq } => (messages, more, last_seq),
            // Deleted meanwhile: the job that says so comes, or has come.
            Reply::NotFound => return Ok(Fed::Whole),
            _ => return Err(FeedError::Failed),
        };
        after = messages.last().map_or(after, |last| last.seq);
        for message in &messages {
            all_ended &= message.status.is_terminal();
            if all_ended {
                through = message.seq;
            }
        }
        let said = messages.into_iter().filter_map(said).collect();
        let version = (!more).then_some(job.version);
        let batch = Batch { conversation, title: job.title.clone(), version, read_at, through, said };
        ask(search::Call::Index { batch }).await?;
        if !more {
            return Ok(Fed::Whole);
        }
    }
    Ok(Fed::More)
}

/// What there is to find in a message that has ended.
fn said(message: Message) -> Option<Said> {
    let Message { seq, id, role, created_at: at, content: text, status, .. } = message;
    (status.is_terminal() && !text.is_empty()).then_some(Said { seq, id, role, at, text })
}
