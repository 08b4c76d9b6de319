-- Runs of agents, as lists show them. Each rests in an object of its own; this is a projection, written by version.
CREATE TABLE runs (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL, -- whoever started it
  agent         TEXT NOT NULL,
  agent_version INTEGER NOT NULL,
  agent_name    TEXT NOT NULL,
  task          TEXT NOT NULL, -- its beginning
  status        TEXT NOT NULL,
  reason        TEXT, -- JSON: why it has ended
  version       INTEGER NOT NULL, -- the number of the newest event
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX runs_by_owner ON runs (owner, created_at_ms DESC, id DESC);
