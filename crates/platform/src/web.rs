//! The web, as the port: one request, answered whole within its limits.

use edgewise_domain::{
    ports::Web,
    web::{Verb, WebFault, WebLimits, WebReply, WebRequest},
};
use futures::{
    StreamExt,
    future::{Either, select},
};
use wasm_bindgen::JsValue;
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
    send::SendFuture,
};

/// GitHub answers nobody who does not say who asks; the runtime says nothing of itself.
const USER_AGENT: &str = "edgewise";

#[derive(Clone)]
pub struct WorkerWeb;

impl Web for WorkerWeb {
    fn fetch(&self, request: WebRequest, limits: WebLimits) -> impl Future<Output = Result<WebReply, WebFault>> + Send {
        SendFuture::new(async move {
            let controller = AbortController::default();
            let signal = controller.signal();
            let asked = std::pin::pin!(ask(&request, limits.max_bytes, &signal));
            let late = std::pin::pin!(Delay::from(std::time::Duration::from_millis(u64::from(limits.timeout_ms))));
            let result = match select(asked, late).await {
                Either::Left((result, _)) => result,
                Either::Right(_) => Err(WebFault::Timeout),
            };
            if result.is_err() {
                // Closes the connection: nobody reads what still comes.
                controller.abort();
            }
            result
        })
    }
}

async fn ask(request: &WebRequest, max_bytes: usize, signal: &AbortSignal) -> Result<WebReply, WebFault> {
    let unreachable = |error: worker::Error| {
        worker::console_warn!("web: {}: {error}", host(&request.url));
        WebFault::Unreachable
    };
    let built = build(request).map_err(unreachable)?;
    let mut response = Fetch::Request(built).send_with_signal(signal).await.map_err(unreachable)?;
    let status = response.status_code();
    let mut body = Vec::new();
    // An answer without a body has no stream.
    if let Ok(mut stream) = response.stream() {
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(unreachable)?;
            if body.len() + chunk.len() > max_bytes {
                return Err(WebFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
    }
    Ok(WebReply { status, body })
}

fn build(request: &WebRequest) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("user-agent", USER_AGENT)?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    let method = match request.verb {
        Verb::Get => Method::Get,
        Verb::Post => Method::Post,
    };
    init.with_method(method)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(request.body.as_deref().map(JsValue::from_str));
    Request::new_with_init(&request.url, &init)
}

/// What may be logged of an address: a query can hold secrets.
fn host(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
