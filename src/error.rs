//! What can go wrong at a door, in the caller's words. The only place that picks a status code.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    access::Denied,
    chat::send::StoreError,
    config::Environment,
    files::{intake::IntakeFault, kind::Mismatch},
    organizations::OrganizationFault,
    ports::ObjectError,
    redaction::redact,
    users::TellError,
};
use edgewise_protocol::{
    calls::conversation::{Reason, Reply},
    limit::Standing,
    problem::{FieldError, Problem},
    timestamp::Timestamp,
};
use http::{HeaderValue, StatusCode, header};

use crate::middleware::security_headers;

/// One sentence for both, or it would say what stands behind the wall.
const OUT_OF_REACH: &str = "This address cannot be fetched: it is not allowed, or nothing answers there.";

/// A request that failed.
#[derive(Debug, Clone)]
pub enum Failure {
    /// No credential, or a bad one.
    Unauthorized,
    Forbidden,
    /// Missing or not theirs: the two answer alike.
    NotFound {
        what: &'static str,
    },
    MethodNotAllowed,
    /// The body is not what its type says.
    Malformed {
        detail: String,
    },
    /// A field is bad.
    Invalid {
        detail: String,
        errors: Vec<FieldError>,
    },
    TooLarge {
        detail: String,
    },
    UnsupportedMediaType,
    /// What an address leads to is of a type that we do not read.
    Unreadable {
        detail: String,
    },
    /// There are no such bytes in a file of this size.
    NoSuchRange {
        size: u64,
    },
    /// An address that somebody supplied is not allowed or does not answer: the two answer alike.
    OutOfReach {
        pointer: &'static str,
        log: String,
    },
    Conflict {
        detail: String,
    },
    /// The same request is under way.
    Running {
        wait_s: u64,
    },
    /// The name or the password is wrong: it is not said which.
    WrongPassword,
    /// The password is right; `challenge` goes with the code.
    SecondNeeded {
        challenge: String,
    },
    /// As many requests as a window may hold.
    Limited {
        standing: Standing,
    },
    /// There is no money left for it.
    OverBudget,
    /// An API key or a token of another issuer that may not do this.
    MissingScope,
    /// They know of it, and their role does not allow this.
    Role {
        detail: String,
    },
    /// As much is waiting or under way as may be: try again.
    Busy {
        detail: String,
    },
    /// Something behind us is overloaded or down: try again.
    Unavailable {
        log: String,
    },
    /// A setting is bad.
    Misconfigured,
    Internal {
        log: String,
    },
}

/// Why a request failed, on its way to the log. Not for the caller.
#[derive(Debug, Clone)]
pub struct Cause(pub String);

pub type Answer<T = Response> = Result<T, Failure>;

