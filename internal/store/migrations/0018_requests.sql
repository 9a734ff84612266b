-- +goose Up
-- What applications asked for, for their developers. See internal/reqlog.
-- The id is the time in microseconds with a counter, so that it grows.

CREATE TABLE requests (
    client_id  TEXT   NOT NULL,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    method     TEXT   NOT NULL,
    route      TEXT   NOT NULL,
    path       TEXT   NOT NULL,
    bicfi      TEXT   NOT NULL, -- empty if none
    status     BIGINT NOT NULL,
    code       TEXT   NOT NULL, -- empty if none
    reason     TEXT   NOT NULL,
    field      TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    took       BIGINT NOT NULL, -- microseconds
    headers    TEXT   NOT NULL, -- JSON
    PRIMARY KEY (client_id, id)
);

-- Those that failed are looked for, and are few.
CREATE INDEX requests_failed ON requests (client_id, id) WHERE status >= 400;
CREATE INDEX requests_at ON requests (at);
CREATE INDEX usage_counts_by_client ON usage_counts (client_id, minute);
