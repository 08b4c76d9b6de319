//! `Webhook`: the object that keeps one endpoint of a user and sends it events, one after the other.
//!
//! State: events in one order, one cursor, attempts, see `edgewise_domain::webhook::endpoint`. Calls:
//! `edgewise_protocol::calls::webhook`. Its alarm is set in the stretch that takes an event in, and sends what is due.
//! Atomic because every change is one synchronous stretch: a try is claimed before anything of it is awaited, and what
//! came of it is recorded in another stretch, which passes over what somebody has changed meanwhile.

mod room;

use std::rc::Rc;

use edgewise_protocol::calls::webhook::Request as WebhookRequest;
use wasm_bindgen::prelude::*;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use room::Room;

#[durable_object(alarm)]
pub struct Webhook {
    room: Rc<Room>,
}

impl DurableObject for Webhook {
    fn new(state: State, env: Env) -> Self {
        Self { room: Rc::new(Room::new(state, env)) }
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        Response::error("An endpoint takes calls alone.", 405)
    }

    async fn alarm(&self) -> Result<Response> {
        self.room.woken().await;
        Response::empty()
    }
}

#[wasm_bindgen(wasm_bindgen_futures = ::worker::wasm_bindgen_futures)]
impl Webhook {
    /// Answers a call, both as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub async fn answer(&self, call: String) -> std::result::Result<JsValue, JsValue> {
        let request: WebhookRequest = serde_json::from_str(&call).map_err(unreadable)?;
        serde_json::to_string(&self.room.handle(request)).map(|text| JsValue::from_str(&text)).map_err(unreadable)
    }
}

fn unreadable(error: serde_json::Error) -> JsValue {
    Error::from(error.to_string()).into()
}
