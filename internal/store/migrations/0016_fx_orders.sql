-- Payments abroad at the rate of a quote, which the client funds by transfer.
-- Amounts are in minor units of their currency.

-- +goose Up

CREATE TABLE fx_orders (
    quote_id       TEXT    PRIMARY KEY REFERENCES fx_quotes (id) ON DELETE CASCADE,
    client_id      TEXT    NOT NULL,
    context        TEXT    NOT NULL CHECK (context IN ('private', 'corporate')),
    organisation   TEXT    NOT NULL,
    psu            TEXT    NOT NULL,
    payout         TEXT    NOT NULL, -- JSON
    digest         TEXT    NOT NULL, -- SHA-256 of the confirmed payment, in hexadecimal
    currency       TEXT    NOT NULL, -- of funding
    funding        BIGINT  NOT NULL, -- to be paid in
    reference      TEXT    NOT NULL UNIQUE,
    account        TEXT    NOT NULL, -- JSON
    holder         TEXT    NOT NULL,
    country        TEXT    NOT NULL,
    execution_date TEXT    NOT NULL, -- date
    fund_by        TEXT    NOT NULL, -- date
    fund_at        BIGINT,           -- null: not by itself
    payout_at      BIGINT,           -- null until funded
    returned       BOOLEAN NOT NULL,
    status         TEXT    NOT NULL CHECK (status IN ('ACTC', 'ACSP', 'ACSC', 'RJCT')),
    status_at      BIGINT  NOT NULL,
    reason         TEXT    NOT NULL,
    confirmed_at   BIGINT  NOT NULL,
    version        BIGINT  NOT NULL
);
