//! Models over HTTP: sends the question, classifies a refusal, hands over the stream of bytes.

use edgewise_domain::{
    chat::turn::Trouble,
    config::Provider,
    models::{
        Delta, Prompt,
        failure::{FailureKind, ReplyFormat, Retry, classify, reply_format, unusable_reply},
        wire::Wire,
    },
};
use futures::StreamExt;
use wasm_bindgen::JsValue;
use worker::{
    AbortSignal, Fetch, Headers, Method, Request, RequestInit, Response, ResponseBody, web_sys::ReadableStream,
};

use crate::log;

/// Error bodies are read for their kind alone.
const MAX_ERROR_BYTES: usize = 16 * 1024;
/// An answer of the greatest length, escaped.
const MAX_WHOLE_BYTES: usize = 4 * 1024 * 1024;

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
        Trouble::Refused {
            kind: FailureKind::Unfit,
            retry_after_ms: None,
            sentence: "The model's address is not usable.".into(),
        }
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
            return Ok(Reply::Whole(Wire::ChatCompletions.decode_body(&body)));
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

fn request(provider: &Provider, prompt: &Prompt) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("accept", "text/event-stream")?;
    let encoded = Wire::ChatCompletions.encode(prompt, provider.api_key.as_deref());
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
