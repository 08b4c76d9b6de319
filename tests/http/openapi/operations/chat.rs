//! Conversations, their messages and their log.

use edgewise::bounds::{DEFAULT_MESSAGE_PAGE, MAX_MESSAGE_PAGE, MAX_WAIT_S};
use edgewise_domain::{
    catalogue::{DEFAULT_PAGE, MAX_PAGE, MAX_SEARCH_BYTES},
    chat::send::MAX_FOLDER_CHARS,
};
use edgewise_protocol::{
    api::{
        Accepted, Conversation, ConversationPage, CreateConversation, DecideCall, DecidedCall, EventPage,
        ForkConversation, MessagePage, Regenerate, SendMessage, SetVote, StopTurn, ToolsForMe, UiChat,
        UpdateConversation,
    },
    chunk::Chunk,
    event::Event,
    message::Message,
};
use serde_json::{Value, json};

use super::{
    super::{
        bounds::key,
        operation::{Operation, operation},
        schemas::Schemas,
    },
    AI_SDK, CHAT, id, page, whole,
};

/// The operations on one conversation begin like this.
fn on(method: &'static str, rest: &'static str, id_: &'static str, summary: &'static str) -> Operation {
    operation(method, rest, id_, CHAT, summary).hole("id", id(), "The conversation's.").fails(&[404])
}

/// Those on one message.
fn on_message(method: &'static str, rest: &'static str, id_: &'static str, summary: &'static str) -> Operation {
    on(method, rest, id_, summary).hole("message", id(), "The message's.")
}

/// What makes another answer.
fn answering(operation: Operation) -> Operation {
    operation
        .header("Idempotency-Key", name(), "The same key again makes no second answer.")
        .events_by(200, "The answer's words, unless JSON alone is accepted.", Schemas::words)
        .json::<Accepted>(202, "Stored; the answer comes on the log.")
        .fails(&[402, 409])
}

/// A chat by the name that its client gives it.
fn on_chat(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    operation(method, path, id, AI_SDK, summary).hole("id", name(), "The chat's, or the conversation's id.")
}

/// What a client makes up.
fn name() -> Value {
    let mut name = key();
    name["type"] = "string".into();
    name
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn label() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": MAX_FOLDER_CHARS})
}

fn seq() -> Value {
    whole(0, None, 0)
}

