//! `Idempotency-Key`: a request that makes something makes it once, however often it is sent.

use axum::{
    Json,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use edgewise_domain::{identity::seals, ports::Accounts};
use edgewise_protocol::{
    calls::account::{AccountName, Call, End, OnceAnswer, Reply},
    ids::UserId,
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use serde::Serialize;

use crate::{
    app::{App, AppPorts},
    bounds::MAX_IDEMPOTENCY_KEY_BYTES,
    error::{Answer, Failure},
};

const HEADER: &str = "idempotency-key";

/// The request's key, if it has one, and what else tells it from others.
#[derive(Debug, Clone)]
pub struct Once {
    key: Option<String>,
    what: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let bad = || Failure::field("Idempotency-Key", "must be one of 1 to 255 printable ASCII characters");
        let mut given = parts.headers.get_all(HEADER).iter();
        let key = given.next().map(|key| key.to_str().map(str::to_owned)).transpose().map_err(|_| bad())?;
        let fits = |key: &str| {
            (1..=MAX_IDEMPOTENCY_KEY_BYTES).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b))
        };
        if given.next().is_some() || key.as_deref().is_some_and(|key| !fits(key)) {
            return Err(bad());
        }
        Ok(Self { key, what: format!("{} {}", parts.method, parts.uri.path()) })
    }
}

/// What is made, and of what its ids are made: by chance, or by the key, so that a second try makes the same.
#[derive(Debug, Clone)]
pub struct Making {
    pub at_ms: u64,
    seed: [u8; 32],
    /// Whose, and by which key.
    of: Option<(UserId, String)>,
    /// Done before, and only told again.
    is_again: bool,
}

/// The answer to a request that made something, and its body for those who ask again; `None`: nothing is kept.
pub type Made = (Response, Option<String>);

/// Whether there is anything left to do.
#[derive(Debug)]
pub enum Begun {
    Make(Making),
    Made(Making, OnceAnswer, String),
}

impl Once {
    /// Makes it of `body` by `make`, unless it was made before: then its answer is given again.
    pub async fn make<P: AppPorts, B: Serialize + Sync, F: Future<Output = Answer<Made>>>(
        self,
        app: &App<P>,
        user: UserId,
        body: B,
        make: impl FnOnce(Making, B) -> F,
    ) -> Answer {
        match self.begin(app, user, &body).await? {
            Begun::Make(making) => {
                let made = make(making.clone(), body).await;
                making.finish(app, made).await
            }
            Begun::Made(_, answer, body) => Ok(again(&answer, body)),
        }
    }

    /// Begins the request of `user` with this body.
    pub async fn begin<P: AppPorts>(self, app: &App<P>, user: UserId, body: &(impl Serialize + Sync)) -> Answer<Begun> {
        let Some(key) = self.key else {
            let (at_ms, seed) = (app.now_ms(), app.random());
            return Ok(Begun::Make(Making { at_ms, seed, of: None, is_again: false }));
        };
        let body = serde_json::to_string(body).unwrap_or_default();
        let fingerprint = seals::digest(&format!("{}\n{body}", self.what));
        let call = Call::Begin { key: key.clone(), fingerprint };
        let making = |at_ms: u64, is_again| {
            let seed = app.config.keys.derive("once", &format!("{user} {at_ms} {key}"));
            Making { at_ms, seed, of: Some((user, key.clone())), is_again }
        };
        match app.ports.accounts().call(&AccountName::User(user), call).await? {
            Reply::Begun { at_ms } => Ok(Begun::Make(making(at_ms, false))),
            // What was too long to keep is made again: the same.
            Reply::Answered { at_ms, answer: OnceAnswer { body: None, .. } } => Ok(Begun::Make(making(at_ms, true))),
            Reply::Answered { at_ms, mut answer } => {
                let body = answer.body.take().unwrap_or_default();
                Ok(Begun::Made(making(at_ms, true), answer, body))
            }
            Reply::Running { until_ms } => {
                let wait_s = until_ms.saturating_sub(app.now_ms()).div_ceil(1_000).max(1);
                Err(Failure::Running { wait_s })
            }
            Reply::Mismatch => Err(Failure::field("Idempotency-Key", "was used for another request")),
            Reply::Full => Err(Failure::Conflict { detail: "1,000 requests with keys are unfinished.".into() }),
            _ => Err(Failure::account_failed()),
        }
    }
}

impl Making {
    /// Ten bytes of an id.
    pub fn id_bytes(&self) -> [u8; 10] {
        self.seed.first_chunk().copied().unwrap_or_default()
    }

    /// A secret that goes with it: not to be had from the id.
    pub fn secret_bytes<P: AppPorts>(&self, app: &App<P>) -> [u8; 32] {
        match &self.of {
            Some((user, key)) => app.config.keys.derive("once secret", &format!("{user} {} {key}", self.at_ms)),
            None => app.random(),
        }
    }

    /// Keeps how it ended, and hands the answer on. `kept` is the body for those who ask again.
    pub async fn finish<P: AppPorts>(self, app: &App<P>, answer: Answer<Made>) -> Answer {
        let end = match &answer {
            Ok((response, body)) => End::Answered(OnceAnswer {
                status: response.status().as_u16(),
                location: location(response),
                body: body.clone(),
            }),
            Err(failure) if failure.is_ours() => End::Unknown,
            Err(_) => End::Refused,
        };
        if let Some((user, key)) = self.of
            && !self.is_again
        {
            // When this is lost, the lease ends and whoever asks again makes the same thing.
            let _ = app.ports.accounts().call(&AccountName::User(user), Call::Finish { key, end }).await;
        }
        let (response, _) = answer?;
        Ok(if self.is_again { replayed(response) } else { response })
    }
}

fn location(response: &Response) -> Option<String> {
    response.headers().get(header::LOCATION)?.to_str().ok().map(str::to_owned)
}

/// 201 with what was made, and the same to be kept for whoever asks again.
pub fn created(location: String, made: &impl Serialize) -> Made {
    let kept = serde_json::to_string(made).ok();
    ((StatusCode::CREATED, [(header::LOCATION, location)], Json(made)).into_response(), kept)
}

/// The first answer again.
pub fn again(answer: &OnceAnswer, body: String) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(location) = answer.location.as_deref().and_then(|location| HeaderValue::from_str(location).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    replayed(response)
}

fn replayed(mut response: Response) -> Response {
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
