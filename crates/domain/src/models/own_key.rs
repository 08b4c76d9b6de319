//! A key of the asker's own: for whom one may be brought, where it is sealed, and what a refusal of it means.

use edgewise_protocol::ids::UserId;

use super::{failure::FailureKind, list::OPENAI};
use crate::chat::turn::Trouble;

pub const MIN_CHARS: usize = 12;
pub const MAX_CHARS: usize = 512;

/// Under which name a key for `provider` is kept: one vendor has one key, whatever it is spoken to in.
pub fn name_of(provider: &str) -> &str {
    if provider == "openai-responses" { OPENAI } else { provider }
}

/// Where a key is sealed: for one user and one provider.
pub fn context(user: UserId, provider: &str) -> String {
    format!("provider-key/{user}/{}", name_of(provider))
}

/// Whether a text can be a key: it becomes a header.
pub fn is_key(text: &str) -> bool {
    (MIN_CHARS..=MAX_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// To tell a key by.
pub fn last_four(key: &str) -> String {
    key.get(key.len().saturating_sub(4)..).unwrap_or_default().to_owned()
}

/// A refusal means something else where the key was the asker's: it is theirs to mend, and no other provider is asked at
/// our expense instead.
pub fn refused(trouble: Trouble, provider: &str) -> Trouble {
    let Trouble::Refused { kind, retry_after_ms, sentence } = trouble else { return trouble };
    let name = name_of(provider);
    let sentence = match kind {
        FailureKind::Revoked => return no_longer(provider),
        FailureKind::Unfit => {
            format!("{name} does not answer with your own key: is there credit left, and may the key use this model?")
        }
        FailureKind::RateLimited => {
            let sentence = format!("Your own key for {name} has too many requests at the moment.");
            return Trouble::Refused { kind, retry_after_ms, sentence };
        }
        _ => return Trouble::Refused { kind, retry_after_ms, sentence },
    };
    Trouble::Refused { kind: FailureKind::OwnKey, retry_after_ms: None, sentence }
}

/// The provider does not accept it.
pub fn no_longer(provider: &str) -> Trouble {
    let sentence =
        format!("{} does not accept your own key. Replace it or remove it in your account.", name_of(provider));
    Trouble::Refused { kind: FailureKind::OwnKeyRefused, retry_after_ms: None, sentence }
}

/// The vault's key is gone, and with it what it sealed.
pub fn unreadable(provider: &str) -> Trouble {
    let sentence =
        format!("Your own key for {} can be read no longer. Enter it again in your account.", name_of(provider));
    Trouble::Refused { kind: FailureKind::OwnKey, retry_after_ms: None, sentence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::circuit::Outcome;

    fn refusal(kind: FailureKind) -> Trouble {
        Trouble::Refused { kind, retry_after_ms: Some(5), sentence: "Ours.".into() }
    }

    #[test]
    fn a_refused_key_of_the_askers_is_theirs_to_mend_and_says_nothing_of_the_route() {
        for (kind, becomes, says) in [
            (FailureKind::Revoked, FailureKind::OwnKeyRefused, "openai does not accept your own key"),
            (FailureKind::Unfit, FailureKind::OwnKey, "is there credit left"),
        ] {
            let trouble = refused(refusal(kind), "openai-responses");
            assert_eq!(Outcome::of_own_key(&trouble), Outcome::Nothing);
            let Trouble::Refused { kind, retry_after_ms, sentence } = trouble else { panic!() };
            assert_eq!((kind, retry_after_ms, kind.may_go_elsewhere()), (becomes, None, false));
            assert!(sentence.contains(says), "{sentence}");
        }
        let limited = refused(refusal(FailureKind::RateLimited), "groq");
        assert_eq!(Outcome::of_own_key(&limited), Outcome::Nothing, "it is the key's limit");
        assert!(matches!(limited, Trouble::Refused { kind: FailureKind::RateLimited, retry_after_ms: Some(5), .. }));
        for other in [refusal(FailureKind::ContextTooLong), refusal(FailureKind::Overloaded), Trouble::Cut] {
            assert_eq!(refused(other.clone(), "groq"), other);
        }
        assert_eq!(Outcome::of_own_key(&Trouble::Silent), Outcome::Failed, "whoever's key: it does not answer");
    }

    #[test]
    fn a_key_becomes_a_header() {
        assert!(is_key("sk-0123456789"));
        for bad in ["", "short", "sk-0123 456789", "sk-0123456789\n", "sk-0123456789é", &"k".repeat(MAX_CHARS + 1)] {
            assert!(!is_key(bad), "{bad}");
        }
        assert_eq!(last_four("sk-0123456789"), "6789");
    }

    #[test]
    fn one_vendor_has_one_key() {
        let user = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap();
        assert_eq!(context(user, "openai-responses"), context(user, "openai"));
        assert_eq!(context(user, "groq"), format!("provider-key/{user}/groq"));
    }
}
