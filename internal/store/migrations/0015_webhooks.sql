-- +goose Up
-- Where apps want to hear of events, and what was sent there.

CREATE TABLE webhook_endpoints (
    id            TEXT    PRIMARY KEY,
    client_id     TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    url           TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    types         TEXT    NOT NULL, -- JSON array; empty: all
    secrets       TEXT    NOT NULL, -- JSON array, newest first, each sealed
    disabled      TEXT    NOT NULL, -- why; empty if it is not
    failing_since BIGINT,           -- null: the last attempt was well, or there was none
    created_at    BIGINT  NOT NULL,
    version       BIGINT  NOT NULL
);

CREATE INDEX webhook_endpoints_by_client ON webhook_endpoints (client_id);

CREATE TABLE webhook_deliveries (
    id          TEXT   PRIMARY KEY,
    endpoint_id TEXT   NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_id    TEXT   NOT NULL, -- sent as webhook-id
    type        TEXT   NOT NULL,
    body        TEXT   NOT NULL, -- what is sent
    status      TEXT   NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
    attempts    BIGINT NOT NULL,
    attempt_log TEXT   NOT NULL, -- JSON array, the last ones
    created_at  BIGINT NOT NULL,
    next_at     BIGINT,          -- null unless pending
    ended_at    BIGINT,          -- null while pending
    version     BIGINT NOT NULL,
    UNIQUE (endpoint_id, event_id)
);

CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, created_at);
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

ALTER TABLE events ADD COLUMN bicfi TEXT NOT NULL DEFAULT '';
-- The order in which events were handed to the webhooks; null until then.
ALTER TABLE events ADD COLUMN position BIGINT;

CREATE UNIQUE INDEX events_by_position ON events (position) WHERE position IS NOT NULL;
