-- What everything has cost: a line is written once, under its key, and never changed or deleted by us. Amounts are
-- whole micro-USD. It holds ids and numbers, nothing that anybody wrote.
CREATE TABLE ledger (
  id             TEXT PRIMARY KEY, -- of a turn: <conversation>/<number of the answer>
  kind           TEXT NOT NULL,
  at_ms          INTEGER NOT NULL,
  user           TEXT NOT NULL, -- who sent the message
  api_key        TEXT,
  organization   TEXT,
  project        TEXT,
  conversation   TEXT,
  message        TEXT,
  model          TEXT NOT NULL,
  input_tokens   INTEGER NOT NULL,
  output_tokens  INTEGER NOT NULL,
  cost_micro_usd INTEGER NOT NULL,
  priced         INTEGER NOT NULL -- 0: nobody knew the model's price
) WITHOUT ROWID;

CREATE INDEX ledger_by_user ON ledger (user, at_ms, id);
CREATE INDEX ledger_by_time ON ledger (at_ms, id);
CREATE INDEX ledger_by_organization ON ledger (organization, at_ms) WHERE organization IS NOT NULL;

-- What Stripe has told: a row is there before Stripe is answered. What it makes of a customer is computed from all of
-- their rows, so that the order in which they came makes no difference.
CREATE TABLE stripe_events (
  id             TEXT PRIMARY KEY,
  customer       TEXT NOT NULL,
  fact           TEXT NOT NULL, -- JSON: what of the event we use, no name and no address
  received_at_ms INTEGER NOT NULL,
  applied        INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE INDEX stripe_events_by_customer ON stripe_events (customer);
CREATE INDEX stripe_events_to_apply ON stripe_events (received_at_ms) WHERE applied = 0;

-- Where each customer of Stripe stands.
CREATE TABLE subscriptions (
  customer             TEXT PRIMARY KEY,
  user                 TEXT NOT NULL,
  status               TEXT NOT NULL,
  price                TEXT,
  plan                 TEXT, -- none: their status gives none
  period_ends_at_ms    INTEGER,
  cancel_at_period_end INTEGER NOT NULL DEFAULT 0,
  updated_at_ms        INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX subscriptions_by_user ON subscriptions (user);

-- What customers with a subscription have used and Stripe is yet to hear of.
CREATE TABLE meter_events (
  id                 TEXT PRIMARY KEY, -- the ledger's: Stripe counts each once
  customer           TEXT NOT NULL,
  micro_usd          INTEGER NOT NULL,
  at_ms              INTEGER NOT NULL,
  attempts           INTEGER NOT NULL DEFAULT 0,
  next_attempt_at_ms INTEGER NOT NULL,
  sent_at_ms         INTEGER
) WITHOUT ROWID;

CREATE INDEX meter_events_to_send ON meter_events (next_attempt_at_ms) WHERE sent_at_ms IS NULL;
