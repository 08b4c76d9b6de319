//! What the turns of a conversation cost: who pays, what is held, and what the ledger is owed.
//!
//! What a turn has cost rests in its answer's row, so that it is owed to the ledger until the ledger confirms it,
//! whatever dies in between. Up to where it has confirmed is written to row 1 now and then; after a start what came
//! since is told again, and the ledger knows each line by its key.

use edgewise_protocol::{
    calls::account::AccountName,
    ids::{KeyId, UserId},
    message::Usage,
    money::{EntryKind, Hold, LedgerEntry, Part, Settlement},
    price::Price,
    timestamp::Timestamp,
};

use super::{Conversation, LogStore, Running};
use crate::{
    chat::{
        row::{Head, Kind, Meta, Paid, Row},
        send::StoreError,
        turn::Turn,
    },
    models::{Prompt, prompt_bytes},
    money::{meter::Meter, prices::Prices},
};

/// Answers after which row 1 is written, so that no more than so many are told again after a start.
const CONFIRMED_STEP: u64 = 32;
/// Rows that are looked at together.
const PAGE: usize = 64;
/// Lines of one job: of about 400 bytes each, well under the 128 KB of a queue's message.
const MAX_ENTRIES: usize = 100;

/// Who sends a message, and what their account holds for it.
#[derive(Debug, Clone)]
pub struct Payer {
    pub user: UserId,
    pub key: Option<KeyId>,
    pub hold: Option<Hold>,
    /// They have keys of their own for providers.
    pub own_keys: bool,
}

/// What a running turn wants of those who pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Whom to ask, under which name, for which part: the user's account, then their organization's.
    pub payers: Vec<(AccountName, String, Option<Part>)>,
    pub want_micro_usd: u64,
    /// What is owed by now.
    pub committed_micro_usd: u64,
    pub chunk_micro_usd: u64,
    /// What the user's account held when it let the message in.
    pub first: Option<Hold>,
}

/// What is owed to the ledger, and to those who hold money for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owed {
    pub entries: Vec<LedgerEntry>,
    pub settlements: Vec<(AccountName, Settlement)>,
    /// The event with which the last of them ended.
    pub until: Option<u64>,
}

/// What a turn's row says of its model, its tokens and its cost. `usage` is what those who spoke have counted: where
/// nobody has, and there is no price, nothing is supposed.
pub(super) fn costs(turn: &Turn, usage: Option<Usage>, now_ms: u64) -> Meta {
    let told = usage.or_else(|| turn.meter.lost());
    let is_metered = turn.meter.is_priced() || told.is_some();
    let counted = turn.meter.usage().filter(|_| is_metered).or(told);
    let mut meta = Meta {
        model: turn.model.clone(),
        cost_micro_usd: counted.and_then(|_| turn.meter.cost_micro_usd()),
        paid: turn.paid.clone(),
        duration_ms: Some(now_ms.saturating_sub(turn.at_ms)),
        ..Meta::default()
    };
    meta.set_usage(counted);
    meta
}

/// What row 1 says is still to be told to those who hold money. Each may be told again.
pub(super) fn unsettled(head: &Head) -> Vec<(AccountName, Settlement)> {
    let read = |(name, settlement): &(String, Settlement)| Some((name.parse().ok()?, settlement.clone()));
    head.unsettled.iter().filter_map(read).collect()
}

impl<S: LogStore> Conversation<S> {
    /// Who sends what comes next.
    pub fn paid_by(&mut self, payer: Payer) {
        self.payer = Some(payer);
    }

    /// What the row of a message that is sent now says of who pays, and what is held.
    pub(super) fn take_payer(&mut self) -> (Option<Paid>, Option<Hold>) {
        let Some(Payer { user, key, hold, own_keys }) = self.payer.take() else { return (None, None) };
        let user = (user != self.head.owner).then_some(user);
        let paid = Paid { user, key, lease: hold.as_ref().map(|hold| hold.lease.clone()), own_keys };
        ((paid != Paid::default()).then_some(paid), hold)
    }

    /// What was held for a message that made no turn: nobody else will settle it.
    pub fn take_unused_hold(&mut self) -> Option<(AccountName, Settlement)> {
        let payer = self.payer.take()?;
        let lease = payer.hold?.lease;
        Some((AccountName::User(payer.user), Settlement { lease, cost_micro_usd: 0 }))
    }

    /// The message was sent before. What is held under its own lease is its turn's, and not to be given back.
    pub(super) fn keep_used_hold(&mut self, question: u64) -> Result<(), StoreError> {
        let Some(hold) = self.payer.as_ref().and_then(|payer| payer.hold.as_ref()) else { return Ok(()) };
        let paid = self.store.get(question)?.and_then(|row| row.read_meta().paid);
        if paid.and_then(|paid| paid.lease).as_ref() == Some(&hold.lease) {
            self.payer = None;
        }
        Ok(())
    }

    /// The model that serves `epoch` is about to be asked, at `price`.
    pub fn priced(&mut self, epoch: u64, price: Option<Price>, prompt: &Prompt) {
        if let Some(running) = self.running.as_mut().filter(|running| running.turn.epoch == epoch) {
            running.turn.meter.asked(price, prompt_bytes(prompt));
        }
    }

