package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
)

// newOrder returns an order of a quote with something in every field.
func newOrder(q *fx.Quote, reference string) fx.Order {
	return fx.Order{
		QuoteID: q.ID, Owner: q.Owner,
		Payout: fx.Payout{
			Amount: money.Amount{Minor: 13000, Currency: "USD"},
			Debtor: bank.Party{Reference: bank.Reference{IBAN: "SE4550000000058398257466", Currency: "SEK"}, Bankgiro: "1", Plusgiro: "2"},
			Creditor: bank.Party{Reference: bank.Reference{
				BBAN: "1", ClearingNumber: "2", AccountNumber: "3", PAN: "4", MaskedPAN: "5", MSISDN: "6",
			}},
			CreditorName: "Öl & Vin", CreditorAgent: "BOFAUS3N", CreditorBank: "Bank", Unstructured: "u", EndToEndID: "e", PurposeCode: "SUPP",
			Address: bank.Address{Street: "s", BuildingNumber: "b", City: "c", PostalCode: "p", State: "t", Country: "US"},
		},
		Digest: "d", Funding: q.Total, Reference: reference, Account: bank.Reference{IBAN: "SE3550000000054910000003", Currency: "SEK"},
		Holder: "h", Country: "SE", ExecutionDate: dateOf(2026, 12, 1), FundBy: dateOf(2026, 11, 30), FundAt: at(3), Returned: true,
		Status: iso20022.ACTC, StatusAt: at(1), ConfirmedAt: at(2), Version: 1,
	}
}

func insertOrder(t *testing.T, s Store, o fx.Order) (inserted bool) {
	t.Helper()
	err := s.OrderTx(t.Context(), func(tx fx.OrderTx) (err error) {
		inserted, err = tx.InsertOrder(t.Context(), &o, happened("fxorder.ACTC", o.QuoteID, 1))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return inserted
}

func testOrders(t *testing.T, s Store) {
	a, b := newQuote("Q100000ABC"), newQuote("Q100001ABC")
	insertQuotes(t, s, a, b)
	full, other := newOrder(&a, "SLUSS12345678"), newOrder(&b, "SLUSS12345678")
	if !insertOrder(t, s, full) || insertOrder(t, s, other) {
		t.Error("InsertOrder takes a reference twice, or not at all")
	}
	other.Reference, other.FundAt, other.Returned = "SLUSS12345679", time.Time{}, false
	if !insertOrder(t, s, other) {
		t.Error("InsertOrder with a reference of its own = false, want true")
	}
	for _, want := range []fx.Order{full, other} {
		got, err := s.Order(t.Context(), want.QuoteID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Order reports %v (-want +got)\n%s", err, diff)
		}
	}
	for status, want := range map[iso20022.Status]int{"": 2, full.Status: 2, iso20022.RJCT: 0} {
		if all, err := s.Orders(t.Context(), status, 9); err != nil || len(all) != want {
			t.Errorf("Orders of %q = %v, %v, want %d", status, all, err, want)
		}
	}
	if all, err := s.Orders(t.Context(), "", 1); err != nil || len(all) != 1 {
		t.Errorf("Orders = %v, %v, want the first", all, err)
	}
	if o, err := s.Order(t.Context(), "Z999999ZZZ"); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("Order of no quote = %v, %v, want %s", o, err, problem.ResourceUnknown)
	}
	trail, err := s.Trail(t.Context(), a.ID)
	if err != nil || len(trail) != 2 || trail[1].Type != "fxorder.ACTC" {
		t.Errorf("Trail = %v, %v, want that the quote was made and the order too", trail, err)
	}
}

// testOrderSaved changes an order in the transaction of a job, and then many
// times at once.
func testOrderSaved(t *testing.T, s Store) {
	q := newQuote("Q100000ABC")
	insertQuotes(t, s, q)
	want := newOrder(&q, "SLUSS12345678")
	insertOrder(t, s, want)
	save := job.In(func(ctx context.Context, tx fx.OrderTx, j job.Job) error {
		o, err := tx.Order(ctx, j.Subject)
		if err != nil {
			return err
		}
		o.FundAt, o.PayoutAt, o.Status, o.StatusAt, o.Reason = at(4), at(5), iso20022.RJCT, at(6), "r"
		return errors.Join(tx.SaveOrder(ctx, &o), tx.InsertJob(ctx, job.New("next", q.ID, at(7))))
	})
	put(t, s, job.New("test", q.ID, at(0)))
	held := claim(t, s, "me", 1, 10, "test")
	err := s.JobTx(t.Context(), func(tx job.RunTx) error {
		return errors.Join(save(t.Context(), tx, held[0]), tx.FinishJob(t.Context(), held[0]))
	})
	if err != nil {
		t.Fatal(err)
	}
	want.FundAt, want.PayoutAt, want.Status, want.StatusAt, want.Reason, want.Version = at(4), at(5), iso20022.RJCT, at(6), "r", 2
	got, err := s.Order(t.Context(), q.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Order reports %v (-want +got)\n%s", err, diff)
	}
	wantSubjects(t, "after the job", claim(t, s, "me", 8, 10, "next"), q.ID)

	together(t, 8, func(int) error {
		return s.OrderTx(t.Context(), func(tx fx.OrderTx) error {
			o, err := tx.Order(t.Context(), q.ID)
			if err != nil {
				return err
			}
			o.Reason += "x"
			return tx.SaveOrder(t.Context(), &o)
		})
	})
	if o, err := s.Order(t.Context(), q.ID); err != nil || o.Reason != "rxxxxxxxx" || o.Version != 10 {
		t.Errorf("after 8 changes at once the order is %q in version %d, %v, want each to have been made", o.Reason, o.Version, err)
	}
}
