//! Headers between the runtime and Rust, all at once: a crossing for each name and each value costs more than what a
//! small request does.

use http::{HeaderMap, HeaderName, HeaderValue};
use wasm_bindgen::prelude::*;
use worker::{Error, Result, web_sys};

#[wasm_bindgen(inline_js = "export const pairs = (headers) => JSON.stringify([...headers]);")]
extern "C" {
    fn pairs(headers: &web_sys::Headers) -> String;
}

/// What the runtime's headers say. One that HTTP does not know is an error.
///
/// # Errors
/// When a name or a value is none, or the runtime refuses.
pub fn read(headers: &web_sys::Headers) -> Result<HeaderMap> {
    read_pairs(&pairs(headers))
}

fn read_pairs(text: &str) -> Result<HeaderMap> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text)?;
    let mut read = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(refused)?;
        // The runtime takes a value for UTF-8, and gives a sign of its own for what is none.
        read.append(name, HeaderValue::from_str(&value).map_err(refused)?);
    }
    Ok(read)
}

/// The same as JSON: pairs of name and value.
///
/// # Errors
/// Never: texts always have JSON.
pub fn write(headers: &HeaderMap) -> Result<String> {
    let pairs: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
    Ok(serde_json::to_string(&pairs)?)
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::from(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_no_ascii_is_kept() {
        let read = read_pairs(r#"[["user-agent","\ufffd"],["x-name","é"],["x-name","b"]]"#).unwrap();
        assert_eq!(read["user-agent"].as_bytes(), "\u{fffd}".as_bytes());
        let names: Vec<_> = read.get_all("x-name").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(names, ["é".as_bytes(), b"b"]);
        assert!(read_pairs(r#"[["a b","c"]]"#).is_err());
    }
}
