-- +goose Up
-- The platform's own certificate authority. See internal/issuer.

CREATE TABLE certificate_authority (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    certificate BYTEA  NOT NULL, -- DER
    sealed      BYTEA  NOT NULL, -- PKCS #8 of the private key
    created_at  BIGINT NOT NULL
);

CREATE TABLE client_certificates (
    serial          TEXT   PRIMARY KEY, -- hexadecimal
    organisation_id TEXT   NOT NULL,
    subject         TEXT   NOT NULL,
    issued_by       TEXT   NOT NULL, -- user
    issued_at       BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    revoked_at      BIGINT,          -- null: not
    blocked_at      BIGINT,          -- null: not
    certificate     BYTEA  NOT NULL  -- DER
);

CREATE INDEX client_certificates_by_organisation ON client_certificates (organisation_id, issued_at);
CREATE INDEX client_certificates_withdrawn ON client_certificates (expires_at) WHERE revoked_at IS NOT NULL OR blocked_at IS NOT NULL;
