-- +goose Up
-- Many payments are due at the same instant: the index has their order too.

DROP INDEX sim_payments_due;
CREATE INDEX sim_payments_due ON sim_payments (due_at, ref) WHERE due_at IS NOT NULL;
