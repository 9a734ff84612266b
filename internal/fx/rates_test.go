package fx

import (
	"math/big"
	"testing"
	"time"

	"sluss.example/sluss/internal/money"
)

func day(n int) time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func sandboxRates(t *testing.T, seed uint64, now time.Time) Rates {
	t.Helper()
	r, err := Sandbox{Seed: seed}.Rates(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSandbox looks that the rates are as large as real ones, move a little
// each day, and follow from seed and day alone.
func TestSandbox(t *testing.T) {
	t.Parallel()
	before := sandboxRates(t, 7, day(-1))
	for n := range 400 {
		now := sandboxRates(t, 7, day(n))
		for _, b := range sandboxBase() {
			base, err := money.ParseRate(b.perEUR)
			if err != nil {
				t.Fatal(err)
			}
			rate := now.PerEUR[b.currency]
			if off := ratio(rate, base); off < -25_000 || off > 25_000 {
				t.Errorf("%s is %s on day %d, %d millionths from %s", b.currency, rate, n, off, b.perEUR)
			}
			if step := ratio(rate, before.PerEUR[b.currency]); step < -6_500 || step > 6_500 {
				t.Errorf("%s moves %d millionths to %s on day %d", b.currency, step, rate, n)
			}
		}
		before = now
	}
	a, b := sandboxRates(t, 7, day(5)), sandboxRates(t, 7, day(5).Add(8*time.Hour))
	c, d := sandboxRates(t, 8, day(5)), sandboxRates(t, 7, day(6))
	if a.PerEUR["SEK"] != b.PerEUR["SEK"] || a.PerEUR["SEK"] == c.PerEUR["SEK"] || a.PerEUR["SEK"] == d.PerEUR["SEK"] {
		t.Errorf("SEK is %s, %s on the same day, %s of another seed, %s the next day",
			a.PerEUR["SEK"], b.PerEUR["SEK"], c.PerEUR["SEK"], d.PerEUR["SEK"])
	}
}

// ratio returns how far a is from b, in millionths of b.
func ratio(a, b money.Rate) int64 { return (int64(a) - int64(b)) * 1000 / (int64(b) / 1000) }

// TestTriangle looks that the way through a third currency costs the same, but
// for what rounding the rates can make.
func TestTriangle(t *testing.T) {
	t.Parallel()
	r := sandboxRates(t, 1, day(0))
	quoted := func(d deal) money.Rate {
		rate, err := r.quoted(d)
		if err != nil {
			t.Fatal(err)
		}
		return rate
	}
	all := []money.Currency{"EUR"}
	for _, b := range sandboxBase() {
		all = append(all, b.currency)
	}
	for _, days := range []int{0, 28} {
		for _, a := range all {
			for _, b := range all {
				direct := quoted(deal{source: a, target: b, days: days})
				first, second := quoted(deal{source: a, target: "USD", days: days}), quoted(deal{source: "USD", target: b, days: days})
				round := new(big.Rat).Mul(first.Rat(), second.Rat())
				off := round.Sub(round, direct.Rat()).Abs(round)
				// Half of the last decimal of each, as it weighs in the product.
				bound := new(big.Rat).Add(first.Rat(), second.Rat())
				bound.Add(bound, big.NewRat(2, 1)).Mul(bound, big.NewRat(1, 200_000_000))
				if off.Cmp(bound) > 0 {
					t.Errorf("%s for %s is %s, by the dollar %s times %s", a, b, direct, first, second)
				}
			}
		}
	}
}

// TestForward looks that forward points have the sign that the interest gives
// them, and grow with time.
func TestForward(t *testing.T) {
	t.Parallel()
	r := sandboxRates(t, 1, day(0))
	last := money.Rate(0)
	for days := range 29 {
		rate, err := r.quoted(deal{source: "TRY", target: "CHF", days: days})
		if err != nil || rate <= last {
			t.Errorf("TRY for CHF in %d days is %s after %s, %v, want more", days, rate, last, err)
		}
		last = rate
	}
}

func TestBankDays(t *testing.T) {
	t.Parallel()
	for n, want := range []string{"2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01", "2026-12-01", "2026-12-01"} {
		if got := bankDaysAfter(dateOf(day(n)), spotDays).Format(time.DateOnly); got != want {
			t.Errorf("spot of %s is %s, want %s", day(n).Weekday(), got, want)
		}
	}
}
