-- +goose Up
-- Due work. due_at is business time; held_until and dead_at are real time.

CREATE TABLE jobs (
    id         TEXT   PRIMARY KEY, -- in the order of their making
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    due_at     BIGINT NOT NULL,
    payload    TEXT   NOT NULL, -- JSON; empty if none
    attempts   BIGINT NOT NULL,
    failure    TEXT   NOT NULL,
    owner      TEXT   NOT NULL, -- empty if none
    held_until BIGINT NOT NULL, -- 0: free
    dead_at    BIGINT           -- null: not given up
);

CREATE INDEX jobs_due ON jobs (due_at, id) WHERE dead_at IS NULL;
CREATE INDEX jobs_by_subject ON jobs (subject, kind);
