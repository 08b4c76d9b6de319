//! Organizations as they cross a wire or rest on a disk: roles, memberships, and whose a conversation is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::{NotAnId, OrganizationId, ProjectId, UserId};

/// Organizations that one user may be in. An account's answer to each request carries them all.
pub const MAX_ORGANIZATIONS: u32 = 32;
/// All of them are told within one request when an organization ends: half of what one invocation may call.
pub const MAX_MEMBERS: u32 = 500;
/// Invitations of an organization that are open, and that were sent within a day: each is a letter to a stranger.
pub const MAX_INVITATIONS: u32 = 100;
pub const MAX_PROJECTS: u32 = 100;

/// A role in an organization, the least first: whoever has one may do all that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MemberRole {
    Viewer,
    Editor,
    Admin,
    Owner,
}

impl MemberRole {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Editor, Self::Admin, Self::Owner];

    /// The name in rows and on wires.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Where a project's conversations must rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Jurisdiction {
    /// Wherever they are made.
    #[default]
    None,
    Eu,
}

impl Jurisdiction {
    /// The name in rows and on wires.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Eu => "eu",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::None, Self::Eu].into_iter().find(|jurisdiction| jurisdiction.name() == name)
    }
}

/// An organization that somebody is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub organization: OrganizationId,
    pub role: MemberRole,
}

/// Where a conversation is that is not its creator's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub project: ProjectId,
    pub organization: OrganizationId,
}

/// Whose a conversation is. Its text is the user's id, or `project:<id>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    User(UserId),
    Project(ProjectId),
}

const PROJECT: &str = "project:";

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Project(id) => write!(f, "{PROJECT}{id}"),
        }
    }
}

impl FromStr for Owner {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.strip_prefix(PROJECT) {
            Some(id) => id.parse().map(Self::Project),
            None => text.parse().map(Self::User),
        }
    }
}

impl Serialize for Owner {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Owner {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

    #[test]
    fn owner_format_unchanged() {
        for (text, owner) in [
            (ID.to_owned(), Owner::User(ID.parse().unwrap())),
            (format!("project:{ID}"), Owner::Project(ID.parse().unwrap())),
        ] {
            assert_eq!(owner.to_string(), text);
            assert_eq!(serde_json::to_string(&owner).unwrap(), format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Owner>(&format!("\"{text}\"")).unwrap(), owner);
        }
        for bad in ["", "project:", "x", "organization:0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"] {
            assert!(bad.parse::<Owner>().is_err(), "{bad}");
        }
    }

    #[test]
    fn membership_format_unchanged() {
        let membership = Membership { organization: ID.parse().unwrap(), role: MemberRole::Editor };
        let text = format!(r#"{{"organization":"{ID}","role":"editor"}}"#);
        assert_eq!(serde_json::to_string(&membership).unwrap(), text);
        assert_eq!(serde_json::from_str::<Membership>(&text).unwrap(), membership);
    }

    #[test]
    fn names_are_those_of_the_wire() {
        for role in MemberRole::ALL {
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{}\"", role.name()));
            assert_eq!(MemberRole::named(role.name()), Some(role));
        }
        for jurisdiction in [Jurisdiction::None, Jurisdiction::Eu] {
            assert_eq!(serde_json::to_string(&jurisdiction).unwrap(), format!("\"{}\"", jurisdiction.name()));
            assert_eq!(Jurisdiction::named(jurisdiction.name()), Some(jurisdiction));
        }
        assert_eq!(MemberRole::named("Owner"), None);
    }

    #[test]
    fn a_role_may_what_the_lesser_ones_may() {
        assert!(MemberRole::ALL.is_sorted());
    }
}
