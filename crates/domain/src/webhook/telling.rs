//! Carries out a message of queue `webhooks`: what is new of one conversation or run goes to each endpoint of its owner.
//! Every step may be repeated: an endpoint knows events by their ids, and the outbox is told last.

use edgewise_protocol::{
    calls::{
        conversation::{Call as ConversationCall, Reply as ConversationReply},
        run,
        webhook::{Call, NewEvent, Reply},
    },
    ids::ConversationId,
};
use futures::future::join_all;

use super::{
    happenings::{Happening, OfRun, answered, created, deleted, of_run},
    records::{Told, Untold},
};
use crate::{
    chat::send::StoreError,
    ports::{Answer, Clock, Conversations, ObjectError, Ports, Runs, WebhookList, Webhooks},
};

const PAGE: u32 = 50;
/// Pages of one message of the queue; what is longer goes on with another.
const MAX_PAGES: u32 = 8;

/// Whether everything is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Whole,
    /// Send the message again.
    More,
}

/// The message must be tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TellError {
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an object did not say what was asked")]
    Unsaid,
}

/// Something to tell, and how far everything is told after it.
struct Page {
    happenings: Vec<Happening>,
    through: u64,
    more: bool,
    is_over: bool,
}

/// Tells what is new of `source`.
///
/// # Errors
/// [`TellError`]: nothing is lost, and the outbox has it still.
pub async fn tell<P: Ports>(ports: &P, source: &str) -> Result<Progress, TellError> {
    let Some(mut untold) = ports.webhook_list().untold(source).await? else { return Ok(Progress::Whole) };
    for _ in 0..MAX_PAGES {
        let page = match untold.is_run {
            true => run_page(ports, source, &untold).await?,
            false => conversation_page(ports, source, &untold).await?,
        };
        hand_over(ports, &untold, &page.happenings).await?;
        untold.through = page.through;
        let version = (!page.more).then_some(untold.version);
        ports.webhook_list().told(source, Told { version, through: page.through, is_over: page.is_over }).await?;
        if !page.more {
            return Ok(Progress::Whole);
        }
    }
    Ok(Progress::More)
}

/// To each endpoint what has happened since it was made.
async fn hand_over<P: Ports>(ports: &P, untold: &Untold, happenings: &[Happening]) -> Result<(), TellError> {
    let each = untold.hearers.iter().map(async |hearer| {
        let since = happenings.iter().filter(|happening| happening.at_ms >= hearer.created_at_ms);
        let events: Vec<NewEvent> = since.map(|happening| happening.event.clone()).collect();
        if events.is_empty() {
            return Ok(());
        }
        match ports.webhooks().call(hearer.id, None, Call::Append { events }).await? {
            // Deleted meanwhile, or not yet begun.
            Reply::Done | Reply::NotFound => Ok(()),
            _ => Err(TellError::Unsaid),
        }
    });
    join_all(each).await.into_iter().collect()
}

async fn conversation_page<P: Ports>(ports: &P, source: &str, untold: &Untold) -> Result<Page, TellError> {
    let id: ConversationId = source.parse().map_err(|_| TellError::Unsaid)?;
    let Some(row) = &untold.row else { return Err(TellError::Unsaid) };
    let over = |happenings| Page { happenings, through: untold.through, more: false, is_over: true };
    if row.deleted {
        return Ok(over(vec![deleted(id, ports.clock().now_ms())]));
    }
    let mut happenings = Vec::new();
    if untold.through == 0 {
        happenings.push(created(id, &row.title, &row.model, row.created_at_ms));
    }
    let call = ConversationCall::Read { after: untold.through, limit: PAGE };
    let Answer::Reply(reply) = ports.conversations().call(id, None, call).await? else {
        return Err(TellError::Unsaid);
    };
    let (messages, more) = match *reply {
        ConversationReply::Messages { messages, more, .. } => (messages, more),
        // Deleted meanwhile: the row that says so comes, or has come.
        ConversationReply::NotFound => (Vec::new(), false),
        _ => return Err(TellError::Unsaid),
    };
    let (mut through, mut all_ended) = (untold.through, true);
    for message in &messages {
        all_ended &= message.status.is_terminal();
        if all_ended {
            through = message.seq;
        }
        happenings.extend(answered(id, message));
    }
    // Behind an answer that is still being made everything is read again with the next version.
    Ok(Page { happenings, through, more: more && all_ended, is_over: false })
}

async fn run_page<P: Ports>(ports: &P, source: &str, untold: &Untold) -> Result<Page, TellError> {
    let id = source.parse().map_err(|_| TellError::Unsaid)?;
    let ask = async |call| ports.runs().call(id, Some(untold.owner), call).await;
    let over = |more| Page { happenings: Vec::new(), through: untold.through, more, is_over: true };
    let page = match ask(run::Call::Events { after: untold.through, limit: PAGE, wait_ms: 0 }).await? {
        run::Reply::Events { page } => page,
        run::Reply::NotFound => return Ok(over(false)),
        _ => return Err(TellError::Unsaid),
    };
    let run = match ask(run::Call::Show).await? {
        run::Reply::Run { run } => *run,
        run::Reply::NotFound => return Ok(over(false)),
        _ => return Err(TellError::Unsaid),
    };
    let of = OfRun { id, agent: run.summary.agent_id, task: run.input, output: run.output };
    let through = page.events.last().map_or(untold.through, |event| event.seq);
    let happenings = page.events.iter().filter_map(|event| of_run(&of, event)).collect();
    Ok(Page { happenings, through, more: through < page.last_seq, is_over: page.is_over })
}
