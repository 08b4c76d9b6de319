//! The calculator: one expression, worked out exactly where that is possible.

use crate::models::builtin::arithmetic;

pub const MAX_EXPRESSION_CHARS: u32 = 1_000;

/// # Errors
/// Why it has no value, for the model.
pub fn evaluate(expression: &str) -> Result<String, String> {
    arithmetic::evaluate(expression.trim().trim_end_matches('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_binary_fractions_would_spoil_is_exact() {
        for (expression, result) in [
            ("0.1 + 0.2", "0.3"),
            ("(12.5+3)*4^2", "248"),
            ("2^100", "1267650600228229401496703205376"),
            ("sqrt(144) - -3", "15"),
            ("200 + 10%", "220"),
            (" 7*6 = ", "42"),
        ] {
            assert_eq!(evaluate(expression).as_deref(), Ok(result), "{expression}");
        }
    }

    #[test]
    fn what_has_no_value_says_why() {
        assert!(evaluate("1/0").unwrap_err().contains("zero"));
        assert!(evaluate("sqrt(-1)").unwrap_err().contains("real"));
        assert!(evaluate(&"(".repeat(500)).is_err());
        for nonsense in ["", "2 +", "tell me", "alert(1)", "1 2"] {
            assert!(evaluate(nonsense).unwrap_err().contains("not an expression"), "{nonsense}");
        }
    }
}
