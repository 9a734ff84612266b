package fx_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/money"
	"sluss.example/sluss/internal/problem"
	"sluss.example/sluss/internal/scope"
)

// A board has the rates that a test writes on it.
type board struct {
	rates map[money.Currency]string
	err   error
}

// Rates implements [fx.Source].
func (b board) Rates(_ context.Context, now time.Time) (fx.Rates, error) {
	out := fx.Rates{Date: now, PerEUR: map[money.Currency]money.Rate{}}
	for c, text := range b.rates {
		rate, err := money.ParseRate(text)
		if err != nil {
			return fx.Rates{}, err
		}
		out.PerEUR[c] = rate
	}
	return out, b.err
}

func dateAt(days int) *time.Time {
	d := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days)
	return &d
}

func TestCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.clock.Advance(time.Second + 1234567*time.Nanosecond)
	by := corporate("a", "5560160680", "199001011234")
	req := goodRequest()
	req.ExecutionDate = dateAt(8)
	q := r.create(by, req)
	if _, ok := fx.ParseID(q.ID); !ok {
		t.Errorf("the id is %q, want a letter, six digits and three letters", q.ID)
	}
	want := fx.Quote{
		ID: q.ID, Owner: app.Owner(by), Amount: amount(t, "130.00", "USD"), Country: "US", ExecutionDate: *dateAt(8),
		Rate: q.Rate, Fee: amount(t, "1.50", "SEK"), Total: q.Total,
		ValidFrom: noon().Add(time.Second + time.Millisecond), ValidTo: time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC),
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Errorf("Create (-want +got)\n%s", diff)
	}
	cost, err := q.Rate.Convert(q.Amount, "SEK")
	if err != nil || cost.Minor+150 != q.Total.Minor {
		t.Errorf("the total is %v, want %v, %v and the fee", q.Total, cost, err)
	}
	got, err := r.Quote(t.Context(), by, q.ID)
	if diff := cmp.Diff(q, got); diff != "" || err != nil {
		t.Errorf("Quote reports %v (-created +got)\n%s", err, diff)
	}
	r.clock.Advance(100 * 24 * time.Hour)
	if again, err := r.Quote(t.Context(), by, q.ID); err != nil || again != got {
		t.Errorf("Quote of an expired one = %+v, %v, want it", again, err)
	}
}

func TestQuoteOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	private := app.Caller{ClientID: "a", Context: scope.Private, PSU: "1", Organisation: "ignored"}
	of := map[string]fx.Quote{
		"organisation": r.create(corporate("a", "5560160680", "1"), goodRequest()),
		"none":         r.create(corporate("a", "", "1"), goodRequest()),
		"private":      r.create(private, goodRequest()),
	}
	other := private
	other.PSU = "2"
	tests := []struct {
		name, quote string
		by          app.Caller
		want        problem.Reason
	}{
		{"owner", "organisation", corporate("a", "5560160680", "1"), ""},
		{"colleague", "organisation", corporate("a", "5560160680", "2"), ""},
		{"any organisation", "none", corporate("a", "5560160680", "2"), ""},
		{"no organisation", "none", corporate("a", "", ""), ""},
		{"private", "private", private, ""},
		{"private without PSU", "private", app.Caller{ClientID: "a", Context: scope.Private}, ""},

		{"another application", "organisation", corporate("b", "5560160680", "1"), problem.ResourceUnknown},
		{"another context", "organisation", private, problem.ContextForeign},
		{"another organisation", "organisation", corporate("a", "5560000000", "1"), problem.ResourceForeign},
		{"organisation not said", "organisation", corporate("a", "", "1"), problem.ResourceForeign},
		{"another application, none", "none", corporate("b", "", "1"), problem.ResourceUnknown},
		{"another person", "private", other, problem.ResourceForeign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := r.Quote(t.Context(), tt.by, of[tt.quote].ID)
			if tt.want == "" && (err != nil || got != of[tt.quote]) || tt.want != "" && (!problem.Is(err, tt.want) || got != fx.Quote{}) {
				t.Errorf("Quote = %+v, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestCreateFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tests := []struct {
		name   string
		change func(*fx.Request)
		want   problem.Reason
		field  string
		also   int
	}{
		{"nothing", func(q *fx.Request) { *q = fx.Request{} }, problem.FormatInvalid, "sourceCurrency", 3},
		{"source", func(q *fx.Request) { q.SourceCurrency = "sek" }, problem.FormatInvalid, "sourceCurrency", 0},
		{"target", func(q *fx.Request) { q.TargetCurrency = "USDX" }, problem.FormatInvalid, "targetCurrency", 0},
		{"country", func(q *fx.Request) { q.Country = "USA" }, problem.FormatInvalid, "countryCode", 0},
		{"amount", func(q *fx.Request) { q.Amount = "1,5" }, problem.FormatInvalid, "amount", 0},
		{"zero", func(q *fx.Request) { q.Amount = "0.00" }, problem.FormatInvalid, "amount", 0},
		{"negative", func(q *fx.Request) { q.Amount = "-1" }, problem.FormatInvalid, "amount", 0},
		{"decimals", func(q *fx.Request) { q.Amount, q.TargetCurrency = "1.5", "JPY" }, problem.FormatInvalid, "amount", 0},
		{"too large", func(q *fx.Request) { q.Amount = "99999999999999" }, problem.FormatInvalid, "amount", 0},
		{
			"known to be wrong", func(q *fx.Request) {
				q.Amount = ""
				q.Faults = []*problem.Error{problem.New(problem.FormatInvalid, "must be a string").At("amount")}
			}, problem.FormatInvalid, "amount", 0,
		},
		{"source not served", func(q *fx.Request) { q.SourceCurrency = "XAU" }, problem.ParameterUnsupported, "sourceCurrency", 0},
		{"target not served", func(q *fx.Request) { q.TargetCurrency = "ZZZ" }, problem.ParameterUnsupported, "targetCurrency", 0},
		{"country not served", func(q *fx.Request) { q.Country = "KP" }, problem.ParameterUnsupported, "countryCode", 0},
		{"no country", func(q *fx.Request) { q.Country = "XX" }, problem.ParameterUnsupported, "countryCode", 0},
		{"past", func(q *fx.Request) { q.ExecutionDate = dateAt(-1) }, problem.ExecutionDateInvalid, "requestedExecutionDate", 0},
		{"too far", func(q *fx.Request) { q.ExecutionDate = dateAt(31) }, problem.ExecutionDateInvalid, "requestedExecutionDate", 0},
		{
			"form first", func(q *fx.Request) { q.ExecutionDate, q.Country, q.Amount = dateAt(-1), "KP", "" },
			problem.FormatInvalid, "amount", 2,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := goodRequest()
			tt.change(&req)
			q, err := r.Create(t.Context(), corporate("a", "1", ""), req)
			p, ok := errors.AsType[*problem.Error](err)
			if !ok || p.Reason != tt.want || p.Field != tt.field || len(p.Also) != tt.also {
				t.Errorf("Create = %+v, %v, want %s at %s and %d more", q, err, tt.want, tt.field, tt.also)
			}
		})
	}
	for _, d := range []int{0, 30} {
		req := goodRequest()
		req.ExecutionDate = dateAt(d)
		r.create(corporate("a", "1", ""), req)
	}
}

func TestCreateWithoutRates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Source = board{err: problem.New(problem.RatesUnavailable, "none")}
	if _, err := r.Create(t.Context(), corporate("a", "1", ""), fx.Request{}); !problem.Is(err, problem.RatesUnavailable) {
		t.Errorf("Create reports %v, want %s", err, problem.RatesUnavailable)
	}
	r.Source = nil
	for _, c := range []string{"USD", "EUR"} {
		req := fx.Request{SourceCurrency: c, TargetCurrency: c, Country: "US", Amount: "1.00"}
		if _, err := r.Create(t.Context(), corporate("a", "1", ""), req); !problem.Is(err, problem.ParameterUnsupported) {
			t.Errorf("Create of %s without a source reports %v, want %s", c, err, problem.ParameterUnsupported)
		}
	}
}

