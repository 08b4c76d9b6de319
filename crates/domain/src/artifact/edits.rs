//! Edits of a text as a model makes them: each finds a passage that is there exactly once, and puts another in its place.

use serde::Deserialize;

/// Edits of one call.
pub const MAX_EDITS: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Edit {
    pub find: String,
    pub replace: String,
}

/// The text with all edits made, one after the other. Of a text that one of them does not fit nothing changes.
///
/// # Errors
/// A sentence for the model that says which edit did not fit, and what to do about it.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, String> {
    let mut edited = text.to_owned();
    for (at, Edit { find, replace }) in edits.iter().enumerate() {
        let nth = at + 1;
        if find.is_empty() {
            return Err(format!("Edit {nth} finds nothing: its find is empty."));
        }
        let mut places = overlapping(&edited, find);
        let Some(place) = places.next() else {
            return Err(format!(
                "Edit {nth} does not fit: its find is not in the text. Read the artifact, and copy the passage exactly."
            ));
        };
        if places.next().is_some() {
            return Err(format!(
                "Edit {nth} is not clear: its find is in the text more than once. Take more of what is around it."
            ));
        }
        drop(places);
        edited.replace_range(place..place + find.len(), replace);
        super::check_content(&edited).map_err(|fault| fault.to_string())?;
    }
    Ok(edited)
}

/// Where `find` begins in `text`, also where two of them overlap.
fn overlapping<'a>(text: &'a str, find: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let place = from + text.get(from..)?.find(find)?;
        from = place + find.chars().next().map_or(1, char::len_utf8);
        Some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::MAX_CONTENT_BYTES;

    fn edit(find: &str, replace: &str) -> Edit {
        Edit { find: find.into(), replace: replace.into() }
    }

    #[test]
    fn each_edit_sees_what_the_one_before_has_made() {
        let made = apply(
            "let a = 1;\nlet b = 2;\n",
            &[edit("a = 1", "é = 3"), edit("let é", "const é"), edit("\nlet b = 2;", "")],
        );
        assert_eq!(made.unwrap(), "const é = 3;\n");
        assert_eq!(apply("as it is", &[]).unwrap(), "as it is");
    }

    #[test]
    fn what_is_not_there_exactly_once_is_refused_by_its_number() {
        for (text, edits, says) in [
            ("ab", vec![edit("c", "d")], "Edit 1 does not fit"),
            ("ab", vec![edit("a", "c"), edit("a", "d")], "Edit 2 does not fit"),
            ("abab", vec![edit("ab", "c")], "Edit 1 is not clear"),
            ("aaa", vec![edit("aa", "b")], "Edit 1 is not clear"),
            ("éé", vec![edit("é", "b")], "Edit 1 is not clear"),
            ("ab", vec![edit("", "c")], "Edit 1 finds nothing"),
        ] {
            let fault = apply(text, &edits).unwrap_err();
            assert!(fault.starts_with(says), "{text} {edits:?}: {fault}");
        }
    }

    #[test]
    fn no_edit_makes_a_text_too_long() {
        let fault = apply("a", &[edit("a", &"b".repeat(MAX_CONTENT_BYTES + 1))]).unwrap_err();
        assert!(fault.contains("1,048,576"), "{fault}");
    }
}
