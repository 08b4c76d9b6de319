-- Accounts elsewhere with which one signs in here.
CREATE TABLE identities (
  provider      TEXT NOT NULL, -- the address of who vouches: whoever comes later in the same setting is somebody else
  subject       TEXT NOT NULL, -- who it is there
  user          TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (provider, subject)
) WITHOUT ROWID;

CREATE INDEX identities_by_user ON identities (user);

-- Attempts to sign in that have come back, by the digest of their state: none comes back twice. A row is of no use when
-- its attempt has expired.
CREATE TABLE spent_attempts (
  digest        TEXT PRIMARY KEY,
  expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX spent_attempts_by_end ON spent_attempts (expires_at_ms);
