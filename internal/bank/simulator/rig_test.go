package simulator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/sca"
	"sluss.example/sluss/internal/scope"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/store/testdb"
)

// start is when every test begins: a Monday, noon in Stockholm.
var start = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// aBank is what a simulated bank can do.
type aBank interface {
	bank.Connector
	bank.ConsentKeeper
	bank.Authoriser
	bank.SignerChecker
	bank.AccountReader
	bank.CardReader
	bank.PaymentInitiator
	bank.BasketKeeper
}

// A rig is a world with a clock that stands.
type rig struct {
	*simulator.World
	t     testing.TB
	clock *clock.Virtual
}

func newRig(t testing.TB, change func(*simulator.Options)) *rig {
	t.Helper()
	return newRigOn(t, testdb.Memory, change)
}

func newRigOn(t testing.TB, url string, change func(*simulator.Options)) *rig {
	t.Helper()
	db := testdb.Open(t, url)
	r := &rig{t: t, clock: clock.NewFrozen(start)}
	o := simulator.Options{
		Store: store.Simulator{DB: db}, Clock: r.clock, Seed: 1, HistoryDays: 60,
		PageURL: func(ref string) string { return "https://bank.example/" + ref },
	}
	if change != nil {
		change(&o)
	}
	var err error
	if r.World, err = simulator.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Verify(context.Background()); err != nil { //nolint:usetesting // the context of t is over by now
			t.Error(err)
		}
	})
	return r
}

func (r *rig) bank(id ident.BICFI) aBank {
	r.t.Helper()
	for _, c := range r.Connectors() {
		if c.Info().ASPSP.BICFI == id {
			return c.(aBank)
		}
	}
	r.t.Fatalf("no bank %s", id)
	return nil
}

func private(psu string) bank.Customer { return bank.Customer{Context: scope.Private, PSU: psu} }

func corporate(psu, organisation string) bank.Customer {
	return bank.Customer{Context: scope.Corporate, PSU: psu, Organisation: organisation}
}

// start begins a run of SCA for a consent to everything.
func (r *rig) start(b aBank, c bank.Customer, change func(*bank.ConsentOrder, *bank.SCAOrder)) bank.SCAState {
	r.t.Helper()
	co := bank.ConsentOrder{Customer: c, All: true, Balances: true, Transactions: true, Recurring: true}
	so := bank.SCAOrder{
		Customer: c, Subject: bank.SubjectConsent, Approach: sca.Decoupled, Method: sca.MBID, AppName: "Tester",
		ReturnURL: "https://auth.example/back",
	}
	if change != nil {
		change(&co, &so)
	}
	ref, err := b.OpenConsent(r.t.Context(), co)
	if err != nil {
		r.t.Fatal(err)
	}
	if so.SubjectRef == "" {
		so.SubjectRef = ref
	}
	st, err := b.StartSCA(r.t.Context(), so)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

// look asks how a run stands.
func (r *rig) look(b aBank, ref string) bank.SCAState {
	r.t.Helper()
	st, err := b.SCA(r.t.Context(), ref)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func (r *rig) accounts(b aBank, c bank.Customer) []bank.Account {
	r.t.Helper()
	list, err := b.Accounts(r.t.Context(), c)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) page(b aBank, q bank.TransactionQuery) bank.TransactionPage {
	r.t.Helper()
	p, err := b.Transactions(r.t.Context(), q)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// all is a query for everything on an account.
func all(c bank.Customer, id string) bank.TransactionQuery {
	return bank.TransactionQuery{
		Customer: c, AccountID: id, From: start.AddDate(-3, 0, 0).Truncate(24 * time.Hour), To: start.AddDate(1, 0, 0).Truncate(24 * time.Hour),
		Booked: true, Pending: true, Limit: 1000,
	}
}

// read reads all pages, and checks that they hang together.
func (r *rig) read(b aBank, q bank.TransactionQuery) []bank.Transaction {
	r.t.Helper()
	var out []bank.Transaction
	seen := map[string]bool{}
	for n := 1; ; n++ {
		p := r.page(b, q)
		for _, t := range p.Booked {
			if seen[t.ID] {
				r.t.Fatalf("transaction %s repeats on page %d", t.ID, n)
			}
			seen[t.ID] = true
		}
		out = append(out, p.Booked...)
		if (n == 1) != (p.Previous == "") || (n == 1) != (p.First == "") {
			r.t.Errorf("page %d: previous %q, first %q", n, p.Previous, p.First)
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return out
		}
		q.Pending = false
	}
}

func line(t *bank.Transaction) string {
	return fmt.Sprintf("%s %s %10.2f %-14s %-26s %-24s %s", t.BookingDate.Format(time.DateOnly), t.ID[5:9], float64(t.Amount.Minor)/100,
		t.ProprietaryCode, t.CreditorName+t.DebtorName, t.Unstructured, t.Structured)
}
