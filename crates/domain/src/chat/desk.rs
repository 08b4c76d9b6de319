//! The desk of a conversation: takes a call that reached the object, asks `authorize`, and answers.

use edgewise_protocol::{
    api::{Accepted, EventPage, MessagePage},
    calls::{
        account::Credential,
        conversation::{Asker, Call, Create, Decision, Follow, Imported, Reason, Reply, Request},
    },
    frame::{UiMessage, UiPart},
    ids::{MessageId, UserId},
    message::Message,
    organization::Membership,
    timestamp::Timestamp,
};

use serde::Serialize;

use super::{
    annotations::Annotations,
    conversation::{Conversation, LogStore, New, Payer, Sent},
    readers::Form,
    send::{Fault, Refusal, Send, StoreError},
    turn::Limits,
};
use crate::access::{self, Delete, Grant, Principal, Read, Write, authorize};

/// Most messages in a page.
pub const MAX_MESSAGE_PAGE: u32 = 200;

/// Calls that one request may decide about: more than one step makes.
const MAX_DECISIONS: usize = 32;

/// A page that is read to be worked on ends soon after this much text, so that one fits into a call many times.
const READ_BYTES: usize = 256 * 1024;

/// What the shell does with a call that was handled.
#[derive(Debug)]
pub enum Outcome {
    Reply(Reply),
    /// A body of the API, as it is.
    Page {
        body: Page,
        last_seq: u64,
    },
    /// Stream one turn, from its first event.
    FollowTurn {
        grant: Grant<Read>,
        turn: u64,
        id: MessageId,
        form: Form,
    },
    /// Stream the log.
    FollowLog {
        grant: Grant<Read>,
        after: u64,
    },
    /// Answer `call` when the log has grown, or when the time is over.
    Wait {
        call: Request,
        wait_ms: u64,
    },
    /// The catalogue has this version.
    Projected {
        version: u64,
        ledgered: Option<u64>,
    },
    /// Close whatever is open for this credential; `again`: to come back.
    Revoked {
        credential: Credential,
        again: bool,
    },
    /// Close whatever is open for this user.
    Left {
        user: UserId,
    },
}

/// A page, in the API's words.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Page {
    Messages(MessagePage),
    Events(EventPage),
}

/// Handles one call. `held` is the conversation, when there is one; `store` makes a new one.
///
/// # Errors
/// [`StoreError`]: answer [`Reply::Failed`], forget `held` and open the store again.
pub fn handle<S: LogStore + Clone>(
    held: &mut Option<Conversation<S>>,
    store: &S,
    limits: Limits,
    now_ms: u64,
    request: Request,
) -> Result<Outcome, StoreError> {
    let fields = Fields::of(&request.call);
    if let Some(conversation) = held {
        conversation.expire(now_ms)?;
    }
    let outcome = match request.user {
        None => platform_call(held.as_mut(), now_ms, request.call),
        Some(user) => {
            let key = match request.credential {
                Some(Credential::Key(key)) => Some(key),
                _ => None,
            };
            let payer = Payer { user, key, hold: request.hold, own_keys: request.own_keys };
            user_call(held, store, limits, now_ms, payer, request.memberships, request.call)
        }
    };
    match outcome {
        Ok(outcome) => Ok(outcome),
        Err(Fault::Refused(refusal)) => Ok(Outcome::Reply(refused(&refusal, fields))),
        Err(Fault::Store(error)) => Err(error),
    }
}

