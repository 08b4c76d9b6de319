//! The tools that a model may call: what each is called, takes and does to the world.
//!
//! Here is what is known of them without running one. What needs nobody else runs here as well ([`Tool::compute`]); the
//! others are run by the object that holds the turn.

pub mod calculator;
pub mod clock;
mod fitting;
pub mod pause;
mod schema;

use edgewise_protocol::api::ArtifactKind;
use serde_json::{Value, json};

pub use fitting::fitting;

use crate::{artifact, models};

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Calculator,
    Clock,
    WebFetch,
    SearchConversations,
    ArtifactCreate,
    ArtifactUpdate,
    ArtifactRead,
    Sleep,
    SleepUntil,
    WaitForEvent,
}

/// Of an address that a tool is given.
const MAX_QUERY_CHARS: u32 = 400;

impl Tool {
    /// Those that answers may use, and runs.
    pub const ALL: [Self; 7] = [
        Self::Calculator,
        Self::Clock,
        Self::WebFetch,
        Self::SearchConversations,
        Self::ArtifactCreate,
        Self::ArtifactUpdate,
        Self::ArtifactRead,
    ];
    /// Those of runs alone: an answer does not wait.
    pub const OF_RUNS: [Self; 3] = [Self::Sleep, Self::SleepUntil, Self::WaitForEvent];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain(Self::OF_RUNS).find(|tool| tool.name() == name)
    }

    /// One that answers may use.
    pub fn of_answers(name: &str) -> Option<Self> {
        Self::named(name).filter(|tool| Self::ALL.contains(tool))
    }

    /// What models and settings call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calculator => "calculator",
            Self::Clock => "clock",
            Self::WebFetch => "web_fetch",
            Self::SearchConversations => "search_conversations",
            Self::ArtifactCreate => "artifact_create",
            Self::ArtifactUpdate => "artifact_update",
            Self::ArtifactRead => "artifact_read",
            Self::Sleep => "sleep",
            Self::SleepUntil => "sleep_until",
            Self::WaitForEvent => "wait_for_event",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Calculator => "Calculator",
            Self::Clock => "Clock",
            Self::WebFetch => "Web page",
            Self::SearchConversations => "Past conversations",
            Self::ArtifactCreate => "New artifact",
            Self::ArtifactUpdate => "Artifact",
            Self::ArtifactRead => "Reading an artifact",
            Self::Sleep => "Pause",
            Self::SleepUntil => "Pause until a time",
            Self::WaitForEvent => "Waiting for an event",
        }
    }

    /// For the model.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Calculator => {
                "Evaluates an arithmetic expression exactly, with + - * / ^ %, brackets, sqrt and percentages."
            }
            Self::Clock => "Tells the date, the weekday and the time now, in UTC or at an offset from it.",
            Self::WebFetch => "Reads a public page of the web and returns its main text as Markdown.",
            Self::SearchConversations => {
                "Searches the user's earlier conversations for words and returns the best passages."
            }
            Self::ArtifactCreate => {
                "Makes a document, a program, a page or a drawing that the user keeps and sees beside the conversation. \
                 For whole works that the user will use again; short passages belong into the answer."
            }
            Self::ArtifactUpdate => {
                "Writes a new version of an artifact: either all of its content, or edits that each find a passage \
                 which is there exactly once, and replace it."
            }
            Self::ArtifactRead => "Reads an artifact of this conversation or an earlier one, by its id.",
            Self::Sleep => "Pauses the work for some seconds, up to 90 days. Waiting costs nothing.",
            Self::SleepUntil => "Pauses the work until a time, 90 days away at most. Waiting costs nothing.",
            Self::WaitForEvent => {
                "Pauses the work until an event of this name is sent to it from outside, and returns what the event says. \
                 Waiting costs nothing."
            }
        }
    }

    /// JSON schema of its arguments, of the subset that [`schema::check`] knows.
    pub fn parameters(self) -> Value {
        let object = |properties: Value, required: &[&str]| {
            json!({
                "type": "object", "properties": properties, "required": required, "additionalProperties": false,
            })
        };
        let artifact_id =
            json!({ "type": "string", "maxLength": 36, "description": "As it was told when it was made" });
        match self {
            Self::Calculator => object(
                json!({ "expression": {
                    "type": "string", "minLength": 1, "maxLength": calculator::MAX_EXPRESSION_CHARS,
                    "description": "For example (12.5 + 3) * 4 ^ 2",
                } }),
                &["expression"],
            ),
            Self::Clock => object(
                json!({ "utc_offset": {
                    "type": "string", "maxLength": 6, "description": "For example +02:00; without it, UTC",
                } }),
                &[],
            ),
            Self::WebFetch => object(
                json!({ "url": {
                    "type": "string", "minLength": 1, "maxLength": crate::outbound::MAX_URL_BYTES,
                    "description": "The page's whole address, https://...",
                } }),
                &["url"],
            ),
            Self::SearchConversations => object(
                json!({ "query": {
                    "type": "string", "minLength": 1, "maxLength": MAX_QUERY_CHARS,
                    "description": "Words that the conversations hold",
                } }),
                &["query"],
            ),
            Self::ArtifactCreate => object(
                json!({
                    "title": { "type": "string", "minLength": 1, "maxLength": artifact::MAX_TITLE_CHARS },
                    "kind": { "type": "string", "enum": ArtifactKind::ALL.map(ArtifactKind::name) },
                    "language": {
                        "type": "string", "maxLength": artifact::MAX_LANGUAGE_CHARS,
                        "description": "Of code, as a code block names it: rust, python",
                    },
                    "content": { "type": "string", "maxLength": artifact::MAX_CONTENT_BYTES },
                }),
                &["title", "kind", "content"],
            ),
            Self::ArtifactUpdate => object(
                json!({
                    "artifactId": artifact_id,
                    "baseVersion": {
                        "type": "integer", "minimum": 1, "description": "The version that the content was made from",
                    },
                    "content": {
                        "type": "string", "maxLength": artifact::MAX_CONTENT_BYTES, "description": "All of it, anew",
                    },
                    "edits": {
                        "type": "array", "minItems": 1, "maxItems": artifact::edits::MAX_EDITS,
                        "description": "Instead of content: changes, one after the other",
                        "items": object(
                            json!({
                                "find": {
                                    "type": "string", "minLength": 1,
                                    "description": "A passage that is there exactly once, to the letter",
                                },
                                "replace": { "type": "string", "description": "What stands there then" },
                            }),
                            &["find", "replace"],
                        ),
                    },
                }),
                &["artifactId"],
            ),
            Self::ArtifactRead => object(
                json!({
                    "artifactId": artifact_id,
                    "version": { "type": "integer", "minimum": 1, "description": "Without it, the newest" },
                }),
                &["artifactId"],
            ),
            Self::Sleep => object(
                json!({ "seconds": { "type": "integer", "minimum": 1, "maximum": pause::MAX_PAUSE_S } }),
                &["seconds"],
            ),
            Self::SleepUntil => object(
                json!({ "time": {
                    "type": "string", "maxLength": 40, "description": "For example 2026-03-01T09:00:00+02:00",
                } }),
                &["time"],
            ),
            Self::WaitForEvent => object(
                json!({
                    "name": {
                        "type": "string", "minLength": 1, "maxLength": pause::MAX_NAME_BYTES,
                        "description": "Letters, digits, dot, hyphen and underscore",
                    },
                    "timeout_seconds": {
                        "type": "integer", "minimum": 1, "maximum": pause::MAX_PAUSE_S,
                        "description": "How long to wait at most; without it, 90 days",
                    },
                }),
                &["name"],
            ),
        }
    }

    /// As a model is told of it.
    pub fn definition(self) -> models::Tool {
        models::Tool { name: self.name().into(), description: self.description().into(), parameters: self.parameters() }
    }

    /// # Errors
    /// A sentence for the model that says which argument is wrong and why.
    pub fn check(self, input: &Value) -> Result<(), String> {
        schema::check(&self.parameters(), input)?;
        self.check_pause(input)
    }

    /// Where its results come from, when they were written by nobody whom the asker need trust.
    pub const fn source(self) -> Option<&'static str> {
        match self {
            Self::WebFetch => Some("what a page of the web says"),
            Self::SearchConversations => Some("what was found in earlier conversations"),
            // It may have been copied from a page.
            Self::ArtifactRead => Some("what an artifact holds"),
            Self::WaitForEvent => Some("what an event from outside says"),
            Self::Calculator
            | Self::Clock
            | Self::ArtifactCreate
            | Self::ArtifactUpdate
            | Self::Sleep
            | Self::SleepUntil => None,
        }
    }

    /// It reaches into the world in the asker's name: an address that a model makes up may carry away what it has read.
    /// One that the question itself names was chosen by the asker.
    fn acts(self, input: &Value, question: &str) -> bool {
        let url = || input.get("url").and_then(Value::as_str).unwrap_or_default();
        self.may_ask() && !names(question, url())
    }

    /// Whether somebody may be asked before it runs, also where the settings do not say so.
    pub const fn may_ask(self) -> bool {
        matches!(self, Self::WebFetch)
    }

    /// Runs a tool that needs nobody else; `None` for the others.
    pub fn compute(self, input: &Value, now_ms: u64) -> Option<Result<Value, String>> {
        let text = |field: &str| input.get(field).and_then(Value::as_str);
        match self {
            Self::Calculator => Some(
                calculator::evaluate(text("expression").unwrap_or_default()).map(|result| json!({ "result": result })),
            ),
            Self::Clock => Some(clock::read(now_ms, text("utc_offset"))),
            Self::WebFetch
            | Self::SearchConversations
            | Self::ArtifactCreate
            | Self::ArtifactUpdate
            | Self::ArtifactRead
            | Self::Sleep
            | Self::SleepUntil
            | Self::WaitForEvent => None,
        }
    }
}

