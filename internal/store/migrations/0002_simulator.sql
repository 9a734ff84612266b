-- What the simulated banks know: customers, accounts, the ledger, consents and
-- runs of SCA. The tables stay empty where no simulated bank is connected.
-- Days are counted from 1970-01-01. Amounts are in minor units.
-- The same text runs on SQLite and on PostgreSQL.

-- +goose Up

CREATE TABLE sim_customers (
    bicfi    TEXT   NOT NULL,
    customer TEXT   NOT NULL, -- private:PSU or corporate:organisation
    version  BIGINT NOT NULL, -- grows with every account
    PRIMARY KEY (bicfi, customer)
);

CREATE TABLE sim_accounts (
    account  BIGINT PRIMARY KEY,
    bicfi    TEXT   NOT NULL,
    number   TEXT   NOT NULL, -- IBAN, or BBAN or PAN; normalised
    bban     TEXT   NOT NULL, -- normalised; empty if none
    document TEXT   NOT NULL, -- JSON
    UNIQUE (bicfi, number)
);

CREATE INDEX sim_accounts_bban ON sim_accounts (bicfi, bban);

CREATE TABLE sim_holders (
    bicfi    TEXT   NOT NULL,
    customer TEXT   NOT NULL,
    position BIGINT NOT NULL,
    account  BIGINT NOT NULL REFERENCES sim_accounts (account),
    PRIMARY KEY (bicfi, customer, account)
);

-- A ledger belongs to an account or, with no row in sim_accounts, to the world
-- outside that an account deals with.
CREATE TABLE sim_ledgers (
    account  BIGINT PRIMARY KEY,
    currency TEXT   NOT NULL,
    balance  BIGINT NOT NULL, -- the sum of all entries
    entries  BIGINT NOT NULL, -- seq of the last entry
    grown    BIGINT NOT NULL  -- day until which there is history
);

CREATE TABLE sim_journals (
    id   BIGINT PRIMARY KEY,
    kind TEXT   NOT NULL,
    at   BIGINT NOT NULL
);

CREATE TABLE sim_entries (
    account   BIGINT NOT NULL,
    day       BIGINT NOT NULL, -- booking date
    seq       BIGINT NOT NULL,
    journal   BIGINT NOT NULL,
    ref       BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    value_day BIGINT NOT NULL,
    kind      BIGINT NOT NULL,
    amount    BIGINT NOT NULL,
    balance   BIGINT NOT NULL, -- after it
    text      TEXT   NOT NULL, -- parts, apart by U+001F
    PRIMARY KEY (account, day, seq)
);

CREATE UNIQUE INDEX sim_entries_ref ON sim_entries (account, ref);

CREATE TABLE sim_consents (
    ref        TEXT   PRIMARY KEY,
    bicfi      TEXT   NOT NULL,
    document   TEXT   NOT NULL, -- JSON
    closed_at  BIGINT,
    revoked_at BIGINT
);

CREATE TABLE sim_runs (
    ref        TEXT   PRIMARY KEY,
    consent    TEXT   NOT NULL,
    signer     TEXT   NOT NULL, -- once it has settled; else empty
    started_at BIGINT NOT NULL,
    open       BOOLEAN NOT NULL, -- nobody has decided
    document   TEXT   NOT NULL, -- JSON
    version    BIGINT NOT NULL
);

CREATE INDEX sim_runs_open ON sim_runs (started_at) WHERE open;
CREATE INDEX sim_runs_consent ON sim_runs (consent);
