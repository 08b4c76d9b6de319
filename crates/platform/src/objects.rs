//! The conversation objects, reached by name.

use edgewise_domain::ports::{Answer, Conversations, ObjectError};
use edgewise_protocol::{
    calls::conversation::{Call, PAGE_LAST_SEQ, Reply, Request as ObjectRequest, SOCKET_USER, VERSION},
    ids::{ConversationId, UserId},
};
use wasm_bindgen::JsValue;
use worker::{Env, Headers, Method, Request, RequestInit, Response, send::SendFuture};

use crate::{bindings, outgoing::ObjectResponse};

/// The host is never resolved; an object sees the path and query alone.
const OBJECT_URL: &str = "https://conversation/";

#[derive(Clone)]
pub struct ConversationObjects(Env);

impl ConversationObjects {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }

    async fn fetch(&self, id: ConversationId, request: Request) -> Result<Response, ObjectError> {
        let failed = |error: worker::Error| {
            let text = error.to_string();
            if text.contains("overloaded") { ObjectError::Overloaded } else { ObjectError::Failed(text) }
        };
        let stub = self
            .0
            .durable_object(bindings::CONVERSATION)
            .and_then(|namespace| namespace.get_by_name(&id.to_string()))
            .map_err(failed)?;
        stub.fetch_with_request(request).await.map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> ObjectError {
    ObjectError::Failed(error.to_string())
}

impl Conversations for ConversationObjects {
    type Stream = ObjectResponse;

    fn call(
        &self,
        id: ConversationId,
        user: Option<UserId>,
        call: Call,
    ) -> impl Future<Output = Result<Answer<ObjectResponse>, ObjectError>> + Send {
        SendFuture::new(async move {
            let body = serde_json::to_string(&ObjectRequest { v: VERSION, user, call }).map_err(failed)?;
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
            let request = Request::new_with_init(OBJECT_URL, &init).map_err(failed)?;
            let mut response = self.fetch(id, request).await?;
            if response.status_code() != 200 {
                return Err(ObjectError::Failed(format!("the object answered {}", response.status_code())));
            }
            let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
            if kind.starts_with("text/event-stream") {
                return Ok(Answer::Stream(ObjectResponse::new(response)));
            }
            if let Some(last_seq) = response.headers().get(PAGE_LAST_SEQ).ok().flatten() {
                let last_seq = last_seq.parse().map_err(failed)?;
                return Ok(Answer::Page { body: ObjectResponse::new(response), last_seq });
            }
            let text = response.text().await.map_err(failed)?;
            serde_json::from_str::<Reply>(&text).map(|reply| Answer::Reply(Box::new(reply))).map_err(failed)
        })
    }

    fn socket(
        &self,
        id: ConversationId,
        user: UserId,
    ) -> impl Future<Output = Result<ObjectResponse, ObjectError>> + Send {
        SendFuture::new(async move {
            let headers = Headers::new();
            headers.set("upgrade", "websocket").map_err(failed)?;
            let mut init = RequestInit::new();
            init.with_headers(headers);
            let url = format!("{OBJECT_URL}?{SOCKET_USER}={user}");
            let request = Request::new_with_init(&url, &init).map_err(failed)?;
            self.fetch(id, request).await.map(ObjectResponse::new)
        })
    }
}
