-- Organizations, and who is in them. This is the truth; each user's Account object holds a projection of their own
-- memberships, so that a request need not ask here.
CREATE TABLE organizations (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  deleted       INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE projects (
  id            TEXT PRIMARY KEY,
  organization  TEXT NOT NULL,
  name          TEXT NOT NULL,
  jurisdiction  TEXT NOT NULL DEFAULT 'none', -- none or eu, for good: it is in the ids of its conversations
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  deleted       INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE INDEX projects_by_organization ON projects (organization, deleted, created_at_ms);

-- A row stays for a while when its membership has ended, until the account has heard of it and beyond.
CREATE TABLE members (
  organization  TEXT NOT NULL,
  user          TEXT NOT NULL,
  role          TEXT, -- viewer, editor, admin or owner; none: no longer in it
  version       INTEGER NOT NULL, -- grows with each change, and with the clock, so that it never begins anew
  told_version  INTEGER NOT NULL DEFAULT 0, -- what the account has heard of
  joined_at_ms  INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (organization, user)
) WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user) WHERE role IS NOT NULL;
-- The cron asks each of these once a minute.
CREATE INDEX members_to_tell ON members (updated_at_ms) WHERE told_version < version;
CREATE INDEX members_ended ON members (updated_at_ms) WHERE role IS NULL;

CREATE TABLE invitations (
  id            TEXT PRIMARY KEY,
  organization  TEXT NOT NULL,
  email         TEXT NOT NULL, -- as it was typed
  email_key     TEXT NOT NULL, -- as it is compared
  role          TEXT NOT NULL,
  digest        TEXT NOT NULL UNIQUE, -- of the code in the letter
  invited_by    TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL, -- one that is withdrawn ends at once
  used_at_ms    INTEGER,
  used_by       TEXT
) WITHOUT ROWID;

CREATE INDEX invitations_by_organization ON invitations (organization, created_at_ms);
CREATE INDEX invitations_by_end ON invitations (expires_at_ms);
