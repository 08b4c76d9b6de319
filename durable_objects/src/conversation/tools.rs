//! Runs the tools that a turn's model has called, each in its own time, and brings what came of them to the log.

use std::{rc::Rc, time::Duration};

use edgewise_domain::{
    access::{self, Principal, Read, authorize},
    chat::{conversation::Run, tools::Outcome},
    tools::Tool,
};
use edgewise_protocol::{ids::UserId, organization::Membership};
use futures::future::{Either, select};
use serde_json::Value;
use worker::Delay;

use super::room::Room;
use crate::tools::{self, Fault, Origin, TIMEOUT_MS, TOO_LONG, UNKNOWN};

/// Runs one call. Whether anybody still waits for its result is the log's to say.
pub fn run(room: &Rc<Room>, run: Run) {
    let room = Rc::clone(room);
    let spawning = Rc::clone(&room);
    spawning.spawn(async move {
        let began_ms = room.now_ms();
        let result = {
            let work = Box::pin(work(&room, &run));
            let delay = Box::pin(Delay::from(Duration::from_millis(TIMEOUT_MS)));
            match select(work, delay).await {
                Either::Left((result, _)) => result,
                Either::Right(_) => Err(TOO_LONG.into()),
            }
        };
        let outcome = match result {
            Ok(output) => Outcome::Output(output),
            Err(fault) => Outcome::Error(fault),
        };
        let now_ms = room.now_ms();
        let took_ms = now_ms.saturating_sub(began_ms);
        room.with(|log| log.tool_finished(run.turn, &run.due.id, outcome, took_ms, now_ms));
    });
}

async fn work(room: &Rc<Room>, run: &Run) -> Result<Value, Fault> {
    let input = &run.due.input;
    if let Some(computed) = run.due.tool.compute(input, room.now_ms()) {
        return computed;
    }
    match run.due.tool {
        Tool::WebFetch => tools::fetch(&room.env, room.config.as_ref(), input).await,
        Tool::SearchConversations => find(room, run.asker, input).await,
        Tool::ArtifactCreate | Tool::ArtifactUpdate | Tool::ArtifactRead => artifact(room, run).await,
        Tool::Calculator | Tool::Clock | Tool::Sleep | Tool::SleepUntil | Tool::WaitForEvent => {
            Err("The tool needs nobody else.".into())
        }
    }
}

/// In which organizations the asker is, where that matters.
async fn memberships(room: &Rc<Room>, asker: UserId, is_placed: bool) -> Option<Vec<Membership>> {
    if is_placed { room.memberships(asker).await } else { Some(Vec::new()) }
}

/// The asker's own conversations; from a project's conversation that project's, as whoever reads it sees the result.
async fn find(room: &Rc<Room>, asker: UserId, input: &Value) -> Result<Value, Fault> {
    let place = room.read(|log| Ok(log.resource().place)).ok_or(UNKNOWN)?;
    let memberships = memberships(room, asker, place.is_some()).await.ok_or(UNKNOWN)?;
    let principal = Principal { user: asker, memberships: &memberships };
    let grant = authorize::<Read, _>(&principal, access::Conversation { creator: asker, place })
        .map_err(|_| "The asker may not read these conversations any more.")?;
    tools::find(&room.accounts, grant, input).await
}

/// What a call does to artifacts, where the conversation is.
async fn artifact(room: &Rc<Room>, run: &Run) -> Result<Value, Fault> {
    const UNREACHED: &str = "The artifacts cannot be reached now.";
    let known = room.read(|log| Ok((log.id(), log.resource(), log.turn_id(run.turn)?)));
    let (conversation, resource, message) = known.ok_or(UNREACHED)?;
    let memberships = memberships(room, run.asker, resource.place.is_some()).await.ok_or(UNREACHED)?;
    let principal = Principal { user: run.asker, memberships: &memberships };
    let grant = authorize(&principal, access::Conversation { creator: run.asker, ..resource })
        .map_err(|_| "The asker may not write here any more.")?;
    let call = format!("{conversation}/{}", run.due.id);
    let origin = Origin { conversation: Some(conversation), message, call };
    tools::artifact(&room.env, principal, grant, origin, room.now_ms(), run.due.tool, &run.due.input).await
}
