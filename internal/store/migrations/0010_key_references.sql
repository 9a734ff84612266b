-- +goose Up
-- A private key may be in a hardware security module: the row then has its name
-- instead of the sealed key.

ALTER TABLE signing_keys ADD COLUMN reference TEXT NOT NULL DEFAULT '';