/// Calls of the platform itself; it may do nothing else.
fn platform_call<S: LogStore>(held: Option<&mut Conversation<S>>, now_ms: u64, call: Call) -> Result<Outcome, Fault> {
    match (call, held) {
        (Call::Projected { version, ledgered }, Some(_)) => Ok(Outcome::Projected { version, ledgered }),
        (Call::Revoked { credential, again }, _) => Ok(Outcome::Revoked { credential, again }),
        (Call::MembershipChanged { user, organization }, Some(held))
            if held.resource().place.is_some_and(|place| place.organization == organization) =>
        {
            Ok(Outcome::Left { user })
        }
        (Call::MembershipChanged { .. }, _) => Ok(Outcome::Reply(Reply::Done)),
        (Call::Read { .. }, Some(conversation)) if conversation.is_gone() => Ok(Outcome::Reply(Reply::NotFound)),
        (Call::Read { after, limit }, Some(conversation)) => {
            let limit = limit.clamp(1, MAX_MESSAGE_PAGE) as usize;
            let found = conversation.messages_for_platform(after, limit)?;
            Ok(Outcome::Reply(read(found, conversation.last_seq())))
        }
        (Call::Pruned, Some(conversation)) if !conversation.is_gone() => {
            Ok(Outcome::Reply(Reply::Pruned { rows: conversation.pruned()? }))
        }
        (Call::Excerpt { message_id }, Some(conversation)) => {
            Ok(Outcome::Reply(match conversation.excerpt(message_id)? {
                Some(excerpt) => Reply::Excerpt(Box::new(excerpt)),
                None => Reply::Nothing,
            }))
        }
        (Call::Annotated { message_id, title, suggestions }, Some(conversation)) => {
            conversation.annotated(now_ms, message_id, Annotations { title, suggestions })?;
            Ok(Outcome::Reply(Reply::Done))
        }
        // A link has opened it: what it shows is read, and nothing else.
        (Call::Get, Some(conversation)) if !conversation.is_gone() => Ok(Outcome::Reply(shown(conversation)?)),
        // Its time was looked at before the call was.
        (Call::Expire, Some(conversation)) if !conversation.is_gone() => Ok(Outcome::Reply(shown(conversation)?)),
        (Call::Expire, Some(conversation)) => Ok(Outcome::Reply(Reply::Deleted { project: conversation.summary()? })),
        (Call::Delete, Some(conversation)) => {
            conversation.erase(now_ms)?;
            Ok(Outcome::Reply(Reply::Deleted { project: conversation.summary()? }))
        }
        _ => Ok(Outcome::Reply(Reply::NotFound)),
    }
}

