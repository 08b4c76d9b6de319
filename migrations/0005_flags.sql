-- Feature flags: on for a part of the users, and for those who are named.
CREATE TABLE flags (
  name          TEXT PRIMARY KEY,
  enabled       INTEGER NOT NULL,
  percent       INTEGER NOT NULL, -- of the users, 0 to 100
  tenants       TEXT NOT NULL DEFAULT '[]', -- JSON: ids of users for whom it is on at any percentage
  updated_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
