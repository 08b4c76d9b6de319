//! Takes steps: claims one, has its effect, records what came of it, and goes on while they are short.

use std::{rc::Rc, time::Duration};

use edgewise_domain::{
    access::{Conversation, Principal, authorize},
    chat::tools::{Due, Outcome},
    run::{CHAIN_MS, Came, Claim, Claimed, Work},
    tools::Tool,
};
use edgewise_protocol::ids::{RunId, UserId};
use futures::{
    channel::oneshot,
    future::{Either, select},
};
use serde_json::Value;
use worker::Delay;

use super::{asking, room::Room};
use crate::tools;

/// A person's run reads and writes what is theirs alone.
const NOT_THEIRS: &str = "This is not allowed.";

/// Takes steps for a while. `true`: there are more that can be taken now. The work is the object's, and goes on when
/// whoever brought the message is gone.
pub async fn steps(room: &Rc<Room>) -> bool {
    if room.is_working.replace(true) {
        return false;
    }
    let (sender, receiver) = oneshot::channel();
    let working = Rc::clone(room);
    room.spawn(async move {
        let more = chain(&working).await;
        working.is_working.set(false);
        working.pay().await;
        _ = sender.send(more);
    });
    receiver.await.unwrap_or(false)
}

async fn chain(room: &Rc<Room>) -> bool {
    let until_ms = room.now_ms() + CHAIN_MS;
    loop {
        let now_ms = room.now_ms();
        if now_ms >= until_ms {
            return true;
        }
        match room.with(|run| run.claim(now_ms, room.rules())) {
            Some(Claim::Do(claimed)) => take(room, &claimed).await,
            Some(Claim::Later(at_ms)) => Delay::from(Duration::from_millis(at_ms.saturating_sub(now_ms))).await,
            Some(Claim::Busy | Claim::Waits | Claim::Over) | None => return false,
        }
    }
}

async fn take(room: &Rc<Room>, claimed: &Claimed) {
    let came = match &claimed.work {
        Work::Ask(question) => asking::ask(room, claimed, question).await,
        Work::Call(due) => {
            let began_ms = room.now_ms();
            let outcome = call(room, due).await;
            Came::Done { outcome, duration_ms: room.now_ms().saturating_sub(began_ms) }
        }
    };
    let now_ms = room.now_ms();
    room.with(|run| run.record(now_ms, &claimed.step, claimed.attempt, came, room.rules()));
}

async fn call(room: &Room, due: &Due) -> Outcome {
    let Some((run, user)) = room.with(|run| Ok((run.head().id, run.head().user))) else {
        return Outcome::Error("The run cannot be read now.".into());
    };
    let work = Box::pin(effect(room, run, user, due));
    match select(work, Box::pin(Delay::from(Duration::from_millis(tools::TIMEOUT_MS)))).await {
        Either::Left((Ok(output), _)) => Outcome::Output(output),
        Either::Left((Err(fault), _)) => Outcome::Error(fault),
        Either::Right(_) => Outcome::Error(tools::TOO_LONG.into()),
    }
}

/// With the rights of whoever started the run, and in what is theirs alone.
async fn effect(room: &Room, run: RunId, user: UserId, due: &Due) -> Result<Value, String> {
    let (now_ms, input) = (room.now_ms(), &due.input);
    if let Some(computed) = due.tool.compute(input, now_ms) {
        return computed;
    }
    let principal = Principal { user, memberships: &[] };
    let own = Conversation { creator: user, place: None };
    match due.tool {
        Tool::WebFetch => tools::fetch(&room.env, room.config.as_ref(), input).await,
        Tool::SearchConversations => {
            let grant = authorize(&principal, own).map_err(|_| NOT_THEIRS)?;
            tools::find(&room.accounts, grant, input).await
        }
        Tool::ArtifactCreate | Tool::ArtifactUpdate | Tool::ArtifactRead => {
            let grant = authorize(&principal, own).map_err(|_| NOT_THEIRS)?;
            let origin = tools::Origin { conversation: None, message: None, call: format!("{run}/{}", due.id) };
            tools::artifact(&room.env, principal, grant, origin, now_ms, due.tool, input).await
        }
        Tool::Calculator | Tool::Clock | Tool::Sleep | Tool::SleepUntil | Tool::WaitForEvent => {
            Err("The tool needs nobody else.".into())
        }
    }
}
