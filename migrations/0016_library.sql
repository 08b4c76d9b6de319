-- What users keep to use again: presets of conversations and prompts.
CREATE TABLE library (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL,
  kind          TEXT NOT NULL, -- preset or prompt
  name          TEXT NOT NULL, -- a preset's name, a prompt's command
  content       TEXT NOT NULL, -- JSON
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX library_by_name ON library (owner, kind, name);
