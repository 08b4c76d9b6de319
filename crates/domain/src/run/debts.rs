//! What a run owes: its lines of the ledger, the settlements of what was held, and its row in the list.

use edgewise_protocol::{
    calls::account::AccountName,
    ids::RunId,
    money::{EntryKind, LedgerEntry, Part, Settlement},
    run::RunSummary,
    timestamp::Timestamp,
};

use super::{
    journal::Journal,
    machine::{Line, Run},
};
use crate::money::paying::Payer;

/// All that is owed, up to one entry of the journal.
#[derive(Debug, Clone)]
pub struct Debts {
    pub seq: u64,
    pub payers: Vec<Payer>,
    pub settlements: Vec<Settlement>,
    pub lines: Vec<LedgerEntry>,
    pub summary: RunSummary,
}

/// Names an attempt to those who hold money and to the ledger.
pub fn attempt_key(run: RunId, step: &str, attempt: u32) -> String {
    format!("{run}/{step}/{attempt}")
}

impl<J: Journal> Run<J> {
    /// Who pays for it.
    pub fn payers(&self) -> Vec<Payer> {
        vec![(AccountName::User(self.head.user), self.head.key_id.map(Part::Key))]
    }

    /// `None`: nothing.
    pub fn debts(&self) -> Option<Debts> {
        self.owes().then(|| Debts {
            seq: self.seq,
            payers: self.payers(),
            settlements: self.owed_lines().map(|line| self.settlement(line)).collect(),
            lines: self.owed_lines().map(|line| self.line(line)).collect(),
            summary: self.summary(),
        })
    }

    fn settlement(&self, line: &Line) -> Settlement {
        Settlement {
            lease: attempt_key(self.head.id, &line.step, line.attempt),
            cost_micro_usd: line.spent.cost_micro_usd.unwrap_or(0),
        }
    }

    fn line(&self, line: &Line) -> LedgerEntry {
        let spent = &line.spent;
        LedgerEntry {
            id: attempt_key(self.head.id, &line.step, line.attempt),
            kind: EntryKind::Run,
            at: Timestamp(line.at_ms),
            user_id: self.head.user,
            key_id: self.head.key_id,
            organization_id: None,
            project_id: None,
            conversation_id: None,
            message_id: None,
            model: spent.model.clone(),
            input_tokens: spent.input_tokens,
            output_tokens: spent.output_tokens,
            cost_micro_usd: spent.cost_micro_usd.unwrap_or(0),
            priced: spent.cost_micro_usd.is_some(),
            own_key: false,
        }
    }
}
