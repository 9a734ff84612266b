package money_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"sluss.example/sluss/internal/money"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, want string
		wantErr        string
	}{
		{"eight decimals", "11.05254986", "11.05254986", ""},
		{"fewer", "11.05", "11.05000000", ""},
		{"whole", "7", "7.00000000", ""},
		{"least", "0.00000001", "0.00000001", ""},
		{"largest", "9999999999.99999999", "9999999999.99999999", ""},
		{"leading zeros", "0011.5", "11.50000000", ""},

		{"empty", "", "", "format_invalid: must be a rate such as 11.0525"},
		{"negative", "-1", "", "format_invalid: must be a rate such as 11.0525"},
		{"nine decimals", "1.000000000", "", "format_invalid: must be a rate such as 11.0525"},
		{"exponent", "1e3", "", "format_invalid: must be a rate such as 11.0525"},
		{"comma", "1,5", "", "format_invalid: must be a rate such as 11.0525"},
		{"eleven digits", "10000000000", "", "format_invalid: must be a rate such as 11.0525"},
		{"zero", "0.00", "", "format_invalid: must be more than zero"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := money.ParseRate(tt.in)
			if errorText(err) != tt.wantErr || err == nil && got.String() != tt.want {
				t.Errorf("ParseRate(%q) = %s, %q, want %s, %q", tt.in, got, errorText(err), tt.want, tt.wantErr)
			}
		})
	}
}

func TestRateOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		num, den int64
		want     string // empty: overflow
	}{
		{"third", 1, 3, "0.33333333"},
		{"two thirds", 2, 3, "0.66666667"},
		{"half up", 1, 200_000_000, "0.00000001"},
		{"below a half", 1, 200_000_001, ""},
		{"whole", 12, 1, "12.00000000"},
		{"zero", 0, 1, ""},
		{"negative", -1, 1, ""},
		{"too large", math.MaxInt64, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := money.RateOf(big.NewRat(tt.num, tt.den))
			if tt.want == "" {
				if !errors.Is(err, money.ErrOverflow) {
					t.Errorf("RateOf(%d/%d) = %s, %v, want %v", tt.num, tt.den, got, err, money.ErrOverflow)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("RateOf(%d/%d) = %s, %v, want %s", tt.num, tt.den, got, err, tt.want)
			}
		})
	}
}

func TestConvert(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		amount   string
		currency money.Currency
		rate     string
		to       money.Currency
		want     string
	}{
		{"published example", "130.00", "USD", "11.05254986", "SEK", "1436.83"},
		{"half up", "0.01", "EUR", "0.5", "SEK", "0.01"},
		{"below a half", "0.01", "EUR", "0.49999999", "SEK", "0.00"},
		{"half of a negative", "-0.01", "EUR", "0.5", "SEK", "-0.01"},
		{"same currency", "17.23", "SEK", "1", "SEK", "17.23"},
		{"no decimals there", "10000", "JPY", "0.06213457", "SEK", "621.35"},
		{"no decimals here", "100.00", "EUR", "163.455", "JPY", "16346"},
		{"three decimals there", "1.234", "KWD", "30.05", "SEK", "37.08"},
		{"three decimals here, two kept", "100.00", "SEK", "0.03327787", "KWD", "3.330"},
		{"largest", "99999999999999.99", "SEK", "1", "EUR", "99999999999999.99"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, err := money.Parse(tt.amount, tt.currency)
			if err != nil {
				t.Fatal(err)
			}
			rate, err := money.ParseRate(tt.rate)
			if err != nil {
				t.Fatal(err)
			}
			got, err := rate.Convert(a, tt.to)
			if err != nil || got.Decimal() != tt.want || got.Currency != tt.to {
				t.Errorf("%s at %s in %s = %v, %v, want %s", a, tt.rate, tt.to, got, err, tt.want)
			}
		})
	}
	if got, err := (2 * money.One).Convert(money.Amount{Minor: math.MaxInt64, Currency: "SEK"}, "EUR"); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("twice the largest amount = %v, %v, want %v", got, err, money.ErrOverflow)
	}
}

// A draw makes amounts and rates for the properties below. Its seed is fixed,
// so that a failure can be repeated.
type draw struct{ *rand.Rand }

func (d draw) currency() money.Currency {
	all := []money.Currency{"SEK", "EUR", "USD", "JPY", "KRW", "KWD", "BHD", "GBP", "ISK", "TND"}
	return all[d.IntN(len(all))]
}

// rate returns one of any size from 0.00001 to 100000.
func (d draw) rate() money.Rate {
	size := int64(1000)
	for range d.IntN(11) {
		size *= 10
	}
	return money.Rate(size + d.Int64N(9*size))
}

func (d draw) amount() money.Amount {
	size := int64(1)
	for range d.IntN(10) {
		size *= 10
	}
	return money.Amount{Minor: 1 + d.Int64N(9*size), Currency: d.currency()}
}

// scale returns how many minor units a unit of c has.
func scale(c money.Currency) *big.Rat {
	n := int64(1)
	for range c.Digits() {
		n *= 10
	}
	return big.NewRat(n, 1)
}

func exact(a money.Amount) *big.Rat {
	return new(big.Rat).Quo(big.NewRat(a.Minor, 1), scale(a.Currency))
}

