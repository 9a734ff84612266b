package simulator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/store/storetest"
)

// A trader pays at random, from accounts of its own to each other and to the
// world outside.
type trader struct {
	*rig
	d        *rand.Rand
	accounts []traderAccount
	made     []made
}

type traderAccount struct {
	bank  aBank
	of    bank.Customer
	id    string
	iban  string
	owned money.Currency
}

// A made payment is one that the trader has opened.
type made struct {
	at    int // of its account
	ref   string
	order bank.PaymentOrder
}

func newTrader(r *rig, seed uint64) *trader {
	t := &trader{rig: r, d: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a test
	for _, id := range []ident.BICFI{"ESSESESS", "NDEASESS", "OKOYFIHH"} {
		c := private(simulator.OrdinaryPerson)
		if id == "ESSESESS" {
			c = corporate("", simulator.OrdinaryCompany)
		}
		b := r.bank(id)
		for _, a := range r.accounts(b, c) {
			t.accounts = append(t.accounts, traderAccount{b, c, a.ID, a.IBAN, a.Currency})
		}
	}
	return t
}

// order makes an order from an account.
func (t *trader) order(from *traderAccount) bank.PaymentOrder {
	amounts := []string{"1", "99.50", "2500", "9990.91", "9990.93", "9990.95", "20000", "750000"}
	currency := []money.Currency{"SEK", "EUR", "USD", from.owned}[t.d.IntN(4)]
	amount, err := money.Parse(amounts[t.d.IntN(len(amounts))], currency)
	if err != nil {
		t.t.Fatal(err)
	}
	o := bank.PaymentOrder{
		Customer: from.of, PaymentID: fmt.Sprintf("p-%d", len(t.made)), ClientID: "app", Product: "cross-border", Amount: amount,
		Debtor: bank.Party{Reference: bank.Reference{IBAN: from.iban}}, CreditorName: []string{"Anybody", "Return to Sender"}[t.d.IntN(2)],
		Creditor: bank.Party{Reference: bank.Reference{IBAN: "DE75512108001245126199"}},
	}
	if t.d.IntN(3) > 0 {
		o.Creditor.IBAN = t.accounts[t.d.IntN(len(t.accounts))].iban
	}
	if t.d.IntN(3) == 0 {
		o.ExecutionDate = t.clock.Now().AddDate(0, 0, t.d.IntN(5)).Truncate(24 * time.Hour)
	}
	return o
}

// step does something. ctx may be over already, as if the process were killed.
func (t *trader) step(ctx context.Context) {
	n := t.d.IntN(100)
	if n < 30 || len(t.made) == 0 {
		at := t.d.IntN(len(t.accounts))
		o := t.order(&t.accounts[at])
		if p, err := t.accounts[at].bank.OpenPayment(ctx, o); err == nil {
			t.made = append(t.made, made{at, p.Ref, o})
		}
		return
	}
	m := t.made[t.d.IntN(len(t.made))]
	a := &t.accounts[m.at]
	switch {
	case n < 60:
		_, _ = a.bank.SubmitPayment(ctx, m.ref, m.order)
	case n < 68:
		_, _ = a.bank.CancelPayment(ctx, m.ref)
	case n < 76:
		_, _ = a.bank.Payment(ctx, m.ref)
	case n < 82:
		_, _ = a.bank.Balances(ctx, a.of, a.id)
	case n < 86:
		_ = t.Force(ctx, m.ref, []simulator.Force{simulator.ForceSettle, simulator.ForceReject, simulator.ForceReturn}[t.d.IntN(3)], "")
	case n < 90:
		_, _ = t.RunDue(ctx, t.clock.Now())
	default:
		t.clock.Advance(time.Duration(1+t.d.IntN(20)) * []time.Duration{time.Second, time.Minute, time.Hour}[t.d.IntN(3)])
	}
}

// check looks that every payment is in the books as often as its status says.
func (t *trader) check() {
	t.t.Helper()
	t.clock.Advance(30 * 24 * time.Hour)
	for {
		n, err := t.RunDue(t.t.Context(), t.clock.Now())
		if err != nil {
			t.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	debits, returns := map[string]int{}, map[string]int{}
	for i := range t.accounts {
		a := &t.accounts[i]
		for _, row := range t.read(a.bank, all(a.of, a.id)) {
			switch {
			case row.PaymentID == "" || row.ProprietaryCode == "FOREIGN-IN":
			case row.ProprietaryCode == "RETURNED" && row.Amount.Minor > 0:
				returns[row.PaymentID]++
			case row.ProprietaryCode == "FOREIGN-OUT":
				debits[row.PaymentID]++
			}
		}
		booked, available := t.balances(a.bank, a.of, a.id)
		if booked > available+100_000_00 {
			t.t.Errorf("account %d: booked %d, available %d: something is still reserved", i, booked, available)
		}
	}
	count := map[iso20022.Status]int{}
	for _, m := range t.made {
		s, err := t.accounts[m.at].bank.Payment(t.t.Context(), m.ref)
		if err != nil {
			t.t.Fatal(err)
		}
		count[s.Status]++
		want := 0
		if s.Status == iso20022.ACSC || s.Status == iso20022.ACCC {
			want = 1
		}
		if id := m.order.PaymentID; debits[id] != want || returns[id] > want {
			t.t.Errorf("payment %s is %s and was debited %d times, returned %d times", id, s.Status, debits[id], returns[id])
		}
	}
	t.t.Logf("%d payments: %v", len(t.made), count)
	if err := t.Verify(t.t.Context()); err != nil {
		t.t.Error(err)
	}
}

// TestRandomPayments pays, cancels, kills and moves the clock at random.
func TestRandomPayments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		r := newRigOn(t, url, func(o *simulator.Options) { o.HistoryDays = 10 })
		tr := newTrader(r, 7)
		for range 300 {
			ctx, cancel := context.WithCancel(t.Context())
			if tr.d.IntN(10) == 0 { // killed somewhere within
				time.AfterFunc(time.Duration(tr.d.IntN(1500))*time.Microsecond, cancel)
			}
			tr.step(ctx)
			cancel()
		}
		tr.check()
	})
}

