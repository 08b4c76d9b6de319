//! The onion around every route, outermost first.

mod bodies;
mod cors;
mod limits;
mod origin;
mod problems;
mod requests;
pub mod security_headers;

use axum::{Router, middleware::from_fn_with_state};

use crate::app::{App, AppPorts};

pub fn wrap<P: AppPorts>(routes: Router<App<P>>, app: &App<P>) -> Router<App<P>> {
    // The last layer added is the outermost.
    routes
        // 7. Before any route: what none of them takes.
        .layer(axum::middleware::from_fn(bodies::check))
        // 6. Before any work: a page of another site may not act with our cookie.
        .layer(from_fn_with_state(app.clone(), origin::check))
        // 5. Inside the headers, so that problems carry them too; outside everything that may fail.
        .layer(from_fn_with_state(app.clone(), problems::describe))
        // 4. Outside the problems: a refusal says where the caller stands, as a success does.
        .layer(from_fn_with_state(app.clone(), limits::show))
        // 3. Outside the problems too: a page that may read our answers may read what went wrong.
        .layer(from_fn_with_state(app.clone(), cors::allow))
        // 2. Every answer, of whatever layer.
        .layer(axum::middleware::from_fn(security_headers::add))
        // 1. Sees what goes out as it goes out, and makes the id that everything inside speaks of.
        .layer(from_fn_with_state(app.clone(), requests::log))
}
