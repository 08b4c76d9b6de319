-- Turns that a key of the user's own paid for, of the whole or of a part.
ALTER TABLE ledger ADD COLUMN own_key INTEGER NOT NULL DEFAULT 0;
-- What is too old for Stripe to take is forgotten, sent or not.
CREATE INDEX meter_events_by_age ON meter_events (at_ms);
