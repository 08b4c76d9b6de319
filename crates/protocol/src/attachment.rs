//! A file as a message holds it: in the log, and in the call that sends the message.

use serde::{Deserialize, Serialize};

use crate::ids::AttachmentId;

/// What a conversation needs to know of a file: it asks nobody for more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attached {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub size: u64,
    /// The key of its bytes; its text is beside them.
    pub object: String,
    /// Length of its text; 0 when it has none.
    pub text_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attached_format_unchanged() {
        let text = r#"{"id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","name":"a.md","mediaType":"text/markdown","size":3,"object":"files/t/i","textBytes":3}"#;
        let attached: Attached = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&attached).unwrap(), text);
    }
}
