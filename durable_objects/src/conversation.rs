//! `Conversation`: the object that holds one conversation's log, runs its turns and feeds its readers.
//!
//! State: one SQLite table (`store`), see `edgewise_domain::chat::row`. Calls: `edgewise_protocol::calls::conversation`.
//! Atomic because every change is one synchronous stretch: [`Room::with`] opens the log if need be, lets the
//! domain decide and store, then sends and schedules what it said; nothing awaits in between. The one await that
//! matters, on the model, lives in `upstream`, and what comes back is fenced by the turn's epoch.

mod files;
mod meter;
mod own_keys;
mod reuse;
mod room;
mod sockets;
mod store;
mod streams;
mod summary;
mod tools;
mod upstream;

use std::rc::Rc;

use edgewise_domain::chat::desk::{Outcome, Page};
use edgewise_protocol::calls::conversation::{Reply, Request as Call};
use wasm_bindgen::prelude::*;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, durable_object,
    js_sys::Array, web_sys,
};

use room::Room;
use streams::Holder;

/// A longer page is carried as a response, which is a stream with a message of the runtime for each part of it: a call
/// takes 32 MiB at most.
const MAX_CARRIED_BYTES: usize = 4 * 1024 * 1024;

#[durable_object]
pub struct Conversation {
    room: Rc<Room>,
}

impl DurableObject for Conversation {
    fn new(state: State, env: Env) -> Self {
        Self { room: Room::new(state, env) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        sockets::accept(&self.room, &request)
    }

    async fn alarm(&self) -> Result<Response> {
        self.room.woken();
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, message: WebSocketIncomingMessage) -> Result<()> {
        sockets::hear(&self.room, &ws, message).await;
        Ok(())
    }

    async fn websocket_close(&self, ws: WebSocket, _code: usize, _reason: String, _was_clean: bool) -> Result<()> {
        sockets::closed(&self.room, &ws);
        Ok(())
    }

    async fn websocket_error(&self, ws: WebSocket, _error: Error) -> Result<()> {
        sockets::closed(&self.room, &ws);
        Ok(())
    }
}

#[wasm_bindgen(wasm_bindgen_futures = ::worker::wasm_bindgen_futures)]
impl Conversation {
    /// Answers a call: a reply's JSON as a string, a page as its newest event and its body, or a `Response` that the
    /// door passes on.
    ///
    /// # Errors
    /// When the call cannot be read, or the runtime refuses a stream.
    pub async fn answer(&self, call: String) -> std::result::Result<JsValue, JsValue> {
        Ok(self.reply(&call).await?)
    }
}

impl Conversation {
    async fn reply(&self, call: &str) -> Result<JsValue> {
        let call: Call = serde_json::from_str(call).map_err(|error| Error::from(error.to_string()))?;
        let holder = Holder { user: call.user, credential: call.credential };
        match self.room.handle(call) {
            Outcome::Reply(reply) => text(&reply),
            Outcome::Page { body, last_seq } => page(&body, last_seq),
            Outcome::FollowTurn { grant, turn, id, form } => {
                streams::follow_turn(&self.room, holder, grant, turn, id, form)
            }
            Outcome::FollowLog { grant, after } => streams::follow_log(&self.room, holder, grant, after),
            Outcome::Wait { mut call, wait_ms } => {
                self.room.next_event(wait_ms).await;
                // Only of those whose conversation it is not alone: in the meantime they may have left.
                if let (Some(user), false) = (call.user, call.memberships.is_empty()) {
                    call.memberships = self.room.memberships(user).await.unwrap_or_default();
                }
                match self.room.handle(call) {
                    Outcome::Reply(reply) => text(&reply),
                    Outcome::Page { body, last_seq } => page(&body, last_seq),
                    _ => text(&Reply::Failed),
                }
            }
            Outcome::Projected { version, ledgered } => {
                self.room.projected(version, ledgered);
                text(&Reply::Done)
            }
            Outcome::Revoked { credential, again } => {
                self.room.sockets.borrow_mut().close_revoked(credential, again);
                self.room.streams.borrow_mut().close_revoked(credential);
                text(&Reply::Done)
            }
            Outcome::Left { user } => {
                self.room.sockets.borrow_mut().close_user(user);
                self.room.streams.borrow_mut().close_user(user);
                text(&Reply::Done)
            }
        }
    }
}

fn text(reply: &Reply) -> Result<JsValue> {
    Ok(JsValue::from_str(&serde_json::to_string(reply)?))
}

fn page(body: &Page, last_seq: u64) -> Result<JsValue> {
    let text = serde_json::to_string(body)?;
    let body = if text.len() <= MAX_CARRIED_BYTES {
        JsValue::from_str(&text)
    } else {
        let json = [("content-type", "application/json")].into_iter().collect();
        web_sys::Response::from(Response::ok(text)?.with_headers(json)).into()
    };
    Ok(Array::of2(&JsValue::from_f64(last_seq as f64), &body).into())
}
