-- +goose Up
-- What an app may use, or must not, beyond the published API.

ALTER TABLE apps ADD COLUMN extensions TEXT NOT NULL DEFAULT '{}'; -- JSON
