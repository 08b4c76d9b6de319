//! Bodies of the links by which anybody may read a conversation.

use serde::{Deserialize, Serialize};

use crate::{ids::ShareId, timestamp::Timestamp};

/// What a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ShareKind {
    /// The branch as it was when the link was made.
    Snapshot,
    /// The current branch, whatever it becomes.
    Live,
}

/// `POST /api/chat/conversations/{id}/shares`
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateShare {
    pub kind: ShareKind,
    /// Without it the link is good until it is revoked.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A link, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Share {
    pub id: ShareId,
    pub kind: ShareKind,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// 201: the only time that the address is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewShare {
    pub url: String,
    pub share: Share,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShareList {
    pub shares: Vec<Share>,
}
