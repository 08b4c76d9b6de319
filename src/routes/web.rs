//! `/api/web`: pages of the web, read for somebody.

use axum::{Json, extract::State};
use edgewise_domain::{
    outbound::MAX_URL_BYTES,
    ports::WebStandards,
    reading::{self, Unread},
};
use edgewise_protocol::{
    api::{PageText, ReadPage, Scope},
    limit::Class,
};
use http::Uri;

use crate::{
    app::{App, AppPorts},
    error::{Answer, Failure},
    extract::{JsonBody, caller::Asking},
};

const POINTER: &str = "/url";

/// `POST /api/web/read`
pub async fn read<P: AppPorts>(
    State(app): State<App<P>>,
    uri: Uri,
    asking: Asking,
    JsonBody(body): JsonBody<ReadPage>,
) -> Answer<Json<PageText>> {
    asking.admit(&app, Class::Crawl).await?.holds(Scope::ChatWrite)?;
    if body.url.trim().is_empty() || body.url.len() > MAX_URL_BYTES {
        return Err(Failure::field(POINTER, format!("must be an address of 1 to {MAX_URL_BYTES} bytes")));
    }
    let page = app.config.app_origin.as_deref().and_then(|origin| app.ports.standards().parse_url(origin, None));
    let own_hosts: Vec<_> = uri.host().into_iter().chain(page.as_ref().map(|parts| parts.host.as_str())).collect();
    let read = reading::read(&app.ports, &app.config.outbound, &own_hosts, &body.url).await;
    read.map(Json).map_err(failure)
}

fn failure(unread: Unread) -> Failure {
    match unread {
        Unread::Refused(refusal) => Failure::OutOfReach { pointer: POINTER, log: format!("the wall: {refusal}") },
        Unread::Status(status) => Failure::field(POINTER, format!("The page's server answered with status {status}.")),
        Unread::Kind(kind) => {
            let what = kind.map_or_else(|| "of no type".into(), |kind| format!("of type {kind}"));
            Failure::Unreadable {
                detail: format!("The page is {what}; HTML, plain text, Markdown and JSON can be read."),
            }
        }
    }
}
