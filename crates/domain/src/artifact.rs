//! Artifacts: texts that a model or a person makes beside a conversation. Each version is kept, its content as a file.

pub mod called;
pub mod desk;
pub mod diff;
pub mod edits;
pub mod records;

use std::fmt;

/// Of one version.
pub const MAX_CONTENT_BYTES: usize = 1024 * 1024;
/// Of one artifact; then the oldest go.
pub const MAX_VERSIONS: u32 = 1_000;
/// Of one owner.
pub const MAX_ARTIFACTS: u64 = 10_000;
pub const MAX_TITLE_CHARS: usize = 200;
pub const MAX_LANGUAGE_CHARS: usize = 40;

/// What is wrong with an artifact that somebody makes, by the field that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub field: &'static str,
    pub why: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}.", self.field, self.why)
    }
}

/// # Errors
/// [`Fault`].
pub fn check_title(title: &str) -> Result<(), Fault> {
    if title.trim().is_empty() || title.chars().count() > MAX_TITLE_CHARS {
        return Err(Fault { field: "title", why: "must have 1 to 200 characters, and not only white space" });
    }
    Ok(())
}

/// # Errors
/// [`Fault`].
pub fn check_language(language: &str) -> Result<(), Fault> {
    let is_one = |c: char| c.is_ascii_alphanumeric() || "+-#._".contains(c);
    if language.len() > MAX_LANGUAGE_CHARS || !language.chars().all(is_one) {
        return Err(Fault { field: "language", why: "is a name of at most 40 letters, digits and + - # . _" });
    }
    Ok(())
}

/// # Errors
/// [`Fault`].
pub const fn check_content(content: &str) -> Result<(), Fault> {
    if content.len() > MAX_CONTENT_BYTES {
        return Err(Fault { field: "content", why: "is too long: at most 1,048,576 bytes" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_to_the_last_character() {
        assert_eq!(check_title(&"é".repeat(MAX_TITLE_CHARS)), Ok(()));
        for bad in ["", "  \n", &"a".repeat(MAX_TITLE_CHARS + 1)] {
            assert_eq!(check_title(bad).unwrap_err().field, "title");
        }
        for good in ["", "c++", "objective-c", "c#", "asp.net"] {
            assert_eq!(check_language(good), Ok(()), "{good}");
        }
        for bad in ["a b", "a\"b", "é", &"a".repeat(MAX_LANGUAGE_CHARS + 1)] {
            assert_eq!(check_language(bad).unwrap_err().field, "language", "{bad}");
        }
        assert_eq!(check_content(&"a".repeat(MAX_CONTENT_BYTES)), Ok(()));
        assert!(
            check_content(&"a".repeat(MAX_CONTENT_BYTES + 1)).unwrap_err().to_string().starts_with("content is too")
        );
    }
}
