//! The text of a PDF: its pages in their order, the strings that they show in the order in which they show them. No
//! layout, no forms, no pictures of text; what cannot be read is left out, and a file of which nothing can be is said so.

mod file;
mod font;
mod object;

use std::collections::HashMap;

use file::File;
use font::Font;
use object::{Tokens, Value};

const MAX_PAGES: usize = 2_000;
/// Operators of a page.
const MAX_OPERATORS: usize = 200_000;
/// Operands that one operator may have.
const MAX_OPERANDS: usize = 1_024;

const NO_PDF: &str = "This is not a PDF that can be read.";
const PROTECTED: &str = "This PDF is protected by a password.";

/// The text, and whether there was more than `limit` bytes.
///
/// # Errors
/// A sentence for people.
pub fn read(bytes: &[u8], limit: usize) -> Result<(String, bool), &'static str> {
    let mut file = File::open(bytes).ok_or(NO_PDF)?;
    if file.is_protected() {
        return Err(PROTECTED);
    }
    let mut out = String::new();
    let mut fonts = HashMap::new();
    let pages = file.pages(MAX_PAGES + 1);
    for page in pages.iter().take(MAX_PAGES) {
        let names = fonts_of(&mut file, page, &mut fonts);
        let content = file.contents(page);
        show(&content, &names, &fonts, limit, &mut out);
        if out.len() > limit {
            let end = out.floor_char_boundary(limit);
            out.truncate(end);
            return Ok((out, true));
        }
        line(&mut out);
        if !out.ends_with("\n\n") && !out.is_empty() {
            out.push('\n');
        }
    }
    Ok((out.trim_end().to_owned(), pages.len() > MAX_PAGES || file.is_spent()))
}

/// The fonts of a page by the names that it gives them; each is read once.
fn fonts_of(file: &mut File<'_>, page: &Value, fonts: &mut HashMap<u32, Font>) -> HashMap<String, u32> {
    let resources = file.inherited(page, "Resources");
    let named = file.resolved(resources.get("Font"));
    let mut names = HashMap::new();
    for (name, value) in named.entries() {
        let Value::Ref(id) = value else { continue };
        if !fonts.contains_key(id) {
            let font = Font::read(file, *id);
            fonts.insert(*id, font);
        }
        names.insert(name.clone(), *id);
    }
    names
}

/// Follows the operators that show text.
fn show(content: &[u8], names: &HashMap<String, u32>, fonts: &HashMap<u32, Font>, limit: usize, out: &mut String) {
    let mut tokens = Tokens::new(content);
    let mut operands: Vec<Value> = Vec::new();
    let (mut font, mut line_at) = (None, f64::NAN);
    let usual = Font::default();
    for _ in 0..MAX_OPERATORS {
        let Some(token) = tokens.next_value() else { return };
        let Value::Operator(operator) = token else {
            if operands.len() < MAX_OPERANDS {
                operands.push(token);
            }
            continue;
        };
        let current: &Font = font.and_then(|id| fonts.get(&id)).unwrap_or(&usual);
        match operator.as_str() {
            "Tf" => font = operands.first().and_then(Value::name).and_then(|name| names.get(name)).copied(),
            "Td" | "TD" => match (operands.first().and_then(Value::number), operands.get(1).and_then(Value::number)) {
                (_, Some(y)) if y != 0.0 => line(out),
                (Some(x), _) if x != 0.0 => space(out),
                _ => {}
            },
            "T*" => line(out),
            "Tm" => {
                let at = operands.get(5).and_then(Value::number).unwrap_or(f64::NAN);
                if at == line_at {
                    space(out)
                } else {
                    line(out)
                }
                line_at = at;
            }
            "Tj" => say(current, operands.last(), limit, out),
            "'" | "\"" => {
                line(out);
                say(current, operands.last(), limit, out);
            }
            "TJ" => {
                for piece in operands.last().map(Value::items).unwrap_or_default() {
                    match piece {
                        // A gap of a fifth of the letters' size is one between words.
                        Value::Number(gap) if *gap < -200.0 => space(out),
                        piece => say(current, Some(piece), limit, out),
                    }
                }
            }
            "ET" => space(out),
            // The bytes of a picture in the middle of a page are no operators.
            "ID" => tokens.skip_past(b"EI"),
            _ => {}
        }
        operands.clear();
        if out.len() > limit {
            return;
        }
    }
}

fn say(font: &Font, text: Option<&Value>, limit: usize, out: &mut String) {
    if let Some(Value::Text(bytes)) = text {
        font.decode(bytes, limit, out);
    }
}

