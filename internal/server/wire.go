package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sluss.example/sluss/internal/account"
	"sluss.example/sluss/internal/api"
	"sluss.example/sluss/internal/app"
	"sluss.example/sluss/internal/audit"
	"sluss.example/sluss/internal/bank"
	"sluss.example/sluss/internal/bank/simulator"
	"sluss.example/sluss/internal/bank/simulator/pages"
	"sluss.example/sluss/internal/clock"
	"sluss.example/sluss/internal/consent"
	"sluss.example/sluss/internal/control"
	"sluss.example/sluss/internal/developer"
	"sluss.example/sluss/internal/fx"
	"sluss.example/sluss/internal/fx/ecb"
	"sluss.example/sluss/internal/ident"
	"sluss.example/sluss/internal/issuer"
	"sluss.example/sluss/internal/jobrun"
	"sluss.example/sluss/internal/jose"
	"sluss.example/sluss/internal/keyring"
	"sluss.example/sluss/internal/kyc"
	"sluss.example/sluss/internal/oauth"
	"sluss.example/sluss/internal/payment"
	"sluss.example/sluss/internal/redirect"
	"sluss.example/sluss/internal/reqlog"
	"sluss.example/sluss/internal/store"
	"sluss.example/sluss/internal/token"
	"sluss.example/sluss/internal/usage"
	"sluss.example/sluss/internal/web"
	"sluss.example/sluss/internal/webhook"
)

// parts are what a server is made of.
type parts struct {
	db        *store.DB
	clock     clock.Clock
	sealer    *keyring.Sealer
	ring      *keyring.Ring
	apps      *app.Directory
	denied    *token.DenyList
	tokens    *token.Service
	world     *simulator.World // nil without simulated banks
	banks     *bank.Registry
	consents  *consent.Service
	payments  *payment.Service
	redirects *redirect.Service
	accounts  *account.Service
	rates     *ecb.Source // nil unless rates come from there
	fx        *fx.Service
	admin     *Apps
	audit     *audit.Log
	requests  *reqlog.Log
	issuer    *issuer.Service
	jobs      *jobrun.Runner
	webhooks  *webhook.Service
	oauth     *oauth.Handler
	proxies   proxies
	tracing   *tracing      // nil if nobody traces
	keepKeys  time.Duration // how long a retired key is published
	kyc       *kyc.Service
	trust     *trust
	people    *developer.Service
}

// build makes the parts of an installation.
func (s *Server) build(ctx context.Context) (p *parts, err error) {
	p = &parts{clock: s.deps.Clock, sealer: keyring.NewSealer(s.deps.SealingKey)}
	if p.proxies, err = s.config.Proxy.Prefixes(); err != nil {
		return nil, err
	}
	if p.db, err = openStore(ctx, s.config.Database, s.config.Migrate); err != nil {
		return nil, err
	}
	s.buildTokens(p)
	s.limit(p.tokens)
	p.tracing = newTracing(s.config.Tracing.Endpoint, s.config.Tracing.SamplePercent, s.deps.Log)
	p.requests = reqlog.New(p.db)
	p.audit = &audit.Log{Store: p.db, Spool: audit.Spool{Folder: s.config.SpoolFolder()}, Clock: p.clock}
	p.admin = &Apps{Store: p.db, Environment: s.config.Environment, Clock: p.clock, Changed: p.apps.Refresh}
	err = s.buildTrust(ctx, p)
	if err == nil {
		err = s.connect(p)
	}
	if err == nil {
		// The first key is made in the background, but a sealing key that is not
		// that of the stored ones must stop the start.
		err = errors.Join(p.apps.Refresh(ctx), p.denied.Load(ctx), p.ring.LoadStored(ctx))
	}
	if err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	if err = s.buildServices(p); err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	return p, nil
}

// buildTokens makes what issues and checks tokens.
func (s *Server) buildTokens(p *parts) {
	lifetime := time.Duration(s.config.Token.Lifetime)
	p.keepKeys = lifetime + token.Skew
	p.ring = keyring.NewRing(p.db, p.sealer, p.clock, p.keepKeys)
	if s.deps.Keys != nil {
		p.ring.Use(s.deps.Keys)
	}
	p.ring.RotateEvery(time.Duration(s.config.Token.RotateEvery))
	p.apps = app.NewDirectory(p.db)
	p.ring.Want(jose.Algorithm(s.config.Token.Algorithm), p.apps.Algorithms)
	p.denied = token.NewDenyList(p.db, p.clock)
	p.tokens = &token.Service{
		Apps: p.apps, Keys: p.ring, Clock: p.clock, Gate: token.NewGate(), Issuer: s.config.Base.Auth,
		Environment: s.config.Environment, Lifetime: lifetime, Form: s.config.Token.Form, Revocations: p.denied,
		Uses: app.NewUses(p.db), Replays: p.db, Grace: time.Duration(s.config.Token.OfflineGrace),
		Rule: token.Rule{
			Policy: usage.Policy(s.config.Token.Policy), Quota: int64(s.config.Token.Quota), ReuseShare: float64(s.config.Token.ReusePercent) / 100,
		},
	}
}

