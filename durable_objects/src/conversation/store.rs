//! A conversation's rows in its object's SQLite: one table, one partial index.
//!
//! A conversation without messages is two pages (8 KB): the schema and the table. Rows are found by their number;
//! only client message ids need an index, only rows that have one are in it, and it is made with the first.

use std::{cell::Cell, rc::Rc};

use edgewise_domain::{
    chat::{
        conversation::{Bounds, Branched, LogStore},
        row::{Kind, Row},
        send::StoreError,
    },
    ports::{Columns, Sql, Value},
};

/// Layout 1. Later layouts are added here as steps, and `row::SCHEMA_VERSION` rises.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, \
    at INTEGER NOT NULL, parent INTEGER, status INTEGER, count INTEGER, key BLOB, meta TEXT, marks BLOB, text TEXT)";
const INDEX: &str = "CREATE UNIQUE INDEX IF NOT EXISTS log_key ON log (key) WHERE key IS NOT NULL";

macro_rules! select {
    ($columns:literal, $rest:literal) => {
        concat!("SELECT ", $columns, " FROM log ", $rest)
    };
}

/// What of the layout is there. It is made with the first row that needs it, so that asking for a conversation
/// that never was leaves nothing behind.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    looked: bool,
    table: bool,
    index: bool,
}

/// The log of one conversation over its database.
#[derive(Debug)]
pub struct Store<Q> {
    sql: Q,
    made: Rc<Cell<Made>>,
}

impl<Q: Clone> Clone for Store<Q> {
    fn clone(&self) -> Self {
        Self { sql: self.sql.clone(), made: Rc::clone(&self.made) }
    }
}

impl<Q: Sql> Store<Q> {
    pub fn new(sql: Q) -> Self {
        Self { sql, made: Rc::default() }
    }

    fn made(&self) -> Result<Made, StoreError> {
        let mut made = self.made.get();
        if !made.looked {
            let found = self.sql.run("SELECT name FROM sqlite_master WHERE name IN ('log', 'log_key')", Vec::new())?;
            let has = |name: &str| found.iter().any(|columns| columns.first() == Some(&Value::from(name)));
            made = Made { looked: true, table: has("log"), index: has("log_key") };
            self.made.set(made);
        }
        Ok(made)
    }

    fn make_what_is_missing(&self, keyed: bool) -> Result<(), StoreError> {
        let mut made = self.made()?;
        if !made.table {
            self.sql.run(TABLE, Vec::new())?;
            made.table = true;
        }
        if keyed && !made.index {
            self.sql.run(INDEX, Vec::new())?;
            made.index = true;
        }
        self.made.set(made);
        Ok(())
    }

    fn rows(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        if !self.made()?.table {
            return Ok(Vec::new());
        }
        let rows = self.sql.run(statement, values)?;
        rows.into_iter().map(|columns| row(columns).ok_or_else(|| unreadable(statement))).collect()
    }
}

impl<Q: Sql> LogStore for Store<Q> {
    fn insert(&mut self, row: &Row) -> Result<(), StoreError> {
        self.make_what_is_missing(row.key.is_some())?;
        let values = vec![
            Value::int(row.seq),
            Value::int(u64::from(row.kind as u8)),
            Value::int(row.at_ms),
            row.parent.map_or(Value::Null, Value::int),
            row.status.map_or(Value::Null, |status| Value::int(u64::from(status))),
            row.count.map_or(Value::Null, |count| Value::int(u64::from(count))),
            row.key.clone().map_or(Value::Null, Value::Blob),
            row.meta.clone().into(),
            marks(row),
            Value::Text(row.text.clone()),
        ];
        self.sql.run(
            "INSERT INTO log (seq, kind, at, parent, status, count, key, meta, marks, text) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            values,
        )?;
        Ok(())
    }

    fn update(&mut self, row: &Row) -> Result<(), StoreError> {
        let values = vec![
            Value::int(row.seq),
            row.status.map_or(Value::Null, |status| Value::int(u64::from(status))),
            row.meta.clone().into(),
            marks(row),
            Value::Text(row.text.clone()),
        ];
        self.sql.run("UPDATE log SET status = ?2, meta = ?3, marks = ?4, text = ?5 WHERE seq = ?1", values)?;
        Ok(())
    }

    fn delete(&mut self, kind: Option<Kind>, from: u64) -> Result<(), StoreError> {
        match kind {
            Some(kind) => self.sql.run(
                "DELETE FROM log WHERE seq >= ?1 AND kind = ?2",
                vec![Value::int(from), Value::int(u64::from(kind as u8))],
            )?,
            None => self.sql.run("DELETE FROM log WHERE seq >= ?1", vec![Value::int(from)])?,
        };
        Ok(())
    }

