//! Recovery codes: what lets people in whose authenticator is gone, each once.

use sha2::{Digest, Sha256};

use super::encoding::{CROCKFORD, base32};

/// How many are handed out.
pub const CODES: usize = 10;
/// Random bytes in each: 80 bits, which nobody guesses, so that a plain SHA-256 of it may be stored.
pub const CODE_BYTES: usize = 10;

const CHARS: usize = 16;

/// The codes to show once, like `7ZZZ-0H2K-…`: four groups of four, without letters that look alike.
pub fn codes(random: &[[u8; CODE_BYTES]; CODES]) -> Vec<String> {
    random.iter().map(|bytes| grouped(&base32(bytes, CROCKFORD))).collect()
}

/// What is stored of a code, and what a typed one is looked up by. `None` when nothing like a code was typed.
pub fn digest(typed: &str) -> Option<[u8; 32]> {
    Some(Sha256::digest(normal(typed)?.as_bytes()).into())
}

/// A code as we spell it: people leave out or add dashes, write small letters, and O for 0 and I or L for 1.
fn normal(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let meant = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let code: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(meant).collect();
    (code.len() == CHARS && code.bytes().all(|byte| CROCKFORD.contains(&byte))).then_some(code)
}

fn grouped(code: &str) -> String {
    let groups: Vec<String> = code.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_readable_codes() {
        let random: [_; CODES] = std::array::from_fn(|at| [u8::try_from(at).unwrap(); CODE_BYTES]);
        let codes = codes(&random);
        assert_eq!(codes[0], "0000-0000-0000-0000");
        assert_eq!(codes[1], "040G-2081-040G-2081");
        let mut digests: Vec<_> = codes.iter().map(|code| digest(code).unwrap()).collect();
        digests.dedup();
        assert_eq!(digests.len(), CODES);
    }

    #[test]
    fn what_people_type_is_understood() {
        let wanted = digest("0410-2081-ABJK-VXYZ");
        assert!(wanted.is_some());
        for typed in ["0410 2081 abjk vxyz", "o4iO2o8labjkvxyz", " 0410-2081-ABJK-VXYZ\n", "04-10--2081ABJKVXYZ"] {
            assert_eq!(digest(typed), wanted, "{typed}");
        }
        for typed in ["", "0410-2081-ABJK-VXY", "0410-2081-ABJK-VXYZ0", "0410-2081-ABJK-VXYU", "0410-2081-ABJK-VXYé"] {
            assert_eq!(digest(typed), None, "{typed}");
        }
        assert_eq!(digest(&"0".repeat(1 << 20)), None);
    }

    proptest! {
        #[test]
        fn every_code_can_be_typed(random: [[u8; CODE_BYTES]; CODES], other: [u8; CODE_BYTES]) {
            let mut changed = random;
            changed[0] = other;
            for (code, changed) in codes(&random).iter().zip(codes(&changed)) {
                prop_assert_eq!(digest(&code.to_lowercase().replace('-', "").replace('0', "o").replace('1', "l")), digest(code));
                prop_assert_eq!(*code == changed, digest(code) == digest(&changed));
            }
        }
    }
}
