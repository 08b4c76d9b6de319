//! WebSocket frames: those of the AI SDK 7 chat transport, and our `subscribe`.

use serde::{Deserialize, Serialize};

use crate::{chunk::Chunk, event::Event, tool::Approval};

/// The request id that events of the log carry; stock clients ignore frames of requests that they did not make.
pub const LOG_REQUEST_ID: &str = "$log";

/// What a client may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    /// Send the last message of `messages`, or make the answer to it anew (`trigger` `regenerate-message`).
    Send {
        request_id: String,
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        trigger: Option<String>,
        #[serde(default)]
        message_id: Option<String>,
        messages: Vec<UiMessage>,
        #[serde(default)]
        body: Option<SendBody>,
    },
    /// Show the turn that is under way, from its first chunk or after `lastSequence`.
    Resume {
        request_id: String,
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        last_sequence: Option<u64>,
    },
    /// Stop the turn that this request shows.
    Abort { request_id: String },
    /// Show the log: everything after number `after`, then live.
    Subscribe {
        #[serde(default)]
        request_id: Option<String>,
        #[serde(default)]
        after: u64,
    },
}

/// The extra fields of a `send` that we read; others are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendBody {
    pub model: Option<String>,
    pub parent_id: Option<String>,
    /// The tools that the answer may use.
    pub tools: Option<Vec<String>>,
}

/// A message as the AI SDK writes it. Older messages of the array are ours already and are not read.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UiMessage {
    #[serde(default)]
    pub id: Option<String>,
    pub role: String,
    #[serde(default)]
    pub parts: Vec<UiPart>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UiPart {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub text: Option<String>,
    /// Of a `file`: where its bytes are.
    #[serde(default)]
    pub url: Option<String>,
    /// Of a call of a tool: where it stands, and what was said of it.
    #[serde(default)]
    pub state: Option<String>,
    #[serde(default)]
    pub approval: Option<Approval>,
}

impl UiPart {
    pub fn state(&self) -> &str {
        self.state.as_deref().unwrap_or_default()
    }
}

impl UiMessage {
    /// The text parts, joined.
    pub fn text(&self) -> String {
        let texts: Vec<&str> =
            self.parts.iter().filter(|part| part.kind == "text").filter_map(|part| part.text.as_deref()).collect();
        texts.join("\n")
    }
}

/// What the server says.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ServerFrame<'a> {
    Start { request_id: &'a str },
    Chunk { request_id: &'a str, sequence: u64, chunk: &'a Chunk },
    End { request_id: &'a str },
    Error { request_id: &'a str, error_text: &'a str },
    NoActive { request_id: &'a str },
    Event { request_id: &'a str, seq: u64, event: &'a Event },
}

/// Why a socket was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    Done = 1000,
    BadFrame = 1008,
    TooLarge = 1009,
    TooSlow = 1013,
    SignIn = 4401,
    Forbidden = 4403,
    Gone = 4404,
    TooMany = 4429,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_frame_format_unchanged() {
        let shown = |frame: ServerFrame<'_>| serde_json::to_string(&frame).unwrap();
        assert_eq!(shown(ServerFrame::NoActive { request_id: "r" }), r#"{"type":"no-active","requestId":"r"}"#);
        assert_eq!(
            shown(ServerFrame::Error { request_id: "r", error_text: "e" }),
            r#"{"type":"error","requestId":"r","errorText":"e"}"#
        );
        assert_eq!(
            shown(ServerFrame::Chunk { request_id: "r", sequence: 0, chunk: &Chunk::StartStep }),
            r#"{"type":"chunk","requestId":"r","sequence":0,"chunk":{"type":"start-step"}}"#
        );
    }

    #[test]
    fn reads_the_frames_of_the_stock_transport() {
        let frame: ClientFrame = serde_json::from_str(
            r#"{"type":"send","requestId":"r1","id":"chat1","trigger":"submit-message","messages":[{"id":"m","role":"user","parts":[{"type":"text","text":"hi"},{"type":"file","url":"x"}]}],"headers":{},"body":{"k":1},"metadata":null}"#,
        )
        .unwrap();
        let ClientFrame::Send { messages, .. } = frame else { panic!("{frame:?}") };
        assert_eq!(messages[0].text(), "hi");
    }
}