fn user_call<S: LogStore + Clone>(
    held: &mut Option<Conversation<S>>,
    store: &S,
    limits: Limits,
    now_ms: u64,
    payer: Payer,
    memberships: Vec<Membership>,
    call: Call,
) -> Result<Outcome, Fault> {
    let user = payer.user;
    let principal = Principal { user, memberships: &memberships };
    if let Call::Import { create, created_at, messages } = call {
        return import(held, store, limits, now_ms, &principal, &create, created_at, messages);
    }
    if held.is_none() {
        *held = create_for(&call, &principal, store, limits, now_ms)?;
    }
    let Some(conversation) = held else { return Ok(Outcome::Reply(Reply::NotFound)) };

    conversation.paid_by(payer);
    Ok(match call {
        Call::Create(_) | Call::Get => {
            conversation.authorize::<Read>(&principal)?;
            Outcome::Reply(shown(conversation)?)
        }
        Call::Send {
            text, client_message_id, parent_id, edit_of, model, attachments, tools, reuse, follow, ..
        } => {
            let grant = conversation.authorize::<Write>(&principal)?;
            let parent = parent_id.map(|id| message_id(&id)).transpose()?;
            let send = Send { text, client_message_id, parent, edit_of, model, attachments, tools, reuse };
            let sent = conversation.send(grant, now_ms, send)?;
            accepted(conversation, grant.reading(), sent, follow)?
        }
        Call::Regenerate { message_id: asked, model, key, follow } => {
            let grant = conversation.authorize::<Write>(&principal)?;
            let sent = conversation.regenerate(grant, now_ms, asked.as_deref(), model, key.as_deref())?;
            accepted(conversation, grant.reading(), sent, follow)?
        }
        Call::Continue { message_id: answer, key, follow } => {
            let grant = conversation.authorize::<Write>(&principal)?;
            let sent = conversation.continue_answer(grant, now_ms, &answer, key.as_deref())?;
            accepted(conversation, grant.reading(), sent, follow)?
        }
        Call::DeleteMessage { message_id: id } => {
            let grant = conversation.authorize::<Delete>(&principal)?;
            let unheld = conversation.delete_message(grant, now_ms, message_id(&id)?)?;
            Outcome::Reply(Reply::MessageDeleted { project: conversation.summary()?, unheld })
        }
        Call::Vote { message_id: answer, vote } => {
            let grant = conversation.authorize::<Write>(&principal)?;
            Outcome::Reply(Reply::Message(Box::new(conversation.vote(grant, now_ms, &answer, vote)?)))
        }
        Call::Stop { turn_id } => {
            let grant = conversation.authorize(&principal)?;
            let turn = turn_id.map(|id| message_id(&id)).transpose()?;
            conversation.stop(grant, now_ms, turn)?;
            Outcome::Reply(Reply::Done)
        }
        Call::Branch { message_id: leaf } => {
            let grant = conversation.authorize(&principal)?;
            let leaf = leaf.map(|id| message_id(&id)).transpose()?;
            Outcome::Reply(Reply::Branch(Box::new(conversation.branch(grant, leaf)?)))
        }
        Call::Share => {
            let grant = conversation.authorize::<Write>(&principal)?;
            if conversation.is_temporary() {
                return Err(Refusal::Temporary.into());
            }
            Outcome::Reply(Reply::Shared {
                title: conversation.title(),
                leaf: conversation.shown_leaf(grant.reading())?,
            })
        }
        Call::Update(changes) => {
            let grant = conversation.authorize(&principal)?;
            conversation.update(grant, now_ms, changes)?;
            Outcome::Reply(shown(conversation)?)
        }
        Call::Delete => {
            let grant = conversation.authorize::<Delete>(&principal)?;
            conversation.remove(grant, now_ms)?;
            Outcome::Reply(Reply::Deleted { project: conversation.summary()? })
        }
        Call::Messages { after, limit } => {
            let grant = conversation.authorize(&principal)?;
            let limit = limit.clamp(1, MAX_MESSAGE_PAGE) as usize;
            let (messages, more) = conversation.messages_after(grant, after, limit)?;
            let next_cursor = messages.last().filter(|_| more).map(|message| message.seq.to_string());
            let body = Page::Messages(MessagePage { messages, next_cursor });
            Outcome::Page { body, last_seq: conversation.last_seq() }
        }
        Call::Read { after, limit } => {
            let grant = conversation.authorize(&principal)?;
            let limit = limit.clamp(1, MAX_MESSAGE_PAGE) as usize;
            let found = conversation.messages_after(grant, after, limit)?;
            Outcome::Reply(read(found, conversation.last_seq()))
        }
        Call::Events { after, wait_ms } => {
            let grant = conversation.authorize(&principal)?;
            let events = conversation.events_after(grant, after)?;
            if events.is_empty() && wait_ms > 0 {
                let call = Call::Events { after, wait_ms: 0 };
                let asker = Asker { memberships, ..Asker::user(user) };
                Outcome::Wait { call: Request::new(Some(asker), call), wait_ms }
            } else {
                let last_seq = conversation.last_seq();
                Outcome::Page { body: Page::Events(EventPage { events, last_seq }), last_seq }
            }
        }
        Call::Log { after } => {
            let grant = conversation.authorize(&principal)?;
            if after > conversation.last_seq() {
                return Err(Refusal::AheadOfLog { last_seq: conversation.last_seq() }.into());
            }
            Outcome::FollowLog { grant, after }
        }
        Call::Decide { decisions, follow } => {
            let grant = conversation.authorize::<Write>(&principal)?;
            let mut turn = None;
            for Decision { call_id, approved, reason } in decisions {
                turn = Some(conversation.decide(grant, now_ms, &call_id, approved, reason)?);
            }
            match (turn, follow) {
                (None, _) => return Err(Refusal::NoSuchCall.into()),
                (Some(turn), Some(follow)) => follow_turn(conversation, grant.reading(), turn, form(follow))?,
                (Some(_), None) => Outcome::Reply(Reply::Done),
            }
        }
        Call::Resume { approvals } => {
            let grant = conversation.authorize(&principal)?;
            match conversation.running_turn() {
                Some(turn) => follow_turn(conversation, grant, turn, Form::UiSse { approvals })?,
                None => Outcome::Reply(Reply::Nothing),
            }
        }
        Call::Projected { .. }
        | Call::Expire
        | Call::Excerpt { .. }
        | Call::Annotated { .. }
        | Call::Pruned
        | Call::Revoked { .. }
        | Call::MembershipChanged { .. }
        | Call::Import { .. } => Outcome::Reply(Reply::NotFound),
    })
}

/// Makes a conversation of what was written elsewhere. The same again finds it made.
#[expect(clippy::too_many_arguments, reason = "the call's own fields, beside what every call is given")]
fn import<S: LogStore + Clone>(
    held: &mut Option<Conversation<S>>,
    store: &S,
    limits: Limits,
    now_ms: u64,
    principal: &Principal<'_>,
    create: &Create,
    created_at: Option<Timestamp>,
    messages: Vec<Imported>,
) -> Result<Outcome, Fault> {
    let made = held.is_none();
    let conversation = match held {
        Some(conversation) => conversation,
        None => {
            let to_be = access::Conversation { creator: principal.user, place: create.place };
            authorize::<Write, _>(principal, to_be)?;
            let new = new(create, principal.user);
            held.insert(Conversation::import(store.clone(), limits, now_ms, new, created_at, messages)?)
        }
    };
    conversation.authorize::<Write>(principal)?;
    Ok(Outcome::Reply(Reply::Imported { made, project: conversation.summary()? }))
}

