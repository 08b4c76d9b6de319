//! Bodies of `/api/admin/users` and `/api/admin/audit`.

use serde::{Deserialize, Serialize};

use crate::{calls::account::Role, ids::UserId, plan::Plan, timestamp::Timestamp};

/// Somebody, as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AdminUser {
    pub id: UserId,
    pub guest: bool,
    pub role: Role,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    pub plan: Plan,
    pub banned: bool,
    pub created_at: Timestamp,
}

/// `GET /api/admin/users`: those who have a name here; guests and people of other issuers are found by their id alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AdminUserPage {
    pub users: Vec<AdminUser>,
    pub next_cursor: Option<String>,
}

/// `GET /api/admin/users/{id}`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AdminUserDetail {
    #[serde(flatten)]
    pub user: AdminUser,
    pub two_factor: bool,
    pub sessions: u32,
    pub keys: u32,
    /// To the minute; `None`: not since they were last signed out everywhere.
    pub last_seen_at: Option<Timestamp>,
}

/// `PATCH /api/admin/users/{id}`: what is named changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeUser {
    #[serde(default)]
    pub role: Option<Role>,
    #[serde(default)]
    pub banned: Option<bool>,
    #[serde(default)]
    pub plan: Option<Plan>,
    #[serde(default)]
    pub name: Option<String>,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    pub id: String,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub detail: String,
}

/// `GET /api/admin/audit`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    pub next_cursor: Option<String>,
}
