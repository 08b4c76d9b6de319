//! Calls to the object `Conversation` (binding `CONVERSATION`, named by the conversation's id).
//!
//! A call is a [`Request`] as JSON. The answer is a [`Reply`] as JSON; for calls that follow a turn or the log, a
//! response that streams server-sent events; for pages, an array of the newest event's number and the API's own body, as
//! a string or, when it is long, as a response. It is passed on unread: reading and writing a hundred messages again would
//! cost more than finding them. A socket is a `GET` with `Upgrade: websocket`, [`SOCKET_USER`], [`SOCKET_CREDENTIAL`]
//! and [`SOCKET_MEMBERSHIPS`].

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};

use super::account::Credential;
use crate::{
    api::{Accepted, Conversation, UpdateConversation},
    attachment::Attached,
    details::{Details, known_parameters},
    ids::{AttachmentId, ConversationId, KeyId, MessageId, OrganizationId, UserId},
    jobs::ProjectConversation,
    message::{Message, Role, Status, Usage},
    money::Hold,
    organization::{Membership, Place},
    timestamp::Timestamp,
    vote::Vote,
};

/// Version of the shapes below. Unknown fields are ignored, so that a new Worker may talk to an old object.
pub const VERSION: u32 = 1;

/// Headers that carry the user of a socket, and their credential and memberships as JSON (at most 32 of about 80 bytes);
/// only the Worker can reach the object.
pub const SOCKET_USER: &str = "x-user";
pub const SOCKET_CREDENTIAL: &str = "x-credential";
pub const SOCKET_MEMBERSHIPS: &str = "x-memberships";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub v: u32,
    /// Who asks; `None` is the platform itself.
    pub user: Option<UserId>,
    /// What keeps them signed in: what stays open for it closes when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// The organizations that they are in, as their account has just said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memberships: Vec<Membership>,
    /// What their account holds for the message that they send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// They have keys of their own for providers of models.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_keys: bool,
    pub call: Call,
}

/// Who asks, by which credential, and in which organizations they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    pub user: UserId,
    pub credential: Option<Credential>,
    pub memberships: Vec<Membership>,
    pub hold: Option<Hold>,
    pub own_keys: bool,
}

impl Asker {
    /// Somebody of whom only this is known.
    pub const fn user(user: UserId) -> Self {
        Self { user, credential: None, memberships: Vec::new(), hold: None, own_keys: false }
    }
}

impl Request {
    pub fn new(asker: Option<Asker>, call: Call) -> Self {
        match asker {
            Some(Asker { user, credential, memberships, hold, own_keys }) => {
                Self { v: VERSION, user: Some(user), credential, memberships, hold, own_keys, call }
            }
            None => {
                let (credential, memberships, hold) = (None, Vec::new(), None);
                Self { v: VERSION, user: None, credential, memberships, hold, own_keys: false, call }
            }
        }
    }
}

/// The fields of a new conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    pub id: ConversationId,
    pub title: Option<String>,
    pub system_prompt: Option<String>,
    pub model: String,
    /// Without it the conversation is its creator's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(default, skip_serializing_if = "Details::is_usual")]
    pub details: Details,
}

/// The branch of a conversation that ends with one message, and what the conversation is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// `None`: the first message names it.
    pub title: Option<String>,
    pub system_prompt: Option<String>,
    pub model: String,
    pub place: Option<Place>,
    pub details: Details,
    /// The message that it ends with.
    pub message_id: MessageId,
    pub messages: Vec<Imported>,
}

/// A message that was written elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// The place in the list of the message that this one follows; of an answer it is its question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    pub role: Role,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Of an answer.
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the model thought before it spoke.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thought: String,
    /// Files that go with it: they are ours, and the conversation is known to hold them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attached>,
}

impl Imported {
    /// A message of which nothing else is known.
    pub const fn new(parent: Option<u32>, role: Role, text: String, at: Option<Timestamp>) -> Self {
        Self {
            parent,
            role,
            text,
            model: None,
            at,
            status: Status::Completed,
            usage: None,
            error: None,
            thought: String::new(),
            attachments: Vec::new(),
        }
    }
}

/// What a model is shown of an answer, to make a title or suggestions of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Excerpt {
    /// Who gave the answer.
    pub model: String,
    /// It is the first answer of a conversation that nobody has named.
    pub untitled: bool,
    /// It is the newest answer, and has no suggestions yet.
    pub newest: bool,
    /// The beginnings of both.
    pub question: String,
    pub answer: String,
    /// Who pays, as for the answer itself.
    pub user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// How the answer to a send is followed in the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Follow {
    /// UI message stream chunks.
    Ui,
    /// The same, with those that ask for approvals.
    UiApprovals,
    /// `{"text":…}` frames.
    Words,
}

