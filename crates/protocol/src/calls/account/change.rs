//! A change of what an account knows of its user, and what there is to know of an account.

use serde::{Deserialize, Serialize};

use super::{Profile, Role};
use crate::{plan::Plan, timestamp::Timestamp};

/// What is different now: the named fields, and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileChange {
    /// The version of the users row that says so; such a change names every field that the row has. 0 of somebody
    /// without a row. What is older than what the account knows changes nothing.
    #[serde(default)]
    pub version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banned: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

/// An account, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    pub profile: Profile,
    /// Those that are good.
    pub sessions: u32,
    pub keys: u32,
    /// By a session or a key, to the minute.
    pub last_seen_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::{super::Call, *};

    #[test]
    fn change_format_unchanged() {
        let ban = ProfileChange { version: 3, banned: Some(true), ..ProfileChange::default() };
        assert_eq!(
            serde_json::to_string(&Call::Change { change: ban }).unwrap(),
            r#"{"type":"change","change":{"version":3,"banned":true}}"#
        );
        let whole = r#"{"version":9,"name":"N","role":"admin","banned":false,"plan":"pro","emailVerified":true}"#;
        let change: ProfileChange = serde_json::from_str(whole).unwrap();
        assert_eq!(serde_json::to_string(&change).unwrap(), whole);
        let later: ProfileChange = serde_json::from_str(r#"{"name":"N","later":1}"#).unwrap();
        assert_eq!(later, ProfileChange { name: Some("N".into()), ..ProfileChange::default() });
    }

    #[test]
    fn overview_format_unchanged() {
        let text = r#"{"profile":{"user":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","guest":true,"role":"user","email":null,"emailVerified":false,"name":null,"banned":false,"createdAt":"1970-01-01T00:00:00.001Z"},"sessions":2,"keys":1,"lastSeenAt":null}"#;
        let overview: Overview = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&overview).unwrap(), text);
    }
}
