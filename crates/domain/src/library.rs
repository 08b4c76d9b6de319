//! What a user keeps to use again, in D1: presets of conversations and prompts. Both are a name and a content.

use edgewise_protocol::{
    api::{Preset, Prompt, SetPreset, SetPrompt},
    details::{Details, Parameters, parameters_of_any_version},
    ids::LibraryId,
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    access::{Delete, Grant, Own, Read, Write},
    chat::{
        conversation::check_details,
        send::{MAX_SYSTEM_PROMPT_BYTES, Refusal, StoreError, check_model},
    },
    ports::{Columns, Database, Library, Statement, Value},
};

/// Of each kind, for each user.
pub const MAX_ENTRIES: u32 = 100;
pub const MAX_NAME_CHARS: usize = 100;
pub const MAX_COMMAND_CHARS: usize = 40;
pub const MAX_PROMPT_BYTES: usize = 32 * 1024;
const MAX_VARIABLES: usize = 50;
const MAX_VARIABLE_CHARS: usize = 50;

/// The kinds of entries, as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    Presets,
    Prompts,
}

impl Shelf {
    const fn stored(self) -> &'static str {
        match self {
            Self::Presets => "preset",
            Self::Prompts => "prompt",
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: LibraryId,
    /// No two of one user and kind have the same.
    pub name: String,
    /// The rest, as JSON.
    pub content: String,
    pub created_at_ms: u64,
    pub updated_at_ms: u64,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    Kept(Entry),
    /// Another has its name.
    Taken,
    /// There are as many as there may be.
    Full,
    /// There is none to change.
    Missing,
}

/// An entry that holds `body` under `name`.
pub fn entry(id: LibraryId, name: &str, body: &impl Serialize, now_ms: u64) -> Entry {
    let content = serde_json::to_string(body).unwrap_or_default();
    Entry { id, name: name.to_owned(), content, created_at_ms: now_ms, updated_at_ms: now_ms }
}

/// # Errors
/// The first [`Refusal`] found.
pub fn check_preset(preset: &SetPreset) -> Result<(), Refusal> {
    check_name("name", &preset.name)?;
    if preset.system_prompt.as_ref().is_some_and(|system| system.len() > MAX_SYSTEM_PROMPT_BYTES) {
        return Err(Refusal::TooLong { what: "systemPrompt", limit: MAX_SYSTEM_PROMPT_BYTES, unit: "bytes" });
    }
    if let Some(model) = &preset.model {
        check_model(model)?;
    }
    check_details(&Details { parameters: preset.parameters, ..Details::default() })
}

/// # Errors
/// The first [`Refusal`] found.
pub fn check_prompt(prompt: &SetPrompt) -> Result<(), Refusal> {
    check_name("title", &prompt.title)?;
    let is_command = (1..=MAX_COMMAND_CHARS).contains(&prompt.command.len())
        && prompt.command.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_command {
        return Err(Refusal::Bad { field: "command", why: "has 1 to 40 of the characters a to z, 0 to 9 and -" });
    }
    if prompt.text.trim().is_empty() {
        return Err(Refusal::Bad { field: "text", why: "may not be blank" });
    }
    if prompt.text.len() > MAX_PROMPT_BYTES {
        return Err(Refusal::TooLong { what: "text", limit: MAX_PROMPT_BYTES, unit: "bytes" });
    }
    if variables(&prompt.text).len() > MAX_VARIABLES {
        return Err(Refusal::Bad { field: "text", why: "may name 50 variables at most" });
    }
    Ok(())
}

fn check_name(field: &'static str, name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(Refusal::Bad { field, why: "has 1 to 100 characters, and not only white space" });
    }
    Ok(())
}

