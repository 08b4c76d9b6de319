//! Cuts a text to what a result of a tool holds.

use crate::chat::tools::MAX_RESULT_BYTES;

/// As much of a text as a result holds, as JSON writes it, and whether there was more.
pub fn fitting(text: &str) -> (&str, bool) {
    let mut end = text.floor_char_boundary(MAX_RESULT_BYTES);
    let room = MAX_RESULT_BYTES - 4 * 1024;
    while let Some(kept) = text.get(..end) {
        let written = serde_json::to_string(kept).map_or(0, |json| json.len());
        if written <= room {
            return (kept, end < text.len());
        }
        // Each byte of a text is written as one at least.
        end = text.floor_char_boundary(end.saturating_sub(written.saturating_sub(room).div_ceil(6).max(1)));
    }
    ("", true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_what_a_result_holds() {
        assert_eq!(fitting("short"), ("short", false));
        for text in ["a".repeat(60_000), "é\n".repeat(30_000), "\u{1}".repeat(60_000)] {
            let (kept, cut) = fitting(&text);
            assert!(cut && serde_json::to_string(kept).unwrap().len() < MAX_RESULT_BYTES - 3_000);
            assert!(kept.len() > 5_000 && text.starts_with(kept));
        }
    }
}
