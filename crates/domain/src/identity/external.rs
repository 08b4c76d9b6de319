//! People whom another issuer names: who they are here, for as long as they come.

use edgewise_protocol::{calls::account::Profile, ids::UserId, timestamp::Timestamp};
use sha2::{Digest, Sha256};

use super::jwks::ExternalUser;

/// The user that `subject` of `issuer` is here. Neither can hold the byte between them.
fn user_id(issuer: &str, subject: &str) -> UserId {
    let digest = Sha256::new()
        .chain_update(b"external user\0")
        .chain_update(issuer.as_bytes())
        .chain_update(b"\0")
        .chain_update(subject.as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    UserId::named(bytes)
}

/// What their account keeps of them. The address is shown, and leads to nobody: it is the issuer's word, not ours.
pub fn profile(user: ExternalUser, now_ms: u64) -> Profile {
    Profile {
        email: user.email.map(|email| email.as_str().to_owned()),
        name: user.name,
        ..Profile::new(user_id(&user.issuer, &user.subject), false, Timestamp(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_issuers_own() {
        let id = user_id("https://id.example", "ann");
        assert_eq!(id.to_string(), "f8039ca1-2c8c-8bc4-aec2-b64c7328ce48", "stored: never change it");
        for (issuer, subject) in [("https://id.example/", "ann"), ("https://id.examplea", "nn"), ("", "ann")] {
            assert_ne!(user_id(issuer, subject), id);
        }
    }
}