// buildTrust makes what judges client certificates.
func (s *Server) buildTrust(ctx context.Context, p *parts) error {
	p.issuer = &issuer.Service{Store: p.db, Sealer: p.sealer, Clock: p.clock, Name: "sluss " + s.config.Environment + " CA"}
	root, err := s.ownAuthority(ctx, p)
	if err != nil {
		return err
	}
	if p.trust, err = newTrust(&s.config, root, p.issuer); err != nil {
		return err
	}
	p.tokens.Authority, p.tokens.Nonces = p.trust.authority, token.NewNonces(p.sealer.Derive("dpop nonce"))
	return nil
}

// buildServices makes the services of the APIs.
func (s *Server) buildServices(p *parts) (err error) {
	p.consents = &consent.Service{Store: p.db, Banks: p.banks, Apps: p.apps, Clock: p.clock}
	p.payments = &payment.Service{Store: p.db, Banks: p.banks, Apps: p.apps, Clock: p.clock, Consents: p.consents}
	p.redirects = &redirect.Service{
		Store: p.db, Consents: p.consents, Payments: p.payments, Apps: p.apps, Clock: p.clock, Revoker: p.denied, TokenLifetime: time.Duration(s.config.Token.Lifetime),
	}
	p.accounts = &account.Service{
		Consents: p.consents, Banks: p.banks, Store: p.db, Clock: p.clock,
		Keys: account.Keys{ResourceID: p.sealer.Derive("resource id"), Continuation: p.sealer.Derive("continuation key")},
	}
	if p.webhooks, err = s.webhooks(p); err != nil {
		return err
	}
	p.people = s.people(p)
	p.jobs, p.kyc = s.jobs(p), s.kyc(p)
	p.payments.KYC = p.kyc
	if p.fx, err = s.exchange(p); err != nil {
		return err
	}
	return nil
}

// openStore opens the database, and brings it up to date or demands that it
// is.
func openStore(ctx context.Context, url string, migrate bool) (*store.DB, error) {
	db, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return nil, err
	}
	if migrate {
		err = db.Migrate(ctx)
	} else {
		err = checkSchema(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// checkSchema reports a database that lacks steps of the schema.
func checkSchema(ctx context.Context, db *store.DB) error {
	steps, err := db.Status(ctx)
	if err != nil {
		return fmt.Errorf("look at the database: %w", err)
	}
	for _, m := range steps {
		if m.AppliedAt.IsZero() {
			return errors.New("the database is not up to date: run \"sluss db migrate\" with the same configuration, or add --migrate")
		}
	}
	return nil
}

// connect makes the banks.
func (s *Server) connect(p *parts) (err error) {
	var all []bank.Connector
	if b := s.config.Banks; b.Simulator {
		profiles := map[ident.BICFI]string{}
		for _, p := range b.Profiles {
			bicfi, name, _ := strings.Cut(p, "=")
			profiles[ident.BICFI(strings.ToUpper(bicfi))] = name
		}
		days := 0
		if s.deps.Sandbox != nil {
			days = s.deps.Sandbox.HistoryDays
		}
		p.world, err = simulator.New(simulator.Options{
			HistoryDays: days,
			Store:       store.Simulator{DB: p.db}, Clock: p.clock, Seed: int64(b.Seed), //nolint:gosec // any bits will do
			Mode: simulator.Mode(b.SCA), StrictAccounts: b.Accounts == "strict", NoWaits: b.Waits == "none", Quirks: profiles, Log: s.deps.Log,
			PageURL: func(ref string) string { return s.config.Base.Auth + pages.Path + ref },
		})
		if err != nil {
			return err
		}
		all = p.world.Connectors()
	}
	p.banks, err = bank.NewRegistry(all...)
	return err
}

// wire builds the parts and joins them.
func (s *Server) wire(ctx context.Context) error {
	p, err := s.build(ctx)
	if err != nil {
		return err
	}
	if sb := s.deps.Sandbox; sb != nil {
		if err := sb.seedApp(ctx, p.admin); err != nil {
			return errors.Join(fmt.Errorf("make the sandbox's app: %w", err), p.db.Close())
		}
		if err := sb.seedDemo(ctx, store.Developers{DB: p.db}); err != nil {
			return errors.Join(err, p.db.Close())
		}
	}
	s.health = &health{ping: p.db.Ping, key: p.ring.Ready(), tokens: func() bool { return s.issuesAway(p) }}
	if err := s.mount(p); err != nil {
		return errors.Join(err, p.db.Close())
	}
	s.world, s.settle = p.world, p.jobs.Settle
	s.start(p)
	return nil
}

// start starts the work in the background, which close ends and waits for.
func (s *Server) start(p *parts) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { p.ring.Run(ctx) })
	group.Go(func() { p.apps.Run(ctx) })
	group.Go(func() { p.denied.Run(ctx) })
	group.Go(func() { p.requests.Run(ctx) })
	group.Go(func() { p.tokens.Uses.Run(ctx) })
	group.Go(func() { s.mergeUsage(ctx, p) })
	group.Go(func() { s.keepHouse(ctx, p) })
	group.Go(func() { s.runJobs(ctx, p) })
	group.Go(func() { s.tendKYC(ctx, p) })
	if p.rates != nil {
		group.Go(func() {
			_ = p.rates.Load(ctx) // watch tells why
			p.rates.Run(ctx, time.Duration(s.config.FX.Refresh))
		})
	}
	group.Go(func() { p.issuer.Run(ctx) })
	group.Go(func() { p.trust.run(ctx, s.deps.Log) })
	s.startAudit(ctx, p)
	group.Go(func() { s.watch(ctx, p) })
	group.Go(func() { recordIgnored(ctx, p) })
	s.close = sync.OnceValue(func() error {
		cancel()
		group.Wait()
		return errors.Join(p.audit.Close(), p.db.Close(), p.tracing.close())
	})
}

