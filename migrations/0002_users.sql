-- Accounts with a name. Sessions, API keys and rate windows rest in each user's Account object, which every request
-- asks anyway; guests have no row here at all.
CREATE TABLE users (
  id                   TEXT PRIMARY KEY,
  email                TEXT NOT NULL, -- as it was typed
  email_key            TEXT NOT NULL UNIQUE, -- as it is compared
  password_hash        TEXT, -- none: signs in another way
  name                 TEXT,
  role                 TEXT NOT NULL DEFAULT 'user', -- user or admin, on the whole deployment
  banned               INTEGER NOT NULL DEFAULT 0,
  email_verified_at_ms INTEGER,
  created_at_ms        INTEGER NOT NULL,
  updated_at_ms        INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX users_by_role ON users (role) WHERE role <> 'user';

-- One-time links, by the digest of their code.
CREATE TABLE one_time_codes (
  digest        TEXT PRIMARY KEY,
  purpose       TEXT NOT NULL, -- verify-email or reset-password
  user          TEXT NOT NULL,
  email_key     TEXT NOT NULL, -- a code is good for the address that it was sent to
  expires_at_ms INTEGER NOT NULL,
  used_at_ms    INTEGER
) WITHOUT ROWID;

CREATE INDEX one_time_codes_by_user ON one_time_codes (user, purpose);

-- Letters: written here first, sent after; the cron sends what was not. In development this is the mailbox.
CREATE TABLE letters (
  id            TEXT PRIMARY KEY,
  recipient     TEXT NOT NULL,
  subject       TEXT NOT NULL,
  body          TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  sent_at_ms    INTEGER,
  attempts      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE INDEX letters_to_send ON letters (created_at_ms) WHERE sent_at_ms IS NULL;

-- Who did what to whom, for administrators.
CREATE TABLE audit_log (
  id     TEXT PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
