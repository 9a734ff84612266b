package storetest

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/signing"
)

// NewPayment returns a payment with every field set.
func NewPayment() payment.Payment {
	set := func(id string) signing.Set {
		return signing.Set{SignaturesNeeded: 2, Authorisations: []sca.Authorisation{
			{ID: id, PSU: "p", Status: sca.Started, Approach: sca.Decoupled, Method: "m", BankRef: "r", Digest: "d", CreatedAt: at(3), StartedAt: at(4)},
		}}
	}
	return payment.Payment{
		ID: ident.NewUUID(), Owner: app.Owner{ClientID: "client", Context: scope.Corporate, Organisation: "5560160680", PSU: "psu"},
		BICFI: "ESSESESS", Affiliate: "8999", ConsentID: "consent", QuoteID: "Q100000ABC",
		Order: bank.PaymentOrder{
			Product: payment.CrossBorder, Amount: money.Amount{Minor: 1, Currency: "USD"}, Source: money.Amount{Minor: 2, Currency: "SEK"},
			Debtor:   bank.Party{Reference: bank.Reference{IBAN: "SE1", Currency: "SEK"}, Bankgiro: "1", Plusgiro: "2"},
			Creditor: bank.Party{Reference: bank.Reference{BBAN: "1", ClearingNumber: "2", AccountNumber: "3", PAN: "4", MaskedPAN: "5", MSISDN: "6"}},

			CreditorName: "no <&> ö", CreditorAgent: "CHASUS33", CreditorBank: "Chase", ExecutionDate: dateOf(2026, 12, 1),
			CreditorAddress: &bank.Address{Street: "s", BuildingNumber: "b", City: "c", PostalCode: "p", State: "st", Country: "US"},
			Unstructured:    "u", OCR: "o", Invoice: "i", EndToEndID: "e", DebtorText: "d", CreditorText: "c", PurposeCode: "SUPP",
			RegulatoryInfo: []bank.RegulatoryInfo{{Code: "1", Information: "x"}},
		},
		Notices: []payment.Notice{{Code: "WARNING", Path: "p", Text: "t"}}, Status: payment.ACTC, Reason: "r", StatusAt: at(5), Former: payment.PATC,
		SignedAt: at(6), SignedDigest: "sd", CreatedAt: at(0), ExpiresAt: at(9), ExecutionDate: dateOf(2026, 12, 2), BankRef: "ref", BasketID: "basket",
		Set: set("a"), Cancellation: set("c"), CancelledAt: at(7), Version: 1,
	}
}

