-- +goose Up
-- Operators look for what happens seldom, in a trail of what happens all the time.

CREATE INDEX audit_by_type ON audit (type, at, id);
