package fx_test

import (
	"context"
	"testing"
	"time"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

func corporate(app_, organisation, psu string) app.Caller {
	return app.Caller{ClientID: app_, Context: scope.Corporate, Organisation: organisation, PSU: psu}
}

func amount(t testing.TB, s string, c money.Currency) money.Amount {
	t.Helper()
	a, err := money.Parse(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Q100000ABC": "Q100000ABC", "q100000abc": "Q100000ABC",
		"": "", "Q10000ABC": "", "Q100000ABCD": "", "1100000ABC": "", "Q100000AB1": "", "Q100000ABC\n": "", "Å100000ABC": "",
	} {
		if got, ok := fx.ParseID(in); ok != (want != "") || ok && got != want {
			t.Errorf("ParseID(%q) = %q, %t, want %q", in, got, ok, want)
		}
	}
}

func TestCheckUse(t *testing.T) {
	t.Parallel()
	now := noon()
	quote := fx.Quote{
		ID: "Q100000ABC", Owner: app.Owner(corporate("a", "5560160680", "199001011234")), Amount: amount(t, "130.00", "USD"), Country: "US",
		Total: amount(t, "1438.33", "SEK"), ValidFrom: now, ValidTo: now.Add(time.Hour),
	}
	good := fx.Use{By: corporate("a", "5560160680", "other"), Amount: quote.Amount, Source: "SEK", Country: "US", For: "payment/1", At: now}
	tests := []struct {
		name  string
		quote func(*fx.Quote)
		use   func(*fx.Use)
		want  problem.Reason // empty if it can be used
	}{
		{"as quoted", nil, nil, ""},
		{"last instant", nil, func(u *fx.Use) { u.At = quote.ValidTo }, ""},
		{"source not known", nil, func(u *fx.Use) { u.Source = "" }, ""},
		{"made without an organisation", func(q *fx.Quote) { q.Owner.Organisation = "" }, nil, ""},

		{"another application", nil, func(u *fx.Use) { u.By.ClientID = "b" }, problem.ResourceUnknown},
		{"another context", nil, func(u *fx.Use) { u.By.Context = scope.Private }, problem.ResourceUnknown},
		{"another organisation", nil, func(u *fx.Use) { u.By.Organisation = "5560000000" }, problem.ResourceUnknown},
		{"no organisation", nil, func(u *fx.Use) { u.By.Organisation = "" }, problem.ResourceUnknown},
		{
			"another person", func(q *fx.Quote) { q.Owner.Context = scope.Private },
			func(u *fx.Use) { u.By.Context = scope.Private }, problem.ResourceUnknown,
		},
		{"expired", nil, func(u *fx.Use) { u.At = quote.ValidTo.Add(time.Nanosecond) }, problem.ResourceExpired},
		{"used", func(q *fx.Quote) { q.UsedFor = "payment/0" }, nil, problem.ResourceExpired},
		{"used, and another amount", func(q *fx.Quote) { q.UsedFor = "payment/0" }, func(u *fx.Use) { u.Amount.Minor++ }, problem.ResourceExpired},
		{"amount", nil, func(u *fx.Use) { u.Amount.Minor++ }, problem.ParameterInconsistent},
		{"currency", nil, func(u *fx.Use) { u.Amount.Currency = "CAD" }, problem.ParameterInconsistent},
		{"source currency", nil, func(u *fx.Use) { u.Source = "EUR" }, problem.ParameterInconsistent},
		{"country", nil, func(u *fx.Use) { u.Country = "CA" }, problem.ParameterInconsistent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q, u := quote, good
			if tt.quote != nil {
				tt.quote(&q)
			}
			if tt.use != nil {
				tt.use(&u)
			}
			err := q.CheckUse(&u)
			if tt.want == "" && err != nil || tt.want != "" && !problem.Is(err, tt.want) {
				t.Errorf("CheckUse = %v, want %q", err, tt.want)
			}
		})
	}
}

// TestSpend looks that a quote is used up once, by what commits.
func TestSpend(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	by := corporate("a", "5560160680", "")
	q := r.create(by, goodRequest())
	r.clock.Advance(time.Minute)
	u := &fx.Use{By: by, Amount: q.Amount, Source: "SEK", Country: "US", For: "payment/1", At: r.clock.Now()}
	spend := func(id string, after error) error {
		return r.db.QuoteTx(t.Context(), func(tx fx.Tx) error {
			got, err := fx.Spend(t.Context(), tx, id, u)
			if err == nil && (got.UsedFor != "payment/1" || got.Total != q.Total) {
				t.Errorf("Spend = %+v, want %+v used for payment/1", got, q)
			}
			if err != nil {
				return err
			}
			return after
		})
	}
	refused := problem.New(problem.PaymentFailed, "refused")
	if err := spend(q.ID, refused); !problem.Is(err, problem.PaymentFailed) {
		t.Errorf("Spend in a payment that is refused reports %v, want %v", err, refused)
	}
	if err := spend(q.ID, nil); err != nil {
		t.Errorf("Spend after a payment that was refused reports %v", err)
	}
	if err := spend(q.ID, nil); !problem.Is(err, problem.ResourceExpired) {
		t.Errorf("Spend again reports %v, want %s", err, problem.ResourceExpired)
	}
	for _, id := range []string{"A000000AAA", "nonsense", ""} {
		if err := spend(id, nil); !problem.Is(err, problem.ResourceUnknown) {
			t.Errorf("Spend of %q reports %v, want %s", id, err, problem.ResourceUnknown)
		}
	}
	trail, err := r.db.Trail(t.Context(), q.ID)
	if err != nil || len(trail) != 2 || trail[1].Type != "fxquote.used" || trail[1].Detail != "payment" {
		t.Errorf("Trail = %+v, %v, want fxquote.created and fxquote.used by a payment", trail, err)
	}
}

// A gate refuses one organisation.
type gate string

// Check implements [fx.Gate].
func (g gate) Check(_ context.Context, by app.Caller) error {
	if by.Organisation == string(g) {
		return problem.New(problem.ServiceBlocked, "no due diligence")
	}
	return nil
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	private := corporate("a", "1", "")
	private.Context = scope.Private
	tests := []struct {
		name string
		gate fx.Gate
		by   app.Caller
		ok   bool
	}{
		{"no gate", nil, corporate("a", "1", ""), true},
		{"another organisation", gate("1"), corporate("a", "2", ""), true},
		{"no organisation", gate(""), corporate("a", "", ""), true},
		{"private", gate("1"), private, true},
		{"held back", gate("1"), corporate("a", "1", ""), false},
	}
	for _, tt := range tests {
		s := &fx.Service{Gate: tt.gate}
		if err := s.Admit(t.Context(), tt.by); (err == nil) != tt.ok {
			t.Errorf("%s: Admit = %v, want that it passes to be %t", tt.name, err, tt.ok)
		}
	}
}
