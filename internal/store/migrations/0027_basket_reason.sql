-- +goose Up
-- Why a basket was rejected; empty if it was not.

ALTER TABLE baskets ADD COLUMN reason TEXT NOT NULL DEFAULT '';
