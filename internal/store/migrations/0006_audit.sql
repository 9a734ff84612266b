-- +goose Up
-- The chains of blocks that seal the audit trail. See the package internal/audit.

CREATE TABLE audit_chains (
    chain    TEXT   PRIMARY KEY,
    position BIGINT NOT NULL, -- of the newest block
    hash     BYTEA  NOT NULL, -- of the newest block
    at       BIGINT NOT NULL, -- of the newest block
    since    BIGINT NOT NULL  -- of the first block
);

CREATE INDEX audit_chains_newest ON audit_chains (at);

CREATE TABLE audit_blocks (
    chain           TEXT   NOT NULL,
    position        BIGINT NOT NULL, -- from 1
    batch           TEXT   NOT NULL UNIQUE,
    at              BIGINT NOT NULL,
    body            BYTEA  NOT NULL, -- entries; empty if none
    row_hash        BYTEA,           -- of the rows of audit that name the block; null if none
    anchor_chain    TEXT,            -- newest block of another chain; null if none
    anchor_position BIGINT,
    anchor_hash     BYTEA,
    hash            BYTEA  NOT NULL,
    PRIMARY KEY (chain, position)
);