/// Whether one call may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    pub call_id: String,
    pub approved: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Call {
    Create(Create),
    Get,
    Send {
        text: String,
        client_message_id: Option<String>,
        parent_id: Option<String>,
        /// The user message that this one replaces, on a branch of its own. An id that is not known is none.
        #[serde(default)]
        edit_of: Option<String>,
        model: Option<String>,
        /// Files that whoever sends may read, each of them whole.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attached>,
        /// The tools that the answer may use; without it, those of the settings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tools: Option<Vec<String>>,
        /// An answer that was given to the same request before may be given: the tenant allows it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reuse: bool,
        /// Make the conversation first when there is none.
        create: Option<Create>,
        follow: Option<Follow>,
    },
    Regenerate {
        /// The message to answer again, or the answer to make anew; without it the newest.
        message_id: Option<String>,
        model: Option<String>,
        /// The same one again gives the first one's ids.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        follow: Option<Follow>,
    },
    /// Goes on with an answer that ended before its end, as another answer to the same question.
    Continue {
        message_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        follow: Option<Follow>,
    },
    /// Deletes a message, and every message that follows it.
    DeleteMessage {
        message_id: String,
    },
    Vote {
        message_id: String,
        vote: Option<Vote>,
    },
    /// A temporary conversation whose time is over is deleted. Of any other nothing changes.
    Expire,
    /// Rows of messages that were deleted.
    Pruned,
    /// Makes a conversation of messages that were written elsewhere. One that is there already stays as it is.
    Import {
        create: Create,
        #[serde(default)]
        created_at: Option<Timestamp>,
        messages: Vec<Imported>,
    },
    /// The branch that ends with a message; without one, with the newest that has ended.
    Branch {
        message_id: Option<String>,
    },
    /// May whoever asks share it, and what would be shown?
    Share,
    Stop {
        turn_id: Option<String>,
    },
    /// Under the name that it had when there was a title alone: the version before knows that much of it.
    #[serde(rename = "rename", deserialize_with = "update_of_any_version")]
    Update(UpdateConversation),
    Delete,
    Messages {
        after: u64,
        limit: u32,
    },
    /// As [`Call::Messages`], as a [`Reply`]: for whoever does something with them.
    Read {
        after: u64,
        limit: u32,
    },
    Events {
        after: u64,
        /// Wait so long for one, milliseconds.
        wait_ms: u64,
    },
    /// Follow the log.
    Log {
        after: u64,
    },
    /// Follow the running turn from its first chunk; [`Reply::Nothing`] when none runs.
    Resume {
        /// With the chunks that ask for approvals.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        approvals: bool,
    },
    /// Whether calls of tools that wait may run. The same again changes nothing; [`Reply::Nothing`]: no such call.
    Decide {
        decisions: Vec<Decision>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follow: Option<Follow>,
    },
    /// The catalogue has the row of `version`, and the ledger every turn that ended with event `ledgered` or before.
    Projected {
        version: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ledgered: Option<u64>,
    },
    /// What is a model to be shown of this answer? [`Reply::Nothing`]: nothing is wanted of it any more.
    Excerpt {
        message_id: MessageId,
    },
    /// What a model has made of the answer. What is there already stays as it is.
    Annotated {
        message_id: MessageId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggestions: Vec<String>,
    },
    /// Whatever is open for a credential closes: it is good no longer.
    Revoked {
        credential: Credential,
        /// It is good: whoever was there comes back at once, and is watched again.
        #[serde(default)]
        again: bool,
    },
    /// The user may do less in the organization, or nothing any more: what they have open of it closes.
    MembershipChanged {
        user: UserId,
        organization: OrganizationId,
    },
}

/// A later version may want more to be changed: what is unknown here stays as it is.
fn update_of_any_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UpdateConversation, D::Error> {
    const KNOWN: [&str; 9] =
        ["title", "systemPrompt", "model", "pinned", "archived", "tags", "folder", "parameters", "tools"];
    let mut fields = Map::deserialize(deserializer)?;
    fields.retain(|name, _| KNOWN.contains(&name.as_str()));
    if let Some(Value::Object(parameters)) = fields.get_mut("parameters") {
        *parameters = known_parameters(std::mem::take(parameters));
    }
    serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)
}

impl Call {
    /// Whether the call may be carried out twice: the second time changes nothing, or makes the same once more.
    pub const fn is_idempotent(&self) -> bool {
        match self {
            Self::Send { client_message_id, .. } => client_message_id.is_some(),
            Self::Regenerate { key, .. } | Self::Continue { key, .. } => key.is_some(),
            Self::Create(_)
            | Self::Import { .. }
            | Self::Branch { .. }
            | Self::DeleteMessage { .. }
            | Self::Vote { .. }
            | Self::Expire
            | Self::Pruned
            | Self::Share
            | Self::Get
            | Self::Stop { .. }
            | Self::Update(_)
            | Self::Delete
            | Self::Messages { .. }
            | Self::Read { .. }
            | Self::Events { .. }
            | Self::Log { .. }
            | Self::Resume { .. }
            | Self::Decide { .. }
            | Self::Projected { .. }
            | Self::Excerpt { .. }
            | Self::Annotated { .. }
            | Self::Revoked { .. }
            | Self::MembershipChanged { .. } => true,
        }
    }
}

