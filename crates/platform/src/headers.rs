//! Headers between the runtime and Rust, all at once: a crossing for each name and each value costs more than what a
//! small request does.

use http::{HeaderMap, HeaderName, HeaderValue};
use js_sys::Array;
use wasm_bindgen::JsCast;
use worker::{Error, Headers, Result, web_sys};

use crate::js;

/// What the runtime's headers say. One that HTTP does not know is an error.
///
/// # Errors
/// When a name or a value is none, or the runtime refuses.
pub fn read(headers: &web_sys::Headers) -> Result<HeaderMap> {
    let text = js::stringify(&Array::from(headers))?;
    let pairs: Vec<(String, String)> = serde_json::from_str(&text)?;
    let mut read = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(refused)?;
        // The runtime gives a byte as a character of the same number.
        let bytes: std::result::Result<Vec<u8>, _> = value.chars().map(u8::try_from).collect();
        let bytes = bytes.map_err(refused)?;
        read.append(name, HeaderValue::from_bytes(&bytes).map_err(refused)?);
    }
    Ok(read)
}

/// The runtime's headers that say the same.
///
/// # Errors
/// When the runtime refuses.
pub fn write(headers: &HeaderMap) -> Result<Headers> {
    let pairs: Vec<(&str, String)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes().iter().map(|byte| char::from(*byte)).collect()))
        .collect();
    let pairs = js::parse(&serde_json::to_string(&pairs)?)?;
    Ok(Headers(web_sys::Headers::new_with_str_sequence_sequence(pairs.unchecked_ref())?))
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::from(error.to_string())
}
