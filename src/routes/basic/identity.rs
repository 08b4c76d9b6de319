//! `/basic/guest`, `/sign-up`, `/sign-in` and `/sign-out`: the ways in and out.

use axum::{extract::State, response::Response};
use edgewise_domain::rendering::basic;
use edgewise_protocol::api::{SecondFactor, SignIn, SignUp};
use http::{Uri, request::Parts};

use super::onwards;
use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, form::FormBody, visitor::Visitor},
    page::page,
    routes::auth::{second, session, sign_in, sign_up},
};

/// `POST /basic/guest`
pub async fn guest<P: AppPorts>(app: State<App<P>>, visitor: Visitor, uri: Uri) -> Answer {
    onwards(&sign_up::guest(app, visitor, uri).await?, basic::HOME)
}

/// `GET /basic/sign-up`
pub async fn show_sign_up() -> Response {
    page(basic::sign_up())
}

/// `POST /basic/sign-up`
pub async fn sign_up<P: AppPorts>(
    app: State<App<P>>,
    visitor: Visitor,
    guest: sign_up::MaybeGuest,
    uri: Uri,
    FormBody(body): FormBody<SignUp>,
) -> Answer {
    onwards(&sign_up::sign_up(app, visitor, guest, uri, JsonBody(body)).await?, basic::HOME)
}

/// `GET /basic/sign-in`
pub async fn show_sign_in() -> Response {
    page(basic::sign_in())
}

/// `POST /basic/sign-in`
pub async fn sign_in<P: AppPorts>(
    app: State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    FormBody(body): FormBody<SignIn>,
) -> Answer {
    match sign_in::sign_in(app, visitor, uri, JsonBody(body)).await {
        Err(Failure::SecondNeeded { challenge }) => Ok(page(basic::second_factor(&challenge))),
        done => onwards(&done?, basic::HOME),
    }
}

/// `POST /basic/sign-in/second`
pub async fn finish<P: AppPorts>(
    app: State<App<P>>,
    visitor: Visitor,
    uri: Uri,
    FormBody(body): FormBody<SecondFactor>,
) -> Answer {
    onwards(&second::finish(app, visitor, uri, JsonBody(body)).await?, basic::HOME)
}

/// `POST /basic/sign-out`
pub async fn sign_out<P: AppPorts>(app: State<App<P>>, parts: Parts) -> Answer {
    onwards(&session::sign_out(app, parts).await?, basic::HOME)
}
