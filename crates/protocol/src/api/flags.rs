//! Feature flags, as administrators and as everybody see them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ids::TenantId, timestamp::Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Flag {
    pub name: String,
    /// Off for everybody when not.
    pub enabled: bool,
    /// Of the users, 0 to 100.
    pub percent: u8,
    /// Users and organizations for whom it is on at any percentage.
    pub tenants: Vec<TenantId>,
    pub updated_at: Timestamp,
}

/// `PUT /api/admin/flags/{name}`
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetFlag {
    pub enabled: bool,
    /// Without it, everybody.
    pub percent: Option<u8>,
    #[serde(default)]
    pub tenants: Vec<TenantId>,
}

/// `GET /api/admin/flags`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlagList {
    pub flags: Vec<Flag>,
}

/// `GET /api/flags`: what is on for the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FlagsForMe {
    pub flags: BTreeMap<String, bool>,
}
