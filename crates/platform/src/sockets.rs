//! Sockets: what the worker crate does not bind, without exceptions.

use edgewise_protocol::frame::CloseCode;
use worker::WebSocket;

use crate::js;

/// Sends a text frame; `false` when the socket is closed.
pub fn send(ws: &WebSocket, frame: &str) -> bool {
    ws.send_with_str(frame).is_ok()
}

/// Closes the socket; closing one that is closed is nothing.
pub fn close(ws: &WebSocket, code: CloseCode, reason: &str) {
    let _ = ws.close(Some(code as u16), Some(reason));
}

/// Bytes that were sent and have not left yet.
pub fn buffered_bytes(ws: &WebSocket) -> u64 {
    js::get(ws.as_ref(), "bufferedAmount").ok().and_then(|bytes| bytes.as_f64()).map_or(0, |bytes| bytes as u64)
}
