//! Runs the tools that a turn's model has called, each in its own time, and brings what came of them to the log.
//!
//! A call may run twice when a process dies: what it does is keyed by the call's id, or changes nothing.

use std::{rc::Rc, time::Duration};

use edgewise_domain::{
    access::{self, Principal, Read, authorize},
    artifact::{
        called::{self, Context},
        desk::Desk,
    },
    chat::{conversation::Run, tools::Outcome},
    ports::{Accounts, Entropy, Ports, WebStandards},
    reading::{self, Unread},
    search::{MAX_WORDS_BYTES, index_of},
    tools::{Tool, fitting},
};
use edgewise_platform::{clock::WorkerEntropy, log, ports::WorkerPorts, standards::RuntimeStandards};
use edgewise_protocol::{
    calls::{account, search},
    ids::{ArtifactId, AttachmentId, UserId},
};
use futures::future::{Either, select};
use serde_json::{Value, json};
use worker::Delay;

use super::room::Room;

/// Longer than the wall lets a page take.
const TIMEOUT_MS: u64 = 20_000;
const MAX_HITS: u32 = 8;

/// What is wrong, in words for the model.
type Fault = String;

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
                Either::Right(_) => Err("The tool took too long.".into()),
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
    let text = |field: &str| input.get(field).and_then(Value::as_str).unwrap_or_default();
    match run.due.tool {
        Tool::WebFetch => fetch(room, text("url")).await,
        Tool::SearchConversations => find(room, run.asker, text("query")).await,
        Tool::ArtifactCreate | Tool::ArtifactUpdate | Tool::ArtifactRead => artifact(room, run).await,
        Tool::Calculator | Tool::Clock => Err("The tool needs nobody else.".into()),
    }
}

/// A page through the wall, as `POST /api/web/read` reads it.
async fn fetch(room: &Rc<Room>, url: &str) -> Result<Value, Fault> {
    let config = room.config.clone().ok_or("The tool is not set up.")?;
    let own = config.app_origin.as_deref().and_then(|origin| RuntimeStandards.parse_url(origin, None));
    let own_hosts: Vec<&str> = own.iter().map(|parts| parts.host.as_str()).collect();
    let ports = WorkerPorts::new(&room.env, None);
    match reading::read(&ports, &config.outbound, &own_hosts, url).await {
        Ok(page) => {
            let (text, cut) = fitting(&page.text);
            Ok(json!({ "url": page.url, "title": page.title, "text": text, "truncated": page.truncated || cut }))
        }
        Err(Unread::Refused(refusal)) => {
            log::warn(format_args!("tools: the wall: {refusal}"));
            Err("The page cannot be reached.".into())
        }
        Err(Unread::Status(status)) => Err(format!("The page's server answered with status {status}.")),
        Err(Unread::Kind(_)) => Err("The page is not HTML, plain text, Markdown or JSON.".into()),
    }
}

/// The asker's own conversations; from a project's conversation that project's, as whoever reads it sees the result.
async fn find(room: &Rc<Room>, asker: UserId, query: &str) -> Result<Value, Fault> {
    const UNKNOWN: &str = "The conversations cannot be searched now.";
    let place = room.read(|log| Ok(log.resource().place)).ok_or(UNKNOWN)?;
    let memberships = match place {
        Some(_) => room.memberships(asker).await.ok_or(UNKNOWN)?,
        None => Vec::new(),
    };
    let principal = Principal { user: asker, memberships: &memberships };
    let grant = authorize::<Read, _>(&principal, access::Conversation { creator: asker, place })
        .map_err(|_| "The asker may not read these conversations any more.")?;
    let words = query.get(..query.floor_char_boundary(MAX_WORDS_BYTES)).unwrap_or_default().to_owned();
    let call = account::Call::Search { call: search::Call::Find { words, limit: MAX_HITS, skip: 0 } };
    match room.accounts.call(&index_of(grant.of().owner()), call).await {
        Ok(account::Reply::Search { reply: search::Reply::Found { hits, .. } }) => {
            let hits = hits.into_iter().map(|hit| {
                let text: String = hit.snippet.into_iter().map(|part| part.text).collect();
                json!({
                    "conversationId": hit.conversation_id, "title": hit.title, "messageId": hit.message_id,
                    "role": hit.role, "text": text, "createdAt": hit.created_at,
                })
            });
            Ok(json!({ "hits": hits.collect::<Vec<_>>() }))
        }
        Ok(account::Reply::Unknown) => Ok(json!({ "hits": [] })),
        Ok(_) | Err(_) => Err(UNKNOWN.into()),
    }
}

/// What a call does to artifacts, where the conversation is: each call has a name that stays, and makes one version.
async fn artifact(room: &Rc<Room>, run: &Run) -> Result<Value, Fault> {
    const UNKNOWN: &str = "The artifacts cannot be reached now.";
    let known = room.read(|log| Ok((log.id(), log.resource(), log.turn_id(run.turn)?)));
    let (conversation, resource, message) = known.ok_or(UNKNOWN)?;
    let memberships = match resource.place {
        Some(_) => room.memberships(run.asker).await.ok_or(UNKNOWN)?,
        None => Vec::new(),
    };
    let principal = Principal { user: run.asker, memberships: &memberships };
    let grant = authorize(&principal, access::Conversation { creator: run.asker, ..resource })
        .map_err(|_| "The asker may not write here any more.")?;
    let ports = WorkerPorts::new(&room.env, None);
    let desk = Desk { files: ports.files(), attachments: ports.attachments(), artifacts: ports.artifacts() };
    let now_ms = room.now_ms();
    let fresh = || {
        let mut bytes = [0; 10];
        WorkerEntropy.fill(&mut bytes);
        bytes
    };
    let context = Context {
        principal,
        grant,
        conversation,
        message,
        call: &run.due.id,
        now_ms,
        artifact: ArtifactId::new(now_ms, &fresh()),
        file: AttachmentId::new(now_ms, &fresh()),
    };
    called::run(&desk, &context, run.due.tool, &run.due.input).await
}
