//! Refuses what a page of another site would have a browser do. A browser always tells a page's origin when it
//! posts across sites; programs send none.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Method, header};

use crate::{
    app::{App, AppPorts},
    error::Failure,
    extract::is_our_origin,
};

pub async fn check<P: AppPorts>(State(app): State<App<P>>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes
        && let Some(origin) = request.headers().get(header::ORIGIN)
        && !is_our_origin(origin.to_str().unwrap_or_default(), request.uri(), &app.config)
    {
        return Failure::Forbidden.into_response();
    }
    next.run(request).await
}
