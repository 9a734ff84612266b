-- +goose Up
-- What developers look for in the log of requests. Without these a filter that
-- hardly any request passes reads all of them. Those with a code are few.

CREATE INDEX requests_by_bank ON requests (client_id, bicfi, id);
CREATE INDEX requests_by_method ON requests (client_id, method, id);
CREATE INDEX requests_redirected ON requests (client_id, id) WHERE status BETWEEN 300 AND 399;
CREATE INDEX requests_by_code ON requests (client_id, code, id) WHERE status >= 400;
CREATE INDEX requests_broken ON requests (client_id, id) WHERE status >= 500;