func insertPayments(t *testing.T, s Store, all ...payment.Payment) {
	t.Helper()
	err := s.PaymentTx(t.Context(), func(tx payment.Tx) error {
		for i := range all {
			if err := tx.InsertPayment(t.Context(), &all[i], happened("payment.RCVD", all[i].ID, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func testPayment(t *testing.T, s Store) {
	full := NewPayment()
	bare := payment.Payment{
		ID: ident.NewUUID(), Owner: app.Owner{ClientID: "client", Context: scope.Private}, Status: payment.RCVD, StatusAt: at(0),
		Order: bank.PaymentOrder{Product: payment.Domestic}, CreatedAt: at(0), ExpiresAt: at(1), Version: 1,
	}
	insertPayments(t, s, full, bare)
	for _, want := range []payment.Payment{full, bare} {
		got, err := s.Payment(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Payment reports %v (-want +got)\n%s", err, diff)
		}
	}
	changed := full
	changed.Owner.PSU, changed.Status, changed.Reason, changed.StatusAt, changed.Former = "other", payment.RJCT, "x", at(10), ""
	changed.SignedAt, changed.SignedDigest, changed.BasketID, changed.CancelledAt = time.Time{}, "", "", time.Time{}
	changed.Set, changed.Cancellation = signing.Set{}, signing.Set{}
	saved := changed
	err := s.PaymentTx(t.Context(), func(tx payment.Tx) error {
		saved = changed
		return tx.SavePayment(t.Context(), &saved, happened("payment.RJCT", full.ID, 1))
	})
	if err != nil || saved.Version != 2 {
		t.Fatalf("SavePayment reports %v and version %d", err, saved.Version)
	}
	got, err := s.Payment(t.Context(), full.ID)
	if diff := cmp.Diff(saved, got); diff != "" || err != nil {
		t.Errorf("Payment reports %v (-want +got)\n%s", err, diff)
	}
	wantTrail(t, s, full.ID, "payment.RCVD", "payment.RJCT")
	all, err := s.Payments(t.Context(), []string{bare.ID, full.ID})
	if diff := cmp.Diff([]payment.Payment{bare, saved}, all); diff != "" || err != nil {
		t.Errorf("Payments reports %v (-want +got)\n%s", err, diff)
	}
	_, err = s.Payments(t.Context(), []string{bare.ID, ident.NewUUID()})
	wantReason(t, "Payments", err, problem.ResourceUnknown)
	_, err = s.Payment(t.Context(), "")
	wantReason(t, "Payment", err, problem.ResourceUnknown)
}

// testPaymentConcurrent has many add an authorisation, first to what they read
// before: none is lost.
func testPaymentConcurrent(t *testing.T, s Store) {
	p := NewPayment()
	p.Authorisations = nil
	insertPayments(t, s, p)
	const n = 8
	var runs atomic.Int32
	together(t, n, func(int) error {
		stale := true
		return s.PaymentTx(t.Context(), func(tx payment.Tx) error {
			runs.Add(1)
			mine := p
			if !stale {
				var err error
				if mine, err = tx.Payment(t.Context(), p.ID); err != nil {
					return err
				}
			}
			stale = false
			mine.Authorisations = append(mine.Authorisations[:len(mine.Authorisations):len(mine.Authorisations)], sca.Authorisation{ID: ident.NewUUID(), CreatedAt: at(0)})
			return tx.SavePayment(t.Context(), &mine)
		})
	})
	got, err := s.Payment(t.Context(), p.ID)
	if err != nil || len(got.Authorisations) != n || got.Version != n+1 || runs.Load() < n {
		t.Errorf("after %d changes: %v, %d authorisations, version %d", n, err, len(got.Authorisations), got.Version)
	}
}

// testPaymentRollback: a payment, its job and its event are stored together or
// not at all.
func testPaymentRollback(t *testing.T, s Store) {
	p := NewPayment()
	errNo := errors.New("no")
	err := s.PaymentTx(t.Context(), func(tx payment.Tx) error {
		if err := tx.InsertPayment(t.Context(), &p, happened("payment.RCVD", p.ID, 0)); err != nil {
			return err
		}
		if err := tx.InsertJob(t.Context(), job.New("payment.look", p.ID, at(0))); err != nil {
			return err
		}
		return errNo
	})
	if !errors.Is(err, errNo) {
		t.Errorf("PaymentTx reports %v", err)
	}
	_, err = s.Payment(t.Context(), p.ID)
	wantReason(t, "Payment", err, problem.ResourceUnknown)
	wantTrail(t, s, p.ID)
	if jobs, err := s.Jobs(t.Context(), job.Filter{Limit: 9}); len(jobs) != 0 || err != nil {
		t.Errorf("jobs %v, %v", jobs, err)
	}
}

func testBasket(t *testing.T, s Store) {
	b := payment.Basket{
		ID: ident.NewUUID(), Owner: app.Owner{ClientID: "client", Context: scope.Corporate, Organisation: "5560160680", PSU: "psu"},
		BICFI: "ESSESESS", Affiliate: "8999", ConsentID: "consent", PaymentIDs: []string{"b", "a"}, BankRef: "ref", Status: payment.RCVD,
		CreatedAt: at(0), ExpiresAt: at(9), Version: 1,
		Set: signing.Set{SignaturesNeeded: 1, Authorisations: []sca.Authorisation{{ID: "1", Status: sca.Received, CreatedAt: at(1)}}},
	}
	err := s.PaymentTx(t.Context(), func(tx payment.Tx) error { return tx.InsertBasket(t.Context(), &b, happened("basket.RCVD", b.ID, 0)) })
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Basket(t.Context(), b.ID)
	if diff := cmp.Diff(b, got); diff != "" || err != nil {
		t.Errorf("Basket reports %v (-want +got)\n%s", err, diff)
	}
	saved := b
	runs := 0
	err = s.PaymentTx(t.Context(), func(tx payment.Tx) error {
		saved = b
		if runs++; runs == 1 {
			saved.Version = 7 // as if another had been faster
		}
		saved.Owner.PSU, saved.Status, saved.Reason, saved.Set = "other", payment.RJCT, "why", signing.Set{}
		return tx.SaveBasket(t.Context(), &saved, happened("basket.RJCT", b.ID, 1))
	})
	if err != nil || saved.Version != 2 || runs != 2 {
		t.Fatalf("SaveBasket reports %v and version %d after %d runs", err, saved.Version, runs)
	}
	got, err = s.Basket(t.Context(), b.ID)
	if diff := cmp.Diff(saved, got); diff != "" || err != nil {
		t.Errorf("Basket reports %v (-want +got)\n%s", err, diff)
	}
	wantTrail(t, s, b.ID, "basket.RCVD", "basket.RJCT")
	_, err = s.Basket(t.Context(), ident.NewUUID())
	wantReason(t, "Basket", err, problem.ResourceUnknown)
}

// testAnswers: one answer for a key, until it is old.
func testAnswers(t *testing.T, s Store) {
	insert := func(key string, body string, minutes, before int) (ok bool) {
		t.Helper()
		err := s.PaymentTx(t.Context(), func(tx payment.Tx) (err error) {
			ok, err = tx.InsertAnswer(t.Context(), &payment.Answer{
				ClientID: "client", Key: key, Request: [32]byte{1}, Status: 201, Header: map[string]string{"Location": "x"},
				Body: []byte(body), CreatedAt: at(minutes),
			}, at(before))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	find := func(client, key string, after int) string {
		t.Helper()
		a, ok, err := s.Answer(t.Context(), client, key, at(after))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return ""
		}
		if a.Request != [32]byte{1} || a.Status != 201 || a.Header["Location"] != "x" {
			t.Errorf("answer %+v", a)
		}
		return string(a.Body)
	}
	if !insert("k", "first", 10, 0) || insert("k", "second", 11, 0) || !insert("l", "other", 11, 0) {
		t.Error("a key is not given one answer")
	}
	for _, tt := range []struct {
		client, key string
		after       int
		want        string
	}{{"client", "k", 9, "first"}, {"client", "k", 10, ""}, {"stranger", "k", 9, ""}, {"client", "m", 9, ""}} {
		if got := find(tt.client, tt.key, tt.after); got != tt.want {
			t.Errorf("answer of %s %s after %d is %q, want %q", tt.client, tt.key, tt.after, got, tt.want)
		}
	}
	if !insert("k", "third", 20, 10) || find("client", "k", 9) != "third" {
		t.Error("an old answer is not replaced")
	}
	if err := s.DeleteAnswers(t.Context(), at(11)); err != nil || find("client", "l", 0) != "" || find("client", "k", 0) != "third" {
		t.Errorf("DeleteAnswers reports %v", err)
	}
	const n = 8
	var won atomic.Int32
	together(t, n, func(int) error {
		return s.PaymentTx(t.Context(), func(tx payment.Tx) error {
			ok, err := tx.InsertAnswer(t.Context(), &payment.Answer{ClientID: "client", Key: "race", CreatedAt: at(30)}, at(0))
			if ok {
				won.Add(1)
			}
			return err
		})
	})
	if won.Load() < 1 {
		t.Error("nobody won")
	}
}
