//! One endpoint: events in one order, one cursor, and what is to happen next. Every change is stored before it counts.

use edgewise_protocol::{
    api::{ChangeWebhook, WebhookAttempt, WebhookAttempts, WebhookEndpoint, WebhookEvents},
    calls::webhook::{NewEndpoint, NewEvent},
    timestamp::Timestamp,
    webhook::{EventKind, StopReason},
};
use serde::{Deserialize, Serialize};

use super::{
    KEEP_MS, MAX_BYTES, MAX_EVENTS, MAX_FAILING_MS, OVERLAP_MS,
    ladder::{MAX_WAIT_MS, wait_ms},
    store::Store,
};
use crate::{
    access::{Grant, Own, Read, Write},
    chat::send::StoreError,
    ports::Sql,
};

/// Of one round of forgetting: what is left goes with the next.
const MAX_FORGOTTEN: usize = 200;
const GONE: u16 = 410;

/// What rests beside the events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    endpoint: NewEndpoint,
    /// The secret before, sealed, and until when it signs too.
    #[serde(default)]
    old: Option<(String, u64)>,
    #[serde(default)]
    stopped: Option<(StopReason, u64)>,
    /// The number of the last event that was delivered or given up.
    #[serde(default)]
    cursor: u64,
    #[serde(default)]
    last: u64,
    #[serde(default)]
    kept: u64,
    #[serde(default)]
    bytes: u64,
    #[serde(default)]
    dropped: u64,
    /// Of the event after the cursor.
    #[serde(default)]
    attempt: u32,
    #[serde(default)]
    again_at_ms: u64,
    #[serde(default)]
    failing_since_ms: Option<u64>,
    /// Grows when somebody changes what is to be sent: what an older try says moves nothing.
    #[serde(default)]
    epoch: u64,
    /// Tries so far, of all events.
    #[serde(default)]
    attempts: u64,
}

/// What is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub seq: u64,
    pub attempt: u32,
    epoch: u64,
    /// The event's `webhook-id`.
    pub id: String,
    pub body: String,
    pub url: String,
    /// The secrets that sign, sealed.
    pub sealed: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Send(Box<Due>),
    /// Not before then.
    Later(u64),
    Nothing,
}

/// What came of a try.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Came {
    pub status: Option<u16>,
    /// Where there was no answer.
    pub error: Option<String>,
    /// As long as the receiver asks us to wait.
    pub retry_after_ms: u64,
    pub began_ms: u64,
}

#[derive(Debug, Clone)]
pub struct Endpoint<Q> {
    store: Store<Q>,
    head: Head,
}

