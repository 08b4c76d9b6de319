//! Writes the TypeScript of every type that the web app reads, and fails when the committed file differs.

use ts_rs::{Config, TS};

use crate::{api, calls::account, details, event, ids, message, problem, timestamp, tool, vote};

#[test]
fn typescript_is_up_to_date() {
    let config = Config::default();
    let mut text = String::from("// Generated from crates/protocol by `npm run gen`. Do not edit.\n\n");
    macro_rules! declare {
        ($($kind:ty),* $(,)?) => { $( text.push_str("export "); text.push_str(&<$kind>::decl(&config)); text.push('\n'); )* };
    }
    declare!(
        ids::ConversationId,
        ids::MessageId,
        ids::UserId,
        ids::SessionId,
        ids::KeyId,
        ids::ProjectId,
        ids::AttachmentId,
        timestamp::Timestamp,
        message::Role,
        message::Status,
        tool::ToolState,
        tool::Approval,
        tool::ToolPart,
        message::Part,
        message::Usage,
        vote::VoteValue,
        vote::Vote,
        message::Message,
        event::Turn,
        event::RerouteReason,
        event::Event,
        event::Numbered,
        problem::FieldError,
        problem::Problem,
        details::ForkedFrom,
        details::Effort,
        details::Parameters,
        details::Details,
        api::Conversation,
        api::ConversationPage,
        api::MessagePage,
        api::EventPage,
        api::Accepted,
        api::SnippetPart,
        api::SearchHit,
        api::SearchPage,
        account::Role,
        api::User,
        api::SignedIn,
        api::Session,
        api::SessionView,
        api::SessionList,
        api::Scope,
        api::ApiKey,
        api::NewKey,
        api::KeyList,
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/protocol.ts");
    if std::env::var_os("EDGEWISE_GENERATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, text, "web/src/protocol.ts differs from the Rust types: run `npm run gen`");
}
