package money_test

import (
	"math"
	"testing"

	"sluss.example/sluss/internal/money"
)

func TestDecimal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   money.Amount
		want string
	}{
		{money.Amount{Minor: -12550, Currency: "SEK"}, "-125.50"},
		{money.Amount{Minor: 0, Currency: "EUR"}, "0.00"},
		{money.Amount{Minor: 5, Currency: "SEK"}, "0.05"},
		{money.Amount{Minor: -99, Currency: "SEK"}, "-0.99"},
		{money.Amount{Minor: 100, Currency: "SEK"}, "1.00"},
		{money.Amount{Minor: 1234, Currency: "JPY"}, "1234"},
		{money.Amount{Minor: -1, Currency: "KWD"}, "-0.001"},
		{money.Amount{Minor: math.MinInt64, Currency: "SEK"}, "-92233720368547758.08"},
	}
	for _, tt := range tests {
		if got := tt.in.Decimal(); got != tt.want {
			t.Errorf("Decimal of %v = %q, want %q", tt.in, got, tt.want)
		}
	}
}
