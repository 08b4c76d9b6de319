//! `Run`: the object that holds one run of an agent and takes its steps.
//!
//! State: the run's journal (`store`), see `edgewise_domain::run`. Calls: `edgewise_protocol::calls::run`. A message of queue
//! `generation` makes it take steps for a while; its alarm sends the message again when it was lost, and pays what is owed.
//! Atomic because every change is one synchronous stretch ([`Room::with`]): a step is claimed before anything of it is
//! awaited, and what came of it is recorded in another stretch, where the claim must still be the same.

mod asking;
mod room;
mod store;
mod work;

use std::rc::Rc;

use edgewise_domain::run::desk::Outcome;
use edgewise_protocol::calls::run::{Call, Reply, Request as RunRequest};
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use room::Room;

#[durable_object(alarm)]
pub struct Run {
    room: Rc<Room>,
}

impl DurableObject for Run {
    fn new(state: State, env: Env) -> Self {
        Self { room: Room::new(state, env) }
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        Response::error("A run takes calls alone.", 405)
    }

    async fn alarm(&self) -> Result<Response> {
        self.room.woken().await;
        Response::empty()
    }
}

#[wasm_bindgen(wasm_bindgen_futures = ::worker::wasm_bindgen_futures)]
impl Run {
    /// Answers a call, both as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub async fn answer(&self, call: String) -> std::result::Result<JsValue, JsValue> {
        let request: RunRequest = serde_json::from_str(&call).map_err(unreadable)?;
        let reply = self.reply(request).await;
        serde_json::to_string(&reply).map(|text| JsValue::from_str(&text)).map_err(unreadable)
    }
}

impl Run {
    async fn reply(&self, request: RunRequest) -> Reply {
        let moves = matches!(request.call, Call::Start { .. } | Call::Cancel | Call::Decide { .. } | Call::Send { .. });
        let reply = match self.room.handle(request) {
            Outcome::Reply(reply) => reply,
            Outcome::Step => return Reply::Stepped { more: work::steps(&self.room).await },
            Outcome::Wait { request, wait_ms } => {
                self.room.next_entry(wait_ms).await;
                match self.room.handle(request) {
                    Outcome::Reply(reply) => return reply,
                    // Nothing came: the page is empty.
                    Outcome::Wait { mut request, .. } => {
                        if let Call::Events { wait_ms, .. } = &mut request.call {
                            *wait_ms = 0;
                        }
                        return match self.room.handle(request) {
                            Outcome::Reply(reply) => reply,
                            Outcome::Wait { .. } | Outcome::Step => Reply::Failed,
                        };
                    }
                    Outcome::Step => return Reply::Failed,
                }
            }
        };
        if moves && matches!(reply, Reply::Run { .. }) {
            // Lists show it when whoever did it looks again; a failure is not theirs, and the alarm goes on with it.
            self.room.pay().await;
            self.room.wake().await;
        }
        reply
    }
}

fn unreadable(error: serde_json::Error) -> JsValue {
    Error::from(error.to_string()).into()
}