    fn get(&self, seq: u64) -> Result<Option<Row>, StoreError> {
        let statement =
            select!("seq, kind, at, parent, status, count, hex(key), meta, hex(marks), text", "WHERE seq = ?1");
        Ok(self.rows(statement, vec![Value::int(seq)])?.pop())
    }

    fn by_key(&self, key: &[u8]) -> Result<Option<u64>, StoreError> {
        if !self.made()?.index {
            return Ok(None);
        }
        let found = self.sql.run("SELECT seq FROM log WHERE key = ?1", vec![Value::Blob(key.to_vec())])?;
        Ok(found.first().and_then(|columns| columns.first()).and_then(Value::as_u64))
    }

    fn last(&self) -> Result<u64, StoreError> {
        if !self.made()?.table {
            return Ok(0);
        }
        let found = self.sql.run("SELECT max(seq) FROM log", Vec::new())?;
        Ok(found.first().and_then(|columns| columns.first()).and_then(Value::as_u64).unwrap_or(0))
    }

    fn from(&self, from: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let statement = select!(
            "seq, kind, at, parent, status, count, hex(key), meta, hex(marks), text",
            "WHERE seq >= ?1 ORDER BY seq LIMIT ?2"
        );
        self.rows(statement, vec![Value::int(from), Value::int(limit as u64)])
    }

    fn below(&self, kind: Kind, before: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let statement = select!(
            // Thoughts are a text as well.
            "seq, kind, at, parent, status, count, hex(key), json_remove(meta, '$.t'), hex(marks), ''",
            "WHERE kind = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        );
        // 2^53: what a number may be on its way through JavaScript.
        let before = before.min(1 << 53);
        self.rows(statement, vec![Value::int(u64::from(kind as u8)), Value::int(before), Value::int(limit as u64)])
    }

    fn branch(&self, leaf: u64, bounds: Bounds) -> Result<Vec<Branched>, StoreError> {
        if !self.made()?.table {
            return Ok(Vec::new());
        }
        // An answer without a parent follows the row before it. Its notes are `o` of its meta.
        let statement = "SELECT seq, kind, text, json FROM (WITH RECURSIVE \
            up (seq, kind, text, json, next, bytes, noted) AS (SELECT seq, kind, text, \
                CASE kind WHEN 1 THEN meta WHEN 2 THEN meta -> '$.o' END, \
                CASE kind WHEN 1 THEN parent ELSE coalesce(parent, seq - 1) END, octet_length(text), \
                CASE kind WHEN 2 THEN coalesce(octet_length(meta -> '$.o'), 0) ELSE 0 END \
                FROM log WHERE seq = ?1 \
            UNION ALL SELECT log.seq, log.kind, log.text, \
                CASE WHEN log.kind = 1 THEN log.meta WHEN log.kind = 2 AND noted < ?4 THEN log.meta -> '$.o' END, \
                CASE log.kind WHEN 1 THEN log.parent ELSE coalesce(log.parent, log.seq - 1) END, \
                bytes + octet_length(log.text), \
                noted + CASE WHEN log.kind = 2 AND noted < ?4 \
                    THEN coalesce(octet_length(log.meta -> '$.o'), 0) ELSE 0 END \
                FROM up JOIN log ON log.seq = up.next WHERE bytes < ?3 LIMIT ?2) SELECT seq, kind, text, json FROM up)";
        let Bounds { rows, bytes, note_bytes } = bounds;
        let values = [leaf, rows as u64, bytes as u64, note_bytes as u64].map(Value::int).to_vec();
        let found = self.sql.run(statement, values)?;
        let read = |columns: Columns| {
            let mut columns = columns.into_iter();
            let seq = columns.next()?.as_u64()?;
            let kind = Kind::stored(u8::try_from(columns.next()?.as_u64()?).ok()?)?;
            let text = columns.next()?.into_text()?;
            Some(Branched::stored(seq, kind, text, columns.next()?.into_text().as_deref()))
        };
        found.into_iter().map(|columns| read(columns).ok_or_else(|| unreadable(statement))).collect()
    }

    fn segments(&self, turn: u64) -> Result<Vec<Row>, StoreError> {
        let statement = select!(
            "seq, kind, at, parent, status, count, hex(key), meta, hex(marks), text",
            "WHERE seq > ?1 AND kind = 3 AND parent = ?1 ORDER BY seq"
        );
        self.rows(statement, vec![Value::int(turn)])
    }
}

fn marks(row: &Row) -> Value {
    if row.marks.is_empty() { Value::Null } else { Value::Blob(row.marks.clone()) }
}

fn row(columns: Columns) -> Option<Row> {
    let mut columns = columns.into_iter();
    Some(Row {
        seq: columns.next()?.as_u64()?,
        kind: Kind::stored(u8::try_from(columns.next()?.as_u64()?).ok()?)?,
        at_ms: columns.next()?.as_u64()?,
        parent: columns.next()?.as_u64(),
        status: columns.next()?.as_u64().and_then(|status| u8::try_from(status).ok()),
        count: columns.next()?.as_u64().and_then(|count| u32::try_from(count).ok()),
        key: columns.next()?.into_bytes_of_hex(),
        meta: columns.next()?.into_text(),
        marks: columns.next()?.into_bytes_of_hex().unwrap_or_default(),
        text: columns.next()?.into_text().unwrap_or_default(),
    })
}

fn unreadable(statement: &'static str) -> StoreError {
    StoreError { operation: "read a row", cause: format!("a row has a shape that is not known: {statement}") }
}

#[cfg(test)]
mod tests {
    use edgewise_domain::{
        access::{Principal, Read, Write},
        chat::{conversation::Conversation, row::Meta, tools::Note},
    };
    use edgewise_testkit::sqlite::Sqlite;

