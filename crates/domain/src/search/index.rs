//! The index's SQL: three tables in the object's SQLite, made with the first message. The text is kept once, in `said`;
//! `words` is FTS5 over it. Rows are numbered by conversation and message, so that taking a message in twice finds its
//! row, and forgetting a conversation is a range.
//!
//! Numbers come from JavaScript as REAL; columns make integers of them, but FTS5 does not, so its statements cast.

use std::cell::Cell;

use edgewise_protocol::{
    api::SearchHit,
    calls::search::{Batch, Call, Reply, Said},
    ids::ConversationId,
    message::Role,
    timestamp::Timestamp,
};

use super::words::{Words, kept, parts};
use crate::{
    chat::send::StoreError,
    ports::{Columns, Sql, Value},
};

/// Hits of one search, over all its pages.
pub const MAX_HITS: u32 = 500;
/// Bits of a row's number that count messages; what is left of 2^53, which JavaScript bounds, counts conversations.
const MESSAGE_BITS: u32 = 32;
const MAX_CHATS: u64 = 1 << (53 - MESSAGE_BITS);
/// That a conversation was deleted is remembered for longer than a queue keeps a message.
const KEEP_GONE_MS: u64 = 15 * 24 * 3_600_000;

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS chats (id INTEGER PRIMARY KEY, conversation TEXT NOT NULL UNIQUE, \
     version INTEGER NOT NULL, through INTEGER NOT NULL, title TEXT NOT NULL, gone_at INTEGER)",
    "CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY, message TEXT NOT NULL, role INTEGER NOT NULL, \
     at INTEGER NOT NULL, text TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, content = 'said', content_rowid = 'id', \
     tokenize = 'unicode61 remove_diacritics 2')",
];
/// Of two messages that say the same, one of today counts twice as much as an old one; a month makes half the
/// difference.
const BEST: &str = "SELECT said.id FROM words JOIN said ON said.id = words.rowid WHERE words MATCH ?1 \
    ORDER BY bm25(words) * (1.0 + 1.0 / (1.0 + max(0, ?2 - said.at) / 2592000000.0)), said.id DESC LIMIT ?3 OFFSET ?4";
const SHOWN: &str = "SELECT snippet(words, 0, char(2), char(3), '…', 24), chats.conversation, chats.title, said.message, \
    said.role, said.at FROM words JOIN said ON said.id = words.rowid JOIN chats ON chats.id = (said.id >> 32) \
    WHERE words MATCH ?1 AND words.rowid = CAST(?2 AS INTEGER)";

/// The index over its database.
#[derive(Debug)]
pub struct Index<Q> {
    sql: Q,
    has_tables: Cell<bool>,
}

struct Chat {
    id: u64,
    version: u64,
    through: u64,
    is_gone: bool,
}

impl Chat {
    const fn row_of(&self, seq: u64) -> u64 {
        (self.id << MESSAGE_BITS) | (seq & ((1 << MESSAGE_BITS) - 1))
    }

    const fn rows(&self) -> (u64, u64) {
        (self.id << MESSAGE_BITS, (self.id + 1) << MESSAGE_BITS)
    }
}

impl<Q: Sql> Index<Q> {
    pub const fn new(sql: Q) -> Self {
        Self { sql, has_tables: Cell::new(false) }
    }

