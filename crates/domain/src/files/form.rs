//! `multipart/form-data`, chunk by chunk: the one file that a form brings.

/// What a form says of its file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    pub name: String,
    pub media_type: String,
}

/// A piece of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The file begins.
    Begin(Head),
    Data(Vec<u8>),
    /// The file is whole.
    End,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    #[error("The form is not multipart/form-data as its type says.")]
    Malformed,
    #[error("The form has more than one file: send one at a time.")]
    SecondFile,
}

/// Most bytes of a part's headers.
const MAX_HEADER_BYTES: usize = 8 * 1024;
/// RFC 2046.
const MAX_BOUNDARY_BYTES: usize = 70;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    /// Behind a boundary: more parts, or the end.
    Boundary,
    Headers,
    File,
    /// A field that is no file.
    Other,
    Done,
}

/// Reads a form that comes in chunks.
#[derive(Debug)]
pub struct FormReader {
    delimiter: Vec<u8>,
    held: Vec<u8>,
    state: State,
    has_file: bool,
}

/// The boundary that a content type names.
pub fn boundary(content_type: &str) -> Option<String> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = parameters.split(';').filter_map(|each| each.split_once('='));
    let (_, boundary) = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let boundary = boundary.trim().trim_matches('"');
    ((1..=MAX_BOUNDARY_BYTES).contains(&boundary.len())).then(|| boundary.to_owned())
}

impl FormReader {
    pub fn new(boundary: &str) -> Self {
        // The first boundary has no line before it: one is put there.
        let (delimiter, held) = (format!("\r\n--{boundary}").into_bytes(), b"\r\n".to_vec());
        Self { delimiter, held, state: State::Preamble, has_file: false }
    }

    /// Whether the form came to its end.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// # Errors
    /// [`FormFault`].
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<Piece>) -> Result<(), FormFault> {
        self.held.extend_from_slice(chunk);
        loop {
            match self.state {
                State::Done => {
                    self.held.clear();
                    return Ok(());
                }
                State::Preamble | State::Other | State::File => {
                    let found = find(&self.held, &self.delimiter);
                    // What may be the beginning of a boundary waits for what comes.
                    let end = found.unwrap_or_else(|| (self.held.len() + 1).saturating_sub(self.delimiter.len()));
                    let passed: Vec<u8> = self.held.drain(..end).collect();
                    if self.state == State::File && !passed.is_empty() {
                        out.push(Piece::Data(passed));
                    }
                    if found.is_none() {
                        return Ok(());
                    }
                    self.held.drain(..self.delimiter.len());
                    if self.state == State::File {
                        out.push(Piece::End);
                    }
                    self.state = State::Boundary;
                }
                State::Boundary => {
                    let Some(next) = self.held.get(..2) else { return Ok(()) };
                    self.state = match next {
                        b"--" => State::Done,
                        b"\r\n" => State::Headers,
                        _ => return Err(FormFault::Malformed),
                    };
                    // The line's end stays: a part without headers begins with an empty line.
                    if self.state == State::Done {
                        self.held.clear();
                    }
                }
                State::Headers => {
                    let Some(end) = find(&self.held, b"\r\n\r\n") else {
                        return if self.held.len() > MAX_HEADER_BYTES { Err(FormFault::Malformed) } else { Ok(()) };
                    };
                    let headers: Vec<u8> = self.held.drain(..end + 4).collect();
                    self.state = match head(&String::from_utf8_lossy(&headers)) {
                        Some(_) if self.has_file => return Err(FormFault::SecondFile),
                        Some(head) => {
                            self.has_file = true;
                            out.push(Piece::Begin(head));
                            State::File
                        }
                        None => State::Other,
                    };
                }
            }
        }
    }
}

/// Name and type, where a part is a file.
fn head(headers: &str) -> Option<Head> {
    let mut found = Head::default();
    let mut is_file = false;
    for line in headers.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.trim().eq_ignore_ascii_case("content-type") {
            found.media_type = value.trim().to_owned();
        }
        if name.trim().eq_ignore_ascii_case("content-disposition")
            && let Some(name) = filename(value)
        {
            is_file = true;
            found.name = name;
        }
    }
    is_file.then_some(found)
}

/// What stands in `filename="…"`, with what browsers escape.
fn filename(disposition: &str) -> Option<String> {
    let (_, rest) = disposition.split_once("filename=")?;
    let name = match rest.trim_start().strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(';').next().map(str::trim),
    };
    Some(name?.replace("%22", "\"").replace("%0D", " ").replace("%0A", " "))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(rest) = haystack.get(from..) {
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if haystack.get(at..).is_some_and(|rest| rest.starts_with(needle)) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8], cut: usize) -> Result<(Vec<Head>, Vec<u8>, usize, bool), FormFault> {
        let mut reader = FormReader::new("X");
        let (mut heads, mut data, mut ends) = (Vec::new(), Vec::new(), 0);
        for chunk in body.chunks(cut) {
            let mut pieces = Vec::new();
            reader.push(chunk, &mut pieces)?;
            for piece in pieces {
                match piece {
                    Piece::Begin(head) => heads.push(head),
                    Piece::Data(bytes) => data.extend(bytes),
                    Piece::End => ends += 1,
                }
            }
        }
        Ok((heads, data, ends, reader.is_done()))
    }

    const FORM: &[u8] = b"--X\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--X\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a b.txt\"\r\nContent-Type: text/plain\r\n\r\n\
        one\r\n--Y\r\ntwo\r\n\r\n--X--\r\n";

    #[test]
    fn the_file_is_the_same_wherever_the_form_is_cut() {
        let head = Head { name: "a b.txt".into(), media_type: "text/plain".into() };
        for cut in 1..FORM.len() {
            let (heads, data, ends, done) = read(FORM, cut).unwrap();
            assert_eq!((heads.as_slice(), ends, done), (&[head.clone()][..], 1, true), "{cut}");
            assert_eq!(data, b"one\r\n--Y\r\ntwo\r\n", "{cut}");
        }
    }

    #[test]
    fn an_empty_file_and_a_cut_form() {
        let empty = b"--X\r\ncontent-disposition: form-data; filename=\"e\"\r\n\r\n\r\n--X--";
        let short = b"--X\r\ncontent-disposition: form-data; filename=\"e\"\r\n\r\nab\r\n-";
        for cut in 1..short.len() {
            let (heads, data, ends, done) = read(empty, cut).unwrap();
            assert_eq!((heads.len(), data.len(), ends, done), (1, 0, 1, true), "{cut}");
            let (_, _, ends, done) = read(short, cut).unwrap();
            assert_eq!((ends, done), (0, false), "{cut}");
        }
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let two = [FORM.strip_suffix(b"--\r\n").unwrap(), b"\r\ncontent-disposition: x; filename=b\r\n\r\n"].concat();
        assert_eq!(read(&two, 7), Err(FormFault::SecondFile));
        assert_eq!(read(b"--Xjunk", 3), Err(FormFault::Malformed));
        let endless = [b"--X\r\n".to_vec(), b"a".repeat(MAX_HEADER_BYTES + 1)].concat();
        assert_eq!(read(&endless, 1_000), Err(FormFault::Malformed));
    }

    #[test]
    fn the_boundary_is_named_by_the_type() {
        for (content_type, expected) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", Some("a b")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/mixed; boundary=a", None),
        ] {
            assert_eq!(boundary(content_type).as_deref(), expected, "{content_type}");
        }
    }
}