/// The names between `{{` and `}}`: letters, digits, `_`, `-` and spaces within, each once.
pub fn variables(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split("{{").skip(1) {
        let Some((name, _)) = part.split_once("}}") else { continue };
        let name = name.trim();
        let is_name = (1..=MAX_VARIABLE_CHARS).contains(&name.chars().count())
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
        if is_name && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// A preset as it rests. Bodies name nothing that is unknown; rows of a later version may.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredPreset {
    name: String,
    system_prompt: Option<String>,
    model: Option<String>,
    #[serde(default, deserialize_with = "parameters_of_any_version")]
    parameters: Parameters,
}

/// A prompt as it rests.
#[derive(Deserialize)]
struct StoredPrompt {
    title: String,
    command: String,
    text: String,
}

/// `None`: a row that cannot be read.
pub fn preset(entry: Entry) -> Option<Preset> {
    let StoredPreset { name, system_prompt, model, parameters } = serde_json::from_str(&entry.content).ok()?;
    let (created_at, updated_at) = (Timestamp(entry.created_at_ms), Timestamp(entry.updated_at_ms));
    Some(Preset { id: entry.id, name, system_prompt, model, parameters, created_at, updated_at })
}

/// `None`: a row that cannot be read.
pub fn prompt(entry: Entry) -> Option<Prompt> {
    let StoredPrompt { title, command, text } = serde_json::from_str(&entry.content).ok()?;
    let (created_at, updated_at) = (Timestamp(entry.created_at_ms), Timestamp(entry.updated_at_ms));
    let variables = variables(&text);
    Some(Prompt { id: entry.id, title, command, text, variables, created_at, updated_at })
}

/// The entries over a database that has the tables of `migrations/`.
#[derive(Debug, Clone)]
pub struct LibraryOver<D>(pub D);

const COLUMNS: &str = "id, name, content, created_at_ms, updated_at_ms";

impl<D: Database + Clone + Send + Sync + 'static> Library for LibraryOver<D> {
    async fn list(&self, grant: Grant<Read, Own>, shelf: Shelf) -> Result<Vec<Entry>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM library WHERE owner = ?1 AND kind = ?2 ORDER BY name");
        let rows = self.0.batch(vec![Statement { sql, values: whose(*grant.of(), shelf) }]).await?;
        Ok(rows.into_iter().flatten().filter_map(read).collect())
    }

    async fn find(&self, grant: Grant<Read, Own>, shelf: Shelf, id: LibraryId) -> Result<Option<Entry>, StoreError> {
        let rows = self.0.batch(vec![by_id(*grant.of(), shelf, id)]).await?;
        Ok(rows.into_iter().flatten().next().and_then(read))
    }

    async fn add(&self, grant: Grant<Write, Own>, shelf: Shelf, entry: &Entry) -> Result<Kept, StoreError> {
        let mut values = whose(*grant.of(), shelf);
        values.extend([
            Value::Text(entry.id.to_string()),
            Value::Text(entry.name.clone()),
            Value::Text(entry.content.clone()),
            Value::int(entry.created_at_ms),
            Value::int(MAX_ENTRIES.into()),
        ]);
        let insert = Statement {
            sql: "INSERT INTO library (owner, kind, id, name, content, created_at_ms, updated_at_ms) \
                  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6 WHERE \
                  (SELECT count(*) FROM library WHERE owner = ?1 AND kind = ?2) < ?7 ON CONFLICT DO NOTHING"
                .into(),
            values,
        };
        self.kept(*grant.of(), shelf, entry, insert, Kept::Full).await
    }

    async fn change(&self, grant: Grant<Write, Own>, shelf: Shelf, entry: &Entry) -> Result<Kept, StoreError> {
        let mut values = whose(*grant.of(), shelf);
        values.extend([
            Value::Text(entry.id.to_string()),
            Value::Text(entry.name.clone()),
            Value::Text(entry.content.clone()),
            Value::int(entry.updated_at_ms),
        ]);
        let update = Statement {
            sql: "UPDATE OR IGNORE library SET name = ?4, content = ?5, updated_at_ms = ?6 \
                  WHERE owner = ?1 AND kind = ?2 AND id = ?3"
                .into(),
            values,
        };
        self.kept(*grant.of(), shelf, entry, update, Kept::Missing).await
    }

    async fn remove(&self, grant: Grant<Delete, Own>, shelf: Shelf, id: LibraryId) -> Result<bool, StoreError> {
        let look = by_id(*grant.of(), shelf, id);
        let remove = Statement {
            sql: "DELETE FROM library WHERE owner = ?1 AND kind = ?2 AND id = ?3".into(),
            values: look.values.clone(),
        };
        let found = self.0.batch(vec![look, remove]).await?;
        Ok(found.into_iter().next().is_some_and(|rows| !rows.is_empty()))
    }
}

