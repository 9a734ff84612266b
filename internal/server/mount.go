package server

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/bank/simulator/pages"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/web"
)

// mount makes the handlers of both listeners.
func (s *Server) mount(p *parts) error {
	own := http.NewServeMux()
	own.HandleFunc("GET /healthz", s.health.live)
	own.HandleFunc("GET /readyz", s.health.ready)
	auth, open := s.authHandler(p), s.apiHandler(p)
	operator := http.NewServeMux()
	operator.Handle("/healthz", own)
	operator.Handle("/readyz", own)
	operator.Handle("GET /metrics", promhttp.HandlerFor(s.deps.Metrics, promhttp.HandlerOpts{}))
	p.register(s.deps.Metrics)
	observer := web.Observer{Log: s.deps.Log, Metrics: web.NewMetrics(s.deps.Metrics), Tracer: p.tracing.asTracer(), Tell: p.noteRequest}
	people, err := s.portalHandler(p, observer.Observe(open))
	if err != nil {
		return err
	}
	forms, err := s.formsHandler(p)
	if err != nil {
		return err
	}
	r := &router{auth: auth, api: open, forms: forms, own: own, portal: people, docs: s.docsHandler()}
	if s.deps.Sandbox != nil {
		sandbox := http.NewServeMux()
		s.controlHandler(p).Register(sandbox)
		operator.Handle(control.Prefix+"/", sandbox)
		if s.deps.Sandbox.OnOrigin {
			r.control = sandbox
		}
	}
	var public http.Handler = r
	if b := s.config.Base; b.API != b.Auth || b.KYC != b.Auth {
		all := roles{auth: auth, api: open, forms: forms, own: own, control: r.control, portal: people, docs: r.docs}
		if public, err = all.byRole(b, p.proxies); err != nil {
			return err
		}
	}
	s.public = observer.Observe(public)
	s.control = web.Observer{Log: s.deps.Log}.Observe(operator)
	return nil
}

// authHandler returns what the AUTH role serves: tokens, discovery, and what
// browsers meet.
func (s *Server) authHandler(p *parts) http.Handler {
	mux := http.NewServeMux()
	h := &oauth.Handler{
		Tokens: p.tokens, Keys: p.ring, Exchanger: p.redirects, From: p.proxies.client, Observer: newTokenMetrics(s.deps.Metrics),
		Certificates: p.trust.presented, Accepts: s.config.AcceptsCertificates(), MTLSBase: s.config.Base.MTLS,
	}
	if s.config.RecordsTokens() {
		h.Audit = p.audit
	}
	p.oauth = h
	h.Mount(mux)
	(&oauth.Browser{Redirects: p.redirects, Base: func(*http.Request) string { return s.config.Base.Auth }}).Register(mux)
	if p.world != nil {
		(&pages.Handler{
			World: p.world, Clock: p.clock, Key: p.sealer.Derive("bank pages"), FormTargets: p.redirects.Origins,
		}).Register(mux)
	}
	return mux
}

// apiHandler returns what the API role serves.
func (s *Server) apiHandler(p *parts) http.Handler {
	h := &api.Handler{
		Tokens: p.tokens, Consents: p.consents, Accounts: p.accounts, FX: p.fx, Payments: p.payments, Redirect: p.redirects, Banks: p.banks, Clock: p.clock, KYC: p.kyc,
		AuthBase: s.config.Base.Auth, APIBase: s.config.Base.API, Strict: s.config.Strict, Certificates: p.trust.presented,
	}
	if s.config.Environment == app.Production {
		h.Authority = p.trust.authority
	}
	if l := s.config.Limit; l.PerSecond > 0 {
		h.Limiter = newLimiter(l.PerSecond, max(l.Burst, l.PerSecond))
	}
	return h.Routes()
}

// controlHandler returns the control API of a sandbox.
func (s *Server) controlHandler(p *parts) *control.Handler {
	sb := s.deps.Sandbox
	return &control.Handler{
		Info: control.Info{
			Auth: s.config.Base.Auth, API: s.config.Base.API, ClientID: sb.ClientID,
			Seed: s.config.Banks.Seed, SCA: s.config.Banks.SCA, Version: sb.Version,
		},
		Clock: sb.Clock, Apps: p.admin, Banks: control.Simulated{World: p.world}, Consents: revoker{p.db, p.world}, Orders: p.fx, KYC: KYCDesk{p.kyc, p.db},
		Settle: p.jobs.Settle, Webhooks: p.webhooks, Jobs: p.db, Users: UserDesk{p.people},
		Reset: func(ctx context.Context) error { return errors.Join(p.db.Reset(ctx), p.world.Reset(ctx)) },
	}
}

// revoker ends consents at the simulated banks.
type revoker struct {
	db    *store.DB
	world *simulator.World
}

// RevokeAtBank implements [control.Consents].
func (r revoker) RevokeAtBank(ctx context.Context, id string) error {
	c, err := r.db.Consent(ctx, strings.ToLower(id))
	if err != nil {
		return err
	}
	return r.world.Revoke(ctx, c.BankRef)
}