    /// # Errors
    /// [`StoreError`].
    pub fn handle(&self, now_ms: u64, call: Call) -> Result<Reply, StoreError> {
        Ok(match call {
            Call::Known { conversation } => {
                let chat = if self.is_made()? { self.chat(conversation)? } else { None };
                chat.map_or(Reply::Known { version: 0, through: 0 }, |Chat { version, through, .. }| Reply::Known {
                    version,
                    through,
                })
            }
            Call::Index { batch } => {
                self.take_in(batch)?;
                Reply::Done
            }
            Call::Remove { conversation, seqs } => {
                self.remove(conversation, &seqs)?;
                Reply::Done
            }
            Call::Forget { conversation, version } => {
                self.forget(now_ms, conversation, version)?;
                Reply::Done
            }
            Call::Find { words, limit, skip } => self.find(now_ms, &words, limit, skip)?,
        })
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clear(&self) -> Result<(), StoreError> {
        if !self.is_made()? {
            return Ok(());
        }
        for table in ["DROP TABLE words", "DROP TABLE said", "DROP TABLE chats"] {
            self.sql.run(table, Vec::new())?;
        }
        self.has_tables.set(false);
        Ok(())
    }

    /// Asking an index that was never fed leaves nothing behind.
    fn is_made(&self) -> Result<bool, StoreError> {
        if !self.has_tables.get() {
            let found = self.sql.run("SELECT 1 FROM sqlite_master WHERE name = 'words'", Vec::new())?;
            self.has_tables.set(!found.is_empty());
        }
        Ok(self.has_tables.get())
    }

    fn make(&self) -> Result<(), StoreError> {
        if !self.is_made()? {
            for table in TABLES {
                self.sql.run(table, Vec::new())?;
            }
            self.has_tables.set(true);
        }
        Ok(())
    }

    fn chat(&self, conversation: ConversationId) -> Result<Option<Chat>, StoreError> {
        let statement = "SELECT id, version, through, gone_at FROM chats WHERE conversation = ?1";
        let rows = self.sql.run(statement, vec![Value::Text(conversation.to_string())])?;
        let read = |row: Columns| {
            let mut row = row.into_iter();
            let (id, version, through) = (row.next()?.as_u64()?, row.next()?.as_u64()?, row.next()?.as_u64()?);
            Some(Chat { id, version, through, is_gone: row.next()? != Value::Null })
        };
        Ok(rows.into_iter().next().and_then(read))
    }

    /// The conversation's row, made if need be. `None`: there are as many as there may be.
    fn chat_or_new(&self, conversation: ConversationId) -> Result<Option<Chat>, StoreError> {
        self.make()?;
        if let Some(chat) = self.chat(conversation)? {
            return Ok(Some(chat));
        }
        self.sql.run(
            "INSERT INTO chats (id, conversation, version, through, title) \
             SELECT coalesce(max(id), 0) + 1, ?1, 0, 0, '' FROM chats HAVING coalesce(max(id), 0) + 1 < ?2",
            vec![Value::Text(conversation.to_string()), Value::int(MAX_CHATS)],
        )?;
        self.chat(conversation)
    }

    fn take_in(&self, batch: Batch) -> Result<(), StoreError> {
        let Some(chat) = self.chat_or_new(batch.conversation)? else { return Ok(()) };
        // A late job brings nothing back, of a conversation nor of a message.
        if chat.is_gone || (batch.read_at > 0 && batch.read_at < chat.version) {
            return Ok(());
        }
        for said in batch.said {
            self.put(chat.row_of(said.seq), said)?;
        }
        let is_newer = batch.version.is_none_or(|version| version >= chat.version);
        if is_newer {
            self.sql.run(
                "UPDATE chats SET version = ?2, through = max(through, ?3), title = ?4 WHERE id = ?1",
                vec![
                    Value::int(chat.id),
                    Value::int(batch.version.unwrap_or(chat.version)),
                    Value::int(batch.through),
                    Value::Text(batch.title),
                ],
            )?;
        }
        Ok(())
    }

    fn put(&self, row: u64, said: Said) -> Result<(), StoreError> {
        let text = kept(&said.text);
        let known = self.sql.run("SELECT text FROM said WHERE id = ?1", vec![Value::int(row)])?;
        if let Some(known) = known.into_iter().next().and_then(|columns| columns.into_iter().next()) {
            if known == Value::Text(text.clone()) {
                return Ok(());
            }
            // FTS5 takes out of its index what it is told was in it.
            self.sql.run(
                "INSERT INTO words (words, rowid, text) VALUES ('delete', CAST(?1 AS INTEGER), ?2)",
                vec![Value::int(row), known],
            )?;
        }
        self.sql.run(
            "INSERT OR REPLACE INTO said (id, message, role, at, text) VALUES (?1, ?2, ?3, ?4, ?5)",
            vec![
                Value::int(row),
                Value::Text(said.id.to_string()),
                Value::int(u64::from(said.role == Role::Assistant)),
                Value::int(said.at.0),
                Value::Text(text.clone()),
            ],
        )?;
        self.sql.run(
            "INSERT INTO words (rowid, text) VALUES (CAST(?1 AS INTEGER), ?2)",
            vec![Value::int(row), Value::Text(text)],
        )?;
        Ok(())
    }

    fn remove(&self, conversation: ConversationId, seqs: &[u64]) -> Result<(), StoreError> {
        let chat = if self.is_made()? { self.chat(conversation)? } else { None };
        let Some(chat) = chat else { return Ok(()) };
        for seq in seqs {
            let row = || vec![Value::int(chat.row_of(*seq))];
            self.sql.run(
                "INSERT INTO words (words, rowid, text) SELECT 'delete', id, text FROM said WHERE id = ?1",
                row(),
            )?;
            self.sql.run("DELETE FROM said WHERE id = ?1", row())?;
        }
        Ok(())
    }

    fn forget(&self, now_ms: u64, conversation: ConversationId, version: u64) -> Result<(), StoreError> {
        let Some(chat) = self.chat_or_new(conversation)? else { return Ok(()) };
        let (from, to) = chat.rows();
        let rows = || vec![Value::int(from), Value::int(to)];
        self.sql.run(
            "INSERT INTO words (words, rowid, text) SELECT 'delete', id, text FROM said WHERE id >= ?1 AND id < ?2",
            rows(),
        )?;
        self.sql.run("DELETE FROM said WHERE id >= ?1 AND id < ?2", rows())?;
        self.sql.run(
            "UPDATE chats SET version = ?2, title = '', gone_at = ?3 WHERE id = ?1",
            vec![Value::int(chat.id), Value::int(version), Value::int(now_ms)],
        )?;
        let old_ms = now_ms.saturating_sub(KEEP_GONE_MS);
        self.sql.run("DELETE FROM chats WHERE gone_at < ?1", vec![Value::int(old_ms)]).map(|_| ())
    }

    fn find(&self, now_ms: u64, typed: &str, limit: u32, skip: u32) -> Result<Reply, StoreError> {
        let nothing = Reply::Found { hits: Vec::new(), more: false };
        let room = MAX_HITS.saturating_sub(skip);
        let Some(words) = Words::read(typed).filter(|_| room > 0) else { return Ok(nothing) };
        if !self.is_made()? {
            return Ok(nothing);
        }
        let limit = limit.min(room);
        let query = || Value::from(words.query());
        let (most, skip) = (Value::int(u64::from(limit) + 1), Value::int(u64::from(skip)));
        let best = self.sql.run(BEST, vec![query(), Value::int(now_ms), most, skip])?;
        let more = best.len() > limit as usize && limit < room;
        let mut hits = Vec::new();
        // Only what is shown is cut into snippets: that reads whole texts.
        for row in best.into_iter().flatten().take(limit as usize) {
            hits.extend(self.sql.run(SHOWN, vec![query(), row])?.into_iter().filter_map(hit));
        }
        Ok(Reply::Found { hits, more })
    }
}

fn hit(row: Columns) -> Option<SearchHit> {
    let mut row = row.into_iter();
    Some(SearchHit {
        snippet: parts(&row.next()?.into_text()?),
        conversation_id: row.next()?.into_text()?.parse().ok()?,
        title: row.next()?.into_text()?,
        message_id: row.next()?.into_text()?.parse().ok()?,
        role: if row.next()?.as_u64()? == 1 { Role::Assistant } else { Role::User },
        created_at: Timestamp(row.next()?.as_u64()?),
    })
}
