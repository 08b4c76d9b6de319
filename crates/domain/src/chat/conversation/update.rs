//! What people change of a conversation: its title, how its model is asked, and where it is found.

use edgewise_protocol::{api::UpdateConversation, details::Details};

use super::{Conversation, LogStore};
use crate::{
    access::{Grant, Write},
    chat::{
        row::{Change, Kind, Row},
        send::{
            Fault, MAX_FOLDER_CHARS, MAX_SYSTEM_PROMPT_BYTES, MAX_TAG_CHARS, MAX_TAGS, Refusal, StoreError,
            check_model, check_title,
        },
    },
    models::list::MAX_TOKENS,
    tools::Tool,
};

impl<S: LogStore> Conversation<S> {
    /// Changes what is named; what is as it was already is no event.
    ///
    /// # Errors
    /// [`Refusal`], or [`StoreError`](crate::chat::send::StoreError).
    pub fn update(&mut self, _grant: Grant<Write>, now_ms: u64, changes: UpdateConversation) -> Result<(), Fault> {
        self.refuse_if_gone()?;
        let UpdateConversation { title, system_prompt, model, parameters, tools, pinned, archived, tags, folder } =
            changes;
        if let Some(title) = &title {
            check_title(title)?;
        }
        if system_prompt.as_ref().is_some_and(|system| system.len() > MAX_SYSTEM_PROMPT_BYTES) {
            return Err(Refusal::TooLong { what: "systemPrompt", limit: MAX_SYSTEM_PROMPT_BYTES, unit: "bytes" }.into());
        }
        if let Some(model) = &model {
            check_model(model)?;
        }
        let before = self.head.clone();
        let known = before.details.clone();
        let details = Details {
            forked_from: known.forked_from,
            pinned: pinned.unwrap_or(known.pinned),
            archived: archived.unwrap_or(known.archived),
            tags: tags.unwrap_or(known.tags),
            folder: folder.map_or(known.folder, |folder| Some(folder).filter(|folder| !folder.is_empty())),
            parameters: parameters.unwrap_or(known.parameters),
            tools: tools.unwrap_or(known.tools),
            temporary: known.temporary,
            expires_at: None,
        };
        check_details(&details)?;
        self.head.details = details;
        if let Some(system) = system_prompt {
            self.head.system = Some(system).filter(|system| !system.is_empty());
        }
        self.head.model = model.unwrap_or(self.head.model.clone());
        self.head.title = title.or(self.head.title.take());
        if self.head == before {
            return Ok(());
        }
        if self.head.title != before.title {
            // What is only found elsewhere is as new as it was.
            self.updated_at_ms = now_ms;
        }
        let is_more =
            self.head.details != before.details || self.head.model != before.model || self.head.system != before.system;
        if is_more {
            let (model, details) = (self.head.model.clone(), Box::new(self.head.details.clone()));
            self.note_change(now_ms, &Change::Set { model, details })?;
        } else {
            self.note_title(now_ms)?;
        }
        Ok(self.store_head()?)
    }

    /// A row that says that the title is another, and its event.
    pub(super) fn note_title(&mut self, now_ms: u64) -> Result<(), StoreError> {
        let mut row = Row::new(self.last_seq + 1, Kind::Updated, now_ms);
        row.text = self.head.title.clone().unwrap_or_default();
        self.store.insert(&row)?;
        self.last_seq = row.seq;
        self.emit(&row, None);
        self.effects.project = true;
        Ok(())
    }
}

/// # Errors
/// [`Refusal`] of the first that cannot be.
pub(crate) fn check_details(details: &Details) -> Result<(), Refusal> {
    if details.tags.len() > MAX_TAGS {
        return Err(Refusal::Bad { field: "tags", why: "may be 20 at most" });
    }
    let is_tag = |tag: &String| !tag.trim().is_empty() && tag.chars().count() <= MAX_TAG_CHARS;
    if !details.tags.iter().all(is_tag) {
        return Err(Refusal::Bad { field: "tags", why: "have 1 to 50 characters each, and not only white space" });
    }
    if (1..details.tags.len()).any(|at| {
        details.tags.get(..at).is_some_and(|before| before.iter().any(|tag| details.tags.get(at) == Some(tag)))
    }) {
        return Err(Refusal::Bad { field: "tags", why: "may not be there twice" });
    }
    let is_folder = |name: &String| !name.trim().is_empty() && name.chars().count() <= MAX_FOLDER_CHARS;
    if !details.folder.as_ref().is_none_or(is_folder) {
        return Err(Refusal::Bad { field: "folder", why: "has 100 characters at most, and not only white space" });
    }
    if let Some(unknown) = details.tools.keys().find(|name| Tool::of_answers(name).is_none()) {
        return Err(Refusal::NoSuchTool(unknown.chars().take(MAX_TAG_CHARS).collect()));
    }
    if details.parameters.max_tokens.is_some_and(|tokens| !(1..=MAX_TOKENS).contains(&tokens)) {
        return Err(Refusal::Bad { field: "parameters/maxTokens", why: "must be from 1 to 100,000,000" });
    }
    Ok(())
}
