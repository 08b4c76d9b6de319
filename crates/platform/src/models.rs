//! Models over HTTP, and Workers AI over its binding: sends the question, classifies a refusal, hands over the stream.

use std::{cell::RefCell, rc::Rc};

use edgewise_domain::{
    chat::turn::Trouble,
    config::Provider,
    models::{
        Delta, Prompt,
        failure::{FailureKind, ReplyFormat, Retry, classify, reply_format, unusable_reply},
        wire::{Decoder, Wire},
    },
};
use futures::{
    StreamExt,
    future::{Either, select},
};
use js_sys::{Promise, futures::JsFuture};
use wasm_bindgen::{JsCast, JsValue};
use worker::{
    AbortController, AbortSignal, Env, Fetch, Headers, Method, Request, RequestInit, Response, ResponseBody,
    web_sys::ReadableStream,
};

use crate::{bindings, js, log, patience::within, pump::each_chunk};

/// Error bodies are read for their kind alone.
const MAX_ERROR_BYTES: usize = 16 * 1024;
/// An answer of the greatest length, escaped.
const MAX_WHOLE_BYTES: usize = 4 * 1024 * 1024;

const MAX_ABORT_MS: u64 = 1_000;
/// Of its stream: some thousand events.
const MAX_COMPLETE_BYTES: usize = 1024 * 1024;

/// What a model's server answered.
pub enum Reply {
    /// Bytes for a [`edgewise_domain::models::wire::Decoder`].
    Stream(ReadableStream),
    /// Everything at once, from a server that does not stream.
    Whole(Vec<Delta>),
}

/// Asks the model. The stream begins when the server has answered; the caller keeps the deadlines.
///
/// # Errors
/// [`Trouble`]; the connection is closed.
pub async fn ask(provider: &Provider, prompt: &Prompt, signal: &AbortSignal, now_ms: u64) -> Result<Reply, Trouble> {
    let request = request(provider, prompt).map_err(|error| {
        log::error(format_args!("model: the request could not be built: {error}"));
        unfit("The model's address is not usable.")
    })?;
    let mut response = Fetch::Request(request).send_with_signal(signal).await.map_err(|error| {
        log::warn(format_args!("model: no connection: {error}"));
        Trouble::Cut
    })?;
    let status = response.status_code();
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let (kind, retry_after) = (header("content-type"), header("retry-after"));
    let failure = match (status, reply_format(kind.as_deref())) {
        (200, Some(ReplyFormat::Stream)) => {
            return match response.body() {
                ResponseBody::Stream(stream) => Ok(Reply::Stream(stream.clone())),
                _ => Err(Trouble::Cut),
            };
        }
        (200, Some(ReplyFormat::Json)) => {
            let body = read(&mut response, MAX_WHOLE_BYTES).await;
            return Ok(Reply::Whole(provider.wire.decode_body(&body)));
        }
        (200, None) => unusable_reply(),
        _ => {
            let body = read(&mut response, MAX_ERROR_BYTES).await;
            classify(status, retry_after.as_deref(), now_ms, &String::from_utf8_lossy(&body))
        }
    };
    log::warn(format_args!("model: status {status}, {:?}", failure.kind));
    let retry_after_ms = match failure.retry {
        Retry::No => None,
        Retry::After { ms } => Some(ms),
    };
    Err(Trouble::Refused { kind: failure.kind, retry_after_ms, sentence: failure.sentence.into() })
}

