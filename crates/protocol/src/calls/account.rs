//! Calls to the object `Account` (binding `ACCOUNT`), one for each identity: a user, a bare address, a name that
//! somebody tries to sign in with.
//!
//! A call is a `POST` of [`Request`] as JSON, the answer a [`Reply`] as JSON.

mod change;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use change::{Overview, ProfileChange};

use super::search;
use crate::{
    api::{ApiKey, Passkey, ProviderKey, Scope, SessionView},
    ids::{ConversationId, KeyId, OrganizationId, ProjectId, SessionId, UserId},
    limit::{Class, Standing},
    money::{Hold, Part, Settlement, SpendLimits, Spending, Spent},
    organization::{MemberRole, Membership},
    plan::Plan,
    timestamp::Timestamp,
};

/// Version of the shapes below. Unknown fields are ignored, so that a new Worker may talk to an old object.
pub const VERSION: u32 = 1;

/// Whose account: the object's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AccountName {
    User(UserId),
    /// A project: nobody signs in to it, and the index of its messages rests there.
    Project(ProjectId),
    /// What an organization may spend, and nothing else.
    Organization(OrganizationId),
    /// An address that shows no credential: IPv4 whole, IPv6 by its /64.
    Address(String),
    /// A name that is tried at the door, known or not, as a digest.
    SignIn(String),
    /// A route to a provider that fails: who may try it again.
    Route(String),
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Organization(id) => write!(f, "organization:{id}"),
            Self::Address(address) => write!(f, "address:{address}"),
            Self::SignIn(digest) => write!(f, "sign-in:{digest}"),
            Self::Route(name) => write!(f, "route:{name}"),
        }
    }
}

/// Of those who pay; nobody else's name rests on a disk.
impl FromStr for AccountName {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name.split_once(':') {
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| ()),
            Some(("organization", id)) => id.parse().map(Self::Organization).map_err(|_| ()),
            _ => Err(()),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub v: u32,
    pub call: Call,
}

/// What keeps somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    Session(SessionId),
    Key(KeyId),
    /// The word of another issuer. All its tokens for one user are this one: only a ban or the account's end revokes it.
    External,
}

/// What a request showed. Digests are SHA-256, in hex; the account never sees a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Proof {
    /// Nothing: an address, or a name that is tried.
    Nothing,
    /// The session's cookie.
    Cookie { digest: String },
    /// An access token, whose signature the door has checked.
    Access { session: SessionId },
    /// An API key.
    Key { digest: String },
    /// An API key that was good when a socket was opened.
    KnownKey { id: KeyId },
    /// A token of another issuer, which the door has checked, and what it says of its user: who comes for the first
    /// time has an account from then on.
    External { profile: Box<Profile> },
    /// A token of another issuer that was good when a socket was opened.
    KnownExternal,
}

/// A role on the whole deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(rename = "UserRole"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "UserRole"))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    #[default]
    User,
    Admin,
}

/// What an account knows of its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub user: UserId,
    pub guest: bool,
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub email_verified: bool,
    #[serde(default)]
    pub name: Option<String>,
    /// Nothing is admitted any more.
    #[serde(default)]
    pub banned: bool,
    /// What the limits are chosen by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub plan: Plan,
    /// The version of the users row that this says; 0 of somebody without a row.
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: u64,
    /// The account's own to say: what a caller writes here is not kept.
    #[serde(default, skip_serializing_if = "is_default")]
    pub two_factor: bool,
    pub created_at: Timestamp,
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A code as somebody typed it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(pub String);

/// Says nothing: what did not work yet may work still.
impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

impl Profile {
    /// Somebody of whom nothing else is known.
    pub fn new(user: UserId, guest: bool, created_at: Timestamp) -> Self {
        Self {
            user,
            guest,
            role: Role::User,
            email: None,
            email_verified: false,
            name: None,
            banned: false,
            plan: Plan::default(),
            version: 0,
            two_factor: false,
            created_at,
        }
    }
}

