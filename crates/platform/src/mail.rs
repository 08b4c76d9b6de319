//! Outgoing mail, over a provider's JSON API: Resend's, or one that speaks like it.

use std::time::Duration;

use edgewise_domain::{
    config::MailProvider,
    mail::{Letter, MailFault, provider_body},
    ports::Mail,
};
use futures::future::{Either, select};
use wasm_bindgen::JsValue;
use worker::{AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, Result, send::SendFuture};

/// A provider answers within a second. One that hangs must not hold up the letters behind this one.
const TIMEOUT: Duration = Duration::from_secs(10);

pub struct ProviderMail(MailProvider);

impl ProviderMail {
    pub const fn new(provider: MailProvider) -> Self {
        Self(provider)
    }

    fn request(&self, letter: &Letter) -> Result<Request> {
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        headers.set("authorization", &format!("Bearer {}", self.0.api_key))?;
        // A letter whose answer was lost is posted again, and sent once.
        headers.set("idempotency-key", &letter.id.to_string())?;
        let mut init = RequestInit::new();
        let body = provider_body(&self.0.from, letter);
        init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(&body)));
        Request::new_with_init(&self.0.url, &init)
    }

    async fn post(&self, letter: &Letter) -> std::result::Result<(), MailFault> {
        let request = self.request(letter).map_err(|_| MailFault::Unreachable)?;
        let abort = AbortController::default();
        let signal = abort.signal();
        let fetch = Fetch::Request(request);
        let sending = Box::pin(fetch.send_with_signal(&signal));
        match select(sending, Box::pin(Delay::from(TIMEOUT))).await {
            Either::Left((Ok(response), _)) => match response.status_code() {
                200..=299 => Ok(()),
                // Not its body: it may repeat the letter.
                status => Err(MailFault::Status(status)),
            },
            Either::Left((Err(_), _)) => Err(MailFault::Unreachable),
            Either::Right(_) => {
                abort.abort();
                Err(MailFault::Unreachable)
            }
        }
    }
}

impl Mail for ProviderMail {
    fn send(&self, letter: &Letter) -> impl Future<Output = std::result::Result<(), MailFault>> + Send {
        SendFuture::new(self.post(letter))
    }
}
