-- When a letter is tried next, and why it was not sent the last time.
ALTER TABLE letters ADD COLUMN next_attempt_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN fault TEXT;

-- The cron asks each of these once a minute.
CREATE INDEX letters_due ON letters (next_attempt_at_ms) WHERE sent_at_ms IS NULL;
CREATE INDEX letters_sent ON letters (sent_at_ms) WHERE sent_at_ms IS NOT NULL;
CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at_ms);
