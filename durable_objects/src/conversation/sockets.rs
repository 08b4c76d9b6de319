//! The sockets of a conversation: AI SDK frames and our `subscribe`, over connections that sleep with the object.
//!
//! A socket's attachment holds ids and wishes, never a right: every frame is authorised anew. Whatever is stored
//! has been sent to every live socket in the same stretch, so a socket that slept through nothing missed nothing.

mod frames;

use std::{collections::VecDeque, rc::Rc};

use edgewise_domain::{
    access::{Grant, Read},
    chat::{
        desk::Outcome,
        readers::{Form, TurnReader, log_frame, text_of},
    },
};
use edgewise_platform::{
    log,
    sockets::{buffered_bytes, close, send},
};
use edgewise_protocol::{
    calls::{
        account::Credential,
        conversation::{
            Asker, Call, Reply, Request as ObjectRequest, SOCKET_CREDENTIAL, SOCKET_MEMBERSHIPS, SOCKET_USER,
        },
    },
    event::Numbered,
    frame::{ClientFrame, CloseCode, ServerFrame},
    ids::UserId,
};
use serde::{Deserialize, Serialize};
use worker::{Request, Response, Result, State, WebSocket, WebSocketPair};

pub use frames::hear;

use super::room::Room;

/// What may wait in a socket for a slow reader; then it is closed and resumes later.
const MAX_BUFFERED_BYTES: u64 = 1024 * 1024;
/// Looking at what waits costs a call, so it is done after so many bytes.
const LOOK_AFTER_BYTES: usize = 64 * 1024;
const MAX_SOCKETS: usize = 512;
/// Frames that one socket may send in ten seconds: many more than a person types, few enough that a flood is
/// closed before it keeps the object from its other readers (a frame costs about half a millisecond).
const MAX_FRAMES: u32 = 500;
const FRAME_WINDOW_MS: u64 = 10_000;

/// How a socket shows the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum LogView {
    Off,
    /// It has the events up to this number; the next ones are on their way.
    Behind(u64),
    /// It has every event.
    Live,
}

/// What outlives the object's sleep, as JSON in the socket's attachment.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Attachment {
    id: u32,
    user: UserId,
    /// What keeps the user signed in; asked again for each message.
    #[serde(default)]
    credential: Option<Credential>,
    log: LogView,
    /// Requests that show a turn: request id and the turn's row.
    turns: Vec<(String, u64)>,
}

struct Socket {
    ws: WebSocket,
    attachment: Attachment,
    /// To show the log; once it is shown, whoever may see it no longer is closed.
    grant: Option<Grant<Read>>,
    readers: Vec<TurnReader>,
    /// Requests of the attachment have no readers yet: the object slept.
    slept: bool,
    unlooked_bytes: usize,
    /// Frames in the window that began then.
    frames: (u64, u32),
    /// Frames that wait for the one before them, whose account is being asked; `None` when none is.
    inbox: Option<VecDeque<ClientFrame>>,
    closed: bool,
}

impl Socket {
    const fn new(ws: WebSocket, attachment: Attachment, slept: bool) -> Self {
        let readers = Vec::new();
        Self {
            ws,
            attachment,
            grant: None,
            readers,
            slept,
            unlooked_bytes: 0,
            frames: (0, 0),
            inbox: None,
            closed: false,
        }
    }

    /// Counts a frame; `false` when there are too many.
    fn admit(&mut self, now_ms: u64) -> bool {
        let (began_ms, count) = &mut self.frames;
        if now_ms >= *began_ms + FRAME_WINDOW_MS {
            (*began_ms, *count) = (now_ms, 0);
        }
        *count += 1;
        *count <= MAX_FRAMES
    }

    fn send(&mut self, frame: &str) {
        if self.closed {
            return;
        }
        if !send(&self.ws, frame) {
            self.closed = true;
            return;
        }
        self.unlooked_bytes += frame.len();
        if self.unlooked_bytes >= LOOK_AFTER_BYTES {
            self.unlooked_bytes = 0;
            if buffered_bytes(&self.ws) > MAX_BUFFERED_BYTES {
                self.close(CloseCode::TooSlow, "too slow: reconnect and resume");
            }
        }
    }

    fn close(&mut self, code: CloseCode, reason: &str) {
        if !self.closed {
            self.closed = true;
            close(&self.ws, code, reason);
        }
    }

    fn fail(&mut self, request_id: &str, error_text: &str) {
        self.send(&text_of(&ServerFrame::Error { request_id, error_text }));
    }

