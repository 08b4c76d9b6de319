//! How bytes become text in links, tokens and forms, and back.

use base64ct::{Base64UrlUnpadded, Encoding};

/// RFC 4648, for authenticator apps.
pub const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Crockford's: without I, L, O and U, which people misread.
pub const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

pub fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The bytes of unpadded base64url. Padding, foreign characters and stray trailing bits are refused, so that one value
/// has one spelling.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Exactly `N` bytes of base64url. The length is looked at first: nothing is allocated for an endless text.
pub fn fixed_base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    from_base64url(text)?.try_into().ok()
}

/// Five bits to a character, without padding.
pub fn base32(bytes: &[u8], alphabet: &[u8; 32]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut held, mut bits) = (0_u16, 0_u32);
    let mut push = |value: u16| text.push(alphabet.get(usize::from(value & 31)).map_or('0', |byte| char::from(*byte)));
    for byte in bytes {
        held = (held << 8) | u16::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(held << (5 - bits));
    }
    text
}

/// Percent-encoding of all but RFC 3986's unreserved characters: right in a path, a query and a form alike.
pub fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// `application/x-www-form-urlencoded`, which is also a query.
pub fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes(), BASE32), text);
        }
    }

    #[test]
    fn one_value_has_one_spelling() {
        assert_eq!(fixed_base64url::<2>("AAE"), Some([0, 1]));
        for text in ["AAF", "AAE=", "AAE ", "AA", "AA+", "AA/", "AAEA", ""] {
            assert_eq!(fixed_base64url::<2>(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_form_cannot_be_broken_out_of() {
        assert_eq!(form(&[("a b", "1&c=2"), ("é", "+%#\r\n")]), "a%20b=1%26c%3D2&%C3%A9=%2B%25%23%0D%0A");
    }
}
