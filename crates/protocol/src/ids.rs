//! Ids: UUIDv7 strings, typed by what they name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::organization::Jurisdiction;

/// The text is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a UUID")
    }
}

impl std::error::Error for NotAnId {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            pub const fn uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Accepts only the hyphenated form, so that one thing has one name.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != 36 {
                    return Err(NotAnId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

/// An id that is anything but a conversation's, which has more to say.
macro_rules! plain_id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name);

        impl $name {
            /// A fresh UUIDv7 from the time and ten bytes of randomness.
            pub fn new(now_ms: u64, entropy: &[u8; 10]) -> Self {
                Self(Builder::from_unix_timestamp_millis(now_ms, entropy).into_uuid())
            }
        }
    };
}

id!(
    /// A conversation, and the name of the object that holds it. It tells where that object must be, see
    /// [`ConversationId::jurisdiction`].
    ConversationId
);
plain_id!(
    /// A message. For a conversation's own messages it is derived, see [`MessageId::at`].
    MessageId
);
plain_id!(
    /// A person or a guest.
    UserId
);
id!(
    /// A user or an organization.
    TenantId
);
plain_id!(
    /// A signed-in device.
    SessionId
);
plain_id!(
    /// An API key.
    KeyId
);
plain_id!(
    /// A letter by e-mail.
    LetterId
);
plain_id!(
    /// People who work together, and what is theirs.
    OrganizationId
);
plain_id!(
    /// A place for an organization's conversations.
    ProjectId
);
plain_id!(
    /// A preset or a prompt that a user keeps.
    LibraryId
);
plain_id!(
    /// A link by which anybody may read a conversation.
    ShareId
);
plain_id!(
    /// An agent that somebody keeps.
    AgentId
);
plain_id!(
    /// A run of an agent, and the name of the object that holds it.
    RunId
);
plain_id!(
    /// An endpoint that webhooks are sent to, and the name of the object that sends them.
    WebhookId
);
plain_id!(
    /// When an agent begins runs by itself.
    ScheduleId
);
plain_id!(
    /// A text that was made beside a conversation.
    ArtifactId
);
plain_id!(
    /// A file that somebody has sent.
    AttachmentId
);
plain_id!(
    /// A letter that asks somebody into an organization.
    InvitationId
);

impl UserId {
    /// The id of somebody whom another issuer names: the same issuer and subject give the same user. A UUIDv8 (a digest).
    pub fn named(digest: [u8; 16]) -> Self {
        Self(Builder::from_custom_bytes(digest).into_uuid())
    }
}

/// The last two bytes of an id whose object must be in the EU.
const EU: [u8; 2] = [0x00, 0xe5];

impl ConversationId {
    /// A fresh UUIDv7 from the time and ten bytes of randomness, of a conversation that may be anywhere.
    pub fn new(now_ms: u64, entropy: &[u8; 10]) -> Self {
        Self::new_in(Jurisdiction::None, now_ms, entropy)
    }

    /// As [`ConversationId::new`]; the id carries its jurisdiction, so that nobody needs to be asked for it.
    pub fn new_in(jurisdiction: Jurisdiction, now_ms: u64, entropy: &[u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(now_ms, entropy).into_uuid()).settled(jurisdiction)
    }

    /// The id of a conversation that its client names in its own words (`useChat` makes up short
    /// random ids): the same user and name give the same conversation. A UUIDv8 (a digest).
    pub fn named(digest: [u8; 16]) -> Self {
        Self(Builder::from_custom_bytes(digest).into_uuid()).settled(Jurisdiction::None)
    }

    /// Where the object of this conversation must be.
    pub fn jurisdiction(&self) -> Jurisdiction {
        if self.0.as_bytes().ends_with(&EU) { Jurisdiction::Eu } else { Jurisdiction::None }
    }

    /// The id with the end that says so. What chance has made of it otherwise, one in 65,536, is changed by a bit.
    fn settled(self, jurisdiction: Jurisdiction) -> Self {
        let end = u128::from(u16::from_be_bytes(EU));
        let bits = self.0.as_u128();
        match jurisdiction {
            Jurisdiction::Eu => Self(Uuid::from_u128(bits & !0xffff | end)),
            Jurisdiction::None if self.jurisdiction() == Jurisdiction::Eu => Self(Uuid::from_u128(bits ^ 1)),
            Jurisdiction::None => self,
        }
    }
}

const SALT_BITS: u32 = 30;

impl MessageId {
    /// The id of the message whose row has the number `seq`: a UUIDv7 that carries the number, so that a
    /// message is found by its id without an index (an index would be one more row written for each message).
    ///
    /// `unix_ms (48) | 7 | salt (12) | 0b10 | seq (32) | salt (30)`, the salt taken from the conversation's id.
    pub fn at(conversation: ConversationId, seq: u64, created_at_ms: u64) -> Self {
        let salt = conversation.0.as_u128() & ((1 << 42) - 1);
        let low = (u128::from(seq & 0xffff_ffff) << SALT_BITS) | (salt & ((1 << SALT_BITS) - 1));
        let rand_a = salt >> SALT_BITS;
        let bits = (u128::from(created_at_ms & 0xffff_ffff_ffff) << 80) | (7 << 76) | (rand_a << 64) | (2 << 62) | low;
        Self(Uuid::from_u128(bits))
    }

    /// The row number that this id claims. A claim: compare the whole id with the row's before believing it.
    pub fn seq(&self) -> u64 {
        u64::try_from((self.0.as_u128() >> SALT_BITS) & 0xffff_ffff).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation() -> ConversationId {
        "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap()
    }

    #[test]
    fn message_id_format_unchanged() {
        let id = MessageId::at(conversation(), 7, 1_700_000_000_000);
        assert_eq!(id.to_string(), "018bcfe5-6800-7074-8000-0001ee3f4a5b");
        assert_eq!(id.uuid().get_version_num(), 7);
    }

    #[test]
    fn message_id_carries_its_number() {
        for seq in [1, 2, 1000, u64::from(u32::MAX)] {
            assert_eq!(MessageId::at(conversation(), seq, 1).seq(), seq);
        }
    }

    #[test]
    fn conversation_ids_carry_their_jurisdiction() {
        let chance = [1, 2, 3, 4, 5, 6, 7, 8, 0x00, 0xe5];
        let eu = ConversationId::new_in(Jurisdiction::Eu, 1_700_000_000_000, &[7; 10]);
        assert_eq!(eu.to_string(), "018bcfe5-6800-7707-8707-0707070700e5", "stored: never change it");
        assert_eq!(eu.jurisdiction(), Jurisdiction::Eu);
        for elsewhere in [
            ConversationId::new(1, &[7; 10]),
            ConversationId::new(1, &chance),
            ConversationId::named([0xe5; 16]),
            ConversationId::named([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0x00, 0xe5]),
        ] {
            assert_eq!(elsewhere.jurisdiction(), Jurisdiction::None, "{elsewhere}");
        }
        assert!(ConversationId::new(1, &chance).to_string().ends_with("00e4"));
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        for bad in ["", "x", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", "{0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}"] {
            assert_eq!(bad.parse::<ConversationId>(), Err(NotAnId), "{bad}");
        }
    }
}