/// A session that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSession {
    pub id: SessionId,
    pub cookie_digest: String,
    pub refresh_digest: String,
    /// What the browser calls itself.
    pub agent: String,
    pub address: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Call {
    /// May this request pass? Counts it in `class`'s window when it may.
    Admit {
        proof: Proof,
        class: Class,
        /// A conversation that must be told when the session ends: it holds a socket or a stream open.
        #[serde(default)]
        watch: Option<ConversationId>,
    },
    /// Takes a counted request back: it was not what the window is for.
    Forgive {
        class: Class,
    },
    /// Begins a session, and writes the profile when it is new or has changed. Where a second factor is active no
    /// session begins, unless whoever asks is known; nor for somebody who is banned, whatever the profile says that
    /// was read before.
    Open {
        profile: Profile,
        session: NewSession,
        ends: Ends,
        /// They are inside already, or were made this moment.
        #[serde(default)]
        known: bool,
    },
    /// Begins the session that [`Call::Open`] did not, for a code of the second factor.
    OpenSecond {
        code: Typed,
        profile: Profile,
        session: NewSession,
        ends: Ends,
    },
    /// Keeps the secret of an authenticator app, which is no second factor before it is confirmed.
    BeginTotp {
        secret: Typed,
    },
    /// Makes it one, for a code of it. `recovery` are digests.
    ConfirmTotp {
        code: Typed,
        recovery: Vec<String>,
    },
    /// Takes the second factor away, for a code of it.
    RemoveTotp {
        code: Typed,
    },
    /// Changes the refresh token for a new one.
    Refresh {
        digest: String,
        refresh_digest: String,
    },
    /// Ends sessions.
    End {
        ends: Ends,
    },
    /// All sessions.
    Sessions,
    /// Changes what is known of the user, and gives it.
    Change {
        change: ProfileChange,
    },
    /// What there is to know of the account.
    Overview,
    AddKey {
        key: ApiKey,
        digest: String,
    },
    Keys,
    RemoveKey {
        id: KeyId,
    },
    /// Removes every key.
    RemoveKeys,
    AddPasskey {
        kept: KeptPasskey,
        answered: Answered,
    },
    Passkeys,
    RemovePasskey {
        id: String,
    },
    /// Keeps a key of the user's own for a provider of models, in the place of the one before.
    SetProviderKey {
        key: Box<SealedKey>,
    },
    ProviderKeys,
    RemoveProviderKey {
        provider: String,
    },
    /// The key of the user's own for a provider that is about to be asked.
    UseProviderKey {
        provider: String,
    },
    /// What is known now of the key that was made at this time; of one that has taken its place it says nothing.
    NoteProviderKey {
        provider: String,
        created_at: Timestamp,
        /// Whether the provider refuses it.
        #[serde(default)]
        refused: Option<bool>,
        /// The same key under the newest seal.
        #[serde(default)]
        sealed: Option<String>,
    },
    /// Begins a session for whoever has the passkey.
    SignInWithPasskey {
        sign_in: Box<PasskeySignIn>,
    },
    /// Begins what is done once for `key`, by a request with this fingerprint.
    Begin {
        key: String,
        fingerprint: String,
    },
    /// Ends what [`Call::Begin`] began.
    Finish {
        key: String,
        end: End,
    },
    /// What D1 says of the user in an organization: nothing, or a role. An older version than the known one says
    /// nothing new.
    SetMembership {
        organization: OrganizationId,
        role: Option<MemberRole>,
        version: u64,
    },
    /// In which organizations the user is.
    Memberships,
    /// About the index of the messages of whoever it is.
    Search {
        call: search::Call,
    },
    /// Holds money for a turn, so much in all: see [`Reply::Held`].
    Reserve {
        lease: String,
        want_micro_usd: u64,
        #[serde(default)]
        part: Option<Part>,
    },
    /// What turns have cost. A lease that is settled already is passed over.
    Settle {
        settlements: Vec<Settlement>,
    },
    /// Where the payer stands, or a part of it.
    Spending {
        #[serde(default)]
        part: Option<Part>,
    },
    /// Sets limits. `spent` is what the ledger knows; it counts when nothing was counted here before.
    SetLimits {
        #[serde(default)]
        part: Option<Part>,
        limits: SpendLimits,
        spent: Spent,
    },
    /// Grants credits, once for each key.
    GrantCredits {
        key: String,
        micro_usd: u64,
    },
    /// May the route that failed be asked? See [`Reply::Pass`].
    PassRoute,
    /// It speaks again, or it is not to be asked until then.
    NoteRoute {
        #[serde(default)]
        open_until_ms: Option<u64>,
    },
    /// Forgets everything and lets nobody in again.
    Close,
}

