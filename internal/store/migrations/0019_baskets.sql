-- Signing baskets.

-- +goose Up

CREATE TABLE baskets (
    id                TEXT   PRIMARY KEY,
    client_id         TEXT   NOT NULL,
    context           TEXT   NOT NULL CHECK (context IN ('private', 'corporate')),
    organisation      TEXT   NOT NULL, -- empty if private
    bicfi             TEXT   NOT NULL,
    affiliate         TEXT   NOT NULL,
    consent_id        TEXT   NOT NULL, -- empty if none
    payment_ids       TEXT   NOT NULL, -- JSON array
    bank_ref          TEXT   NOT NULL,
    created_at        BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL, -- may be signed until then
    psu               TEXT   NOT NULL, -- empty until known
    status            TEXT   NOT NULL CHECK (status IN ('RCVD', 'PATC', 'ACTC', 'RJCT', 'CANC')),
    signatures_needed BIGINT NOT NULL,
    authorisations    TEXT,            -- JSON array; null: none
    version           BIGINT NOT NULL
);
