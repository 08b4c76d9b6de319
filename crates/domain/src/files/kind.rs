//! What a file is: its first bytes against the type that it was declared with.

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Magic {
    Png,
    Jpeg,
    Gif,
    Webp,
    Pdf,
    Zip,
    Audio(&'static str),
    /// None that is known: text, or nothing that we take.
    None,
}

/// As many first bytes as [`judge`] looks at.
pub const HEAD_BYTES: usize = 512;

/// Images that models are shown and browsers may show as they are.
pub const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const PDF: &str = "application/pdf";
/// Other packages in a zip: kept, and not read.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const PACKAGES: [&str; 4] = [DOCX, XLSX, PPTX, "application/zip"];
/// Text whose type does not begin with `text/`.
const TEXTS: [&str; 14] = [
    "application/json",
    "application/xml",
    "application/javascript",
    "application/typescript",
    "application/ecmascript",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/sql",
    "application/x-sh",
    "application/x-httpd-php",
    "application/x-ndjson",
    "application/xhtml+xml",
    "image/svg+xml",
];
const UNKNOWN: &str = "application/octet-stream";

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("The file is declared as {declared}, and its first bytes are not those of one.")]
    Other { declared: String },
    #[error("The file is declared as {declared}, and is no text in UTF-8.")]
    NotText { declared: String },
    #[error(
        "Files of the type {declared} are not taken. Text, code, HTML, CSV, JSON, PDF, Office documents, images (PNG, \
         JPEG, GIF, WebP) and audio (MP3, WAV, Ogg, FLAC) are."
    )]
    Unknown { declared: String },
    #[error("The file is empty.")]
    Empty,
}

/// What a file is taken as: its type, without parameters but a charset.
///
/// # Errors
/// [`Mismatch`].
pub fn judge(declared: &str, name: &str, head: &[u8], is_text: bool) -> Result<String, Mismatch> {
    let essence = essence(declared);
    let found = magic(head);
    let mismatch = || Mismatch::Other { declared: essence.clone() };
    if essence.is_empty() || essence == UNKNOWN {
        return by_bytes(name, found, is_text).ok_or(Mismatch::Unknown { declared: UNKNOWN.to_owned() });
    }
    let fits = match essence.as_str() {
        "image/png" => found == Magic::Png,
        "image/jpeg" | "image/jpg" => found == Magic::Jpeg,
        "image/gif" => found == Magic::Gif,
        "image/webp" => found == Magic::Webp,
        PDF => found == Magic::Pdf,
        "audio/mpeg" | "audio/mp3" | "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/ogg" | "audio/flac"
        | "audio/x-flac" => matches!(found, Magic::Audio(_)),
        package if PACKAGES.contains(&package) || package == "application/x-zip-compressed" => found == Magic::Zip,
        text if is_text_type(text) => {
            // A text may begin with any letters, and no text begins with those of a picture.
            let plain = matches!(found, Magic::None | Magic::Pdf) && is_text;
            return if plain { Ok(with_charset(text, declared)) } else { Err(Mismatch::NotText { declared: essence }) };
        }
        _ => return Err(Mismatch::Unknown { declared: essence }),
    };
    if !fits {
        return Err(mismatch());
    }
    Ok(match (found, essence.as_str()) {
        (Magic::Audio(found), _) => found.to_owned(),
        (_, "image/jpg") => "image/jpeg".to_owned(),
        (_, "application/x-zip-compressed") => "application/zip".to_owned(),
        _ => essence,
    })
}

/// Whether the bytes must be text to be of this type.
pub fn is_text_type(essence: &str) -> bool {
    essence.starts_with("text/") || TEXTS.contains(&essence) || essence.ends_with("+json") || essence.ends_with("+xml")
}

/// The type without its parameters.
pub fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_type = |text: &str| text.contains('/') && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    Some(essence).filter(|essence| is_type(essence)).unwrap_or_default()
}

