-- +goose Up
-- What waits to be sent to an endpoint, for its developers.

CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (endpoint_id, created_at) WHERE status = 'pending';
