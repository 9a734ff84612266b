package fx_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/iso20022"
	"sluss.example/sluss/internal/job"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// abroad returns a payment that fits the quote of goodRequest.
func abroad(t *testing.T) bank.PaymentOrder {
	t.Helper()
	return bank.PaymentOrder{
		Product: "cross-border", Amount: amount(t, "130.00", "USD"),
		Debtor:   bank.Party{Reference: bank.Reference{IBAN: "SE4550000000058398257466", Currency: "SEK"}},
		Creditor: bank.Party{Reference: bank.Reference{BBAN: "123456789"}}, CreditorName: "Wine Inc",
		CreditorAgent: "BOFAUS3N", CreditorBank: "Bank", CreditorAddress: &bank.Address{Street: "1 Main St", City: "Reno", PostalCode: "89501", Country: "US"},
	}
}

func (r *rig) confirm(by app.Caller, id string, p bank.PaymentOrder) (fx.Order, error) {
	r.Helper()
	return r.Confirm(r.Context(), by, id, func(time.Time) (bank.PaymentOrder, error) { return p, nil })
}

// status checks the status of an order and returns the order.
func (r *rig) status(by app.Caller, id string, want iso20022.Status) fx.Order {
	r.Helper()
	o, err := r.Order(r.Context(), by, id)
	if err != nil || o.Status != want {
		r.Errorf("Order at %s is %s, %v, want %s", r.clock.Now(), o.Status, err, want)
	}
	return o
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	by := corporate("a", "5560160680", "1")
	q := r.create(corporate("a", "", ""), goodRequest())
	o, err := r.confirm(by, q.ID, abroad(t))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^SLUSS[0-9]{8}$`).MatchString(o.Reference) || o.Funding != q.Total || o.Account.Currency != "SEK" {
		t.Errorf("the order is %+v, want a reference, %v, into an account in SEK", o, q.Total)
	}
	if got := o.FundBy.Format(time.DateOnly); got != "2026-11-25" || !o.ExecutionDate.Equal(o.FundBy) || o.Owner.Organisation != "5560160680" {
		t.Errorf("the order is to be funded by %s and belongs to %+v, want 2026-11-25, two bank days later, and the organisation", got, o.Owner)
	}
	r.clock.Advance(100 * 24 * time.Hour)
	again, err := r.confirm(by, q.ID, abroad(t))
	if err != nil || again.Reference != o.Reference || again.FundBy != o.FundBy {
		t.Errorf("confirmed again it is %+v, %v, want %+v", again, err, o)
	}
	other := abroad(t)
	other.CreditorName = "Other Inc"
	if _, err := r.confirm(by, q.ID, other); !problem.Is(err, problem.ResourceExpired) {
		t.Errorf("confirmed with another payment: %v, want %s", err, problem.ResourceExpired)
	}
	if _, err := r.confirm(corporate("a", "9999999990", "1"), q.ID, abroad(t)); !problem.Is(err, problem.ResourceForeign) {
		t.Errorf("confirmed by another organisation: %v, want %s", err, problem.ResourceForeign)
	}
	trail, err := r.db.Trail(t.Context(), q.ID)
	if err != nil || len(trail) != 3 {
		t.Errorf("Trail = %v, %v, want that the quote was made and used, and the order made", trail, err)
	}
}

func TestConfirmRefused(t *testing.T) {
	t.Parallel()
	by := corporate("a", "5560160680", "1")
	tests := []struct {
		name   string
		by     app.Caller
		change func(*rig, *bank.PaymentOrder)
		want   problem.Reason
	}{
		{"amount", by, func(_ *rig, p *bank.PaymentOrder) { p.Amount.Minor++ }, problem.ParameterInconsistent},
		{"currency", by, func(_ *rig, p *bank.PaymentOrder) { p.Amount.Currency = "CAD" }, problem.ParameterInconsistent},
		{"source", by, func(_ *rig, p *bank.PaymentOrder) { p.Debtor.Currency = "EUR" }, problem.ParameterInconsistent},
		{"country", by, func(_ *rig, p *bank.PaymentOrder) { p.CreditorAddress.Country = "CA" }, problem.ParameterInconsistent},
		{"no address", by, func(_ *rig, p *bank.PaymentOrder) { p.CreditorAddress = nil }, problem.ParameterInconsistent},
		{"expired", by, func(r *rig, _ *bank.PaymentOrder) { r.clock.Advance(48 * time.Hour) }, problem.ResourceExpired},
		{"no desk", by, func(r *rig, _ *bank.PaymentOrder) { r.Desk = nil }, problem.ServiceUnsupported},
		{"due diligence", by, func(r *rig, _ *bank.PaymentOrder) { r.Gate = gate("5560160680") }, problem.ServiceBlocked},
		{"another application", corporate("b", "5560160680", "1"), nil, problem.ResourceUnknown},
		{"another organisation", corporate("a", "9999999990", "1"), nil, problem.ResourceForeign},
		{"another context", app.Caller{ClientID: "a", Context: scope.Private}, nil, problem.ContextForeign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			q := r.create(by, goodRequest())
			p := abroad(t)
			if tt.change != nil {
				tt.change(r, &p)
			}
			if o, err := r.confirm(tt.by, q.ID, p); !problem.Is(err, tt.want) {
				t.Errorf("Confirm = %+v, %v, want %s", o, err, tt.want)
			}
			if got, err := r.db.Quote(t.Context(), q.ID); err != nil || got.UsedFor != "" {
				t.Errorf("after that the quote is used for %q, %v, want nothing", got.UsedFor, err)
			}
		})
	}
	r := newRig(t)
	q := r.create(by, goodRequest())
	bad := problem.New(problem.FormatInvalid, "bad")
	_, err := r.Confirm(t.Context(), by, q.ID, func(time.Time) (bank.PaymentOrder, error) { return bank.PaymentOrder{}, bad })
	if !problem.Is(err, problem.FormatInvalid) {
		t.Errorf("Confirm of a bad body reports %v, want %v", err, bad)
	}
	if _, err := r.Order(t.Context(), by, q.ID); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("Order of a quote that was not confirmed reports %v, want %s", err, problem.ResourceUnknown)
	}
}

// TestConfirmAtOnce looks that of equal confirmations at once one makes the
// order and the others get it, and that of different ones one wins.
func TestConfirmAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	by := corporate("a", "5560160680", "1")
	q := r.create(by, goodRequest())
	type result struct {
		o   fx.Order
		err error
	}
	results := make(chan result)
	for i := range 8 {
		p := abroad(t)
		if i%2 == 1 {
			p.CreditorName = "Other Inc"
		}
		go func() {
			o, err := r.confirm(by, q.ID, p)
			results <- result{o, err}
		}()
	}
	references, lost := map[string]bool{}, 0
	for range 8 {
		switch got := <-results; {
		case problem.Is(got.err, problem.ResourceExpired):
			lost++
		case got.err != nil:
			t.Error(got.err)
		default:
			references[got.o.Reference] = true
		}
	}
	if len(references) != 1 || lost != 4 {
		t.Errorf("8 confirmations of two payments made orders %v and %d were refused, want one and 4", references, lost)
	}
}

func TestOrderLife(t *testing.T) {
	t.Parallel()
	by := corporate("a", "5560160680", "1")
	const day = 24 * time.Hour
	type step struct {
		wait time.Duration
		fund bool // by hand
		want iso20022.Status
	}
	tests := []struct {
		name   string
		amount string
		days   int // 0: spot
		auto   time.Duration
		steps  []step
		reason string
	}{
		{"by itself", "130.00", 0, 10 * time.Second, []step{
			{0, false, iso20022.ACTC},
			{9 * time.Second, false, iso20022.ACTC},
			{time.Second, false, iso20022.ACSP},
			{4 * time.Second, false, iso20022.ACSP},
			{time.Second, false, iso20022.ACSC},
			{100 * day, false, iso20022.ACSC},
		}, ""},
		{"seen late", "130.00", 0, 10 * time.Second, []step{{100 * day, false, iso20022.ACSC}}, ""},
		{"by hand", "130.00", 0, 0, []step{{day, true, iso20022.ACSP}, {5 * time.Second, false, iso20022.ACSC}}, ""},
		{"on the last day", "130.00", 0, 0, []step{{2*day + 12*time.Hour - 1, true, iso20022.ACSP}}, ""},
		{"forward", "130.00", 8, 10 * time.Second, []step{
			{10 * time.Second, false, iso20022.ACSP}, {7 * day, false, iso20022.ACSP}, {12 * time.Hour, false, iso20022.ACSC},
		}, ""},
		{"forward to a Saturday", "130.00", 12, 0, []step{
			{13 * day, true, iso20022.ACSP}, {12*time.Hour - 1, false, iso20022.ACSP}, {1, false, iso20022.ACSC},
		}, ""},
		{"not funded", "130.00", 0, 0, []step{{2*day + 12*time.Hour - 1, false, iso20022.ACTC}, {1, false, iso20022.RJCT}}, "not funded by 2026-11-25"},
		{"never funded by itself", "9990.91", 0, time.Second, []step{{day, false, iso20022.ACTC}, {2 * day, false, iso20022.RJCT}}, "not funded by 2026-11-25"},
		{"returned", "9990.92", 0, time.Second, []step{
			{time.Second, false, iso20022.ACSP}, {5 * time.Second, false, iso20022.RJCT},
		}, "the payout was returned by the creditor's bank"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.Desk.Auto = tt.auto
			req, p := goodRequest(), abroad(t)
			req.Amount, p.Amount = tt.amount, amount(t, tt.amount, "USD")
			if tt.days > 0 {
				req.ExecutionDate = dateAt(tt.days)
			}
			q := r.create(by, req)
			if _, err := r.confirm(by, q.ID, p); err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.steps {
				r.clock.Advance(s.wait)
				if s.fund {
					if _, err := r.Fund(t.Context(), q.ID, ""); err != nil {
						t.Fatal(err)
					}
				}
				r.status(by, q.ID, s.want)
			}
			last := tt.steps[len(tt.steps)-1].want
			if o := r.status(by, q.ID, last); o.Reason != tt.reason {
				t.Errorf("the reason is %q, want %q", o.Reason, tt.reason)
			}
		})
	}
}

func TestFund(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Desk.Auto = 0
	by := corporate("a", "5560160680", "1")
	q := r.create(by, goodRequest())
	if _, err := r.Fund(t.Context(), q.ID, ""); !problem.Is(err, problem.ResourceUnknown) {
		t.Errorf("Fund of a quote that was not confirmed reports %v, want %s", err, problem.ResourceUnknown)
	}
	if _, err := r.confirm(by, q.ID, abroad(t)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		id, amount string
		want       problem.Reason
	}{
		{"none", "", problem.ResourceUnknown},
		{q.ID, "1,5", problem.FormatInvalid},
		{q.ID, "1.00", problem.ParameterInconsistent},
		{q.ID, " " + q.Total.Decimal(), ""},
		{q.ID, "", problem.StatusInvalid},
	} {
		_, err := r.Fund(t.Context(), tt.id, tt.amount)
		if tt.want == "" && err != nil || tt.want != "" && !problem.Is(err, tt.want) {
			t.Errorf("Fund(%q, %q) reports %v, want %q", tt.id, tt.amount, err, tt.want)
		}
	}
}

// TestByHand has the operator of an installation fund and pay out orders.
// Nothing happens by itself, but for the end of the time to fund.
func TestByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Desk.ByHand = true
	by := corporate("a", "5560160680", "1")
	runner := &jobrun.Runner{Store: r.db, Clock: r.clock, Handlers: map[job.Kind]jobrun.Handler{fx.JobKind: {InTx: job.In(fx.Job)}}}
	ordered := func(amount string) string {
		t.Helper()
		req, p := goodRequest(), abroad(t)
		req.Amount = amount
		var err error
		if p.Amount, err = money.Parse(amount, "USD"); err != nil {
			t.Fatal(err)
		}
		q := r.create(by, req)
		if o, err := r.confirm(by, q.ID, p); err != nil || !o.FundAt.IsZero() || o.Returned {
			t.Fatalf("confirm: %+v, %v", o, err)
		}
		return q.ID
	}
	later := func(d time.Duration) {
		t.Helper()
		r.clock.Advance(d)
		if err := runner.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	paid, returned, late := ordered("130.00"), ordered("9990.92"), ordered("10.00")
	later(time.Hour)
	r.status(by, paid, iso20022.ACTC)
	for _, early := range []func(context.Context, string) (fx.Order, error){
		r.PayOut, func(ctx context.Context, id string) (fx.Order, error) { return r.Return(ctx, id, "") },
	} {
		if _, err := early(t.Context(), paid); !problem.Is(err, problem.StatusInvalid) {
			t.Errorf("before it is funded: %v, want %s", err, problem.StatusInvalid)
		}
	}
	for _, id := range []string{paid, returned} {
		if _, err := r.Fund(t.Context(), id, ""); err != nil {
			t.Fatal(err)
		}
	}
	later(30 * 24 * time.Hour)
	r.status(by, paid, iso20022.ACSP)
	r.status(by, returned, iso20022.ACSP)
	if o := r.status(by, late, iso20022.RJCT); !strings.HasPrefix(o.Reason, "not funded by ") {
		t.Errorf("the reason is %q", o.Reason)
	}
	if _, err := r.PayOut(t.Context(), paid); err != nil {
		t.Error(err)
	}
	if _, err := r.Return(t.Context(), returned, "no such account"); err != nil {
		t.Error(err)
	}
	r.status(by, paid, iso20022.ACSC)
	if o := r.status(by, returned, iso20022.RJCT); o.Reason != "no such account" {
		t.Errorf("the reason is %q", o.Reason)
	}
	if _, err := r.PayOut(t.Context(), returned); !problem.Is(err, problem.StatusInvalid) {
		t.Errorf("paid out after it came back: %v", err)
	}
}

// TestOrderJobs looks that jobs alone bring an order to its end, where nobody
// looks.
func TestOrderJobs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	by := corporate("a", "5560160680", "1")
	q := r.create(by, goodRequest())
	if _, err := r.confirm(by, q.ID, abroad(t)); err != nil {
		t.Fatal(err)
	}
	runner := &jobrun.Runner{Store: r.db, Clock: r.clock, Handlers: map[job.Kind]jobrun.Handler{fx.JobKind: {InTx: job.In(fx.Job)}}}
	r.clock.Advance(time.Hour)
	if err := runner.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, err := r.db.Order(t.Context(), q.ID)
	if err != nil || o.Status != iso20022.ACSC || !o.StatusAt.Equal(noon().Add(15*time.Second)) {
		t.Errorf("the stored order is %s since %s, %v, want ACSC 15 seconds after the confirmation", o.Status, o.StatusAt, err)
	}
	gone := job.New(fx.JobKind, "Z999999ZZZ", noon())
	if err := r.db.OrderTx(t.Context(), func(tx fx.OrderTx) error { return fx.Job(context.WithoutCancel(t.Context()), tx, gone) }); err != nil {
		t.Errorf("the job of an order that is gone reports %v", err)
	}
}
