//! How much the doors take. The API's document tells the same.

pub use edgewise_domain::chat::desk::MAX_MESSAGE_PAGE;

/// Largest JSON body but for those of chat clients: the longest message with every character escaped. What is kept
/// counts against the 128 MB that all requests of an isolate share, and sixty strangers may post at once.
pub const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// Stock clients post their whole conversation with each message. The founding documents' figure, and the most that any
/// route takes.
pub const MAX_CHAT_BODY_BYTES: usize = 10 * 1024 * 1024;
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;
/// Longest name of a person, a key or a passkey.
pub const MAX_NAME_CHARS: usize = 100;
/// Messages in a page, unless asked for more.
pub const DEFAULT_MESSAGE_PAGE: u32 = 50;
/// Messages that one page of a search finds, and unless asked for more.
pub const MAX_SEARCH_PAGE: u32 = 50;
pub const DEFAULT_SEARCH_PAGE: u32 = 20;
/// Longest long poll, seconds: under what proxies cut.
pub const MAX_WAIT_S: u64 = 30;
/// Longest actor or target that the audit log is asked for: more than any id or name of a flag has.
pub const MAX_AUDIT_WORD_BYTES: usize = 100;
