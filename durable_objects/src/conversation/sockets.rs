//! The sockets of a conversation: AI SDK frames and our `subscribe`, over connections that sleep with the object.
//!
//! A socket's attachment holds ids and wishes, never a right: every frame is authorised anew. Whatever is stored
//! has been sent to every live socket in the same stretch, so a socket that slept through nothing missed nothing.

use std::rc::Rc;

use edgewise_domain::chat::{
    desk::{self, Outcome},
    readers::{Form, TurnReader, log_frame, text_of},
};
use edgewise_platform::sockets::{buffered_bytes, close, send};
use edgewise_protocol::{
    calls::conversation::{Call, Reply, Request as ObjectRequest, SOCKET_USER, VERSION},
    event::Numbered,
    frame::{ClientFrame, CloseCode, ServerFrame},
    ids::UserId,
};
use serde::{Deserialize, Serialize};
use worker::{Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair};

use super::room::Room;

/// Stock clients send the whole conversation with each message.
const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;
/// What may wait in a socket for a slow reader; then it is closed and resumes later.
const MAX_BUFFERED_BYTES: u64 = 1024 * 1024;
/// Looking at what waits costs a call, so it is done after so many bytes.
const LOOK_AFTER_BYTES: usize = 64 * 1024;
/// Requests that one socket may show at a time.
const MAX_REQUESTS: usize = 32;
const MAX_REQUEST_ID_CHARS: usize = 128;
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
    log: LogView,
    /// Requests that show a turn: request id and the turn's row.
    turns: Vec<(String, u64)>,
}

struct Socket {
    ws: WebSocket,
    attachment: Attachment,
    readers: Vec<TurnReader>,
    /// Requests of the attachment have no readers yet: the object slept.
    slept: bool,
    unlooked_bytes: usize,
    /// Frames in the window that began then.
    frames: (u64, u32),
    closed: bool,
}

