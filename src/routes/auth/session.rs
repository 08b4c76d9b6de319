//! `/api/auth/session`, `/api/auth/refresh` and `/api/auth/logout`: a session that there is.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    identity::tokens::{Secret, digest},
    ports::Accounts,
};
use edgewise_protocol::{
    api::{Refresh, Session},
    calls::account::{AccountName, Call, Credential, Ends, Reply},
    limit::Class,
};
use http::{HeaderMap, StatusCode, Uri, request::Parts};

use super::{
    opening::{end_sessions, renew_cookie, set_cookie, signed_in},
    user,
};
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{
        OptionalJsonBody,
        caller::{Asking, CookieAsking},
        visitor::Visitor,
    },
};

/// `POST /api/auth/refresh`: a new access token, for a refresh token or for the session's cookie.
pub async fn refresh<P: AppPorts>(
    State(app): State<App<P>>,
    visitor: Visitor,
    CookieAsking(holder): CookieAsking,
    uri: Uri,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody<Refresh>,
) -> Answer {
    visitor.admit(&app, Class::General).await?;
    let keys = &app.config.keys;
    let Some(token) = body.refresh_token else {
        let caller = holder.ok_or(Failure::Unauthorized)?.admit(&app, Class::General).await?;
        let Credential::Session(session) = caller.credential else { return Err(Failure::Unauthorized) };
        let mut response = Json(signed_in(&app, &caller.profile, session, None)?).into_response();
        renew_cookie(&app, &mut response, &headers, &uri);
        return Ok(response);
    };
    let (user, old) = keys.open(Secret::Refresh, &token).map_err(|_| Failure::Unauthorized)?;
    let next = keys.seal(Secret::Refresh, user, &app.random());
    let call = Call::Refresh { digest: old, refresh_digest: digest(&next) };
    match app.ports.accounts().call(&AccountName::User(user), call).await? {
        Reply::Refreshed { profile, session } => {
            Ok(Json(signed_in(&app, &profile, session, Some(next))?).into_response())
        }
        Reply::Failed => Err(Failure::account_failed()),
        _ => Err(Failure::Unauthorized),
    }
}

/// `GET /api/auth/session`. Pages ask it when they open: a browser that comes back keeps its cookie.
pub async fn show<P: AppPorts>(
    State(app): State<App<P>>,
    asking: Asking,
    uri: Uri,
    headers: HeaderMap,
) -> Answer<Response> {
    let is_by_cookie = asking.is_by_cookie();
    let caller = asking.admit(&app, Class::General).await?;
    let mut response = Json(Session { user: user(&caller.profile) }).into_response();
    if is_by_cookie {
        renew_cookie(&app, &mut response, &headers, &uri);
    }
    Ok(response)
}

/// `POST /api/auth/logout`: ends the session, whatever is open for it, and forgets the cookie.
pub async fn sign_out<P: AppPorts>(State(app): State<App<P>>, parts: Parts) -> Answer {
    let mut parts = parts;
    if let Ok(asking) = Asking::from_request_parts(&mut parts, &app).await
        && let Ok(caller) = asking.admit(&app, Class::General).await
        && let Credential::Session(session) = caller.credential
    {
        end_sessions(&app, &caller.profile, Ends::One(session)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &parts.uri, "", 0);
    Ok(response)
}
