//! An RSA key that signs in tests and nowhere else, made with Python's `cryptography`.

use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256};

use crate::identity::encoding::from_base64url;

pub const N: &str = "\
    sWhIt9RgRsnwbOvcntn_AfCHpPRYC204hKgI4lDCZ0lBWhL29oSSsXTbXS_HM5NDD_fu-tmr_gDhqtdpFP4_F5pi0XTbTrjMy701\
    XtEENImDuj3kFQ3FbGPOu2FnsKHX-6i5homkWSdlGKNIXqGG0Xxn4vYamgi9S3UUjW_6ETBX0JCwSdnNv10r8rR4Nz5vghxrhWXM\
    iZ4s2fdHyUdsbxWiS3UFyZBOyMmv9GXLYA5zj3aM8hVyHQ_jStQ2a3_T2ZOFUmpuxpBheSR-u7WoR8JaJH376gEnyzVqBZbyp3ra\
    4ZhCYCQMBpNkiC6TJsw0_ccsGKiFPSiLkeJnnU2Ikw";
pub const D: &str = "\
    UILRLYwWPUn78JKBxx2Lmye7h2LUaishESLpFTwtXY5jOCuPJIU5xYsQ2pOKRZ-5OY_9Rp5ubZGc2Fl1-O8BVwbbfc8Yj_tSBcxS\
    YjtdOzKFM4pO7jcXt378HRGxavmn-S-zMplYmpVEThAcEcYgVwWsZ9XkcK8yqQHzV9TPmeiielZsFOVdaC_LKV38Gy9NzlOdR83_\
    _kg_a8we4N_cSCTqeKzgwQFS-8r0qNM9E5mksGAEnHNSv63H6voC4QeBsU0Ge7XeXYOTS2PVIPzkya9qMMukDi9HwMHIYaSTk8IR\
    AdvSysV2eRP7NCdFOZQ--elMFVGN-4CgkLq9uL46UQ";
pub const P: &str = "\
    53WIz85sqX5iUm_ceWHNwPVqFZA3aHEbfDusHZK1UfEZzP-7WKQPQcpkbZHVuL0OncMeuLMXZuqSy_dcz9DM6bre5uRvKrgwNgVS\
    RgDhFz7WGh80oBtyjBPumgvU6S7rwqynyuRgZG-AbEF-0iPZBKiCK8qBPVnPYOCrgcnIXqU";
pub const Q: &str = "\
    xDehK5iGIoB1GNEb8kqXY6JkZBQshC55crsmQDATDIfsa7RLBmxKU0WUMy-xthDkUtQZ0C3qej2fOzq6vvnFvcAsYiv6LkAcBuW0\
    OqaaVMLbcxhLBWhgUYUrJ-D-tVb541dPWT_SCRKIu7aubwuCnfR8br_k6CpI7sX7Okk8HNc";
/// Of `a message`, by `cryptography`.
pub const SIGNATURE: &str = "\
    IZKdL3GBuvQTA4fPYFCU_ftZlBcSfRirDtNlvynq04pLc6m86bj77yMyOZjaDKoFTqtuSDsgTBpNOsJJkCFtwod9ijL_J6-LqHYX\
    fMm_qmP6EnsJa8mhRfJtbfnNik1cit3Xx2kaPfw7sSMOs28EHve4mHYA7L3PcsMASNP_Uahbg-dKfkciTuPfE3PZU9yzO1P0LI6q\
    n603LqeWCZNosuJutN1kUAkJhwOS51ZSShMZnjjD7hsNGaLbkCLbDVhuCxPL5qRk_aflE6EKumcxd6RI_JthJ-Yg6QYQY_pPlqhI\
    C_Z0p0wK9yf-D7UYj0r8HaC_cvB8j5iR1R5I9Jc7vQ";
/// A modulus of 1,024 bits.
pub const SMALL_N: &str = "\
    3UsLZu_4-kGI36kaGaiof1R5slYdk4B-0BLLSJ76L49IH0rowCnP9-KlT8s5L4gK01aHdkyVLO-YZ4dHPMAj5n8RMFguVjQrIi5Q\
    KE1jaxwNYMXmsa2ag3DUzppsLUZJdKt9A67KvZ_HVlnm1fVWjQeFVgRZN4VNnbIDe5FBOiU";
/// The public key as its owner publishes it elsewhere.
pub const PEM: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsWhIt9RgRsnwbOvcntn/\n\
AfCHpPRYC204hKgI4lDCZ0lBWhL29oSSsXTbXS/HM5NDD/fu+tmr/gDhqtdpFP4/\n\
F5pi0XTbTrjMy701XtEENImDuj3kFQ3FbGPOu2FnsKHX+6i5homkWSdlGKNIXqGG\n\
0Xxn4vYamgi9S3UUjW/6ETBX0JCwSdnNv10r8rR4Nz5vghxrhWXMiZ4s2fdHyUds\n\
bxWiS3UFyZBOyMmv9GXLYA5zj3aM8hVyHQ/jStQ2a3/T2ZOFUmpuxpBheSR+u7Wo\n\
R8JaJH376gEnyzVqBZbyp3ra4ZhCYCQMBpNkiC6TJsw0/ccsGKiFPSiLkeJnnU2I\n\
kwIDAQAB\n\
-----END PUBLIC KEY-----\n";

pub fn key() -> RsaPrivateKey {
    let number = |text| BigUint::from_bytes_be(&from_base64url(text).unwrap());
    RsaPrivateKey::from_components(number(N), BigUint::from(65_537_u32), number(D), vec![number(P), number(Q)]).unwrap()
}

pub fn sign(message: &[u8]) -> Vec<u8> {
    key().sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).unwrap()
}