pub fn operations() -> Vec<Operation> {
    let wait = format!("Of a page that would be empty: seconds to wait for the first event, {MAX_WAIT_S} at most.");
    let search = json!({"type": "string", "maxLength": MAX_SEARCH_BYTES});
    let list = operation("GET", "/api/chat/conversations", "listConversations", CHAT, "The newest activity first.");
    let create = operation("POST", "/api/chat/conversations", "createConversation", CHAT, "Makes a conversation.");
    vec![
        page(list, MAX_PAGE, DEFAULT_PAGE)
            .query("q", search, "Words of titles and previews. Bytes count; `%`, `_` and `\\` twice.")
            .query("archived", flag(), "Those in the archive, and not those outside of it.")
            .query("pinned", flag(), "Those that are pinned, or are not.")
            .query("tag", label(), "Those with this tag.")
            .query("folder", label(), "Those in this folder.")
            .query("project", id(), "Those of this project, and not one's own.")
            .json::<ConversationPage>(200, "A page.")
            .tagged()
            .fails(&[404]),
        create
            .once()
            .may_take::<CreateConversation>()
            .json::<Conversation>(201, "It is made.")
            .with(201, "Location")
            .fails(&[404]),
        on("GET", "/api/chat/conversations/{id}", "getConversation", "One conversation.")
            .json::<Conversation>(200, "As it is now."),
        on("PATCH", "/api/chat/conversations/{id}", "updateConversation", "Changes what is named.")
            .takes::<UpdateConversation>()
            .json::<Conversation>(200, "As it is now."),
        on("DELETE", "/api/chat/conversations/{id}", "deleteConversation", "Deletes it.").empty(204, "It is gone."),
        operation("GET", "/api/tools", "listTools", CHAT, "The tools that answers may use.")
            .json::<ToolsForMe>(200, "All that there are."),
        on("POST", "/api/chat/conversations/{id}/fork", "forkConversation", "A branch as a conversation of its own.")
            .once()
            .may_take::<ForkConversation>()
            .json::<Conversation>(201, "It is made.")
            .with(201, "Location"),
        page(
            on("GET", "/api/chat/conversations/{id}/messages", "listMessages", "Its messages, oldest first."),
            MAX_MESSAGE_PAGE,
            DEFAULT_MESSAGE_PAGE,
        )
        .json::<MessagePage>(200, "A page.")
        .tagged(),
        on("POST", "/api/chat/conversations/{id}/messages", "sendMessage", "Sends a message, and answers it.")
            .header("Idempotency-Key", name(), "Stands for `clientMessageId` where that is missing.")
            .takes::<SendMessage>()
            .events_by(200, "The answer's words, unless JSON alone is accepted.", Schemas::words)
            .json::<Accepted>(202, "Stored; the answer comes on the log.")
            .fails(&[402, 409]),
        on(
            "POST",
            "/api/chat/conversations/{id}/approvals/{call}",
            "decideCall",
            "Says whether a call of a tool may run; the same again changes nothing.",
        )
        .hole("call", name(), "The call's.")
        .takes::<DecideCall>()
        .json::<DecidedCall>(200, "It is decided.")
        .fails(&[409]),
        on("POST", "/api/chat/conversations/{id}/stop", "stopConversation", "Stops a turn, or all of them.")
            .may_take::<StopTurn>()
            .json_by(202, "Stopped, or had ended before.", Schemas::stopped),
        on_message(
            "DELETE",
            "/api/chat/conversations/{id}/messages/{message}",
            "deleteMessage",
            "Deletes it, with what follows it.",
        )
        .empty(204, "It is gone."),
        on_message("PUT", "/api/chat/conversations/{id}/messages/{message}/vote", "voteMessage", "Votes on an answer.")
            .takes::<SetVote>()
            .json::<Message>(200, "As it is now.")
            .fails(&[409]),
        answering(on_message(
            "POST",
            "/api/chat/conversations/{id}/messages/{message}/regenerate",
            "regenerateMessage",
            "Answers it once more, or its question.",
        ))
        .may_take::<Regenerate>(),
        answering(on_message(
            "POST",
            "/api/chat/conversations/{id}/messages/{message}/continue",
            "continueMessage",
            "Goes on with an answer that ended before its end.",
        ))
        .fails(&[413, 422]),
        on("GET", "/api/chat/conversations/{id}/events", "getEvents", "The log: a stream, or with JSON a page.")
            .query("after", seq(), "The number of the last event at hand.")
            .query("lastEventId", seq(), "The same.")
            .query("wait", whole(0, None, 0), &wait)
            .header("Last-Event-ID", json!({"type": "string"}), "The same as `after`, and before it.")
            .events::<Event>(200, "Events, for as long as the reader stays.")
            .json::<EventPage>(200, "Events, for as long as the reader stays; or a page.")
            .tagged()
            .fails(&[422]),
        on("GET", "/api/chat/conversations/{id}/ws", "openSocket", "A WebSocket; its frames are in docs/API.md.")
            .empty(101, "The socket is open. What is wrong with the conversation closes it with a code.")
            .fails(&[400]),
        operation("POST", "/api/chat", "chat", AI_SDK, "Sends a message; the first of a chat makes the conversation.")
            .takes_chat::<UiChat>()
            .events::<Chunk>(200, "A UI message stream, version 1; the last `data:` is `[DONE]`.")
            .with(200, "X-Vercel-AI-UI-Message-Stream")
            .fails(&[404, 409]),
        on_chat("GET", "/api/chat/{id}/stream", "resumeChat", "The answer under way, from its start.")
            .query("approvals", json!({"type": "boolean"}), "The client knows the chunks that ask for approvals.")
            .events::<Chunk>(200, "A UI message stream, version 1; the last `data:` is `[DONE]`.")
            .with(200, "X-Vercel-AI-UI-Message-Stream")
            .empty(204, "Nothing is under way, or there is no such chat.")
            .fails(&[422]),
        on_chat("POST", "/api/chat/{id}/stop", "stopChat", "Stops a turn, or all of them.")
            .may_take::<StopTurn>()
            .json_by(202, "Stopped, or had ended before.", Schemas::stopped)
            .fails(&[404]),
    ]
}
