//! The objects, reached by name. A call that may be made twice is tried again when its stub broke.

use edgewise_domain::ports::{Accounts, Answer, Conversations, ObjectError};
use edgewise_protocol::{
    calls::account::{self, AccountName},
    calls::conversation::{
        Asker, Call, PAGE_LAST_SEQ, Reply, Request as ObjectRequest, SOCKET_CREDENTIAL, SOCKET_MEMBERSHIPS, SOCKET_USER,
    },
    ids::ConversationId,
    organization::Jurisdiction,
};
use wasm_bindgen::{JsCast, JsValue};
use worker::{
    Env, Error, Headers, Method, ObjectNamespace, Request, RequestInit, Response, Result as Fallible, Stub,
    send::SendFuture,
};

use crate::{bindings, js, outgoing::ObjectResponse, patience::retried, settings};

/// The host is never resolved; an object sees the path and query alone.
const OBJECT_URL: &str = "https://object/";

/// The conversation objects, reached by the conversation's id.
#[derive(Clone)]
pub struct ConversationObjects(Env);

impl ConversationObjects {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }
}

/// An object of a class: its binding, its name, and where it must be.
#[derive(Debug, Clone)]
struct Place {
    binding: &'static str,
    name: String,
    jurisdiction: Jurisdiction,
}

impl Place {
    fn conversation(id: ConversationId) -> Self {
        Self { binding: bindings::CONVERSATION, name: id.to_string(), jurisdiction: id.jurisdiction() }
    }

    fn account(name: &AccountName) -> Self {
        Self { binding: bindings::ACCOUNT, name: name.to_string(), jurisdiction: Jurisdiction::None }
    }

    fn stub(&self, env: &Env) -> Fallible<Stub> {
        let anywhere = env.durable_object(self.binding)?;
        if self.jurisdiction == Jurisdiction::None {
            return anywhere.get_by_name(&self.name);
        }
        let argument = JsValue::from_str(self.jurisdiction.name());
        match js::call(anywhere.as_ref(), "jurisdiction", &[argument]) {
            Ok(there) => there.unchecked_into::<ObjectNamespace>().get_by_name(&self.name),
            // The local runtime has no jurisdictions: everything is on the developer's own machine.
            Err(_) if settings::config(env).is_ok_and(|config| !config.environment.is_deployed()) => {
                anywhere.get_by_name(&self.name)
            }
            Err(error) => Err(error),
        }
    }
}

/// Reaches an object; `twice` says that the request may be sent again after it was carried out.
async fn fetch(
    env: &Env,
    place: &Place,
    twice: bool,
    request: impl Fn() -> Fallible<Request>,
) -> Result<Response, ObjectError> {
    let attempt = async || {
        // A stub that threw stays broken, and a body that was sent is gone: each attempt has its own.
        place.stub(env)?.fetch_with_request(request()?).await
    };
    retried(attempt, |error| twice && says(error, "retryable") && !says(error, "overloaded"))
        .await
        .map_err(|error| if says(&error, "overloaded") { ObjectError::Overloaded } else { failed(error) })
}

/// Whether the runtime's error has the flag. More calls to an overloaded object would only prolong it.
fn says(error: &Error, flag: &str) -> bool {
    js::get(&error.to_js_value(), flag).is_ok_and(|value| value == JsValue::TRUE)
}

/// Posts a call to an object.
async fn post(env: &Env, place: &Place, twice: bool, body: &str) -> Result<Response, ObjectError> {
    let request = || {
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(body)));
        Request::new_with_init(OBJECT_URL, &init)
    };
    let response = fetch(env, place, twice, request).await?;
    if response.status_code() != 200 {
        return Err(ObjectError::Failed(format!("the object answered {}", response.status_code())));
    }
    Ok(response)
}

fn failed(error: impl std::fmt::Display) -> ObjectError {
    ObjectError::Failed(error.to_string())
}

impl Conversations for ConversationObjects {
    type Stream = ObjectResponse;

    fn call(
        &self,
        id: ConversationId,
        asker: Option<Asker>,
        call: Call,
    ) -> impl Future<Output = Result<Answer<ObjectResponse>, ObjectError>> + Send {
        SendFuture::new(async move {
            let twice = call.is_idempotent();
            let body = serde_json::to_string(&ObjectRequest::new(asker, call)).map_err(failed)?;
            let mut response = post(&self.0, &Place::conversation(id), twice, &body).await?;
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
        asker: Asker,
    ) -> impl Future<Output = Result<ObjectResponse, ObjectError>> + Send {
        SendFuture::new(async move {
            let credential = serde_json::to_string(&asker.credential).map_err(failed)?;
            let memberships = serde_json::to_string(&asker.memberships).map_err(failed)?;
            let request = || {
                let headers = Headers::new();
                headers.set("upgrade", "websocket")?;
                headers.set(SOCKET_USER, &asker.user.to_string())?;
                headers.set(SOCKET_CREDENTIAL, &credential)?;
                headers.set(SOCKET_MEMBERSHIPS, &memberships)?;
                let mut init = RequestInit::new();
                init.with_headers(headers);
                Request::new_with_init(OBJECT_URL, &init)
            };
            fetch(&self.0, &Place::conversation(id), true, request).await.map(ObjectResponse::new)
        })
    }
}

/// The account objects, reached by whom they are about.
#[derive(Clone)]
pub struct AccountObjects(Env);

impl AccountObjects {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }
}

impl Accounts for AccountObjects {
    fn call(
        &self,
        name: &AccountName,
        call: account::Call,
    ) -> impl Future<Output = Result<account::Reply, ObjectError>> + Send {
        let place = Place::account(name);
        SendFuture::new(async move {
            let body = serde_json::to_string(&account::Request { v: account::VERSION, call }).map_err(failed)?;
            // Not twice: a call may count a request against its window.
            let mut response = post(&self.0, &place, false, &body).await?;
            let text = response.text().await.map_err(failed)?;
            serde_json::from_str(&text).map_err(failed)
        })
    }
}
