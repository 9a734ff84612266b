package simulator

import (
	"context"
	"fmt"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// newRef returns a reference that says that it is of a test.
func newRef() string { return "7e57" + ident.NewUUID()[4:] }

// keepEnded is how long the banks know a consent after its end, and a run of
// SCA after its start.
const keepEnded = 40 * dayLength

// Forget deletes what is too old to be asked for: consents and runs of SCA
// after 40 days, payments after 400. What they have left in the books stays.
func (w *World) Forget(ctx context.Context) error {
	now := w.o.Clock.Now()
	first := fmt.Sprintf("7e57%04x", uint16(dayIn(now, time.UTC)-keepPayments)) //nolint:gosec // until 2149
	return w.o.Store.Forget(ctx, now, now.Add(-keepEnded), first)
}

// OpenConsent implements [bank.ConsentKeeper].
func (b *connector) OpenConsent(ctx context.Context, o bank.ConsentOrder) (string, error) {
	c := StoredConsent{Ref: newRef(), BICFI: b.info.ASPSP.BICFI, Order: o}
	if !o.ValidUntil.IsZero() {
		c.ForgetAt = o.ValidUntil.Add(keepEnded)
	}
	if o.Customer.Context == scope.Corporate && o.Customer.Organisation == "" {
		return "", problem.New(problem.CorporateIDInvalid, "the organisation is missing")
	}
	err := b.w.o.Store.Tx(ctx, func(tx Tx) error { return tx.InsertConsent(ctx, c) })
	return c.Ref, err
}

// Consent implements [bank.ConsentKeeper]. A consent that the bank does not
// know, as after a reset, is as good as revoked.
func (b *connector) Consent(ctx context.Context, ref string) (bank.ConsentState, error) {
	open, err := b.w.o.Store.ConsentOpen(ctx, ref)
	return bank.ConsentState{Revoked: !open}, err
}

// CloseConsent implements [bank.ConsentKeeper].
func (b *connector) CloseConsent(ctx context.Context, ref string) error {
	err := b.w.o.Store.Tx(ctx, func(tx Tx) error {
		c, err := tx.Consent(ctx, ref)
		if err != nil || !c.ClosedAt.IsZero() {
			return err
		}
		c.ClosedAt = b.w.o.Clock.Now()
		c.ForgetAt = c.ClosedAt.Add(keepEnded)
		return tx.SaveConsent(ctx, c)
	})
	if problem.Is(err, problem.ResourceUnknown) {
		return nil
	}
	return err
}

// Revoke takes back a consent at the bank, as a person does in the bank's own
// app. The reference is the bank's. It reports problem.ResourceUnknown.
func (w *World) Revoke(ctx context.Context, ref string) error {
	return w.o.Store.Tx(ctx, func(tx Tx) error {
		c, err := tx.Consent(ctx, ref)
		if err != nil || !c.RevokedAt.IsZero() {
			return err
		}
		c.RevokedAt = w.o.Clock.Now()
		c.ForgetAt = c.RevokedAt.Add(keepEnded)
		return tx.SaveConsent(ctx, c)
	})
}
