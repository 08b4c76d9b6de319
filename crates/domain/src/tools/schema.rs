//! The part of JSON Schema that tools use: objects of named fields, their types, lengths, ranges and choices.

use serde_json::{Map, Value};

/// # Errors
/// A sentence that names the first argument that does not fit.
pub(super) fn check(schema: &Value, input: &Value) -> Result<(), String> {
    at("The arguments", schema, input)
}

fn at(name: &str, schema: &Value, value: &Value) -> Result<(), String> {
    let Some(schema) = schema.as_object() else { return Ok(()) };
    if let Some(kind) = schema.get("type").and_then(Value::as_str)
        && !is(kind, value)
    {
        return Err(format!("{name} must be of type {kind}."));
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
        return Err(format!("{name} must be one of {}.", choices.join(", ")));
    }
    match value {
        Value::Object(fields) => object(schema, fields),
        Value::Array(items) => array(name, schema, items),
        Value::String(text) => {
            let chars = text.chars().count() as u64;
            bounds(name, schema, ["minLength", "maxLength"], chars as f64, " characters long")
        }
        Value::Number(number) => bounds(name, schema, ["minimum", "maximum"], number.as_f64().unwrap_or(f64::NAN), ""),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn object(schema: &Map<String, Value>, fields: &Map<String, Value>) -> Result<(), String> {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    if let Some(missing) = required.filter_map(Value::as_str).find(|name| !fields.contains_key(*name)) {
        return Err(format!("{missing} is missing."));
    }
    let known = schema.get("properties").and_then(Value::as_object);
    let is_open = schema.get("additionalProperties") != Some(&Value::Bool(false));
    for (name, value) in fields {
        match known.and_then(|known| known.get(name)) {
            Some(field) => at(name, field, value)?,
            None if is_open => {}
            None => return Err(format!("{name} is not an argument.")),
        }
    }
    Ok(())
}

fn array(name: &str, schema: &Map<String, Value>, items: &[Value]) -> Result<(), String> {
    bounds(name, schema, ["minItems", "maxItems"], items.len() as f64, " items long")?;
    let Some(each) = schema.get("items") else { return Ok(()) };
    items.iter().try_for_each(|item| at(&format!("An item of {name}"), each, item))
}

fn bounds(name: &str, schema: &Map<String, Value>, keys: [&str; 2], size: f64, unit: &str) -> Result<(), String> {
    let [least, most] = keys.map(|key| schema.get(key).and_then(Value::as_f64));
    if let Some(least) = least.filter(|least| size < *least) {
        return Err(format!("{name} must be at least {least}{unit}."));
    }
    if let Some(most) = most.filter(|most| size > *most) {
        return Err(format!("{name} must be at most {most}{unit}."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_passes_and_what_does_not_is_named() {
        let schema = json!({
            "type": "object",
            "properties": {
                "text": { "type": "string", "minLength": 2, "maxLength": 3 },
                "count": { "type": "integer", "minimum": 1, "maximum": 9 },
                "kind": { "type": "string", "enum": ["a", "b"] },
                "list": { "type": "array", "items": { "type": "number" }, "maxItems": 2 },
            },
            "required": ["text"],
            "additionalProperties": false,
        });
        let fault = |input: Value| check(&schema, &input).err().unwrap_or_default();
        for good in [
            json!({ "text": "éé" }),
            json!({ "text": "abc", "count": 9, "kind": "b", "list": [1, 2.5] }),
            json!({ "text": "abc", "count": 2.0 }),
        ] {
            assert_eq!(check(&schema, &good), Ok(()), "{good}");
        }
        assert_eq!(fault(json!([])), "The arguments must be of type object.");
        assert_eq!(fault(json!({})), "text is missing.");
        assert_eq!(fault(json!({ "text": null })), "text must be of type string.");
        assert_eq!(fault(json!({ "text": "é" })), "text must be at least 2 characters long.");
        assert_eq!(fault(json!({ "text": "abcd" })), "text must be at most 3 characters long.");
        assert_eq!(fault(json!({ "text": "ab", "count": 1.5 })), "count must be of type integer.");
        assert_eq!(fault(json!({ "text": "ab", "count": 0 })), "count must be at least 1.");
        assert_eq!(fault(json!({ "text": "ab", "kind": "c" })), "kind must be one of \"a\", \"b\".");
        assert_eq!(fault(json!({ "text": "ab", "list": [1, 2, 3] })), "list must be at most 2 items long.");
        assert_eq!(fault(json!({ "text": "ab", "list": ["x"] })), "An item of list must be of type number.");
        assert_eq!(fault(json!({ "text": "ab", "more": 1 })), "more is not an argument.");
    }
}