    fn keep(&self) {
        let kept = text_of(&self.attachment);
        if let Err(error) = self.ws.serialize_attachment(kept) {
            log::error(format_args!("socket: the attachment was refused: {error}"));
        }
    }

    /// Feeds the readers of a turn; those that ended are forgotten.
    fn read(&mut self, events: &[Numbered]) {
        if self.readers.is_empty() {
            return;
        }
        let mut frames = Vec::new();
        for reader in &mut self.readers {
            reader.read(events, &mut frames);
        }
        for frame in frames {
            self.send(&frame);
        }
        if self.readers.iter().any(TurnReader::ended) {
            self.readers.retain(|reader| !reader.ended());
            let live: Vec<&String> = self.readers.iter().filter_map(TurnReader::request_id).collect();
            self.attachment.turns.retain(|(request_id, _)| live.contains(&request_id));
            self.keep();
        }
    }
}

/// All sockets of the object.
#[derive(Default)]
pub struct Sockets {
    all: Vec<Socket>,
    next_id: u32,
}

impl Sockets {
    /// The sockets that outlived the object's sleep.
    pub fn asleep(state: &State) -> Self {
        let mut sockets = Self::default();
        for ws in state.get_websockets() {
            let kept = ws.deserialize_attachment::<String>().ok().flatten();
            let Some(attachment) = kept.and_then(|kept| serde_json::from_str::<Attachment>(&kept).ok()) else {
                close(&ws, CloseCode::TooSlow, "reconnect and resume");
                continue;
            };
            sockets.next_id = sockets.next_id.max(attachment.id + 1);
            if matches!(attachment.log, LogView::Behind(_)) {
                // It was being caught up when the instance ended, and nobody goes on with that.
                close(&ws, CloseCode::TooSlow, "reconnect and resume");
                continue;
            }
            let slept = !attachment.turns.is_empty();
            sockets.all.push(Socket::new(ws, attachment, slept));
        }
        sockets
    }

    pub fn is_watched(&self) -> bool {
        self.all.iter().any(|socket| {
            !socket.closed && (socket.attachment.log != LogView::Off || !socket.attachment.turns.is_empty())
        })
    }

    /// Sends stored events to whoever shows them. `history` gives a turn's events, for sockets that slept.
    pub fn tell(&mut self, events: &[Numbered], history: impl Fn(UserId, u64) -> Option<(TurnStart, Vec<Numbered>)>) {
        let first = events.first().map_or(0, |event| event.seq);
        let mut frames: Option<Vec<String>> = None;
        for socket in &mut self.all {
            if std::mem::take(&mut socket.slept) {
                for (request_id, turn) in socket.attachment.turns.clone() {
                    let Some((start, past)) = history(socket.attachment.user, turn) else {
                        // Who may see it must be asked for anew: they do that when they come again.
                        socket.close(CloseCode::TooSlow, "reconnect and resume");
                        break;
                    };
                    let mut reader = TurnReader::new(start, Form::Socket { request_id }, None);
                    let mut had = Vec::new();
                    let past: Vec<_> = past.into_iter().filter(|event| event.seq < first).collect();
                    reader.read(&past, &mut had);
                    socket.readers.push(reader);
                }
            }
            if socket.attachment.log == LogView::Live {
                for frame in frames.get_or_insert_with(|| events.iter().map(log_frame).collect()) {
                    socket.send(frame);
                }
            }
            socket.read(events);
        }
        self.all.retain(|socket| !socket.closed);
    }

    pub fn close_all_gone(&mut self) {
        self.close_all(CloseCode::Gone, "Conversation not found");
    }

    pub fn close_all_to_resume(&mut self) {
        self.close_all(CloseCode::TooSlow, "reconnect and resume");
    }

    /// Closes what a credential has open: for good, or to come back and be watched again.
    pub fn close_revoked(&mut self, credential: Credential, again: bool) {
        let (code, reason) =
            if again { (CloseCode::TooSlow, "reconnect and resume") } else { (CloseCode::SignIn, "sign in again") };
        for socket in self.all.iter_mut().filter(|socket| socket.attachment.credential == Some(credential)) {
            socket.close(code, reason);
        }
        self.all.retain(|socket| !socket.closed);
    }

    /// Closes what somebody has open who may do less than when they opened it.
    pub fn close_user(&mut self, user: UserId) {
        for socket in self.all.iter_mut().filter(|socket| socket.attachment.user == user) {
            socket.close(CloseCode::Forbidden, "your role has changed");
        }
        self.all.retain(|socket| !socket.closed);
    }