// watchEvery is how often watch looks.
const watchEvery = time.Second

// watch logs when what is read in the background fails, and when it is well
// again.
func (s *Server) watch(ctx context.Context, p *parts) {
	failing := map[string]bool{}
	clock.Real{}.Poll(ctx, watchEvery, nil, func(context.Context) {
		faults := map[string]error{"signing keys": p.ring.Err(), "apps": p.apps.Err()}
		if p.rates != nil {
			faults["rates of exchange"] = p.rates.Err()
		}
		for what, err := range faults {
			switch {
			case err != nil && !failing[what]:
				s.deps.Log.Error("cannot read "+what+"; those of before stay in use", "error", err)
			case err == nil && failing[what]:
				s.deps.Log.Info("can read " + what + " again")
			}
			failing[what] = err != nil
		}
	})
}

// houseEvery is how often what is no longer needed is deleted.
const houseEvery = time.Hour

// quoteDays is how many days a quote can be read that nobody used.
const quoteDays = 90

// keepHouse deletes what is no longer needed until ctx ends.
func (s *Server) keepHouse(ctx context.Context, p *parts) {
	clock.Real{}.Poll(ctx, houseEvery, nil, func(ctx context.Context) {
		now := p.clock.Now()
		err := errors.Join(
			p.db.DeleteAccessCounts(ctx, now.AddDate(0, 0, -3).Format(time.DateOnly)),
			forgetUsage(ctx, p.db, now),
			p.db.DeleteRevocations(ctx, now),
			p.db.DeleteReplays(ctx, now),
			p.db.DeleteAnswers(ctx, now.AddDate(0, 0, -2)),
			p.db.DeleteQuotes(ctx, now.AddDate(0, 0, -quoteDays)),
			p.db.DeleteRedirects(ctx, now.AddDate(0, 0, -2)),
			s.forgetRequests(ctx, p),
			store.Developers{DB: p.db}.Tidy(ctx, clock.Real{}.Now()),
			p.db.ForgetDeliveries(ctx, now.AddDate(0, 0, -30)),
			p.db.DeleteKYCCases(ctx, now.AddDate(0, 0, -30)),
			forgetAtBanks(ctx, p.world),
			s.pruneAudit(ctx, p, now),
		)
		if err != nil && ctx.Err() == nil {
			s.deps.Log.Warn("delete what is no longer needed", "error", err)
		}
	})
}

// forgetAtBanks deletes what the simulated banks no longer need.
func forgetAtBanks(ctx context.Context, w *simulator.World) error {
	if w == nil {
		return nil
	}
	return w.Forget(ctx)
}

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