impl Failure {
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let errors = vec![FieldError { pointer: pointer.to_owned(), detail: detail.clone() }];
        Self::Invalid { detail, errors }
    }

    /// An account's object could not do what it was asked.
    pub fn account_failed() -> Self {
        Self::Unavailable { log: "the account's store failed".into() }
    }

    pub const fn no_conversation() -> Self {
        Self::NotFound { what: "Conversation" }
    }

    /// Whoever may not even know is told what they would be told if it were not there.
    pub fn denied(denied: Denied, what: &'static str) -> Self {
        match denied {
            Denied::Hidden => Self::NotFound { what },
            Denied::Role => Self::role(),
        }
    }

    fn role() -> Self {
        Self::Role { detail: "Your role in this organization does not allow that.".into() }
    }

    /// A change of `what` that the database did not make.
    pub fn organization(fault: OrganizationFault, what: &'static str) -> Self {
        match fault {
            OrganizationFault::Store(error) => error.into(),
            OrganizationFault::Missing => Self::NotFound { what },
            OrganizationFault::Role => Self::role(),
            OrganizationFault::LastOwner => Self::Conflict {
                detail: "An organization needs an owner. Make somebody else one first, or delete it.".into(),
            },
            OrganizationFault::Full(detail) => Self::Conflict { detail: detail.into() },
            OrganizationFault::IsMember => {
                Self::Conflict { detail: "Whoever has this e-mail address is a member already.".into() }
            }
            OrganizationFault::Worthless => Self::field(
                "/code",
                "This invitation was used or withdrawn, is too old, or was sent to another e-mail address.",
            ),
            OrganizationFault::NotEmpty => {
                Self::Conflict { detail: "There are conversations in this project. Delete them first.".into() }
            }
        }
    }

    /// Status, the founding documents' `error`, and the sentence for people.
    fn words(&self) -> (StatusCode, String, String) {
        let same = |status, error: &str| (status, error.to_owned(), error.to_owned());
        match self {
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "Unauthorized".into(), "Sign in, or send a valid token.".into())
            }
            Self::WrongPassword => {
                (StatusCode::UNAUTHORIZED, "Unauthorized".into(), "The e-mail address or the password is wrong.".into())
            }
            Self::SecondNeeded { .. } => (
                StatusCode::UNAUTHORIZED,
                "Second factor needed".into(),
                "Send the challenge with a code of your authenticator app, or with a recovery code.".into(),
            ),
            Self::Forbidden => {
                (StatusCode::FORBIDDEN, "Forbidden".into(), "This request may not come from another site.".into())
            }
            Self::NotFound { what } => same(StatusCode::NOT_FOUND, &format!("{what} not found")),
            Self::MethodNotAllowed => same(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::Malformed { detail } => (StatusCode::BAD_REQUEST, "Bad request".into(), detail.clone()),
            Self::Invalid { detail, .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Invalid request".into(), detail.clone())
            }
            Self::TooLarge { detail } => (StatusCode::PAYLOAD_TOO_LARGE, "Too large".into(), detail.clone()),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type".into(),
                "Send JSON with content-type: application/json.".into(),
            ),
            Self::Unreadable { detail } => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type".into(), detail.clone())
            }
            Self::NoSuchRange { size } => (
                StatusCode::RANGE_NOT_SATISFIABLE,
                "Range not satisfiable".into(),
                format!("The file has {size} bytes."),
            ),
            Self::OutOfReach { .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Invalid request".into(), OUT_OF_REACH.into())
            }
            Self::Running { .. } => (
                StatusCode::CONFLICT,
                "Conflict".into(),
                "A request with this Idempotency-Key is under way. Ask again soon.".into(),
            ),
            Self::Conflict { detail } => (StatusCode::CONFLICT, "Conflict".into(), detail.clone()),
            Self::Limited { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "Too many requests".into(), "Rate limit exceeded".into())
            }
            Self::OverBudget => {
                (StatusCode::PAYMENT_REQUIRED, "Payment required".into(), "The spending limit was reached.".into())
            }
            Self::MissingScope => (
                StatusCode::FORBIDDEN,
                "Forbidden".into(),
                "This key or token may not do that: it lacks the scope, or only a signed-in person may.".into(),
            ),
            Self::Role { detail } => (StatusCode::FORBIDDEN, "Forbidden".into(), detail.clone()),
            Self::Busy { detail } => (StatusCode::TOO_MANY_REQUESTS, "Too many requests".into(), detail.clone()),
            Self::Unavailable { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Service unavailable".into(),
                "Something behind this service does not answer. Try again.".into(),
            ),
            Self::Misconfigured => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Service unavailable".into(),
                "A setting of this server is missing or bad; its log says which.".into(),
            ),
            Self::Internal { .. } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "An unexpected error occurred".into(),
                "Please try again later.".into(),
            ),
        }
    }

    /// Whether it is our fault, so that nobody knows what was done.
    pub fn is_ours(&self) -> bool {
        self.words().0.is_server_error()
    }

    const fn log(&self) -> Option<&String> {
        match self {
            Self::Unavailable { log } | Self::Internal { log } | Self::OutOfReach { log, .. } => Some(log),
            _ => None,
        }
    }
}

