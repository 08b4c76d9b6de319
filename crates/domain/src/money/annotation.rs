//! What titles and suggestions cost: held, settled and written like a turn, as a kind of its own.

use edgewise_protocol::{
    calls::{account::AccountName, conversation::Excerpt},
    ids::{ConversationId, MessageId},
    money::{EntryKind, LedgerEntry, Part, Settlement},
    price::Price,
    timestamp::Timestamp,
};

use super::{meter::Meter, paying::Payer};
use crate::{
    models::{Delta, Prompt, prompt_bytes},
    run::entry::Spent,
};

/// One attempt to annotate an answer. Each has a line of its own: what failed was charged as well.
#[derive(Debug)]
pub struct Bill {
    /// Names the attempt to those who hold money and to the ledger.
    pub key: String,
    meter: Meter,
}

impl Bill {
    pub fn new(conversation: ConversationId, answer: MessageId, attempt: u32) -> Self {
        Self::keyed(format!("{conversation}/{}/annotation/{attempt}", answer.seq()))
    }

    pub fn keyed(key: String) -> Self {
        Self { key, meter: Meter::default() }
    }

    /// The model is about to be asked, at `price`.
    pub fn asked(&mut self, price: Option<Price>, prompt: &Prompt) {
        self.meter.asked(price, prompt_bytes(prompt));
    }

    pub fn heard(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) | Delta::Reasoning(text) | Delta::ToolArguments { json: text, .. } => {
                self.meter.said(text.len());
            }
            Delta::ToolCall { name, .. } => self.meter.said(name.len()),
            Delta::Usage(usage) => self.meter.counted(*usage),
            _ => {}
        }
    }

    /// What is to be held before the model is asked; `None`: it costs nothing that is known.
    pub fn wanted_micro_usd(&self) -> Option<u64> {
        self.meter.costs_more().then(|| self.meter.wanted_micro_usd())
    }

    pub fn settlement(&self) -> Settlement {
        Settlement { lease: self.key.clone(), cost_micro_usd: self.meter.cost_micro_usd().unwrap_or(0) }
    }

    /// What an attempt of a run has cost; `None`: nothing was used.
    pub fn spent(&self, model: &str) -> Option<Spent> {
        let usage = self.meter.usage()?;
        Some(Spent {
            model: model.to_owned(),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cost_micro_usd: self.meter.cost_micro_usd(),
        })
    }

    /// The line of the ledger; `None`: nothing was used.
    pub fn entry(
        &self,
        conversation: ConversationId,
        answer: MessageId,
        excerpt: &Excerpt,
        model: &str,
        now_ms: u64,
    ) -> Option<LedgerEntry> {
        let usage = self.meter.usage()?;
        let cost = self.meter.cost_micro_usd();
        Some(LedgerEntry {
            id: self.key.clone(),
            kind: EntryKind::Annotation,
            at: Timestamp(now_ms),
            user_id: excerpt.user_id,
            key_id: excerpt.key_id,
            organization_id: excerpt.place.map(|place| place.organization),
            project_id: excerpt.place.map(|place| place.project),
            conversation_id: Some(conversation),
            message_id: Some(answer),
            model: model.to_owned(),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cost_micro_usd: cost.unwrap_or(0),
            priced: cost.is_some(),
            own_key: false,
        })
    }
}

/// Who pays: whoever asked, and the organization that the conversation is in.
pub fn payers(excerpt: &Excerpt) -> Vec<Payer> {
    let own = (AccountName::User(excerpt.user_id), excerpt.key_id.map(Part::Key));
    let theirs =
        excerpt.place.map(|place| (AccountName::Organization(place.organization), Some(Part::Project(place.project))));
    std::iter::once(own).chain(theirs).collect()
}

#[cfg(test)]
mod tests {
    use edgewise_protocol::message::Usage;

    use super::*;
    use crate::{
        chat::annotations::{Wants, prompt},
        models::Options,
    };

    #[test]
    fn each_attempt_is_a_line_of_its_own_kind() {
        let (id, user) = ("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c");
        let excerpt = Excerpt {
            model: "m".into(),
            untitled: true,
            newest: true,
            question: "q".into(),
            answer: "a".into(),
            user_id: user.parse().unwrap(),
            key_id: None,
            place: None,
        };
        let conversation: ConversationId = id.parse().unwrap();
        let answer = MessageId::at(conversation, 3, 1);
        let wants = Wants { title: true, suggestions: true };
        let mut bill = Bill::new(conversation, answer, 2);
        assert_eq!(bill.wanted_micro_usd(), None);
        let price = Price { input_micro_usd: 1_000_000, cached_input_micro_usd: None, output_micro_usd: 10_000_000 };
        bill.asked(Some(price), &prompt("m", &excerpt, wants, Options::default()));
        assert!(bill.wanted_micro_usd().is_some_and(|wanted| wanted > 500));
        assert_eq!(bill.entry(conversation, answer, &excerpt, "m", 9), None, "who said nothing is not paid");
        bill.heard(&Delta::Text("# Title".into()));
        bill.heard(&Delta::Usage(Usage { input_tokens: 100, output_tokens: 10, ..Usage::default() }));
        let entry = bill.entry(conversation, answer, &excerpt, "m", 9).unwrap();
        assert_eq!((entry.kind, entry.cost_micro_usd, entry.priced), (EntryKind::Annotation, 200, true));
        assert_eq!(entry.id, format!("{conversation}/3/annotation/2"));
        assert_eq!(bill.settlement(), Settlement { lease: entry.id, cost_micro_usd: 200 });
        assert_eq!(payers(&excerpt), [(AccountName::User(excerpt.user_id), None)]);
    }
}