/// A challenge that is answered, and by when it may be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    pub digest: String,
    pub expires_at_ms: u64,
}

/// A passkey that was made, as its account keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptPasskey {
    pub passkey: Passkey,
    /// As COSE writes it, in base64url.
    pub public_key: String,
    pub counter: u32,
}

/// A key of a user's own for a provider, which only whoever asks the provider can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedKey {
    pub key: ProviderKey,
    pub sealed: String,
}

/// What a passkey signed, and what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeySignIn {
    /// JSON, as the browser gave it.
    pub assertion: String,
    pub challenge: [u8; 32],
    pub answered: Answered,
    /// We, as authenticators know us.
    pub party: String,
    pub origin: String,
    pub session: NewSession,
}

/// Which sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    None,
    One(SessionId),
    /// All but this one.
    Others(SessionId),
    All,
}

/// How a request ended that is done once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Done: this is the answer for everybody who asks again.
    Answered(OnceAnswer),
    /// Perhaps done, perhaps not: whoever asks again does it again, and makes the same.
    Unknown,
    /// Refused, nothing was done: the key is free.
    Refused,
}

/// The answer of a request that is done once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnceAnswer {
    pub status: u16,
    #[serde(default)]
    pub location: Option<String>,
    /// JSON. `None`: too long to keep, and made again.
    #[serde(default)]
    pub body: Option<String>,
}

