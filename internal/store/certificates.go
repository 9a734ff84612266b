package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sluss.example/sluss/internal/certificate"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/problem"
)

var _ issuer.Store = (*DB)(nil)

func queryAuthority(ctx context.Context, q querier) (a issuer.Authority, err error) {
	err = q.QueryRowContext(ctx, "SELECT certificate, sealed, created_at FROM certificate_authority WHERE id = 1").
		Scan(&a.Certificate, &a.Sealed, instant{&a.CreatedAt})
	if errors.Is(err, sql.ErrNoRows) {
		return a, problem.New(problem.ResourceUnknown, "there is no certificate authority yet")
	}
	return a, err
}

// Authority implements [issuer.Store].
func (db *DB) Authority(ctx context.Context) (a issuer.Authority, err error) {
	err = db.view(ctx, func(q querier) error {
		a, err = queryAuthority(ctx, q)
		return err
	})
	return a, err
}

// InsertAuthority implements [issuer.Store].
func (db *DB) InsertAuthority(ctx context.Context, a issuer.Authority) (stored issuer.Authority, err error) {
	err = db.tx(ctx, func(q querier) error {
		if _, err := q.ExecContext(ctx, `
			INSERT INTO certificate_authority (id, certificate, sealed, created_at) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING`,
			a.Certificate, a.Sealed, millis(a.CreatedAt)); err != nil {
			return fmt.Errorf("insert certificate authority: %w", err)
		}
		stored, err = queryAuthority(ctx, q)
		return err
	})
	return stored, err
}

const certificateColumns = "serial, organisation_id, subject, issued_by, issued_at, expires_at, revoked_at, blocked_at, certificate"

func scanCertificate(row scanner) (c issuer.Certificate, err error) {
	err = row.Scan(&c.Serial, &c.OrganisationID, &c.Subject, &c.IssuedBy, instant{&c.IssuedAt}, instant{&c.ExpiresAt},
		instant{&c.RevokedAt}, instant{&c.BlockedAt}, &c.DER)
	return c, err
}

// InsertCertificate implements [issuer.Store].
func (db *DB) InsertCertificate(ctx context.Context, c issuer.Certificate, events ...event.Event) error {
	return db.tx(ctx, func(q querier) error {
		if _, err := q.ExecContext(ctx, "INSERT INTO client_certificates ("+certificateColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			c.Serial, c.OrganisationID, c.Subject, c.IssuedBy, millis(c.IssuedAt), millis(c.ExpiresAt), millis(c.RevokedAt),
			millis(c.BlockedAt), c.DER); err != nil {
			return fmt.Errorf("insert certificate: %w", err)
		}
		return insertEvents(ctx, q, events)
	})
}

// Certificates implements [issuer.Store].
func (db *DB) Certificates(ctx context.Context, organisationID string) (all []issuer.Certificate, err error) {
	err = db.view(ctx, func(q querier) error {
		all, err = scanAll(ctx, q, scanCertificate, "SELECT "+certificateColumns+`
			FROM client_certificates WHERE organisation_id = $1 ORDER BY issued_at DESC, serial LIMIT 500`, organisationID)
		return err
	})
	return all, err
}

// Withdraw implements [issuer.Store].
func (db *DB) Withdraw(ctx context.Context, organisationID, serial string, state certificate.State, at time.Time, events ...event.Event) error {
	column := "revoked_at"
	if state == certificate.Blocked {
		column = "blocked_at"
	}
	return db.tx(ctx, func(q querier) error {
		var before time.Time
		err := q.QueryRowContext(ctx, "SELECT "+column+" FROM client_certificates WHERE serial = $1 AND organisation_id = $2",
			serial, organisationID).Scan(instant{&before})
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.ResourceUnknown, "no such certificate")
		}
		if err != nil || !before.IsZero() {
			return err
		}
		if _, err := q.ExecContext(ctx, "UPDATE client_certificates SET "+column+" = $1 WHERE serial = $2", millis(at), serial); err != nil {
			return fmt.Errorf("withdraw certificate: %w", err)
		}
		return insertEvents(ctx, q, events)
	})
}

// Withdrawn implements [issuer.Store].
func (db *DB) Withdrawn(ctx context.Context, now time.Time) (map[string]certificate.State, error) {
	states := map[string]certificate.State{}
	err := db.view(ctx, func(q querier) error {
		clear(states)
		scan := func(row scanner) (none struct{}, err error) {
			var serial string
			var blocked bool
			err = row.Scan(&serial, &blocked)
			states[serial] = certificate.Revoked
			if blocked {
				states[serial] = certificate.Blocked
			}
			return none, err
		}
		_, err := scanAll(ctx, q, scan, `
			SELECT serial, blocked_at IS NOT NULL FROM client_certificates
			WHERE (revoked_at IS NOT NULL OR blocked_at IS NOT NULL) AND expires_at > $1`, millis(now))
		return err
	})
	return states, err
}
