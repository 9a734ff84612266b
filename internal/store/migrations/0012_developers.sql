-- +goose Up
-- The people who use the portal. See the package internal/developer.

CREATE TABLE users (
    id          TEXT    PRIMARY KEY,
    email       TEXT    NOT NULL UNIQUE, -- lower case
    name        TEXT    NOT NULL,
    password    TEXT    NOT NULL,        -- Argon2id in PHC form; empty if none
    totp        BYTEA,                   -- sealed secret; null if none
    totp_step   BIGINT  NOT NULL,
    recovery    TEXT    NOT NULL,        -- JSON array of hashes
    external    TEXT,                    -- issuer and subject; null if none
    operator    BOOLEAN NOT NULL,
    disabled    BOOLEAN NOT NULL,
    verified_at BIGINT,                  -- null: not yet
    created_at  BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    UNIQUE (external)
);

CREATE TABLE passkeys (
    id         BYTEA  PRIMARY KEY, -- of the credential
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label      TEXT   NOT NULL,
    credential TEXT   NOT NULL,    -- JSON
    created_at BIGINT NOT NULL,
    used_at    BIGINT              -- null: never
);

CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at);

CREATE TABLE organisations (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL,
    number     TEXT   NOT NULL, -- empty if not given
    country    TEXT   NOT NULL, -- empty if not given
    access     TEXT   NOT NULL CHECK (access IN ('', 'asked', 'granted', 'refused')),
    request    TEXT   NOT NULL, -- JSON: the request for access and its answer
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);

CREATE INDEX organisations_by_name ON organisations (name, id);
CREATE INDEX organisations_asking ON organisations (id) WHERE access = 'asked';

CREATE TABLE members (
    organisation_id TEXT   NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    user_id         TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role            TEXT   NOT NULL CHECK (role IN ('owner', 'developer', 'viewer')),
    since           BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, user_id)
);

CREATE INDEX members_by_user ON members (user_id, since);

CREATE TABLE invitations (
    hash            BYTEA  PRIMARY KEY, -- SHA-256 of the link's secret
    id              TEXT   NOT NULL UNIQUE,
    organisation_id TEXT   NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    email           TEXT   NOT NULL,
    role            TEXT   NOT NULL CHECK (role IN ('owner', 'developer', 'viewer')),
    invited_by      TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);

CREATE INDEX invitations_by_organisation ON invitations (organisation_id, created_at);

CREATE TABLE tickets (
    hash       BYTEA  PRIMARY KEY, -- SHA-256 of the link's secret
    kind       TEXT   NOT NULL CHECK (kind IN ('verify', 'reset')),
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    hash            BYTEA  PRIMARY KEY, -- SHA-256 of the cookie's secret
    id              TEXT   NOT NULL UNIQUE,
    user_id         TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    stage           TEXT   NOT NULL CHECK (stage IN ('full', 'factor')),
    organisation_id TEXT   NOT NULL, -- empty if none
    csrf            TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    seen_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    agent           TEXT   NOT NULL,
    network         TEXT   NOT NULL,
    proved_at       BIGINT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id, seen_at);
