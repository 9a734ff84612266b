-- Payments, and the answers to requests with an idempotency key.
-- What is asked for never changes and is written once; the columns from psu on are what moves.

-- +goose Up

CREATE TABLE payments (
    id                TEXT   PRIMARY KEY,
    client_id         TEXT   NOT NULL,
    context           TEXT   NOT NULL CHECK (context IN ('private', 'corporate')),
    organisation      TEXT   NOT NULL, -- empty if private
    bicfi             TEXT   NOT NULL,
    affiliate         TEXT   NOT NULL,
    product           TEXT   NOT NULL CHECK (product IN ('domestic', 'swedish-giro', 'sepa-credit-transfers', 'cross-border')),
    ordered           TEXT   NOT NULL, -- JSON
    notices           TEXT,            -- JSON array; null: none
    consent_id        TEXT   NOT NULL, -- empty if none
    quote_id          TEXT   NOT NULL, -- empty if none
    execution_date    TEXT   NOT NULL, -- date
    bank_ref          TEXT   NOT NULL,
    created_at        BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL, -- may be signed until then
    psu               TEXT   NOT NULL, -- empty until known
    status            TEXT   NOT NULL CHECK (status IN ('RCVD', 'PATC', 'PDNG', 'ACTC', 'ACCP', 'ACFC', 'ACWC', 'ACWP', 'ACSP', 'ACSC', 'ACCC', 'RJCT', 'CANC')),
    reason            TEXT   NOT NULL, -- why RJCT
    status_at         BIGINT NOT NULL,
    former            TEXT   NOT NULL, -- status before the last signature
    signed_at         BIGINT,
    signed_digest     TEXT   NOT NULL,
    basket_id         TEXT   NOT NULL, -- empty if in no live basket
    signatures_needed BIGINT NOT NULL,
    authorisations    TEXT,            -- JSON array; null: none
    cancellation      TEXT,            -- JSON; null: no authorisations
    cancelled_at      BIGINT,
    version           BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
    client_id  TEXT   NOT NULL,
    key        TEXT   NOT NULL,
    request    BYTEA  NOT NULL, -- SHA-256
    status     BIGINT NOT NULL, -- of HTTP
    header     TEXT   NOT NULL, -- JSON
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
