//! What a client may say over a socket, and what it makes the conversation do.

use std::{collections::VecDeque, rc::Rc};

use edgewise_domain::{
    account::retry_after_s,
    chat::{
        desk::{self, Outcome, UiWishes},
        readers::{Form, TurnReader, log_frame, text_of},
        send::Refusal,
    },
    ports::Accounts,
};
use edgewise_platform::sockets::buffered_bytes;
use edgewise_protocol::{
    calls::{
        account::{self, AccountName, Credential, Proof},
        conversation::{Asker, Call, Reason, Reply},
    },
    frame::{ClientFrame, CloseCode, LOG_REQUEST_ID, SendBody, ServerFrame},
    ids::UserId,
    limit::Class,
    money::Hold,
    organization::Membership,
};
use worker::{WebSocket, WebSocketIncomingMessage};

use super::{Attachment, LogView, MAX_BUFFERED_BYTES, Socket, call, refuse, with};
use crate::conversation::room::Room;

/// Stock clients send the whole conversation with each message.
const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;
/// Requests that one socket may show at a time.
const MAX_REQUESTS: usize = 32;
const MAX_REQUEST_ID_CHARS: usize = 128;

/// Frames that may wait while an account is asked about the one before them.
const MAX_INBOX: usize = 64;

/// A frame arrived. Frames of one socket are done one after the other, also when one has to wait for its account.
pub async fn hear(room: &Rc<Room>, ws: &WebSocket, message: WebSocketIncomingMessage) {
    let kept = ws.deserialize_attachment::<String>().ok().flatten();
    let Some(attachment) = kept.and_then(|kept| serde_json::from_str::<Attachment>(&kept).ok()) else { return };
    let (id, user) = (attachment.id, attachment.user);
    let Some(frame) = read(room, id, message) else { return };
    let mut first = Some(frame);
    let mut crowded = false;
    with(room, id, |socket| {
        if let Some(inbox) = &mut socket.inbox {
            crowded = inbox.len() >= MAX_INBOX;
            inbox.extend(first.take());
        }
    });
    if crowded {
        return refuse(room, id, CloseCode::TooMany, "10");
    }
    let Some(frame) = first else { return };
    if !matches!(frame, ClientFrame::Send { .. }) && !room.is_shared() {
        return act(room, id, Asker::user(user), frame);
    }
    with(room, id, |socket| socket.inbox = Some(VecDeque::new()));
    let mut next = Some(frame);
    while let Some(frame) = next {
        // Where there is nobody, the client has been told.
        if let Some(known) = ask_account(room, id, &attachment, &frame).await
            && room.sockets.borrow_mut().find(id).is_some()
        {
            let Known { memberships, hold, own_keys } = known;
            act(room, id, Asker { user, credential: attachment.credential, memberships, hold, own_keys }, frame);
        }
        next = None;
        with(room, id, |socket| {
            next = socket.inbox.as_mut().and_then(VecDeque::pop_front);
            if next.is_none() {
                socket.inbox = None;
            }
        });
    }
}

/// What an account says of whoever sent a frame.
#[derive(Default)]
struct Known {
    memberships: Vec<Membership>,
    /// For the message that they send.
    hold: Option<Hold>,
    own_keys: bool,
}

/// Asks the account for what the frame needs; `None` when it may not be done.
async fn ask_account(room: &Rc<Room>, id: u32, from: &Attachment, frame: &ClientFrame) -> Option<Known> {
    let request_id = match frame {
        ClientFrame::Send { request_id, .. } => {
            return may_send(room, id, from.user, from.credential, request_id).await;
        }
        _ if !room.is_shared() => return Some(Known::default()),
        ClientFrame::Subscribe { .. } => LOG_REQUEST_ID,
        ClientFrame::Abort { request_id } | ClientFrame::Resume { request_id, .. } => request_id,
    };
    let memberships = room.memberships(from.user).await;
    if memberships.is_none() {
        with(room, id, |socket| socket.fail(request_id, "Who you are could not be asked. Try again."));
    }
    memberships.map(|memberships| Known { memberships, ..Known::default() })
}