    use super::*;

    fn row_with(seq: u64, kind: Kind, key: Option<&str>) -> Row {
        let mut row = Row::new(seq, kind, 1_700_000_000_000);
        row.key = key.map(|key| key.as_bytes().to_vec());
        row.text = format!("text {seq} é\u{1F642}\0 end");
        row
    }

    #[test]
    fn gives_back_what_it_was_given() {
        let mut store = Store::new(Sqlite::empty());
        let mut row = row_with(2, Kind::Answer, Some("k"));
        row.parent = Some(1);
        row.status = Some(3);
        row.count = Some(7);
        row.meta = Some("{}".into());
        row.marks = vec![0, 255, 1];
        store.insert(&row).unwrap();
        assert_eq!(store.get(2).unwrap(), Some(row.clone()));
        row.text = "other".into();
        row.marks = Vec::new();
        store.update(&row).unwrap();
        assert_eq!(store.get(2).unwrap(), Some(row));
        assert_eq!(store.by_key(b"k").unwrap(), Some(2));
        assert_eq!(store.last().unwrap(), 2);
    }

    #[test]
    fn asking_leaves_nothing_behind() {
        let sql = Sqlite::empty();
        let store = Store::new(sql.clone());
        assert_eq!(store.get(1).unwrap(), None);
        assert_eq!(store.last().unwrap(), 0);
        assert_eq!(store.by_key(b"k").unwrap(), None);
        assert!(store.from(0, 9).unwrap().is_empty());
        assert!(sql.run("SELECT name FROM sqlite_master", Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn one_key_one_row() {
        let mut store = Store::new(Sqlite::empty());
        store.insert(&row_with(2, Kind::User, Some("k"))).unwrap();
        assert!(store.insert(&row_with(4, Kind::User, Some("k"))).is_err());
        store.insert(&row_with(4, Kind::User, None)).unwrap();
        store.insert(&row_with(6, Kind::User, None)).unwrap();
    }

    #[test]
    fn finds_rows_by_kind_number_and_turn() {
        let mut store = Store::new(Sqlite::empty());
        for (seq, kind) in [(1, Kind::Head), (2, Kind::User), (3, Kind::Answer), (5, Kind::Segment), (6, Kind::User)] {
            let mut row = row_with(seq, kind, None);
            row.parent = (kind == Kind::Segment).then_some(3);
            store.insert(&row).unwrap();
        }
        let numbers = |rows: Vec<Row>| rows.iter().map(|row| row.seq).collect::<Vec<_>>();
        assert_eq!(numbers(store.from(2, 3).unwrap()), [2, 3, 5]);
        assert_eq!(numbers(store.below(Kind::User, u64::MAX, 9).unwrap()), [6, 2]);
        assert_eq!(numbers(store.below(Kind::User, 6, 9).unwrap()), [2]);
        assert!(store.below(Kind::User, 9, 1).unwrap()[0].text.is_empty());
        assert_eq!(numbers(store.segments(3).unwrap()), [5]);
        store.delete(Some(Kind::Segment), 3).unwrap();
        assert!(store.segments(3).unwrap().is_empty());
        store.delete(None, 2).unwrap();
        assert_eq!(numbers(store.from(0, 9).unwrap()), [1]);
    }

    #[test]
    fn a_branch_goes_upwards_until_its_budget_is_spent() {
        let mut store = Store::new(Sqlite::empty());
        // 2 asks, 3 answers; 4 asks, 5 answers, and 6 answers once more; 7 follows 3 by another branch.
        let parents = [(2, None), (3, None), (4, Some(3)), (5, None), (6, Some(4)), (7, Some(3))];
        for (seq, parent) in parents {
            let kind = if [2, 4, 7].contains(&seq) { Kind::User } else { Kind::Answer };
            let mut row = Row::new(seq, kind, 1);
            (row.parent, row.text) = (parent, format!("é{seq}"));
            store.insert(&row).unwrap();
        }
        let read = |leaf, rows, bytes| store.branch(leaf, Bounds { rows, bytes, note_bytes: 1 }).unwrap();
        let texts = |leaf, rows, bytes| {
            read(leaf, rows, bytes).into_iter().map(|row| row.text.replace('é', "")).collect::<String>()
        };
        assert_eq!(texts(6, 9, 99), "6432");
        assert_eq!(texts(5, 9, 99), "5432");
        assert_eq!(texts(7, 9, 99), "732");
        assert_eq!(texts(6, 2, 99), "64");
        assert_eq!(texts(6, 9, 4), "64", "the row that goes beyond is the last");
        assert_eq!(texts(8, 9, 99), "");
        assert_eq!(read(2, 9, 99), [Branched::stored(2, Kind::User, "é2".to_owned(), None)]);
        // What tools did comes along, until there is enough of it.
        for seq in [3, 6] {
            let mut row = store.get(seq).unwrap().unwrap();
            row.meta = Meta { notes: vec![Note::Asked { id: format!("call_{seq}") }], ..Meta::default() }.json();
            store.update(&row).unwrap();
        }
        let noted = |note_bytes| {
            let branch = store.branch(6, Bounds { rows: 9, bytes: 99, note_bytes }).unwrap();
            branch.iter().flat_map(|row| &row.notes).map(|note| note.id().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(noted(9_999), ["call_6", "call_3"]);
        assert_eq!(noted(1), ["call_6"]);
    }

    /// A database as layout 1 left it on somebody's disk: it must open for ever.
    #[test]
    fn golden_layout_1_opens() {
        let sql = Sqlite::empty();
        sql.script(include_str!("../../fixtures/layout-1.sql"));
        let opened = Conversation::open(Store::new(sql), Default::default(), 1_800_000_000_000).unwrap().unwrap();
        let user = "01a1fd56-2bb8-75a5-adc1-164f6138f407".parse().unwrap();
        let grant = opened.authorize::<Read>(&Principal { user, memberships: &[] }).unwrap();
        let (messages, more) = opened.messages_after(grant, 0, 50).unwrap();
        assert!(!more);
        let shown: Vec<_> = messages
            .iter()
            .map(|message| format!("{} {:?} {:?} {}", message.seq, message.role, message.status, message.content))
            .collect();
        assert_eq!(
            shown,
            [
                "2 User Completed Hello",
                "3 Assistant Completed Hi there.",
                "8 User Completed Tell me a story",
                "9 Assistant Stopped Once upon",
                "13 User Completed And now?",
                "14 Assistant Running Half an ",
            ]
        );
        assert!(opened.is_running(), "the turn whose process died goes on");
        let events = opened.events_after(grant, 0).unwrap();
        assert_eq!(events.len() as u64, opened.last_seq());
    }

    /// What the next version would leave behind when it is rolled back: more columns, more fields, a number one higher.
    #[test]
    fn the_next_layout_opens_and_keeps_what_it_added() {
        let later = |v: u32| {
            let sql = Sqlite::empty();
            sql.script(include_str!("../../fixtures/layout-1.sql"));
            sql.script(&format!(
                "ALTER TABLE log ADD COLUMN later TEXT; \
                 UPDATE log SET later = 'x', meta = json_set(coalesce(meta, '{{}}'), '$.later', json('[1]')); \
                 UPDATE log SET meta = json_set(meta, '$.v', {v}) WHERE seq = 1"
            ));
            (sql.clone(), Conversation::open(Store::new(sql), Default::default(), 1_800_000_000_000))
        };
        let (sql, opened) = later(2);
        let mut log = opened.unwrap().unwrap();
        let user = "01a1fd56-2bb8-75a5-adc1-164f6138f407".parse().unwrap();
        let grant = log.authorize::<Write>(&Principal { user, memberships: &[] }).unwrap();
        assert_eq!(log.messages_after(grant.reading(), 0, 50).unwrap().0.len(), 6);
        let title = Some("Renamed".to_owned());
        let changes = edgewise_protocol::api::UpdateConversation { title, ..Default::default() };
        log.update(grant, 1_800_000_000_001, changes).unwrap();
        let kept = sql.run("SELECT later, meta FROM log WHERE seq = 1", Vec::new()).unwrap().remove(0);
        assert_eq!(kept[0], Value::from("x"));
        let meta = kept[1].clone().into_text().unwrap();
        for field in [r#""v":2"#, r#""later":[1]"#, r#""title":"Renamed""#] {
            assert!(meta.contains(field), "{field} in {meta}");
        }
        assert!(later(3).1.is_err(), "what nobody has thought of is not guessed");
    }
}
