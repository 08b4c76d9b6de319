//! The objects, reached by name. A call that may be made twice is tried again when its stub broke.

use edgewise_domain::ports::{Accounts, Answer, Conversations, ObjectError, Runs, Webhooks};
use edgewise_protocol::{
    calls::account::{self, AccountName},
    calls::conversation::{
        Asker, Call, Reply, Request as ObjectRequest, SOCKET_CREDENTIAL, SOCKET_MEMBERSHIPS, SOCKET_USER,
    },
    calls::{run, webhook},
    ids::{ConversationId, RunId, UserId, WebhookId},
    organization::Jurisdiction,
};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use worker::{Env, Error, js_sys::Array, send::SendFuture, web_sys};

use crate::{bindings, js, outgoing::ObjectResponse, patience::retried, settings};

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
    fn jurisdiction(&self) -> Option<&'static str> {
        (self.jurisdiction != Jurisdiction::None).then(|| self.jurisdiction.name())
    }

    /// The local runtime has no jurisdictions: there an object may be where it likes.
    fn goes_anywhere(&self, env: &Env) -> bool {
        self.jurisdiction != Jurisdiction::None
            && settings::config(env).is_ok_and(|config| !config.environment.is_deployed())
    }

    /// Asks the object.
    async fn call(&self, env: &Env, twice: bool, body: &str) -> Result<JsValue, ObjectError> {
        let anywhere = self.goes_anywhere(env);
        reach(twice, async || call(env, self.binding, self.jurisdiction(), &self.name, anywhere, body).await).await
    }

    /// Asks the object for a socket.
    async fn connect(&self, env: &Env, headers: &str) -> Result<JsValue, ObjectError> {
        let anywhere = self.goes_anywhere(env);
        reach(true, async || connect(env, self.binding, self.jurisdiction(), &self.name, anywhere, headers).await).await
    }

    fn conversation(id: ConversationId) -> Self {
        Self { binding: bindings::CONVERSATION, name: id.to_string(), jurisdiction: id.jurisdiction() }
    }

    fn run(id: RunId) -> Self {
        Self { binding: bindings::RUN, name: id.to_string(), jurisdiction: Jurisdiction::None }
    }

    fn webhook(id: WebhookId) -> Self {
        Self { binding: bindings::WEBHOOK, name: id.to_string(), jurisdiction: Jurisdiction::None }
    }

    fn account(name: &AccountName) -> Self {
        Self { binding: bindings::ACCOUNT, name: name.to_string(), jurisdiction: Jurisdiction::None }
    }
}

#[wasm_bindgen(inline_js = r#"
function stub(env, binding, jurisdiction, name, anywhere) {
  const namespace = env[binding];
  if (jurisdiction === undefined) return namespace.getByName(name);
  try {
    return namespace.jurisdiction(jurisdiction).getByName(name);
  } catch (error) {
    if (anywhere) return namespace.getByName(name);
    throw error;
  }
}

export async function call(env, binding, jurisdiction, name, anywhere, body) {
  return stub(env, binding, jurisdiction, name, anywhere).answer(body);
}

export async function connect(env, binding, jurisdiction, name, anywhere, headers) {
  return stub(env, binding, jurisdiction, name, anywhere).fetch("https://object/", { headers: JSON.parse(headers) });
}
"#)]
extern "C" {
    /// A reply's text, a page, or the response that is passed on.
    #[wasm_bindgen(catch)]
    async fn call(
        env: &JsValue,
        binding: &str,
        jurisdiction: Option<&str>,
        name: &str,
        anywhere: bool,
        body: &str,
    ) -> Result<JsValue, JsValue>;

    /// The answer to a request for a socket.
    #[wasm_bindgen(catch)]
    async fn connect(
        env: &JsValue,
        binding: &str,
        jurisdiction: Option<&str>,
        name: &str,
        anywhere: bool,
        headers: &str,
    ) -> Result<JsValue, JsValue>;
}

/// Reaches an object; `twice` says that the call may be made again after it was carried out.
async fn reach(twice: bool, attempt: impl AsyncFn() -> Result<JsValue, JsValue>) -> Result<JsValue, ObjectError> {
    // A stub that threw stays broken, and a body that was sent is gone: each attempt has its own.
    retried(attempt, |error| twice && says(error, "retryable") && !says(error, "overloaded"))
        .await
        .map_err(|error| if says(&error, "overloaded") { ObjectError::Overloaded } else { failed(Error::from(error)) })
}

/// Whether the runtime's error has the flag. More calls to an overloaded object would only prolong it.
fn says(error: &JsValue, flag: &str) -> bool {
    js::get(error, flag).is_ok_and(|value| value == JsValue::TRUE)
}

/// What `call` gave as text.
fn reply<T: DeserializeOwned>(answer: &JsValue) -> Result<T, ObjectError> {
    let text = answer.as_string().ok_or_else(|| failed("the object gave no reply"))?;
    serde_json::from_str(&text).map_err(failed)
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
            let answer = Place::conversation(id).call(&self.0, twice, &body).await?;
            if let Some(page) = answer.dyn_ref::<Array>() {
                let last_seq = page.get(0).as_f64().ok_or_else(|| failed("the page has no number"))? as u64;
                let body = match page.get(1).dyn_into::<web_sys::Response>() {
                    Ok(response) => ObjectResponse::new(response.into()),
                    Err(text) => ObjectResponse::json(text),
                };
                return Ok(Answer::Page { body, last_seq });
            }
            match answer.dyn_into::<web_sys::Response>() {
                Ok(response) => Ok(Answer::Stream(ObjectResponse::new(response.into()))),
                Err(text) => reply::<Reply>(&text).map(|reply| Answer::Reply(Box::new(reply))),
            }
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
            let user = asker.user.to_string();
            let headers = [
                ("upgrade", "websocket"),
                (SOCKET_USER, &user),
                (SOCKET_CREDENTIAL, &credential),
                (SOCKET_MEMBERSHIPS, &memberships),
            ];
            let headers = serde_json::to_string(&headers).map_err(failed)?;
            let answer = Place::conversation(id).connect(&self.0, &headers).await?;
            Ok(ObjectResponse::new(answer.unchecked_into::<web_sys::Response>().into()))
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
            reply(&place.call(&self.0, false, &body).await?)
        })
    }
}

/// The objects that hold runs, reached by the run's id.
#[derive(Clone)]
pub struct RunObjects(Env);

impl RunObjects {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }
}

impl Runs for RunObjects {
    fn call(
        &self,
        id: RunId,
        user: Option<UserId>,
        call: run::Call,
    ) -> impl Future<Output = Result<run::Reply, ObjectError>> + Send {
        SendFuture::new(async move {
            let body = serde_json::to_string(&run::Request { v: run::VERSION, user, call }).map_err(failed)?;
            reply(&Place::run(id).call(&self.0, true, &body).await?)
        })
    }
}

/// The objects that keep endpoints of webhooks, reached by the endpoint's id.
#[derive(Clone)]
pub struct WebhookObjects(Env);

impl WebhookObjects {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }
}

impl Webhooks for WebhookObjects {
    fn call(
        &self,
        id: WebhookId,
        user: Option<UserId>,
        call: webhook::Call,
    ) -> impl Future<Output = Result<webhook::Reply, ObjectError>> + Send {
        SendFuture::new(async move {
            let body = serde_json::to_string(&webhook::Request { v: webhook::VERSION, user, call }).map_err(failed)?;
            reply(&Place::webhook(id).call(&self.0, true, &body).await?)
        })
    }
}
