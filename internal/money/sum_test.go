package money_test

import (
	"math"
	"testing"

	"sluss.example/sluss/internal/money"
)

func TestAddSub(t *testing.T) {
	t.Parallel()
	const mix = "mixed currencies SEK and EUR"
	sek := func(n int64) money.Amount { return money.Amount{Minor: n, Currency: "SEK"} }
	tests := []struct {
		name          string
		a, b          money.Amount
		sum           money.Amount
		sumErr        string
		difference    money.Amount
		differenceErr string
	}{
		{"plain", sek(100), sek(25), sek(125), "", sek(75), ""},
		{"negative", sek(100), sek(-125), sek(-25), "", sek(225), ""},
		{"nothing", sek(7), sek(0), sek(7), "", sek(7), ""},
		{"at the upper end", sek(math.MaxInt64 - 1), sek(1), sek(math.MaxInt64), "", sek(math.MaxInt64 - 2), ""},
		{"at the lower end", sek(math.MinInt64 + 1), sek(1), sek(math.MinInt64 + 2), "", sek(math.MinInt64), ""},

		{"over", sek(math.MaxInt64), sek(1), money.Amount{}, money.ErrOverflow.Error(), sek(math.MaxInt64 - 1), ""},
		{"under", sek(math.MinInt64), sek(1), sek(math.MinInt64 + 1), "", money.Amount{}, money.ErrOverflow.Error()},
		{"least", sek(0), sek(math.MinInt64), sek(math.MinInt64), "", money.Amount{}, money.ErrOverflow.Error()},
		{"mixed", sek(1), money.Amount{Minor: 1, Currency: "EUR"}, money.Amount{}, mix, money.Amount{}, mix},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := tt.a.Add(tt.b); got != tt.sum || errorText(err) != tt.sumErr {
				t.Errorf("%v + %v = %v, %v, want %v, %q", tt.a, tt.b, got, err, tt.sum, tt.sumErr)
			}
			if got, err := tt.a.Sub(tt.b); got != tt.difference || errorText(err) != tt.differenceErr {
				t.Errorf("%v - %v = %v, %v, want %v, %q", tt.a, tt.b, got, err, tt.difference, tt.differenceErr)
			}
		})
	}
}

func TestNegCmp(t *testing.T) {
	t.Parallel()
	one, least := money.Amount{Minor: 1, Currency: "SEK"}, money.Amount{Minor: math.MinInt64, Currency: "SEK"}
	minus, err := one.Neg()
	if err != nil || minus.String() != "-0.01 SEK" {
		t.Errorf("Neg of %v = %v, %v, want -0.01 SEK", one, minus, err)
	}
	if got, err := least.Neg(); err == nil {
		t.Errorf("Neg of the least amount = %v, want an error", got)
	}
	for _, tt := range []struct {
		a, b money.Amount
		want int
	}{{one, minus, 1}, {minus, one, -1}, {one, one, 0}} {
		if got, err := tt.a.Cmp(tt.b); err != nil || got != tt.want {
			t.Errorf("Cmp of %v and %v = %d, %v, want %d", tt.a, tt.b, got, err, tt.want)
		}
	}
	if got, err := one.Cmp(money.Amount{Minor: 1, Currency: "EUR"}); err == nil {
		t.Errorf("Cmp of two currencies = %d, want an error", got)
	}
	if one.IsZero() || !(money.Amount{Currency: "SEK"}).IsZero() {
		t.Error("IsZero is wrong")
	}
}
