//! How deep a JSON text nests, told before anybody parses it.

/// Deeper than whatever a person or a client means. The parser's own limit, 128, would do too, but it speaks only when
/// it gets there, and a type that expects a text complains of the type first.
pub const MAX_DEPTH: usize = 64;

/// Whether brackets and braces stand inside one another more than [`MAX_DEPTH`] deep. What is no JSON at all may be
/// judged either way: parsing it fails.
pub fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_levels_and_not_brackets() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(!is_too_deep(nested(64).as_bytes()));
        assert!(is_too_deep(nested(65).as_bytes()));
        assert!(!is_too_deep("[]".repeat(1_000).as_bytes()));
        assert!(!is_too_deep(format!("\"{}\"", "[".repeat(100)).as_bytes()));
        assert!(!is_too_deep(br#"["\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["]"#));
        assert!(is_too_deep(format!(r#"["\\",{}"#, nested(65)).as_bytes()));
        assert!(serde_json::from_str::<serde_json::Value>(&nested(127)).is_ok(), "ours comes first");
        assert!(serde_json::from_str::<serde_json::Value>(&nested(128)).is_err());
    }
}