/// Asks the account whether a message may be sent: is the credential still good, is there room in the window? Gives the
/// user's organizations if so.
async fn may_send(
    room: &Rc<Room>,
    id: u32,
    user: UserId,
    credential: Option<Credential>,
    request_id: &str,
) -> Option<Known> {
    let proof = match credential {
        Some(Credential::Session(session)) => Proof::Access { session },
        Some(Credential::Key(id)) => Proof::KnownKey { id },
        // That its token has expired since cuts nothing; a ban does.
        Some(Credential::External) => Proof::KnownExternal,
        // A socket of before there were accounts: it connects again.
        None => {
            refuse(room, id, CloseCode::SignIn, "sign in again");
            return None;
        }
    };
    let ask = account::Call::Admit { proof, class: Class::Chat, watch: None };
    match room.accounts.call(&AccountName::User(user), ask).await {
        Ok(account::Reply::Admitted(admission)) => {
            let account::Admission { memberships, hold, own_keys, .. } = *admission;
            return Some(Known { memberships, hold, own_keys });
        }
        Ok(account::Reply::Unknown) => refuse(room, id, CloseCode::SignIn, "sign in again"),
        Ok(account::Reply::Limited { standing }) => {
            let seconds = retry_after_s(&standing, room.now_ms());
            let sentence = format!("Too many messages. Try again in {seconds} s.");
            with(room, id, |socket| socket.fail(request_id, &sentence));
        }
        Ok(account::Reply::OverBudget) => {
            with(room, id, |socket| socket.fail(request_id, "The spending limit was reached."));
        }
        Ok(_) | Err(_) => {
            with(room, id, |socket| socket.fail(request_id, "The message could not be taken. Try again."));
        }
    }
    None
}

/// The frame in a message; what is none closes the socket.
fn read(room: &Rc<Room>, id: u32, message: WebSocketIncomingMessage) -> Option<ClientFrame> {
    let text = match message {
        WebSocketIncomingMessage::String(text) => text,
        WebSocketIncomingMessage::Binary(_) => {
            refuse(room, id, CloseCode::BadFrame, "frames are text");
            return None;
        }
    };
    let mut flood = false;
    with(room, id, |socket| flood = !socket.admit(room.now_ms()));
    if flood {
        refuse(room, id, CloseCode::TooMany, "10");
        return None;
    }
    if text.len() > MAX_FRAME_BYTES {
        refuse(room, id, CloseCode::TooLarge, "at most 8 MiB");
        return None;
    }
    if text == "ping" {
        // The runtime answers exactly this text itself; one that comes while it is busy ends up here.
        with(room, id, |socket| socket.send("pong"));
        return None;
    }
    match serde_json::from_str::<ClientFrame>(&text) {
        Ok(frame) => Some(frame),
        Err(error) => {
            let reason = format!("not a frame: line {}, column {}", error.line(), error.column());
            refuse(room, id, CloseCode::BadFrame, &reason);
            None
        }
    }
}

/// Does what a frame asks.
fn act(room: &Rc<Room>, id: u32, asker: Asker, frame: ClientFrame) {
    match frame {
        ClientFrame::Subscribe { after, .. } => subscribe(room, id, asker, after),
        ClientFrame::Abort { request_id } => abort(room, id, asker, &request_id),
        ClientFrame::Resume { request_id, last_sequence, .. } => {
            if fits(room, id, &request_id) {
                resume(room, id, asker, request_id, last_sequence);
            }
        }
        ClientFrame::Send { request_id, id: chat, trigger, message_id, messages, body } => {
            if !fits(room, id, &request_id) {
                return;
            }
            let body = body.unwrap_or_default();
            let other = chat.is_some_and(|chat| room.is_another_conversation(&chat));
            // Whether a file is theirs to send is known in D1, and a frame waits for nobody: it goes over HTTP.
            let files = desk::ui_files(&messages).and_then(|files| match files.is_empty() {
                true => Ok(()),
                false => Err(Refusal::NoAttachments),
            });
            let SendBody { model, parent_id, tools } = body;
            let wishes = UiWishes { model, parent_id, tools, approvals: true };
            let wish = files.and_then(|()| desk::ui_call(trigger.as_deref(), message_id, messages, wishes));
            match wish {
                Ok(_) if other => with(room, id, |socket| {
                    socket.fail(&request_id, "This socket belongs to another conversation.");
                }),
                Ok(wish) => show_turn(room, id, call(room, asker, wish), request_id, None, false),
                Err(refusal) => with(room, id, |socket| socket.fail(&request_id, &refusal.to_string())),
            }
        }
    }
}

fn subscribe(room: &Rc<Room>, id: u32, asker: Asker, after: u64) {
    match call(room, asker, Call::Log { after }) {
        Outcome::FollowLog { grant, .. } => {
            with(room, id, |socket| {
                socket.attachment.log = LogView::Behind(after);
                socket.grant = Some(grant);
            });
            room.reader_came();
            if !catch_up(room, id) {
                let room_later = Rc::clone(room);
                room.spawn(async move { catch_up_slowly(&room_later, id).await });
            }
        }
        outcome => with(room, id, |socket| refused(socket, LOG_REQUEST_ID, outcome)),
    }
}

/// Sends the next page of what is missing; `true` when nothing is.
fn catch_up(room: &Rc<Room>, id: u32) -> bool {
    let behind = room.sockets.borrow_mut().find(id).map(|socket| (socket.grant, socket.attachment.log));
    let Some((Some(grant), LogView::Behind(after))) = behind else { return true };
    let page = room.page(grant, after);
    let mut sockets = room.sockets.borrow_mut();
    let Some(socket) = sockets.find(id) else { return true };
    let Some((page, last_seq)) = page else {
        socket.close(CloseCode::Gone, "Conversation not found");
        return true;
    };
    let reached = page.last().map_or(after, |event| event.seq);
    for event in &page {
        socket.send(&log_frame(event));
    }
    socket.attachment.log = if reached >= last_seq { LogView::Live } else { LogView::Behind(reached) };
    socket.keep();
    socket.attachment.log == LogView::Live
}

