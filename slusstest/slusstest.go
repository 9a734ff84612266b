// Package slusstest runs a sandbox within a test: all roles on one address, the
// simulated banks, a clock that the test moves, and the customers of the banks,
// whose part the test plays.
//
//	s := slusstest.Start(t)
//	c := s.Client()                     // an app with all grants
//	created, err := c.Bank(...).CreateConsent(...)
//	...
//	s.Advance(2 * time.Second)          // customers sign by themselves
//
// The clock stands at [Epoch] until the test moves it, so that nothing depends
// on when the test runs. After the test the simulated banks' books are checked.
package slusstest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"sluss.example/sluss/client"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/server"
)

// Epoch returns the time at which the clock of a server stands at first: a
// Monday morning.
func Epoch() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }

// Options say what a server is like. The zero value is that of [Start].
type Options struct {
	// Now is where the clock stands; Epoch if zero.
	Now time.Time
	// Seed decides the banks' customers; 1 if zero.
	Seed uint64
	// Manual has customers wait for Approve or Refuse where they would sign by
	// themselves after two seconds.
	Manual bool
	// Strict refuses what the API description refuses.
	Strict bool
	// Database is "sqlite:FILE" or a PostgreSQL URL; in memory if empty.
	Database string
	// HistoryDays is how far back the accounts' histories go; 90 if zero.
	HistoryDays int
	// Log gets the log, one line of JSON for each request; none if nil.
	Log io.Writer
}

// A Server is a running sandbox.
type Server struct {
	Auth, API              string // base URLs
	ClientID, ClientSecret string // of an app with all grants
	RedirectURI            string // one of that app
	Control                string // base URL of the control API

	t       testing.TB
	clock   *clock.Virtual
	control *control.Client
	settle  func(context.Context) error
}

// Start runs a server until the end of the test.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartWith(t, Options{})
}

// StartWith is Start with options.
func StartWith(t testing.TB, o Options) *Server {
	t.Helper()
	c, deps := o.setUp()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ls, err := server.Listen(ctx, &c)
	if err != nil {
		stop()
		t.Fatalf("slusstest: %v", err)
	}
	srv, err := server.New(ctx, c, deps)
	if err != nil {
		stop()
		ls.Close()
		t.Fatalf("slusstest: %v", err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := srv.Run(ctx, ls); err != nil {
			t.Errorf("slusstest: %v", err)
		}
	})
	t.Cleanup(func() {
		if err := srv.Verify(context.WithoutCancel(ctx)); err != nil {
			t.Errorf("slusstest: the banks' books are wrong: %v", err)
		}
		stop()
		running.Wait()
		if err := srv.Close(); err != nil {
			t.Errorf("slusstest: %v", err)
		}
	})
	base := c.Base.Auth
	return &Server{
		Auth: base, API: base, Control: base, ClientID: deps.Sandbox.ClientID, ClientSecret: string(deps.Sandbox.Secret),
		RedirectURI: "http://localhost/callback", t: t, clock: deps.Sandbox.Clock, control: &control.Client{Base: base}, settle: srv.Settle,
	}
}

// setUp returns what a server is made of.
func (o *Options) setUp() (config.Config, server.Deps) {
	if o.Now.IsZero() {
		o.Now = Epoch()
	}
	c := config.Default()
	c.Listen, c.Control, c.Database, c.Migrate, c.Strict = "127.0.0.1:0", "off", "sqlite::memory:", true, o.Strict
	c.Base = config.BaseConfig{Auth: "http://127.0.0.1:0", API: "http://127.0.0.1:0"}
	c.Webhooks.Allow = []string{"127.0.0.0/8", "::1"}
	c.Banks.Simulator, c.Banks.Seed = true, max(o.Seed, 1)
	if o.Manual {
		c.Banks.SCA = "manual"
	}
	if o.Database != "" {
		c.Database = o.Database
	}
	if o.HistoryDays <= 0 {
		o.HistoryDays = 90
	}
	sb := &server.Sandbox{Clock: clock.NewFrozen(o.Now), OnOrigin: true, HistoryDays: o.HistoryDays, Version: "test"}
	sb.WellKnown()
	deps := server.Deps{SealingKey: keyring.SealingKey{1}, Sandbox: sb}
	if o.Log != nil {
		deps.Log = slog.New(slog.NewJSONHandler(o.Log, nil))
	}
	return c, deps
}

// Client returns a client of the app with all grants. Its tokens follow the
// server's clock.
func (s *Server) Client() *client.Client {
	return &client.Client{Auth: s.Auth, API: s.API, ID: s.ClientID, Secret: s.ClientSecret, Now: s.Now}
}

// Now returns the time on the server's clock.
func (s *Server) Now() time.Time { return s.clock.Now() }

// Advance moves the server's clock forward, and returns when the work that is
// then due is done.
func (s *Server) Advance(d time.Duration) {
	s.t.Helper()
	s.clock.Advance(d)
	if err := s.settle(s.t.Context()); err != nil {
		s.t.Errorf("slusstest: %v", err)
	}
}

// A Pending is an authorisation that waits for a customer of a bank.
type Pending struct {
	BICFI   string
	PSU     string // empty if the app named nobody
	Context string // private or corporate
	ref     string
}

// Pending returns the authorisations that wait, oldest first.
func (s *Server) Pending() []Pending {
	s.t.Helper()
	var body struct{ Authorisations []control.Pending }
	s.call("/authorisations", http.MethodGet, &body)
	all := make([]Pending, len(body.Authorisations))
	for i, p := range body.Authorisations {
		all[i] = Pending{BICFI: p.Bank, PSU: p.PSU, Context: p.Context, ref: p.Ref}
	}
	return all
}

// Approve has the customer sign.
func (s *Server) Approve(p Pending) {
	s.t.Helper()
	s.call("/authorisations/"+p.ref+"/approve", http.MethodPost, nil)
}

// Refuse has the customer refuse.
func (s *Server) Refuse(p Pending) {
	s.t.Helper()
	s.call("/authorisations/"+p.ref+"/refuse", http.MethodPost, nil)
}

// RevokeAtBank has the customer take back a consent, at the bank.
func (s *Server) RevokeAtBank(consentID string) {
	s.t.Helper()
	s.call("/consents/"+consentID+"/revoke", http.MethodPost, nil)
}

// call makes a call of the control API. A fault ends the test.
func (s *Server) call(path, method string, out any) {
	s.t.Helper()
	if err := s.control.Call(s.t.Context(), method, path, nil, out); err != nil {
		s.t.Fatalf("slusstest: %v", err)
	}
}
