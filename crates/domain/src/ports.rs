//! The ports: what the product asks of the world, in its own words. `platform` and `testkit` implement them.

use std::{fmt, future::Future};

use edgewise_protocol::{
    api::{self, AuditEntry, ChangeUser, Conversation, Flag, MailboxLetter},
    calls::{
        account::{self, AccountName},
        conversation::{Asker, Call, Reply},
    },
    ids::{ConversationId, InvitationId, LetterId, OrganizationId, ProjectId, UserId},
    jobs::ProjectConversation,
    organization::{Jurisdiction, MemberRole, Place},
};

use crate::{
    access::{Delete, Grant, Invitations, Members, Organization, Own, Projects, Read, Write},
    audit::{AuditQuery, Entry},
    chat::send::StoreError,
    directory::{Changed, UserQuery},
    erasure::Erasure,
    flags::Change,
    health::Part,
    logs::Level,
    mail::{Due, Letter, MailFault},
    organizations::{NewInvitation, OrganizationFault, Untold},
    outbound::Parts,
    users::{CodePurpose, Identity, Mailing, UserRow},
    web::{Visit, Visited, WebFault, WebLimits, WebReply, WebRequest},
};

/// A value that SQL takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    pub fn int(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub const fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) if *value >= 0 => Some(*value as u64),
            _ => None,
        }
    }

    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes of a blob that was selected as `hex(…)`; `None` of an empty one.
    pub fn into_bytes_of_hex(self) -> Option<Vec<u8>> {
        let text = self.into_text().filter(|text| !text.is_empty())?;
        let digit = |character: u8| char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        text.as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect()
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One row: its columns in the order of the query.
pub type Columns = Vec<Value>;

/// An object's own database: synchronous.
pub trait Sql {
    /// Runs one statement and gives all its rows. Select blobs as `hex(…)`: rows cross into wasm as JSON.
    ///
    /// # Errors
    /// When the database refuses; nothing was written.
    fn run(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Columns>, StoreError>;
}

/// One statement with its values.
#[derive(Clone)]
pub struct Statement {
    pub sql: String,
    pub values: Vec<Value>,
}

/// Says nothing of the values: people's addresses and hashes of their passwords are among them.
impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("sql", &self.sql).finish_non_exhaustive()
    }
}

/// The relational database.
pub trait Database {
    /// Runs all statements in one transaction and gives each one's rows. A connection that is lost may hide that they
    /// were carried out, and they are then run again: give only such as change nothing the second time.
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Vec<Columns>>, StoreError>> + Send;
}

/// An object could not be reached, or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    #[error("the object is overloaded")]
    Overloaded,
    #[error("the object failed: {0}")]
    Failed(String),
}

/// What an object answers: a reply, or a body that the door passes on.
#[derive(Debug)]
pub enum Answer<S> {
    Reply(Box<Reply>),
    Stream(S),
    /// JSON, and the number of the newest event.
    Page {
        body: S,
        last_seq: u64,
    },
}

/// The conversation objects.
pub trait Conversations: Clone + Send + Sync + 'static {
    /// A streaming response, as the door hands it to the client.
    type Stream: Send + 'static;

    /// Calls the object; without an asker it is the platform itself that calls.
    fn call(
        &self,
        id: ConversationId,
        asker: Option<Asker>,
        call: Call,
    ) -> impl Future<Output = Result<Answer<Self::Stream>, ObjectError>> + Send;

    /// A WebSocket to the conversation.
    fn socket(
        &self,
        id: ConversationId,
        asker: Asker,
    ) -> impl Future<Output = Result<Self::Stream, ObjectError>> + Send;
}

/// A page of the catalogue to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<(u64, ConversationId)>,
    /// Words that the title or the preview must contain.
    pub contains: Option<String>,
}

/// The catalogue of conversations.
pub trait Catalogue: Clone + Send + Sync + 'static {
    /// One more than `limit` when there are more. Also the owner's catalogue version: it grows with every change.
    fn list(
        &self,
        grant: Grant<Read>,
        query: ListQuery,
    ) -> impl Future<Output = Result<(u64, Vec<Conversation>), StoreError>> + Send;

    /// The owner's catalogue version alone.
    fn version(&self, grant: Grant<Read>) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Brings one row up to date. An older job than the row changes nothing.
    fn project(&self, job: &ProjectConversation) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The account objects.
