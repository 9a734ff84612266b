package payment

import (
	"slices"
	"testing"
	"time"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/sca"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func info() *bank.Info { return &bank.Info{Profile: bank.DefaultProfile()} }

// TestMoves goes through every pair of statuses and every cause.
func TestMoves(t *testing.T) {
	t.Parallel()
	moves := Moves()
	for _, from := range Statuses() {
		moved := false
		for _, to := range Statuses() {
			for _, c := range Causes() {
				want := slices.Contains(moves, Move{from, to, c})
				p := Payment{Status: from, StatusAt: noon}
				ch := change(&p, info())
				if got := ch.move(to, c, noon.Add(time.Second)); got != want || (p.Status == to && from != to) != want || ch.changed() != want {
					t.Errorf("from %s to %s by %s: moved %t to %s, want %t", from, to, c, got, p.Status, want)
				}
				if want && (len(ch.events) != 1 || ch.events[0].Type != "payment."+string(to)) {
					t.Errorf("from %s to %s by %s: events %v", from, to, c, ch.events)
				}
				moved = moved || want
			}
		}
		if final(from) == moved {
			t.Errorf("%s is final %t, and moves %t", from, final(from), moved)
		}
	}
}

// TestMachine holds the table against what the API promises: what follows
// what, and nothing backwards.
func TestMachine(t *testing.T) {
	t.Parallel()
	for _, m := range Moves() {
		switch {
		case m.From == m.To:
			t.Errorf("%v leads nowhere", m)
		case m.Cause == ByBank && slices.Contains([]Status{RCVD, PATC}, m.To):
			t.Errorf("%v: a bank takes no signature back", m)
		case m.From == ACSC && m.To != ACCC:
			t.Errorf("%v: what was debited stays", m)
		case m.Cause == ByCancellation && m.To != CANC, m.Cause == ByTime && m.To != RJCT, m.Cause == ByGuard && m.To != RJCT:
			t.Errorf("%v: the cause does not lead there", m)
		case m.Cause == ByTime && !awaiting(m.From):
			t.Errorf("%v: time ends only what waits for a signature", m)
		}
	}
	for _, s := range Statuses() {
		if got, want := cancellable(s), !done(s); got != want {
			t.Errorf("%s can be cancelled %t, want %t", s, got, want)
		}
		if s != RCVD && !slices.ContainsFunc(Moves(), func(m Move) bool { return m.To == s }) {
			t.Errorf("nothing leads to %s", s)
		}
	}
}

// TestMoveClosesAuthorisations: none stays open once nothing awaits it.
func TestMoveClosesAuthorisations(t *testing.T) {
	t.Parallel()
	for _, m := range Moves() {
		p := Payment{Status: m.From, StatusAt: noon}
		p.Authorisations = []sca.Authorisation{{ID: "a", Status: sca.Started, BankRef: "run"}}
		p.Cancellation.Authorisations = []sca.Authorisation{{ID: "c", Status: sca.Started, BankRef: "other"}}
		ch := change(&p, info())
		ch.move(m.To, m.Cause, noon)
		if got, want := p.Authorisations[0].Status.Final(), awaiting(m.From) && !awaiting(m.To); got != want {
			t.Errorf("%v: the authorisation has ended %t, want %t", m, got, want)
		}
		if got, want := p.Cancellation.Authorisations[0].Status.Final(), done(m.To); got != want {
			t.Errorf("%v: the cancellation has ended %t, want %t", m, got, want)
		}
		if n := len(ch.stopped()); (n > 0) != (p.Authorisations[0].Status.Final() || p.Cancellation.Authorisations[0].Status.Final()) {
			t.Errorf("%v: %d runs are stopped", m, n)
		}
	}
}

// TestDigest: each part of what is signed counts.
func TestDigest(t *testing.T) {
	t.Parallel()
	change := map[string]func(o *bank.PaymentOrder){
		"amount":   func(o *bank.PaymentOrder) { o.Amount.Minor++ },
		"currency": func(o *bank.PaymentOrder) { o.Amount.Currency = "EUR" },
		"name":     func(o *bank.PaymentOrder) { o.CreditorName += "x" },
		"creditor": func(o *bank.PaymentOrder) { o.Creditor.IBAN += "1" },
		"giro":     func(o *bank.PaymentOrder) { o.Creditor.Bankgiro = "1" },
		"plusgiro": func(o *bank.PaymentOrder) { o.Creditor.Plusgiro = "1" },
		"agent":    func(o *bank.PaymentOrder) { o.CreditorAgent = "X" },
		"debtor":   func(o *bank.PaymentOrder) { o.Debtor.BBAN = "1" },
		"account":  func(o *bank.PaymentOrder) { o.Debtor.IBAN += "1" },
		"source":   func(o *bank.PaymentOrder) { o.Source.Minor = 1 },
		"product":  func(o *bank.PaymentOrder) { o.Product = SEPA },
	}
	seen := map[string]string{}
	for name, f := range change {
		p := Payment{ID: "p", Order: bank.PaymentOrder{Product: Domestic, CreditorName: "n"}}
		before := p.Digest()
		if before != p.Digest() || len(before) != 43 {
			t.Fatalf("the digest is %q, then %q", before, p.Digest())
		}
		f(&p.Order)
		after := p.Digest()
		if other, twice := seen[after]; after == before || twice {
			t.Errorf("another %s has the digest of %q", name, other)
		}
		seen[after] = name
	}
}
