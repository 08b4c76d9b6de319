//! What a conversation tells the catalogue of itself, for tests that change one thing of it.

use edgewise_protocol::{ids::ConversationId, jobs::ProjectConversation, organization::Owner, timestamp::Timestamp};

/// An empty conversation at its first version.
pub fn job(conversation_id: ConversationId, owner: Owner) -> ProjectConversation {
    ProjectConversation {
        v: 1,
        conversation_id,
        owner,
        version: 1,
        title: String::new(),
        system_prompt: None,
        model: "m".into(),
        preview: String::new(),
        message_count: 0,
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        deleted: false,
        details: Default::default(),
        pruned: None,
        ledger: Vec::new(),
        ledgered: None,
        annotate: None,
    }
}
