//! Calling JavaScript for what the worker crate does not bind. Every call catches: an exception that is not
//! caught would take the whole instance down.

use edgewise_domain::ports::Value;
use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use worker::{Error, Result};

/// `object[name]`
pub fn get(object: &JsValue, name: &str) -> Result<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).map_err(Error::from)
}

/// `object[name](...arguments)`
pub fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue> {
    let function: Function = get(object, name)?.dyn_into().map_err(Error::from)?;
    let list = js_sys::Array::new();
    for argument in arguments {
        list.push(argument);
    }
    function.apply(object, &list).map_err(Error::from)
}

/// A value that an SQL binding takes. Numbers go as f64 (exact up to 2^53): the bindings refuse BigInt.
pub fn from_sql(value: Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Int(number) => JsValue::from_f64(number as f64),
        Value::Text(text) => JsValue::from_str(&text),
        Value::Blob(bytes) => Uint8Array::from(bytes.as_slice()).into(),
    }
}

/// A value that an SQL binding gave.
pub fn to_sql(value: JsValue) -> Value {
    if let Some(number) = value.as_f64() {
        return Value::Int(number as i64);
    }
    if let Some(text) = value.as_string() {
        return Value::Text(text);
    }
    match value.dyn_into::<js_sys::ArrayBuffer>() {
        Ok(buffer) => Value::Blob(Uint8Array::new(&buffer).to_vec()),
        Err(_) => Value::Null,
    }
}

/// A plain object from JSON: what serde_wasm_bindgen would turn into a `Map`.
pub fn parse(json: &str) -> Result<JsValue> {
    js_sys::JSON::parse(json).map_err(Error::from)
}

/// JSON of a value.
pub fn stringify(value: &JsValue) -> Result<String> {
    let text = js_sys::JSON::stringify(value).map_err(Error::from)?;
    text.as_string().ok_or_else(|| Error::from("the value has no JSON"))
}
