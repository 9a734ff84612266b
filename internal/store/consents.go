package store

import (
	"context"
	"fmt"

	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/event"
	"sluss.example/sluss/internal/problem"
)

var _ consent.Store = (*DB)(nil)

const consentColumns = `id, client_id, context, organisation, psu, bicfi, affiliate, direct_debit, access, recurring,
	valid_until, frequency_per_day, combined, status, created_at, authorised_at, expires_at, last_action,
	bank_ref, granted, signatures_needed, authorisations, version`

// The queries are constants, so that a read puts no text together.
const (
	selectConsent   = "SELECT " + consentColumns + " FROM consents WHERE id = $1"
	selectRecurring = "SELECT " + consentColumns + ` FROM consents
		WHERE status = 'valid' AND recurring AND client_id = $1 AND bicfi = $2 AND psu = $3
		AND context = $4 AND organisation = $5 AND direct_debit = $6 AND id <> $7
		ORDER BY created_at, id`
	insertConsent = "INSERT INTO consents (" + consentColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 1)`
	updateConsent = `
		UPDATE consents SET client_id = $2, context = $3, organisation = $4, psu = $5, bicfi = $6, affiliate = $7,
			direct_debit = $8, access = $9, recurring = $10, valid_until = $11, frequency_per_day = $12, combined = $13,
			status = $14, created_at = $15, authorised_at = $16, expires_at = $17, last_action = $18, bank_ref = $19,
			granted = $20, signatures_needed = $21, authorisations = $22, version = version + 1
		WHERE id = $1 AND version = $23`
)

// Consent implements [consent.Store].
func (db *DB) Consent(ctx context.Context, id string) (c consent.Consent, err error) {
	err = db.view(ctx, func(q querier) error {
		c, err = queryConsent(ctx, q, id)
		return err
	})
	return c, err
}

// ConsentTx implements [consent.Store].
func (db *DB) ConsentTx(ctx context.Context, fn func(consent.Tx) error) error {
	return db.tx(ctx, func(q querier) error { return fn(consentTx{q}) })
}

// consentTx implements [consent.Tx].
type consentTx struct{ q querier }

// Consent implements [consent.Tx].
func (t consentTx) Consent(ctx context.Context, id string) (consent.Consent, error) {
	return queryConsent(ctx, t.q, id)
}

// InsertConsent implements [consent.Tx].
func (t consentTx) InsertConsent(ctx context.Context, c consent.Consent, events ...event.Event) error {
	args, err := consentArgs(&c)
	if err != nil {
		return err
	}
	if _, err := t.q.ExecContext(ctx, insertConsent, args...); err != nil {
		return fmt.Errorf("insert consent: %w", err)
	}
	return insertEvents(ctx, t.q, events)
}

// SaveConsent implements [consent.Tx].
func (t consentTx) SaveConsent(ctx context.Context, c *consent.Consent, events ...event.Event) error {
	args, err := consentArgs(c)
	if err != nil {
		return err
	}
	return consentKind().save(ctx, t.q, updateConsent, args, &c.Version, events)
}

// RecurringConsents implements [consent.Tx].
func (t consentTx) RecurringConsents(ctx context.Context, c *consent.Consent) ([]consent.Consent, error) {
	o := c.Owner
	all, err := scanAll(ctx, t.q, scanConsent, selectRecurring,
		o.ClientID, c.BICFI, o.PSU, o.Context, o.Organisation, c.DirectDebit, c.ID)
	if err != nil {
		return nil, fmt.Errorf("query recurring consents: %w", err)
	}
	return all, nil
}

// consentKind is that of consents.
func consentKind() kind[consent.Consent] {
	return kind[consent.Consent]{noun: "consent", scan: scanConsent, unknown: problem.ConsentUnknown}
}

func queryConsent(ctx context.Context, q querier, id string) (consent.Consent, error) {
	return consentKind().one(ctx, q, selectConsent, id)
}

// scanConsent scans the columns of consentColumns.
func scanConsent(row scanner) (consent.Consent, error) {
	var c consent.Consent
	var access storedAccess
	var auths []storedAuthorisation
	err := row.Scan(&c.ID, &c.Owner.ClientID, &c.Owner.Context, &c.Owner.Organisation, &c.Owner.PSU, &c.BICFI,
		&c.Affiliate, &c.DirectDebit, document{&access}, &c.Recurring, day{&c.ValidUntil}, &c.FrequencyPerDay,
		&c.Combined, &c.Status, instant{&c.CreatedAt}, instant{&c.AuthorisedAt}, instant{&c.ExpiresAt},
		day{&c.LastAction}, &c.BankRef, document{&c.Granted}, &c.SignaturesNeeded, document{&auths}, &c.Version)
	if err != nil {
		return consent.Consent{}, err
	}
	c.Access = access.access()
	c.Authorisations = authorisations(auths)
	return c, nil
}

// consentArgs returns the values of consentColumns, but for the version.
func consentArgs(c *consent.Consent) ([]any, error) {
	access, err := encode(storeAccess(&c.Access))
	if err != nil {
		return nil, err
	}
	var granted any
	if c.Granted != nil {
		if granted, err = encode(c.Granted); err != nil {
			return nil, err
		}
	}
	auths, err := encode(storeAuthorisations(c.Authorisations))
	if err != nil {
		return nil, err
	}
	return []any{
		c.ID, c.Owner.ClientID, string(c.Owner.Context), c.Owner.Organisation, c.Owner.PSU, string(c.BICFI),
		c.Affiliate, c.DirectDebit, access, c.Recurring, date(c.ValidUntil), c.FrequencyPerDay,
		c.Combined, string(c.Status), millis(c.CreatedAt), millis(c.AuthorisedAt), millis(c.ExpiresAt),
		date(c.LastAction), c.BankRef, granted, c.SignaturesNeeded, auths,
	}, nil
}
