//! OpenID Connect: who an id token names, and whether it is of this very attempt.

use serde_json::Value;
use subtle::ConstantTimeEq;

use super::Provider;
use crate::identity::jwks::{ExternalUser, Refusal, user, verified_claims};

/// Whom `id_token` names: signed by the provider, for us, valid at `now_ms`, and asked for with `nonce`.
///
/// # Errors
/// [`Refusal`] says whether other keys could help.
pub fn id_token_user(
    id_token: &str,
    jwks_json: &str,
    provider: &Provider,
    nonce: &str,
    now_ms: u64,
) -> Result<ExternalUser, Refusal> {
    let issuer = provider.external_issuer().ok_or(Refusal::BadToken)?;
    let claims = verified_claims(id_token, jwks_json, &issuer, now_ms)?;
    // Without it, a token of another attempt, perhaps of somebody else, could be slipped in.
    let of_attempt = !nonce.is_empty()
        && claims.text("nonce").is_some_and(|claimed| claimed.as_bytes().ct_eq(nonce.as_bytes()).into());
    if !of_attempt {
        return Err(Refusal::BadToken);
    }
    // A token for several must say for whom it was made; one that says so must say us.
    let several = matches!(claims.get("aud"), Some(Value::Array(audiences)) if audiences.len() > 1);
    let made_for_us = match claims.get("azp") {
        Some(party) => party.as_str() == Some(&provider.client_id),
        None => !several,
    };
    if !made_for_us {
        return Err(Refusal::BadToken);
    }
    user(&claims, &issuer).ok_or(Refusal::BadToken)
}
