-- The catalogue of conversations: a projection of the Conversation objects' logs, rebuilt from them if lost.
CREATE TABLE conversations (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL,
  version       INTEGER NOT NULL, -- the log's newest event that this row knows
  title         TEXT NOT NULL,
  system_prompt TEXT,
  model         TEXT NOT NULL,
  preview       TEXT NOT NULL,
  message_count INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  deleted       INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE INDEX conversations_by_activity ON conversations (owner, deleted, updated_at_ms DESC, id DESC);

-- Grows with every change to an owner's rows: ETags and cache keys are made of it.
CREATE TABLE catalogue_versions (
  owner   TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;

-- Messages that no consumer could handle, kept for people to look at.
CREATE TABLE dead_letters (
  id       TEXT PRIMARY KEY,
  queue    TEXT NOT NULL,
  body     TEXT NOT NULL,
  at_ms    INTEGER NOT NULL
) WITHOUT ROWID;
