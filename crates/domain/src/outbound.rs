//! The wall: every fetch of an address that a user, a page or a model supplied goes through [`fetch`], and nowhere else.
//!
//! Each hop is parsed by the runtime's own parser, judged by the [`Rules`], its name looked up, and only then visited.
//! The platform takes a [`Passed`] alone, which only this file makes.

mod addresses;
mod names;
mod resolver;
mod rules;

pub use rules::{MAX_URL_BYTES, Parts, Rules};

use crate::{
    ports::{Clock, Ports, Web, WebStandards},
    web::{Head, Verb, Visit, WebFault, WebLimits},
};
use resolver::Kind;
use rules::Verdict;

/// From the first look-up to the last byte.
pub const DEADLINE_MS: u32 = 10_000;
pub const MAX_REDIRECTS: usize = 5;

/// An address that passed the wall, in its normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed(String);

impl Passed {
    pub fn url(&self) -> &str {
        &self.0
    }
}

/// Why nothing was fetched. For the log alone: outside, all of these are one answer, or they would say what is behind
/// the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is no address")]
    Unreadable,
    #[error("its scheme is not allowed, or it is too long")]
    Scheme,
    #[error("it carries credentials")]
    Credentials,
    #[error("its port is not allowed")]
    Port,
    #[error("its address is not public")]
    Address,
    #[error("its name is not public")]
    Name,
    #[error("it is this service itself")]
    Ourselves,
    #[error("its name has an address that is not public")]
    PrivateName,
    #[error("its name has no address")]
    NoAddress,
    #[error("the resolver did not answer, or not in a way that is understood")]
    NoAnswer,
    #[error("it redirects more than {MAX_REDIRECTS} times")]
    Redirects,
    #[error("its encoding is not one that was offered")]
    Encoding,
    #[error(transparent)]
    Fault(#[from] WebFault),
}

/// What is to be fetched.
#[derive(Debug, Clone)]
pub struct Errand<'a> {
    pub url: &'a str,
    pub verb: Verb,
    pub body: Option<String>,
    /// The types that are asked for.
    pub accept: &'static str,
    /// Whether a body is wanted whose head says this.
    pub wants: fn(&Head) -> bool,
    /// Of the body, decoded. What is longer is cut.
    pub max_bytes: usize,
}

/// What is to be sent, once.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    pub url: &'a str,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What came back, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it was, after all redirects.
    pub url: String,
    pub head: Head,
    /// Empty when the errand did not want it.
    pub body: Vec<u8>,
    /// It was longer.
    pub cut: bool,
}

/// Fetches `errand` by `rules`. `own_hosts` are this service's own.
///
/// # Errors
/// [`Refusal`]: not allowed, or not reached.
pub async fn fetch<P: Ports>(
    ports: &P,
    rules: &Rules,
    own_hosts: &[&str],
    errand: Errand<'_>,
) -> Result<Fetched, Refusal> {
    let wall = Wall { ports, rules, own_hosts, ends_at_ms: ports.clock().now_ms() + u64::from(DEADLINE_MS) };
    let (mut verb, mut body) = (errand.verb, errand.body);
    let mut here = ports.standards().parse_url(errand.url, None).ok_or(Refusal::Unreadable)?;
    for _ in 0..=MAX_REDIRECTS {
        let passed = wall.pass(&here).await?;
        let headers = vec![("user-agent", rules.agent.clone()), ("accept", errand.accept.to_owned())];
        let visit = Visit { passed, verb, headers, body: body.clone(), wants: errand.wants };
        let limits = WebLimits { max_bytes: errand.max_bytes, timeout_ms: wall.left_ms()? };
        let visited = ports.web().visit(visit, limits).await?;
        let Some(location) = visited.head.redirect() else {
            if !visited.head.is_decoded() {
                return Err(Refusal::Encoding);
            }
            return Ok(Fetched { url: here.href, head: visited.head, body: visited.body, cut: visited.cut });
        };
        let next = ports.standards().parse_url(location, Some(&here.href)).ok_or(Refusal::Unreadable)?;
        if !visited.head.keeps_verb(verb) || !next.is_same_origin(&here) {
            // What was meant for one server is not for another.
            body = None;
            verb = if verb == Verb::Post { Verb::Get } else { verb };
        }
        here = next;
    }
    Err(Refusal::Redirects)
}

/// Whether the rules allow an address, before anybody looks up its name.
///
/// # Errors
/// [`Refusal`]: not allowed.
pub fn check(standards: &impl WebStandards, rules: &Rules, own_hosts: &[&str], url: &str) -> Result<(), Refusal> {
    let parts = standards.parse_url(url, None).ok_or(Refusal::Unreadable)?;
    rules.judge(&parts, own_hosts).map(|_| ())
}

/// Sends `letter` by `rules`, and gives the answer's head alone. A redirect is an answer like any other: nobody follows it.
///
/// # Errors
/// [`Refusal`]: not allowed, or not reached.
pub async fn send<P: Ports>(ports: &P, rules: &Rules, own_hosts: &[&str], letter: Letter<'_>) -> Result<Head, Refusal> {
    let wall = Wall { ports, rules, own_hosts, ends_at_ms: ports.clock().now_ms() + u64::from(DEADLINE_MS) };
    let there = ports.standards().parse_url(letter.url, None).ok_or(Refusal::Unreadable)?;
    let passed = wall.pass(&there).await?;
    let mut headers = vec![("user-agent", rules.agent.clone())];
    headers.extend(letter.headers);
    let visit = Visit { passed, verb: Verb::Post, headers, body: Some(letter.body), wants: |_| false };
    let limits = WebLimits { max_bytes: 0, timeout_ms: wall.left_ms()? };
    Ok(ports.web().visit(visit, limits).await?.head)
}

struct Wall<'a, P> {
    ports: &'a P,
    rules: &'a Rules,
    own_hosts: &'a [&'a str],
    ends_at_ms: u64,
}

impl<P: Ports> Wall<'_, P> {
    async fn pass(&self, parts: &Parts) -> Result<Passed, Refusal> {
        if self.rules.judge(parts, self.own_hosts)? == Verdict::IfNamePublic {
            let (v4, v6) = futures::join!(self.look_up(&parts.host, Kind::A), self.look_up(&parts.host, Kind::Aaaa));
            if v4? + v6? == 0 {
                return Err(Refusal::NoAddress);
            }
        }
        Ok(Passed(parts.href.clone()))
    }

    /// How many addresses of one kind the name has; all are public.
    async fn look_up(&self, name: &str, kind: Kind) -> Result<usize, Refusal> {
        let request = resolver::question(&self.rules.resolver_url, name, kind);
        let limits = resolver::limits(self.left_ms()?);
        match self.ports.web().fetch(request, limits).await {
            Ok(reply) if reply.status == 200 => resolver::read(&reply.body, name, kind),
            _ => Err(Refusal::NoAnswer),
        }
    }

    /// Milliseconds until the deadline.
    fn left_ms(&self) -> Result<u32, Refusal> {
        let left_ms = self.ends_at_ms.saturating_sub(self.ports.clock().now_ms());
        u32::try_from(left_ms).ok().filter(|left_ms| *left_ms > 0).ok_or(Refusal::Fault(WebFault::Timeout))
    }
}
