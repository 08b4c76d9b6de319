//! A branch of a conversation as another conversation can be made of it.

use edgewise_protocol::{
    calls::conversation::{Branch, Imported},
    details::Details,
    ids::MessageId,
    message::Role,
    timestamp::Timestamp,
};

use super::{Conversation, LogStore};
use crate::{
    access::{Grant, Read},
    chat::{
        row::{Kind, Row},
        send::{Fault, Refusal},
    },
    transfer::{MAX_MESSAGES, MAX_TEXT_BYTES},
};

impl<S: LogStore> Conversation<S> {
    /// The branch that ends with `leaf`; without one, with the newest message of the current branch that has ended.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such message, when an answer of it has not ended, or when it is too long to be copied
    /// in one call; [`StoreError`](crate::chat::send::StoreError).
    pub fn branch(&self, grant: Grant<Read>, leaf: Option<MessageId>) -> Result<Branch, Fault> {
        self.refuse_if_gone()?;
        let leaf = match leaf {
            Some(id) => {
                let seq = self.find_message(id)?;
                self.refuse_deleted(seq)?;
                seq
            }
            None => self.shown_leaf(grant)?.ok_or(Refusal::NothingToAnswer)?,
        };
        let message_id = self.message_id_of(Some(leaf))?.ok_or(Refusal::NoSuchMessage)?;
        let (mut backwards, mut bytes, mut next) = (Vec::new(), 0, Some(leaf));
        while let Some(seq) = next {
            self.refuse_open(seq)?;
            let row = self.store.get(seq)?.ok_or(Refusal::NoSuchMessage)?;
            next = if row.kind == Kind::User { row.parent } else { Some(row.answers()) };
            bytes += row.text.len();
            if backwards.len() >= MAX_MESSAGES {
                return Err(too_long(MAX_MESSAGES, "messages"));
            }
            if bytes > MAX_TEXT_BYTES {
                return Err(too_long(MAX_TEXT_BYTES, "bytes"));
            }
            backwards.push(row);
        }
        let messages = backwards.into_iter().rev().enumerate().map(|(at, row)| self.copied(at, row)).collect();
        Ok(Branch {
            title: self.head.title.clone(),
            system_prompt: self.head.system.clone(),
            model: self.head.model.clone(),
            place: self.head.place,
            // Where it is put is not how it is asked.
            details: Details {
                parameters: self.head.details.parameters,
                tools: self.head.details.tools.clone(),
                ..Details::default()
            },
            message_id,
            messages,
        })
    }

    /// Each follows the one before it.
    fn copied(&self, at: usize, row: Row) -> Imported {
        let meta = row.read_meta();
        let (role, model) = match row.kind {
            Kind::User => (Role::User, None),
            _ => (Role::Assistant, Some(meta.model.clone().unwrap_or_else(|| self.head.model.clone()))),
        };
        let ended_ms = row.at_ms.saturating_add(meta.duration_ms.unwrap_or(0));
        Imported {
            parent: at.checked_sub(1).and_then(|before| u32::try_from(before).ok()),
            role,
            model,
            at: Some(Timestamp(ended_ms)),
            status: row.status(),
            usage: meta.read_usage(),
            error: meta.error,
            thought: meta.thought,
            attachments: meta.attachments,
            text: row.text,
        }
    }
}

fn too_long(limit: usize, unit: &'static str) -> Fault {
    Refusal::TooLong { what: "The branch", limit, unit }.into()
}