#[allow(clippy::large_enum_variant, reason = "there is one at a time, on its way to JSON")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reply {
    Conversation {
        conversation: Conversation,
        project: ProjectConversation,
    },
    Accepted(Box<Accepted>),
    Deleted {
        project: ProjectConversation,
    },
    /// A message was deleted. `unheld`: files that the conversation holds no more.
    MessageDeleted {
        project: ProjectConversation,
        unheld: Vec<AttachmentId>,
    },
    Message(Box<Message>),
    Pruned {
        rows: Vec<u64>,
    },
    /// `made`: just now; else it was there.
    Imported {
        made: bool,
        project: ProjectConversation,
    },
    Branch(Box<Branch>),
    Excerpt(Box<Excerpt>),
    /// `leaf`: the last message that can be shown, if there is one.
    Shared {
        title: String,
        leaf: Option<u64>,
    },
    /// A page of messages, which ends early where they are long.
    Messages {
        messages: Vec<Message>,
        more: bool,
        last_seq: u64,
    },
    Done,
    Nothing,
    /// There is no such conversation for this user.
    NotFound,
    Refused {
        reason: Reason,
        detail: String,
        /// The field of the call's body that is bad.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
    /// The object's store failed; ask again.
    Failed,
}

/// Why a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A field is bad.
    Invalid,
    TooLarge,
    /// Try again when a turn has ended.
    Busy,
    /// The state does not allow it.
    Conflict,
    /// They may read the conversation, and not do this.
    Role,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_format_unchanged() {
        let request = Request::new(None, Call::Events { after: 3, wait_ms: 0 });
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"v":1,"user":null,"call":{"type":"events","after":3,"waitMs":0}}"#
        );
        let text = r#"{"v":1,"user":"ID","memberships":[{"organization":"ID","role":"editor"}],"call":{"type":"create","id":"ID","title":null,"systemPrompt":null,"model":"m","place":{"project":"ID","organization":"ID"}}}"#
            .replace("ID", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
        let request: Request = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
        let text = r#"{"type":"membership-changed","user":"ID","organization":"ID"}"#
            .replace("ID", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
        let changed: Call = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&changed).unwrap(), text);
        let older: Call = serde_json::from_str(&format!(
            r#"{{"type":"create","id":"{id}","title":null,"systemPrompt":null,"model":"m"}}"#,
            id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
        ))
        .unwrap();
        assert!(matches!(older, Call::Create(Create { place: None, .. })));
        let stop: Call = serde_json::from_str(r#"{"type":"stop","turnId":null,"later":1}"#).unwrap();
        assert!(matches!(stop, Call::Stop { turn_id: None }));
        let older: Call = serde_json::from_str(r#"{"type":"revoked","credential":"external"}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&older).unwrap(),
            r#"{"type":"revoked","credential":"external","again":false}"#
        );
    }

    #[test]
    fn only_what_makes_no_second_message_may_be_called_twice() {
        let send = |id: &str| format!(r#"{{"type":"send","text":"a","clientMessageId":{id}}}"#);
        let cases = [
            (send(r#""k""#), true),
            (send("null"), false),
            (r#"{"type":"regenerate"}"#.into(), false),
            (r#"{"type":"get"}"#.into(), true),
            (r#"{"type":"stop"}"#.into(), true),
            (r#"{"type":"resume"}"#.into(), true),
            (r#"{"type":"decide","decisions":[{"callId":"call_3_0","approved":true}]}"#.into(), true),
            (r#"{"type":"rename","title":"t"}"#.into(), true),
        ];
        for (json, idempotent) in cases {
            let call: Call = serde_json::from_str(&json).unwrap();
            assert_eq!(call.is_idempotent(), idempotent, "{json}");
        }
    }

    #[test]
    fn what_a_later_version_changes_too_is_passed_over() {
        let call = r#"{"type":"rename","later":1,"title":"T","parameters":{"temperature":1.0,"later":{"a":1}}}"#;
        let Call::Update(update) = serde_json::from_str(call).unwrap() else { panic!("{call}") };
        assert_eq!(update.title.as_deref(), Some("T"));
        assert!(update.parameters.is_some_and(|parameters| parameters.temperature.is_some()));
        let details: Details = serde_json::from_str(r#"{"later":1,"parameters":{"later":1,"maxTokens":7}}"#).unwrap();
        assert_eq!(details.parameters.max_tokens, Some(7));
        assert!(serde_json::from_str::<UpdateConversation>(r#"{"title":"T","later":1}"#).is_err(), "people may not");
    }

    #[test]
    fn reply_format_unchanged() {
        let refused = |field| Reply::Refused { reason: Reason::TooLarge, detail: "d".into(), field };
        let shown = |reply| serde_json::to_string(&reply).unwrap();
        assert_eq!(shown(refused(None)), r#"{"type":"refused","reason":"too-large","detail":"d"}"#);
        assert_eq!(
            shown(refused(Some("title".into()))),
            r#"{"type":"refused","reason":"too-large","detail":"d","field":"title"}"#
        );
        assert_eq!(serde_json::to_string(&Reply::NotFound).unwrap(), r#"{"type":"not-found"}"#);
    }
}
