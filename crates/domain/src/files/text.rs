//! The text of a file, for models: bounded in what it reads and in what it gives, and honest where there is none.

mod docx;
mod pdf;

use super::kind::{DOCX, IMAGES, PDF, essence, is_text_type};
use crate::{ports::WebStandards, reading};

/// Longer files are kept and not read: a Worker holds them whole to read them, beside what they unpack to.
pub const MAX_READ_BYTES: u64 = 8 * 1024 * 1024;
/// Of text: about 25,000 tokens, and as much as a page of the web gives.
pub const MAX_TEXT_BYTES: usize = reading::MAX_TEXT_BYTES;

/// What a file says, or why it says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Said {
        text: String,
        cut: bool,
    },
    /// A sentence for people.
    None(&'static str),
}

/// Whether anything is read of such a file at all.
///
/// # Errors
/// A sentence for people.
pub fn is_readable(media_type: &str, size: u64) -> Result<(), &'static str> {
    let essence = essence(media_type);
    if IMAGES.contains(&essence.as_str()) {
        return Err("An image has no text; models that see are shown the image itself.");
    }
    if essence != PDF && essence != DOCX && !is_text_type(&essence) {
        return Err("Text is not read from files of this type.");
    }
    if size > MAX_READ_BYTES {
        return Err("The file is too long to read its text: at most 8 MiB.");
    }
    Ok(())
}

/// Reads the text of a whole file of a type that [`is_readable`].
pub fn extract(standards: &impl WebStandards, media_type: &str, bytes: &[u8]) -> Text {
    let read = match essence(media_type).as_str() {
        PDF => pdf::read(bytes, MAX_TEXT_BYTES),
        DOCX => docx::read(bytes, MAX_TEXT_BYTES),
        _ => Ok(reading::document(standards, media_type, bytes)),
    };
    match read {
        Ok((text, cut)) if !text.trim().is_empty() => Text::Said { text, cut },
        Ok(_) => Text::None("No text could be read from this file."),
        Err(sentence) => Text::None(sentence),
    }
}
