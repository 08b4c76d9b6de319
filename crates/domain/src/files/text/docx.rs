//! The text of a Word document: a zip whose `word/document.xml` has paragraphs of runs of text. One pass over each, and
//! nothing grows with how deep it nests.

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

/// Of XML, unpacked. Forty times the greatest text leaves room for its marks, and a bomb unpacks no further.
const MAX_XML_BYTES: usize = 4 * 1024 * 1024;
/// Entries of the directory that are looked at.
const MAX_ENTRIES: usize = 2_000;
const DOCUMENT: &[u8] = b"word/document.xml";

const NO_DOCUMENT: &str = "This is not a Word document that can be read.";

/// The text, and whether there was more than `limit` bytes.
///
/// # Errors
/// A sentence for people.
pub fn read(bytes: &[u8], limit: usize) -> Result<(String, bool), &'static str> {
    let (xml, whole) = document(bytes).ok_or(NO_DOCUMENT)?;
    let (text, cut) = words(&String::from_utf8_lossy(&xml), limit);
    Ok((text, cut || !whole))
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let field = bytes.get(at..at.checked_add(length)?)?;
    Some(field.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

/// The main part, unpacked, and whether all of it.
fn document(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    // The end of the directory has a comment of 64 KiB at most behind it.
    let from = bytes.len().saturating_sub(66_000);
    let tail = bytes.get(from..)?;
    let end = from + tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let mut at = number(bytes, end + 16, 4)?;
    for _ in 0..number(bytes, end + 10, 2)?.min(MAX_ENTRIES) {
        if bytes.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        let [name, extra, comment] = [28, 30, 32].map(|field| number(bytes, at + field, 2));
        let (name, extra, comment) = (name?, extra?, comment?);
        if bytes.get(at + 46..at + 46 + name)? == DOCUMENT {
            let (method, packed) = (number(bytes, at + 10, 2)?, number(bytes, at + 20, 4)?);
            let local = number(bytes, at + 42, 4)?;
            let data = local + 30 + number(bytes, local + 26, 2)? + number(bytes, local + 28, 2)?;
            return unpack(method, bytes.get(data..data.checked_add(packed)?)?);
        }
        at = at + 46 + name + extra + comment;
    }
    None
}

fn unpack(method: usize, packed: &[u8]) -> Option<(Vec<u8>, bool)> {
    match method {
        0 => Some((packed.get(..MAX_XML_BYTES).unwrap_or(packed).to_vec(), packed.len() <= MAX_XML_BYTES)),
        8 => match decompress_to_vec_with_limit(packed, MAX_XML_BYTES) {
            Ok(xml) => Some((xml, true)),
            Err(error) if error.status == TINFLStatus::HasMoreOutput => Some((error.output, false)),
            Err(_) => None,
        },
        _ => None,
    }
}

/// What stands in `w:t`, a line for each paragraph.
fn words(xml: &str, limit: usize) -> (String, bool) {
    let mut out = String::new();
    let mut is_text = false;
    for (at, piece) in xml.split('<').enumerate() {
        let (tag, text) = if at == 0 { ("", piece) } else { piece.split_once('>').unwrap_or((piece, "")) };
        let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
        match name {
            "w:t" => is_text = !tag.ends_with('/'),
            "w:tab" if tag.ends_with('/') => out.push('\t'),
            "w:br" | "w:cr" => out.push('\n'),
            // A tag that closes begins with a slash, and so has no name.
            "" => match tag {
                "/w:t" => is_text = false,
                "/w:p" => out.push('\n'),
                "/w:tc" => {
                    // A cell ends with a paragraph of its own.
                    if out.ends_with('\n') {
                        out.pop();
                    }
                    out.push('\t');
                }
                "/w:tr" => out.push('\n'),
                _ => {}
            },
            _ => {}
        }
        if is_text && !text.is_empty() {
            unescape(text, &mut out);
        }
        if out.len() > limit {
            let end = out.floor_char_boundary(limit);
            out.truncate(end);
            return (out, true);
        }
    }
    (out.trim().to_owned(), false)
}

fn unescape(text: &str, out: &mut String) {
    for (at, piece) in text.split('&').enumerate() {
        let known = (at > 0).then(|| piece.split_once(';')).flatten();
        let Some((name, rest)) = known else {
            out.push_str(piece);
            continue;
        };
        let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match name.strip_prefix("#x") {
                Some(hex) => code(hex, 16),
                None => name.strip_prefix('#').and_then(|decimal| code(decimal, 10)),
            },
        };
        out.extend(character.filter(|c| matches!(c, '\n' | '\t') || !c.is_control()));
        out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec;

    use super::*;

    /// A zip with one entry.
    fn zip(name: &str, method: u8, packed: &[u8]) -> Vec<u8> {
        let (length, name_length) = (u32::try_from(packed.len()).unwrap().to_le_bytes(), name.len() as u8);
        let sizes = [&[0; 4][..], &length, &[0; 4]].concat();
        let local = [
            &b"PK\x03\x04\x14\0\0\0"[..],
            &[method, 0, 0, 0, 0, 0],
            &sizes,
            &[name_length, 0, 0, 0],
            name.as_bytes(),
            packed,
        ]
        .concat();
        let entry = [
            &b"PK\x01\x02\x14\0\x14\0\0\0"[..],
            &[method, 0, 0, 0, 0, 0],
            &sizes,
            &[name_length, 0],
            &[0; 16],
            name.as_bytes(),
        ]
        .concat();
        let size = u32::try_from(entry.len()).unwrap().to_le_bytes();
        let offset = u32::try_from(local.len()).unwrap().to_le_bytes();
        [&local[..], &entry, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &size, &offset, &[0, 0]].concat()
    }

    const XML: &str = "<?xml version=\"1.0\"?><w:document><w:body><w:p><w:pPr/><w:r><w:t xml:space=\"preserve\">Fish &amp; </w:t></w:r>\
        <w:r><w:t>chips&#x21;</w:t></w:r></w:p><w:p><w:r><w:t>Two</w:t><w:tab/><w:t>three</w:t></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
        <w:instrText>HIDDEN</w:instrText></w:body></w:document>";

    #[test]
    fn paragraphs_are_lines_and_marks_are_gone() {
        let expected = "Fish & chips!\nTwo\tthree\na\tb";
        for (method, packed) in [(0, XML.as_bytes().to_vec()), (8, compress_to_vec(XML.as_bytes(), 6))] {
            let (text, cut) = read(&zip("word/document.xml", method, &packed), 1_000).unwrap();
            assert_eq!((text.as_str(), cut), (expected, false));
        }
        let (text, cut) = read(&zip("word/document.xml", 0, XML.as_bytes()), 6).unwrap();
        assert_eq!((text.as_str(), cut), ("Fish &", true));
    }

    #[test]
    fn a_bomb_unpacks_no_further_than_its_bound() {
        let bomb = compress_to_vec(&vec![b' '; 64 * 1024 * 1024], 6);
        let (text, cut) = read(&zip("word/document.xml", 8, &bomb), 1_000).unwrap();
        assert_eq!((text.as_str(), cut), ("", true));
    }

    #[test]
    fn what_is_no_document_says_so_and_never_panics() {
        let whole = zip("word/document.xml", 8, &compress_to_vec(XML.as_bytes(), 6));
        for end in 0..whole.len() {
            let _ = read(&whole[..end], 1_000);
        }
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 0xFF;
            let _ = read(&bad, 1_000);
        }
        assert_eq!(read(&zip("word/other.xml", 0, b"x"), 10), Err(NO_DOCUMENT));
        assert_eq!(read(b"", 10), Err(NO_DOCUMENT));
    }
}
