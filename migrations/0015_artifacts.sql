-- Texts that are made beside a conversation. The content of each version is a file of `attachments`, which stores the same
-- content once for each tenant and collects what nobody has any more.
CREATE TABLE artifacts (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL, -- as in conversations.owner
  organization  TEXT, -- of a project's
  creator       TEXT NOT NULL,
  conversation  TEXT, -- with which it goes
  message       TEXT, -- the answer that made it
  title         TEXT NOT NULL,
  kind          TEXT NOT NULL,
  language      TEXT,
  version       INTEGER NOT NULL, -- the newest
  size          INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX artifacts_by_owner ON artifacts (owner, updated_at_ms DESC, id DESC);
CREATE INDEX artifacts_by_conversation ON artifacts (conversation, updated_at_ms DESC, id DESC)
  WHERE conversation IS NOT NULL;

CREATE TABLE artifact_versions (
  artifact      TEXT NOT NULL,
  version       INTEGER NOT NULL,
  file          TEXT NOT NULL, -- in attachments
  size          INTEGER NOT NULL,
  author        TEXT NOT NULL, -- user or model
  message       TEXT,
  call          TEXT, -- the call of a tool that made it, which makes no second one
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (artifact, version)
) WITHOUT ROWID;

CREATE INDEX artifact_versions_by_file ON artifact_versions (file);
CREATE UNIQUE INDEX artifact_versions_by_call ON artifact_versions (call) WHERE call IS NOT NULL;
