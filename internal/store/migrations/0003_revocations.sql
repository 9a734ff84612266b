-- +goose Up
-- Access tokens that were revoked before their time.

CREATE TABLE revoked_tokens (
    token_id TEXT   PRIMARY KEY, -- jti
    until    BIGINT NOT NULL     -- may be forgotten after
);