/// Asks a model for a short answer and takes it whole; without a provider it is Workers AI. Nobody waits for it any more
/// when `until` is over.
///
/// # Errors
/// [`Trouble`], also where nobody waits any more.
pub async fn complete(
    env: &Env,
    provider: Option<&Provider>,
    prompt: &Prompt,
    now_ms: u64,
    until: impl Future<Output = ()>,
) -> Result<Vec<Delta>, Trouble> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let work = Box::pin(async {
        match provider {
            Some(provider) => take_all(provider.wire, ask(provider, prompt, &signal, now_ms).await?).await,
            None => take_all(Wire::WorkersAi, ask_workers_ai(env, prompt).await?).await,
        }
    });
    match select(work, Box::pin(until)).await {
        Either::Left((done, _)) => done,
        Either::Right(((), work)) => {
            controller.abort();
            // It ends by the signal; nobody may drop a stream that is being read.
            within(MAX_ABORT_MS, work).await;
            Err(Trouble::Overtime)
        }
    }
}

async fn take_all(wire: Wire, reply: Reply) -> Result<Vec<Delta>, Trouble> {
    let stream = match reply {
        Reply::Whole(deltas) => return Ok(deltas),
        Reply::Stream(stream) => stream,
    };
    let heard = Rc::new(RefCell::new(Vec::new()));
    let (hearing, mut decoder, mut read) = (Rc::clone(&heard), Decoder::new(wire), 0);
    let end = each_chunk(&stream, move |bytes| {
        read += bytes.len();
        let deltas = decoder.push(&bytes).unwrap_or_else(|error| vec![Delta::Error(error.to_string())]);
        let is_over =
            read > MAX_COMPLETE_BYTES || deltas.iter().any(|delta| matches!(delta, Delta::Done | Delta::Error(_)));
        hearing.borrow_mut().extend(deltas);
        !is_over
    });
    end.await.map_err(|_| Trouble::Cut)?;
    Ok(heard.take())
}

/// Asks Workers AI. Its binding takes no signal: whoever has enough stops reading.
///
/// # Errors
/// [`Trouble`].
pub async fn ask_workers_ai(env: &Env, prompt: &Prompt) -> Result<Reply, Trouble> {
    let binding = js::get(env.as_ref(), bindings::AI).ok().filter(|binding| binding.is_object());
    let binding = binding.ok_or_else(|| unfit("Workers AI is not bound to this deployment."))?;
    let request = Wire::WorkersAi.encode(prompt, None);
    let run = async {
        let arguments = [JsValue::from_str(&request.path), js::parse(&request.body)?];
        let reply = js::call(&binding, "run", &arguments)?;
        JsFuture::from(Promise::resolve(&reply)).await.map_err(worker::Error::from)
    };
    let reply = run.await.map_err(|error| {
        // The binding's errors have no status; their numbers stand in their text.
        let text = error.to_string();
        log::warn(format_args!("model: Workers AI failed"));
        let status = if text.contains("3036") || text.contains("4006") { 429 } else { 503 };
        let failure = classify(status, None, 0, "");
        Trouble::Refused { kind: failure.kind, retry_after_ms: Some(0), sentence: failure.sentence.into() }
    })?;
    match reply.dyn_into::<ReadableStream>() {
        Ok(stream) => Ok(Reply::Stream(stream)),
        Err(whole) => {
            let text = js::stringify(&whole).map_err(|_| Trouble::Cut)?;
            Ok(Reply::Whole(Wire::WorkersAi.decode_body(text.as_bytes())))
        }
    }
}

fn unfit(sentence: &str) -> Trouble {
    Trouble::Refused { kind: FailureKind::Unfit, retry_after_ms: None, sentence: sentence.into() }
}

fn request(provider: &Provider, prompt: &Prompt) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("accept", "text/event-stream")?;
    let encoded = provider.wire.encode(prompt, provider.api_key.as_deref());
    for (name, value) in &encoded.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(&encoded.body)));
    Request::new_with_init(&format!("{}{}", provider.base_url, encoded.path), &init)
}

/// The beginning of a body; a server that goes on sending is not listened to.
async fn read(response: &mut Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    let Ok(mut stream) = response.stream() else { return body };
    while let Some(Ok(chunk)) = stream.next().await {
        body.extend_from_slice(&chunk);
        if body.len() >= most {
            break;
        }
    }
    body
}