/// Who was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Admission {
    /// `None` of a bare address.
    pub profile: Option<Profile>,
    pub credential: Option<Credential>,
    /// What an API key may do; `None`: whatever its user may.
    pub scopes: Option<Vec<Scope>>,
    /// `None`: limits are off.
    pub standing: Option<Standing>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memberships: Vec<Membership>,
    /// What is held for the message; `None`: no limit applies, or it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// They have keys of their own for providers: whoever asks a provider asks for them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub own_keys: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Reply {
    Admitted(Box<Admission>),
    /// The window is full.
    Limited {
        standing: Standing,
    },
    /// There is no money left for a message.
    OverBudget,
    /// So much is held in all; `None`: no limit applies.
    Held {
        hold: Option<Hold>,
    },
    Spending {
        spending: Spending,
    },
    /// The proof proves nothing here.
    Unknown,
    Refreshed {
        profile: Profile,
        session: SessionId,
    },
    Sessions {
        sessions: Vec<SessionView>,
    },
    Keys {
        keys: Vec<ApiKey>,
    },
    Passkeys {
        passkeys: Vec<Passkey>,
    },
    ProviderKeys {
        keys: Vec<ProviderKey>,
    },
    ProviderKey {
        key: Option<Box<SealedKey>>,
    },
    SignedIn {
        profile: Profile,
    },
    Memberships {
        memberships: Vec<Membership>,
    },
    Search {
        reply: search::Reply,
    },
    /// What is known of the user now.
    Changed {
        profile: Profile,
    },
    Overview {
        overview: Box<Overview>,
    },
    /// The first factor was right.
    SecondNeeded,
    /// The code is wrong, or was used.
    Wrong,
    /// Yours to do. `at_ms`, the time of the first try, is in the ids of what is made: every try makes the same.
    Begun {
        at_ms: u64,
    },
    /// Done before.
    Answered {
        at_ms: u64,
        answer: OnceAnswer,
    },
    /// Somebody is at it, until then at most.
    Running {
        until_ms: u64,
    },
    /// The key was used for another request.
    Mismatch,
    /// Ask the route; or not before then. `None` and not granted: it speaks, ask as you like.
    Pass {
        granted: bool,
        until_ms: Option<u64>,
    },
    Done,
    /// As much as there may be.
    Full,
    /// The object's store failed; ask again.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_format_unchanged() {
        let call = Call::Admit { proof: Proof::Cookie { digest: "ab".into() }, class: Class::Chat, watch: None };
        assert_eq!(
            serde_json::to_string(&Request { v: VERSION, call }).unwrap(),
            r#"{"v":1,"call":{"type":"admit","proof":{"type":"cookie","digest":"ab"},"class":"chat","watch":null}}"#
        );
        let answer = OnceAnswer { status: 201, location: None, body: Some("{}".into()) };
        let finish = Call::Finish { key: "k".into(), end: End::Answered(answer) };
        assert_eq!(
            serde_json::to_string(&finish).unwrap(),
            r#"{"type":"finish","key":"k","end":{"answered":{"status":201,"location":null,"body":"{}"}}}"#
        );
        let older: Call =
            serde_json::from_str(r#"{"type":"admit","proof":{"type":"nothing"},"class":"login"}"#).unwrap();
        assert!(matches!(older, Call::Admit { watch: None, .. }));
    }

    #[test]
    fn proof_formats_unchanged() {
        let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        for text in [
            r#"{"type":"nothing"}"#,
            r#"{"type":"cookie","digest":"ab"}"#,
            r#"{"type":"access","session":"ID"}"#,
            r#"{"type":"key","digest":"ab"}"#,
            r#"{"type":"known-key","id":"ID"}"#,
            r#"{"type":"external","profile":{"user":"ID","guest":false,"role":"user","email":null,"emailVerified":false,"name":null,"banned":false,"createdAt":"1970-01-01T00:00:00.001Z"}}"#,
            r#"{"type":"known-external"}"#,
        ] {
            let text = text.replace("ID", id);
            let proof: Proof = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&proof).unwrap(), text);
        }
        for text in [r#"{"session":"ID"}"#, r#"{"key":"ID"}"#, r#""external""#] {
            let text = text.replace("ID", id);
            let credential: Credential = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&credential).unwrap(), text);
        }
    }

    #[test]
    fn second_factor_formats_unchanged() {
        let older: Call = serde_json::from_str(
            r#"{"type":"open","profile":{"user":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","guest":false,
            "createdAt":"1970-01-01T00:00:00.001Z"},"session":{"id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
            "cookieDigest":"c","refreshDigest":"r","agent":"a","address":"b"},"ends":"none"}"#,
        )
        .unwrap();
        assert!(matches!(older, Call::Open { known: false, .. }), "whoever does not say so is not known");
        let call = Call::ConfirmTotp { code: Typed("123456".into()), recovery: vec!["d".into()] };
        assert_eq!(
            serde_json::to_string(&call).unwrap(),
            r#"{"type":"confirm-totp","code":"123456","recovery":["d"]}"#
        );
        assert!(!format!("{call:?}").contains("123456"));
        assert_eq!(serde_json::to_string(&Reply::SecondNeeded).unwrap(), r#"{"type":"second-needed"}"#);
    }

    #[test]
    fn membership_formats_unchanged() {
        for text in [
            r#"{"type":"set-membership","organization":"ID","role":"admin","version":7}"#,
            r#"{"type":"set-membership","organization":"ID","role":null,"version":8}"#,
            r#"{"type":"memberships"}"#,
        ] {
            let text = text.replace("ID", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
            let call: Call = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&call).unwrap(), text);
        }
        let reply = Reply::Memberships { memberships: Vec::new() };
        assert_eq!(serde_json::to_string(&reply).unwrap(), r#"{"type":"memberships","memberships":[]}"#);
    }

    #[test]
    fn reply_format_unchanged() {
        assert_eq!(serde_json::to_string(&Reply::Unknown).unwrap(), r#"{"type":"unknown"}"#);
        let text = r#"{"type":"admitted","profile":null,"credential":null,"scopes":null,"standing":null}"#;
        let mut admission = Admission {
            profile: None,
            credential: None,
            scopes: None,
            standing: None,
            memberships: Vec::new(),
            hold: None,
            own_keys: false,
        };
        assert_eq!(serde_json::to_string(&Reply::Admitted(Box::new(admission.clone()))).unwrap(), text);
        let older: Reply = serde_json::from_str(text).unwrap();
        assert!(matches!(older, Reply::Admitted(older) if *older == admission));
        let organization = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().unwrap();
        admission.memberships.push(Membership { organization, role: MemberRole::Viewer });
        let text = serde_json::to_string(&Reply::Admitted(Box::new(admission))).unwrap();
        assert!(
            text.ends_with(
                r#","memberships":[{"organization":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","role":"viewer"}]}"#
            )
        );
    }
}