// halfStep is the most that one rounding to c can move an amount: half of a
// hundredth, or of the smallest coin if that is larger.
func halfStep(c money.Currency) *big.Rat {
	if c.Digits() < 2 {
		return new(big.Rat).Quo(big.NewRat(1, 2), scale(c))
	}
	return big.NewRat(1, 200)
}

func distance(a, b *big.Rat) *big.Rat { return new(big.Rat).Abs(new(big.Rat).Sub(a, b)) }

func properties(t *testing.T, f func(t *testing.T, d draw)) {
	t.Helper()
	d := draw{rand.New(rand.NewPCG(1, 2))} //nolint:gosec // repeatable on purpose
	for range 3000 {
		f(t, d)
	}
}

func convert(t *testing.T, r money.Rate, a money.Amount, to money.Currency) money.Amount {
	t.Helper()
	got, err := r.Convert(a, to)
	if err != nil {
		t.Fatalf("%v at %v in %s: %v", a, r, to, err)
	}
	return got
}

// TestConvertBound looks that one conversion is never further from the exact
// product than half of what it rounds to.
func TestConvertBound(t *testing.T) {
	t.Parallel()
	properties(t, func(t *testing.T, d draw) {
		a, r, to := d.amount(), d.rate(), d.currency()
		got := convert(t, r, a, to)
		want := new(big.Rat).Mul(exact(a), r.Rat())
		if distance(exact(got), want).Cmp(halfStep(to)) > 0 {
			t.Errorf("%v at %v is %v, exactly %s", a, r, got, want.FloatString(12))
		}
		n, err := a.Neg()
		if err != nil {
			t.Fatal(err)
		}
		if back := convert(t, r, n, to); back.Minor != -got.Minor {
			t.Errorf("%v at %v is %v, but its negative %v", a, r, got, back)
		}
	})
}

// TestConvertSplit looks that an amount in parts costs what it does as a
// whole, but for a half step for each rounding, and that the parts are exact
// at the rate 1.
func TestConvertSplit(t *testing.T) {
	t.Parallel()
	properties(t, func(t *testing.T, d draw) {
		a, r, to := d.amount(), d.rate(), d.currency()
		if to.Digits() > 2 {
			to = "SEK"
		}
		n := 2 + d.IntN(9)
		left, sum, same := a, money.Amount{Currency: to}, money.Amount{Currency: a.Currency}
		var err error
		for i := range n {
			part := money.Amount{Minor: left.Minor, Currency: a.Currency}
			if i < n-1 {
				part.Minor = d.Int64N(left.Minor + 1)
			}
			if left, err = left.Sub(part); err != nil {
				t.Fatal(err)
			}
			if sum, err = sum.Add(convert(t, r, part, to)); err != nil {
				t.Fatal(err)
			}
			if a.Currency.Digits() <= 2 {
				if same, err = same.Add(convert(t, money.One, part, a.Currency)); err != nil {
					t.Fatal(err)
				}
			}
		}
		bound := new(big.Rat).Mul(halfStep(to), big.NewRat(int64(n)+1, 1))
		if whole := convert(t, r, a, to); distance(exact(sum), exact(whole)).Cmp(bound) > 0 {
			t.Errorf("%v at %v is %v, in %d parts %v", a, r, whole, n, sum)
		}
		if left.Minor != 0 || a.Currency.Digits() <= 2 && same != a {
			t.Errorf("the parts of %v are %v with %v left", a, same, left)
		}
	})
}

// TestConvertBack looks that there and back, at the inverse rate, ends where it
// began, but for what the two roundings and that of the rate itself can make.
func TestConvertBack(t *testing.T) {
	t.Parallel()
	properties(t, func(t *testing.T, d draw) {
		a, r, to := d.amount(), d.rate(), d.currency()
		inverse, err := money.RateOf(new(big.Rat).Inv(r.Rat()))
		if err != nil {
			return // the inverse is less than the least rate
		}
		there := convert(t, r, a, to)
		back := convert(t, inverse, there, a.Currency)
		bound := new(big.Rat).Mul(halfStep(to), inverse.Rat())
		bound.Add(bound, halfStep(a.Currency))
		off := new(big.Rat).Mul(exact(a), r.Rat())
		bound.Add(bound, off.Mul(off, big.NewRat(1, 200_000_000)))
		if distance(exact(back), exact(a)).Cmp(bound) > 0 {
			t.Errorf("%v at %v is %v and back at %v %v, further off than %s", a, r, there, inverse, back, bound.FloatString(12))
		}
	})
}

// TestConvertMonotone looks that more never costs less.
func TestConvertMonotone(t *testing.T) {
	t.Parallel()
	properties(t, func(t *testing.T, d draw) {
		a, r, to := d.amount(), d.rate(), d.currency()
		more := money.Amount{Minor: a.Minor + 1 + d.Int64N(100), Currency: a.Currency}
		if x, y := convert(t, r, a, to), convert(t, r, more, to); x.Minor > y.Minor {
			t.Errorf("at %v %v is %v, and %v is %v", r, a, x, more, y)
		}
	})
}

// FuzzParseRate looks that what parses prints, and parses to the same.
func FuzzParseRate(f *testing.F) {
	for _, s := range []string{"11.05254986", "1", "0.00000001", "9999999999.99999999", "01.10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := money.ParseRate(s)
		if err != nil {
			return
		}
		if again, err := money.ParseRate(r.String()); err != nil || again != r || r <= 0 {
			t.Errorf("ParseRate(%q) = %s, which parses to %s, %v", s, r, again, err)
		}
	})
}
