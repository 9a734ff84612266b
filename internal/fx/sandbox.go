package fx

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"time"

	"sluss.example/sluss/internal/money"
)

// Sandbox is a [Source] of made-up rates. They are about as large as real ones
// and move a little each day: all of it follows from the seed and the day, so
// the same seed and day make the same rates on every machine.
type Sandbox struct{ Seed uint64 }

var _ Source = Sandbox{}

// Rates implements [Source]. It never fails.
func (s Sandbox) Rates(_ context.Context, now time.Time) (Rates, error) {
	day := dateOf(now)
	out := Rates{Date: day, PerEUR: map[money.Currency]money.Rate{}}
	n := day.Unix() / int64(24*time.Hour/time.Second)
	for _, b := range sandboxBase() {
		base, err := money.ParseRate(b.perEUR)
		if err != nil {
			return Rates{}, fmt.Errorf("rate of %s: %w", b.currency, err)
		}
		moved := base.Rat()
		moved.Mul(moved, big.NewRat(million+s.drift(b, n), million))
		if out.PerEUR[b.currency], err = money.RateOf(moved); err != nil {
			return Rates{}, fmt.Errorf("rate of %s: %w", b.currency, err)
		}
	}
	return out, nil
}

const (
	million = 1_000_000
	// stretch is how many days a currency keeps its direction.
	stretch = 20
)

// drift returns how far a currency is from its base on day n since 1970, in
// millionths: a line between two points that the seed sets, and a small step of
// the day's own.
func (s Sandbox) drift(b base, n int64) int64 {
	from, to := s.point(b.currency, n/stretch, b.swing), s.point(b.currency, n/stretch+1, b.swing)
	return from + (to-from)*(n%stretch)/stretch + s.point(b.currency, -n, b.swing/20)
}

// point returns a number from -swing to swing.
func (s Sandbox) point(c money.Currency, n, swing int64) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d", s.Seed, c, n))
	return int64(binary.BigEndian.Uint64(sum[:])%uint64(2*swing+1)) - swing //nolint:gosec // small
}

// A base is where the rate of a currency moves about.
type base struct {
	currency money.Currency
	perEUR   string
	swing    int64 // at most, in millionths
}

func sandboxBase() []base {
	const free, tied = 20_000, 500 // of the krone's peg to the euro
	return []base{
		{"SEK", "11.0450", free},
		{"NOK", "11.7200", free},
		{"DKK", "7.4605", tied},
		{"ISK", "147.20", free},
		{"GBP", "0.87600", free},
		{"CHF", "0.93300", free},
		{"PLN", "4.2450", free},
		{"CZK", "24.250", free},
		{"HUF", "383.50", free},
		{"RON", "5.0870", free},
		{"TRY", "49.100", free},
		{"UAH", "48.700", free},
		{"USD", "1.1580", free},
		{"CAD", "1.6250", free},
		{"MXN", "21.350", free},
		{"BRL", "6.2100", free},
		{"JPY", "179.50", free},
		{"CNY", "8.2250", free},
		{"HKD", "9.0100", free},
		{"SGD", "1.5080", free},
		{"KRW", "1700.5", free},
		{"INR", "102.80", free},
		{"THB", "37.550", free},
		{"MYR", "4.8200", free},
		{"PHP", "68.100", free},
		{"IDR", "19330", free},
		{"VND", "30450", free},
		{"AUD", "1.7850", free},
		{"NZD", "2.0400", free},
		{"ZAR", "20.050", free},
		{"ILS", "3.7900", free},
		{"AED", "4.2530", free},
		{"SAR", "4.3420", free},
		{"KWD", "0.35560", free},
		{"BHD", "0.43660", free},
		{"TND", "3.4100", free},
	}
}