pub trait Accounts: Clone + Send + Sync + 'static {
    fn call(
        &self,
        name: &AccountName,
        call: account::Call,
    ) -> impl Future<Output = Result<account::Reply, ObjectError>> + Send;
}

/// Users with a name. `email_key` is the address as it is compared.
pub trait Users: Clone + Send + Sync + 'static {
    /// Adds a user, with the letter that welcomes them. `false`: the address is taken, and nothing was written.
    fn add(
        &self,
        user: &UserRow,
        email_key: &str,
        welcome: &Mailing,
        now_ms: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    fn by_email(&self, email_key: &str) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    fn by_id(&self, id: UserId) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    fn set_password(&self, id: UserId, hash: &str, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The row as it is then; `None`: there is none.
    fn set_name(
        &self,
        id: UserId,
        name: &str,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// The row of an administrator: there was none, or they were it already. `None`: somebody else is.
    fn make_first_admin(
        &self,
        id: UserId,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// Some of those whose account has not heard of their row.
    fn untold(&self, limit: u32) -> impl Future<Output = Result<Vec<UserRow>, StoreError>> + Send;

    /// Notes that the account has heard of this version.
    fn told(&self, id: UserId, version: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes the row, if there is one, and whatever leads to it. In the same transaction, the erasure of what else is
    /// the user's is asked for.
    fn remove(&self, id: UserId, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whose an account elsewhere is.
    fn by_identity(&self, identity: &Identity) -> impl Future<Output = Result<Option<UserId>, StoreError>> + Send;

    /// Adds a user who signs in with an account elsewhere. `false`: the address or the account is somebody else's, and
    /// nothing was added.
    fn add_with_identity(
        &self,
        user: &UserRow,
        email_key: &str,
        identity: &Identity,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Lets a user sign in with an account elsewhere. `false`: it is somebody else's.
    fn link(
        &self,
        id: UserId,
        identity: &Identity,
        now_ms: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes that an attempt to sign in came back. `false`: it did before.
    fn spend_attempt(
        &self,
        digest: &str,
        expires_at_ms: u64,
        now_ms: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes a code and its letter for whoever has the address and, if told, is `user`. For nobody it does nothing.
    fn mail(
        &self,
        email_key: &str,
        user: Option<UserId>,
        mailing: &Mailing,
        now_ms: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whoever a code is for; it stays good. `None` when it is not known, spent or too old.
    fn by_code(
        &self,
        digest: &str,
        purpose: CodePurpose,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// Spends a code: its address is proven. `None` when it is not known, spent or too old.
    fn verify_email(
        &self,
        digest: &str,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;

    /// Spends a code: its user has a new password. `None` when it is not known, spent or too old.
    fn reset_password(
        &self,
        digest: &str,
        hash: &str,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<UserRow>, StoreError>> + Send;
}

/// The organizations. A grant says which one, and who asks; the database asks once more whether they may, because an
/// account may be behind. `change` is noted in the audit log.
pub trait Organizations: Clone + Send + Sync + 'static {
    /// Those that a user is in, by name.
    fn list(
        &self,
        grant: Grant<Read, Own>,
    ) -> impl Future<Output = Result<Vec<api::Organization>, OrganizationFault>> + Send;

    /// Makes one, with whoever asks as its owner.
    fn create(
        &self,
        grant: Grant<Write, Own>,
        id: OrganizationId,
        name: &str,
        change: &Change,
    ) -> impl Future<Output = Result<Untold, OrganizationFault>> + Send;

    fn show(
        &self,
        grant: Grant<Read, Organization>,
    ) -> impl Future<Output = Result<api::Organization, OrganizationFault>> + Send;

    fn rename(
        &self,
        grant: Grant<Write, Organization>,
        name: &str,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Ends it, with its projects, its invitations and everybody's membership.
    fn delete(
        &self,
        grant: Grant<Delete, Organization>,
        change: &Change,
    ) -> impl Future<Output = Result<Vec<Untold>, OrganizationFault>> + Send;

    fn members(
        &self,
        grant: Grant<Read, Members>,
    ) -> impl Future<Output = Result<Vec<api::Member>, OrganizationFault>> + Send;

    fn set_role(
        &self,
        grant: Grant<Write, Members>,
        role: MemberRole,
        change: &Change,
    ) -> impl Future<Output = Result<Untold, OrganizationFault>> + Send;

    fn remove(
        &self,
        grant: Grant<Delete, Members>,
        change: &Change,
    ) -> impl Future<Output = Result<Untold, OrganizationFault>> + Send;

    /// Ends every membership of somebody who goes for good.
    fn leave_all(
        &self,
        grant: Grant<Delete, Own>,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Those that are open.
    fn invitations(
        &self,
        grant: Grant<Read, Invitations>,
        now_ms: u64,
    ) -> impl Future<Output = Result<Vec<api::Invitation>, OrganizationFault>> + Send;

    /// Writes an invitation with its letter. Those before it for the same address are good no longer.
    fn invite(
        &self,
        grant: Grant<Write, Invitations>,
        invitation: &NewInvitation,
        change: &Change,
    ) -> impl Future<Output = Result<api::Invitation, OrganizationFault>> + Send;

    fn withdraw(
        &self,
        grant: Grant<Delete, Invitations>,
        id: InvitationId,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Spends the code that was sent to this address: whoever asks is a member.
    fn accept(
        &self,
        grant: Grant<Write, Own>,
        digest: &str,
        email_key: &str,
        change: &Change,
    ) -> impl Future<Output = Result<(api::Organization, Untold), OrganizationFault>> + Send;

    fn projects(
        &self,
        grant: Grant<Read, Projects>,
    ) -> impl Future<Output = Result<Vec<api::Project>, OrganizationFault>> + Send;

    fn project(
        &self,
        grant: Grant<Read, Projects>,
        id: ProjectId,
    ) -> impl Future<Output = Result<api::Project, OrganizationFault>> + Send;

    /// Where a project is that the user can see.
    fn place(
        &self,
        grant: Grant<Read, Own>,
        id: ProjectId,
    ) -> impl Future<Output = Result<(Place, Jurisdiction), OrganizationFault>> + Send;

    fn create_project(
        &self,
        grant: Grant<Write, Projects>,
        project: &api::Project,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    fn rename_project(
        &self,
        grant: Grant<Write, Projects>,
        id: ProjectId,
        name: &str,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Only of one in which there is no conversation.
    fn delete_project(
        &self,
        grant: Grant<Delete, Projects>,
        id: ProjectId,
        change: &Change,
    ) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Some memberships of which their accounts have not heard.
    fn untold(&self, limit: u32) -> impl Future<Output = Result<Vec<Untold>, OrganizationFault>> + Send;

    /// The account has heard of it.
    fn told(&self, told: &[Untold]) -> impl Future<Output = Result<(), OrganizationFault>> + Send;

    /// Forgets what is old.
    fn purge(&self, now_ms: u64) -> impl Future<Output = Result<(), OrganizationFault>> + Send;
}

/// The users as administrators see them, and the log of what administrators did.
pub trait Directory: Clone + Send + Sync + 'static {
    /// One more than `limit` when there are more.
    fn list(&self, query: UserQuery) -> impl Future<Output = Result<Vec<UserRow>, StoreError>> + Send;

    /// Writes the entry and the change together; neither when nothing changes.
    fn change(
        &self,
        id: UserId,
        wish: &ChangeUser,
        entry: &Entry,
    ) -> impl Future<Output = Result<Changed, StoreError>> + Send;

    /// Writes an entry for what rests elsewhere.
    fn note(&self, entry: &Entry) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// One more than `limit` when there are more.
    fn audit(&self, query: AuditQuery) -> impl Future<Output = Result<Vec<AuditEntry>, StoreError>> + Send;
}

/// What people who have left leave behind.
pub trait Erasures: Clone + Send + Sync + 'static {
    /// Some of those that are to be looked at now.
    fn due(&self, now_ms: u64) -> impl Future<Output = Result<Vec<Erasure>, StoreError>> + Send;

    /// Nobody makes anything for this owner any more.
    fn closed(&self, owner: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Some of the owner's conversations that are not deleted.
    fn left(&self, owner: &str, limit: u32) -> impl Future<Output = Result<Vec<ConversationId>, StoreError>> + Send;

    /// Deletes the row of a conversation that has no object.
    fn forget(&self, id: ConversationId, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Nothing is left: looks again at `due_at_ms`, or never.
    fn nothing_left(&self, owner: &str, due_at_ms: Option<u64>) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Whoever carries letters.
pub trait Mail {
    /// Hands a letter over. The carrier takes one of the same id once: an answer may be lost.
    fn send(&self, letter: &Letter) -> impl Future<Output = Result<(), MailFault>> + Send;
}

/// The letters that were written.
pub trait Letters: Clone + Send + Sync + 'static {
    /// Some of those that are due. Each counts an attempt and is not due again before its delay is over, whatever
    /// becomes of this one.
    fn take_due(&self, now_ms: u64) -> impl Future<Output = Result<Vec<Due>, StoreError>> + Send;

    /// It is on its way: its text, which may hold a code, is forgotten.
    fn sent(&self, id: LetterId, now_ms: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes why it was not sent.
    fn failed(&self, id: LetterId, fault: &MailFault) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The newest, for developers.
    fn newest(&self, limit: u32) -> impl Future<Output = Result<Vec<MailboxLetter>, StoreError>> + Send;

    /// Forgets what is old: letters, and codes that are good no longer. Gives the letters among them that nobody got.
    fn purge(&self, now_ms: u64) -> impl Future<Output = Result<Vec<LetterId>, StoreError>> + Send;
}

/// What may be lost or late.
pub trait Cache: Clone + Send + Sync + 'static {
    /// What was put, by its versioned key.
    fn get(&self, key: &str) -> impl Future<Output = Option<String>> + Send;

    /// Failing is fine.
    fn put(&self, key: &str, value: &str, ttl_s: u32) -> impl Future<Output = ()> + Send;
}

/// The web. Redirects are not followed, and no cookie is sent or kept.
pub trait Web: Clone + Send + Sync + 'static {
    /// At addresses that the operator configured, and at no others: nothing here keeps a request out of private
    /// networks.
    fn fetch(&self, request: WebRequest, limits: WebLimits) -> impl Future<Output = Result<WebReply, WebFault>> + Send;

    /// At an address that others supplied. The body is cut at `max_bytes`, counted after decoding.
    fn visit(&self, visit: Visit, limits: WebLimits) -> impl Future<Output = Result<Visited, WebFault>> + Send;
}

/// The web's formats as the runtime reads them: what judges an address must read it as what fetches it does.
pub trait WebStandards: Clone + Send + Sync + 'static {
    /// The URL standard's parser, with the address that `url` may be relative to. `None`: it is no address.
    fn parse_url(&self, url: &str, base: Option<&str>) -> Option<Parts>;

    /// The Encoding standard's decoder; what is malformed becomes U+FFFD. `None`: it knows no charset of this name.
    fn decode(&self, bytes: &[u8], charset: &str) -> Option<String>;
}

/// Time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
}

/// Randomness fit for secrets.
pub trait Entropy: Clone + Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// The feature flags, where they rest.
pub trait Flags: Clone + Send + Sync + 'static {
    fn all(&self) -> impl Future<Output = Result<Vec<Flag>, StoreError>> + Send;

    /// Writes the flag and who did it. `false`: there are as many as there may be.
    fn set(&self, flag: &Flag, change: &Change) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// `false`: there is none.
    fn remove(&self, name: &str, change: &Change) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Whether what we stand on answers.
pub trait Pulse: Clone + Send + Sync + 'static {
    /// `false` when it failed, or said nothing within [`crate::health::DEADLINE_MS`].
    fn beats(&self, part: Part) -> impl Future<Output = bool> + Send;
}

/// The log. Lines come redacted and whole.
pub trait Log: Clone + Send + Sync + 'static {
    fn write(&self, level: Level, line: &str);
}

/// Everything the doors need of the world.
pub trait Ports: Clone + Send + Sync + 'static {
    type Conversations: Conversations;
    type Catalogue: Catalogue;
    type Accounts: Accounts;
    type Users: Users;
    type Directory: Directory;
    type Letters: Letters;
    type Cache: Cache;
    type Web: Web;
    type Standards: WebStandards;
    type Clock: Clock;
    type Entropy: Entropy;
    type Log: Log;
    type Pulse: Pulse;
    type Flags: Flags;
    type Organizations: Organizations;

    fn conversations(&self) -> &Self::Conversations;
    fn catalogue(&self) -> &Self::Catalogue;
    fn accounts(&self) -> &Self::Accounts;
    fn users(&self) -> &Self::Users;
    fn directory(&self) -> &Self::Directory;
    fn letters(&self) -> &Self::Letters;
    fn cache(&self) -> &Self::Cache;
    fn web(&self) -> &Self::Web;
    fn standards(&self) -> &Self::Standards;
    fn clock(&self) -> &Self::Clock;
    fn entropy(&self) -> &Self::Entropy;
    fn log(&self) -> &Self::Log;
    fn pulse(&self) -> &Self::Pulse;
    fn flags(&self) -> &Self::Flags;
    fn organizations(&self) -> &Self::Organizations;
}
