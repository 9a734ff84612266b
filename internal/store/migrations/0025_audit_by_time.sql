-- +goose Up
-- Operators look at the newest audit rows.

CREATE INDEX audit_by_time ON audit (at, id);
