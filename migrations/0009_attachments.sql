-- Files that people have sent. A row is there before its bytes are, and goes after them: whatever dies in between, the
-- cron finds the one by the other.
CREATE TABLE attachments (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL, -- as in conversations.owner
  organization  TEXT, -- of a project's
  creator       TEXT NOT NULL,
  tenant        TEXT NOT NULL, -- the organization, or the user: the same content is stored once for each
  name          TEXT NOT NULL,
  media_type    TEXT NOT NULL,
  size          INTEGER NOT NULL,
  status        TEXT NOT NULL, -- pending, ready, or gone: its bytes are yet to be deleted
  object        TEXT NOT NULL, -- the key in R2; several rows may have the same
  upload        TEXT, -- R2's name for what is uploaded in parts
  sha256        TEXT,
  text_bytes    INTEGER NOT NULL DEFAULT 0,
  text_note     TEXT, -- why there is none
  created_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX attachments_by_content ON attachments (tenant, sha256) WHERE status = 'ready';
CREATE INDEX attachments_by_object ON attachments (object);
CREATE INDEX attachments_by_owner ON attachments (owner);
CREATE INDEX attachments_pending ON attachments (creator, created_at_ms) WHERE status = 'pending';
CREATE INDEX attachments_gone ON attachments (id) WHERE status = 'gone';

CREATE TABLE attachment_parts (
  attachment TEXT NOT NULL,
  number     INTEGER NOT NULL,
  etag       TEXT NOT NULL,
  PRIMARY KEY (attachment, number)
) WITHOUT ROWID;

-- Which conversations hold a file: it goes with the last of them.
CREATE TABLE attachment_uses (
  conversation TEXT NOT NULL,
  attachment   TEXT NOT NULL,
  PRIMARY KEY (conversation, attachment)
) WITHOUT ROWID;

CREATE INDEX attachment_uses_by_attachment ON attachment_uses (attachment);

-- How far the cron has come in what takes it many rounds.
CREATE TABLE sweeps (
  name     TEXT PRIMARY KEY,
  position TEXT NOT NULL
) WITHOUT ROWID;
