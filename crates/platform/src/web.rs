//! The web, as the port: one request, answered whole within its limits.

use edgewise_domain::{
    ports::Web,
    web::{Head, Verb, Visit, Visited, WebFault, WebLimits, WebReply, WebRequest},
};
use futures::{
    StreamExt,
    future::{Either, select},
};
use wasm_bindgen::JsValue;
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    send::SendFuture,
};

use crate::log;

/// GitHub answers nobody who does not say who asks; the runtime says nothing of itself.
const USER_AGENT: &str = "edgewise";

#[derive(Clone)]
pub struct WorkerWeb;

impl Web for WorkerWeb {
    fn fetch(&self, request: WebRequest, limits: WebLimits) -> impl Future<Output = Result<WebReply, WebFault>> + Send {
        SendFuture::new(within(limits.timeout_ms, async move |signal| {
            let WebRequest { verb, url, headers, body } = request;
            let unreachable = |error| unreachable(host(&url), &error);
            let mut response = send(verb, &url, &headers, body.as_deref(), &signal).await.map_err(unreachable)?;
            let status = response.status_code();
            let (body, cut) = read(&mut response, limits.max_bytes).await.map_err(unreachable)?;
            if cut { Err(WebFault::TooLarge) } else { Ok(WebReply { status, body }) }
        }))
    }

    fn visit(&self, visit: Visit, limits: WebLimits) -> impl Future<Output = Result<Visited, WebFault>> + Send {
        SendFuture::new(within(limits.timeout_ms, async move |signal| {
            let Visit { passed, verb, headers, body, wants } = visit;
            // Where somebody goes is theirs to know.
            let unreachable = |error| unreachable("an address that was supplied", &error);
            let sent = send(verb, passed.url(), &headers, body.as_deref(), &signal).await;
            let mut response = sent.map_err(unreachable)?;
            let head = head(&response);
            let (body, cut) = match wants(&head) {
                true => read(&mut response, limits.max_bytes).await.map_err(unreachable)?,
                false => Default::default(),
            };
            Ok(Visited { head, body, cut })
        }))
    }
}

/// `work`, within its time. Then the connection is closed: nobody reads what still comes.
async fn within<T>(timeout_ms: u32, work: impl AsyncFnOnce(AbortSignal) -> Result<T, WebFault>) -> Result<T, WebFault> {
    let controller = AbortController::default();
    let working = std::pin::pin!(work(controller.signal()));
    let late = std::pin::pin!(Delay::from(std::time::Duration::from_millis(u64::from(timeout_ms))));
    let result = match select(working, late).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(WebFault::Timeout),
    };
    controller.abort();
    result
}

async fn send(
    verb: Verb,
    url: &str,
    headers: &[(&'static str, String)],
    body: Option<&str>,
    signal: &AbortSignal,
) -> worker::Result<Response> {
    let sent = Headers::new();
    sent.set("user-agent", USER_AGENT)?;
    for (name, value) in headers {
        sent.set(name, value)?;
    }
    let mut init = RequestInit::new();
    let method = match verb {
        Verb::Get => Method::Get,
        Verb::Head => Method::Head,
        Verb::Post => Method::Post,
    };
    init.with_method(method)
        .with_headers(sent)
        .with_redirect(RequestRedirect::Manual)
        .with_body(body.map(JsValue::from_str));
    Fetch::Request(Request::new_with_init(url, &init)?).send_with_signal(signal).await
}

fn head(response: &Response) -> Head {
    let header = |name: &str| response.headers().get(name).ok().flatten();
    Head {
        status: response.status_code(),
        location: header("location"),
        content_type: header("content-type"),
        content_encoding: header("content-encoding"),
        retry_after: header("retry-after"),
    }
}

/// The body up to `max_bytes`, and whether it was longer.
async fn read(response: &mut Response, max_bytes: usize) -> worker::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    // An answer without a body has no stream.
    let Ok(mut stream) = response.stream() else { return Ok((body, false)) };
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        let room = max_bytes - body.len();
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() > room {
            return Ok((body, true));
        }
    }
    Ok((body, false))
}

fn unreachable(place: &str, error: &worker::Error) -> WebFault {
    log::warn(format_args!("web: {place}: {error}"));
    WebFault::Unreachable
}

/// What may be logged of an address: a query can hold secrets.
fn host(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