fn line(out: &mut String) {
    while out.ends_with(' ') {
        out.pop();
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with([' ', '\n']) {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
        [format!("<< {dictionary} /Length {} >>\nstream\n", bytes.len()).as_bytes(), bytes, b"\nendstream"].concat()
    }

    fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n".to_vec();
        for (at, object) in objects.iter().enumerate() {
            out.extend(format!("{} 0 obj\n", at + 1).bytes());
            out.extend(object);
            out.extend(b"\nendobj\n");
        }
        out.extend(b"trailer << /Root 1 0 R >>\n%%EOF");
        out
    }

    fn simple(content: &[u8], dictionary: &str) -> Vec<u8> {
        pdf(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 /Resources << /Font << /F1 5 0 R /F2 7 0 R >> >> >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>".to_vec(),
            stream(dictionary, content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /Contents [9 0 R] >>".to_vec(),
            b"<< /Type /Font /Subtype /Type0 /ToUnicode 8 0 R >>".to_vec(),
            stream("", b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0001> <0048> <0002> <D83DDE00> \
                endbfchar 1 beginbfrange <0010> <0012> <0061> endbfrange endcmap"),
            stream("", b"BT /F2 12 Tf <00010002001000110012> Tj ET"),
        ])
    }

    const CONTENT: &[u8] = b"BT /F1 12 Tf 72 700 Td (Hello \\(you\\)) Tj 0 -14 Td [(W) 20 (or) -300 (ld \\223q\\224)] TJ T* (end\\\n.) Tj ET";
    const EXPECTED: &str = "Hello (you)\nWor ld “q”\nend.\n\nH😀abc";

    #[test]
    fn pages_show_their_strings_in_order() {
        assert_eq!(read(&simple(CONTENT, ""), 10_000), Ok((EXPECTED.to_owned(), false)));
        let packed = compress_to_vec_zlib(CONTENT, 6);
        assert_eq!(read(&simple(&packed, "/Filter /FlateDecode"), 10_000), Ok((EXPECTED.to_owned(), false)));
        assert_eq!(read(&simple(CONTENT, ""), 5), Ok(("Hello".to_owned(), true)));
    }

    #[test]
    fn objects_in_streams_are_found() {
        let inner = "2 0 3 63 << /Type /Pages /Kids [3 0 R] /Count 1 >>                        << /Type /Page /Parent 2 0 R /Contents 4 0 R >>";
        let first = inner.find("<<").unwrap();
        let second = inner.rfind("<< /Type /Page /").unwrap() - first;
        let inner = inner.replacen("3 63", &format!("3 {second}"), 1);
        let packed = compress_to_vec_zlib(inner.as_bytes(), 6);
        let file = pdf(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            stream(&format!("/Type /ObjStm /N 2 /First {first} /Filter /FlateDecode"), &packed),
            b"null".to_vec(),
            stream("", b"BT (Inside) Tj ET"),
        ]);
        // The numbers of the outer objects 2 and 3 are taken by the inner ones.
        assert_eq!(read(&file, 100), Ok(("Inside".to_owned(), false)));
    }

    #[test]
    fn what_is_damaged_or_hostile_never_panics() {
        let whole = simple(&compress_to_vec_zlib(CONTENT, 6), "/Filter /FlateDecode");
        for end in 0..whole.len() {
            let _ = read(&whole[..end], 1_000);
        }
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] = bad[at].wrapping_add(1);
            let _ = read(&bad, 1_000);
        }
        let deep = [b"BT ".to_vec(), b"[".repeat(100_000), b"<<".repeat(100_000)].concat();
        assert!(read(&simple(&deep, ""), 1_000).is_ok());
        let bomb = compress_to_vec_zlib(&vec![b' '; 200 * 1024 * 1024], 6);
        assert!(read(&simple(&bomb, "/Filter /FlateDecode"), 1_000).is_ok());
        let ring = pdf(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R >>".to_vec(),
        ]);
        assert_eq!(read(&ring, 100), Ok((String::new(), false)));
        assert_eq!(read(b"%PDF-1.7 nothing", 100), Err(NO_PDF));
    }

    #[test]
    fn one_that_is_protected_says_so() {
        let mut file = simple(CONTENT, "");
        file.extend(b"\ntrailer << /Root 1 0 R /Encrypt 9 0 R >>");
        assert_eq!(read(&file, 100), Err(PROTECTED));
    }
}