// TestRacingPayments has many do the same at once: what is submitted,
// cancelled and carried out by several happens once.
func TestRacingPayments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		r := newRigOn(t, url, func(o *simulator.Options) { o.HistoryDays = 10 })
		tr := newTrader(r, 11)
		for len(tr.made) < 30 {
			at := tr.d.IntN(len(tr.accounts))
			o := tr.order(&tr.accounts[at])
			o.ExecutionDate = time.Time{}
			tr.made = append(tr.made, made{at, r.open(tr.accounts[at].bank, o).Ref, o})
		}
		var group sync.WaitGroup
		for worker := range 4 {
			group.Go(func() {
				d := rand.New(rand.NewPCG(uint64(worker), 2)) //nolint:gosec // a test
				for range 60 {
					m := tr.made[d.IntN(len(tr.made))]
					b := tr.accounts[m.at].bank
					var err error
					switch d.IntN(5) {
					case 0, 1:
						_, err = b.SubmitPayment(t.Context(), m.ref, m.order)
					case 2:
						_, err = b.Payment(t.Context(), m.ref)
					case 3:
						_, err = r.RunDue(t.Context(), r.clock.Now())
					default:
						r.clock.Advance(3 * time.Second)
						if d.IntN(4) == 0 {
							_, _ = b.CancelPayment(t.Context(), m.ref) // it may be too late
						}
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		tr.check()
	})
}

// FuzzPayments is TestRandomPayments for any seed.
func FuzzPayments(f *testing.F) {
	f.Add(uint64(1), uint8(60))
	f.Fuzz(func(t *testing.T, seed uint64, steps uint8) {
		tr := newTrader(newRig(t, func(o *simulator.Options) { o.HistoryDays = 5 }), seed)
		for range steps {
			tr.step(t.Context())
		}
		tr.check()
	})
}
