-- For the quotes that nobody used and that are deleted after some time.

-- +goose Up

CREATE INDEX fx_quotes_unused ON fx_quotes (valid_to) WHERE used_for = '';
