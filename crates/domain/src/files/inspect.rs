//! Looks at a file while it passes: its length, its hash, its first bytes, and whether it is text.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::kind::{self, HEAD_BYTES, Mismatch};

/// What was learned of a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub media_type: String,
    pub size: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// Looks at a file, chunk by chunk.
#[derive(Debug, Clone)]
pub struct Inspector {
    head: Vec<u8>,
    hash: Sha256,
    size: u64,
    text: TextCheck,
}

impl Inspector {
    /// Of a file that is declared as `media_type`.
    pub fn new(media_type: &str) -> Self {
        let is_utf8 = kind::charset(media_type).is_none();
        Self {
            head: Vec::new(),
            hash: Sha256::new(),
            size: 0,
            text: TextCheck { is_utf8, is_text: true, tail: Vec::new() },
        }
    }

    pub fn push(&mut self, chunk: &[u8]) {
        let missing = HEAD_BYTES.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend_from_slice(chunk.get(..missing).unwrap_or_default());
        self.hash.update(chunk);
        self.size += chunk.len() as u64;
        self.text.push(chunk);
    }

    pub const fn size(&self) -> u64 {
        self.size
    }

    /// What it is, by what it was declared as.
    ///
    /// # Errors
    /// [`Mismatch`].
    pub fn finish(self, declared: &str, name: &str) -> Result<Seen, Mismatch> {
        if self.size == 0 {
            return Err(Mismatch::Empty);
        }
        let is_text = self.text.finish();
        let media_type = kind::judge(declared, name, &self.head, is_text)?;
        let mut sha256 = String::with_capacity(64);
        for byte in self.hash.finalize() {
            // Writing to a string does not fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        Ok(Seen { media_type, size: self.size, sha256 })
    }
}

/// Whether what passes is text: UTF-8 unless another charset was declared, and never a zero.
#[derive(Debug, Clone)]
struct TextCheck {
    is_utf8: bool,
    is_text: bool,
    /// The beginning of a character that goes on in the next chunk.
    tail: Vec<u8>,
}

impl TextCheck {
    fn push(&mut self, chunk: &[u8]) {
        if !self.is_text {
            return;
        }
        self.is_text = !chunk.contains(&0);
        if !self.is_utf8 || !self.is_text {
            return;
        }
        // A character has four bytes at most: what began before ends within the next three.
        let mut rest = chunk;
        while !self.tail.is_empty() {
            let Some((byte, after)) = rest.split_first() else { return };
            self.tail.push(*byte);
            rest = after;
            match std::str::from_utf8(&self.tail) {
                Ok(_) => self.tail.clear(),
                Err(error) if error.error_len().is_none() && self.tail.len() < 4 => {}
                Err(_) => {
                    self.is_text = false;
                    return;
                }
            }
        }
        if let Err(error) = std::str::from_utf8(rest) {
            match error.error_len() {
                None => self.tail.extend_from_slice(rest.get(error.valid_up_to()..).unwrap_or_default()),
                Some(_) => self.is_text = false,
            }
        }
    }

    fn finish(self) -> bool {
        self.is_text && self.tail.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bytes: &[u8], cut: usize, declared: &str) -> Result<Seen, Mismatch> {
        let mut inspector = Inspector::new(declared);
        bytes.chunks(cut).for_each(|chunk| inspector.push(chunk));
        inspector.finish(declared, "a.txt")
    }

    #[test]
    fn the_hash_is_that_of_the_standard_and_cuts_change_nothing() {
        for cut in [1, 2, 3] {
            let seen = seen(b"abc", cut, "text/plain").unwrap();
            assert_eq!(seen.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
            assert_eq!((seen.size, seen.media_type.as_str()), (3, "text/plain"));
        }
    }

    #[test]
    fn text_is_utf8_wherever_it_is_cut() {
        let text = "aé€😀\u{10FFFF}z".repeat(3);
        for cut in 1..9 {
            assert!(seen(text.as_bytes(), cut, "text/plain").is_ok(), "{cut}");
            for bad in [&b"ok\xFFno"[..], b"\xC3", b"a\xE2\x82", b"a\0b", b"\xED\xA0\x80", b"\xC3("] {
                assert!(seen(bad, cut, "text/plain").is_err(), "{bad:?} {cut}");
            }
            assert!(seen(b"caf\xE9", cut, "text/plain;charset=iso-8859-1").is_ok());
            assert!(seen(b"caf\xE9\0", cut, "text/plain;charset=iso-8859-1").is_err());
        }
        assert_eq!(seen(b"", 1, "text/plain"), Err(Mismatch::Empty));
    }
}
