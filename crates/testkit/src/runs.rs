//! Run objects in memory, over the real domain and the real list. No step is ever taken: nobody asks a model here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use edgewise_domain::{
    ports::{Clock, Database, ObjectError, Runs},
    run::{
        Run,
        desk::{Outcome, handle},
        records::project_statement,
    },
    webhook::records::run_statements,
};
use edgewise_protocol::{
    calls::run::{Call, Reply, Request, VERSION},
    ids::{RunId, UserId},
};

use crate::{
    journal::MemoryJournal,
    ports::{Down, FakeDatabase, Hop, Hops, TestClock},
};

#[derive(Debug, Clone)]
pub struct FakeRuns {
    pub(crate) hops: Hops,
    pub(crate) down: Arc<Mutex<Down>>,
    pub(crate) clock: TestClock,
    pub(crate) database: FakeDatabase,
    pub(crate) all: Arc<Mutex<HashMap<RunId, Option<Run<MemoryJournal>>>>>,
}

impl FakeRuns {
    /// Whether anything is left of a run.
    pub fn has(&self, id: RunId) -> bool {
        self.all.lock().unwrap().get(&id).is_some_and(Option::is_some)
    }
}

impl Runs for FakeRuns {
    async fn call(&self, id: RunId, user: Option<UserId>, mut call: Call) -> Result<Reply, ObjectError> {
        self.hops.lock().unwrap().push(Hop::Object);
        if *self.down.lock().unwrap() == Down::Objects {
            return Err(ObjectError::Failed("told to".into()));
        }
        // Nothing happens here while somebody waits.
        if let Call::Events { wait_ms, .. } = &mut call {
            *wait_ms = 0;
        }
        let (outcome, row) = {
            let mut all = self.all.lock().unwrap();
            let held = all.entry(id).or_default();
            let request = Request { v: VERSION, user, call };
            let outcome = handle(held, MemoryJournal::default, self.clock.now_ms(), request);
            let owed = held.as_ref().filter(|run| run.owes());
            let row = owed.map(|run| {
                let (user, summary) = (run.head().user, run.summary());
                [vec![project_statement(user, &summary)], run_statements(user, &summary).into()].concat()
            });
            (outcome, row)
        };
        if let Some(statements) = row {
            _ = self.database.batch(statements).await;
        }
        match outcome.map_err(|error| ObjectError::Failed(error.to_string()))? {
            Outcome::Reply(reply) => Ok(reply),
            Outcome::Step => Ok(Reply::Stepped { more: false }),
            Outcome::Wait { .. } => Err(ObjectError::Failed("nobody waits here".into())),
        }
    }
}