/// Whether a text has `url` in it, whole.
fn names(text: &str, url: &str) -> bool {
    let ends = |rest: &str| {
        rest.chars().next().is_none_or(|c| c.is_whitespace() || "<>()[]{}\"'`".contains(c))
            // The end of a sentence.
            || rest.trim_start_matches(['.', ',', ';', ':', '!', '?', ')']).chars().next().is_none_or(char::is_whitespace)
    };
    !url.is_empty() && text.match_indices(url).any(|(at, _)| ends(text.get(at + url.len()..).unwrap_or_default()))
}

/// What a turn may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offered {
    tools: Vec<Tool>,
    /// Those that somebody is asked about each time, whatever they are to do.
    ask_first: Vec<Tool>,
}

impl Offered {
    /// `wanted` are those that the asker named; `None`: all that are `enabled`, but for those that are `off` here.
    pub fn new(wanted: Option<&[String]>, enabled: &[Tool], off: &[Tool], ask_first: &[Tool]) -> Self {
        let is_wanted = |tool: &&Tool| match wanted {
            Some(wanted) => wanted.iter().any(|name| name == tool.name()),
            None => !off.contains(tool),
        };
        Self { tools: enabled.iter().filter(is_wanted).copied().collect(), ask_first: ask_first.to_vec() }
    }

