-- +goose Up
-- How much of each audit chain was deleted because of its age: up to and with the
-- block at that position. See the package internal/audit.
ALTER TABLE audit_chains ADD COLUMN pruned_position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_chains ADD COLUMN pruned_hash BYTEA; -- of that block; null if none was deleted
ALTER TABLE audit_chains ADD COLUMN pruned_noted BIGINT; -- when an audit row last said so
