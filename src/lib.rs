//! The doors: requests, queue messages and the clock come in here.

pub mod app;
pub mod bounds;
mod cron;
pub mod error;
mod extract;
mod middleware;
mod page;
mod queue;
pub mod router;
mod routes;

use std::cell::OnceCell;

use app::App;
use axum::Router;
use edgewise_domain::config::Config;
use edgewise_platform::{incoming::from_runtime, log, outgoing::to_runtime, ports::WorkerPorts, settings};
use error::{Failure, answer_alone};
use tower_service::Service;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    Context, Env, ScheduleContext, ScheduledEvent, js_sys::Promise, wasm_bindgen_futures::future_to_promise, web_sys,
    worker_sys::MessageBatch,
};
use worker_macros::event;

// Named here, or the classes would be missing from the build without a word.
pub use edgewise_durable_objects::{account::Account, conversation::Conversation, run::Run, webhook::Webhook};

thread_local! {
    /// One for each isolate: building the router costs more than most requests.
    static ROUTER: OnceCell<Router> = const { OnceCell::new() };
}

#[event(start)]
fn start() {
    std::panic::set_hook(Box::new(log::panicked));
}

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _context: Context) -> worker::Result<web_sys::Response> {
    let router = ROUTER.with(|cell| match cell.get() {
        Some(router) => Ok(router.clone()),
        None => settings::config(&env).map(|config| {
            let app = App::new(WorkerPorts::new(&env, config.provider.clone()), Config::clone(&config));
            cell.get_or_init(|| router::router(app)).clone()
        }),
    });
    let response = match (router, from_runtime(&request)) {
        (Ok(mut router), Ok(request)) => match router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        (Ok(_), Err(error)) => answer_alone(Failure::Malformed { detail: format!("The request is no HTTP: {error}.") }),
        (Err(faults), _) => {
            log::error(format_args!("settings: {}", faults.join(" ")));
            answer_alone(Failure::Misconfigured)
        }
    };
    to_runtime(response).await
}

/// Exported by hand: the macro panics on an error, and a panic takes the whole instance with it.
#[wasm_bindgen]
pub fn queue(batch: MessageBatch, env: Env, _context: JsValue) -> Promise {
    future_to_promise(async move {
        queue::consume(&batch, &env).await.map_err(JsValue::from)?;
        Ok(JsValue::UNDEFINED)
    })
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    cron::every_minute(&env).await;
}