impl IntoResponse for Failure {
    /// Carried outwards to the layer that knows the request's id.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.words().0;
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem as programs read it.
pub fn as_document(problem: &Problem) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_string(problem).unwrap_or_default()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// The answer of a failure, with its problem as `show` has it. On a developer's own machine it says what broke.
pub fn problem_response(
    failure: &Failure,
    request_id: &str,
    environment: Environment,
    show: impl FnOnce(&Problem) -> Response,
) -> Response {
    let (status, error, mut message) = failure.words();
    if let Failure::Internal { log } = failure
        && !environment.is_deployed()
    {
        message = redact(log);
    }
    let errors = match failure {
        Failure::Invalid { errors, .. } => errors.clone(),
        Failure::OutOfReach { pointer, .. } => {
            vec![FieldError { pointer: (*pointer).to_owned(), detail: message.clone() }]
        }
        _ => Vec::new(),
    };
    let reset = match failure {
        Failure::Limited { standing } => Some(Timestamp(standing.reset_at_ms)),
        _ => None,
    };
    let challenge = match failure {
        Failure::SecondNeeded { challenge } => Some(challenge.clone()),
        _ => None,
    };
    let problem = Problem {
        kind: "about:blank".into(),
        title: error.clone(),
        status: status.as_u16(),
        detail: message.clone(),
        request_id: request_id.to_owned(),
        errors,
        reset,
        error_id: status.is_server_error().then(|| request_id.to_owned()),
        challenge,
        error,
        message,
    };
    let mut response = show(&problem);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
    if let Failure::Running { wait_s } = failure {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(*wait_s));
    }
    if let Failure::NoSuchRange { size } = failure
        && let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}"))
    {
        headers.insert(header::CONTENT_RANGE, range);
    }
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        _ => {}
    }
    if let Some(log) = failure.log() {
        response.extensions_mut().insert(Cause(redact(log)));
    }
    response
}

/// A failure outside the router, where no request has an id yet.
pub fn answer_alone(failure: Failure) -> Response {
    security_headers::protected(problem_response(&failure, "none", Environment::Production, as_document))
}

pub async fn no_such_route() -> Failure {
    Failure::NotFound { what: "Route" }
}

impl From<ObjectError> for Failure {
    fn from(error: ObjectError) -> Self {
        Self::Unavailable { log: error.to_string() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Unavailable { log: error.to_string() }
    }
}

impl From<TellError> for Failure {
    fn from(error: TellError) -> Self {
        Self::Unavailable { log: error.to_string() }
    }
}

impl From<IntakeFault> for Failure {
    fn from(fault: IntakeFault) -> Self {
        let detail = fault.to_string();
        match fault {
            IntakeFault::Store(error) => error.into(),
            IntakeFault::Mismatch(Mismatch::Empty) => Self::field("", detail),
            IntakeFault::Mismatch(_) => Self::Unreadable { detail },
            IntakeFault::TooLarge => Self::TooLarge { detail },
            IntakeFault::Cut | IntakeFault::Unread(_) => Self::Malformed { detail },
            IntakeFault::Missing => Self::Conflict { detail },
        }
    }
}

/// A reply of an object that is no success, or not the expected one.
pub fn refused(reply: Reply) -> Failure {
    match reply {
        Reply::NotFound => Failure::no_conversation(),
        Reply::Refused { reason: Reason::Invalid, detail, field } => {
            Failure::field(&field.map(|field| format!("/{field}")).unwrap_or_default(), detail)
        }
        Reply::Refused { reason: Reason::TooLarge, detail, .. } => Failure::TooLarge { detail },
        Reply::Refused { reason: Reason::Busy, detail, .. } => Failure::Busy { detail },
        Reply::Refused { reason: Reason::Conflict, detail, .. } => Failure::Conflict { detail },
        Reply::Refused { reason: Reason::Role, detail, .. } => Failure::Role { detail },
        Reply::Failed => Failure::Unavailable { log: "the conversation's store failed".into() },
        // Not the reply itself: it may hold what somebody wrote.
        _ => Failure::Internal { log: "an object's reply does not fit the call".into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(environment: Environment) -> (Response, String) {
        let failure = Failure::Internal { log: "no column password=hunter2".into() };
        let response = problem_response(&failure, "id", environment, as_document);
        let body = futures::executor::block_on(axum::body::to_bytes(response.into_body(), 10_000)).unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        (problem_response(&failure, "id", environment, as_document), text)
    }

    #[test]
    fn what_broke_is_told_to_developers_alone() {
        let (response, text) = told(Environment::Production);
        assert!(!text.contains("column"), "{text}");
        assert!(
            text.contains(r#""errorId":"id""#) && text.contains(r#""error":"An unexpected error occurred""#),
            "{text}"
        );
        assert!(text.contains(r#""message":"Please try again later.""#), "{text}");
        assert_eq!(response.extensions().get::<Cause>().unwrap().0, "no column password=[redacted]");
        let (_, text) = told(Environment::Development);
        assert!(text.contains("no column password=[redacted]"), "{text}");
    }
}
