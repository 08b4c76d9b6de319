//! Conversations that a client names in its own words.

use edgewise_protocol::ids::{ConversationId, UserId};
use sha2::{Digest, Sha256};

use super::send::{Refusal, check_key};

/// The conversation that `user` means by `chat`: the id itself, or one made of both, so that stock clients, which
/// make up short random ids, find their conversation again and nobody else's.
///
/// # Errors
/// [`Refusal`] when `chat` cannot be a name.
pub fn conversation_named(user: UserId, chat: &str) -> Result<ConversationId, Refusal> {
    if let Ok(id) = chat.parse() {
        return Ok(id);
    }
    check_key("id", chat)?;
    let digest = Sha256::new().chain_update(user.uuid().as_bytes()).chain_update(chat.as_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    Ok(ConversationId::named(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_users_own() {
        let user = |n| UserId::new(n, &[0; 10]);
        assert_eq!(conversation_named(user(1), "a"), conversation_named(user(1), "a"));
        assert_ne!(conversation_named(user(1), "a"), conversation_named(user(2), "a"));
        assert_eq!(
            conversation_named(user(1), "a").unwrap().to_string(),
            "90662133-0d87-8d0f-a508-2cb4ad99226e",
            "stored: never change it"
        );
    }
}
