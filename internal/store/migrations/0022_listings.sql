-- +goose Up
-- What an application has made, newest first, for its developers.

CREATE INDEX consents_by_client ON consents (client_id, created_at, id);
CREATE INDEX consents_by_status ON consents (client_id, status, created_at, id);
CREATE INDEX consents_by_bank ON consents (client_id, bicfi, status, created_at, id);

CREATE INDEX payments_by_client ON payments (client_id, created_at, id);
CREATE INDEX payments_by_status ON payments (client_id, status, created_at, id);
CREATE INDEX payments_by_bank ON payments (client_id, bicfi, status, created_at, id);

CREATE INDEX baskets_by_client ON baskets (client_id, created_at, id);
CREATE INDEX fx_quotes_by_client ON fx_quotes (client_id, valid_from, id);
CREATE INDEX kyc_cases_by_client ON kyc_cases (client_id, created_at, id);

CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (endpoint_id, created_at) WHERE status = 'dead';
