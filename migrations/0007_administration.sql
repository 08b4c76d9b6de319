-- What the limits are chosen by; the setting RATE_LIMITS_BY_PLAN says what a plan's name means.
ALTER TABLE users ADD COLUMN plan TEXT NOT NULL DEFAULT 'free';

-- The row is the truth, and the user's Account object has a copy that every request asks. The version grows with every
-- change that the object must hear of; where it has not heard yet, the cron tells it.
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
CREATE INDEX users_untold ON users (id) WHERE told < version;

-- Administrators read the newest first, of all, of one actor or of one target.
CREATE INDEX audit_log_by_time ON audit_log (at_ms DESC, id DESC);
CREATE INDEX audit_log_by_actor ON audit_log (actor, at_ms DESC, id DESC);
CREATE INDEX audit_log_by_target ON audit_log (target, at_ms DESC, id DESC);

-- What somebody leaves behind and what is yet to go: written with the end of their row, and carried out by the cron. It
-- stays for longer than any queue keeps a message, so that a conversation of which the catalogue hears late goes too.
CREATE TABLE erasures (
  owner       TEXT PRIMARY KEY, -- as in conversations.owner
  account     TEXT, -- the user whose account is closed first; none: it is closed
  asked_at_ms INTEGER NOT NULL,
  due_at_ms   INTEGER NOT NULL -- when it is looked at next
) WITHOUT ROWID;

CREATE INDEX erasures_due ON erasures (due_at_ms);