/// The charset that a type names, if it is another than UTF-8.
pub fn charset(media_type: &str) -> Option<String> {
    let parameters = media_type.split(';').skip(1);
    let named = parameters
        .filter_map(|each| each.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let charset = named?.1.trim().trim_matches('"').to_ascii_lowercase();
    let is_name = !charset.is_empty()
        && charset.len() <= 40
        && charset.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    (is_name && charset != "utf-8" && charset != "utf8").then_some(charset)
}

fn with_charset(essence: &str, declared: &str) -> String {
    charset(declared).map_or_else(|| essence.to_owned(), |charset| format!("{essence};charset={charset}"))
}

fn by_bytes(name: &str, found: Magic, is_text: bool) -> Option<String> {
    let extension = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    let known = match found {
        Magic::Png => "image/png",
        Magic::Jpeg => "image/jpeg",
        Magic::Gif => "image/gif",
        Magic::Webp => "image/webp",
        Magic::Pdf => PDF,
        Magic::Audio(audio) => audio,
        Magic::Zip => match extension.as_str() {
            "docx" => DOCX,
            "xlsx" => XLSX,
            "pptx" => PPTX,
            _ => "application/zip",
        },
        Magic::None if is_text => match extension.as_str() {
            "md" | "markdown" => "text/markdown",
            "csv" => "text/csv",
            "html" | "htm" => "text/html",
            "json" => "application/json",
            "svg" => "image/svg+xml",
            _ => "text/plain",
        },
        Magic::None => return None,
    };
    Some(known.to_owned())
}

fn magic(head: &[u8]) -> Magic {
    match head {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Magic::Png,
        [0xFF, 0xD8, 0xFF, ..] => Magic::Jpeg,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Magic::Gif,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Magic::Webp,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Magic::Audio("audio/wav"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Magic::Pdf,
        [b'P', b'K', 3, 4, ..] => Magic::Zip,
        [b'I', b'D', b'3', ..] | [0xFF, 0xFB | 0xFA | 0xF3 | 0xF2, ..] => Magic::Audio("audio/mpeg"),
        [b'O', b'g', b'g', b'S', ..] => Magic::Audio("audio/ogg"),
        [b'f', b'L', b'a', b'C', ..] => Magic::Audio("audio/flac"),
        _ => Magic::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

    #[test]
    fn the_bytes_decide_and_the_declaration_must_agree() {
        type Expected = Result<&'static str, ()>;
        let cases: [(&str, &str, &[u8], Expected); 25] = [
            ("image/png", "a.png", PNG, Ok("image/png")),
            ("IMAGE/PNG; x=1", "a.png", PNG, Ok("image/png")),
            ("image/jpeg", "a.jpg", b"\xFF\xD8\xFF\xE0", Ok("image/jpeg")),
            ("image/jpg", "a.jpg", b"\xFF\xD8\xFF\xE0", Ok("image/jpeg")),
            ("image/gif", "a.gif", b"GIF89a", Ok("image/gif")),
            ("image/webp", "a.webp", b"RIFF\0\0\0\0WEBPVP8 ", Ok("image/webp")),
            ("application/pdf", "a.pdf", b"%PDF-1.7", Ok("application/pdf")),
            (DOCX, "a.docx", b"PK\x03\x04", Ok(DOCX)),
            ("text/markdown", "a.md", b"# hi", Ok("text/markdown")),
            ("text/plain;charset=ISO-8859-1", "a.txt", b"hi", Ok("text/plain;charset=iso-8859-1")),
            ("text/plain; charset=UTF-8", "a.txt", b"hi", Ok("text/plain")),
            ("image/svg+xml", "a.svg", b"<svg/>", Ok("image/svg+xml")),
            ("application/ld+json", "a", b"{}", Ok("application/ld+json")),
            ("", "a.csv", b"a,b", Ok("text/csv")),
            ("application/octet-stream", "a.rs", b"fn main() {}", Ok("text/plain")),
            ("", "x.docx", b"PK\x03\x04", Ok(DOCX)),
            ("audio/mp3", "a.mp3", b"ID3\x03", Ok("audio/mpeg")),
            ("image/png", "a.png", b"<html>", Err(())),
            ("image/png", "a.png", b"\xFF\xD8\xFF", Err(())),
            ("text/plain", "a.txt", PNG, Err(())),
            ("application/pdf", "a.pdf", b"PK\x03\x04", Err(())),
            ("text/html", "a.html", b"PK\x03\x04", Err(())),
            ("application/x-msdownload", "a.exe", b"MZ", Err(())),
            ("video/mp4", "a.mp4", b"\0\0\0\x18ftyp", Err(())),
            ("image/bmp", "a.bmp", b"BM", Err(())),
        ];
        for (declared, name, head, expected) in cases {
            let judged = judge(declared, name, head, std::str::from_utf8(head).is_ok());
            assert_eq!(judged.as_deref().map_err(|_| ()), expected, "{declared} {name}");
        }
        assert!(judge("", "a.bin", b"\0\x01", false).is_err(), "what nobody knows is not taken");
    }
}