    fn close_all(&mut self, code: CloseCode, reason: &str) {
        for socket in &mut self.all {
            socket.close(code, reason);
        }
        self.all.clear();
    }

    fn find(&mut self, id: u32) -> Option<&mut Socket> {
        self.all.iter_mut().find(|socket| socket.attachment.id == id && !socket.closed)
    }
}

/// The id of the answer that a turn makes.
pub type TurnStart = edgewise_protocol::ids::MessageId;

/// Takes a socket in. The Worker has authenticated its user; whether there is a conversation for them is asked
/// here, and answered by a close code, because a browser shows no status of a refused handshake.
pub fn accept(room: &Rc<Room>, request: &Request) -> Result<Response> {
    let header = |name| request.headers().get(name).ok().flatten();
    let user = header(SOCKET_USER).and_then(|user| user.parse::<UserId>().ok());
    let Some(user) = user else { return Response::error("who is it?", 400) };
    let credential = header(SOCKET_CREDENTIAL).and_then(|text| serde_json::from_str(&text).ok()).flatten();
    let memberships = header(SOCKET_MEMBERSHIPS).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let pair = WebSocketPair::new()?;
    room.state.accept_web_socket(&pair.server);
    let found = matches!(
        call(room, Asker { credential, memberships, ..Asker::user(user) }, Call::Get),
        Outcome::Reply(Reply::Conversation { .. })
    );
    let mut sockets = room.sockets.borrow_mut();
    sockets.all.retain(|socket| !socket.closed);
    if !found {
        close_later(room, pair.server, CloseCode::Gone, "Conversation not found");
    } else if sockets.all.len() >= MAX_SOCKETS {
        close_later(room, pair.server, CloseCode::TooMany, "10");
    } else {
        let attachment = Attachment { id: sockets.next_id, user, credential, log: LogView::Off, turns: Vec::new() };
        sockets.next_id += 1;
        let socket = Socket::new(pair.server, attachment, false);
        socket.keep();
        sockets.all.push(socket);
    }
    Response::from_websocket(pair.client)
}

/// Closes once the handshake is through: before, the runtime sends the close but leaves the connection open.
fn close_later(room: &Rc<Room>, ws: WebSocket, code: CloseCode, reason: &'static str) {
    room.spawn(async move {
        worker::Delay::from(std::time::Duration::ZERO).await;
        close(&ws, code, reason);
    });
}

fn call(room: &Rc<Room>, asker: Asker, call: Call) -> Outcome {
    room.handle(ObjectRequest::new(Some(asker), call))
}

fn with(room: &Rc<Room>, id: u32, act: impl FnOnce(&mut Socket)) {
    if let Some(socket) = room.sockets.borrow_mut().find(id) {
        act(socket);
    }
}

fn refuse(room: &Rc<Room>, id: u32, code: CloseCode, reason: &str) {
    with(room, id, |socket| socket.close(code, reason));
    room.sockets.borrow_mut().all.retain(|socket| !socket.closed);
}

/// The other side closed, or broke.
pub fn closed(room: &Rc<Room>, ws: &WebSocket) {
    let kept = ws.deserialize_attachment::<String>().ok().flatten();
    if let Some(attachment) = kept.and_then(|kept| serde_json::from_str::<Attachment>(&kept).ok()) {
        room.sockets.borrow_mut().all.retain(|socket| socket.attachment.id != attachment.id);
    }
    close(ws, CloseCode::Done, "");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachment_format_unchanged() {
        let attachment = Attachment {
            id: 3,
            user: "01a1fd56-2bb8-75a5-adc1-164f6138f407".parse().unwrap(),
            credential: Some(Credential::Session("01a1fd56-2bb8-75a5-adc1-164f6138f408".parse().unwrap())),
            log: LogView::Behind(7),
            turns: vec![("r".into(), 9)],
        };
        assert_eq!(
            text_of(&attachment),
            r#"{"id":3,"user":"01a1fd56-2bb8-75a5-adc1-164f6138f407","credential":{"session":"01a1fd56-2bb8-75a5-adc1-164f6138f408"},"log":{"Behind":7},"turns":[["r",9]]}"#
        );
        assert_eq!(text_of(&LogView::Live), r#""Live""#);
        let older = r#"{"id":3,"user":"01a1fd56-2bb8-75a5-adc1-164f6138f407","log":"Off","turns":[]}"#;
        assert!(serde_json::from_str::<Attachment>(older).is_ok_and(|older| older.credential.is_none()));
    }
}
