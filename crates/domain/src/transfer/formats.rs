//! The shapes of conversations elsewhere. All fields of all of them stand in one type, and the shape is told by those that
//! are there; what is not named here is passed over.

use std::{borrow::Cow, collections::HashMap};

use edgewise_protocol::{
    api::Conversation,
    calls::conversation::Imported,
    ids::MessageId,
    message::{Message, Part, Role},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    FORMAT, Found, MAX_MESSAGES,
    times::Time,
    tree::{Node, questions_and_answers},
};

/// How much of messages within messages is read: each level is read once more for each that it is in.
const MAX_NESTED_BYTES: usize = 256 * 1024 * 1024;

/// Any of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Any<'a> {
    // Ours.
    format: Option<String>,
    version: Option<u32>,
    #[serde(borrow)]
    conversation: Option<&'a RawValue>,
    // ChatGPT's.
    mapping: Option<HashMap<String, ChatGptNode<'a>>>,
    current_node: Option<String>,
    conversation_id: Option<String>,
    create_time: Option<Time>,
    default_model_slug: Option<String>,
    // Claude's.
    uuid: Option<String>,
    name: Option<String>,
    chat_messages: Option<Vec<ClaudeMessage<'a>>>,
    // LibreChat's.
    #[serde(rename = "conversationId")]
    libre_id: Option<String>,
    options: Option<LibreOptions>,
    #[serde(rename = "messagesTree", borrow)]
    messages_tree: Option<&'a RawValue>,
    // Ours and LibreChat's.
    #[serde(borrow)]
    messages: Option<&'a RawValue>,
    // Open WebUI's.
    chat: Option<WebUiChat<'a>>,
    // Several have these.
    id: Option<String>,
    title: Option<String>,
    created_at: Option<Time>,
}

impl Any<'_> {
    pub fn source_id(&self) -> Option<String> {
        let ours = || self.ours().map(|conversation| conversation.id.to_string());
        let named = [&self.conversation_id, &self.uuid, &self.libre_id, &self.id];
        named.into_iter().flatten().next().cloned().or_else(ours)
    }

    pub fn title(&self) -> Option<String> {
        let inner = self.chat.as_ref().and_then(|chat| chat.title.as_ref());
        let title = self.title.as_ref().or(self.name.as_ref()).or(inner).cloned();
        title.or_else(|| Some(self.ours()?.title))
    }

    fn ours(&self) -> Option<Conversation> {
        serde_json::from_str(self.conversation?.get()).ok()
    }
}

