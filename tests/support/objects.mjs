// The files of the Conversation objects, read and changed while the server is down.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Runs `look(database, file)` on the object's database of every conversation; the results by conversation id. */
export function objectsOf(stateDir, look) {
  const dir = join(stateDir, "v3", "do", "edgewise-Conversation");
  const results = new Map();
  for (const name of readdirSync(dir).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))) {
    const file = join(dir, name);
    const database = new DatabaseSync(file);
    try {
      // What a killed server left in the write-ahead log belongs to the file.
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'log'").get()) continue;
      const { id } = JSON.parse(database.prepare("SELECT meta FROM log WHERE seq = 1").get().meta);
      results.set(id, look(database, file));
    } finally {
      database.close();
    }
  }
  return results;
}

/** Bytes of the object's database, without the page that the local simulator keeps its own name in. */
export function bytesOf(database, file) {
  const { page_size: size } = database.prepare("PRAGMA page_size").get();
  const own = database.prepare("SELECT count(*) AS count FROM sqlite_master WHERE rootpage > 0 AND (tbl_name LIKE '\\_\\_miniflare%' ESCAPE '\\')").get().count;
  return statSync(file).size - own * size;
}

/** From now on every write to the log is counted: rows by kind of change, index entries beside them. */
export function countWrites(database) {
  database.exec("CREATE TABLE test_writes (op TEXT, indexed INTEGER)");
  for (const [op, row] of [["INSERT", "NEW"], ["UPDATE", "NEW"], ["DELETE", "OLD"]]) {
    const indexed = op === "UPDATE" ? "OLD.key IS NOT NEW.key" : `${row}.key IS NOT NULL`;
    database.exec(`CREATE TRIGGER test_${op} AFTER ${op} ON log BEGIN INSERT INTO test_writes VALUES ('${op}', ${indexed}); END`);
  }
}

/** What was counted since the last time. */
export function takeWrites(database) {
  const { rows, entries } = database.prepare("SELECT count(*) AS rows, coalesce(sum(indexed), 0) AS entries FROM test_writes").get();
  database.exec("DELETE FROM test_writes");
  return { rows, entries };
}

/** The rows of one account's object, by the name of the object. */
export function rowsOfAccount(stateDir, name) {
  const dir = join(stateDir, "v3", "do", "edgewise-Account");
  for (const file of readdirSync(dir).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))) {
    const database = new DatabaseSync(join(dir, file));
    try {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      const has = (table) => database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table);
      const known = has("__miniflare_do_name") && Object.values(database.prepare("SELECT * FROM __miniflare_do_name").get() ?? {});
      if (known?.includes(name)) return has("kept") ? database.prepare("SELECT kind, key, value FROM kept").all() : [];
    } finally {
      database.close();
    }
  }
  return [];
}
