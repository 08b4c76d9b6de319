//! The plan that a user is on: a name that the deployment's settings give a meaning.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

const FREE: &str = "free";
const MAX_BYTES: usize = 32;

/// The name of a plan: 1 to 32 lower-case letters, digits and hyphens, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = MAX_BYTES, "pattern" = "^[a-z][a-z0-9-]*$"))
)]
#[serde(try_from = "String", into = "String")]
pub struct Plan(String);

/// The text names no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPlan;

impl fmt::Display for NotAPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must have 1 to {MAX_BYTES} lower-case letters, digits and hyphens, a letter first")
    }
}

impl std::error::Error for NotAPlan {}

impl Default for Plan {
    fn default() -> Self {
        Self(FREE.to_owned())
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Plan {
    type Err = NotAPlan;

    fn from_str(text: &str) -> Result<Self, NotAPlan> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits =
            text.len() <= MAX_BYTES && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(plain);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAPlan) }
    }
}

impl TryFrom<String> for Plan {
    type Error = NotAPlan;

    fn try_from(text: String) -> Result<Self, NotAPlan> {
        text.parse()
    }
}

impl From<Plan> for String {
    fn from(plan: Plan) -> Self {
        plan.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["free", "pro", "team-2"] {
            let plan: Plan = serde_json::from_str(&format!("\"{good}\"")).unwrap();
            assert_eq!((plan.to_string().as_str(), plan == Plan::default()), (good, good == "free"));
            assert_eq!(serde_json::to_string(&plan).unwrap(), format!("\"{good}\""));
        }
        for bad in ["", "Pro", "2x", "-a", "a b", "a/b", "é", &"a".repeat(33)] {
            assert_eq!(bad.parse::<Plan>(), Err(NotAPlan), "{bad}");
        }
    }
}
