package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
)

// consentIDs returns the ids of consents.
func consentIDs(all []consent.Consent) (ids []string) {
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids
}

func testConsentsListed(t *testing.T, s Store) {
	made := func(id, client string, bicfi ident.BICFI, st consent.Status, minute int) consent.Consent {
		c := NewConsent()
		c.ID, c.Owner.ClientID, c.BICFI, c.Status, c.CreatedAt, c.ExpiresAt = id, client, bicfi, st, at(minute), at(minute+10)
		return c
	}
	insert(t, s,
		made("a", "client", "ESSESESS", consent.Valid, 1), made("b", "client", "ESSESESS", consent.Rejected, 2),
		made("c", "client", "NDEASESS", consent.Valid, 2), made("d", "other", "ESSESESS", consent.Valid, 3),
		made("e", "client", "ESSESESS", consent.Received, 4), made("f", "client", "NDEASESS", consent.Valid, 4))
	tests := []struct {
		name string
		f    app.Listing
		want []string
	}{
		{"all", app.Listing{ClientID: "client", Limit: 9}, []string{"f", "e", "c", "b", "a"}},
		{"first page", app.Listing{ClientID: "client", Limit: 2}, []string{"f", "e"}},
		{"next page", app.Listing{ClientID: "client", After: app.Mark{At: at(4), ID: "e"}, Limit: 2}, []string{"c", "b"}},
		{"last page", app.Listing{ClientID: "client", After: app.Mark{At: at(2), ID: "b"}, Limit: 2}, []string{"a"}},
		{"one status", app.Listing{ClientID: "client", Status: "valid", Limit: 9}, []string{"f", "c", "a"}},
		{"one bank", app.Listing{ClientID: "client", BICFI: "ESSESESS", Limit: 9}, []string{"e", "b", "a"}},
		{"one bank, next page", app.Listing{ClientID: "client", BICFI: "ESSESESS", After: app.Mark{At: at(4), ID: "e"}, Limit: 1}, []string{"b"}},
		{"both", app.Listing{ClientID: "client", BICFI: "NDEASESS", Status: "valid", Limit: 9}, []string{"f", "c"}},
		{"since", app.Listing{ClientID: "client", BICFI: "NDEASESS", Since: at(3), Limit: 9}, []string{"f"}},
		{"nobody's", app.Listing{ClientID: "nobody", Limit: 9}, nil},
	}
	for _, tt := range tests {
		all, err := s.ListConsents(t.Context(), tt.f)
		if diff := cmp.Diff(tt.want, consentIDs(all)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", tt.name, err, diff)
		}
	}
	if n, err := s.CountConsents(t.Context(), app.Listing{ClientID: "client", Status: "valid", Limit: 9}, at(11)); n != 2 || err != nil {
		t.Errorf("CountConsents = %d, %v, want 2, since one is over", n, err)
	}
	if n, err := s.CountConsents(t.Context(), app.Listing{ClientID: "client", Limit: 3}, at(0)); n != 3 || err != nil {
		t.Errorf("CountConsents = %d, %v, want 3, the limit", n, err)
	}
}

func testOthersListed(t *testing.T, s Store) {
	owner := NewConsent().Owner
	p := payment.Payment{ID: "p", Owner: owner, BICFI: "ESSESESS", Status: payment.RCVD, StatusAt: at(0), CreatedAt: at(0), ExpiresAt: at(9), ExecutionDate: dateOf(2026, 11, 24), Version: 1}
	p.Order.Product, p.Order.Amount = payment.Domestic, money.Amount{Minor: 1250, Currency: "SEK"}
	b := payment.Basket{ID: "b", Owner: owner, BICFI: "ESSESESS", PaymentIDs: []string{"p"}, Status: payment.RCVD, CreatedAt: at(0), ExpiresAt: at(9), Version: 1}
	err := s.RedirectTx(t.Context(), func(tx redirect.Tx) error {
		if err := tx.InsertPayment(t.Context(), &p); err != nil {
			return err
		}
		return tx.InsertBasket(t.Context(), &b)
	})
	if err != nil {
		t.Fatal(err)
	}
	f := app.Listing{ClientID: owner.ClientID, Limit: 9}
	payments, err := s.ListPayments(t.Context(), f)
	if diff := cmp.Diff([]payment.Payment{p}, payments); diff != "" || err != nil {
		t.Errorf("ListPayments: %v (-want +got)\n%s", err, diff)
	}
	f.BICFI = "ESSESESS"
	if payments, err = s.ListPayments(t.Context(), f); len(payments) != 1 || err != nil {
		t.Errorf("ListPayments of a bank = %v, %v", payments, err)
	}
	f.BICFI = ""
	if n, err := s.CountPayments(t.Context(), app.Listing{ClientID: owner.ClientID, Since: at(0).Add(-time.Hour), Limit: 9}); n != 1 || err != nil {
		t.Errorf("CountPayments = %d, %v", n, err)
	}
	baskets, err := s.ListBaskets(t.Context(), f)
	if diff := cmp.Diff([]payment.Basket{b}, baskets); diff != "" || err != nil {
		t.Errorf("ListBaskets: %v (-want +got)\n%s", err, diff)
	}
	if all, err := s.ListQuotes(t.Context(), f); len(all) > 0 || err != nil {
		t.Errorf("ListQuotes = %v, %v", all, err)
	}
	if all, err := s.ListKYCCases(t.Context(), f); len(all) > 0 || err != nil {
		t.Errorf("ListKYCCases = %v, %v", all, err)
	}
}