/// Goes on page by page, as fast as the reader takes it.
async fn catch_up_slowly(room: &Rc<Room>, id: u32) {
    const PAUSE_MS: u64 = 20;
    /// A reader that takes nothing for half a minute is closed.
    const MAX_PAUSES: u32 = 1_500;
    let mut pauses = 0;
    loop {
        let waiting = room.sockets.borrow_mut().find(id).map(|socket| buffered_bytes(&socket.ws));
        match waiting {
            None => return,
            Some(bytes) if bytes > MAX_BUFFERED_BYTES / 4 => {
                pauses += 1;
                if pauses > MAX_PAUSES {
                    return refuse(room, id, CloseCode::TooSlow, "too slow: reconnect and resume");
                }
            }
            Some(_) => {
                pauses = 0;
                if catch_up(room, id) {
                    return;
                }
            }
        }
        worker::Delay::from(std::time::Duration::from_millis(if pauses == 0 { 0 } else { PAUSE_MS })).await;
    }
}

fn resume(room: &Rc<Room>, id: u32, asker: Asker, request_id: String, last_sequence: Option<u64>) {
    match call(room, asker, Call::Resume { approvals: true }) {
        Outcome::Reply(Reply::Nothing) => with(room, id, |socket| {
            socket.send(&text_of(&ServerFrame::NoActive { request_id: &request_id }));
        }),
        outcome => show_turn(room, id, outcome, request_id, last_sequence, true),
    }
}

/// Shows a turn under a request id: what it has said so far, then live.
fn show_turn(
    room: &Rc<Room>,
    id: u32,
    outcome: Outcome,
    request_id: String,
    last_sequence: Option<u64>,
    announced: bool,
) {
    let Outcome::FollowTurn { grant, turn, id: turn_id, .. } = outcome else {
        return with(room, id, |socket| refused(socket, &request_id, outcome));
    };
    room.reader_came();
    let past = room.read(|log| Ok(log.turn_events(grant, turn)?)).unwrap_or_default();
    with(room, id, |socket| {
        if announced {
            socket.send(&text_of(&ServerFrame::Start { request_id: &request_id }));
        }
        socket.readers.retain(|reader| reader.request_id() != Some(&request_id));
        socket.attachment.turns.retain(|(known, _)| *known != request_id);
        if socket.readers.len() >= MAX_REQUESTS {
            return socket.fail(&request_id, "Too many requests are open on this socket.");
        }
        socket.attachment.turns.push((request_id.clone(), turn));
        let mut reader = TurnReader::new(turn_id, Form::Socket { request_id }, last_sequence);
        let mut frames = Vec::new();
        reader.read(&past, &mut frames);
        for frame in frames {
            socket.send(&frame);
        }
        if reader.ended() {
            socket.attachment.turns.pop();
        } else {
            socket.readers.push(reader);
        }
        socket.keep();
    });
}

fn abort(room: &Rc<Room>, id: u32, asker: Asker, request_id: &str) {
    // From the attachment: after a sleep there are no readers yet.
    let mut turn = None;
    with(room, id, |socket| {
        turn = socket.attachment.turns.iter().find(|(known, _)| known == request_id).map(|(_, turn)| *turn);
    });
    let turn = turn.and_then(|turn| room.read(|log| Ok(log.turn_id(turn)?)).flatten());
    if let Some(turn) = turn {
        let outcome = call(room, asker, Call::Stop { turn_id: Some(turn.to_string()) });
        if let Outcome::Reply(Reply::Refused { reason: Reason::Role, detail, .. }) = outcome {
            with(room, id, |socket| socket.fail(request_id, &detail));
        }
    }
}

fn refused(socket: &mut Socket, request_id: &str, outcome: Outcome) {
    match outcome {
        Outcome::Reply(Reply::NotFound) => socket.close(CloseCode::Gone, "Conversation not found"),
        Outcome::Reply(Reply::Refused { detail, .. }) => socket.fail(request_id, &detail),
        Outcome::Reply(Reply::Nothing) => socket.fail(request_id, &Refusal::NoSuchCall.to_string()),
        _ => socket.fail(request_id, "The conversation cannot be reached. Try again."),
    }
}

fn fits(room: &Rc<Room>, id: u32, request_id: &str) -> bool {
    let fits = !request_id.is_empty() && request_id.len() <= MAX_REQUEST_ID_CHARS;
    if !fits {
        refuse(room, id, CloseCode::BadFrame, "requestId must have 1 to 128 bytes");
    }
    fits
}
