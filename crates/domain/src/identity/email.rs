//! E-mail addresses: which ones we accept, and when two of them are the same.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest address that SMTP can carry.
pub const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;

/// An address as its owner writes it, its domain in lower case.
///
/// Only the plain form is taken: no quoted local parts, no comments, no addresses of machines by number. Nobody signs up
/// with those, and every one of them has fooled some parser.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an address; each a sentence for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailFault {
    #[error("An e-mail address is needed.")]
    Empty,
    #[error("This e-mail address is too long: 254 characters at most.")]
    TooLong,
    #[error("An e-mail address has exactly one @.")]
    NotOneAt,
    #[error("An e-mail address has no spaces.")]
    Space,
    #[error("The part before the @ may only have letters without accents, digits and . _ - + and the like.")]
    ForeignLocal,
    #[error("The part before the @ is not right: 1 to 64 characters, and dots only between others.")]
    Local,
    #[error("Write the part behind the @ in its ASCII form, which begins with xn--.")]
    ForeignDomain,
    #[error("The part behind the @ is not the name of a domain.")]
    Domain,
}

impl EmailAddress {
    /// The address in `text`; white space around it is forgiven.
    ///
    /// # Errors
    /// [`EmailFault`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, EmailFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailFault::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(EmailFault::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(EmailFault::Space);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailFault::NotOneAt)?;
        if domain.contains('@') {
            return Err(EmailFault::NotOneAt);
        }
        check_local(local)?;
        let domain = domain.to_ascii_lowercase();
        check_domain(&domain)?;
        Ok(Self(format!("{local}@{domain}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is unique: hardly any server tells `Ann@` from `ann@`, and an impostor must not have the other one.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn check_local(local: &str) -> Result<(), EmailFault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    if local.is_empty() || local.len() > MAX_LOCAL_BYTES {
        return Err(EmailFault::Local);
    }
    if !local.bytes().all(allowed) {
        return Err(EmailFault::ForeignLocal);
    }
    if local.split('.').any(str::is_empty) {
        return Err(EmailFault::Local);
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), EmailFault> {
    if domain == "localhost" {
        return Ok(());
    }
    if !domain.is_ascii() {
        return Err(EmailFault::ForeignDomain);
    }
    let label = |label: &str| {
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let (_, last) = domain.rsplit_once('.').ok_or(EmailFault::Domain)?;
    // A last label of digits is an IP address.
    if !domain.split('.').all(label) || last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EmailFault::Domain);
    }
    Ok(())
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailFault;

    fn try_from(text: String) -> Result<Self, EmailFault> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_what_people_have() {
        for (text, address, key) in [
            ("ann@example.org", "ann@example.org", "ann@example.org"),
            (" Ann.Lee+chat@EXAMPLE.org\n", "Ann.Lee+chat@example.org", "ann.lee+chat@example.org"),
            ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
            ("dev@LocalHost", "dev@localhost", "dev@localhost"),
            ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ] {
            let email = EmailAddress::parse(text).unwrap();
            assert_eq!((email.as_str(), email.key().as_str()), (address, key));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        use EmailFault::*;
        for (text, fault) in [
            ("  ", Empty),
            ("ann", NotOneAt),
            ("ann@b@example.org", NotOneAt),
            ("a nn@example.org", Space),
            ("ann@example.org\r\nBcc:x@example.org", Space),
            ("ann\0@example.org", Space),
            ("ann\u{a0}x@example.org", Space),
            ("@example.org", Local),
            (".ann@example.org", Local),
            ("ann.@example.org", Local),
            ("a..b@example.org", Local),
            ("änn@example.org", ForeignLocal),
            // The Kelvin sign, whose lower case is k.
            ("\u{212a}en@example.org", ForeignLocal),
            ("ann\u{200b}@example.org", ForeignLocal),
            ("\"ann\"@example.org", ForeignLocal),
            ("<ann@example.org>", ForeignLocal),
            ("a,b@example.org", ForeignLocal),
            ("ann@bücher.example", ForeignDomain),
            ("ann@example", Domain),
            ("ann@", Domain),
            ("ann@.org", Domain),
            ("ann@example.org.", Domain),
            ("ann@-a.org", Domain),
            ("ann@a-.org", Domain),
            ("ann@a_b.org", Domain),
            ("ann@127.0.0.1", Domain),
            ("ann@[127.0.0.1]", Domain),
            ("ann@example.org>", Domain),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(fault), "{text:?}");
        }
        assert_eq!(EmailAddress::parse(&format!("{}@example.org", "a".repeat(65))), Err(Local));
        assert_eq!(EmailAddress::parse(&format!("a@{}.org", "a".repeat(64))), Err(Domain));
        assert_eq!(EmailAddress::parse(&format!("a@{}org", "a.".repeat(126))), Err(TooLong));
        assert!(EmailAddress::parse(&format!("a@{}org", "a.".repeat(124))).is_ok());
    }

    #[test]
    fn is_a_string_in_json() {
        let email: EmailAddress = serde_json::from_str("\" Ann@Example.org\"").unwrap();
        assert_eq!(serde_json::to_string(&email).unwrap(), "\"Ann@example.org\"");
        let error = serde_json::from_str::<EmailAddress>("\"ann\"").unwrap_err();
        assert!(error.to_string().starts_with("An e-mail address has exactly one @."));
    }

    proptest! {
        #[test]
        fn parsing_again_changes_nothing(text in "\\PC{0,20}@?\\PC{0,20}|[a-zA-Z.+]{1,9}@[a-zA-Z-]{1,9}\\.[a-zA-Z]{2,5}") {
            if let Ok(email) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(email.as_str()).unwrap(), email.clone());
                prop_assert_eq!(EmailAddress::parse(&email.key()).unwrap().key(), email.key());
                prop_assert!(email.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
