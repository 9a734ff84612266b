package fx_test

import (
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// A rig is the service on a database of its own and a clock that the test sets.
type rig struct {
	*testing.T
	*fx.Service
	clock *clock.Virtual
	db    *store.DB
}

func newRig(t *testing.T) *rig {
	t.Helper()
	db := testdb.Open(t, testdb.Memory)
	r := &rig{T: t, clock: clock.NewFrozen(noon()), db: db}
	r.Service = &fx.Service{
		Store: db, Source: fx.Sandbox{Seed: 1}, Clock: r.clock, Terms: fx.Terms{Fee: money.Amount{Minor: 150, Currency: "XXX"}, Spread: 25},
		Desk: &fx.Desk{Account: bank.Reference{IBAN: "SE0650000000055500000018"}, Holder: "Client funds", Country: "SE", Auto: 10 * time.Second},
	}
	return r
}

func goodRequest() fx.Request {
	return fx.Request{SourceCurrency: "SEK", TargetCurrency: "USD", Country: "US", Amount: "130.00"}
}

func (r *rig) create(by app.Caller, req fx.Request) fx.Quote {
	r.Helper()
	q, err := r.Create(r.Context(), by, req)
	if err != nil {
		r.Fatal(err)
	}
	return q
}
