package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
)

func dateOf(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// NewConsent returns a consent with something in every field.
func NewConsent() consent.Consent {
	return consent.Consent{
		ID:    ident.NewUUID(),
		Owner: app.Owner{ClientID: "client", Context: scope.Corporate, Organisation: "5560000000", PSU: "199001011234"},
		BICFI: "ESSESESS", Affiliate: "12", DirectDebit: false,
		Access: consent.Access{
			Accounts: []bank.Reference{
				{IBAN: "SE4550000000058398257466", Currency: "SEK"},
				{BBAN: "1", ClearingNumber: "2", AccountNumber: "3", PAN: "4", MaskedPAN: "5", MSISDN: "6"},
			},
			Balances: []bank.Reference{},
		},
		Recurring: true, ValidUntil: dateOf(2027, 2, 3), FrequencyPerDay: 4, Combined: true,
		Status: consent.Valid, CreatedAt: at(0), AuthorisedAt: at(1), ExpiresAt: at(2), LastAction: dateOf(2026, 11, 23),
		BankRef: "ref", Granted: []string{"a", "å\"\\"}, Version: 1,
		Set: signing.Set{SignaturesNeeded: 2, Authorisations: []sca.Authorisation{
			{
				ID: "1", PSU: "p", Status: sca.Finalised, Approach: sca.OAuthRedirect, Method: "m", BankRef: "r", Digest: "d", Signer: "s",
				MoreNeeded: true, Failure: sca.UserCancel, Message: "no <&> ö", CreatedAt: at(3), StartedAt: at(4), SignedAt: at(5), FinishedAt: at(6),
			},
			{ID: "2", Status: sca.Received, CreatedAt: at(7)},
		}},
	}
}

func insert(t *testing.T, s Store, consents ...consent.Consent) {
	t.Helper()
	err := s.ConsentTx(t.Context(), func(tx consent.Tx) error {
		for _, c := range consents {
			if err := tx.InsertConsent(t.Context(), c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testConsent(t *testing.T, s Store) {
	full := NewConsent()
	bare := consent.Consent{
		ID: ident.NewUUID(), Owner: app.Owner{ClientID: "client", Context: scope.Private}, Status: consent.Received, CreatedAt: at(0), Version: 1,
	}
	none := NewConsent()
	none.Granted, none.Access = []string{}, consent.Access{AvailableAccounts: consent.SelectAccounts}
	all := NewConsent()
	all.Granted, all.Access, all.DirectDebit = nil, consent.Access{AllPSD2: consent.AllAccounts}, true
	insert(t, s, full, bare, none, all)
	for _, want := range []consent.Consent{full, bare, none, all} {
		got, err := s.Consent(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Consent reports %v (-want +got)\n%s", err, diff)
		}
	}
	// Every field can change.
	changed := full
	changed.Status, changed.Granted, changed.Authorisations, changed.BankRef = consent.RevokedByPSU, nil, nil, "new"
	changed.Owner.PSU, changed.ExpiresAt, changed.LastAction, changed.SignaturesNeeded = "other", at(99), dateOf(2026, 11, 24), 1
	changed.ValidUntil, changed.Access = dateOf(2026, 12, 1), consent.Access{Transactions: []bank.Reference{{PAN: "1"}}}
	saved := changed
	err := s.ConsentTx(t.Context(), func(tx consent.Tx) error {
		saved = changed
		return tx.SaveConsent(t.Context(), &saved, happened("consent.revokedByPsu", full.ID, 1))
	})
	if err != nil || saved.Version != 2 {
		t.Fatalf("SaveConsent reports %v and version %d", err, saved.Version)
	}
	got, err := s.Consent(t.Context(), full.ID)
	if diff := cmp.Diff(saved, got); diff != "" || err != nil {
		t.Errorf("Consent reports %v (-want +got)\n%s", err, diff)
	}
	wantTrail(t, s, full.ID, "consent.revokedByPsu")
	err = s.ConsentTx(t.Context(), func(tx consent.Tx) error { return tx.InsertConsent(t.Context(), full) })
	if err == nil {
		t.Error("InsertConsent of an id that is there reports nothing")
	}
}

func testConsentUnknown(t *testing.T, s Store) {
	insert(t, s, NewConsent())
	_, err := s.Consent(t.Context(), ident.NewUUID())
	wantReason(t, "Consent", err, problem.ConsentUnknown)
	err = s.ConsentTx(t.Context(), func(tx consent.Tx) error {
		_, err := tx.Consent(t.Context(), "")
		return err
	})
	wantReason(t, "Tx.Consent", err, problem.ConsentUnknown)
}

// testConsentConflict lets another change come between a read and its write,
// in so far as the engine can: the function runs again.
func testConsentConflict(t *testing.T, s Store) {
	c := NewConsent()
	insert(t, s, c)
	runs := 0
	err := s.ConsentTx(t.Context(), func(tx consent.Tx) error {
		got, err := tx.Consent(t.Context(), c.ID)
		if err != nil {
			return err
		}
		if runs++; runs == 1 {
			got.Version-- // as if another had been faster
		}
		return tx.SaveConsent(t.Context(), &got, happened("consent.x", c.ID, 0))
	})
	if err != nil || runs != 2 {
		t.Errorf("ConsentTx reports %v after %d runs, want 2 runs", err, runs)
	}
	wantTrail(t, s, c.ID, "consent.x")
}

// testConsentStale: what was read outside the transaction never gets right.
func testConsentStale(t *testing.T, s Store) {
	c := NewConsent()
	insert(t, s, c)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := s.ConsentTx(ctx, func(tx consent.Tx) error {
		stale := c
		stale.Version = 7
		return tx.SaveConsent(ctx, &stale, happened("consent.x", c.ID, 0))
	})
	if err == nil {
		t.Error("ConsentTx reports nothing for a version that never was")
	}
	wantTrail(t, s, c.ID)
	got, err := s.Consent(t.Context(), c.ID)
	if diff := cmp.Diff(c, got); diff != "" || err != nil {
		t.Errorf("Consent reports %v (-want +got)\n%s", err, diff)
	}
}

func testConsentConcurrent(t *testing.T, s Store) {
	const n = 8
	c := NewConsent()
	c.Authorisations = nil
	insert(t, s, c)
	together(t, n, func(i int) error {
		return s.ConsentTx(t.Context(), func(tx consent.Tx) error {
			got, err := tx.Consent(t.Context(), c.ID)
			if err != nil {
				return err
			}
			got.Authorisations = append(got.Authorisations, sca.Authorisation{ID: fmt.Sprint(i)})
			return tx.SaveConsent(t.Context(), &got, happened("authorisation.created", c.ID, i))
		})
	})
	got, err := s.Consent(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, a := range got.Authorisations {
		seen[a.ID] = true
	}
	if len(seen) != n || len(got.Authorisations) != n || got.Version != n+1 {
		t.Errorf("after %d changes at once: %d authorisations, %d different, version %d", n, len(got.Authorisations), len(seen), got.Version)
	}
	if trail, err := s.Trail(t.Context(), c.ID); err != nil || len(trail) != n {
		t.Errorf("Trail has %d events (%v), want %d", len(trail), err, n)
	}
}

func testConsentRollback(t *testing.T, s Store) {
	old, fresh := NewConsent(), NewConsent()
	insert(t, s, old)
	failed := errors.New("no")
	change := func(tx consent.Tx) error {
		c := old
		c.Status = consent.Expired
		return errors.Join(
			tx.InsertConsent(t.Context(), fresh, happened("consent.received", fresh.ID, 0)),
			tx.SaveConsent(t.Context(), &c, happened("consent.expired", old.ID, 0)))
	}
	err := s.ConsentTx(t.Context(), func(tx consent.Tx) error { return errors.Join(change(tx), failed) })
	if !errors.Is(err, failed) {
		t.Errorf("ConsentTx reports %v, want %v", err, failed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.ConsentTx(ctx, func(tx consent.Tx) error {
		defer cancel()
		return change(tx)
	})
	if err == nil {
		t.Error("ConsentTx with a context that is over reports nothing")
	}
	func() {
		defer func() { _ = recover() }()
		_ = s.ConsentTx(t.Context(), func(tx consent.Tx) error {
			_ = change(tx)
			panic("bug")
		})
	}()
	_, err = s.Consent(t.Context(), fresh.ID)
	wantReason(t, "Consent", err, problem.ConsentUnknown)
	got, err := s.Consent(t.Context(), old.ID)
	if diff := cmp.Diff(old, got); diff != "" || err != nil {
		t.Errorf("Consent reports %v (-want +got)\n%s", err, diff)
	}
	wantTrail(t, s, fresh.ID)
	wantTrail(t, s, old.ID)
}

func testRecurring(t *testing.T, s Store) {
	c := NewConsent()
	older, newest := NewConsent(), NewConsent()
	older.CreatedAt = at(-10)
	all := []consent.Consent{c, newest, older}
	for _, alter := range []func(*consent.Consent){
		func(c *consent.Consent) { c.Owner.ClientID = "other" },
		func(c *consent.Consent) { c.Owner.Context = scope.Private },
		func(c *consent.Consent) { c.Owner.Organisation = "other" },
		func(c *consent.Consent) { c.Owner.PSU = "other" },
		func(c *consent.Consent) { c.BICFI = "NDEASESS" },
		func(c *consent.Consent) { c.DirectDebit = true },
		func(c *consent.Consent) { c.Recurring = false },
		func(c *consent.Consent) { c.Status = consent.Expired },
		func(c *consent.Consent) { c.Status = consent.Received },
	} {
		other := NewConsent()
		alter(&other)
		all = append(all, other)
	}
	insert(t, s, all...)
	newest.CreatedAt = at(0)
	var got []consent.Consent
	err := s.ConsentTx(t.Context(), func(tx consent.Tx) (err error) {
		got, err = tx.RecurringConsents(t.Context(), &c)
		return err
	})
	if diff := cmp.Diff([]consent.Consent{older, newest}, got); diff != "" || err != nil {
		t.Errorf("RecurringConsents reports %v (-want +got)\n%s", err, diff)
	}
}

// testRecurringConcurrent: however many consents become valid at once, one is
// left, as each ends the others that it sees.
func testRecurringConcurrent(t *testing.T, s Store) {
	consents := make([]consent.Consent, 6)
	for i := range consents {
		consents[i] = NewConsent()
		consents[i].Status = consent.Received
	}
	insert(t, s, consents...)
	together(t, len(consents), func(i int) error {
		return s.ConsentTx(t.Context(), func(tx consent.Tx) error {
			c, err := tx.Consent(t.Context(), consents[i].ID)
			if err != nil {
				return err
			}
			others, err := tx.RecurringConsents(t.Context(), &c)
			if err != nil {
				return err
			}
			for j := range others {
				others[j].Status = consent.Expired
				if err := tx.SaveConsent(t.Context(), &others[j]); err != nil {
					return err
				}
			}
			c.Status = consent.Valid
			return tx.SaveConsent(t.Context(), &c)
		})
	})
	valid := 0
	for _, c := range consents {
		got, err := s.Consent(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status == consent.Valid {
			valid++
		}
	}
	if valid != 1 {
		t.Errorf("%d consents are valid, want 1", valid)
	}
}
