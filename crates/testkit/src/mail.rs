//! A carrier of letters that fails on demand, and takes each letter once.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use edgewise_domain::{
    mail::{Letter, MailFault},
    ports::Mail,
};
use edgewise_protocol::ids::LetterId;

use crate::memory::Break;

#[derive(Debug, Default)]
struct Post {
    delivered: BTreeMap<LetterId, Letter>,
    attempts: Vec<LetterId>,
    plan: VecDeque<Option<Break>>,
    down: bool,
}

/// Clones share the post.
#[derive(Debug, Clone, Default)]
pub struct FakeMail(Arc<Mutex<Post>>);

impl FakeMail {
    /// How the next attempts end, in turn; those after them go well.
    pub fn plan(&self, plan: impl IntoIterator<Item = Option<Break>>) {
        self.0.lock().unwrap().plan.extend(plan);
    }

    /// Until told otherwise nothing is taken.
    pub fn set_down(&self, down: bool) {
        self.0.lock().unwrap().down = down;
    }

    /// What arrived, by id.
    pub fn delivered(&self) -> Vec<Letter> {
        self.0.lock().unwrap().delivered.values().cloned().collect()
    }

    /// The attempts since the last call.
    pub fn take_attempts(&self) -> Vec<LetterId> {
        std::mem::take(&mut self.0.lock().unwrap().attempts)
    }
}

impl Mail for FakeMail {
    async fn send(&self, letter: &Letter) -> Result<(), MailFault> {
        let mut post = self.0.lock().unwrap();
        post.attempts.push(letter.id);
        let fails = post.plan.pop_front().flatten();
        if post.down || fails == Some(Break::Before) {
            return Err(MailFault::Status(500));
        }
        // The same id again is the same letter.
        post.delivered.entry(letter.id).or_insert_with(|| letter.clone());
        if fails == Some(Break::After) { Err(MailFault::Unreachable) } else { Ok(()) }
    }
}
