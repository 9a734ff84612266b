-- +goose Up
-- What was used and must not be used again: ids of assertions.

CREATE TABLE replays (
    key   BYTEA  PRIMARY KEY, -- SHA-256 of whose and which
    until BIGINT NOT NULL     -- may be forgotten after
);

CREATE INDEX replays_until ON replays (until);
