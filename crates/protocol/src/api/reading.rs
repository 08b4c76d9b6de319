//! Pages of the web, as somebody asks for one and as its text comes back.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// `POST /api/web/read`
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadPage {
    pub url: String,
}

/// The text of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PageText {
    /// Where the page was, after all redirects.
    pub url: String,
    pub title: Option<String>,
    pub text: String,
    /// There was more.
    pub truncated: bool,
    pub fetched_at: Timestamp,
}