/// The conversation that the call wishes for, if it does and may.
fn create_for<S: LogStore + Clone>(
    call: &Call,
    principal: &Principal<'_>,
    store: &S,
    limits: Limits,
    now_ms: u64,
) -> Result<Option<Conversation<S>>, Fault> {
    let wish = match call {
        Call::Create(create) => Some(create),
        Call::Send { create, .. } => create.as_ref(),
        _ => None,
    };
    let Some(create) = wish else { return Ok(None) };
    let to_be = access::Conversation { creator: principal.user, place: create.place };
    authorize::<Write, _>(principal, to_be)?;
    if let Call::Send { text, client_message_id, parent_id, model, attachments, tools, .. } = call {
        // Nothing is made for a message that would be refused. What is new holds none that it could follow.
        if parent_id.is_some() {
            return Err(Refusal::NoSuchMessage.into());
        }
        let (text, client_message_id, model) = (text.clone(), client_message_id.clone(), model.clone());
        let (attachments, tools) = (attachments.clone(), tools.clone());
        Send { text, client_message_id, parent: None, edit_of: None, model, attachments, tools, reuse: false }
            .check()?;
    }
    Ok(Some(Conversation::create(store.clone(), limits, now_ms, new(create, principal.user))?))
}

/// The page, cut where there is much text; one message is always there.
fn read((mut messages, more): (Vec<Message>, bool), last_seq: u64) -> Reply {
    let mut bytes = 0;
    let fits = messages.iter().take_while(|message| {
        let before = bytes;
        bytes += message.content.len();
        before < READ_BYTES
    });
    let fits = fits.count();
    let more = more || fits < messages.len();
    messages.truncate(fits);
    Reply::Messages { messages, more, last_seq }
}

/// Ids of the files that the last message of an AI SDK's list holds: the SDK names each by its address.
///
/// # Errors
/// [`Refusal`] when a file is not one of ours.
pub fn ui_files(messages: &[UiMessage]) -> Result<Vec<String>, Refusal> {
    let files = messages.last().into_iter().flat_map(|message| &message.parts).filter(|part| part.kind == "file");
    files
        .map(|part| {
            let (_, id) = part.url.as_deref()?.split_once("/api/chat/attachments/")?;
            Some(id.to_owned())
        })
        .map(|id| id.ok_or(Refusal::NoAttachments))
        .collect()
}

/// The call that a message list of the AI SDK means: send its last message, or answer anew. The files of it are
/// [`ui_files`].
///
/// # Errors
/// [`Refusal`] when the list ends with nothing that can be sent.
pub fn ui_call(
    trigger: Option<&str>,
    message_id: Option<String>,
    mut messages: Vec<UiMessage>,
    wishes: UiWishes,
) -> Result<Call, Refusal> {
    let UiWishes { model, parent_id, tools, approvals } = wishes;
    let follow = Some(if approvals { Follow::UiApprovals } else { Follow::Ui });
    if trigger == Some("regenerate-message") {
        return Ok(Call::Regenerate { message_id, model, key: None, follow });
    }
    let message = messages.pop().ok_or(Refusal::Empty)?;
    let decisions = decisions(&message);
    if !decisions.is_empty() {
        return Ok(Call::Decide { decisions, follow });
    }
    let message = Some(message).filter(|message| message.role == "user").ok_or(Refusal::Empty)?;
    let text = message.text();
    // A submit that names a message replaces it.
    Ok(Call::Send {
        text,
        client_message_id: message.id,
        parent_id,
        edit_of: message_id,
        model,
        attachments: Vec::new(),
        tools,
        reuse: false,
        create: None,
        follow,
    })
}

/// What a client of the AI SDK says beside its messages.
#[derive(Debug, Clone, Default)]
pub struct UiWishes {
    pub model: Option<String>,
    pub parent_id: Option<String>,
    pub tools: Option<Vec<String>>,
    /// It knows the chunks that ask for approvals.
    pub approvals: bool,
}

