-- Schedules: when agents begin runs by themselves.
CREATE TABLE schedules (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL, -- the user whose runs they are
  agent         TEXT NOT NULL,
  definition    TEXT NOT NULL, -- JSON
  next_ms       INTEGER, -- none: paused, or no time is left
  last_ms       INTEGER, -- the time for which the newest run was begun
  last_run      TEXT,
  error         TEXT, -- why it was paused, where nobody did it
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX schedules_by_owner ON schedules (owner, agent);
CREATE INDEX schedules_due ON schedules (next_ms) WHERE next_ms IS NOT NULL;
