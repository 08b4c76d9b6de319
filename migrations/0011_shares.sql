-- Links by which anybody may read a conversation. The token in a link is a secret: its digest is kept. A conversation that
-- was deleted, or a user who has left, takes their links with them.
CREATE TABLE shares (
  id            TEXT PRIMARY KEY,
  digest        TEXT NOT NULL UNIQUE,
  conversation  TEXT NOT NULL,
  creator       TEXT NOT NULL,
  leaf          INTEGER, -- the last message of a snapshot; none: whatever the conversation is now
  title         TEXT NOT NULL, -- a snapshot's
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER
) WITHOUT ROWID;

CREATE INDEX shares_by_conversation ON shares (conversation, created_at_ms);
CREATE INDEX shares_by_creator ON shares (creator);