    pub const fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    pub fn has(&self, tool: Tool) -> bool {
        self.tools.contains(&tool)
    }

    pub fn asks_first(&self, tool: Tool, input: &Value, question: &str) -> bool {
        self.ask_first.contains(&tool) || tool.acts(input, question)
    }

    pub fn definitions(&self) -> Vec<models::Tool> {
        self.tools.iter().map(|tool| tool.definition()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again_and_fit_every_vendor() {
        for tool in Tool::ALL.into_iter().chain(Tool::OF_RUNS) {
            assert_eq!(Tool::named(tool.name()), Some(tool));
            assert!(tool.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            assert_eq!(tool.parameters()["additionalProperties"], false);
        }
    }

    #[test]
    fn arguments_are_checked() {
        assert_eq!(Tool::Clock.check(&json!({})), Ok(()));
        assert!(Tool::Calculator.check(&json!({})).unwrap_err().contains("expression"));
        assert!(Tool::Calculator.check(&json!({ "expression": 1 })).unwrap_err().contains("expression"));
        assert!(Tool::WebFetch.check(&json!({ "url": "https://a.example", "method": "POST" })).is_err());
    }

    #[test]
    fn an_address_that_the_asker_named_is_not_asked_about() {
        let offered = Offered::new(None, &Tool::ALL, &[], &[]);
        let asks = |url: &str, question: &str| offered.asks_first(Tool::WebFetch, &json!({ "url": url }), question);
        assert!(!asks("https://a.example/x", "Read https://a.example/x, please."));
        assert!(!asks("https://a.example/x", "(https://a.example/x)"));
        assert!(!asks("https://a.example/x", "https://a.example/x"));
        assert!(asks("https://a.example/", "Read https://a.example/x"), "another page");
        assert!(asks("https://a.example/x?q=secret", "Read https://a.example/x"));
        assert!(asks("https://evil.example", "Read the news"));
        assert!(asks("", "anything"));
        assert!(!offered.asks_first(Tool::Calculator, &json!({}), ""));
        assert!(Offered::new(None, &Tool::ALL, &[], &[Tool::Clock]).asks_first(Tool::Clock, &json!({}), ""));
    }

    #[test]
    fn only_what_is_enabled_and_wanted_is_offered() {
        let enabled = [Tool::Calculator, Tool::Clock];
        let wanted = ["clock".to_owned(), "web_fetch".to_owned()];
        let offered = Offered::new(Some(&wanted), &enabled, &[Tool::Clock], &[]);
        assert_eq!((offered.has(Tool::Clock), offered.definitions().len()), (true, 1));
        assert!(Offered::new(Some(&[]), &enabled, &[], &[]).is_empty());
        assert_eq!(Offered::new(None, &enabled, &[], &[]).definitions().len(), 2);
        let here = Offered::new(None, &enabled, &[Tool::Clock, Tool::WebFetch], &[]);
        assert!(here.has(Tool::Calculator) && !here.has(Tool::Clock) && !here.has(Tool::WebFetch));
    }
}
