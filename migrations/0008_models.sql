-- The models that may be asked: what each can do, and the providers that answer for it, in order. Read through KV.
CREATE TABLE models (
  name          TEXT PRIMARY KEY,
  body          TEXT NOT NULL, -- JSON: api::Model
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
