//! What the tools of models do to the world, for whoever runs them: answers in conversations, and runs of agents.
//!
//! A call may run twice when a process dies: what it does is keyed by the call's name, or changes nothing.

use std::rc::Rc;

use edgewise_domain::{
    access::{Grant, Principal, Read, Write},
    artifact::{
        called::{self, Context},
        desk::Desk,
    },
    config::Config,
    ports::{Accounts, Entropy, Ports, WebStandards},
    reading::{self, Unread},
    search::{MAX_WORDS_BYTES, index_of},
    tools::{Tool, fitting},
};
use edgewise_platform::{
    clock::WorkerEntropy, log, objects::AccountObjects, ports::WorkerPorts, standards::RuntimeStandards,
};
use edgewise_protocol::{
    calls::{account, search},
    ids::{ArtifactId, AttachmentId, ConversationId, MessageId},
};
use serde_json::{Value, json};
use worker::Env;

/// Longer than the wall lets a page take.
pub const TIMEOUT_MS: u64 = 20_000;
pub const TOO_LONG: &str = "The tool took too long.";
/// When nobody can say where the conversations are.
pub const UNKNOWN: &str = "The conversations cannot be searched now.";
const MAX_HITS: u32 = 8;

/// What is wrong, in words for the model.
pub type Fault = String;

/// Of which turn or run a call is.
#[derive(Debug, Clone)]
pub struct Origin {
    pub conversation: Option<ConversationId>,
    pub message: Option<MessageId>,
    /// Names the call among all calls, whoever made them: an id, a slash, the call's own name.
    pub call: String,
}

/// A page through the wall, as `POST /api/web/read` reads it.
pub async fn fetch(env: &Env, config: Option<&Rc<Config>>, input: &Value) -> Result<Value, Fault> {
    let config = config.ok_or("The tool is not set up.")?;
    let own = config.app_origin.as_deref().and_then(|origin| RuntimeStandards.parse_url(origin, None));
    let own_hosts: Vec<&str> = own.iter().map(|parts| parts.host.as_str()).collect();
    let ports = WorkerPorts::new(env, None);
    match reading::read(&ports, &config.outbound, &own_hosts, text(input, "url")).await {
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

/// The conversations that `grant` is for.
pub async fn find(accounts: &AccountObjects, grant: Grant<Read>, input: &Value) -> Result<Value, Fault> {
    let query = text(input, "query");
    let words = query.get(..query.floor_char_boundary(MAX_WORDS_BYTES)).unwrap_or_default().to_owned();
    let call = account::Call::Search { call: search::Call::Find { words, limit: MAX_HITS, skip: 0 } };
    match accounts.call(&index_of(grant.of().owner()), call).await {
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

/// What a call does to artifacts: each call has a name that stays, and makes one version.
pub async fn artifact(
    env: &Env,
    principal: Principal<'_>,
    grant: Grant<Write>,
    origin: Origin,
    now_ms: u64,
    tool: Tool,
    input: &Value,
) -> Result<Value, Fault> {
    let ports = WorkerPorts::new(env, None);
    let desk = Desk { files: ports.files(), attachments: ports.attachments(), artifacts: ports.artifacts() };
    let fresh = || {
        let mut bytes = [0; 10];
        WorkerEntropy.fill(&mut bytes);
        bytes
    };
    let context = Context {
        principal,
        grant,
        conversation: origin.conversation,
        message: origin.message,
        call: &origin.call,
        now_ms,
        artifact: ArtifactId::new(now_ms, &fresh()),
        file: AttachmentId::new(now_ms, &fresh()),
    };
    called::run(&desk, &context, tool, input).await
}

fn text<'a>(input: &'a Value, field: &str) -> &'a str {
    input.get(field).and_then(Value::as_str).unwrap_or_default()
}
