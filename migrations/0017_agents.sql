-- Agents: definitions that people keep, with all their versions.
CREATE TABLE agents (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL, -- as in conversations.owner
  organization  TEXT, -- of a project's
  creator       TEXT NOT NULL,
  version       INTEGER NOT NULL, -- the newest
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX agents_by_owner ON agents (owner, updated_at_ms DESC, id DESC);

CREATE TABLE agent_versions (
  agent         TEXT NOT NULL,
  version       INTEGER NOT NULL,
  definition    TEXT NOT NULL, -- JSON
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (agent, version)
) WITHOUT ROWID;
