//! Rate limits as they cross a wire: the classes, and where a caller stands.

use serde::{Deserialize, Serialize};

/// What a request is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A message to a model.
    Chat,
    /// A run of an agent.
    Agent,
    /// Everything that has no class of its own.
    General,
    /// A crawl of a site.
    Crawl,
    /// An attempt to prove who one is.
    Login,
}

impl Class {
    pub const ALL: [Self; 5] = [Self::Chat, Self::Agent, Self::General, Self::Crawl, Self::Login];

    /// The name in headers and in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Agent => "agent",
            Self::General => "general",
            Self::Crawl => "crawl",
            Self::Login => "login",
        }
    }
}

/// Where a caller stands in a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    pub class: Class,
    /// Requests that any window may hold.
    pub limit: u32,
    pub window_ms: u64,
    /// Requests that would be taken now.
    pub remaining: u32,
    /// When the oldest request that counts leaves the window: then one more is taken. Milliseconds since 1970.
    pub reset_at_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_format_unchanged() {
        let standing =
            Standing { class: Class::Chat, limit: 20, window_ms: 60_000, remaining: 3, reset_at_ms: 1_700_000_000_000 };
        assert_eq!(
            serde_json::to_string(&standing).unwrap(),
            r#"{"class":"chat","limit":20,"windowMs":60000,"remaining":3,"resetAtMs":1700000000000}"#
        );
    }
}
