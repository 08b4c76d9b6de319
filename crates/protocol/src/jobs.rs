//! Queue jobs: what a wake-up message says.

use serde::{Deserialize, Serialize};

use crate::{
    details::Details,
    ids::{ConversationId, MessageId, RunId},
    money::LedgerEntry,
    organization::Owner,
    timestamp::Timestamp,
};

/// Queue `projection`: bring the catalogue row of one conversation up to `version`.
///
/// Carries the whole row, so that the newest message alone is enough and older ones do nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectConversation {
    /// Version of this shape.
    pub v: u32,
    pub conversation_id: ConversationId,
    pub owner: Owner,
    /// The conversation's newest event; only a larger number overwrites the row.
    pub version: u64,
    pub title: String,
    pub system_prompt: Option<String>,
    pub model: String,
    pub preview: String,
    pub message_count: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted: bool,
    #[serde(default, skip_serializing_if = "Details::is_usual")]
    pub details: Details,
    /// The event with which a message was last deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned: Option<u64>,
    /// What turns have cost since the ledger last confirmed, and perhaps before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerEntry>,
    /// The event with which the last of them ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledgered: Option<u64>,
    /// The answer that has just ended, of which a model is to make a title or suggestions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotate: Option<MessageId>,
}

impl ProjectConversation {
    pub const VERSION: u32 = 1;

    /// Whether this version can act on the job. While a deploy or a rollback is under way two versions run side by
    /// side, so each writes what the one before can read; of later ones nobody has thought yet.
    pub const fn is_readable(&self) -> bool {
        self.v <= Self::VERSION + 1
    }
}

/// Queue `generation`: let a model make of one answer what is still wanted of it.
///
/// Says which one and no more: the conversation knows what is wanted when the job is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnnotateAnswer {
    /// Version of this shape.
    pub v: u32,
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
}

impl AnnotateAnswer {
    pub const VERSION: u32 = 1;

    /// As [`ProjectConversation::is_readable`].
    pub const fn is_readable(&self) -> bool {
        self.v <= Self::VERSION + 1
    }
}

/// Queue `generation`: take steps of a run, as far as it has come to need them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRun {
    /// Version of this shape.
    pub v: u32,
    pub run_id: RunId,
}

impl StepRun {
    pub const VERSION: u32 = 1;

    /// As [`ProjectConversation::is_readable`].
    pub const fn is_readable(&self) -> bool {
        self.v <= Self::VERSION + 1
    }
}

/// Queue `webhooks`: tell the endpoints of its user what has happened in a conversation or a run.
///
/// Says which one and no more: the outbox in D1 knows how far it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellWebhooks {
    /// Version of this shape.
    pub v: u32,
    /// The id of the conversation or the run.
    pub source: String,
}

impl TellWebhooks {
    pub const VERSION: u32 = 1;

    pub const fn new(source: String) -> Self {
        Self { v: Self::VERSION, source }
    }

    /// As [`ProjectConversation::is_readable`].
    pub const fn is_readable(&self) -> bool {
        self.v <= Self::VERSION + 1
    }
}

/// What queue `generation` carries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Generation {
    Annotate(AnnotateAnswer),
    Step(StepRun),
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = r#"{"v":1,"conversationId":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","owner":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c","version":9,"title":"T","systemPrompt":null,"model":"m","preview":"p","messageCount":2,"createdAt":"1970-01-01T00:00:00.000Z","updatedAt":"1970-01-01T00:00:00.001Z","deleted":false}"#;

    #[test]
    fn the_next_version_is_read_and_later_ones_are_not() {
        for (v, readable) in [(1, true), (2, true), (3, false)] {
            let later = STORED.replace(r#"{"v":1"#, &format!(r#"{{"later":[1],"v":{v}"#));
            let job: ProjectConversation = serde_json::from_str(&later).unwrap();
            assert_eq!(job.is_readable(), readable, "{v}");
        }
    }

    #[test]
    fn annotation_job_format_unchanged() {
        let text =
            r#"{"v":1,"conversationId":"ID","messageId":"ID"}"#.replace("ID", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
        let job: AnnotateAnswer = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), text);
        for (v, readable) in [(2, true), (3, false)] {
            let later = text.replace(r#"{"v":1"#, &format!(r#"{{"later":[1],"v":{v}"#));
            let job: AnnotateAnswer = serde_json::from_str(&later).unwrap();
            assert_eq!(job.is_readable(), readable, "{v}");
        }
    }

    #[test]
    fn webhooks_job_format_unchanged() {
        let text = r#"{"v":1,"source":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}"#;
        let job: TellWebhooks = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), text);
        for (v, readable) in [(2, true), (3, false)] {
            let later = text.replace(r#"{"v":1"#, &format!(r#"{{"later":[1],"v":{v}"#));
            assert_eq!(serde_json::from_str::<TellWebhooks>(&later).unwrap().is_readable(), readable, "{v}");
        }
    }

    #[test]
    fn the_jobs_of_one_queue_are_told_apart() {
        let text = r#"{"v":1,"runId":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}"#;
        let Generation::Step(job) = serde_json::from_str(text).unwrap() else { panic!("another job") };
        assert_eq!(serde_json::to_string(&job).unwrap(), text);
        let other = text
            .replace("runId", "conversationId")
            .replace('}', r#","messageId":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"}"#);
        assert!(matches!(serde_json::from_str(&other).unwrap(), Generation::Annotate(_)));
    }

    #[test]
    fn projection_job_format_unchanged() {
        let job = ProjectConversation {
            v: 1,
            conversation_id: "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap(),
            owner: "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c".parse().unwrap(),
            version: 9,
            title: "T".into(),
            system_prompt: None,
            model: "m".into(),
            preview: "p".into(),
            message_count: 2,
            created_at: Timestamp(0),
            updated_at: Timestamp(1),
            deleted: false,
            details: Details::default(),
            pruned: None,
            ledger: Vec::new(),
            ledgered: None,
            annotate: None,
        };
        assert_eq!(serde_json::to_string(&job).unwrap(), STORED);
    }
}