    /// What the running turn wants to hold; `None` when `epoch` does not run, or costs nothing that is known.
    pub fn wish(&self, epoch: u64) -> Option<Wish> {
        let turn = self.running.as_ref().map(|running| &running.turn).filter(|turn| turn.epoch == epoch)?;
        let meter: &Meter = &turn.meter;
        if !meter.costs_more() {
            return None;
        }
        let paid = turn.paid.clone().unwrap_or_default();
        let user = AccountName::User(paid.user.unwrap_or(self.head.owner));
        let own = paid.lease.map(|lease| (user, lease, paid.key.map(Part::Key)));
        let theirs = self.head.place.map(|place| {
            let name = AccountName::Organization(place.organization);
            (name, self.entry_id(turn.seq), Some(Part::Project(place.project)))
        });
        Some(Wish {
            payers: own.into_iter().chain(theirs).collect(),
            want_micro_usd: meter.wanted_micro_usd(),
            committed_micro_usd: meter.committed_micro_usd(),
            chunk_micro_usd: meter.chunk_micro_usd(),
            first: turn.first_hold.clone(),
        })
    }

    /// Whose own keys the turn of `epoch` is to look for.
    pub fn own_keys_of(&self, epoch: u64) -> Option<UserId> {
        let turn = self.running.as_ref().map(|running| &running.turn).filter(|turn| turn.epoch == epoch)?;
        let paid = turn.paid.as_ref().filter(|paid| paid.own_keys)?;
        Some(paid.user.unwrap_or(self.head.owner))
    }

    /// A turn's key in the ledger.
    fn entry_id(&self, turn: u64) -> String {
        format!("{}/{turn}", self.head.id)
    }

    /// What is owed since the ledger last confirmed. `prices` are for turns whose process died before it knew one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn owed(&self, prices: &Prices) -> Result<Owed, StoreError> {
        let mut rows: Vec<(u64, Row)> = Vec::new();
        let mut before = u64::MAX;
        loop {
            let page = self.store.below(Kind::Answer, before, PAGE)?;
            before = page.last().map_or(0, |row| row.seq);
            let is_last = page.len() < PAGE;
            let found = rows.len();
            rows.extend(page.into_iter().filter(|row| row.status().is_terminal()).filter_map(|row| {
                let ended = row.read_marks().last();
                (ended > self.confirmed).then_some((ended, row))
            }));
            // Turns end nearly in the order of their rows: a page with none of them is older than all.
            if is_last || rows.len() == found {
                break;
            }
        }
        rows.sort_by_key(|(ended, _)| *ended);
        let mut owed = self.parting.clone();
        for (ended, row) in rows.into_iter().take(MAX_ENTRIES) {
            self.owe(&row, prices, &mut owed);
            owed.until = Some(ended);
        }
        Ok(owed)
    }

    fn owe(&self, row: &Row, prices: &Prices, owed: &mut Owed) {
        let meta = row.read_meta();
        let usage = meta.read_usage();
        let own_key = meta.legs.iter().any(|leg| leg.own_key);
        let paid = meta.paid.unwrap_or_default();
        let user_id = paid.user.unwrap_or(self.head.owner);
        let id = self.entry_id(row.seq);
        let model = meta.model.unwrap_or_else(|| self.head.model.clone());
        let used = usage.map(|usage| {
            (usage, usage.cost_micro_usd.or_else(|| prices.of(&model).map(|price| price.cost_micro_usd(&usage))))
        });
        let cost_micro_usd = used.and_then(|(_, cost)| cost).unwrap_or(0);
        let settle = |lease: String| Settlement { lease, cost_micro_usd };
        owed.settlements.extend(paid.lease.map(|lease| (AccountName::User(user_id), settle(lease))));
        let place = self.head.place;
        // What cost nothing may be held for all the same; whoever holds nothing does nothing.
        if let Some(place) = place {
            owed.settlements.push((AccountName::Organization(place.organization), settle(id.clone())));
        }
        let Some((usage, cost)) = used else { return };
        owed.entries.push(LedgerEntry {
            id,
            kind: EntryKind::Turn,
            at: Timestamp(row.at_ms.saturating_add(meta.duration_ms.unwrap_or(0))),
            user_id,
            key_id: paid.key,
            organization_id: place.map(|place| place.organization),
            project_id: place.map(|place| place.project),
            conversation_id: Some(self.head.id),
            message_id: Some(self.view().message_id(row.seq, row.at_ms)),
            model,
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cost_micro_usd,
            priced: cost.is_some(),
            own_key,
        });
    }

    /// The ledger has every turn that ended with event `until` or before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ledgered(&mut self, until: u64) -> Result<(), StoreError> {
        if until <= self.confirmed {
            return Ok(());
        }
        self.confirmed = until;
        if self.parting.until.is_some_and(|parted| parted <= until) {
            self.parting = Owed::default();
        }
        self.unwritten += 1;
        if self.unwritten >= CONFIRMED_STEP && !self.is_gone() {
            self.head.ledgered = Some(until);
            self.store_head()?;
            self.unwritten = 0;
        }
        Ok(())
    }

    /// Rows are about to go: row 1 keeps what the ledger is owed for them.
    pub(super) fn part(&mut self, now_ms: u64) -> Result<(), StoreError> {
        // What has ended knows its cost where a price was known.
        let prices = &Prices::default();
        let mut owed = self.owed(prices)?;
        if let Some(Running { turn, .. }) = &self.running {
            let mut row = Row::new(turn.seq, Kind::Answer, turn.at_ms);
            row.meta = costs(turn, turn.counted(), now_ms).json();
            self.owe(&row, prices, &mut owed);
        }
        owed.until = Some(self.last_seq + 1);
        self.head.owed.clone_from(&owed.entries);
        let unsettled = owed.settlements.iter().map(|(name, settlement)| (name.to_string(), settlement.clone()));
        self.head.unsettled = unsettled.collect();
        self.parting = owed;
        Ok(())
    }
}