#[derive(Debug, Deserialize)]
struct ChatGptNode<'a> {
    #[serde(borrow, default)]
    message: Option<ChatGptMessage<'a>>,
    #[serde(default)]
    parent: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ChatGptMessage<'a> {
    author: ChatGptAuthor,
    #[serde(default)]
    create_time: Option<Time>,
    #[serde(borrow, default)]
    content: Option<ChatGptContent<'a>>,
    #[serde(default)]
    metadata: Option<ChatGptMetadata>,
    /// A tool, where it is not everybody.
    #[serde(default)]
    recipient: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ChatGptAuthor {
    role: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChatGptContent<'a> {
    content_type: String,
    #[serde(borrow)]
    parts: Option<Vec<&'a RawValue>>,
    text: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChatGptMetadata {
    model_slug: Option<String>,
    is_visually_hidden_from_conversation: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct ClaudeMessage<'a> {
    uuid: String,
    sender: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(borrow, default)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    created_at: Option<Time>,
    #[serde(default)]
    parent_message_uuid: Option<String>,
    #[serde(default)]
    attachments: Vec<ClaudeAttachment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClaudeAttachment {
    file_name: Option<String>,
    extracted_content: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LibreOptions {
    model: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LibreMessage<'a> {
    message_id: String,
    #[serde(default)]
    parent_message_id: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(borrow, default)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    is_created_by_user: Option<bool>,
    #[serde(default)]
    sender: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    created_at: Option<Time>,
    #[serde(borrow, default)]
    children: Option<Vec<&'a RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebUiChat<'a> {
    title: Option<String>,
    models: Vec<String>,
    system: Option<String>,
    #[serde(borrow)]
    history: WebUiHistory<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebUiHistory<'a> {
    #[serde(borrow)]
    messages: HashMap<String, WebUiMessage<'a>>,
    #[serde(rename = "currentId")]
    current_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WebUiMessage<'a> {
    #[serde(rename = "parentId", default)]
    parent_id: Option<String>,
    role: String,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    timestamp: Option<Time>,
}

/// A piece of a message, where messages come in pieces.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Piece<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// Reads one, by its shape.
pub fn read(any: Any<'_>) -> Result<Found, String> {
    if any.format.is_some() {
        return ours(&any);
    }
    if let Some(mapping) = any.mapping {
        let nodes = in_order(mapping.into_iter().map(|(id, node)| chat_gpt(id, node)).collect());
        let id = any.conversation_id.or(any.id);
        return found("chatgpt", id, any.title, any.default_model_slug, any.create_time, nodes, any.current_node);
    }
    if let Some(messages) = any.chat_messages {
        let is_line = messages.iter().all(|message| message.parent_message_uuid.is_none());
        let mut nodes: Vec<Node> = messages.into_iter().map(claude).collect();
        let leaf = nodes.last().map(|node| node.id.clone());
        if is_line {
            follow_one_another(&mut nodes);
        }
        return found("claude", any.uuid, any.name, None, any.created_at, nodes, leaf);
    }
    if let Some(chat) = any.chat {
        let (model, leaf) = (chat.models.into_iter().next(), chat.history.current_id);
        let nodes = in_order(chat.history.messages.into_iter().map(|(id, message)| web_ui(id, message)).collect());
        let title = any.title.or(chat.title);
        let mut found = found("open-webui", any.id, title, model, any.created_at, nodes, leaf)?;
        found.system_prompt = chat.system.filter(|system| !system.trim().is_empty());
        return Ok(found);
    }
    match (any.libre_id, any.messages_tree.or(any.messages)) {
        (Some(id), Some(messages)) => {
            let nodes = libre(messages.get())?;
            let leaf = nodes.iter().max_by_key(|node| node.at).map(|node| node.id.clone());
            let model = any.options.and_then(|options| options.model);
            found("librechat", Some(id), any.title, model, None, nodes, leaf)
        }
        _ => Err("It is of no shape that is known: ChatGPT's, Claude's, LibreChat's, Open WebUI's or ours.".into()),
    }
}

fn found(
    source: &'static str,
    id: Option<String>,
    title: Option<String>,
    model: Option<String>,
    created_at: Option<Time>,
    nodes: Vec<Node>,
    leaf: Option<String>,
) -> Result<Found, String> {
    let source_id = id.filter(|id| !id.is_empty()).ok_or("It has no id.")?;
    let (messages, skipped) = questions_and_answers(&nodes, leaf.as_deref())?;
    let created_at = created_at.and_then(|at| at.read());
    Ok(Found { source, source_id, title, system_prompt: None, model, created_at, messages, skipped })
}

/// Messages of a map, in the order in which they were written.
fn in_order(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
    nodes
}

fn follow_one_another(nodes: &mut [Node]) {
    let mut before = None;
    for node in nodes {
        node.parent = before.replace(node.id.clone());
    }
}

fn chat_gpt(id: String, node: ChatGptNode<'_>) -> Node {
    let parent = node.parent;
    let Some(message) = node.message else { return Node { id, parent, ..Node::default() } };
    let metadata = message.metadata.unwrap_or_default();
    let content = message.content.unwrap_or_default();
    let to_all = message.recipient.as_deref().is_none_or(|recipient| recipient == "all");
    let text = match content.content_type.as_str() {
        "code" | "execution_output" => fenced(&content.text.unwrap_or_default()),
        "text" | "multimodal_text" => {
            let parts = content.parts.unwrap_or_default();
            let texts = parts.into_iter().map(|part| text_of(part).unwrap_or_else(|| "[attachment]".into()));
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
        }
        _ => String::new(),
    };
    let role = match message.author.role.as_str() {
        "user" => Some(Role::User),
        "assistant" if to_all || content.content_type == "code" => Some(Role::Assistant),
        "tool" if content.content_type == "execution_output" => Some(Role::Assistant),
        _ => None,
    };
    let is_hidden = metadata.is_visually_hidden_from_conversation == Some(true) || text.is_empty();
    let at = message.create_time.and_then(|at| at.read());
    Node { id, parent, role: role.filter(|_| !is_hidden), text, model: metadata.model_slug, at }
}

fn fenced(code: &str) -> String {
    if code.trim().is_empty() {
        return String::new();
    }
    // Longer than any within.
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{}\n{fence}", code.trim_end())
}

fn claude(message: ClaudeMessage<'_>) -> Node {
    let pieces = message.content.as_deref().map(pieces).filter(|text| !text.is_empty());
    let mut text = pieces.or(message.text).unwrap_or_default();
    for attachment in message.attachments {
        if let Some(content) = attachment.extracted_content.filter(|content| !content.trim().is_empty()) {
            let name = attachment.file_name.unwrap_or_default();
            text.push_str(&format!("\n\n{name}\n\n{}", fenced(&content)));
        }
    }
    let role = match message.sender.as_str() {
        "human" | "user" => Some(Role::User),
        "assistant" => Some(Role::Assistant),
        _ => None,
    };
    let (id, parent) = (message.uuid, message.parent_message_uuid);
    Node { id, parent, role, text, model: None, at: message.created_at.and_then(|at| at.read()) }
}

fn web_ui(id: String, message: WebUiMessage<'_>) -> Node {
    let role = match message.role.as_str() {
        "user" => Some(Role::User),
        "assistant" => Some(Role::Assistant),
        _ => None,
    };
    let text = message.content.map(text_or_pieces).unwrap_or_default();
    let at = message.timestamp.and_then(|at| at.read());
    Node { id, parent: message.parent_id, role, text, model: message.model, at }
}

/// A list of messages, or messages that hold those that follow them. Read level by level: however deep they stand in one
/// another, nothing calls itself.
fn libre(messages: &str) -> Result<Vec<Node>, String> {
    let unreadable = |error: serde_json::Error| format!("It cannot be read: {error}.");
    let mut open: Vec<&RawValue> = serde_json::from_str(messages).map_err(unreadable)?;
    open.reverse();
    let (mut nodes, mut bytes) = (Vec::new(), 0_usize);
    while let Some(raw) = open.pop() {
        bytes = bytes.saturating_add(raw.get().len());
        if nodes.len() >= MAX_MESSAGES || bytes > MAX_NESTED_BYTES {
            return Err(format!("It has more than {MAX_MESSAGES} messages, or nests them too deep."));
        }
        let message: LibreMessage<'_> = serde_json::from_str(raw.get()).map_err(unreadable)?;
        let pieces = message.content.as_deref().map(pieces).filter(|text| !text.is_empty());
        let by_user = message.is_created_by_user.unwrap_or_else(|| message.sender.as_deref() == Some("User"));
        nodes.push(Node {
            id: message.message_id,
            parent: message.parent_message_id,
            role: Some(if by_user { Role::User } else { Role::Assistant }),
            text: message.text.filter(|text| !text.is_empty()).or(pieces).unwrap_or_default(),
            model: message.model.filter(|_| !by_user),
            at: message.created_at.and_then(|at| at.read()),
        });
        open.extend(message.children.unwrap_or_default().into_iter().rev());
    }
    Ok(nodes)
}

/// The text of what is either a text or pieces of one.
fn text_or_pieces(raw: &RawValue) -> String {
    text_of(raw).unwrap_or_else(|| {
        serde_json::from_str::<Vec<&RawValue>>(raw.get()).map(|all| pieces(&all)).unwrap_or_default()
    })
}

fn text_of(raw: &RawValue) -> Option<String> {
    serde_json::from_str::<Cow<'_, str>>(raw.get()).ok().map(Cow::into_owned)
}

/// The texts of pieces, which are texts or objects that have one.
fn pieces(all: &[&RawValue]) -> String {
    let text = |raw: &&RawValue| {
        let piece: Piece<'_> = serde_json::from_str(raw.get()).ok()?;
        let of_kind = piece.kind.as_deref().is_none_or(|kind| kind == "text");
        let inner = piece.text.filter(|_| of_kind)?;
        // LibreChat's may hold its text one level further down.
        text_of(inner).or_else(|| text_of(serde_json::from_str::<Piece<'_>>(inner.get()).ok()?.value?))
    };
    all.iter().filter_map(text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn ours(any: &Any<'_>) -> Result<Found, String> {
    let (name, version) = FORMAT;
    if any.format.as_deref() != Some(name) || any.version != Some(version) {
        return Err(format!("Its format is not {name}, version {version}."));
    }
    let unreadable = |error: serde_json::Error| format!("It cannot be read: {error}.");
    let conversation = any.conversation.ok_or("It has no conversation.")?.get();
    let conversation: Conversation = serde_json::from_str(conversation).map_err(unreadable)?;
    let messages = any.messages.ok_or("It has no messages.")?.get();
    let messages: Vec<Message> = serde_json::from_str(messages).map_err(unreadable)?;
    if messages.len() > MAX_MESSAGES {
        return Err(format!("It has more than {MAX_MESSAGES} messages."));
    }
    let mut known = HashMap::<MessageId, u32>::new();
    let mut taken = Vec::with_capacity(messages.len());
    for (at, message) in messages.into_iter().enumerate() {
        let parent = match message.parent_id {
            Some(id) => Some(*known.get(&id).ok_or("One of its messages comes before the one that it follows.")?),
            None => None,
        };
        if known.insert(message.id, u32::try_from(at).unwrap_or(u32::MAX)).is_some() {
            return Err("Two of its messages have the same id.".into());
        }
        taken.push(Imported {
            model: message.model.filter(|_| message.role == Role::Assistant),
            status: message.status,
            usage: message.usage,
            error: message.error,
            thought: message.parts.into_iter().filter_map(thought).collect(),
            ..Imported::new(parent, message.role, message.content, Some(message.created_at))
        });
    }
    Ok(Found {
        source: "edgewise",
        source_id: conversation.id.to_string(),
        title: Some(conversation.title),
        system_prompt: conversation.system_prompt,
        model: Some(conversation.model),
        created_at: Some(conversation.created_at),
        messages: taken,
        skipped: 0,
    })
}

fn thought(part: Part) -> Option<String> {
    match part {
        Part::Reasoning { text } => Some(text),
        _ => None,
    }
}