// TestPrice has figures that were worked out by hand.
func TestPrice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Source = board{rates: map[money.Currency]string{"SEK": "11", "USD": "1.1", "JPY": "160", "KWD": "0.35", "IDR": "19000"}}
	tests := []struct {
		name                   string
		source, target, amount string
		days                   int // 0: spot
		spread                 int
		rate, fee, total       string
	}{
		{"by the euro", "SEK", "USD", "130.00", 0, 0, "10.00000000", "1.50", "1301.50"},
		{"spread", "SEK", "USD", "130.00", 0, 25, "10.02500000", "1.50", "1304.75"},
		{"from the euro", "EUR", "SEK", "100.00", 0, 0, "0.09090909", "1.50", "10.59"},
		{"to the euro", "SEK", "EUR", "0.01", 0, 0, "11.00000000", "1.50", "1.61"},
		{"same currency", "SEK", "SEK", "12.34", 30, 25, "1.00000000", "1.50", "13.84"},
		{"no decimals paid", "JPY", "EUR", "1.00", 0, 0, "160.00000000", "2", "162"},
		{"no decimals bought", "EUR", "JPY", "1000", 0, 0, "0.00625000", "1.50", "7.75"},
		{"three decimals paid", "KWD", "EUR", "1.00", 0, 0, "0.35000000", "1.500", "1.850"},
		{"three decimals bought", "SEK", "KWD", "1.001", 0, 0, "31.42857143", "1.50", "32.96"},
		{"small rate", "KWD", "IDR", "1000000", 0, 0, "0.00001842", "1.500", "19.920"},
		{"spot by date", "SEK", "USD", "130.00", 2, 0, "10.00000000", "1.50", "1301.50"},
		// Spot is Wednesday the 25th; 28 days later the growths are 1.75 % and
		// 3.75 % of 28/360 of a year.
		{"forward", "SEK", "USD", "130.00", 30, 0, "9.98448968", "1.50", "1299.48"},
		{"forward by interest", "JPY", "USD", "1.00", 9, 0, "145.36269324", "2", "147"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.Terms.Spread = tt.spread
			req := fx.Request{SourceCurrency: tt.source, TargetCurrency: tt.target, Country: "US", Amount: tt.amount}
			if tt.days > 0 {
				req.ExecutionDate = dateAt(tt.days)
			}
			q := r.create(corporate("a", "1", ""), req)
			if q.Rate.String() != tt.rate || q.Fee.Decimal() != tt.fee || q.Total.Decimal() != tt.total {
				t.Errorf("quoted %s, %s, %s, want %s, %s, %s", q.Rate, q.Fee.Decimal(), q.Total.Decimal(), tt.rate, tt.fee, tt.total)
			}
		})
	}
}
