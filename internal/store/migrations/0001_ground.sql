-- Apps, signing keys, consents, what browsers carry through a redirect, counters,
-- and the events with their audit rows.
-- Times are Unix milliseconds, UTC; null if there is none. Dates are text, 2006-01-02.
-- Lists and parts of an aggregate that no query looks into are JSON.
-- The same text runs on SQLite and on PostgreSQL. BYTEA keeps blobs as they are in SQLite too.

-- +goose Up

CREATE TABLE apps (
    id            TEXT    PRIMARY KEY, -- client_id
    name          TEXT    NOT NULL,
    environment   TEXT    NOT NULL CHECK (environment IN ('sandbox', 'production')),
    scopes        TEXT    NOT NULL, -- API scopes, separated by spaces
    contexts      TEXT    NOT NULL, -- PSU contexts, separated by spaces
    redirect_uris TEXT    NOT NULL, -- JSON array
    disabled      BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL,
    version       BIGINT  NOT NULL
);

CREATE TABLE app_secrets (
    app_id     TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    id         TEXT    NOT NULL,
    position   BIGINT  NOT NULL, -- in the app's list
    label      TEXT    NOT NULL,
    hash       BYTEA   NOT NULL, -- SHA-256
    created_at BIGINT  NOT NULL,
    expires_at BIGINT,           -- null: never
    PRIMARY KEY (app_id, id)
);

-- The version of a whole set, which every change to it raises, so that instances
-- learn by one cheap read whether their snapshot is still good.
CREATE TABLE set_versions (
    name    TEXT   PRIMARY KEY,
    version BIGINT NOT NULL
);

INSERT INTO set_versions (name, version) VALUES ('apps', 1);

CREATE TABLE signing_keys (
    key_id       TEXT   PRIMARY KEY, -- kid
    algorithm    TEXT   NOT NULL,
    certificate  BYTEA  NOT NULL,    -- DER
    sealed       BYTEA  NOT NULL,    -- the private key, sealed
    created_at   BIGINT NOT NULL,
    published_at BIGINT,
    signs_from   BIGINT,
    retired_at   BIGINT
);

CREATE TABLE consents (
    id                TEXT    PRIMARY KEY,
    client_id         TEXT    NOT NULL,
    context           TEXT    NOT NULL CHECK (context IN ('private', 'corporate')),
    organisation      TEXT    NOT NULL, -- empty if private
    psu               TEXT    NOT NULL, -- empty until known
    bicfi             TEXT    NOT NULL,
    affiliate         TEXT    NOT NULL,
    direct_debit      BOOLEAN NOT NULL,
    access            TEXT    NOT NULL, -- JSON
    recurring         BOOLEAN NOT NULL,
    valid_until       TEXT    NOT NULL, -- date
    frequency_per_day BIGINT  NOT NULL,
    combined          BOOLEAN NOT NULL,
    status            TEXT    NOT NULL CHECK (status IN ('received', 'partiallyAuthorised', 'valid', 'rejected', 'expired', 'revokedByPsu', 'terminatedByTpp')),
    created_at        BIGINT  NOT NULL,
    authorised_at     BIGINT,
    expires_at        BIGINT,
    last_action       TEXT    NOT NULL, -- date
    bank_ref          TEXT    NOT NULL,
    granted           TEXT,             -- JSON array; null: every account
    signatures_needed BIGINT  NOT NULL,
    authorisations    TEXT    NOT NULL, -- JSON array
    version           BIGINT  NOT NULL
);

-- For the recurring consents that a new one takes the place of.
CREATE INDEX consents_recurring ON consents (client_id, bicfi, psu) WHERE status = 'valid' AND recurring;

CREATE TABLE redirect_visits (
    handle           TEXT    PRIMARY KEY,
    resource_kind    TEXT    NOT NULL,
    resource_id      TEXT    NOT NULL,
    authorisation_id TEXT    NOT NULL,
    client_id        TEXT    NOT NULL,
    redirect_uri     TEXT    NOT NULL,
    nok_redirect_uri TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    has_state        BOOLEAN NOT NULL,
    scope            TEXT    NOT NULL,
    code_challenge   TEXT    NOT NULL,
    kind             TEXT    NOT NULL CHECK (kind IN ('decoupled', 'oauth', 'plain')),
    started_at       BIGINT  NOT NULL,
    UNIQUE (resource_kind, resource_id, authorisation_id)
);

CREATE TABLE redirect_codes (
    hash             BYTEA  PRIMARY KEY, -- SHA-256 of the code
    resource_kind    TEXT   NOT NULL,
    resource_id      TEXT   NOT NULL,
    authorisation_id TEXT   NOT NULL,
    client_id        TEXT   NOT NULL,
    redirect_uri     TEXT   NOT NULL,
    scope            TEXT   NOT NULL,
    code_challenge   TEXT   NOT NULL,
    expires_at       BIGINT NOT NULL,
    used_at          BIGINT,             -- null until used
    token_id         TEXT   NOT NULL     -- jti; empty until used
);

-- Unattended calls, by what is counted and bank-local day.
CREATE TABLE access_counts (
    counter TEXT   NOT NULL,
    day     TEXT   NOT NULL, -- date
    n       BIGINT NOT NULL,
    PRIMARY KEY (counter, day)
);

-- Tokens asked for, by app, PSU context and minute.
CREATE TABLE usage_counts (
    minute    BIGINT NOT NULL, -- Unix minutes
    client_id TEXT   NOT NULL,
    context   TEXT   NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (minute, client_id, context)
);

CREATE TABLE events (
    id           TEXT   PRIMARY KEY,
    type         TEXT   NOT NULL, -- such as consent.valid
    subject      TEXT   NOT NULL,
    client_id    TEXT   NOT NULL, -- empty if none
    at           BIGINT NOT NULL,
    detail       TEXT   NOT NULL,
    delivered_at BIGINT           -- null until it was sent
);

CREATE INDEX events_undelivered ON events (at) WHERE delivered_at IS NULL;

-- One row for each event, written with it. A block of an instance's chain seals
-- the row later: chain and position of the block are null until then.
CREATE TABLE audit (
    id        TEXT   PRIMARY KEY, -- of the event
    type      TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    client_id TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    detail    TEXT   NOT NULL,
    chain     TEXT,
    position  BIGINT
);

CREATE INDEX audit_chained ON audit (chain, position) WHERE chain IS NOT NULL;
CREATE INDEX audit_unchained ON audit (at) WHERE chain IS NULL;
CREATE INDEX audit_by_subject ON audit (subject, at);
