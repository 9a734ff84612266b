package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/redirect"
)

var _ redirect.Store = (*DB)(nil)

// Visit implements [redirect.Store].
func (db *DB) Visit(ctx context.Context, handle string) (v redirect.Visit, err error) {
	err = db.view(ctx, func(q querier) error {
		err := q.QueryRowContext(ctx, `
			SELECT handle, resource_kind, resource_id, authorisation_id, client_id, redirect_uri, nok_redirect_uri,
				state, has_state, scope, code_challenge, kind, started_at
			FROM redirect_visits WHERE handle = $1`, handle).Scan(
			&v.Handle, &v.Resource.Kind, &v.Resource.ID, &v.Resource.AuthorisationID, &v.ClientID, &v.RedirectURI, &v.NokRedirectURI,
			&v.State, &v.HasState, &v.Scope, &v.CodeChallenge, &v.Kind, instant{&v.StartedAt})
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such visit")
		}
		if err != nil {
			return fmt.Errorf("query visit: %w", err)
		}
		return nil
	})
	return v, err
}

// RedirectTx implements [redirect.Store].
func (db *DB) RedirectTx(ctx context.Context, fn func(redirect.Tx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(redirectTx{consentTx{q}, newPaymentTx(q)}) })
}

// redirectTx implements [redirect.Tx].
type redirectTx struct {
	consentTx
	paymentTx
}

// PutVisit implements [redirect.Tx].
func (t redirectTx) PutVisit(ctx context.Context, v redirect.Visit) error {
	r := v.Resource
	if _, err := t.q.ExecContext(ctx, `
		DELETE FROM redirect_visits WHERE resource_kind = $1 AND resource_id = $2 AND authorisation_id = $3`,
		r.Kind, r.ID, r.AuthorisationID); err != nil {
		return fmt.Errorf("replace visit: %w", err)
	}
	if _, err := t.q.ExecContext(ctx, `
		INSERT INTO redirect_visits (handle, resource_kind, resource_id, authorisation_id, client_id, redirect_uri, nok_redirect_uri,
			state, has_state, scope, code_challenge, kind, started_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		v.Handle, r.Kind, r.ID, r.AuthorisationID, v.ClientID, v.RedirectURI, v.NokRedirectURI,
		v.State, v.HasState, v.Scope, v.CodeChallenge, string(v.Kind), millis(v.StartedAt)); err != nil {
		return fmt.Errorf("insert visit: %w", err)
	}
	return nil
}

// InsertCode implements [redirect.Tx].
func (t redirectTx) InsertCode(ctx context.Context, c redirect.Code) error {
	r := c.Resource
	if _, err := t.q.ExecContext(ctx, `
		INSERT INTO redirect_codes (hash, resource_kind, resource_id, authorisation_id, client_id, redirect_uri, scope,
			code_challenge, expires_at, used_at, token_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.Hash[:], r.Kind, r.ID, r.AuthorisationID, c.ClientID, c.RedirectURI, c.Scope,
		c.CodeChallenge, millis(c.ExpiresAt), millis(c.UsedAt), c.TokenID); err != nil {
		return fmt.Errorf("insert code: %w", err)
	}
	return nil
}

// Code implements [redirect.Tx].
func (t redirectTx) Code(ctx context.Context, h [32]byte) (c redirect.Code, err error) {
	r := &c.Resource
	err = t.q.QueryRowContext(ctx, `
		SELECT hash, resource_kind, resource_id, authorisation_id, client_id, redirect_uri, scope,
			code_challenge, expires_at, used_at, token_id
		FROM redirect_codes WHERE hash = $1`, h[:]).Scan(
		hash{&c.Hash}, &r.Kind, &r.ID, &r.AuthorisationID, &c.ClientID, &c.RedirectURI, &c.Scope,
		&c.CodeChallenge, instant{&c.ExpiresAt}, instant{&c.UsedAt}, &c.TokenID)
	if errors.Is(err, sql.ErrNoRows) {
		return c, problem.New(problem.GrantInvalid, "the code is unknown")
	}
	if err != nil {
		return c, fmt.Errorf("query code: %w", err)
	}
	return c, nil
}

// SpendCode implements [redirect.Tx].
func (t redirectTx) SpendCode(ctx context.Context, c redirect.Code) error {
	res, err := t.q.ExecContext(ctx, `
		UPDATE redirect_codes SET used_at = $1, token_id = $2 WHERE hash = $3 AND used_at IS NULL`,
		millis(c.UsedAt), c.TokenID, c.Hash[:])
	if err := oneRow(res, err); err != nil {
		return fmt.Errorf("spend code: %w", err)
	}
	return nil
}

// DeleteRedirects deletes the visits that started, and the codes that expired,
// before the instant. A used code must be kept as long as the token that came
// of it lives, so that its second use revokes that.
func (db *DB) DeleteRedirects(ctx context.Context, before time.Time) error {
	for _, query := range []string{
		"DELETE FROM redirect_visits WHERE started_at < $1",
		"DELETE FROM redirect_codes WHERE expires_at < $1",
	} {
		if _, err := db.exec(ctx, query, millis(before)); err != nil {
			return fmt.Errorf("delete redirects: %w", err)
		}
	}
	return nil
}
