-- Quotes of exchange rates.
-- Amounts are in minor units of their currency, rates in hundred-millionths.

-- +goose Up

CREATE TABLE fx_quotes (
    id             TEXT   PRIMARY KEY, -- letter, six digits, three letters
    client_id      TEXT   NOT NULL,
    context        TEXT   NOT NULL CHECK (context IN ('private', 'corporate')),
    organisation   TEXT   NOT NULL, -- empty if private, or not said
    psu            TEXT   NOT NULL, -- empty if not said
    target         TEXT   NOT NULL, -- currency
    amount         BIGINT NOT NULL, -- in target
    country        TEXT   NOT NULL,
    execution_date TEXT   NOT NULL, -- date; empty: spot
    rate           BIGINT NOT NULL, -- source for 1 target
    source         TEXT   NOT NULL, -- currency
    fee            BIGINT NOT NULL, -- in source
    total          BIGINT NOT NULL, -- in source, with the fee
    valid_from     BIGINT NOT NULL,
    valid_to       BIGINT NOT NULL,
    used_for       TEXT   NOT NULL, -- such as payment/ and an id; empty until used
    used_at        BIGINT           -- null until used
);
