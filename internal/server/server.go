// Package server joins the parts to a server: store, banks, services and
// edges, by hand, in [New]. It has the listeners, their time-outs, the graceful
// stop, and the paths that are the platform's own: /healthz and /readyz on both
// listeners, /metrics on the control listener.
//
// A sandbox is the same server with a clock that can be set, a well-known app
// and the control API.
package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/config"
	"sluss.example/sluss/internal/keyring"
)

// Deps are what a server needs beside its configuration.
type Deps struct {
	Log        *slog.Logger         // nothing is logged if nil
	Metrics    *prometheus.Registry // a new one if nil
	Clock      clock.Clock          // the wall clock if nil; in a sandbox Sandbox.Clock counts
	SealingKey keyring.SealingKey   // never logged
	Keys       keyring.Backend      // has the private keys that sign tokens; the program itself if nil
	Sandbox    *Sandbox             // nil in an installation
	Version    string               // of the program, shown on pages
	// MailPassword is that at the mail server, if somebody logs in there; never
	// logged.
	MailPassword string
	// SSOSecret is our secret at the operators' identity provider; never logged.
	SSOSecret string
	// PrintMail is where a sandbox prints mail for which there is no server;
	// nowhere if nil.
	PrintMail io.Writer
}

// A Server is an installation or a sandbox.
type Server struct {
	config  config.Config
	deps    Deps
	public  http.Handler
	control http.Handler
	health  *health
	close   func() error
	settle  func(context.Context) error
	world   *simulator.World // nil without simulated banks
}

// Public returns the handler of the public listener.
func (s *Server) Public() http.Handler { return s.public }

// Control returns the handler of the control listener.
func (s *Server) Control() http.Handler { return s.control }

// Config returns the configuration that the server runs with.
func (s *Server) Config() config.Config { return s.config }

// Verify checks the books of the simulated banks: every journal sums to zero,
// and every balance is the sum of its entries.
func (s *Server) Verify(ctx context.Context) error {
	if s.world == nil {
		return nil
	}
	return s.world.Verify(ctx)
}

// Settle runs the jobs that are due on the server's clock, and what comes of
// them, for ten seconds at most. Whoever moved the clock calls it.
func (s *Server) Settle(ctx context.Context) error { return s.settle(ctx) }

// Close ends the work in the background and closes the database. It is called
// once nobody uses the handlers any more.
func (s *Server) Close() error { return s.close() }

// New wires a server. It does not listen: see [Server.Run]. What takes long
// (a first signing key, the simulated banks' customers) is made in the
// background, and the first request that needs it waits.
func New(ctx context.Context, c config.Config, d Deps) (*Server, error) {
	s := &Server{config: c, deps: d}
	s.config.SetDefaults()
	if s.deps.Log == nil {
		s.deps.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case d.Sandbox != nil:
		s.deps.Clock = d.Sandbox.Clock
	case d.Clock == nil:
		s.deps.Clock = clock.Real{}
	}
	if s.deps.Metrics == nil {
		s.deps.Metrics = prometheus.NewRegistry()
	}
	return s, s.wire(ctx)
}
