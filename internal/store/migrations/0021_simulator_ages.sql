-- +goose Up
-- When the simulated banks may forget a consent; null if never.

ALTER TABLE sim_consents ADD COLUMN forget_at BIGINT;
UPDATE sim_consents SET forget_at = COALESCE(closed_at, revoked_at) + 3456000000; -- 40 days, ms
CREATE INDEX sim_consents_forget ON sim_consents (forget_at) WHERE forget_at IS NOT NULL;