impl<D: Database> LibraryOver<D> {
    /// Writes it, and looks what is there then: the entry itself, another of its name, or none of both.
    async fn kept(
        &self,
        own: Own,
        shelf: Shelf,
        entry: &Entry,
        write: Statement,
        otherwise: Kept,
    ) -> Result<Kept, StoreError> {
        let mut values = whose(own, shelf);
        values.push(Value::Text(entry.name.clone()));
        let sql = format!("SELECT {COLUMNS} FROM library WHERE owner = ?1 AND kind = ?2 AND name = ?3");
        let found = self.0.batch(vec![write, by_id(own, shelf, entry.id), Statement { sql, values }]).await?;
        let mut found = found.into_iter().skip(1).map(|rows| rows.into_iter().next().and_then(read));
        let (itself, named) = (found.next().flatten(), found.next().flatten());
        Ok(match (itself, named) {
            (Some(itself), _) if itself.name == entry.name => Kept::Kept(itself),
            // A name is no matter to what is not there.
            (Some(_), Some(_)) => Kept::Taken,
            (None, Some(_)) if otherwise == Kept::Full => Kept::Taken,
            _ => otherwise,
        })
    }
}

fn whose(own: Own, shelf: Shelf) -> Vec<Value> {
    vec![Value::Text(own.0.to_string()), shelf.stored().into()]
}

fn by_id(own: Own, shelf: Shelf, id: LibraryId) -> Statement {
    let mut values = whose(own, shelf);
    values.push(Value::Text(id.to_string()));
    let sql = format!("SELECT {COLUMNS} FROM library WHERE owner = ?1 AND kind = ?2 AND id = ?3");
    Statement { sql, values }
}

fn read(row: Columns) -> Option<Entry> {
    let mut row = row.into_iter();
    Some(Entry {
        id: row.next()?.into_text()?.parse().ok()?,
        name: row.next()?.into_text()?,
        content: row.next()?.into_text()?,
        created_at_ms: row.next()?.as_u64()?,
        updated_at_ms: row.next()?.as_u64()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_texts_variables_are_named_once_and_in_order() {
        for (text, names) in [
            ("{{topic}} for {{ audience }} and {{topic}}", vec!["topic", "audience"]),
            ("{{}} {{ }} {{a.b}} {{open", vec![]),
            ("{{{{deep}}}}", vec!["deep"]),
            ("{{größe 1}}", vec!["größe 1"]),
        ] {
            assert_eq!(variables(text), names, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_prompt_is_refused_by_its_field() {
        let prompt = |title: &str, command: &str, text: &str| SetPrompt {
            title: title.into(),
            command: command.into(),
            text: text.into(),
        };
        assert_eq!(check_prompt(&prompt("T", "sum-up2", "{{x}}")), Ok(()));
        for (bad, name) in [
            (prompt(" ", "a", "x"), "title"),
            (prompt("T", "", "x"), "command"),
            (prompt("T", "A", "x"), "command"),
            (prompt("T", &"a".repeat(41), "x"), "command"),
            (prompt("T", "a", " "), "text"),
            (prompt("T", "a", &(0..51).map(|n| format!("{{{{v{n}}}}}")).collect::<String>()), "text"),
        ] {
            assert!(matches!(check_prompt(&bad), Err(Refusal::Bad { field, .. }) if field == name), "{bad:?}");
        }
        assert!(matches!(check_prompt(&prompt("T", "a", &"x".repeat(40_000))), Err(Refusal::TooLong { .. })));
    }
}
