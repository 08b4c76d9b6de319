//! Who somebody is: the credentials that prove it, and the secrets behind them.

pub mod codes;
pub mod email;
pub mod encoding;
pub mod external;
pub mod jwks;
pub mod key_sets;
pub mod oauth;
pub mod passkeys;
pub mod passwords;
pub mod recovery;
pub mod seals;
pub mod signatures;
pub mod strict_json;
pub mod tokens;
pub mod totp;
pub mod vault;
