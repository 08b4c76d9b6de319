//! The web, scripted: each address says what the test told it to say, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use edgewise_domain::{
    ports::Web,
    web::{WebFault, WebLimits, WebReply, WebRequest},
};

use crate::ports::{Hop, Hops};

type Answer = Result<WebReply, WebFault>;

#[derive(Debug, Clone)]
pub struct FakeWeb {
    pub(crate) hops: Hops,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<WebRequest>>>,
}

impl FakeWeb {
    pub(crate) fn new(hops: Hops) -> Self {
        Self { hops, answers: Arc::default(), asked: Arc::default() }
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
}
