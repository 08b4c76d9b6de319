//! The settings of providers whose accounts one can sign in with: GitHub, Google, and one of the operator's own.

use std::fmt;

use crate::{identity::oauth::Provider, web};

/// Somebody with whose account one can sign in here.
#[derive(Clone)]
pub struct SignInProvider {
    /// Its name in our paths.
    pub id: &'static str,
    /// What people call it.
    pub name: String,
    pub source: Source,
}

/// Where it is asked.
#[derive(Clone)]
pub enum Source {
    Known(Provider),
    /// Its discovery document says where.
    Discovered {
        issuer: String,
        client_id: String,
        client_secret: String,
    },
}

/// Says nothing of the secrets.
impl fmt::Debug for SignInProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInProvider").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The providers that are set; what is wrong with them goes to `faults`.
pub fn read(text: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Vec<SignInProvider> {
    let mut found = Vec::new();
    for (prefix, id, name) in [("GITHUB", "github", "GitHub"), ("GOOGLE", "google", "Google")] {
        let Some((client, secret)) = client(prefix, text, faults) else { continue };
        let base = address(&format!("{prefix}_BASE_URL"), text, faults);
        let base = base.as_deref().map(|base| base.trim_end_matches('/'));
        let provider = match (id, base) {
            ("github", None) => Provider::github(&client, &secret),
            ("github", Some(base)) => Provider::github_at(base, &client, &secret),
            (_, None) => Provider::google(&client, &secret),
            (_, Some(base)) => Provider::google_at(base, &client, &secret),
        };
        found.push(SignInProvider { id, name: name.into(), source: Source::Known(provider) });
    }
    let issuer = address("OIDC_ISSUER", text, faults);
    match (issuer, client("OIDC", text, faults)) {
        (Some(issuer), Some((client_id, client_secret))) => found.push(SignInProvider {
            id: "oidc",
            name: text("OIDC_NAME").unwrap_or_else(|| "Single sign-on".into()),
            source: Source::Discovered { issuer, client_id, client_secret },
        }),
        (None, Some(_)) if text("OIDC_ISSUER").is_none() => {
            faults.push("OIDC_ISSUER must be set with OIDC_CLIENT_ID, for example https://id.example.com.".into());
        }
        (Some(_), None) if text("OIDC_CLIENT_ID").is_none() && text("OIDC_CLIENT_SECRET").is_none() => {
            faults.push("OIDC_CLIENT_ID must be set with OIDC_ISSUER.".into());
        }
        _ => {}
    }
    found
}

fn client(prefix: &str, text: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Option<(String, String)> {
    let (id, secret) = (format!("{prefix}_CLIENT_ID"), format!("{prefix}_CLIENT_SECRET"));
    match (text(&id), text(&secret)) {
        (Some(id), Some(secret)) => return Some((id, secret)),
        (None, None) => {}
        (Some(_), None) => faults.push(format!("{secret} must be set with {id}.")),
        (None, Some(_)) => faults.push(format!("{id} must be set with {secret}.")),
    }
    None
}

fn address(name: &str, text: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Option<String> {
    let url = text(name)?;
    if web::is_safe(&url) {
        return Some(url);
    }
    faults.push(format!("{name} must begin with https:// (http:// is for localhost alone)."));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(pairs: &[(&str, &str)]) -> (Vec<&'static str>, Vec<String>) {
        let mut faults = Vec::new();
        let text = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let found = read(&text, &mut faults);
        assert!(!format!("{found:?}").contains("hush"));
        (found.iter().map(|provider| provider.id).collect(), faults)
    }

    #[test]
    fn only_whole_providers_are_offered() {
        assert_eq!(read_of(&[]), (vec![], vec![]));
        let github = [("GITHUB_CLIENT_ID", "a"), ("GITHUB_CLIENT_SECRET", "hush")];
        let oidc = [("OIDC_CLIENT_ID", "a"), ("OIDC_CLIENT_SECRET", "hush"), ("OIDC_ISSUER", "https://id.example")];
        assert_eq!(read_of(&github), (vec!["github"], vec![]));
        assert_eq!(read_of(&[&github[..], &oidc].concat()), (vec!["github", "oidc"], vec![]));
        for (pairs, name) in [
            (&github[..1], "GITHUB_CLIENT_SECRET"),
            (&github[1..], "GITHUB_CLIENT_ID"),
            (&oidc[..2], "OIDC_ISSUER"),
            (&oidc[2..], "OIDC_CLIENT_ID"),
            (&oidc[1..], "OIDC_CLIENT_ID"),
            (&[oidc[0], oidc[1], ("OIDC_ISSUER", "http://id.example")], "OIDC_ISSUER"),
            (&[github[0], github[1], ("GITHUB_BASE_URL", "ftp://x")], "GITHUB_BASE_URL"),
        ] {
            let (_, faults) = read_of(pairs);
            assert!(faults.len() == 1 && faults[0].starts_with(name), "{pairs:?}: {faults:?}");
        }
    }
}