impl Socket {
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
            worker::console_error!("socket: the attachment was refused: {error}");
        }
    }

    /// Feeds the readers of a turn; those that ended are forgotten.
    fn read(&mut self, events: &[Numbered]) {
        if self.readers.is_empty() {
            return;
        }
        let mut frames = Vec::new();
        for reader in &mut self.readers {
            for event in events {
                reader.read(event, &mut frames);
            }
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
            let slept = !attachment.turns.is_empty();
            sockets.all.push(Socket {
                ws,
                attachment,
                readers: Vec::new(),
                slept,
                unlooked_bytes: 0,
                frames: (0, 0),
                closed: false,
            });
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
                    let Some((start, past)) = history(socket.attachment.user, turn) else { continue };
                    let mut reader = TurnReader::new(start, Form::Socket { request_id }, None);
                    let mut had = Vec::new();
                    past.iter().filter(|event| event.seq < first).for_each(|event| reader.read(event, &mut had));
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
    let url = request.inner().url();
    let user = url.rsplit_once(&format!("{SOCKET_USER}=")).and_then(|(_, user)| user.parse::<UserId>().ok());
    let Some(user) = user else { return Response::error("who is it?", 400) };
    let pair = WebSocketPair::new()?;
    room.state.accept_web_socket(&pair.server);
    let found = matches!(call(room, user, Call::Get), Outcome::Reply(Reply::Conversation { .. }));
    let mut sockets = room.sockets.borrow_mut();
    sockets.all.retain(|socket| !socket.closed);
    if !found {
        close_later(room, pair.server, CloseCode::Gone, "Conversation not found");
    } else if sockets.all.len() >= MAX_SOCKETS {
        close_later(room, pair.server, CloseCode::TooMany, "10");
    } else {
        let attachment = Attachment { id: sockets.next_id, user, log: LogView::Off, turns: Vec::new() };
        sockets.next_id += 1;
        let socket = Socket {
            ws: pair.server,
            attachment,
            readers: Vec::new(),
            slept: false,
            unlooked_bytes: 0,
            frames: (0, 0),
            closed: false,
        };
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

fn call(room: &Rc<Room>, user: UserId, call: Call) -> Outcome {
    room.handle(ObjectRequest { v: VERSION, user: Some(user), call })
}

/// A frame arrived.
pub fn hear(room: &Rc<Room>, ws: &WebSocket, message: WebSocketIncomingMessage) {
    let kept = ws.deserialize_attachment::<String>().ok().flatten();
    let Some(Attachment { id, user, .. }) = kept.and_then(|kept| serde_json::from_str(&kept).ok()) else { return };
    let text = match message {
        WebSocketIncomingMessage::String(text) => text,
        WebSocketIncomingMessage::Binary(_) => return refuse(room, id, CloseCode::BadFrame, "frames are text"),
    };
    let mut flood = false;
    with(room, id, |socket| flood = !socket.admit(room.now_ms()));
    if flood {
        return refuse(room, id, CloseCode::TooMany, "10");
    }
    if text.len() > MAX_FRAME_BYTES {
        return refuse(room, id, CloseCode::TooLarge, "at most 8 MiB");
    }
    if text == "ping" {
        // The runtime answers exactly this text itself; one that comes while it is busy ends up here.
        return with(room, id, |socket| socket.send("pong"));
    }
    let frame = match serde_json::from_str::<ClientFrame>(&text) {
        Ok(frame) => frame,
        Err(error) => {
            let reason = format!("not a frame: line {}, column {}", error.line(), error.column());
            return refuse(room, id, CloseCode::BadFrame, &reason);
        }
    };
    match frame {
        ClientFrame::Subscribe { after, .. } => subscribe(room, id, user, after),
        ClientFrame::Abort { request_id } => abort(room, id, user, &request_id),
        ClientFrame::Resume { request_id, last_sequence, .. } => {
            if fits(room, id, &request_id) {
                resume(room, id, user, request_id, last_sequence);
            }
        }
        ClientFrame::Send { request_id, id: chat, trigger, message_id, messages, body } => {
            if !fits(room, id, &request_id) {
                return;
            }
            let body = body.unwrap_or_default();
            let other = chat.is_some_and(|chat| room.is_another_conversation(&chat));
            match desk::ui_call(trigger.as_deref(), message_id, messages, body.model, body.parent_id) {
                Ok(_) if other => with(room, id, |socket| {
                    socket.fail(&request_id, "This socket belongs to another conversation.");
                }),
                Ok(wish) => show_turn(room, id, call(room, user, wish), request_id, None, false),
                Err(refusal) => with(room, id, |socket| socket.fail(&request_id, &refusal.to_string())),
            }
        }
    }
}

fn subscribe(room: &Rc<Room>, id: u32, user: UserId, after: u64) {
    match call(room, user, Call::Log { after }) {
        Outcome::FollowLog { .. } => {
            with(room, id, |socket| socket.attachment.log = LogView::Behind(after));
            room.reader_came();
            if !catch_up(room, id) {
                let room_later = Rc::clone(room);
                room.spawn(async move { catch_up_slowly(&room_later, id).await });
            }
        }
        outcome => with(room, id, |socket| refused(socket, edgewise_protocol::frame::LOG_REQUEST_ID, outcome)),
    }
}

/// Sends the next page of what is missing; `true` when nothing is.
fn catch_up(room: &Rc<Room>, id: u32) -> bool {
    let mut sockets = room.sockets.borrow_mut();
    let Some(socket) = sockets.find(id) else { return true };
    let LogView::Behind(after) = socket.attachment.log else { return true };
    let user = socket.attachment.user;
    let Some((page, last_seq)) = room.page(user, after) else {
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

fn resume(room: &Rc<Room>, id: u32, user: UserId, request_id: String, last_sequence: Option<u64>) {
    match call(room, user, Call::Resume) {
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
        past.iter().for_each(|event| reader.read(event, &mut frames));
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

fn abort(room: &Rc<Room>, id: u32, user: UserId, request_id: &str) {
    let turn = {
        let mut sockets = room.sockets.borrow_mut();
        let reader = sockets.find(id).and_then(|socket| {
            socket.readers.iter().find(|reader| reader.request_id().is_some_and(|known| known == request_id))
        });
        reader.map(|reader| reader.turn)
    };
    if let Some(turn) = turn {
        call(room, user, Call::Stop { turn_id: Some(turn.to_string()) });
    }
}

fn refused(socket: &mut Socket, request_id: &str, outcome: Outcome) {
    match outcome {
        Outcome::Reply(Reply::NotFound) => socket.close(CloseCode::Gone, "Conversation not found"),
        Outcome::Reply(Reply::Refused { detail, .. }) => socket.fail(request_id, &detail),
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
            log: LogView::Behind(7),
            turns: vec![("r".into(), 9)],
        };
        assert_eq!(
            text_of(&attachment),
            r#"{"id":3,"user":"01a1fd56-2bb8-75a5-adc1-164f6138f407","log":{"Behind":7},"turns":[["r",9]]}"#
        );
        assert_eq!(text_of(&LogView::Live), r#""Live""#);
    }
}
