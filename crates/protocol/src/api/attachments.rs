//! Files that people send, and uploads in parts.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AttachmentId, ProjectId},
    timestamp::Timestamp,
};

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AttachmentStatus {
    /// Its bytes are still to come. It is forgotten after a day.
    Pending,
    /// It is whole, and may be sent with a message.
    Ready,
}

/// A file that somebody has sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    pub id: AttachmentId,
    pub name: String,
    /// Of a whole file: as its bytes say. Of a pending one: as it was declared.
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    pub status: AttachmentStatus,
    /// In hexadecimal digits.
    pub sha256: Option<String>,
    /// Length of the text that models are shown, in bytes; `null` when it has none.
    pub text_bytes: Option<u64>,
    /// Why it has none.
    pub text_note: Option<String>,
    /// Whether a scanner has looked at it. There is none yet.
    pub scanned: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Of an upload in parts that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadProgress>,
    pub created_at: Timestamp,
}

/// How far an upload in parts has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadProgress {
    /// Of each part but the last, which is what is left.
    pub part_bytes: u64,
    /// How many there are in all, counted from 1.
    pub part_count: u32,
    /// The numbers of those that are there.
    pub parts: Vec<u32>,
}

/// `POST /api/chat/attachments/uploads`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginUpload {
    pub name: String,
    /// Without it the bytes and the name decide.
    #[serde(default)]
    pub media_type: Option<String>,
    /// In bytes.
    pub size: u64,
    /// Without it the file is its sender's alone.
    #[serde(default)]
    pub project_id: Option<ProjectId>,
}
