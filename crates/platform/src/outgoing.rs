//! Turns the router's answer into the runtime's. What an object said goes out as it came: copying a body through wasm
//! costs more than everything else that a page or a stream needs of the Worker.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use worker::{Error, ResponseBody, Result, WebSocket, send::SendWrapper, web_sys};

use crate::headers;

#[wasm_bindgen(inline_js = r#"
export const respond = (status, headers, body, webSocket) => new Response(body, { status, headers: JSON.parse(headers), webSocket });
"#)]
extern "C" {
    /// All of it in one crossing.
    #[wasm_bindgen(catch)]
    fn respond(
        status: u16,
        headers: &str,
        body: Option<&JsValue>,
        socket: Option<&web_sys::WebSocket>,
    ) -> std::result::Result<web_sys::Response, JsValue>;
}

/// Everything that the routes themselves say is far smaller.
const MAX_OWN_BODY_BYTES: usize = 16 * 1024 * 1024;

/// An object's answer that goes to the client as it is: a stream, a page or a socket.
pub struct ObjectResponse(SendWrapper<Said>);

enum Said {
    /// A stream or a socket.
    Response(worker::Response),
    /// The text of a page.
    Json(JsValue),
}

impl ObjectResponse {
    pub const fn new(response: worker::Response) -> Self {
        Self(SendWrapper(Said::Response(response)))
    }

    /// A JSON document, as the runtime's own string.
    pub const fn json(text: JsValue) -> Self {
        Self(SendWrapper(Said::Json(text)))
    }
}

/// The body of an object's answer, carried past the onion beside a response without one.
#[derive(Clone)]
struct Untouched(Arc<SendWrapper<Parts>>);

struct Parts {
    /// A stream or a string.
    body: Option<JsValue>,
    socket: Option<WebSocket>,
}

impl IntoResponse for ObjectResponse {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        let parts = match self.0.0 {
            Said::Response(object) => {
                *response.status_mut() = StatusCode::from_u16(object.status_code()).unwrap_or(StatusCode::BAD_GATEWAY);
                *response.headers_mut() = headers::read(&object.headers().0).unwrap_or_default();
                let body = match object.body() {
                    ResponseBody::Stream(stream) => Some(stream.clone().into()),
                    _ => None,
                };
                Parts { body, socket: object.websocket() }
            }
            Said::Json(text) => {
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, json);
                Parts { body: Some(text), socket: None }
            }
        };
        response.extensions_mut().insert(Untouched(Arc::new(SendWrapper(parts))));
        response
    }
}

/// The runtime's response.
///
/// # Errors
/// When the runtime refuses a header, or a body cannot be read.
pub async fn to_runtime(response: Response) -> Result<web_sys::Response> {
    let (head, body) = response.into_parts();
    let (status, headers) = (head.status.as_u16(), headers::write(&head.headers)?);
    if let Some(Untouched(parts)) = head.extensions.get::<Untouched>() {
        let socket = parts.socket.as_ref().map(AsRef::as_ref);
        return Ok(respond(status, &headers, parts.body.as_ref(), socket)?);
    }
    let bytes = to_bytes(body, MAX_OWN_BODY_BYTES).await.map_err(|error| Error::from(error.to_string()))?;
    let body = (!bytes.is_empty()).then(|| Uint8Array::from(bytes.as_ref()));
    Ok(respond(status, &headers, body.as_ref().map(AsRef::as_ref), None)?)
}
