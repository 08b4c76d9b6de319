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
    use crate::users::CodePurpose;

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
    }
}