/// What an assistant's message that a client sends back says of calls that wait.
fn decisions(message: &UiMessage) -> Vec<Decision> {
    let answered =
        message.parts.iter().filter(|part| message.role == "assistant" && part.state() == "approval-responded");
    let decision = |part: &UiPart| {
        let approval = part.approval.as_ref()?;
        Some(Decision { call_id: approval.id.clone(), approved: approval.approved?, reason: approval.reason.clone() })
    };
    answered.filter_map(decision).take(MAX_DECISIONS).collect()
}

fn new(create: &Create, creator: UserId) -> New {
    New {
        id: create.id,
        creator,
        place: create.place,
        title: create.title.clone(),
        system: create.system_prompt.clone(),
        model: create.model.clone(),
        details: create.details.clone(),
    }
}

fn message_id(text: &str) -> Result<MessageId, Refusal> {
    text.parse().map_err(|_| Refusal::NoSuchMessage)
}

fn shown<S: LogStore>(conversation: &Conversation<S>) -> Result<Reply, Fault> {
    let project = conversation.summary()?;
    Ok(Reply::Conversation { conversation: (&project).into(), project })
}

fn accepted<S: LogStore>(
    conversation: &Conversation<S>,
    grant: Grant<Read>,
    sent: Sent,
    follow: Option<Follow>,
) -> Result<Outcome, Fault> {
    match follow {
        Some(follow) => follow_turn(conversation, grant, sent.turn, form(follow)),
        None => {
            let (message, turn) = conversation.sent(grant, sent)?;
            Ok(Outcome::Reply(Reply::Accepted(Box::new(Accepted { message, turn }))))
        }
    }
}

const fn form(follow: Follow) -> Form {
    match follow {
        Follow::Ui => Form::UiSse { approvals: false },
        Follow::UiApprovals => Form::UiSse { approvals: true },
        Follow::Words => Form::Words,
    }
}

fn follow_turn<S: LogStore>(
    conversation: &Conversation<S>,
    grant: Grant<Read>,
    turn: u64,
    form: Form,
) -> Result<Outcome, Fault> {
    let id = conversation.turn_id(turn)?.ok_or(Refusal::NoSuchMessage)?;
    Ok(Outcome::FollowTurn { grant, turn, id, form })
}

/// What a call's body calls the text that it brings and the id that it names.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    text: Option<&'static str>,
    id: Option<&'static str>,
}

impl Fields {
    const fn of(call: &Call) -> Self {
        let (text, id) = match call {
            Call::Create(_) | Call::Update(_) | Call::Import { .. } => (Some("title"), None),
            Call::Send { .. } => (Some("content"), Some("parentId")),
            Call::Regenerate { .. }
            | Call::Branch { .. }
            | Call::Continue { .. }
            | Call::DeleteMessage { .. }
            | Call::Vote { .. } => (None, Some("messageId")),
            Call::Stop { .. } => (None, Some("turnId")),
            Call::Decide { .. } => (Some("reason"), None),
            _ => (None, None),
        };
        Self { text, id }
    }

    fn at_fault(self, refusal: &Refusal) -> Option<String> {
        let field = match refusal {
            Refusal::Empty => self.text,
            Refusal::NotPrintable { what } => Some(*what),
            Refusal::Bad { field, .. } => Some(*field),
            Refusal::NoSuchMessage => self.id,
            Refusal::NoAttachments | Refusal::TooManyFiles => Some("attachments"),
            Refusal::NoSuchTool(_) => Some("tools"),
            _ => None,
        };
        field.map(ToOwned::to_owned)
    }
}

/// A refusal as the caller is told.
fn refused(refusal: &Refusal, fields: Fields) -> Reply {
    let reason = match refusal {
        Refusal::Empty
        | Refusal::NotPrintable { .. }
        | Refusal::Bad { .. }
        | Refusal::NoSuchMessage
        | Refusal::NoAttachments
        | Refusal::TooManyFiles
        | Refusal::NoSuchTool(_)
        | Refusal::AheadOfLog { .. } => Reason::Invalid,
        Refusal::TooLong { .. } => Reason::TooLarge,
        Refusal::QueueFull => Reason::Busy,
        Refusal::NothingToAnswer
        | Refusal::Decided
        | Refusal::NotEnded
        | Refusal::NotAnAnswer
        | Refusal::AtItsEnd
        | Refusal::Temporary => Reason::Conflict,
        Refusal::NoSuchCall => return Reply::Nothing,
        Refusal::Role => Reason::Role,
        Refusal::Gone => return Reply::NotFound,
    };
    Reply::Refused { reason, detail: refusal.to_string(), field: fields.at_fault(refusal) }
}
