-- What else is known of a conversation, as JSON: what is as usual is absent.
ALTER TABLE conversations ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

-- Those that are pinned are shown first, and those in the archive are few: neither list reads all the others.
CREATE INDEX conversations_pinned ON conversations (owner, updated_at_ms DESC, id DESC)
  WHERE deleted = 0 AND details ->> '$.pinned' = 1;
CREATE INDEX conversations_archived ON conversations (owner, updated_at_ms DESC, id DESC)
  WHERE deleted = 0 AND details ->> '$.archived' = 1;
