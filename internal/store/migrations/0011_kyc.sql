-- +goose Up
-- Due diligence on organisations. See the package internal/kyc.

CREATE TABLE kyc_cases (
    id           TEXT   PRIMARY KEY,
    instance     BYTEA  NOT NULL UNIQUE, -- SHA-256 of the id in the link
    client_id    TEXT   NOT NULL,
    organisation TEXT   NOT NULL,
    country      TEXT   NOT NULL, -- empty if unknown
    status       TEXT   NOT NULL CHECK (status IN ('open', 'submitted', 'approved', 'rejected', 'expired', 'void')),
    sealed       BYTEA,           -- the answers, sealed; null if none
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL, -- of the link
    submitted_at BIGINT,
    decided_at   BIGINT,
    valid_until  TEXT   NOT NULL, -- date; empty unless approved
    retry_at     BIGINT,          -- the provider is asked again; null: not
    note         TEXT   NOT NULL,
    version      BIGINT NOT NULL
);

CREATE INDEX kyc_cases_by_organisation ON kyc_cases (client_id, organisation, status, valid_until, expires_at);
CREATE INDEX kyc_cases_by_status ON kyc_cases (status, created_at);
CREATE INDEX kyc_cases_retry ON kyc_cases (retry_at) WHERE retry_at IS NOT NULL;
