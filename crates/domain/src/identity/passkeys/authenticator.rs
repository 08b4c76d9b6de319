//! What an authenticator says: its data, byte by byte, and the public key in it.

use super::cbor::{self, Item};
use crate::identity::signatures::PublicKey;

const FLAG_PRESENT: u8 = 0x01;
const FLAG_VERIFIED: u8 = 0x04;
const FLAG_CREDENTIAL: u8 = 0x40;
const FLAG_EXTENSIONS: u8 = 0x80;

/// WebAuthn's own bound.
pub const MAX_ID_BYTES: usize = 1_023;

/// `authenticatorData`, read to its last byte.
#[derive(Debug, PartialEq, Eq)]
pub struct AuthenticatorData<'a> {
    pub rp_id_hash: [u8; 32],
    /// Somebody touched it.
    pub present: bool,
    /// It knows who that was: a finger, a face, a PIN.
    pub verified: bool,
    pub counter: u32,
    pub credential: Option<Credential<'a>>,
}

/// A credential that was just made.
#[derive(Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    pub id: &'a [u8],
    /// As COSE writes it.
    pub public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
        let ([flags], rest) = rest.split_first_chunk::<1>()?;
        let (counter, mut rest) = rest.split_first_chunk::<4>()?;
        let mut credential = None;
        if flags & FLAG_CREDENTIAL != 0 {
            let (found, behind) = Credential::parse(rest)?;
            (credential, rest) = (Some(found), behind);
        }
        if flags & FLAG_EXTENSIONS != 0 {
            let (Item::Map(_), behind) = cbor::read(rest)? else { return None };
            rest = behind;
        }
        rest.is_empty().then_some(Self {
            rp_id_hash: *rp_id_hash,
            present: flags & FLAG_PRESENT != 0,
            verified: flags & FLAG_VERIFIED != 0,
            counter: u32::from_be_bytes(*counter),
            credential,
        })
    }
}

impl<'a> Credential<'a> {
    fn parse(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        // Which model it is does not matter to us.
        let (_aaguid, rest) = bytes.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=MAX_ID_BYTES).contains(&length) {
            return None;
        }
        let (id, rest) = rest.split_at_checked(length)?;
        let (_, behind) = cbor::read(rest)?;
        let (public_key, rest) = rest.split_at_checked(rest.len().checked_sub(behind.len())?)?;
        Some((Self { id, public_key }, rest))
    }
}

/// The ways of signing that we ask for, the best first: ES256, EdDSA, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// A key as COSE writes it, whose type, curve and way of signing go together.
pub fn public_key(cose: &[u8]) -> Option<PublicKey> {
    let key = cbor::read_only(cose)?;
    let int = |name| key.get(&Item::Int(name))?.int();
    let bytes = |name| key.get(&Item::Int(name))?.bytes();
    match (int(1)?, int(3)?) {
        (2, -7) if int(-1)? == 1 => PublicKey::p256(bytes(-2)?, bytes(-3)?),
        (1, -8) if int(-1)? == 6 => PublicKey::ed25519(bytes(-2)?),
        (3, -257) => PublicKey::rsa(bytes(-1)?, bytes(-2)?),
        _ => None,
    }
}
