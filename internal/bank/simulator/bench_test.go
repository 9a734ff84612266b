package simulator_test

import (
	"testing"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
)

// long returns the account with 100,000 transactions.
func long(b *testing.B) (*rig, aBank, bank.TransactionQuery) {
	b.Helper()
	r := newRig(b, func(o *simulator.Options) { o.HistoryDays = 0 })
	at, c := r.bank("ESSESESS"), corporate("", simulator.BenchCompany)
	q := all(c, r.accounts(at, c)[0].ID)
	q.Pending, q.Limit = false, 100
	if n := len(r.page(at, q).Booked); n != 100 {
		b.Fatalf("%d rows", n)
	}
	return r, at, q
}

func BenchmarkFirstPage(b *testing.B) {
	r, at, q := long(b)
	b.ReportAllocs()
	for b.Loop() {
		r.page(at, q)
	}
}

func BenchmarkLastPage(b *testing.B) {
	r, at, q := long(b)
	q.Limit = 1000
	for p := r.page(at, q); p.Next != ""; p = r.page(at, q) {
		q.Cursor = p.Next
	}
	q.Limit = 100
	b.ReportAllocs()
	for b.Loop() {
		r.page(at, q)
	}
}

func BenchmarkAccountList(b *testing.B) {
	r, at, q := long(b)
	b.ReportAllocs()
	for b.Loop() {
		r.accounts(at, q.Customer)
	}
}

func BenchmarkBalances(b *testing.B) {
	_, at, q := long(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := at.Balances(b.Context(), q.Customer, q.AccountID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConsent(b *testing.B) {
	_, at, _ := long(b)
	ref, err := at.OpenConsent(b.Context(), bank.ConsentOrder{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if st, err := at.Consent(b.Context(), ref); err != nil || st.Revoked {
			b.Fatal(st, err)
		}
	}
}
