package store

import (
	"context"
	"fmt"
	"time"

	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/kyc"
)

var _ kyc.Store = (*DB)(nil)

const kycColumns = `id, instance, client_id, organisation, country, status, sealed, created_at, expires_at,
	submitted_at, decided_at, valid_until, retry_at, note, version`

const selectKYC = "SELECT " + kycColumns + " FROM kyc_cases "

// KYCCase implements [kyc.Store].
func (db *DB) KYCCase(ctx context.Context, id string) (kyc.Case, error) {
	return db.kycCase(ctx, selectKYC+"WHERE id = $1", id)
}

// KYCCaseByInstance implements [kyc.Store].
func (db *DB) KYCCaseByInstance(ctx context.Context, h [32]byte) (kyc.Case, error) {
	return db.kycCase(ctx, selectKYC+"WHERE instance = $1", h[:])
}

// KYCLatest implements [kyc.Store].
func (db *DB) KYCLatest(ctx context.Context, clientID, organisation string, s kyc.Status) (kyc.Case, error) {
	return db.kycCase(ctx, selectKYC+`WHERE client_id = $1 AND organisation = $2 AND status = $3
		ORDER BY valid_until DESC, expires_at DESC LIMIT 1`, clientID, organisation, string(s))
}

func (db *DB) kycCase(ctx context.Context, query string, args ...any) (c kyc.Case, err error) {
	err = db.view(ctx, func(q querier) error {
		c, err = queryKYC(ctx, q, query, args...)
		return err
	})
	return c, err
}

// KYCCases implements [kyc.Store].
func (db *DB) KYCCases(ctx context.Context, s kyc.Status, limit int) (all []kyc.Case, err error) {
	query, args := selectKYC+"ORDER BY created_at DESC, id LIMIT $1", []any{limit}
	if s != "" {
		query, args = selectKYC+"WHERE status = $1 ORDER BY created_at DESC, id LIMIT $2", []any{string(s), limit}
	}
	err = db.view(ctx, func(q querier) error {
		if all, err = scanAll(ctx, q, scanKYC, query, args...); err != nil {
			return fmt.Errorf("query KYC cases: %w", err)
		}
		return nil
	})
	return all, err
}

// KYCDue implements [kyc.Store].
func (db *DB) KYCDue(ctx context.Context, now time.Time, limit int) (ids []string, err error) {
	err = db.view(ctx, func(q querier) error {
		ids, err = scanAll(ctx, q, func(row scanner) (id string, err error) { return id, row.Scan(&id) }, `
			SELECT id FROM kyc_cases
			WHERE status = 'open' AND expires_at <= $1 OR status = 'approved' AND valid_until < $2
				OR status = 'submitted' AND retry_at <= $1
			ORDER BY expires_at, id LIMIT $3`, millis(now), date(now.UTC()), limit)
		if err != nil {
			return fmt.Errorf("query due KYC cases: %w", err)
		}
		return nil
	})
	return ids, err
}

// DeleteKYCCases deletes the cases that ended without a decision, or whose
// approval ended, and whose link expired before the instant.
func (db *DB) DeleteKYCCases(ctx context.Context, before time.Time) error {
	_, err := db.exec(ctx, `
		DELETE FROM kyc_cases WHERE status IN ('expired', 'void') AND valid_until = '' AND expires_at < $1`, millis(before))
	if err != nil {
		return fmt.Errorf("delete KYC cases: %w", err)
	}
	return nil
}

// KYCTx implements [kyc.Store].
func (db *DB) KYCTx(ctx context.Context, fn func(kyc.Tx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(kycTx{q}) })
}

// kycTx implements [kyc.Tx].
type kycTx struct{ q querier }

// KYCCase implements [kyc.Tx].
func (t kycTx) KYCCase(ctx context.Context, id string) (kyc.Case, error) {
	return queryKYC(ctx, t.q, selectKYC+"WHERE id = $1", id)
}

// KYCUnsettled implements [kyc.Tx].
func (t kycTx) KYCUnsettled(ctx context.Context, clientID, organisation string) ([]kyc.Case, error) {
	all, err := scanAll(ctx, t.q, scanKYC, selectKYC+`
		WHERE client_id = $1 AND organisation = $2 AND status IN ('open', 'submitted')
		ORDER BY created_at DESC, id`, clientID, organisation)
	if err != nil {
		return nil, fmt.Errorf("query unsettled KYC cases: %w", err)
	}
	return all, nil
}

// InsertKYCCase implements [kyc.Tx].
func (t kycTx) InsertKYCCase(ctx context.Context, c kyc.Case, events ...event.Event) error {
	if _, err := t.q.ExecContext(ctx, "INSERT INTO kyc_cases ("+kycColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)`, kycArgs(&c)...); err != nil {
		return fmt.Errorf("insert KYC case: %w", err)
	}
	return insertEvents(ctx, t.q, events)
}

// SaveKYCCase implements [kyc.Tx].
func (t kycTx) SaveKYCCase(ctx context.Context, c *kyc.Case, events ...event.Event) error {
	return kycKind().save(ctx, t.q, `
		UPDATE kyc_cases SET instance = $2, client_id = $3, organisation = $4, country = $5, status = $6, sealed = $7,
			created_at = $8, expires_at = $9, submitted_at = $10, decided_at = $11, valid_until = $12, retry_at = $13,
			note = $14, version = version + 1
		WHERE id = $1 AND version = $15`, kycArgs(c), &c.Version, events)
}

// kycKind is that of KYC cases.
func kycKind() kind[kyc.Case] { return kind[kyc.Case]{noun: "KYC case", scan: scanKYC} }

func queryKYC(ctx context.Context, q querier, query string, args ...any) (kyc.Case, error) {
	return kycKind().one(ctx, q, query, args...)
}

// scanKYC scans the columns of kycColumns.
func scanKYC(row scanner) (kyc.Case, error) {
	var c kyc.Case
	err := row.Scan(&c.ID, hash{&c.Instance}, &c.ClientID, &c.Organisation, &c.Country, &c.Status, &c.Sealed,
		instant{&c.CreatedAt}, instant{&c.ExpiresAt}, instant{&c.SubmittedAt}, instant{&c.DecidedAt},
		day{&c.ValidUntil}, instant{&c.RetryAt}, &c.Note, &c.Version)
	if err != nil {
		return kyc.Case{}, err
	}
	return c, nil
}

// kycArgs returns the values of kycColumns, but for the version.
func kycArgs(c *kyc.Case) []any {
	var sealed any
	if c.Sealed != nil {
		sealed = c.Sealed
	}
	return []any{
		c.ID, c.Instance[:], c.ClientID, c.Organisation, c.Country, string(c.Status), sealed,
		millis(c.CreatedAt), millis(c.ExpiresAt), millis(c.SubmittedAt), millis(c.DecidedAt),
		date(c.ValidUntil), millis(c.RetryAt), c.Note,
	}
}
