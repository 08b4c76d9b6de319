//! Server-sent events as bytes arrive: cut anywhere, ended by any line break, bounded in memory.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// One chunk of a model's stream is some 300 bytes; nothing honest comes near 1 MiB (F-25).
pub const MAX_LINE: usize = 1024 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a server-sent event is longer than {MAX_LINE} bytes")]
pub struct TooLong;

/// Feed it bytes; it calls back with the data of each whole event. What no blank line has ended by the end of input is
/// dropped, as the standard says.
#[derive(Debug, Default)]
pub struct SseDecoder {
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    /// The data lines of the event so far, joined by `\n`.
    data: String,
    has_data: bool,
    /// The last byte was `\r`: a `\n` right after it belongs to the same line break.
    after_return: bool,
    /// Past the first line, where alone a byte order mark is not text.
    begun: bool,
    broken: bool,
}

impl SseDecoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Once it has failed it stays failed: what follows an over-long line has no known beginning.
    pub fn push(&mut self, bytes: &[u8], mut on_data: impl FnMut(&str)) -> Result<(), TooLong> {
        if self.broken {
            return Err(TooLong);
        }
        let read = self.read(bytes, &mut on_data);
        self.broken = read.is_err();
        read
    }

    fn read(&mut self, mut rest: &[u8], on_data: &mut impl FnMut(&str)) -> Result<(), TooLong> {
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_return)
                && let Some(after) = rest.strip_prefix(b"\n")
            {
                rest = after;
                continue;
            }
            let (head, end, tail) = match split_line(rest) {
                Some(split) => split,
                None => (rest, 0, rest.get(rest.len()..).unwrap_or_default()),
            };
            if self.line.len() + head.len() > MAX_LINE {
                return Err(TooLong);
            }
            rest = tail;
            if end == 0 {
                self.line.extend_from_slice(head);
                return Ok(());
            }
            self.after_return = end == b'\r';
            if self.line.is_empty() {
                self.end_line(head, on_data)?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(head);
                self.end_line(&line, on_data)?;
                // The allocation is kept for the next cut line.
                line.clear();
                self.line = line;
            }
        }
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], on_data: &mut impl FnMut(&str)) -> Result<(), TooLong> {
        let line = if std::mem::replace(&mut self.begun, true) { line } else { line.strip_prefix(BOM).unwrap_or(line) };
        if line.is_empty() {
            if std::mem::take(&mut self.has_data) {
                on_data(&self.data);
                self.data.clear();
            }
            return Ok(());
        }
        let Some(value) = data_of(line) else { return Ok(()) };
        if self.data.len() + value.len() > MAX_LINE {
            return Err(TooLong);
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.data.push('\n');
        }
        self.data.push_str(&text(value));
        Ok(())
    }
}

/// The value of a `data` field; `None` for comments and for the fields that carry no text.
fn data_of(line: &[u8]) -> Option<&[u8]> {
    let value = line.strip_prefix(b"data")?;
    if value.is_empty() {
        return Some(value);
    }
    let value = value.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// A line is decoded when it is whole, so a cut inside a character cannot be seen here.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// The line, the byte that ends it, and what follows.
fn split_line(bytes: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let (head, tail) = bytes.split_at_checked(line_end(bytes)?)?;
    let (end, tail) = tail.split_first()?;
    Some((head, *end, tail))
}

/// Where the first `\n` or `\r` is. Eight bytes a step: this loop sees every byte of every answer.
fn line_end(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::MAX / 0xff;
    const HIGH: u64 = LOW << 7;
    // The high bit of a byte is set where that byte was zero (and perhaps above it, never below the first).
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (LOW * u64::from(b'\n'))) | zeros(word ^ (LOW * u64::from(b'\r')));
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).map(|at| words.len() * 8 + at)
}
