//! `/api/users/me/provider-keys`: keys of one's own for the providers of models, which are never shown again.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edgewise_domain::models::own_key;
use edgewise_protocol::{
    api::{ProviderKey, ProviderKeyList, SetProviderKey},
    calls::account::{Call, Profile, Reply, SealedKey},
    timestamp::Timestamp,
};
use http::StatusCode;

use super::ask;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{Hole, JsonBody, caller::Owner},
};

/// `GET /api/users/me/provider-keys`
pub async fn list<P: AppPorts>(State(app): State<App<P>>, Owner(caller): Owner) -> Answer<Json<ProviderKeyList>> {
    let provider_keys = keys(&app, &caller.profile).await?;
    Ok(Json(ProviderKeyList { provider_keys, providers: providers(&app) }))
}

/// `GET /api/users/me/provider-keys/{provider}`
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(provider): Hole,
) -> Answer<Json<ProviderKey>> {
    let key = keys(&app, &caller.profile).await?.into_iter().find(|key| key.provider == provider);
    key.map(Json).ok_or(Failure::NotFound { what: "Key" })
}

/// `PUT /api/users/me/provider-keys/{provider}`: in the place of the one before.
pub async fn set<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(provider): Hole,
    JsonBody(body): JsonBody<SetProviderKey>,
) -> Answer<Json<ProviderKey>> {
    if !providers(&app).contains(&provider) {
        return Err(Failure::NotFound { what: "Provider" });
    }
    let secret = body.key.trim();
    if !own_key::is_key(secret) {
        let (least, most) = (own_key::MIN_CHARS, own_key::MAX_CHARS);
        return Err(Failure::field(
            "/key",
            format!("must have {least} to {most} printable ASCII characters, no spaces"),
        ));
    }
    let context = own_key::context(caller.user(), &provider);
    let sealed = app.config.vault.seal(&app.random(), &context, secret).ok_or_else(|| Failure::Conflict {
        detail: "This deployment takes no keys: its administrator has to set KEY_ENCRYPTION_KEY.".into(),
    })?;
    let created_at = Timestamp(app.now_ms());
    let last_four = own_key::last_four(secret);
    let key = ProviderKey { provider, last_four, created_at, last_used_at: None, refused_at: None };
    let call = Call::SetProviderKey { key: Box::new(SealedKey { key: key.clone(), sealed }) };
    match ask(&app, &caller.profile, call).await? {
        Reply::Done => Ok(Json(key)),
        Reply::Full => {
            Err(Failure::Conflict { detail: "There are as many keys as there may be. Remove one first.".into() })
        }
        _ => Err(Failure::account_failed()),
    }
}

/// `DELETE /api/users/me/provider-keys/{provider}`
pub async fn remove<P: AppPorts>(
    State(app): State<App<P>>,
    Owner(caller): Owner,
    Hole(provider): Hole,
) -> Answer<Response> {
    match ask(&app, &caller.profile, Call::RemoveProviderKey { provider }).await? {
        // One that is not there is gone.
        Reply::Done | Reply::Unknown => Ok(StatusCode::NO_CONTENT.into_response()),
        _ => Err(Failure::account_failed()),
    }
}

/// For whom one may bring a key.
fn providers<P: AppPorts>(app: &App<P>) -> Vec<String> {
    let mut names: Vec<_> = app.config.providers.keys().map(|name| own_key::name_of(name).to_owned()).collect();
    names.dedup();
    names
}

async fn keys<P: AppPorts>(app: &App<P>, profile: &Profile) -> Answer<Vec<ProviderKey>> {
    match ask(app, profile, Call::ProviderKeys).await? {
        Reply::ProviderKeys { keys } => Ok(keys),
        _ => Err(Failure::account_failed()),
    }
}
