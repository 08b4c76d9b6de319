//! Readers over server-sent events: a turn, or the log. What is missing is pulled by the reader; what is new is
//! pushed, up to a cap, after which the stream ends and the client resumes with `Last-Event-ID`.

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use edgewise_domain::{
    access::{Grant, Read},
    chat::readers::{Form, TurnReader, log_sse},
};
use edgewise_protocol::{
    calls::{
        account::Credential,
        conversation::{Reason, Reply},
    },
    event::Numbered,
    ids::{MessageId, UserId},
};
use futures::{FutureExt, Stream};
use wasm_bindgen::JsValue;
use worker::{Delay, ResponseBuilder, Result, web_sys};

use super::room::Room;

/// What may wait for a slow reader.
const MAX_WAITING_BYTES: usize = 1024 * 1024;
/// Event streams that one conversation feeds at a time.
const MAX_STREAMS: usize = 512;
/// Proxies drop what is silent; a comment says that we live.
const KEEP_ALIVE_MS: u64 = 15_000;
/// How long a reconnecting `EventSource` waits.
const RETRY: &str = "retry: 2000\n\n";

enum View {
    Turn(Box<TurnReader>),
    /// Has the events up to this number; `live` when that is all there are.
    Log {
        after: u64,
        live: bool,
        grant: Grant<Read>,
    },
}

/// Who reads, and what keeps them signed in.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    pub user: Option<UserId>,
    pub credential: Option<Credential>,
}

/// One reader's pipe.
struct Pipe {
    view: View,
    holder: Holder,
    waiting: VecDeque<String>,
    waiting_bytes: usize,
    /// Nothing more will be put in.
    done: bool,
    waker: Option<Waker>,
}

impl Pipe {
    const fn new(view: View, holder: Holder) -> Self {
        Self { view, holder, waiting: VecDeque::new(), waiting_bytes: 0, done: false, waker: None }
    }

    fn put(&mut self, text: String) {
        self.waiting_bytes += text.len();
        if self.waiting_bytes > MAX_WAITING_BYTES {
            self.done = true;
            self.waiting.clear();
        } else {
            self.waiting.push_back(text);
        }
    }

    fn tell(&mut self, events: &[Numbered]) {
        if self.done {
            return;
        }
        match &mut self.view {
            View::Turn(reader) => {
                let mut out = Vec::new();
                reader.read(events, &mut out);
                let ended = reader.ended();
                out.into_iter().for_each(|text| self.put(text));
                self.done |= ended;
            }
            View::Log { after, live: true, .. } => {
                *after = events.last().map_or(*after, |event| event.seq);
                events.iter().for_each(|event| self.put(log_sse(event)));
            }
            View::Log { .. } => {}
        }
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// All event streams of the object.
#[derive(Default)]
pub struct Streams {
    all: Vec<Rc<RefCell<Pipe>>>,
}

impl Streams {
    pub fn tell(&mut self, events: &[Numbered]) {
        self.forget_dropped();
        for pipe in &self.all {
            pipe.borrow_mut().tell(events);
        }
    }

    /// A pipe that nobody else holds was dropped by its client.
    fn forget_dropped(&mut self) {
        self.all.retain(|pipe| Rc::strong_count(pipe) > 1);
    }

    pub fn is_watched(&self) -> bool {
        self.all.iter().any(|pipe| Rc::strong_count(pipe) > 1)
    }

    pub fn close_all(&mut self) {
        self.close(|_| true);
    }

    /// Ends what a credential that is good no longer has open.
    pub fn close_revoked(&mut self, credential: Credential) {
        self.close(|pipe| pipe.holder.credential == Some(credential));
    }

    /// Ends what somebody has open.
    pub fn close_user(&mut self, user: UserId) {
        self.close(|pipe| pipe.holder.user == Some(user));
    }

    fn close(&mut self, which: impl Fn(&Pipe) -> bool) {
        self.all.retain(|pipe| {
            let mut pipe = pipe.borrow_mut();
            let closes = which(&pipe);
            if closes {
                pipe.done = true;
                pipe.waiting.clear();
                pipe.wake();
            }
            !closes
        });
    }
}

/// The pipe's end that the client reads.
struct Reading {
    room: Rc<Room>,
    pipe: Rc<RefCell<Pipe>>,
    keep_alive: Pin<Box<Delay>>,
}

impl Stream for Reading {
    type Item = Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(text) = this.take() {
            this.keep_alive = keep_alive();
            return Poll::Ready(Some(Ok(text)));
        }
        let mut pipe = this.pipe.borrow_mut();
        if pipe.done {
            return Poll::Ready(None);
        }
        pipe.waker = Some(context.waker().clone());
        drop(pipe);
        if this.keep_alive.poll_unpin(context).is_ready() {
            this.keep_alive = keep_alive();
            return Poll::Ready(Some(Ok(b": keep-alive\n\n".to_vec())));
        }
        Poll::Pending
    }
}

impl Reading {
    /// Everything that waits, as one chunk; when nothing does, the next page of what is missing.
    fn take(&self) -> Option<Vec<u8>> {
        let mut pipe = self.pipe.borrow_mut();
        if pipe.waiting.is_empty() && !pipe.done {
            self.fetch_page(&mut pipe);
        }
        let mut chunk = Vec::with_capacity(pipe.waiting_bytes);
        for text in pipe.waiting.drain(..) {
            chunk.extend_from_slice(text.as_bytes());
        }
        pipe.waiting_bytes = 0;
        (!chunk.is_empty()).then_some(chunk)
    }

