-- +goose Up
-- When a client secret was last used, and from which network.

ALTER TABLE app_secrets ADD COLUMN last_used_at BIGINT;                      -- null: never
ALTER TABLE app_secrets ADD COLUMN last_used_from TEXT NOT NULL DEFAULT '';
