//! The settings of outgoing mail.

use std::fmt;

use super::Environment;
use crate::identity::email::EmailAddress;

/// Where letters go when nothing else is set.
const RESEND: &str = "https://api.resend.com/emails";

/// Who carries letters, over an API like Resend's.
#[derive(Clone, PartialEq, Eq)]
pub struct MailProvider {
    pub url: String,
    pub api_key: String,
    /// `ann@example.org` or `Ann <ann@example.org>`.
    pub from: String,
}

/// Says nothing of the key.
impl fmt::Debug for MailProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailProvider").field("url", &self.url).field("from", &self.from).finish_non_exhaustive()
    }
}

/// The values of `MAIL_API_URL`, `MAIL_API_KEY` and `MAIL_FROM`, which are a provider together. `None`: letters are
/// kept and not sent.
pub fn provider(
    environment: Environment,
    url: Option<String>,
    api_key: Option<String>,
    from: Option<String>,
    faults: &mut Vec<String>,
) -> Option<MailProvider> {
    if let Some(url) = &url
        && !url.starts_with("https://")
        && (environment.is_deployed() || !url.starts_with("http://"))
    {
        faults.push("MAIL_API_URL must begin with https://, for example https://api.resend.com/emails.".into());
    }
    if let Some(from) = &from
        && !is_sender(from)
    {
        faults.push("MAIL_FROM must be an e-mail address, or a name and the address in angle brackets.".into());
    }
    match (api_key, from) {
        (Some(api_key), Some(from)) => {
            Some(MailProvider { url: url.unwrap_or_else(|| RESEND.to_owned()), api_key, from })
        }
        (Some(_), None) => {
            faults.push("MAIL_FROM must be set with MAIL_API_KEY: the address that letters come from.".into());
            None
        }
        (None, from) => {
            if from.is_some() || url.is_some() {
                faults.push(
                    "MAIL_API_KEY must be set with MAIL_FROM and MAIL_API_URL: nothing is sent without it.".into(),
                );
            }
            None
        }
    }
}

fn is_sender(from: &str) -> bool {
    let address = match from.strip_suffix('>') {
        Some(named) => named.split_once('<').map_or("", |(_, address)| address),
        None => from,
    };
    !from.chars().any(char::is_control)
        && EmailAddress::parse(address).is_ok_and(|email| email.as_str().len() == address.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the faults, of `url`, `key`, `from`.
    fn check(environment: Environment, values: [&str; 3]) -> (Option<MailProvider>, Vec<String>) {
        let mut faults = Vec::new();
        let [url, key, from] = values.map(|value| (!value.is_empty()).then(|| value.to_owned()));
        let provider = provider(environment, url, key, from, &mut faults);
        (provider, faults.into_iter().map(|fault| fault.split(' ').next().unwrap().to_owned()).collect())
    }

    #[test]
    fn the_three_are_one_provider_or_none() {
        use Environment::{Development, Production};
        for (environment, values, faults) in [
            (Production, ["", "", ""], &[][..]),
            (Production, ["", "key", "a@b.org"], &[]),
            (Production, ["https://x.org/send", "key", "Edgewise <a@b.org>"], &[]),
            (Development, ["http://127.0.0.1:1/send", "key", "a@b.org"], &[]),
            (Production, ["http://x.org/send", "key", "a@b.org"], &["MAIL_API_URL"]),
            (Production, ["", "key", ""], &["MAIL_FROM"]),
            (Production, ["", "", "a@b.org"], &["MAIL_API_KEY"]),
            (Production, ["https://x.org", "", ""], &["MAIL_API_KEY"]),
            (Production, ["ftp://x.org", "", "nobody"], &["MAIL_API_URL", "MAIL_FROM", "MAIL_API_KEY"]),
            (Development, ["", "key", "a@b.org\r\nBcc: c@d.org"], &["MAIL_FROM"]),
            (Development, ["", "key", "Ann <nobody>"], &["MAIL_FROM"]),
            (Development, ["", "key", "Ann >"], &["MAIL_FROM"]),
        ] {
            assert_eq!(check(environment, values).1, faults, "{values:?}");
        }
        let (provider, _) = check(Production, ["", "a-key", "a@b.org"]);
        let provider = provider.unwrap();
        assert_eq!(provider.url, "https://api.resend.com/emails");
        assert!(!format!("{provider:?}").contains("a-key"));
    }
}
