//! What an account keeps, as rows of a kind, a key and a JSON value.

use edgewise_protocol::{
    api::{ApiKey, SessionView},
    calls::account::{Answered, Credential, KeptPasskey, NewSession, Profile, SealedKey},
    ids::{ConversationId, KeyId, SessionId},
    limit::Class,
    money::Part,
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::memberships::KeptMembership;
use super::once::KeptOnce;
use super::second::SecondFactor;
use crate::{
    chat::send::StoreError,
    money::{budget::Lease, purse::Purse},
};

/// The rows of one account.
pub trait AccountStore {
    /// Everything; a row that cannot be read is an error.
    ///
    /// # Errors
    /// [`StoreError`].
    fn all(&self) -> Result<Vec<Kept>, StoreError>;

    /// Writes or overwrites one row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put(&mut self, kept: &Kept) -> Result<(), StoreError>;

    /// Deletes one row, by its kind and key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn delete(&mut self, kept: &Kept) -> Result<(), StoreError>;

    /// Deletes every row.
    ///
    /// # Errors
    /// [`StoreError`].
    fn clear(&mut self) -> Result<(), StoreError>;
}

/// A signed-in device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptSession {
    pub id: SessionId,
    /// Digest of the cookie's secret.
    pub cookie: String,
    /// Digest of the refresh token that works.
    pub refresh: String,
    /// Digests of those before it, oldest first.
    #[serde(default)]
    pub spent: Vec<String>,
    #[serde(default)]
    pub refreshed_at_ms: u64,
    pub agent: String,
    pub address: String,
    pub created_at_ms: u64,
    pub seen_at_ms: u64,
}

impl KeptSession {
    pub fn new(new: NewSession, now_ms: u64) -> Self {
        Self {
            id: new.id,
            cookie: new.cookie_digest,
            refresh: new.refresh_digest,
            spent: Vec::new(),
            refreshed_at_ms: now_ms,
            agent: new.agent,
            address: new.address,
            created_at_ms: now_ms,
            seen_at_ms: now_ms,
        }
    }

    pub fn view(&self, expires_at_ms: u64) -> SessionView {
        SessionView {
            id: self.id,
            agent: self.agent.clone(),
            address: self.address.clone(),
            created_at: Timestamp(self.created_at_ms),
            seen_at: Timestamp(self.seen_at_ms),
            expires_at: Timestamp(expires_at_ms),
            current: false,
        }
    }
}

/// An API key and the digest of its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptKey {
    pub key: ApiKey,
    pub digest: String,
}

/// Whose requests a window counts: the account's, or one key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowKey {
    pub class: Class,
    pub key: Option<KeyId>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    Profile(Profile),
    Closed,
    Session(KeptSession),
    Key(KeptKey),
    Second(SecondFactor),
    Window(WindowKey, String),
    Watch(ConversationId, Credential),
    Passkey(KeptPasskey),
    ProviderKey(SealedKey),
    /// A challenge that was answered.
    Answered(Answered),
    Once(String, KeptOnce),
    Membership(KeptMembership),
    /// What may be spent and was: of the whole, or of a part.
    Purse(Option<Part>, Purse),
    Lease(String, Lease),
}

impl Kept {
    /// The row's kind and key.
    pub fn name(&self) -> (&'static str, String) {
        match self {
            Self::Profile(_) => ("profile", String::new()),
            Self::Closed => ("closed", String::new()),
            Self::Session(session) => ("session", session.id.to_string()),
            Self::Key(kept) => ("key", kept.key.id.to_string()),
            Self::Second(_) => ("second-factor", String::new()),
            Self::Window(WindowKey { class, key: None }, _) => ("window", class.name().into()),
            Self::Window(WindowKey { class, key: Some(key) }, _) => ("window", format!("{}/{key}", class.name())),
            Self::Once(key, _) => ("once", key.clone()),
            Self::Watch(conversation, Credential::Session(id)) => ("watch", format!("{conversation}/session/{id}")),
            Self::Watch(conversation, Credential::Key(id)) => ("watch", format!("{conversation}/key/{id}")),
            Self::Watch(conversation, Credential::External) => ("watch", format!("{conversation}/external")),
            Self::Passkey(kept) => ("passkey", kept.passkey.id.clone()),
            Self::ProviderKey(kept) => ("provider-key", kept.key.provider.clone()),
            Self::Answered(answered) => ("answered", answered.digest.clone()),
            Self::Membership(kept) => ("membership", kept.organization.to_string()),
            Self::Purse(None, _) => ("purse", String::new()),
            Self::Purse(Some(Part::Key(id)), _) => ("purse", format!("key/{id}")),
            Self::Purse(Some(Part::Project(id)), _) => ("purse", format!("project/{id}")),
            Self::Lease(name, _) => ("lease", name.clone()),
        }
    }

    /// The row's value.
    pub fn value(&self) -> String {
        let json = match self {
            Self::Profile(profile) => serde_json::to_string(profile),
            Self::Session(session) => serde_json::to_string(session),
            Self::Key(key) => serde_json::to_string(key),
            Self::Passkey(kept) => serde_json::to_string(kept),
            Self::ProviderKey(kept) => serde_json::to_string(kept),
            Self::Answered(answered) => return answered.expires_at_ms.to_string(),
            Self::Second(second) => serde_json::to_string(second),
            Self::Once(_, kept) => serde_json::to_string(kept),
            Self::Membership(kept) => serde_json::to_string(kept),
            Self::Purse(_, purse) => serde_json::to_string(purse),
            Self::Lease(_, lease) => serde_json::to_string(lease),
            Self::Window(_, text) => return text.clone(),
            Self::Closed | Self::Watch(..) => return String::new(),
        };
        json.unwrap_or_default()
    }

