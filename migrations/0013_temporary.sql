-- Conversations that go by themselves: the cron finds those whose time is over without reading the others.
CREATE INDEX conversations_temporary ON conversations (updated_at_ms)
  WHERE deleted = 0 AND details ->> '$.temporary' = 1;
