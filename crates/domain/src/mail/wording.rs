//! What our letters say. Nothing in them was written by whoever asked for them: nobody sends their own words, or
//! somebody else's name, through us.

use std::fmt;

/// A letter without its receiver.
#[derive(Clone, PartialEq, Eq)]
pub struct Wording {
    pub subject: &'static str,
    pub text: String,
}

impl Wording {
    /// For whoever signed up. The link is good for a day.
    pub fn verify(origin: &str, code: &str) -> Self {
        let text = format!(
            "Welcome to Edgewise.\n\n\
             Confirm that this is your e-mail address:\n\n\
             {origin}/verify?code={code}\n\n\
             The link works once, for 24 hours. If you did not sign up, ignore this letter.\n"
        );
        Self { subject: "Confirm your e-mail address", text }
    }

    /// For whoever forgot their password. The link is good for an hour.
    pub fn reset(origin: &str, code: &str) -> Self {
        let text = format!(
            "Somebody, probably you, asked for a new password for your Edgewise account.\n\n\
             Choose it here:\n\n\
             {origin}/reset?code={code}\n\n\
             The link works once, for one hour. If it was not you, ignore this letter: nothing has changed.\n"
        );
        Self { subject: "Choose a new password", text }
    }

    /// For administrators: answers fail, or come from another provider, until one of them acts.
    pub fn refused_key(provider: &str) -> Self {
        let text = format!(
            "The model provider \"{provider}\" does not accept the key of this Edgewise deployment any longer.\n\n\
             Answers go on with the next provider of each model's list where there is one, and fail where there is \
             none. Set a new key, and deploy.\n\n\
             You get this letter once for each key.\n"
        );
        Self { subject: "A model provider refuses our key", text }
    }

    /// For whoever is asked into an organization. Its name is not ours to send: the page shows it.
    pub fn invite(origin: &str, code: &str) -> Self {
        let text = format!(
            "Somebody asked you into their organization on Edgewise.\n\n\
             To join, sign in or sign up with this e-mail address, and open:\n\n\
             {origin}/invitation?code={code}\n\n\
             The link works once, for 7 days. If you expect nothing of the kind, ignore this letter.\n"
        );
        Self { subject: "You are invited", text }
    }
}

/// The text holds a code.
impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wording").field("subject", &self.subject).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{organizations::INVITATION_MS, users::CodePurpose};

    #[test]
    fn a_letter_has_its_link_and_says_how_long_it_is_good() {
        let hour_ms = 3_600_000;
        let verify = Wording::verify("https://chat.example.org", "CODE");
        assert!(verify.text.contains("\nhttps://chat.example.org/verify?code=CODE\n"));
        assert!(verify.text.contains("24 hours"));
        assert_eq!(CodePurpose::VerifyEmail.lifetime_ms(), 24 * hour_ms);
        let reset = Wording::reset("http://127.0.0.1:8787", "CODE");
        assert!(reset.text.contains("\nhttp://127.0.0.1:8787/reset?code=CODE\n"));
        assert!(reset.text.contains("one hour"));
        assert_eq!(CodePurpose::ResetPassword.lifetime_ms(), hour_ms);
        assert!(!format!("{reset:?}").contains("CODE"));
        let invite = Wording::invite("https://chat.example.org", "CODE");
        assert!(invite.text.contains("\nhttps://chat.example.org/invitation?code=CODE\n"));
        assert!(invite.text.contains("7 days"));
        assert_eq!(INVITATION_MS, 7 * 24 * hour_ms);
    }
}
