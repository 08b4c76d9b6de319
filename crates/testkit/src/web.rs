//! The web, scripted: each address says what the test told it to say, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use edgewise_domain::{
    ports::Web,
    web::{Head, Visit, Visited, WebFault, WebLimits, WebReply, WebRequest},
};

use crate::ports::{Hop, Hops, TestClock};

type Answer = Result<WebReply, WebFault>;
type Page = (Head, Vec<u8>);

#[derive(Debug, Clone)]
pub struct FakeWeb {
    pub(crate) hops: Hops,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<WebRequest>>>,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    visits: Arc<Mutex<Vec<Visit>>>,
    limits: Arc<Mutex<Vec<WebLimits>>>,
    delay: Arc<Mutex<Option<(u64, TestClock)>>>,
}

impl FakeWeb {
    pub(crate) fn new(hops: Hops) -> Self {
        Self {
            hops,
            answers: Arc::default(),
            asked: Arc::default(),
            pages: Arc::default(),
            visits: Arc::default(),
            limits: Arc::default(),
            delay: Arc::default(),
        }
    }

    /// From now on the address answers so.
    pub fn answer(&self, url: &str, status: u16, body: impl ToString) {
        let reply = WebReply { status, body: body.to_string().into_bytes() };
        self.answers.lock().unwrap().insert(url.into(), Ok(reply));
    }

    /// From now on the address fails so.
    pub fn fail(&self, url: &str, fault: WebFault) {
        self.answers.lock().unwrap().insert(url.into(), Err(fault));
    }

    /// From now on a visitor finds this there.
    pub fn page(&self, url: &str, head: Head, body: impl Into<Vec<u8>>) {
        self.pages.lock().unwrap().insert(url.into(), (head, body.into()));
    }

    /// From now on a visit takes so long.
    pub fn takes(&self, ms: u64, clock: &TestClock) {
        *self.delay.lock().unwrap() = Some((ms, clock.clone()));
    }

    /// How long visits were allowed to take since the last call.
    pub fn take_limits(&self) -> Vec<WebLimits> {
        std::mem::take(&mut self.limits.lock().unwrap())
    }

    /// Where visitors came since the last call.
    pub fn take_visits(&self) -> Vec<Visit> {
        std::mem::take(&mut self.visits.lock().unwrap())
    }

    /// What was asked since the last call.
    pub fn take_requests(&self) -> Vec<WebRequest> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Web for FakeWeb {
    async fn fetch(&self, request: WebRequest, limits: WebLimits) -> Answer {
        self.hops.lock().unwrap().push(Hop::Web);
        let answer = self.answers.lock().unwrap().get(&request.url).cloned();
        self.asked.lock().unwrap().push(request);
        let reply = answer.unwrap_or(Err(WebFault::Unreachable))?;
        if reply.body.len() > limits.max_bytes { Err(WebFault::TooLarge) } else { Ok(reply) }
    }

    async fn visit(&self, visit: Visit, limits: WebLimits) -> Result<Visited, WebFault> {
        self.hops.lock().unwrap().push(Hop::Web);
        let found = self.pages.lock().unwrap().get(visit.passed.url()).cloned();
        let wants = visit.wants;
        self.visits.lock().unwrap().push(visit);
        self.limits.lock().unwrap().push(limits);
        if let Some((ms, clock)) = &*self.delay.lock().unwrap() {
            clock.advance(*ms);
        }
        let (head, mut body) = found.ok_or(WebFault::Unreachable)?;
        if !wants(&head) {
            body.clear();
        }
        let cut = body.len() > limits.max_bytes;
        body.truncate(limits.max_bytes);
        Ok(Visited { head, body, cut })
    }
}
