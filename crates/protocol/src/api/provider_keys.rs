//! Bodies of `/api/users/me/provider-keys`: keys of one's own for the providers of models.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// `PUT /api/users/me/provider-keys/{provider}`
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetProviderKey {
    /// Sealed at once, and never shown again.
    pub key: String,
}

/// A key of one's own, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProviderKey {
    pub provider: String,
    /// The key's last four characters, to tell it by.
    pub last_four: String,
    pub created_at: Timestamp,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
    /// Since when the provider does not accept it; answers that need it fail until it is replaced, removed or accepted.
    pub refused_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProviderKeyList {
    pub provider_keys: Vec<ProviderKey>,
    /// For which providers one may bring a key.
    pub providers: Vec<String>,
}
