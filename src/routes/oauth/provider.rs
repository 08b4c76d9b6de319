//! Asking a provider: where its doors are, and who has come back from it.

use edgewise_domain::{
    config::{SignInProvider, Source},
    identity::{
        jwks::ExternalUser,
        key_sets::Denied,
        oauth::{
            Attempt, Kind, Provider, TokenFault, discovery_url, github_user, id_token_user, token_reply, token_request,
        },
        seals,
    },
    ports::{Cache, Web},
    web::{Verb, WebLimits, WebRequest},
};

use super::Stop;
use crate::app::{App, AppPorts};

/// A person waits; what comes is small.
const LIMITS: WebLimits = WebLimits { max_bytes: 256 * 1024, timeout_ms: 10_000 };
const DISCOVERY_TTL_S: u32 = 3_600;

/// The provider, with its doors.
pub async fn find<P: AppPorts>(app: &App<P>, known: &SignInProvider) -> Result<Provider, Stop> {
    let (issuer, client_id, client_secret) = match &known.source {
        Source::Known(provider) => return Ok(provider.clone()),
        Source::Discovered { issuer, client_id, client_secret } => (issuer, client_id, client_secret),
    };
    let read = |document: &[u8]| Provider::discovered(known.id, issuer, document, client_id, client_secret);
    let key = format!("discovery/1/{}", seals::digest(issuer));
    if let Some(provider) = app.ports.cache().get(&key).await.and_then(|document| read(document.as_bytes())) {
        return Ok(provider);
    }
    let document = get(app, &discovery_url(issuer), None).await?;
    let provider = read(&document)
        .ok_or_else(|| Stop::unavailable(format!("the discovery document of {issuer} cannot be used")))?;
    app.ports.cache().put(&key, &String::from_utf8_lossy(&document), DISCOVERY_TTL_S).await;
    Ok(provider)
}

/// Who has come back with `code`.
pub async fn ask<P: AppPorts>(
    app: &App<P>,
    provider: &Provider,
    redirect_uri: &str,
    code: &str,
    attempt: &Attempt,
) -> Result<ExternalUser, Stop> {
    let request = token_request(provider, redirect_uri, code, attempt);
    let mut headers = vec![
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("accept", "application/json".to_owned()),
    ];
    headers.extend(request.authorization.map(|value| ("authorization", value)));
    let request = WebRequest { verb: Verb::Post, url: provider.token_url.clone(), headers, body: Some(request.body) };
    // Refusals come with any status: the body says.
    let reply = app.ports.web().fetch(request, LIMITS).await;
    let reply = reply.map_err(|fault| Stop::unavailable(format!("tokens of {}: {fault}", provider.id)))?;
    let tokens = token_reply(&reply.body).map_err(|fault| match fault {
        // A code that is not good, or our own secret: the log says which.
        TokenFault::Refused(word) => Stop { log: Some(format!("{} refused: {word}", provider.id)), ..Stop::FAILED },
        TokenFault::Unreadable => Stop::unavailable(format!("tokens of {}: status {}", provider.id, reply.status)),
    })?;
    match &provider.kind {
        Kind::Oidc { jwks_url, .. } => {
            let token = tokens.id_token.ok_or(Stop::FAILED)?;
            let now_ms = app.now_ms();
            let check = |set: &str| id_token_user(&token, set, provider, &attempt.nonce, now_ms);
            let user = app.key_sets.check(app.ports.cache(), app.ports.web(), jwks_url, now_ms, check).await;
            user.map_err(|denied| match denied {
                Denied::BadToken => Stop { log: Some(format!("{}: a bad id token", provider.id)), ..Stop::FAILED },
                Denied::Unreachable => Stop::unavailable(format!("no keys from {}", provider.id)),
            })
        }
        Kind::GitHub { issuer, user_url, emails_url } => {
            let get = |url| get(app, url, Some(&tokens.access_token));
            let (user, emails) = futures::join!(get(user_url), get(emails_url));
            github_user(issuer, &user?, &emails?)
                .ok_or_else(|| Stop::unavailable(format!("{} does not say who it is", provider.id)))
        }
    }
}

async fn get<P: AppPorts>(app: &App<P>, url: &str, token: Option<&String>) -> Result<Vec<u8>, Stop> {
    let mut request = WebRequest::get(url);
    request.headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
    match app.ports.web().fetch(request, LIMITS).await {
        Ok(reply) if reply.status == 200 => Ok(reply.body),
        Ok(reply) => Err(Stop::unavailable(format!("{url}: status {}", reply.status))),
        Err(fault) => Err(Stop::unavailable(format!("{url}: {fault}"))),
    }
}
