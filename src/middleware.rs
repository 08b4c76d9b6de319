//! The onion around every route, outermost first.

mod origin;
mod problems;
mod security_headers;

use axum::{Router, middleware::from_fn_with_state};

use crate::app::{App, AppPorts};

pub fn wrap<P: AppPorts>(routes: Router<App<P>>, app: &App<P>) -> Router<App<P>> {
    // The last layer added is the outermost.
    routes
        // 3. Before any work: a page of another site may not act with our cookie.
        .layer(from_fn_with_state(app.clone(), origin::check))
        // 2. Inside the headers, so that problems carry them too; outside everything that may fail.
        .layer(from_fn_with_state(app.clone(), problems::describe))
        // 1. Every answer, of whatever layer.
        .layer(axum::middleware::from_fn(security_headers::add))
}