    /// The row that [`Kept::name`] and [`Kept::value`] wrote.
    pub fn read(kind: &str, key: &str, value: String) -> Option<Self> {
        fn json<T: DeserializeOwned>(value: &str) -> Option<T> {
            serde_json::from_str(value).ok()
        }
        Some(match kind {
            "profile" => Self::Profile(json(&value)?),
            "closed" => Self::Closed,
            "session" => Self::Session(json(&value)?),
            "key" => Self::Key(json(&value)?),
            "second-factor" => Self::Second(json(&value)?),
            "window" => {
                let (class, key) = match key.split_once('/') {
                    Some((class, key)) => (class, Some(key.parse().ok()?)),
                    None => (key, None),
                };
                let class = Class::ALL.into_iter().find(|each| each.name() == class)?;
                Self::Window(WindowKey { class, key }, value)
            }
            "once" => Self::Once(key.to_owned(), json(&value)?),
            "watch" => {
                let (conversation, rest) = key.split_once('/')?;
                let credential = match rest.split_once('/') {
                    Some(("session", id)) => Credential::Session(id.parse().ok()?),
                    Some(("key", id)) => Credential::Key(id.parse().ok()?),
                    None if rest == "external" => Credential::External,
                    _ => return None,
                };
                Self::Watch(conversation.parse().ok()?, credential)
            }
            "passkey" => Self::Passkey(json(&value)?),
            "provider-key" => Self::ProviderKey(json(&value)?),
            "membership" => Self::Membership(json(&value)?),
            "purse" => {
                let part = match key.split_once('/') {
                    Some(("key", id)) => Some(Part::Key(id.parse().ok()?)),
                    Some(("project", id)) => Some(Part::Project(id.parse().ok()?)),
                    None if key.is_empty() => None,
                    _ => return None,
                };
                Self::Purse(part, json(&value)?)
            }
            "lease" => Self::Lease(key.to_owned(), json(&value)?),
            "answered" => Self::Answered(Answered { digest: key.into(), expires_at_ms: value.parse().ok()? }),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_formats_unchanged() {
        let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        for (kind, key, value) in [
            (
                "profile",
                "",
                r#"{"user":"ID","guest":true,"role":"user","email":null,"emailVerified":false,"name":null,"banned":false,"createdAt":"1970-01-01T00:00:00.001Z"}"#,
            ),
            (
                "profile",
                "",
                r#"{"user":"ID","guest":false,"role":"admin","email":"a@b.org","emailVerified":true,"name":"n","banned":false,"plan":"pro","version":7,"createdAt":"1970-01-01T00:00:00.001Z"}"#,
            ),
            ("closed", "", ""),
            (
                "session",
                "ID",
                r#"{"id":"ID","cookie":"c","refresh":"r","spent":["s"],"refreshedAtMs":1,"agent":"a","address":"b","createdAtMs":2,"seenAtMs":3}"#,
            ),
            (
                "key",
                "ID",
                r#"{"key":{"id":"ID","name":"n","scopes":["chat:read","chat:write"],"createdAt":"1970-01-01T00:00:00.001Z","lastUsedAt":null},"digest":"d"}"#,
            ),
            (
                "second-factor",
                "",
                r#"{"pending":{"secret":"s","sinceMs":1},"active":{"secret":"s","lastStep":2,"recovery":["d"]}}"#,
            ),
            ("second-factor", "", r#"{"pending":null,"active":null}"#),
            ("window", "chat", "1700000000000 5"),
            ("window", "chat/ID", "1700000000000 5"),
            (
                "once",
                "any key/of theirs",
                r#"{"fingerprint":"f","atMs":1,"leaseUntilMs":2,"answer":{"status":201,"location":"/x","body":"{}"}}"#,
            ),
            ("once", "k", r#"{"fingerprint":"f","atMs":1,"leaseUntilMs":2,"answer":null}"#),
            ("watch", "ID/session/ID", ""),
            ("watch", "ID/key/ID", ""),
            ("watch", "ID/external", ""),
            (
                "passkey",
                "AQ",
                r#"{"passkey":{"id":"AQ","name":"n","createdAt":"1970-01-01T00:00:00.001Z","lastUsedAt":null},"publicKey":"pQ","counter":7}"#,
            ),
            (
                "provider-key",
                "openai",
                r#"{"key":{"provider":"openai","lastFour":"abcd","createdAt":"1970-01-01T00:00:00.001Z","lastUsedAt":null,"refusedAt":null},"sealed":"1.k.s"}"#,
            ),
            ("answered", "ab", "1700000000000"),
            ("membership", "ID", r#"{"organization":"ID","role":"viewer","version":7}"#),
            ("membership", "ID", r#"{"organization":"ID","role":null,"version":8}"#),
            (
                "purse",
                "",
                r#"{"limits":{"dayMicroUsd":1},"creditsMicroUsd":2,"grants":["g"],"day":3,"month":4,"spent":{"day":5,"month":6,"total":7}}"#,
            ),
            (
                "purse",
                "key/ID",
                r#"{"limits":{},"creditsMicroUsd":0,"day":0,"month":0,"spent":{"day":0,"month":0,"total":0}}"#,
            ),
            ("lease", "1700000000000", r#"{"heldMicroUsd":5,"lapsesAtMs":9,"part":{"project":"ID"}}"#),
        ] {
            let (key, value) = (key.replace("ID", id), value.replace("ID", id));
            let kept = Kept::read(kind, &key, value.clone()).unwrap_or_else(|| panic!("{kind} {key}"));
            assert_eq!((kept.name(), kept.value()), ((kind, key), value));
        }
        assert_eq!(Kept::read("later", "", String::new()), None);
    }
}
