-- Payments of the simulated banks. One that was opened and not submitted has no
-- row. Its ref begins with the day on which it was opened, so that old ones lie
-- together.

-- +goose Up

CREATE TABLE sim_payments (
    ref          TEXT   PRIMARY KEY,
    bicfi        TEXT   NOT NULL,
    debtor       BIGINT NOT NULL, -- account; 0 if it was never submitted
    creditor     BIGINT NOT NULL, -- account, if it is in the books; else 0
    status       TEXT   NOT NULL, -- as ISO 20022 has them
    reason       TEXT   NOT NULL, -- why it was rejected
    at           BIGINT NOT NULL, -- since when it has the status
    submitted_at BIGINT,
    step         TEXT   NOT NULL, -- what is due; empty if nothing more
    due_at       BIGINT,          -- null if nothing more
    held         BIGINT NOT NULL, -- reserved on the debtor's account, minor units
    outages      BIGINT NOT NULL, -- how often the bank is still to be down for it
    document     TEXT   NOT NULL, -- JSON
    version      BIGINT NOT NULL
);

CREATE INDEX sim_payments_due ON sim_payments (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sim_payments_debtor ON sim_payments (debtor, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sim_payments_creditor ON sim_payments (creditor, due_at) WHERE due_at IS NOT NULL AND creditor <> 0;

-- Whom an account has paid, at banks that ask about new payees.
CREATE TABLE sim_payees (
    debtor BIGINT NOT NULL,
    payee  TEXT   NOT NULL, -- number
    PRIMARY KEY (debtor, payee)
);

-- What is reserved and not booked, minor units.
ALTER TABLE sim_ledgers ADD COLUMN held BIGINT NOT NULL DEFAULT 0;

-- The bankgiro number of an account, digits alone; empty if it has none.
ALTER TABLE sim_accounts ADD COLUMN bankgiro TEXT NOT NULL DEFAULT '';
CREATE INDEX sim_accounts_bankgiro ON sim_accounts (bankgiro) WHERE bankgiro <> '';

-- Old runs are deleted by their age.
DROP INDEX sim_runs_open;
CREATE INDEX sim_runs_started ON sim_runs (started_at);