impl<Q: Sql> Endpoint<Q> {
    /// A new one. Whoever was made already stays as it is.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn begin(store: Store<Q>, endpoint: NewEndpoint) -> Result<Self, StoreError> {
        store.begin()?;
        let head = Head {
            endpoint,
            old: None,
            stopped: None,
            cursor: 0,
            last: 0,
            kept: 0,
            bytes: 0,
            dropped: 0,
            attempt: 0,
            again_at_ms: 0,
            failing_since_ms: None,
            epoch: 0,
            attempts: 0,
        };
        store.set_head(&head)?;
        Ok(Self { store, head })
    }

    /// `None`: there is none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(store: Store<Q>) -> Result<Option<Self>, StoreError> {
        Ok(store.head()?.map(|head| Self { store, head }))
    }

    pub const fn owner(&self) -> Own {
        Own(self.head.endpoint.user)
    }

    pub const fn id(&self) -> edgewise_protocol::ids::WebhookId {
        self.head.endpoint.id
    }

    fn write(&mut self, change: impl FnOnce(&mut Head)) -> Result<(), StoreError> {
        let mut head = self.head.clone();
        change(&mut head);
        self.store.set_head(&head)?;
        self.head = head;
        Ok(())
    }

    /// Takes events in, behind what waits.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn append(&mut self, now_ms: u64, events: Vec<NewEvent>) -> Result<(), StoreError> {
        for mut event in events {
            let hears = &self.head.endpoint.events;
            let is_wanted = hears.is_empty() || hears.contains(&event.kind) || event.kind == EventKind::Test;
            if !is_wanted || self.store.seq_of(&event.id)?.is_some() {
                continue;
            }
            if let Some(whole) = event.whole.take().filter(|_| self.head.endpoint.include_content) {
                event.body = whole;
            }
            let (seq, size) = (self.head.last + 1, event.body.len() as u64);
            self.store.add(seq, now_ms, event)?;
            self.write(|head| {
                head.last = seq;
                head.kept += 1;
                head.bytes = head.bytes.saturating_add(size);
            })?;
        }
        self.forget_old(now_ms)
    }

    /// Forgets the oldest events beyond what is kept. One that still waited is counted.
    fn forget_old(&mut self, now_ms: u64) -> Result<(), StoreError> {
        for _ in 0..MAX_FORGOTTEN {
            let Some((seq, at_ms, size)) = self.store.oldest()? else { break };
            let is_old = at_ms.saturating_add(KEEP_MS) < now_ms;
            if !is_old && self.head.kept <= MAX_EVENTS && self.head.bytes <= MAX_BYTES {
                break;
            }
            self.store.forget(seq)?;
            self.write(|head| {
                head.kept = head.kept.saturating_sub(1);
                head.bytes = head.bytes.saturating_sub(size);
                if seq > head.cursor {
                    (head.dropped, head.cursor, head.attempt, head.again_at_ms) = (head.dropped + 1, seq, 0, 0);
                }
            })?;
        }
        Ok(())
    }

    /// Claims the next try. It counts from here on, whatever becomes of the process: should nobody ever say what came of
    /// it, the event is tried again in its time.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn claim(&mut self, now_ms: u64) -> Result<Next, StoreError> {
        if self.head.stopped.is_some() {
            return Ok(Next::Nothing);
        }
        let Some(event) = self.store.next(self.head.cursor)? else { return Ok(Next::Nothing) };
        if now_ms < self.head.again_at_ms {
            return Ok(Next::Later(self.head.again_at_ms));
        }
        let Some(wait_ms) = wait_ms(self.head.attempt + 1).or_else(|| wait_ms(self.head.attempt)) else {
            // The last try was claimed by a process that died.
            self.give_up(event.seq)?;
            return self.claim(now_ms);
        };
        self.write(|head| (head.attempt, head.again_at_ms) = (head.attempt + 1, now_ms.saturating_add(wait_ms)))?;
        let old = self.head.old.iter().filter(|(_, until_ms)| now_ms < *until_ms).map(|(sealed, _)| sealed.clone());
        Ok(Next::Send(Box::new(Due {
            seq: event.seq,
            attempt: self.head.attempt,
            epoch: self.head.epoch,
            id: event.id,
            body: event.body,
            url: self.head.endpoint.url.clone(),
            sealed: [self.head.endpoint.sealed.clone()].into_iter().chain(old).collect(),
        })))
    }

    /// Notes what came of a try. Of one that nobody waits for any more nothing follows.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn record(&mut self, now_ms: u64, due: &Due, came: Came) -> Result<(), StoreError> {
        let is_delivered = came.status.is_some_and(|status| (200..300).contains(&status));
        let number = self.head.attempts + 1;
        let refused = came.status.filter(|_| !is_delivered).map(|status| format!("The receiver answered {status}."));
        self.store.add_attempt(WebhookAttempt {
            number,
            seq: due.seq,
            at: Timestamp(came.began_ms),
            duration_ms: now_ms.saturating_sub(came.began_ms),
            status: came.status,
            error: came.error.or(refused),
        })?;
        self.write(|head| head.attempts = number)?;
        if due.epoch != self.head.epoch || due.attempt != self.head.attempt || due.seq <= self.head.cursor {
            return Ok(());
        }
        if is_delivered {
            return self.write(|head| {
                (head.cursor, head.attempt, head.again_at_ms, head.failing_since_ms) = (due.seq, 0, 0, None);
            });
        }
        let since_ms = self.head.failing_since_ms.unwrap_or(came.began_ms);
        self.write(|head| head.failing_since_ms = Some(since_ms))?;
        if came.status == Some(GONE) {
            return self.stop(now_ms, StopReason::Gone);
        }
        if now_ms.saturating_sub(since_ms) >= MAX_FAILING_MS {
            return self.stop(now_ms, StopReason::Failing);
        }
        match wait_ms(due.attempt) {
            None => self.give_up(due.seq),
            Some(wait_ms) => {
                let wait_ms = wait_ms.max(came.retry_after_ms.min(MAX_WAIT_MS));
                self.write(|head| head.again_at_ms = now_ms.saturating_add(wait_ms))
            }
        }
    }

    fn give_up(&mut self, seq: u64) -> Result<(), StoreError> {
        self.store.give_up(seq)?;
        self.write(|head| (head.cursor, head.attempt, head.again_at_ms) = (seq, 0, 0))
    }

    fn stop(&mut self, now_ms: u64, reason: StopReason) -> Result<(), StoreError> {
        self.write(|head| {
            (head.stopped, head.attempt, head.again_at_ms) = (Some((reason, now_ms)), 0, 0);
        })
    }

    /// # Errors
    /// [`StoreError`]
    pub fn change(&mut self, _grant: Grant<Write, Own>, now_ms: u64, change: ChangeWebhook) -> Result<(), StoreError> {
        let ChangeWebhook { url, description, events, include_content, enabled } = change;
        let moved = url.is_some();
        self.write(|head| {
            let known = &mut head.endpoint;
            known.url = url.unwrap_or_else(|| known.url.clone());
            known.description = description.unwrap_or_else(|| known.description.clone());
            known.events = events.unwrap_or_else(|| known.events.clone());
            known.include_content = include_content.unwrap_or(known.include_content);
            match enabled {
                Some(true) => head.stopped = None,
                Some(false) => head.stopped = head.stopped.or(Some((StopReason::ByUser, now_ms))),
                None => {}
            }
            if moved || enabled.is_some() {
                anew(head);
            }
        })
    }

    /// # Errors
    /// [`StoreError`]
    pub fn rotate(&mut self, _grant: Grant<Write, Own>, now_ms: u64, sealed: String) -> Result<(), StoreError> {
        self.write(|head| {
            let before = std::mem::replace(&mut head.endpoint.sealed, sealed);
            head.old = Some((before, now_ms.saturating_add(OVERLAP_MS)));
        })
    }

    /// Goes on after the event `seq`, with all that is kept: what was given up is tried again too.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn replay_after(&mut self, _grant: Grant<Write, Own>, seq: u64) -> Result<(), StoreError> {
        self.store.revive(seq)?;
        self.write(|head| {
            head.cursor = seq.min(head.last);
            anew(head);
        })
    }

    /// As [`Self::replay_after`], from an event on. `false`: it is not kept.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn replay_from(&mut self, grant: Grant<Write, Own>, event_id: &str) -> Result<bool, StoreError> {
        let Some(seq) = self.store.seq_of(event_id)? else { return Ok(false) };
        self.replay_after(grant, seq.saturating_sub(1))?;
        Ok(true)
    }

    /// When its object is to look again; `None`: there is nothing to send.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn look_again_at_ms(&self, now_ms: u64) -> Result<Option<u64>, StoreError> {
        let is_idle = self.head.stopped.is_some() || self.store.next(self.head.cursor)?.is_none();
        Ok((!is_idle).then(|| self.head.again_at_ms.max(now_ms)))
    }

    /// # Errors
    /// [`StoreError`]
    pub fn events(
        &self,
        _grant: Grant<Read, Own>,
        after: u64,
        limit: u32,
        dead: bool,
    ) -> Result<WebhookEvents, StoreError> {
        Ok(WebhookEvents { events: self.store.events(self.head.cursor, after, limit, dead)? })
    }

    /// # Errors
    /// [`StoreError`]
    pub fn attempts(&self, _grant: Grant<Read, Own>, before: u64, limit: u32) -> Result<WebhookAttempts, StoreError> {
        Ok(WebhookAttempts { attempts: self.store.attempts(before, limit)? })
    }

    pub fn view(&self, _grant: Grant<Read, Own>, now_ms: u64) -> WebhookEndpoint {
        let Head { endpoint, stopped, .. } = &self.head;
        let old = self.head.old.as_ref().filter(|(_, until_ms)| now_ms < *until_ms);
        WebhookEndpoint {
            id: endpoint.id,
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            events: endpoint.events.clone(),
            include_content: endpoint.include_content,
            enabled: stopped.is_none(),
            stopped: stopped.map(|(reason, _)| reason),
            stopped_at: stopped.map(|(_, at_ms)| Timestamp(at_ms)),
            cursor: self.head.cursor,
            last_seq: self.head.last,
            attempts: self.head.attempt,
            next_attempt_at: (self.head.again_at_ms > 0).then_some(Timestamp(self.head.again_at_ms)),
            failing_since: self.head.failing_since_ms.map(Timestamp),
            dropped: self.head.dropped,
            old_secret_until: old.map(|(_, until_ms)| Timestamp(*until_ms)),
            created_at: endpoint.created_at,
        }
    }

    /// Nothing of it is left.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn erase(self) -> Result<(), StoreError> {
        self.store.clear()
    }
}

/// What was tried before counts no more.
fn anew(head: &mut Head) {
    (head.epoch, head.attempt, head.again_at_ms, head.failing_since_ms) = (head.epoch + 1, 0, 0, None);
}
