package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/fx/ecb"
	"sluss.example/sluss/internal/money"
)

const (
	// fundsIBAN is the account that holds nobody's money in a sandbox.
	fundsIBAN = "SE0650000000055500000018"
	// fundAfter is when the money for an order comes in by itself, where
	// customers also sign by themselves.
	fundAfter = 10 * time.Second
)

// exchange makes the service of quotes, with its source of rates.
func (s *Server) exchange(p *parts) (*fx.Service, error) {
	c := s.config.FX
	fee, err := money.Parse(c.Fee, "XXX")
	if err != nil {
		return nil, err
	}
	out := &fx.Service{Store: p.db, Gate: p.kyc, Clock: p.clock, Terms: fx.Terms{Fee: fee, Spread: c.Spread}}
	switch {
	case c.Account != "":
		out.Desk = Desk(&c)
	case p.world != nil && s.config.Environment == "sandbox":
		out.Desk = &fx.Desk{Account: bank.Reference{IBAN: fundsIBAN}, Holder: "Sluss sandbox client funds", Country: "SE"}
		if s.config.Banks.SCA == "auto" {
			out.Desk.Auto = fundAfter
		}
	}
	switch s.config.RatesSource() {
	case "sandbox":
		out.Source = fx.Sandbox{Seed: s.config.Banks.Seed}
	case "ecb":
		p.rates = &ecb.Source{File: c.File, URL: c.URL, MaxAge: time.Duration(c.MaxAge), Clock: p.clock}
		out.Source = p.rates
		s.deps.Metrics.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: "sluss_fx_rates_age_seconds", Help: "Time since the day of the rates of exchange ended; 0 if there are none."},
			func() float64 { return ageOf(p.rates.Date(), p.clock) }))
	}
	return out, nil
}

// Desk returns where the operator's clients fund orders; nil if nowhere.
func Desk(c *config.FXConfig) *fx.Desk {
	if c.Account == "" {
		return nil
	}
	return &fx.Desk{Account: bank.Reference{IBAN: c.Account}, Holder: c.Holder, Country: c.Country, ByHand: true}
}

// ageOf returns the seconds since the end of a date, 0 for none and for one
// that has not ended.
func ageOf(date time.Time, c clock.Clock) float64 {
	if date.IsZero() {
		return 0
	}
	return max(0, c.Now().Sub(date.AddDate(0, 0, 1)).Seconds())
}