    fn fetch_page(&self, pipe: &mut Pipe) {
        let View::Log { after, live: false, grant } = pipe.view else { return };
        let page = self.room.read(|log| Ok((log.events_after(grant, after)?, log.last_seq())));
        let Some((events, last_seq)) = page else {
            pipe.done = true;
            return;
        };
        let reached = events.last().map_or(after, |event| event.seq);
        pipe.view = View::Log { after: reached, live: reached >= last_seq, grant };
        for event in &events {
            let text = log_sse(event);
            pipe.waiting_bytes += text.len();
            pipe.waiting.push_back(text);
        }
    }
}

fn keep_alive() -> Pin<Box<Delay>> {
    Box::pin(Delay::from(Duration::from_millis(KEEP_ALIVE_MS)))
}

/// Streams one turn: its events so far, then live, until it ends.
pub fn follow_turn(
    room: &Rc<Room>,
    holder: Holder,
    grant: Grant<Read>,
    turn: u64,
    id: MessageId,
    form: Form,
) -> Result<JsValue> {
    room.reader_came();
    let past = room.read(|log| Ok(log.turn_events(grant, turn)?)).unwrap_or_default();
    let reader = Box::new(TurnReader::new(id, form, None));
    let mut pipe = Pipe::new(View::Turn(reader), holder);
    pipe.tell(&past);
    respond(room, pipe)
}

/// Streams the log after number `after`, then live.
pub fn follow_log(room: &Rc<Room>, holder: Holder, grant: Grant<Read>, after: u64) -> Result<JsValue> {
    room.reader_came();
    let mut pipe = Pipe::new(View::Log { after, live: false, grant }, holder);
    pipe.put(RETRY.to_owned());
    respond(room, pipe)
}

fn respond(room: &Rc<Room>, pipe: Pipe) -> Result<JsValue> {
    room.streams.borrow_mut().forget_dropped();
    if room.streams.borrow().all.len() >= MAX_STREAMS {
        let detail = "Too many readers follow this conversation.".into();
        return super::text(&Reply::Refused { reason: Reason::Busy, detail, field: None });
    }
    let pipe = Rc::new(RefCell::new(pipe));
    room.streams.borrow_mut().all.push(Rc::clone(&pipe));
    let reading = Reading { room: Rc::clone(room), pipe, keep_alive: keep_alive() };
    let streaming = ResponseBuilder::new().with_header("content-type", "text/event-stream; charset=utf-8")?;
    Ok(web_sys::Response::from(streaming.from_stream(reading)?).into())
}
