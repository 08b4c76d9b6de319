-- Endpoints that webhooks are sent to. Each is kept by an object of its own; a row says whose it is and since when it hears.
CREATE TABLE webhook_endpoints (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX webhook_endpoints_by_owner ON webhook_endpoints (owner);

-- The outbox of webhooks: conversations and runs of users who have an endpoint. There is something to tell while told < version.
CREATE TABLE webhook_sources (
  id      TEXT PRIMARY KEY, -- of the conversation or the run
  owner   TEXT NOT NULL,
  is_run  INTEGER NOT NULL,
  version INTEGER NOT NULL, -- its newest event, as its row in the catalogue or the list has it
  told    INTEGER NOT NULL DEFAULT 0, -- the version that every endpoint has heard of
  through INTEGER NOT NULL DEFAULT 0, -- the message or the entry up to which everything is told
  is_over INTEGER NOT NULL DEFAULT 0, -- nothing follows
  at_ms   INTEGER NOT NULL -- of the newest version
) WITHOUT ROWID;

CREATE INDEX webhook_sources_untold ON webhook_sources (at_ms) WHERE told < version;
CREATE INDEX webhook_sources_by_owner ON webhook_sources (owner);
