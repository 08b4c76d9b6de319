//! Public keys of others, and whether a signature is theirs.

use p256::{EncodedPoint, FieldBytes, ecdsa};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey, traits::PublicKeyParts};
use sha2::{Digest, Sha256};

/// The three ways of signing that we check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    /// A way of signing by its name in JWTs.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// How the two numbers of an ECDSA signature are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EcdsaForm {
    /// One behind the other, as in JWTs.
    Fixed,
    /// ASN.1, as in WebAuthn.
    Der,
}

/// A key that was checked when it was made: its point is on the curve, its modulus neither small nor huge.
#[derive(Debug, Clone)]
pub enum PublicKey {
    Rsa(RsaPublicKey),
    P256(ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl PublicKey {
    /// A modulus of 2,048 to 4,096 bits: shorter ones are broken, longer ones are slow.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        if modulus.len() > 513 || exponent.len() > 8 {
            return None;
        }
        let key = RsaPublicKey::new(BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent)).ok()?;
        // Exponents below that invite old attacks on sloppy padding, and nobody uses them. An even modulus is no modulus.
        let sane = (2_048..=4_096).contains(&key.n().bits())
            && key.e() >= &BigUint::from(65_537_u32)
            && modulus.last().is_some_and(|byte| byte & 1 == 1);
        sane.then_some(Self::Rsa(key))
    }

    /// A point of P-256, refused when it is not on the curve.
    pub fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        let (x, y): ([u8; 32], [u8; 32]) = (x.try_into().ok()?, y.try_into().ok()?);
        let point = EncodedPoint::from_affine_coordinates(&FieldBytes::from(x), &FieldBytes::from(y), false);
        ecdsa::VerifyingKey::from_encoded_point(&point).ok().map(Self::P256)
    }

    /// A point of Ed25519, refused when it is one of the few with which everything is signed.
    pub fn ed25519(x: &[u8]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(x.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self::Ed25519(key))
    }

    /// The one way of signing that this key has.
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8], form: EcdsaForm) -> bool {
        match self {
            Self::Rsa(key) => key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok(),
            Self::P256(key) => {
                use ecdsa::signature::Verifier;
                let signature = match form {
                    EcdsaForm::Fixed => ecdsa::Signature::from_slice(signature),
                    EcdsaForm::Der => ecdsa::Signature::from_der(signature),
                };
                signature.is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

#[cfg(test)]
pub mod test_rsa;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::encoding::{base64url, from_base64url};

    fn bytes(text: &str) -> Vec<u8> {
        from_base64url(text).unwrap()
    }

    #[test]
    fn rsa_is_that_of_others() {
        let key = PublicKey::rsa(&bytes(test_rsa::N), &[1, 0, 1]).unwrap();
        let signature = bytes(test_rsa::SIGNATURE);
        assert!(key.verify(b"a message", &signature, EcdsaForm::Fixed));
        assert!(!key.verify(b"a messagf", &signature, EcdsaForm::Fixed));
        assert_eq!(test_rsa::sign(b"a message"), signature);
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert!(!key.verify(b"a message", &changed, EcdsaForm::Fixed));
        }
        for wrong in [vec![], vec![0; 256], vec![0xff; 256], [&[0], signature.as_slice()].concat(), vec![1; 1 << 16]] {
            assert!(!key.verify(b"a message", &wrong, EcdsaForm::Fixed));
        }
    }

    #[test]
    fn odd_rsa_keys_are_refused() {
        let modulus = bytes(test_rsa::N);
        let mut even = modulus.clone();
        even[255] &= 0xfe;
        let huge = [modulus.as_slice(), &modulus, &modulus].concat();
        for (modulus, exponent) in [
            (bytes(test_rsa::SMALL_N), vec![1, 0, 1]),
            (even, vec![1, 0, 1]),
            (huge, vec![1, 0, 1]),
            (modulus.clone(), vec![]),
            (modulus.clone(), vec![0]),
            (modulus.clone(), vec![1]),
            (modulus.clone(), vec![3]),
            (modulus.clone(), vec![1, 0, 0]),
            (modulus.clone(), vec![0xff; 9]),
            (vec![], vec![1, 0, 1]),
            (vec![0; 256], vec![1, 0, 1]),
        ] {
            assert!(PublicKey::rsa(&modulus, &exponent).is_none(), "{} {exponent:?}", base64url(&modulus));
        }
    }

    #[test]
    fn points_are_on_their_curve() {
        assert!(PublicKey::p256(&[0; 32], &[0; 32]).is_none());
        assert!(PublicKey::p256(&[1; 32], &[1; 32]).is_none());
        assert!(PublicKey::p256(&[0xff; 32], &[0xff; 32]).is_none());
        assert!(PublicKey::p256(&[1; 31], &[1; 32]).is_none());
        // The neutral element, with which anything would be signed by zeros.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert!(PublicKey::ed25519(&neutral).is_none());
        assert!(PublicKey::ed25519(&[0; 32]).is_none());
        assert!(PublicKey::ed25519(&[1; 33]).is_none());
    }

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn ed25519_is_that_of_the_rfc() {
        let key = PublicKey::ed25519(&bytes("PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw")).unwrap();
        let signature = bytes(
            "kqAJqfDUyrhyDoILX2QlQKKye1QWUD-Ps3YiI-vbadoIWsHkPhWZbkWPNhPQ\
             8R2MOHsurrQwKu6wDSkWErsMAA",
        );
        assert!(key.verify(&[0x72], &signature, EcdsaForm::Fixed));
        assert!(!key.verify(&[0x73], &signature, EcdsaForm::Fixed));
    }
}
